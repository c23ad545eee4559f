//! Orders: tasks to make, debates to begin, pages to open.

use super::called::{COUNCILS, DEPARTMENTS, find, somebody};
use super::words::{TASK, Words};
use super::{Command, Named, Names};

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

const MAKING: &[&str] =
    &["create", "creates", "created", "make", "add", "new", "open", "give", "assign", "start"];

/// "Create a task for engineering to …", "assign a task to Atlas: …", "give sales a task to …".
pub(super) fn create_task(said: &Words<'_>, names: &Names) -> Option<Command> {
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
pub(super) fn start_debate(said: &Words<'_>, names: &Names) -> Option<Command> {
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

pub(super) fn open_page(said: &Words<'_>) -> Option<Command> {
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
