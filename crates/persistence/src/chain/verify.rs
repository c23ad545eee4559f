//! Reading the log to see whether it is as it was written.

use super::LogHash;
use crate::StoreError;
use crate::rows::{ChainRow, ChainedRow, GapRow};
use crate::sqlite::queries::{audit, chain, events};
use crate::sqlite::{Conn, dialect};
use diesel::Connection as _;
use domain::{LogCompacted, Position, RecordedEvent};
use std::fmt;
use std::path::Path;

/// How many events are in memory at a time.
const PAGE: i64 = 100;

/// How much of the log is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// From the first event that has a hash, and that nothing was removed behind the log's back.
    All,
    /// About so many of the newest events.
    Newest(i64),
}

/// What verifying found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogCheck {
    /// The first position that was verified.
    pub from: Position,
    /// The last one.
    pub to: Position,
    /// How many events are as they were written.
    pub verified: i64,
    /// How many were removed in due form between them.
    pub removed: i64,
    /// The hash of the last one: written down elsewhere, it shows later that nothing before it was changed.
    pub hash: LogHash,
    /// The first thing that is not as it was written.
    pub breach: Option<Breach>,
}

/// Where the log is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// Where.
    pub position: Position,
    /// What was done.
    pub kind: BreachKind,
}

/// What was done to the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreachKind {
    /// The event was changed, or was not written by this program.
    Changed,
    /// The event is not there, and was not removed in due form.
    Missing,
    /// The event was put in between others.
    Added,
    /// The event that belongs here stands elsewhere.
    Reordered,
    /// The record of what was removed was changed.
    Unsealed,
}

impl BreachKind {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::Added => "added",
            Self::Reordered => "reordered",
            Self::Unsealed => "unsealed",
        }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.position;
        match self.kind {
            BreachKind::Changed => write!(f, "event {at} was changed, or not written by this program"),
            BreachKind::Missing => write!(f, "event {at} is missing"),
            BreachKind::Added => write!(f, "event {at} was added"),
            BreachKind::Reordered => write!(f, "event {at} stands at another place"),
            BreachKind::Unsealed => write!(f, "the record of what was removed up to {at} was changed"),
        }
    }
}

impl LogCheck {
    /// As [`LogCheck::run`]; none for a file of a program that knew no chain yet.
    pub(crate) fn run_if_chained(path: &Path, reach: Reach) -> Result<Option<Self>, StoreError> {
        match dialect::has_table(&mut dialect::connect_beside(path)?, "log_chain")? {
            true => Self::run(path, reach, |_, _| {}).map(Some),
            false => Ok(None),
        }
    }

    /// Reads the log of a file page by page, also beside a running server; changes nothing and holds a few events at a
    /// time. `progress` is told how many positions are done, and of how many.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn run(path: &Path, reach: Reach, mut progress: impl FnMut(i64, i64)) -> Result<Self, StoreError> {
        let mut conn = dialect::connect_beside(path)?;
        let mut walk = conn.transaction(|conn| Walk::begin(conn, reach))?;
        let begun = walk.at;
        let mut breach = None;
        while breach.is_none() && walk.at < walk.end {
            breach = conn.transaction(|conn| walk.page(conn))?;
            progress(walk.at - begun, walk.end - begun);
        }
        if breach.is_none() && walk.chain.noted > walk.at {
            breach = Some(breach_at(walk.at + 1, BreachKind::Missing));
        }
        if breach.is_none() && reach == Reach::All {
            breach = conn.transaction(unsealed)?;
        }
        Ok(Self {
            from: Position::new(begun + 1),
            to: Position::new(walk.at),
            verified: walk.verified,
            removed: walk.removed,
            hash: walk.hash,
            breach,
        })
    }
}

fn breach_at(position: i64, kind: BreachKind) -> Breach {
    Breach { position: Position::new(position), kind }
}

/// A way through the log: all up to `at` is verified.
struct Walk {
    chain: ChainRow,
    at: i64,
    hash: LogHash,
    end: i64,
    verified: i64,
    removed: i64,
}

impl Walk {
    fn begin(conn: &mut Conn, reach: Reach) -> Result<Self, StoreError> {
        let chain = chain::get(conn)?;
        let end = events::head(conn)?.map_or(0, |(position, _)| position);
        let hash = LogHash::from_bytes(&chain.below)?;
        let mut walk = Self { at: chain.first - 1, chain, hash, end, verified: 0, removed: 0 };
        if let Reach::Newest(count) = reach
            && end - count > walk.at
        {
            walk.begin_at(conn, end - count)?;
        }
        Ok(walk)
    }

    /// Takes the hash at a position for true, or that of the range it was removed with.
    fn begin_at(&mut self, conn: &mut Conn, position: i64) -> Result<(), StoreError> {
        if let Some(hash) = chain::hash_at(conn, position)? {
            (self.at, self.hash) = (position, LogHash::from_bytes(&hash)?);
        } else if let Some(gap) = chain::gaps(conn, position - 1, 1)?.first()
            && gap.first <= position
        {
            (self.at, self.hash) = (gap.last, LogHash::from_bytes(&gap.hash)?);
        }
        Ok(())
    }

    /// One page, of one moment: what is removed meanwhile is removed before it or after it.
    fn page(&mut self, conn: &mut Conn) -> Result<Option<Breach>, StoreError> {
        let rows = chain::rows(conn, self.at, PAGE)?;
        let mut gaps = chain::gaps(conn, self.at, PAGE + 1)?.into_iter().peekable();
        if rows.is_empty() {
            return Ok(Some(breach_at(self.at + 1, BreachKind::Missing)));
        }
        for row in &rows {
            if row.position > self.end {
                self.end = self.at;
                return Ok(None);
            }
            while let Some(gap) = gaps.next_if(|gap| gap.first <= self.at + 1 && gap.last < row.position) {
                self.pass(&gap)?;
            }
            if gaps.peek().is_some_and(|gap| gap.first <= self.at + 1) {
                return Ok(Some(breach_at(row.position, BreachKind::Added)));
            }
            if row.position > self.at + 1 {
                return Ok(Some(breach_at(self.at + 1, BreachKind::Missing)));
            }
            let hash = row.hash_at(row.position, &self.hash);
            if row.hash.as_deref() != Some(hash.as_bytes()) {
                return Ok(Some(breach_at(row.position, self.what_happened(conn, row)?)));
            }
            if row.position == self.chain.noted && self.chain.noted_hash != hash.as_bytes() {
                return Ok(Some(breach_at(row.position, BreachKind::Changed)));
            }
            (self.at, self.hash) = (row.position, hash);
            self.verified += 1;
        }
        Ok(None)
    }

    /// Goes over a range that was removed.
    fn pass(&mut self, gap: &GapRow) -> Result<(), StoreError> {
        self.removed += gap.last - self.at;
        (self.at, self.hash) = (gap.last, LogHash::from_bytes(&gap.hash)?);
        Ok(())
    }

    /// Why a row does not follow what is verified: the event of its place is looked for among those behind it.
    fn what_happened(&self, conn: &mut Conn, here: &ChainedRow) -> Result<BreachKind, StoreError> {
        for other in &chain::rows(conn, here.position, PAGE)? {
            let stands = |hash: &LogHash| {
                [&here.hash, &other.hash].into_iter().flatten().any(|is| is == hash.as_bytes())
            };
            let belongs = other.hash_at(here.position, &self.hash);
            if stands(&belongs) {
                // Is it the next one, and has this one no place of its own, it was pushed back by this one.
                let is_next = other.position == here.position + 1;
                let swapped = stands(&here.hash_at(other.position, &belongs));
                return Ok(if is_next && !swapped { BreachKind::Added } else { BreachKind::Reordered });
            }
        }
        Ok(BreachKind::Changed)
    }
}

/// Whether the removed ranges are those that the log itself tells of.
fn unsealed(conn: &mut Conn) -> Result<Option<Breach>, StoreError> {
    let chain = chain::get(conn)?;
    let (mut seal, mut after) = (LogHash::ZERO, 0);
    loop {
        let gaps = chain::gaps(conn, after, 1000)?;
        let Some(last) = gaps.last() else { break };
        after = last.last;
        for gap in &gaps {
            seal.toggle(&gap.seal()?);
        }
    }
    let newest = audit::newest_of(conn, "system.compaction")?.map(RecordedEvent::try_from).transpose()?;
    let told = newest.and_then(|event| serde_json::from_str::<LogCompacted>(event.payload.get()).ok());
    let told = told.map_or_else(|| LogHash::ZERO.to_string(), |told| told.seal);
    let sealed = seal.as_bytes() == chain.seal && seal.to_string() == told;
    Ok((!sealed).then(|| breach_at(after, BreachKind::Unsealed)))
}
