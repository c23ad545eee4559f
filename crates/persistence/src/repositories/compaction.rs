//! Removing old events.

use super::Change;
use crate::chain::LogHash;
use crate::rows::GapRow;
use crate::sqlite::queries::{chain as queries, events};
use crate::{StoreError, WriteTx};
use domain::{Event, LogCompacted, Position};

/// The events of a type that are old enough to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// The type.
    pub event_type: String,
    /// The newest that may go.
    pub up_to: Position,
}

/// What tells of removals is not removed: the chain of what is left depends on it.
const TOLD_BY: &str = "system.compaction";

impl WriteTx<'_> {
    /// Removes up to `limit` of the oldest expired events, raises the floor to the newest of them, and keeps what the chain
    /// of the others needs. The newest event stays whatever its age, so that positions go on behind it. Gives how many
    /// were removed: fewer than asked for when no more are expired.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when one of them has no hash although it should: it is evidence, and stays.
    pub fn compact(
        &mut self,
        expired: &[Expired],
        limit: usize,
        change: &Change,
    ) -> Result<usize, StoreError> {
        let positions = self.oldest(expired, limit)?;
        let (Some(first), Some(last)) = (positions.first().copied(), positions.last().copied()) else {
            return Ok(0);
        };
        // The log is the way back to rows that the search index has still to follow.
        self.reindex_now();
        let chain = queries::get(self.conn())?;
        let mut seal = LogHash::from_bytes(&chain.seal)?;
        let mut gaps = Vec::with_capacity(positions.len());
        for (position, hash) in queries::hashes(self.conn(), &positions)? {
            match hash {
                Some(hash) => gaps.push(GapRow { first: position, last: position, hash }),
                None if position < chain.first => {}
                None => {
                    return Err(StoreError::Corrupt { what: "hash of event", value: position.to_string() });
                }
            }
        }
        self.keep_gaps(gaps, &mut seal)?;
        let removed = queries::delete_events(self.conn(), &positions)?;
        let floor = events::identity(self.conn())?.floor.max(last);
        let count = i64::try_from(removed).unwrap_or(i64::MAX);
        queries::removed(self.conn(), seal.as_bytes(), chain.removed + count, floor)?;
        let event = Event::SystemCompaction(LogCompacted {
            floor: Position::new(floor),
            first: Position::new(first),
            last: Position::new(last),
            removed: count,
            seal: seal.to_string(),
        });
        self.record(change.draft(event, None));
        Ok(removed)
    }

    /// The oldest positions that are expired, in order.
    fn oldest(&mut self, expired: &[Expired], limit: usize) -> Result<Vec<i64>, StoreError> {
        let newest = events::head(self.conn())?.map_or(0, |(position, _)| position) - 1;
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut positions = Vec::new();
        for Expired { event_type, up_to } in expired.iter().filter(|expired| expired.event_type != TOLD_BY) {
            let up_to = up_to.get().min(newest);
            positions.extend(queries::oldest_of(self.conn(), event_type, up_to, most)?);
        }
        positions.sort_unstable();
        positions.truncate(limit);
        Ok(positions)
    }

    /// Adds ranges to those that are kept. What touches becomes one, with the hash of its end.
    fn keep_gaps(&mut self, mut gaps: Vec<GapRow>, seal: &mut LogHash) -> Result<(), StoreError> {
        let ends: Vec<i64> = gaps.iter().map(|gap| gap.first - 1).collect();
        let begins: Vec<i64> = gaps.iter().map(|gap| gap.last + 1).collect();
        let mut beside = queries::gaps_beside(self.conn(), &ends, &begins)?;
        beside.sort_unstable_by_key(|gap| gap.first);
        beside.dedup();
        let firsts: Vec<i64> = beside.iter().map(|gap| gap.first).collect();
        for gap in &beside {
            seal.toggle(&gap.seal()?);
        }
        gaps.extend(beside);
        gaps.sort_unstable_by_key(|gap| gap.first);
        let mut merged: Vec<GapRow> = Vec::new();
        for gap in gaps {
            match merged.last_mut() {
                Some(before) if before.last + 1 == gap.first => {
                    (before.last, before.hash) = (gap.last, gap.hash);
                }
                _ => merged.push(gap),
            }
        }
        for gap in &merged {
            seal.toggle(&gap.seal()?);
        }
        queries::delete_gaps(self.conn(), &firsts)?;
        Ok(queries::insert_gaps(self.conn(), &merged)?)
    }
}
