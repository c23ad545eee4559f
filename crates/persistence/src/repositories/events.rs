//! The event log, for reading. Only the writer adds to it.

use crate::sqlite::queries::events as queries;
use crate::{ReadTx, StoreError};
use domain::{Epoch, EventFilter, Position, RecordedEvent, Timestamp};

/// The event log.
#[derive(Debug)]
pub struct Events<'t, 'c>(pub(super) &'t mut ReadTx<'c>);

impl<'c> ReadTx<'c> {
    /// The event log.
    pub fn events(&mut self) -> Events<'_, 'c> {
        Events(self)
    }
}

impl Events<'_, '_> {
    /// The log's identity and the smallest `since` that loses nothing.
    pub fn identity(&mut self) -> Result<(Epoch, Position), StoreError> {
        let row = queries::identity(self.0.conn)?;
        Ok((Epoch::new(row.epoch), Position::new(row.floor)))
    }

    /// The newest position.
    pub fn head(&mut self) -> Result<Position, StoreError> {
        Ok(Position::new(queries::head(self.0.conn)?.map_or(0, |(position, _)| position)))
    }

    /// Up to `limit` admitted events after a position, oldest first.
    pub fn after(
        &mut self,
        since: Position,
        filter: &EventFilter,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        queries::after(self.0.conn, since.get(), filter, limit)?.into_iter().map(TryInto::try_into).collect()
    }

    /// How many events of each type were recorded at or after a time.
    pub fn counts_since(&mut self, at: Timestamp) -> Result<Vec<(String, i64)>, StoreError> {
        let first = self.first_at(at)?;
        Ok(queries::counts_from(self.0.conn, first.get())?)
    }

    /// How many events were recorded from each of these times, the earliest first, until the next; from the last one on, all.
    pub fn counts_from_each(&mut self, times: &[Timestamp]) -> Result<Vec<i64>, StoreError> {
        let mut firsts = times.iter().map(|&at| self.first_at(at)).collect::<Result<Vec<_>, _>>()?;
        firsts.push(Position::new(self.head()?.get() + 1));
        let pairs = firsts.iter().zip(firsts.iter().skip(1));
        pairs.map(|(from, to)| Ok(queries::count_between(self.0.conn, from.get(), to.get())?)).collect()
    }

    /// Where the events of a time and later begin; behind the newest one when there are none.
    ///
    /// In the log time never runs backwards, so the first of them is found by halving.
    pub fn first_at(&mut self, at: Timestamp) -> Result<Position, StoreError> {
        let (mut low, mut high) = (1, self.head()?.get() + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            match queries::time_at(self.0.conn, middle)? {
                Some(time) if time < at.as_micros() => low = middle + 1,
                _ => high = middle,
            }
        }
        Ok(Position::new(low))
    }
}
