//! Orders: tasks to make, debates to begin, pages to open.

use super::called::{COUNCILS, DEPARTMENTS, find, somebody};
use super::words::Words;
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

/// "Create a task for engineering to …", "assign a task to Atlas: …", "give sales a task to …". One task, and one that is not
/// there yet: "the task" and "tasks" are talked about.
pub(super) fn create_task(said: &Words<'_>, names: &Names) -> Option<Command> {
    let verb = said.get(0);
    // All else is said of much besides, so that it has to be clearer what is meant.
    let makes = matches!(verb, "create" | "creates" | "created" | "add");
    if !makes && !matches!(verb, "make" | "assign" | "give" | "open" | "start" | "new") {
        return None;
    }
    let task = said.position(|word| word == "task").filter(|at| *at <= 7)?;
    let mut owner = owner_before(&said.range(1..task), verb, names)?;
    let mut rest = said.from(task + 1);
    let mut is_named_behind = false;
    if owner.is_none() && matches!(rest.get(0), "for" | "to" | "in" | "with") {
        let (found, after) = owner_in(&rest, names);
        // "to finance the car" is what is to be done.
        let is_whom =
            verb == "assign" || rest.get(0) != "to" || after.is_empty() || work(&after, true).is_some();
        if is_whom && found.is_some() {
            is_named_behind = makes || verb == "assign";
            (owner, rest) = (found, after);
        }
    }
    if owner.is_none() && matches!(verb, "give" | "assign") {
        return None;
    }
    let what = match verb {
        _ if rest.is_empty() => rest,
        "new" => Some(rest).filter(|rest| rest.follows(&[':', '–', '—']))?,
        _ => match work(&rest, makes) {
            Some(work) => work,
            // "Add a task for Atlas review the design."
            None if is_named_behind && !goes_on(rest.get(0)) => rest,
            None => return None,
        },
    };
    Some(Command::CreateTask { owner, what: what.original() })
}

/// Who stands before the word "task", if anybody does; none where no new task is spoken of.
fn owner_before(between: &Words<'_>, verb: &str, names: &Names) -> Option<Option<Named>> {
    let is_new = |word: &str| matches!(word, "a" | "an" | "another" | "one" | "new" | "urgent");
    let begins_new = is_new(between.get(0));
    let counted = (0..between.len()).rev().take_while(|at| is_new(between.get(*at))).count();
    let called = between.until(between.len() - counted);
    if matches!(verb, "make" | "assign" | "give" | "open" | "start") && counted == 0 && !begins_new {
        return None;
    }
    if counted == 0 && matches!(called.get(0), "the" | "our") {
        return None;
    }
    match called.text().as_str() {
        "" => Some(None),
        "me" | "us" if matches!(verb, "create" | "make" | "add") => Some(None),
        _ => {
            let article = |word: &str| is_new(word) || matches!(word, "the" | "our");
            let plain = called
                .iter()
                .skip_while(|word| article(word))
                .filter(|word| !DEPARTMENTS.contains(word) && *word != "team");
            somebody(&plain.collect::<Vec<_>>().join(" "), names).map(Some)
        }
    }
}

/// Behind "to" these are no work: "add a task to my list", "open the task to everybody".
const NO_WORK: &[&str] = &[
    "the",
    "a",
    "an",
    "my",
    "our",
    "your",
    "his",
    "her",
    "their",
    "its",
    "this",
    "that",
    "these",
    "those",
    "it",
    "me",
    "us",
    "him",
    "them",
    "everyone",
    "everybody",
];

/// Whether a word goes on with who was named, or tells of the task: "a task for Atlas and Nexus is late".
fn goes_on(word: &str) -> bool {
    matches!(
        word,
        "to" | "and"
            | "or"
            | "in"
            | "on"
            | "at"
            | "by"
            | "from"
            | "with"
            | "is"
            | "was"
            | "has"
            | "would"
            | "s"
    )
}

/// What is to be done, behind what leads to it; none where nothing does. `makes`: no more than a task to be made is meant.
fn work<'a>(rest: &Words<'a>, makes: bool) -> Option<Words<'a>> {
    let led = match rest.get(0) {
        "to" => !NO_WORK.contains(&rest.get(1)),
        "called" | "named" | "saying" | "says" => true,
        "that" | "about" | "for" | "please" => makes,
        _ => false,
    };
    let told = rest.follows(&[':']) || (makes && rest.follows(&[',', ';', '.', '–', '—']));
    if !led && !told {
        return None;
    }
    let mut work = rest.clone();
    while matches!(
        work.get(0),
        "to" | "that" | "called" | "named" | "about" | "for" | "says" | "saying" | "please"
    ) {
        work = work.from(1);
    }
    Some(work)
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

const BEGINNING: &[&str] =
    &["start", "starts", "started", "begin", "hold", "launch", "open", "have", "run", "create", "make"];
const TOPIC: &[&str] = &["on", "about", "over", "whether", "regarding", "concerning"];
const PLACE: &[&str] = &["in", "at", "by", "with", "for", "of", "among"];

/// As [`debate`]. "Start a" is also heard as "it's hard to", which counts only with a topic and a council of ours; so does what is
/// said of other debates too.
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
    let doubtful = misheard
        || matches!(said.get(0), "open" | "have" | "make" | "hold" | "run")
        || (said.get(1) == "the" && matches!(said.get(2), "debate" | "discussion"));
    (sure || !doubtful).then_some(command)
}

/// "Start a debate in the tech council on …", "ask the finance council about …".
fn debate(said: &Words<'_>, names: &Names, misheard: bool) -> Option<Command> {
    let asked = matches!(said.get(0), "ask" | "let" | "have")
        && said.iter().take(6).any(|word| COUNCILS.contains(&word));
    let debate = said.position(|word| matches!(word, "debate" | "discussion")).filter(|at| *at <= 6);
    let begun = debate.is_some_and(|at| is_begun(said, at, names, misheard));
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
            !COUNCILS.contains(word) && !PLACE.contains(word) && !matches!(*word, "the" | "a" | "our")
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
        name = if matches!(name.as_str(), "new" | "another" | "an") { String::new() } else { name };
    }
    let council = match find(&name, &names.councils) {
        Some(slug) => Some(Named::Council(slug)),
        None if name.is_empty() => None,
        None if asked || !said.iter().any(|word| COUNCILS.contains(&word)) => return None,
        None => Some(Named::Unknown(name)),
    };
    if asked && topic.is_empty() {
        return None;
    }
    Some(Command::StartDebate { council, topic: topic.original() })
}

/// Whether a debate is to begin where the word stands: one debate, of a council or of none, and nothing else that is called so.
fn is_begun(said: &Words<'_>, at: usize, names: &Names, misheard: bool) -> bool {
    let before = said.range(if misheard { 3 } else { 1 }..at);
    let is_one = |word: &str| matches!(word, "a" | "an" | "the" | "new" | "another");
    let called = || before.iter().filter(|word| !is_one(word)).collect::<Vec<_>>().join(" ");
    let named =
        before.iter().any(|word| COUNCILS.contains(&word)) || find(&called(), &names.councils).is_some();
    let behind = said.get(at + 1);
    (misheard || BEGINNING.contains(&said.get(0)))
        && (named || before.iter().all(is_one))
        && (TOPIC.contains(&behind) || PLACE.contains(&behind) || behind.is_empty())
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
