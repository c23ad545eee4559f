//! What a debate came to: read from Daena's words, whatever form they have, and from the rows.

use super::record::Record;
use domain::{Closing, Debate, Synthesis};
use serde_json::{Map, Value};

/// The most characters of a member's last position where Daena could not sum up.
const POSITION: usize = 400;

/// What the rows say of a debate, whatever a model makes of it.
pub(super) struct Facts {
    absent: Vec<String>,
    caveats: Vec<String>,
}

impl Facts {
    pub(super) fn of(record: &Record) -> Self {
        let debate = &record.debate;
        let mut facts = Self { absent: Vec::new(), caveats: Vec::new() };
        let mut spoke = 0;
        for seat in &debate.panel {
            let has_spoken = record.spoken_by(seat.member_id).next().is_some();
            spoke += usize::from(has_spoken);
            let missed: Vec<_> =
                debate.absences.iter().filter(|absence| absence.member_id == seat.member_id).collect();
            if !has_spoken || !missed.is_empty() {
                facts.absent.push(seat.name.clone());
            }
            for absence in &missed {
                let (name, round) = (&seat.name, absence.round);
                facts.caveats.push(format!("{name} did not answer in round {round}: {}.", absence.reason));
            }
            if !has_spoken && missed.is_empty() {
                facts.caveats.push(format!("{} had not spoken when the debate ended.", seat.name));
            }
        }
        facts.caveats.extend(cut_short(debate));
        if spoke * 2 < debate.panel.len() {
            let all = debate.panel.len();
            facts
                .caveats
                .push(format!("Only {spoke} of {all} members spoke: fewer than the quorum of half."));
        }
        facts
    }

    /// The facts as they follow Daena's words; none when all went well.
    pub(super) fn postscript(&self) -> Option<String> {
        if self.caveats.is_empty() {
            return None;
        }
        let mut text = String::from("\n\n");
        if !self.absent.is_empty() {
            text.push_str("Absent: ");
            text.push_str(&self.absent.join(", "));
            text.push_str(".\n");
        }
        text.push_str(&self.caveats.join("\n"));
        Some(text)
    }

    /// Who was absent, for Daena to know.
    pub(super) fn absent(&self) -> &[String] {
        &self.absent
    }

    /// The synthesis of what Daena wrote.
    pub(super) fn read(self, text: &str) -> Synthesis {
        let mut synthesis = parse(text);
        synthesis.caveats.extend(self.caveats);
        synthesis.absent = self.absent;
        synthesis
    }

    /// The synthesis when Daena could not write one: says so, and gives what the members said last.
    pub(super) fn without_daena(mut self, record: &Record, reason: &str) -> Synthesis {
        let mut recommendation = match record.anyone_spoke() {
            true => {
                format!("The council's debate could not be summed up: {reason}. What its members said last:")
            }
            false => format!("There is no recommendation: {reason}."),
        };
        for seat in &record.debate.panel {
            if let Some(last) = record.spoken_by(seat.member_id).last() {
                let short: String = last.chars().take(POSITION).collect();
                let more = if short.len() < last.len() { "…" } else { "" };
                recommendation.push_str(&format!("\n- {}: {}{more}", seat.name, short.trim()));
            }
        }
        if record.anyone_spoke() {
            self.caveats.insert(0, format!("Daena did not sum the debate up: {reason}."));
        }
        Synthesis { recommendation, caveats: self.caveats, absent: self.absent, ..Synthesis::default() }
    }
}

fn cut_short(debate: &Debate) -> Option<String> {
    let why = match debate.closing? {
        Closing::Rounds => return None,
        Closing::Founder => "the Founder asked for the synthesis",
        Closing::Time => "its time was used up",
        Closing::Tokens => "its tokens were used up",
    };
    Some(format!("The debate ended in round {} of {}: {why}.", debate.round, debate.rounds))
}

/// The text of a synthesis, for people.
pub(super) fn text_of(synthesis: &Synthesis) -> String {
    let mut text = synthesis.recommendation.clone();
    for (title, items) in [
        ("Agreements", &synthesis.agreements),
        ("Disagreements", &synthesis.disagreements),
        ("Caveats", &synthesis.caveats),
        ("Absent", &synthesis.absent),
    ] {
        if !items.is_empty() {
            text.push_str(&format!("\n\n{title}:\n- {}", items.join("\n- ")));
        }
    }
    text
}

/// Reads sections or JSON. Whatever else it is, it is a recommendation.
fn parse(text: &str) -> Synthesis {
    let text = text.rsplit_once("</think>").map_or(text, |(_, said)| said).trim();
    let mut synthesis = from_json(text).unwrap_or_else(|| from_sections(text));
    if synthesis.recommendation.is_empty() {
        synthesis.recommendation = text.to_owned();
    }
    synthesis
}

fn from_json(text: &str) -> Option<Synthesis> {
    let object = text.get(text.find('{')?..=text.rfind('}')?)?;
    let object: Map<String, Value> = serde_json::from_str(object).ok()?;
    let field = |name: &str| {
        object
            .iter()
            .find(|(key, _)| key.to_lowercase().starts_with(name))
            .map_or_else(Vec::new, |it| strings(it.1))
    };
    let recommendation = field("recommendation").join("\n");
    if recommendation.is_empty() {
        return None;
    }
    Some(Synthesis {
        recommendation,
        agreements: field("agreement"),
        disagreements: field("disagreement"),
        caveats: field("caveat"),
        absent: Vec::new(),
    })
}

/// The texts in a value, however they are wrapped.
fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if says_nothing(text) => Vec::new(),
        Value::String(text) => vec![text.trim().to_owned()],
        Value::Array(items) => items.iter().flat_map(strings).collect(),
        Value::Object(fields) => fields.values().flat_map(strings).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

fn from_sections(text: &str) -> Synthesis {
    let mut synthesis = Synthesis::default();
    let mut section = 0;
    let mut recommendation: Vec<&str> = Vec::new();
    for line in text.lines() {
        let mut rest = line;
        if let Some((found, behind)) = heading(line) {
            (section, rest) = (found, behind);
            if rest.is_empty() {
                continue;
            }
        }
        let items = match section {
            0 => {
                recommendation.push(rest);
                continue;
            }
            1 => &mut synthesis.agreements,
            2 => &mut synthesis.disagreements,
            _ => &mut synthesis.caveats,
        };
        let item = rest.trim().trim_start_matches(['-', '*', '•', '–']).trim();
        if !says_nothing(item) {
            items.push(item.to_owned());
        }
    }
    synthesis.recommendation = recommendation.join("\n").trim().to_owned();
    synthesis
}

/// Which section a line begins, and what stands behind its heading.
fn heading(line: &str) -> Option<(usize, &str)> {
    const NAMES: [&str; 4] = ["recommendation", "agreement", "disagreement", "caveat"];
    let mark =
        |c: char| c.is_whitespace() || c.is_ascii_digit() || matches!(c, '#' | '*' | '_' | '.' | ')' | '[');
    let bare = line.trim_start_matches(mark);
    let letters = bare.find(|c: char| !c.is_alphabetic()).unwrap_or(bare.len());
    let (word, rest) = bare.split_at(letters);
    let word = word.to_lowercase();
    let name = word.strip_suffix('s').unwrap_or(&word);
    let section = NAMES.iter().position(|known| *known == name)?;
    let behind = rest.trim_start_matches(['*', '_', ']', ' ']);
    match behind.strip_prefix(':') {
        Some(said) => Some((section, said.trim_start_matches(['*', '_', ' ']))),
        None if behind.trim().is_empty() => Some((section, "")),
        None => None,
    }
}

/// Whether a model only says that there is nothing to say.
fn says_nothing(text: &str) -> bool {
    let word = text.trim().trim_matches(['.', '(', ')', '*', '"']).to_lowercase();
    matches!(word.as_str(), "" | "none" | "n/a" | "nothing" | "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (String, Vec<String>, Vec<String>, Vec<String>) {
        let synthesis = parse(text);
        assert!(synthesis.absent.is_empty(), "a model says nothing of who was there");
        (synthesis.recommendation, synthesis.agreements, synthesis.disagreements, synthesis.caveats)
    }

    #[test]
    fn sections_are_read_however_a_model_marks_them() {
        let plain = "RECOMMENDATION\nSell it.\nSoon.\nAGREEMENTS\n- High rates\n- Old roof\nDISAGREEMENTS\nNone.\nCAVEATS\n* Taxes";
        let marked = "Here it is.\n## 1. Recommendation:\n**Sell it.**\n\n**Agreements:** High rates\n### Disagreements\n- none\n**Caveats**:\n- Taxes";
        assert_eq!(
            parts(plain),
            (
                "Sell it.\nSoon.".into(),
                vec!["High rates".into(), "Old roof".into()],
                vec![],
                vec!["Taxes".into()]
            )
        );
        assert_eq!(
            parts(marked),
            ("Here it is.\n**Sell it.**".into(), vec!["High rates".into()], vec![], vec!["Taxes".into()])
        );
    }

    #[test]
    fn json_is_read_also_inside_a_fence() {
        let text = "```json\n{\"Recommendation\": \"Sell.\", \"agreements\": [\"Rates\", {\"point\": \"Roof\"}], \
            \"disagreements\": \"none\", \"absent\": [\"The Quant\"]}\n```";
        assert_eq!(parts(text), ("Sell.".into(), vec!["Rates".into(), "Roof".into()], vec![], vec![]));
    }

    #[test]
    fn whatever_a_model_writes_is_at_least_the_recommendation() {
        for text in
            ["Sell it.", "{broken", "{\"a\": 1}", "We recommend: sell.", "Agreements of all kinds matter."]
        {
            assert_eq!(parts(text), (text.to_owned(), vec![], vec![], vec![]), "{text}");
        }
        assert_eq!(parts("<think>Hm, {}</think>\nSell it.").0, "Sell it.");
        let only_lists = "Agreements:\n- Rates";
        assert_eq!(parts(only_lists), (only_lists.to_owned(), vec!["Rates".into()], vec![], vec![]));
    }
}
