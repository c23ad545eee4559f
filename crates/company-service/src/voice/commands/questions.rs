//! Questions: who there is, and how things stand.

use super::called::{COUNCILS, DEPARTMENTS, find};
use super::words::{TASK, Words};
use super::{Command, Named, Names};

/// Words that carry nothing in a question about what there is.
const FILLERS: &[&str] = &[
    "the", "our", "my", "all", "me", "us", "of", "a", "an", "do", "does", "we", "have", "has", "are",
    "there", "is", "what", "whats", "which", "how", "hows", "many", "you", "i", "company", "here", "please",
    "in", "full", "now", "got",
];
const LISTING: &[&str] = &[
    "list",
    "lists",
    "listed",
    "least",
    "show",
    "name",
    "give",
    "tell",
    "read",
    "what",
    "which",
    "how",
    "who",
    "whos",
    "see",
    "enumerate",
];
const AGENTS: &[&str] = &["agents", "agent", "people", "team", "members", "staff"];

/// Questions about who there is.
pub(super) fn listing(said: &Words<'_>, names: &Names) -> Option<Command> {
    let asks = said.iter().any(|word| LISTING.contains(&word));
    let content: Vec<&str> =
        said.iter().filter(|word| !FILLERS.contains(word) && !LISTING.contains(word)).collect();
    // "What is a department?" asks for no list.
    let asks = asks
        && !(matches!(said.get(0), "what" | "whats") && said.iter().any(|word| matches!(word, "a" | "an")));
    let only = |kinds: &[&str]| matches!(content.as_slice(), [word] if kinds.contains(word));
    if only(DEPARTMENTS) && (asks || said.get(0) == "departments") {
        return Some(Command::ListDepartments);
    }
    if only(COUNCILS) && (asks || said.get(0) == "councils") {
        return Some(Command::ListCouncils);
    }
    if only(&["agents"]) && (asks || said.get(0) == "agents") {
        return Some(Command::ListAgents(None));
    }
    if !asks {
        return None;
    }
    agents_of(said, &content, names)
}

/// "List the agents in engineering", "who works in the sales department", "show me the HR team".
fn agents_of(said: &Words<'_>, content: &[&str], names: &Names) -> Option<Command> {
    let asks_who = matches!(said.get(0), "who" | "whos") && content.iter().all(|word| *word != "what");
    let speaks_of_agents = content.iter().any(|word| AGENTS.contains(word));
    if !asks_who && !speaks_of_agents {
        return None;
    }
    let left = content.iter().copied().filter(|word| {
        !AGENTS.contains(word)
            && !DEPARTMENTS.contains(word)
            && !matches!(*word, "works" | "work" | "working" | "for" | "from" | "belong" | "belongs")
    });
    let left = left.collect::<Vec<_>>().join(" ");
    let places = said.iter().any(|word| matches!(word, "in" | "of" | "for" | "from" | "at"));
    match find(&left, &names.departments) {
        Some(slug) => Some(Command::ListAgents(Some(Named::Department(slug)))),
        // A place that is none of ours: only where it is clearly asked for agents.
        None if speaks_of_agents
            && places
            && matches!(left.split(' ').count(), 1..=2)
            && !left.is_empty() =>
        {
            let listed = said.iter().next().is_some_and(|word| matches!(word, "list" | "lists" | "listed"));
            listed.then_some(Command::ListAgents(Some(Named::Unknown(left))))
        }
        None => None,
    }
}

pub(super) fn status(said: &Words<'_>) -> Option<Command> {
    const OF_SYSTEM: &[&str] = &["system", "systems", "report", "everything", "whole"];
    let content: Vec<&str> = said
        .iter()
        .filter(|word| {
            !FILLERS.contains(word)
                && !matches!(*word, "give" | "tell" | "show" | "check" | "going" | "doing")
        })
        .collect();
    if content.contains(&"status") && content.iter().all(|word| *word == "status" || OF_SYSTEM.contains(word))
    {
        return Some(Command::SystemStatus);
    }
    if matches!(content.as_slice(), ["system"]) && matches!(said.get(0), "how" | "hows") {
        return Some(Command::SystemStatus);
    }
    if content.iter().all(|word| *word == "status" || TASK.contains(word))
        && content.iter().any(|word| TASK.contains(word))
    {
        let asks = content.contains(&"status") || matches!(said.get(0), "how" | "hows");
        return asks.then(|| Command::TaskStatus(String::new()));
    }
    // "the status of the task TITLE", "how is the task TITLE going".
    let task = said.position(|word| word == "task")?;
    let before = said.until(task);
    // "How is the task force doing?" is about something else.
    let is_one = !matches!(
        said.get(task + 1),
        "force"
            | "forces"
            | "list"
            | "lists"
            | "management"
            | "manager"
            | "bar"
            | "board"
            | "master"
            | "queue"
    );
    let asks = before.iter().any(|word| word == "status")
        || (matches!(before.get(0), "how" | "hows")
            && before.iter().any(|word| matches!(word, "the" | "my" | "our")));
    let plain = before
        .iter()
        .all(|word| FILLERS.contains(&word) || matches!(word, "status" | "check" | "give" | "tell" | "show"));
    if !asks || !plain || !is_one {
        return None;
    }
    let mut title = said.from(task + 1);
    while matches!(title.get(title.len().wrapping_sub(1)), "going" | "doing" | "on" | "coming" | "along") {
        title = title.until(title.len() - 1);
    }
    while matches!(title.get(0), "called" | "named" | "about" | "to") {
        title = title.from(1);
    }
    Some(Command::TaskStatus(title.original()))
}
