use super::*;

fn names() -> Names {
    let of = |list: &[(&str, &str)]| {
        list.iter().map(|(slug, name)| (Slug::parse(slug).unwrap(), (*name).to_owned())).collect()
    };
    Names {
        departments: of(&[
            ("engineering", "Engineering"),
            ("sales", "Sales"),
            ("hr", "HR"),
            ("customer", "Customer Success"),
            ("marketing", "Marketing"),
        ]),
        agents: of(&[("engineering-atlas", "Atlas"), ("hr-harmony", "Harmony")]),
        councils: of(&[("tech", "Tech Council"), ("finance", "Finance Council")]),
    }
}

fn command(said: &str) -> Command {
    match heard(said, &names(), &[]) {
        Heard::Command(command) => command,
        other => panic!("{said:?} is {other:?}"),
    }
}

fn department(slug: &str) -> Option<Named> {
    Some(Named::Department(Slug::parse(slug).unwrap()))
}

fn council(slug: &str) -> Option<Named> {
    Some(Named::Council(Slug::parse(slug).unwrap()))
}

fn task(owner: Option<Named>, what: &str) -> Command {
    Command::CreateTask { owner, what: what.to_owned() }
}

fn debate(council: Option<Named>, topic: &str) -> Command {
    Command::StartDebate { council, topic: topic.to_owned() }
}

#[test]
fn lists_are_asked_for_in_many_ways() {
    for said in [
        "List departments",
        "list department",
        "List the department's.",
        "Hey Dina, list departments.",
        "Hey Diana. List all the departments, please.",
        "hey dana show me our departments",
        "Hey Dayna, which departments do we have?",
        "Daena, can you list the departments?",
        "A Daena, what departments are there",
        "How many departments do we have?",
        "Could you please tell me all departments",
        "Least departments",
        "Departments.",
    ] {
        assert_eq!(command(said), Command::ListDepartments, "{said}");
    }
    for said in [
        "List councils",
        "list the counsels",
        "Show me the council's",
        "Hey Daena, which councils do we have?",
    ] {
        assert_eq!(command(said), Command::ListCouncils, "{said}");
    }
    for said in [
        "List the agents in engineering",
        "Hey Daena, list agents in the engineering department.",
        "Who works in engineering?",
        "who is in the Engineering department",
        "Show me the engineering team",
        "List all engineering agents",
        "list the agents of enginering",
        "Which agents are in Engineering?",
    ] {
        assert_eq!(command(said), Command::ListAgents(department("engineering")), "{said}");
    }
    assert_eq!(command("list agents"), Command::ListAgents(None));
    assert_eq!(command("who works in customer success"), Command::ListAgents(department("customer")));
    let nobody = Command::ListAgents(Some(Named::Unknown("logistics".into())));
    assert_eq!(command("List the agents in logistics."), nobody);
}

#[test]
fn the_status_of_the_system_and_of_tasks() {
    for said in [
        "System status",
        "What's the status?",
        "status report",
        "Hey Dina, what is the status of the system?",
    ] {
        assert_eq!(command(said), Command::SystemStatus, "{said}");
    }
    for said in ["Task status", "How are the tasks going?", "What is the status of the tasks"] {
        assert_eq!(command(said), Command::TaskStatus(String::new()), "{said}");
    }
    for said in [
        "What's the status of the task check the backups?",
        "status of task check the backups",
        "How is the task called check the backups going?",
    ] {
        assert_eq!(command(said), Command::TaskStatus("check the backups".into()), "{said}");
    }
}

#[test]
fn a_task_is_made_for_whom_is_named_and_keeps_its_words() {
    for said in [
        "Create a task for engineering to check the backups.",
        "Hey Daena, create a task for the engineering department to check the backups",
        "please create a new task for Engineering: check the backups",
        "Add a task for the engineering team to check the backups",
        "Assign a task to engineering to check the backups",
        "Give engineering a task to check the backups",
        "Created a task for engineering to check the backups.",
        "Could you please create a task for engineering to check the backups?",
        "I would like you to create a task for engineering: check the backups",
        "Create an engineering task to check the backups",
        "Add a task for Engineering, check the backups.",
        "Add a task for engineering check the backups",
        "Assign another task to engineering: check the backups",
        "Create task for engineering to check the backups",
        "Make a task for engineering to check the backups",
        "Start a new task for engineering to check the backups",
        "New task for engineering: check the backups",
    ] {
        assert_eq!(command(said), task(department("engineering"), "check the backups"), "{said}");
    }
    let atlas = Some(Named::Agent(Slug::parse("engineering-atlas").unwrap()));
    assert_eq!(command("Create a task for Atlas to review John's PR"), task(atlas, "review John's PR"));
    assert_eq!(command("Create a task to buy milk"), task(None, "buy milk"));
    for said in [
        "Create me a task: buy milk",
        "Make a task called buy milk",
        "New task: buy milk",
        "Add a task. Buy milk.",
    ] {
        assert!(
            matches!(command(said), Command::CreateTask { owner: None, what } if what.to_lowercase() == "buy milk")
        );
    }
    assert_eq!(command("Create a task to sales call Ann"), task(None, "sales call Ann"));
    assert_eq!(command("Create a task for sales"), task(department("sales"), ""));
    let unknown = Some(Named::Unknown("logistics".into()));
    assert_eq!(command("Create a task for logistics to ship it"), task(unknown, "ship it"));
}

#[test]
fn a_debate_is_started_where_and_on_what_is_said() {
    for said in [
        "Start a debate in the tech council on remote work.",
        "Hey Diana, start a debate in the Tech Counsel about remote work",
        "Start a debate on remote work in the tech council",
        "It's hard to debate in the Tech Council on remote work.",
        "It started debate in the Tech Council on remote work.",
        "Begin a discussion with the technology council on remote work",
        "Start a tech council debate on remote work",
        "Ask the tech council about remote work",
        "Let the tech council debate remote work",
    ] {
        assert_eq!(command(said), debate(council("tech"), "remote work"), "{said}");
    }
    assert_eq!(command("Start a debate on remote work"), debate(None, "remote work"));
    assert_eq!(command("Start a debate in the tech council"), debate(council("tech"), ""));
    assert_eq!(command("Start another debate on remote work"), debate(None, "remote work"));
    assert_eq!(
        command("Start the debate in the tech council on remote work"),
        debate(council("tech"), "remote work")
    );
    assert_eq!(
        command("Can you ask the tech council about remote work?"),
        debate(council("tech"), "remote work")
    );
    let unknown = Some(Named::Unknown("moon".into()));
    assert_eq!(command("start a debate in the moon council on cheese"), debate(unknown, "cheese"));
}

#[test]
fn pages_open_and_speech_stops() {
    for (said, page) in [
        ("Open the tasks page", "tasks"),
        ("Go to settings", "settings"),
        ("Hey Dina, take me to the founder panel", "founder"),
        ("open departments", "departments"),
        ("Show me the dashboard.", "home"),
    ] {
        assert_eq!(command(said), Command::OpenPage(page), "{said}");
    }
    for said in ["Stop", "star.", "Stop talking!", "Hey Daena, be quiet please", "That's enough."] {
        assert_eq!(command(said), Command::Stop, "{said}");
    }
    for said in ["Stop everything", "Hey Dana, stop everything now", "emergency stop"] {
        assert_eq!(command(said), Command::StopEverything, "{said}");
    }
    assert_eq!(heard("Yes, please.", &names(), &[]), Heard::Yes);
    assert_eq!(heard("No.", &names(), &[]), Heard::No);
}

#[test]
fn what_only_holds_such_words_is_talk() {
    for said in [
        "Tell me about the departments of France",
        "Tell me about the departments",
        "Why do departments fight?",
        "What is a department?  And who invented it?",
        "The council of Trent met in 1545",
        "Who is the president of France?",
        "Who works hardest?",
        "What do secret agents in Berlin do?",
        "How do I create a task in Outlook?",
        "I had to stop everything and call her",
        "The status of women in Iran",
        "How is the weather?",
        "Show me how to open a page in Python",
        "Write a debate speech on remote work",
        "It's hard to debate in the dark on an empty stomach",
        "It's hard to debate",
        "Open the door",
        "Hey Daena",
        "Hello!",
        "List three departments of a car factory",
        "Ask not what your country can do for you",
        "Diana was a princess",
        "",
        "…",
    ] {
        assert_eq!(heard(said, &names(), &[]), Heard::Talk, "{said}");
    }
}

/// Each of these made a task, began a debate or was answered as a command.
#[test]
fn what_is_told_asked_or_said_of_something_else_makes_nothing() {
    for said in [
        "Give me the task list",
        "Give me a task to focus on",
        "Give me one task to finish today",
        "Give John a task to fix it",
        "Start the task check the backups",
        "Open the task check the backups",
        "Create the task list",
        "Create a task list for the weekend",
        "Create a task force on climate",
        "Start a task force on climate",
        "Start a task, any task, and see how it goes",
        "Make a task sound like fun",
        "Make a task of it",
        "Make the task for marketing easier to understand",
        "Make one task harder",
        "Open task management software for small teams, which is best?",
        "Open tasks to everybody",
        "Open a task to the public",
        "Add a task to my list",
        "Add another task to the pile",
        "Add the task for marketing to my list",
        "Add tasks for engineering and sales",
        "Assign a task to me",
        "Assign the task to Atlas",
        "Assigned a task to Atlas yesterday",
        "New tasks for marketing arrived yesterday, what do you think?",
        "New task for marketing to review the ads came in",
        "New task management is hard",
        "Create an engineering task force on climate",
        "Add an engineering task list",
        "Add a task for Atlas to the board",
        "Add a task for Atlas and Harmony",
        "Create a task in Outlook to call Ann",
        "You created a task for engineering to check the backups.",
        "I just created a task for sales",
        "I created a task for engineering to check the backups",
        "You can create a task for engineering to check the backups",
        "Can I create a task for engineering to check the backups?",
        "I could add a task for Atlas to review the design",
        "Add a task for Atlas to review the design, or what do you think?",
        "Create a task for engineering to check the backups? Is that a good idea?",
        "Creating a task for engineering to check the backups took long",
        "Don't create a task to buy milk",
        "Neue Aufgabe für Marketing: die Anzeigen prüfen",
        "Have you seen the debate on TV in the finance council?",
        "Have the debates about Brexit ended?",
        "Have a discussion with your wife about money",
        "Open debate is the foundation of democracy",
        "Open discussion of it helps",
        "Make debate notes about remote work for the finance council",
        "Start a heated debate on anything and people leave",
        "Start a debate with strangers about politics and you lose",
        "Hold the debate for now",
        "You started a debate in the tech council on remote work",
        "Can I start a debate in the tech council on remote work?",
        "Let the tech council know about the outage",
        "What is a department?",
        "What's a council?",
        "How is the task force doing?",
        "How is a task made?",
        "How do tasks work here?",
        "How do you task people",
    ] {
        assert_eq!(heard(said, &names(), &[]), Heard::Talk, "{said}");
    }
}

#[test]
fn wake_words_of_the_state_are_known() {
    let own = ["computer".to_owned()];
    assert_eq!(heard("Computer, list departments", &names(), &own), Heard::Command(Command::ListDepartments));
    assert_eq!(heard("Computer, list departments", &names(), &[]), Heard::Talk);
}

#[test]
fn every_command_is_listed_and_its_examples_work() {
    for info in COMMANDS {
        for example in info.examples {
            assert_eq!(command(example).name(), info.name, "{example}");
        }
    }
}

/// Each step looks at a sentence as it is: one of a hundred thousand words is heard as fast as it is read.
#[test]
fn however_much_is_said_it_is_heard() {
    let much = 100_000;
    assert_eq!(command(&format!("{}list departments", "please ".repeat(much))), Command::ListDepartments);
    let what = "check ".repeat(much);
    assert_eq!(command(&format!("create a task to {what}")), task(None, what.trim()));
    assert_eq!(heard(&"stop ".repeat(much), &names(), &[]), Heard::Talk);
}
