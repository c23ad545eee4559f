//! What was measured: rows of medians, what stands beside them, and whether that is what it should be.

use std::fs;
use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};

use super::samples::median;

/// What a row is set against.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    /// The same load on the model server itself.
    Direct,
    /// The same load on the least that a durable turn can be.
    Floor,
    /// The same before the disturbance.
    Undisturbed,
}

/// What a row should reach.
#[derive(Clone, Copy)]
pub(super) enum Target {
    Least(f64),
    Most(f64),
    LeastOf(Beside, f64),
    MostOf(Beside, f64),
}

/// One measure, with a value for each round.
pub(super) struct Row {
    case: String,
    measure: &'static str,
    unit: &'static str,
    ours: Vec<f64>,
    beside: Vec<(Beside, Vec<f64>)>,
    target: Option<Target>,
}

/// All rows so far, in the order in which they were first heard of.
#[derive(Default)]
pub(super) struct Report {
    rows: Vec<Row>,
}

impl Beside {
    fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Floor => "floor",
            Self::Undisturbed => "undisturbed",
        }
    }
}

impl Report {
    /// The row of this name, made if need be.
    pub(super) fn row(&mut self, case: &str, measure: &'static str, unit: &'static str) -> &mut Row {
        let found = self.rows.iter().position(|row| row.case == case && row.measure == measure);
        let at = found.unwrap_or_else(|| {
            let (ours, beside) = (Vec::new(), Vec::new());
            self.rows.push(Row { case: case.to_owned(), measure, unit, ours, beside, target: None });
            self.rows.len() - 1
        });
        #[allow(clippy::indexing_slicing, reason = "found, or just pushed")]
        &mut self.rows[at]
    }

    /// The table, for people.
    pub(super) fn table(&self) -> String {
        let mut table = String::new();
        let mut told: Vec<&str> = Vec::new();
        for Row { case, .. } in &self.rows {
            if told.contains(&case.as_str()) {
                continue;
            }
            told.push(case);
            table += &format!("\n{case}\n");
            for row in self.rows.iter().filter(|row| row.case == *case) {
                table += &row.line();
            }
        }
        table
    }

    /// The same, for machines.
    pub(super) fn write(&self, path: &Path) -> anyhow::Result<()> {
        let rows: Vec<Value> = self.rows.iter().map(Row::json).collect();
        let text = serde_json::to_string_pretty(&json!({ "rows": rows }))?;
        fs::write(path, text + "\n").with_context(|| format!("could not write {}", path.display()))
    }
}

impl Row {
    pub(super) fn ours(&mut self, value: f64) -> &mut Self {
        self.ours.push(value);
        self
    }

    /// Sets the value of the same round beside ours.
    pub(super) fn beside(&mut self, what: Beside, value: Option<f64>) -> &mut Self {
        let Some(value) = value else { return self };
        match self.beside.iter_mut().find(|(it, _)| *it == what) {
            Some((_, values)) => values.push(value),
            None => self.beside.push((what, vec![value])),
        }
        self
    }

    pub(super) fn target(&mut self, target: Target) -> &mut Self {
        self.target = Some(target);
        self
    }

    fn line(&self) -> String {
        let ours = format!("{} {}", number(self.median()), self.unit);
        let line = format!("  {:<22} {ours:>18}   {:<58} {}", self.measure, self.besides(), self.verdict());
        format!("{}\n", line.trim_end())
    }

    fn median(&self) -> f64 {
        median(&self.ours)
    }

    /// The median of each round's ratio: rounds apart, the machine may have been another one.
    fn ratio(&self, what: Beside) -> Option<f64> {
        let (_, values) = self.beside.iter().find(|(it, _)| *it == what)?;
        let ratios: Vec<f64> = self.ours.iter().zip(values).map(|(ours, other)| ours / other).collect();
        Some(median(&ratios))
    }

    fn besides(&self) -> String {
        let beside = |(what, values): &(Beside, Vec<f64>)| {
            let ratio = self.ratio(*what).unwrap_or(f64::NAN);
            format!("{ratio:.2} x {} {}", what.name(), number(median(values)))
        };
        self.beside.iter().map(beside).collect::<Vec<_>>().join(", ")
    }

    /// Whether the target is met, and what it is; `None` if there is none or nothing to compare with.
    fn met(&self) -> Option<(bool, String)> {
        let of = |what: Beside| self.ratio(what);
        Some(match self.target? {
            Target::Least(least) => (self.median() >= least, format!(">= {}", number(least))),
            Target::Most(most) => (self.median() <= most, format!("<= {}", number(most))),
            Target::LeastOf(what, least) => (of(what)? >= least, format!(">= {least} x {}", what.name())),
            Target::MostOf(what, most) => (of(what)? <= most, format!("<= {most} x {}", what.name())),
        })
    }

    fn verdict(&self) -> String {
        match self.met() {
            Some((true, target)) => format!("ok    {target}"),
            Some((false, target)) => format!("MISS  {target}"),
            None => String::new(),
        }
    }

    fn json(&self) -> Value {
        let beside = self.beside.iter().map(|(what, values)| {
            let of = json!({"median": median(values), "rounds": values, "ratio": self.ratio(*what)});
            (what.name().to_owned(), of)
        });
        let (met, target) = self.met().unzip();
        json!({"case": self.case, "measure": self.measure, "unit": self.unit, "median": self.median(),
               "rounds": self.ours, "beside": beside.collect::<serde_json::Map<_, _>>(),
               "target": target, "met": met})
    }
}

/// Three digits that count.
fn number(value: f64) -> String {
    match value.abs() {
        large if large >= 100.0 => format!("{value:.0}"),
        middle if middle >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_the_median_of_the_ratios_of_the_rounds() {
        let mut report = Report::default();
        for (ours, floor) in [(50.0, 100.0), (1.0, 10.0), (60.0, 100.0)] {
            let row = report.row("64 clients", "turns", "/s");
            row.ours(ours).beside(Beside::Floor, Some(floor)).target(Target::LeastOf(Beside::Floor, 0.5));
        }
        let line = report.table();
        assert!(line.contains("0.50 x floor 100") && line.contains("ok    >= 0.5 x floor"), "{line}");
    }

    #[test]
    fn a_target_without_what_it_is_set_against_is_not_judged() {
        let mut report = Report::default();
        report.row("a", "b", "ms").ours(1.0).target(Target::MostOf(Beside::Floor, 2.0));
        assert!(!report.table().contains("floor"));
    }
}
