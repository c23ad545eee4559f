//! What models cost.

use super::{Cost, Day, Money, UsageSum};

/// What a model's tokens cost, by the million.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// The model's name; a `*` at its end stands for any rest. `:latest` may be left out.
    pub model: String,
    /// The first day on which it holds; none means from ever.
    pub from: Option<Day>,
    /// A million tokens read.
    pub prompt: Money,
    /// A million tokens written.
    pub completion: Money,
}

/// The prices of models, all in one currency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prices {
    /// The currency, such as `EUR`; empty without prices.
    pub currency: String,
    /// In any order.
    pub list: Vec<Price>,
}

impl Price {
    /// How closely it names a model; none when it does not.
    fn names(&self, model: &str) -> Option<usize> {
        if let Some(begin) = self.model.strip_suffix('*') {
            return model.starts_with(begin).then_some(begin.len());
        }
        let plain = |name: &str| name.strip_suffix(":latest").unwrap_or(name).to_owned();
        // What names it whole goes before any beginning of it.
        (plain(&self.model) == plain(model)).then_some(usize::MAX)
    }
}

impl Prices {
    /// The price of a model on a day: of those that name it most closely, the one that began last. None where it has none.
    pub fn of(&self, model: &str, day: Day) -> Option<&Price> {
        let holds = |price: &&Price| price.from.is_none_or(|from| from <= day);
        let named = self.list.iter().filter(holds).filter_map(|price| Some((price.names(model)?, price)));
        named.max_by_key(|(closeness, price)| (*closeness, price.from)).map(|(_, price)| price)
    }

    /// What tokens of a model cost on a day; none where it has no price, which is not the same as costing nothing.
    pub fn cost(&self, model: &str, day: Day, sum: &UsageSum) -> Option<Cost> {
        let price = self.of(model, day)?;
        Some(Cost::of(sum.prompt_tokens, price.prompt) + Cost::of(sum.completion_tokens, price.completion))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(model: &str, from: Option<&str>, prompt: i64) -> Price {
        let from = from.map(|day| Day::parse(day).unwrap());
        Price { model: model.into(), from, prompt: Money::from_micros(prompt), completion: Money::default() }
    }

    #[test]
    fn the_closest_name_wins_and_of_its_prices_the_one_that_holds_on_the_day() {
        let list = vec![
            price("gpt-*", None, 1),
            price("gpt-4*", None, 2),
            price("gpt-4:latest", None, 3),
            price("gpt-4", Some("2026-11-10"), 4),
            price("later", Some("2026-12-01"), 5),
        ];
        let prices = Prices { currency: "EUR".into(), list };
        for (model, day, expected) in [
            ("gpt-3", "2026-11-22", Some(1)),
            ("gpt-4o-2024", "2026-11-22", Some(2)),
            ("gpt-4", "2026-11-09", Some(3)),
            ("gpt-4:latest", "2026-11-10", Some(4)),
            ("later", "2026-11-30", None),
            ("llama", "2026-11-22", None),
        ] {
            let day = Day::parse(day).unwrap();
            assert_eq!(prices.of(model, day).map(|price| price.prompt.micros()), expected, "{model} {day}");
        }
        assert_eq!(prices.cost("llama", Day::from_number(0), &UsageSum::default()), None);
    }
}
