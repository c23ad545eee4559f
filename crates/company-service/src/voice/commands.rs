//! What of the things one says is a command. Pure: it looks at words only.
//!
//! A command is one only as a whole sentence: what is left of it, without the words that carry nothing, has to be what the
//! command is about and nothing else. So "list the departments" is one, and "tell me about the departments of France" is talk.

mod words;

use domain::Slug;
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

/// A command for who wants to know what can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandInfo {
    /// Its name, which answers carry.
    pub name: &'static str,
    /// What it does.
    pub description: &'static str,
    /// How it can be said.
    pub examples: &'static [&'static str],
}

/// Every command.
pub const COMMANDS: &[CommandInfo] = &[
    CommandInfo {
        name: "list_departments",
        description: "Names the departments.",
        examples: &["List departments", "Which departments do we have?"],
    },
    CommandInfo {
        name: "list_agents",
        description: "Names the agents of a department, or says how many there are.",
        examples: &["List the agents in engineering", "Who works in sales?"],
    },
    CommandInfo {
        name: "list_councils",
        description: "Names the councils.",
        examples: &["List councils", "Show me the councils"],
    },
    CommandInfo {
        name: "system_status",
        description: "Says how the company and its brain stand.",
        examples: &["System status", "What's the status of the system?"],
    },
    CommandInfo {
        name: "create_task",
        description: "Makes a task for a department or an agent. It waits until somebody starts it.",
        examples: &[
            "Create a task for engineering to check the backups",
            "Add a task for Atlas: review the design",
        ],
    },
    CommandInfo {
        name: "task_status",
        description: "Says how a task stands, found by words of its title, or how many tasks there are.",
        examples: &["Task status", "What's the status of the task check the backups?"],
    },
    CommandInfo {
        name: "start_debate",
        description: "Starts a debate of a council on a topic.",
        examples: &["Start a debate in the tech council on remote work"],
    },
    CommandInfo {
        name: "open_page",
        description: "Opens a page.",
        examples: &["Open the tasks page", "Go to settings"],
    },
    CommandInfo { name: "stop", description: "Stops speaking.", examples: &["Stop", "Be quiet"] },
    CommandInfo {
        name: "stop_everything",
        description: "Ends every reply, task and debate under way, once you have said yes.",
        examples: &["Stop everything"],
    },
];

/// Pages by their names on the page.
const PAGES: &[(&str, &[&str])] = &[
    ("home", &["home", "dashboard", "start"]),
    ("office", &["office", "chat", "chats", "daena office", "daenas office"]),
    ("departments", &["departments", "department"]),
    ("agents", &["agents", "agent"]),
    ("councils", &["councils", "council"]),
    ("tasks", &["tasks", "task"]),
    ("brain", &["brain", "models", "model"]),
    ("founder", &["founder", "founder panel", "founders panel"]),
    ("connections", &["connections", "connection"]),
    ("activity", &["activity", "activities"]),
    ("settings", &["settings", "setting"]),
];

const NAMES_OF_DAENA: &[&str] = &[
    "daena", "dana", "dina", "diana", "dayna", "dena", "deena", "dinah", "daina", "dyna", "danna", "daenna",
    "deyna", "dana's", "dayana", "daenerys",
];
const GREETINGS: &[&str] = &["hey", "hay", "hi", "hello", "ok", "okay", "he", "a"];
const POLITE: &[&str] = &[
    "please", "can", "could", "would", "will", "you", "i", "want", "to", "id", "like", "lets", "now", "just",
    "then", "so", "and", "well",
];
const TRAILING: &[&str] = &["please", "now", "thanks", "thank", "you"];
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
const DEPARTMENTS: &[&str] = &["departments", "department"];
const AGENTS: &[&str] = &["agents", "agent", "people", "team", "members", "staff"];
const COUNCILS: &[&str] =
    &["councils", "council", "counsels", "counsel", "councills", "consuls", "console", "consoles"];
const MAKING: &[&str] =
    &["create", "creates", "created", "make", "add", "new", "open", "give", "assign", "start"];
const TASK: &[&str] = &["task", "tasks"];

/// What was said. `wake_words`: the ones of the state, besides those that stand for Daena anyway.
pub(super) fn heard(said: &str, names: &Names, wake_words: &[String]) -> Heard {
    let all = words(said);
    let said = strip(&all, wake_words);
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
        .or_else(|| create_task(&said, names))
        .or_else(|| start_debate(&said, names));
    command.map_or(Heard::Talk, Heard::Command)
}

/// Without the wake words at the beginning and the polite words around.
fn strip<'a>(all: &Words<'a>, wake_words: &[String]) -> Words<'a> {
    let mut said = all.clone();
    let own =
        wake_words.iter().map(|wake| words(wake)).find(|wake| !wake.is_empty() && said.starts_with(wake));
    if let Some(own) = own {
        said = said.from(own.len());
    } else {
        let greeted = usize::from(GREETINGS.contains(&said.get(0)));
        if NAMES_OF_DAENA.contains(&said.get(greeted)) {
            said = said.from(greeted + 1);
        }
    }
    while POLITE.contains(&said.get(0)) && said.len() > 1 {
        said = said.from(1);
    }
    while TRAILING.contains(&said.get(said.len().wrapping_sub(1))) && said.len() > 1 {
        said = said.until(said.len() - 1);
    }
    said
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

/// Questions about who there is.
fn listing(said: &Words<'_>, names: &Names) -> Option<Command> {
    let asks = said.iter().any(|word| LISTING.contains(&word));
    let content: Vec<&str> =
        said.iter().filter(|word| !FILLERS.contains(word) && !LISTING.contains(word)).collect();
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

fn status(said: &Words<'_>) -> Option<Command> {
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
    let task = said.position(|word| TASK.contains(&word))?;
    let before = said.until(task);
    let asks = before.iter().any(|word| word == "status") || matches!(before.get(0), "how" | "hows");
    let plain = before
        .iter()
        .all(|word| FILLERS.contains(&word) || matches!(word, "status" | "check" | "give" | "tell" | "show"));
    if !asks || !plain {
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

/// "Create a task for engineering to …", "assign a task to Atlas: …", "give sales a task to …".
fn create_task(said: &Words<'_>, names: &Names) -> Option<Command> {
    if !MAKING.contains(&said.get(0)) {
        return None;
    }
    let task = said.position(|word| TASK.contains(&word)).filter(|at| *at <= 5)?;
    let between = said.range(1..task);
    let article =
        |word: &str| matches!(word, "a" | "an" | "the" | "new" | "another" | "one" | "me" | "us" | "urgent");
    let mut owner = None;
    if !between.iter().all(article) {
        let called =
            between.iter().filter(|word| !article(word) && !DEPARTMENTS.contains(word) && *word != "team");
        owner = Some(somebody(&called.collect::<Vec<_>>().join(" "), names)?);
    }
    let mut rest = said.from(task + 1);
    if owner.is_none() && matches!(rest.get(0), "for" | "to" | "in" | "with") {
        let (found, after) = owner_in(&rest, names);
        if found.is_some() {
            (owner, rest) = (found, after);
        }
    }
    while matches!(
        rest.get(0),
        "to" | "that" | "which" | "called" | "named" | "about" | "for" | "says" | "saying"
    ) {
        rest = rest.from(1);
    }
    Some(Command::CreateTask { owner, what: rest.original() })
}

/// Who a task is for, behind "for" or "to", and what comes behind that. The longest name wins.
fn owner_in<'a>(rest: &Words<'a>, names: &Names) -> (Option<Named>, Words<'a>) {
    let behind = rest.from(1);
    let start = usize::from(matches!(behind.get(0), "the" | "our" | "agent" | "department"));
    let known = (1..=4).rev().find_map(|count| {
        let called = behind.range(start..start + count);
        (called.len() == count)
            .then(|| somebody(&called.text(), names))
            .flatten()
            .map(|named| (named, start + count))
    });
    if let Some((named, mut end)) = known {
        if matches!(behind.get(end), "department" | "departments" | "team" | "agent") {
            end += 1;
        }
        return (Some(named), behind.from(end));
    }
    // "for marketing's friends to …": somebody was named, and is nobody here.
    let to = behind.position(|word| matches!(word, "to" | "that"));
    match to.filter(|to| rest.get(0) == "for" && (1..=4).contains(&(to.saturating_sub(start)))) {
        Some(to) => (Some(Named::Unknown(behind.range(start..to).original())), behind.from(to)),
        None => (None, rest.clone()),
    }
}

/// As [`debate`]. "Start a" is also heard as "it's hard to", which counts only with a topic and a council of ours.
fn start_debate(said: &Words<'_>, names: &Names) -> Option<Command> {
    const MISHEARD: &[&str] = &[
        "its hard to",
        "its hard a",
        "its start a",
        "it starts a",
        "it started a",
        "it started debate",
        "it starts debate",
    ];
    let misheard = MISHEARD.contains(&said.until(3).text().as_str());
    let command = debate(said, names, misheard)?;
    let sure = matches!(&command, Command::StartDebate { council: Some(Named::Council(_)), topic } if !topic.is_empty());
    (sure || !misheard).then_some(command)
}

/// "Start a debate in the tech council on …", "ask the finance council about …".
fn debate(said: &Words<'_>, names: &Names, misheard: bool) -> Option<Command> {
    const BEGINNING: &[&str] =
        &["start", "starts", "started", "begin", "hold", "launch", "open", "have", "run", "create", "make"];
    const TOPIC: &[&str] = &["on", "about", "over", "whether", "regarding", "concerning"];
    let asked = matches!(said.get(0), "ask" | "let" | "have")
        && said.iter().take(6).any(|word| COUNCILS.contains(&word));
    let debate = said.position(|word| matches!(word, "debate" | "debates" | "discussion"));
    let begun = (misheard || BEGINNING.contains(&said.get(0))) && debate.is_some_and(|at| at <= 6);
    if !asked && !begun {
        return None;
    }
    let from = if begun { debate? + 1 } else { 1 };
    let rest = said.from(from);
    let topic_at =
        rest.position(|word| TOPIC.contains(&word) || (asked && matches!(word, "debate" | "discuss")));
    let before = rest.until(topic_at.unwrap_or(rest.len()));
    let mut topic = topic_at.map_or_else(|| rest.from(rest.len()), |at| rest.from(at + 1));
    let called = |part: &Words<'_>| {
        let plain = part.iter().filter(|word| {
            !COUNCILS.contains(word)
                && !matches!(
                    *word,
                    "the" | "a" | "in" | "at" | "by" | "with" | "for" | "of" | "among" | "our"
                )
        });
        plain.collect::<Vec<_>>().join(" ")
    };
    // The council stands before the topic, behind it, or before the word "debate".
    let mut name = called(&before);
    if name.is_empty()
        && let Some(at) = topic.last_position(|word| matches!(word, "in" | "at" | "by" | "with"))
        && let Some(slug) = find(&called(&topic.from(at)), &names.councils)
    {
        topic = topic.until(at);
        return Some(Command::StartDebate { council: Some(Named::Council(slug)), topic: topic.original() });
    }
    if name.is_empty() && begun {
        name = called(&said.range(1..debate?));
        name = if name == "new" { String::new() } else { name };
    }
    let council = match find(&name, &names.councils) {
        Some(slug) => Some(Named::Council(slug)),
        None if name.is_empty() => None,
        None if asked => return None,
        None => Some(Named::Unknown(name)),
    };
    if asked && topic.is_empty() {
        return None;
    }
    Some(Command::StartDebate { council, topic: topic.original() })
}

fn open_page(said: &Words<'_>) -> Option<Command> {
    let verb = match (said.get(0), said.get(1)) {
        ("go" | "navigate" | "switch" | "jump", "to") => 2,
        ("take" | "bring", "me" | "us") if said.get(2) == "to" => 3,
        ("show", "me") => 2,
        ("open" | "show", _) => 1,
        _ => return None,
    };
    let rest = said.from(verb);
    let plain = rest
        .iter()
        .filter(|word| !matches!(*word, "the" | "my" | "a" | "page" | "view" | "tab" | "screen" | "up"));
    let called = plain.collect::<Vec<_>>().join(" ");
    let page = PAGES.iter().find(|(_, spoken)| spoken.contains(&called.as_str()))?;
    Some(Command::OpenPage(page.0))
}

fn somebody(called: &str, names: &Names) -> Option<Named> {
    let department = find(called, &names.departments).map(Named::Department);
    department.or_else(|| find(called, &names.agents).map(Named::Agent))
}

/// Whose name or slug this is, or nearly is; a name may be said without its last word ("tech" for "Tech Council").
fn find(called: &str, there: &[(Slug, String)]) -> Option<Slug> {
    if called.is_empty() {
        return None;
    }
    let spoken = |name: &str| words(&name.replace('-', " ").replace('&', "and")).text();
    let short = |name: &str| {
        let name = spoken(name);
        let kind = |word: &str| COUNCILS.contains(&word) || DEPARTMENTS.contains(&word);
        name.split(' ').filter(|word| !kind(word)).collect::<Vec<_>>().join(" ")
    };
    let exact = there.iter().find(|(slug, name)| {
        [spoken(name), short(name), spoken(slug.as_str())].iter().any(|it| it == called)
    });
    let begins = || {
        // "human resources" of "Human Resources (HR)", "technology" for "Tech".
        there.iter().find(|(slug, _)| {
            called.len() >= 4
                && !called.contains(' ')
                && slug.as_str().len() >= 4
                && called.starts_with(slug.as_str())
        })
    };
    let near = || {
        let close = |name: &str| {
            let name = short(name);
            name.len() >= 5
                && name.len().abs_diff(called.len()) <= 2
                && distance(&name, called) <= 1 + name.len() / 8
        };
        there.iter().find(|(_, name)| close(name))
    };
    exact.or_else(begins).or_else(near).map(|(slug, _)| slug.clone())
}

/// How many letters have to be changed, put in or left out.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut next = vec![i + 1];
        for (b, pair) in other.iter().zip(row.windows(2)) {
            let (diagonal, above) = (pair.first().copied().unwrap_or(0), pair.last().copied().unwrap_or(0));
            let left = next.last().copied().unwrap_or(0);
            next.push((diagonal + usize::from(a != *b)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
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
