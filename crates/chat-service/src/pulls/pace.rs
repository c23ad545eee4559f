//! How fast bytes come.

use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// How far back is looked.
const WINDOW: Duration = Duration::from_secs(5);
/// Over less than this nothing can be said.
const LEAST: Duration = Duration::from_millis(200);

/// What was there at which moment, over the last seconds. What was there before the first look was fetched earlier, and
/// does not count.
#[derive(Debug, Default)]
pub(super) struct Pace {
    seen: VecDeque<(Instant, i64)>,
}

impl Pace {
    /// Notes how many bytes are there. Moments closer than a tenth of a second to the last are not noted.
    pub(super) fn note(&mut self, now: Instant, bytes: i64) {
        const BETWEEN: Duration = Duration::from_millis(100);
        if self.seen.back().is_some_and(|(last, _)| now.duration_since(*last) < BETWEEN) {
            return;
        }
        while self.seen.len() > 1
            && self.seen.front().is_some_and(|(first, _)| now.duration_since(*first) > WINDOW)
        {
            self.seen.pop_front();
        }
        self.seen.push_back((now, bytes));
    }

    /// Bytes per second over the last seconds; none while too little was seen.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "far below 2^53")]
    pub(super) fn bytes_per_second(&self) -> Option<i64> {
        let ((first, before), (last, after)) = (self.seen.front()?, self.seen.back()?);
        let took = last.duration_since(*first);
        (took >= LEAST).then(|| ((after - before).max(0) as f64 / took.as_secs_f64()) as i64)
    }

    /// How many seconds the rest takes; none while that cannot be told.
    pub(super) fn seconds_left(&self, completed: i64, total: Option<i64>) -> Option<i64> {
        let speed = self.bytes_per_second().filter(|speed| *speed > 0)?;
        total.map(|total| ((total - completed).max(0) + speed - 1) / speed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_speed_is_that_of_the_last_seconds_and_knows_nothing_of_what_was_there() {
        let (begun, mut pace) = (Instant::now(), Pace::default());
        let at = |millis| begun + Duration::from_millis(millis);
        pace.note(at(0), 1_000_000);
        assert_eq!((pace.bytes_per_second(), pace.seconds_left(0, Some(1))), (None, None));
        for second in 1..=10 {
            pace.note(at(second * 1000), 1_000_000 + i64::try_from(second).unwrap() * 500);
        }
        assert_eq!(pace.bytes_per_second(), Some(500));
        assert_eq!(pace.seconds_left(1_005_000, Some(1_006_001)), Some(3));
        assert_eq!(pace.seconds_left(1_005_000, None), None);
        for second in 11..=30 {
            pace.note(at(second * 1000), 1_005_000);
        }
        assert_eq!((pace.bytes_per_second(), pace.seconds_left(0, Some(9))), (Some(0), None));
    }
}
