//! Lists and pages go by an index and sort nothing: the statements as the store really sends them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of tests may stop at the first surprise")]

use crate::company::Company;
use crate::samples::{at, change, message_id, reply, said, session, session_id, slug, task};
use crate::sql;
use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use domain::{
    EventFilter, Limit, Message, MessageCursor, MessageState, Position, Scope, ScopeType, Session,
    SessionCategory, SessionCursor, TaskCursor, TaskPriority, TaskStatus, Title,
};
use persistence::{ReadTx, SearchFilter, SearchQuery, SessionFilter, StoreError, TaskFilter};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// What connections were asked: the file, and the statement.
static ASKED: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

#[derive(Default)]
struct Recorder {
    file: String,
}

impl Instrumentation for Recorder {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => url.clone_into(&mut self.file),
            InstrumentationEvent::StartQuery { query, .. } => {
                let text = query.to_string();
                let statement = text.split(" -- binds:").next().unwrap_or_default().to_owned();
                ASKED.lock().unwrap_or_else(PoisonError::into_inner).push((self.file.clone(), statement));
            }
            _ => {}
        }
    }
}

/// A company whose statements are recorded, with enough in it for SQLite to choose by.
async fn recorded() -> Company {
    set_default_instrumentation(|| Some(Box::<Recorder>::default())).unwrap();
    let company = Company::new();
    company
        .write(|tx| {
            for number in 1..=300_u32 {
                let scope = match number % 4 {
                    0 => Scope::Executive,
                    1 => Scope::Department(slug("hr")),
                    2 => Scope::Agent { agent: slug("hr-harmony"), department: slug("hr") },
                    _ => Scope::General,
                };
                let talk =
                    Session { category: scope.category(), scope, ..session(number.into(), number.into()) };
                tx.sessions_mut().create(&talk, &change(0))?;
                let user = said(u128::from(number) * 10, talk.id, "ask", 1);
                let user = Message { client_message_id: Some(format!("c{number}")), ..user };
                let state = if number == 150 { MessageState::Deferred } else { MessageState::Complete };
                let answer = reply(u128::from(number) * 10 + 1, &user, state);
                tx.messages_mut().append(&[user, answer], None, talk.scope.department(), &change(1))?;
                if number % 10 == 0 {
                    tx.sessions_mut().delete(&talk, &change(2))?;
                }
            }
            Ok(())
        })
        .await;
    company
}

/// The steps SQLite takes for what a job reads, before it has statistics and after.
async fn steps(
    company: &Company,
    job: impl Fn(&mut ReadTx<'_>) -> Result<(), StoreError> + Send + 'static,
) -> Vec<String> {
    let path = company.path().canonicalize().unwrap();
    asked(&path);
    company.read(move |tx| job(tx)).await;
    let mut statements = asked(&path);
    statements.retain(|sql| sql.starts_with("SELECT"));
    assert!(!statements.is_empty());
    let mut steps: Vec<String> = statements.iter().flat_map(|sql| sql::plan(&path, sql)).collect();
    analyze(&path);
    steps.extend(statements.iter().flat_map(|sql| sql::plan(&path, sql)));
    steps
}

/// What was asked of a file since this was called last.
fn asked(path: &Path) -> Vec<String> {
    let file = path.to_str().unwrap();
    let mut asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
    let (ours, others): (Vec<_>, Vec<_>) =
        std::mem::take(&mut *asked).into_iter().partition(|(of, _)| of == file);
    *asked = others;
    ours.into_iter().map(|(_, sql)| sql).collect()
}

fn analyze(path: &Path) {
    sql::run(path, "ANALYZE");
}

fn assert_by_index(what: &str, steps: &[String], index: &str) {
    let steps_text = steps.join("\n");
    assert!(!steps_text.contains("TEMP B-TREE"), "{what} sorts:\n{steps_text}");
    assert!(!steps_text.contains("MULTI-INDEX OR"), "{what} goes through several indexes:\n{steps_text}");
    let by_index = |step: &&String| step.contains(index) || step.contains("PRIMARY KEY");
    assert!(steps.iter().any(|step| step.contains(index)), "{what} does not use {index}:\n{steps_text}");
    assert!(steps.iter().all(|step| by_index(&step)), "{what} does more than use {index}:\n{steps_text}");
}

#[tokio::test]
async fn lists_of_sessions_go_by_the_index_of_their_filter() {
    let company = recorded().await;
    let none = SessionFilter::default;
    let text = |text: &str| Some(text.to_owned());
    let agent = SessionFilter { scope_type: Some(ScopeType::Agent), scope_id: text("hr-harmony"), ..none() };
    let table = [
        (none(), "sessions_by_time"),
        (SessionFilter { pinned: Some(true), archived: Some(false), ..none() }, "sessions_by_time"),
        (SessionFilter { title: text("budget"), ..none() }, "sessions_by_time"),
        (SessionFilter { category: Some(SessionCategory::Agents), ..none() }, "sessions_by_category"),
        (agent, "sessions_by_scope"),
        (SessionFilter { department_id: text("hr"), ..none() }, "sessions_by_department"),
        (SessionFilter { deleted: true, ..none() }, "sessions_in_trash"),
    ];
    let cursor = SessionCursor { updated_at: at(100), id: session_id(100) };
    for (filter, index) in table {
        for after in [None, Some(cursor)] {
            let name = format!("{filter:?} after {after:?}");
            let filter = filter.clone();
            let steps =
                steps(&company, move |tx| tx.sessions().list(&filter, after, Limit::default()).map(drop));
            assert_by_index(&name, &steps.await, index);
        }
    }
}

#[tokio::test]
async fn branches_are_found_by_what_is_aside() {
    let company = recorded().await;
    let talk = Session { set_aside: 1, ..company.session(session_id(1)).await };
    let page = steps(&company, move |tx| tx.branches().page(&talk, None, Limit::default()).map(drop)).await;
    let (aside, shown): (Vec<String>, _) = page.into_iter().partition(|step| step.contains("messages_aside"));
    assert_by_index("what is aside beside a page", &aside, "messages_aside");
    assert_by_index("a page of the branch shown", &shown, "messages_by_place");
    let way = steps(&company, |tx| tx.branches().fork(session_id(1), None).map(drop)).await.join("\n");
    assert!(way.contains("messages_aside") && !way.contains("SCAN"), "{way}");
}

#[tokio::test]
async fn messages_are_found_by_their_indexes() {
    let company = recorded().await;
    let talk = session_id(5);
    let page = steps(&company, move |tx| {
        tx.messages().page(talk, None, Limit::default())?;
        tx.messages().page(talk, Some(MessageCursor(2)), Limit::default())?;
        tx.messages().said_before(talk, 9, 20).map(drop)
    });
    assert_by_index("a page", &page.await, "messages_by_place");
    let one = steps(&company, |tx| tx.messages().get(message_id(50)).map(drop));
    assert_by_index("one message", &one.await, "messages_by_id");
    let turn = steps(&company, |tx| tx.messages().turn_of("c7").map(drop)).await;
    let (by_client_id, reply): (Vec<_>, Vec<_>) =
        turn.into_iter().partition(|step| step.contains("messages_by_client_id"));
    assert_by_index("a sent message", &by_client_id, "messages_by_client_id");
    assert_by_index("its reply", &reply, "messages_by_place");
}

#[tokio::test]
async fn open_replies_are_found_without_looking_at_the_others() {
    let company = recorded().await;
    let open = steps(&company, |tx| tx.messages().open().map(drop));
    assert_by_index("open replies", &open.await, "messages_open");
    let deferred = steps(&company, |tx| tx.messages().deferred().map(drop));
    assert_by_index("deferred replies", &deferred.await, "messages_open");
    let counted = steps(&company, |tx| tx.counts().open_replies_by_status().map(drop)).await;
    let table = |step: &String| step.contains(" messages ") && !step.contains("messages_open");
    assert!(!counted.iter().any(table) && counted.join("").contains("messages_open"), "{counted:?}");
    let of_one = steps(&company, |tx| tx.messages().open_in(session_id(150)).map(drop)).await;
    let text = of_one.join("\n");
    assert!(!text.contains("SCAN messages\n") && !text.ends_with("SCAN messages"), "{text}");
}

#[tokio::test]
async fn what_a_turn_writes_needs_no_table_of_its_own() {
    let company = recorded().await;
    let path = company.path().canonicalize().unwrap();
    asked(&path);
    company
        .write(|tx| {
            let user = said(5_000, session_id(5), "and then?", 3);
            let pending = reply(5_001, &user, MessageState::Pending);
            let whole = Message { content: "That.".into(), ..reply(5_001, &user, MessageState::Complete) };
            tx.messages_mut().append(&[user, pending], None, None, &change(3))?;
            assert!(tx.messages_mut().advance(&whole, None, &change(4))?);
            Ok(())
        })
        .await;
    let written: Vec<String> = asked(&path)
        .into_iter()
        .filter(|sql| sql.starts_with("INSERT") || sql.starts_with("UPDATE"))
        .collect();
    for table in ["messages", "sessions", "events"] {
        assert!(written.iter().any(|sql| sql.contains(table)), "{table}: {written:?}");
    }
    for statement in written {
        let made = sql::opcodes(&path, &statement).into_iter().any(|opcode| opcode == "OpenEphemeral");
        assert!(!made, "it makes a table: {statement}");
    }
}

#[tokio::test]
async fn the_log_is_read_from_a_position_without_sorting() {
    let company = recorded().await;
    let none = EventFilter::default;
    let filters = [
        none(),
        EventFilter { session_id: Some(session_id(7).to_string()), ..none() },
        EventFilter { entity_id: Some("hr".into()), ..none() },
        EventFilter { event_types: vec!["chat.message".into()], ..none() },
        EventFilter { event_types: vec!["chat.message".into(), "agent.created".into()], ..none() },
        EventFilter { department_id: Some("hr".into()), ..none() },
    ];
    for filter in filters {
        let name = format!("{filter:?}");
        let steps =
            steps(&company, move |tx| tx.events().after(Position::new(5), &filter, 256).map(drop)).await;
        let text = steps.join("\n");
        assert!(!text.contains("TEMP B-TREE") && !text.contains("SCAN"), "{name}:\n{text}");
    }
}

#[tokio::test]
async fn tasks_go_by_the_index_of_what_is_asked() {
    let company = recorded().await;
    let write = |tx: &mut persistence::WriteTx<'_>| {
        for number in 1..=300_u32 {
            tx.tasks_mut().create(&task(number), &change(1))?;
        }
        Ok(())
    };
    company.write(write).await;
    let none = TaskFilter::default;
    let table = [
        (none(), "tasks_by_time"),
        (TaskFilter { priority: Some(TaskPriority::High), ..none() }, "tasks_by_time"),
        (TaskFilter { text: Some("report".into()), ..none() }, "tasks_by_time"),
        (TaskFilter { status: Some(TaskStatus::Failed), ..none() }, "tasks_by_status"),
        (TaskFilter { department: Some(slug("hr")), ..none() }, "tasks_by_department"),
        (TaskFilter { agent: Some(slug("hr-harmony")), ..none() }, "tasks_by_agent"),
    ];
    let cursor = TaskCursor { created_at: at(100), id: task(100).id };
    for (filter, index) in table {
        for after in [None, Some(cursor)] {
            let name = format!("{filter:?} after {after:?}");
            let filter = filter.clone();
            let steps =
                steps(&company, move |tx| tx.tasks().list(&filter, after, Limit::default()).map(drop));
            assert_by_index(&name, &steps.await, index);
        }
    }
    let running = steps(&company, |tx| tx.tasks().running().map(drop));
    assert_by_index("running tasks", &running.await, "tasks_by_status");
    let open = steps(&company, |tx| tx.tasks().open_of(&slug("hr-harmony")).map(drop));
    assert_by_index("an agent's open tasks", &open.await, "tasks_by_agent");
}

#[tokio::test]
async fn the_next_task_and_what_agents_have_done_are_found_by_their_indexes() {
    let company = recorded().await;
    let write = |tx: &mut persistence::WriteTx<'_>| {
        for number in 1..=300_u32 {
            tx.tasks_mut().create(&task(number), &change(1))?;
        }
        Ok(())
    };
    company.write(write).await;
    for busy in [Vec::new(), vec!["hr-harmony".to_owned(), "hr-talent".to_owned()]] {
        let next = steps(&company, move |tx| tx.tasks().next_waiting(&busy).map(drop)).await;
        let text = next.join("\n");
        assert!(text.contains("tasks_waiting") && !text.contains("SCAN tasks\n"), "{text}");
    }
    let agents = vec!["hr-harmony".to_owned(), "hr-talent".to_owned()];
    let done = steps(&company, move |tx| tx.tasks().done_by(&agents).map(drop)).await;
    let (tasks, replies): (Vec<_>, Vec<_>) = done.into_iter().partition(|step| step.contains("tasks"));
    assert_by_index("what agents did", &tasks, "tasks_of_agents");
    assert_by_index("what agents said", &replies, "messages_answered");
}

#[tokio::test]
async fn a_search_goes_by_the_index_of_words_newest_first_and_sorts_nothing() {
    let company = recorded().await;
    let title = Title::by_hand("ask").unwrap();
    company.create(&Session { title, title_by_hand: true, ..session(999, 1) }).await;
    let query: SearchQuery = "ask".parse().unwrap();
    let steps = steps(&company, move |tx| {
        tx.search().find(&query, &SearchFilter::default(), None, Limit::default()).map(drop)
    });
    let steps = steps.await;
    let text = steps.join("\n");
    assert!(!text.contains("TEMP B-TREE"), "{text}");
    let by_key =
        ["USING INTEGER PRIMARY KEY", "USING PRIMARY KEY", "CO-ROUTINE", "MATERIALIZE", "SCAN found"];
    for step in &steps {
        let by_words = step.contains("_search VIRTUAL TABLE INDEX") && step.contains(":M1");
        assert!(by_words || by_key.iter().any(|key| step.contains(key)), "{step}\nin\n{text}");
    }
    for table in ["message_search", "title_search"] {
        assert!(text.contains(&format!("SCAN {table} VIRTUAL TABLE")), "{text}");
    }
}
