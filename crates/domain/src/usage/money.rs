//! Amounts of money, without floating point.

use std::fmt;
use std::str::FromStr;

const MICROS: i64 = 1_000_000;

/// An amount in millionths of its currency's unit. Written as a decimal number: `0.15`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i64);

/// A text that is no amount of money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is no amount: expected 0 or more, below a billion, with at most six decimals, such as 0.15")]
pub struct InvalidMoney;

/// What tokens cost, exact to the trillionth, so that nothing is lost in sums.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost(i128);

impl Money {
    /// From millionths of the unit.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Millionths of the unit.
    pub const fn micros(self) -> i64 {
        self.0
    }
}

impl FromStr for Money {
    type Err = InvalidMoney;
    fn from_str(text: &str) -> Result<Self, InvalidMoney> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let fits = (1..=9).contains(&whole.len()) && (1..=6).contains(&decimals.len());
        if !fits || !digits(whole) || !digits(decimals) {
            return Err(InvalidMoney);
        }
        let number = |part: &str| part.parse::<i64>().map_err(|_| InvalidMoney);
        Ok(Self(number(whole)? * MICROS + number(&format!("{decimals:0<6}"))?))
    }
}

impl fmt::Display for Money {
    /// As a decimal number with two decimals or more.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.unsigned_abs();
        let unit = MICROS.unsigned_abs();
        let decimals = format!("{:06}", micros % unit);
        let short = decimals.trim_end_matches('0');
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{short:0<2}", micros / unit)
    }
}

impl Cost {
    /// What some tokens cost at a price for a million of them.
    pub fn of(tokens: i64, per_million: Money) -> Self {
        Self(i128::from(tokens) * i128::from(per_million.0))
    }

    /// The amount, rounded to the nearest millionth.
    pub fn rounded(self) -> Money {
        let unit = i128::from(MICROS);
        Money(i64::try_from(self.0.saturating_add(unit / 2).div_euclid(unit)).unwrap_or(i64::MAX))
    }

    /// Whether it has reached an amount.
    pub fn reaches(self, limit: Money) -> bool {
        self.0 >= i128::from(limit.0) * i128::from(MICROS)
    }
}

impl std::ops::Add for Cost {
    type Output = Self;
    fn add(self, more: Self) -> Self {
        Self(self.0.saturating_add(more.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    #[test]
    fn an_amount_is_read_to_the_letter_and_written_back() {
        for (text, micros, written) in [
            ("0", 0, "0.00"),
            ("0.15", 150_000, "0.15"),
            ("12", 12_000_000, "12.00"),
            ("0.000001", 1, "0.000001"),
            ("3.5", 3_500_000, "3.50"),
            ("999999999.999999", 999_999_999_999_999, "999999999.999999"),
        ] {
            assert_eq!((money(text).micros(), money(text).to_string()), (micros, written.to_owned()));
        }
        for bad in ["", "-1", "+1", "1e3", "NaN", "inf", ".5", "1.", "0.0000001", "1000000000", "1,5", " 1"] {
            assert_eq!(bad.parse::<Money>(), Err(InvalidMoney), "{bad}");
        }
    }

    #[test]
    fn a_million_small_costs_lose_nothing_that_one_large_one_keeps() {
        let price = money("0.15");
        let one = Cost::of(7, price);
        assert_eq!(one.rounded().micros(), 1, "seven tokens are 1.05 millionths");
        let many = (0..1_000_000).fold(Cost::default(), |sum, _| sum + one);
        assert_eq!(many, Cost::of(7_000_000, price));
        assert_eq!(many.rounded(), money("1.05"));
        assert!(many.reaches(money("1.05")) && !many.reaches(money("1.050001")));
        assert_eq!(Cost::of(i64::MAX, Money(i64::MAX)).rounded(), Money(i64::MAX), "and nothing overflows");
    }
}
