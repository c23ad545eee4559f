//! What of the things one says is a command. Pure: it looks at words only.
//!
//! A command is one only as a whole sentence: what is left of it, without the words that carry nothing, has to be what the
//! command is about and nothing else. So "list the departments" is one, and "tell me about the departments of France" is talk.

mod called;
mod catalogue;
mod orders;
mod questions;
mod words;

pub use catalogue::{COMMANDS, CommandInfo};

use domain::Slug;
use orders::{create_task, open_page, start_debate};
use questions::{listing, status};
use words::{Words, words};

/// A command and what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    /// The departments.
    ListDepartments,
    /// The agents; of a department, if one is named.
    ListAgents(Option<Named>),
    /// The councils.
    ListCouncils,
    /// How the company stands.
    SystemStatus,
    /// A task to make.
    CreateTask {
        /// Who is to do it; none was named.
        owner: Option<Named>,
        /// What is to be done, as it was said; empty when it was not.
        what: String,
    },
    /// How a task stands, by words of its title; all of them, if none were said.
    TaskStatus(String),
    /// A debate to begin.
    StartDebate {
        /// The council; none was named.
        council: Option<Named>,
        /// What about, as it was said; empty when it was not.
        topic: String,
    },
    /// A page to open.
    OpenPage(&'static str),
    /// Speech is to stop.
    Stop,
    /// Everything is to stop. Asked back first.
    StopEverything,
}

/// Somebody as they were called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    /// A department.
    Department(Slug),
    /// An agent.
    Agent(Slug),
    /// A council.
    Council(Slug),
    /// Nobody here.
    Unknown(String),
}

/// What was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    /// A command.
    Command(Command),
    /// Yes, to what was asked back.
    Yes,
    /// No, to what was asked back.
    No,
    /// Talk.
    Talk,
}

/// Who there is: what is said is held against their names.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    /// Departments by name.
    pub(super) departments: Vec<(Slug, String)>,
    /// Agents by name.
    pub(super) agents: Vec<(Slug, String)>,
    /// Councils by name.
    pub(super) councils: Vec<(Slug, String)>,
}

const NAMES_OF_DAENA: &[&str] = &[
    "daena", "dana", "dina", "diana", "dayna", "dena", "deena", "dinah", "daina", "dyna", "danna", "daenna",
    "deyna", "dana's", "dayana", "daenerys",
];
const GREETINGS: &[&str] = &["hey", "hay", "hi", "hello", "ok", "okay", "he", "a"];
const POLITE: &[&str] = &[
    "please", "can", "could", "would", "will", "you", "i", "want", "to", "id", "like", "lets", "now", "just",
    "then", "so", "and", "well",
];
/// What an order may begin with, without the words that carry nothing: "you can create a task" is none.
const ORDERING: &[&str] = &[
    "",
    "i want to",
    "i want you to",
    "i would like to",
    "i would like you to",
    "id like to",
    "id like you to",
    "would like to",
    "want to",
    "lets",
];
const ASKING: &[&str] = &["can you", "could you", "would you", "will you"];
const TRAILING: &[&str] = &["please", "now", "thanks", "thank", "you"];

/// What was said. `wake_words`: the ones of the state, besides those that stand for Daena anyway.
pub(super) fn heard(said: &str, names: &Names, wake_words: &[String]) -> Heard {
    let all = words(said);
    let (manner, said) = strip(&all, wake_words);
    if said.is_empty() {
        return Heard::Talk;
    }
    if let Some(answer) = answer(&said) {
        return answer;
    }
    let command = stop(&said)
        .or_else(|| listing(&said, names))
        .or_else(|| status(&said))
        .or_else(|| open_page(&said))
        .or_else(|| order(&manner, &said, names));
    command.map_or(Heard::Talk, Heard::Command)
}

/// What makes something is only made where it is asked for: not told of, wondered about or asked whether.
fn order(manner: &Words<'_>, said: &Words<'_>, names: &Names) -> Option<Command> {
    let empty = |word: &str| matches!(word, "please" | "now" | "just" | "then" | "so" | "and" | "well");
    let manner = manner.iter().filter(|word| !empty(word)).collect::<Vec<_>>().join(" ");
    let asking = ASKING.contains(&manner.as_str());
    if !asking && !ORDERING.contains(&manner.as_str()) {
        return None;
    }
    // "Created a task" is "create a task" as it is heard at times, and what somebody did.
    if !manner.is_empty() && matches!(said.get(0), "creates" | "created") {
        return None;
    }
    let task = if asking || !said.asks() { create_task(said, names) } else { None };
    task.or_else(|| start_debate(said, names))
}

/// The polite words at the beginning, behind the wake words, and what stands behind them, without those at the end.
fn strip<'a>(all: &Words<'a>, wake_words: &[String]) -> (Words<'a>, Words<'a>) {
    let mut said = all.clone();
    // The longest one, for one may begin with another.
    let wakes = wake_words.iter().map(|wake| words(wake));
    let own = wakes.filter(|wake| !wake.is_empty() && said.starts_with(wake)).max_by_key(Words::len);
    if let Some(own) = own {
        said = said.from(own.len());
    } else {
        let greeted = usize::from(GREETINGS.contains(&said.get(0)));
        if NAMES_OF_DAENA.contains(&said.get(greeted)) {
            said = said.from(greeted + 1);
        }
    }
    let called = said.clone();
    while POLITE.contains(&said.get(0)) && said.len() > 1 {
        said = said.from(1);
    }
    let manner = called.until(called.len() - said.len());
    while TRAILING.contains(&said.get(said.len().wrapping_sub(1))) && said.len() > 1 {
        said = said.until(said.len() - 1);
    }
    (manner, said)
}

fn answer(said: &Words<'_>) -> Option<Heard> {
    const YES: &[&str] =
        &["yes", "yeah", "yep", "confirm", "confirmed", "do it", "go ahead", "yes do it", "sure", "yes stop"];
    const NO: &[&str] = &["no", "nope", "dont", "never mind", "nevermind", "no dont", "cancel"];
    let text = said.text();
    if YES.contains(&text.as_str()) {
        return Some(Heard::Yes);
    }
    NO.contains(&text.as_str()).then_some(Heard::No)
}

fn stop(said: &Words<'_>) -> Option<Command> {
    const STOP: &[&str] = &[
        "stop",
        "stop it",
        "stop talking",
        "stop speaking",
        "be quiet",
        "quiet",
        "shut up",
        "hush",
        "silence",
        "enough",
        "thats enough",
        "stop stop",
        // The one short word, as it is heard at times.
        "star",
        "stopp",
    ];
    const EVERYTHING: &[&str] = &[
        "stop everything",
        "stop all",
        "stop all agents",
        "stop all tasks",
        "stop all work",
        "stop all replies",
        "halt everything",
        "emergency stop",
        "stop every thing",
        "stop all of it",
    ];
    let text = said.text();
    if EVERYTHING.contains(&text.as_str()) {
        return Some(Command::StopEverything);
    }
    STOP.contains(&text.as_str()).then_some(Command::Stop)
}

impl Command {
    /// Its name, as [`COMMANDS`] has it.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::ListDepartments => "list_departments",
            Self::ListAgents(_) => "list_agents",
            Self::ListCouncils => "list_councils",
            Self::SystemStatus => "system_status",
            Self::CreateTask { .. } => "create_task",
            Self::TaskStatus(_) => "task_status",
            Self::StartDebate { .. } => "start_debate",
            Self::OpenPage(_) => "open_page",
            Self::Stop => "stop",
            Self::StopEverything => "stop_everything",
        }
    }
}

#[cfg(test)]
mod tests;
