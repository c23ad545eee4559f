//! Durations, and what is in the middle of them.

use std::time::Duration;

/// Durations in no order.
#[derive(Default)]
pub(super) struct Samples(Vec<Duration>);

impl Samples {
    pub(super) fn push(&mut self, sample: Duration) {
        self.0.push(sample);
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// The duration that this part of all do not exceed, in milliseconds.
    pub(super) fn quantile_ms(&mut self, part: f64) -> f64 {
        let Some(last) = self.0.len().checked_sub(1) else { return f64::NAN };
        let place = ((last as f64) * part).round() as usize;
        let (_, at, _) = self.0.select_nth_unstable(place.min(last));
        at.as_secs_f64() * 1_000.0
    }
}

/// The middle of a few numbers; those that are none are left out.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut values: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match (values.get(middle), middle.checked_sub(1).and_then(|before| values.get(before))) {
        (Some(upper), Some(lower)) if values.len().is_multiple_of(2) => (lower + upper) / 2.0,
        (Some(upper), _) => *upper,
        (None, _) => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_the_middle_or_between_the_two_of_it() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, f64::NAN, 3.0]), 2.5);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn quantiles_are_of_the_samples_themselves() {
        let mut samples = Samples::default();
        (1..=101).rev().for_each(|ms| samples.push(Duration::from_millis(ms)));
        assert_eq!(samples.quantile_ms(0.5), 51.0);
        assert_eq!(samples.quantile_ms(0.99), 100.0);
        assert_eq!(samples.quantile_ms(1.0), 101.0);
    }
}
