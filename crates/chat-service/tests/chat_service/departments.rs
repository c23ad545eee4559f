//! A department answers through its spokesperson, who hears the colleagues first.

use crate::house::{House, Plan, ollama, soon, to_agent, to_department};
use chat_service::domain::{MessageState, NoteStatus};
use chat_service::{ChatLimits, Item, ReplyUpdate, ScriptedModel, Subscribe};
use std::time::Duration;
use testkit::{Fault, ModelServer, Script};

const COLLEAGUES: [&str; 5] = [
    "engineering-byte",
    "engineering-codex",
    "engineering-nexus",
    "engineering-syntax",
    "engineering-vector",
];

/// Answers a note with the speaker's own name, and the spokesperson's question with a text of its own.
fn department() -> ScriptedModel {
    ScriptedModel::new(|asked| {
        let system = &asked.messages[0].content;
        let name = system.trim_start_matches("You are ").split(',').next().unwrap();
        vec![if asked.max_tokens == Some(160) { format!("{name}'s view") } else { format!("I am {name}.") }]
    })
}

/// A company whose model server takes a whole department at a time.
async fn roomy(server: &ModelServer) -> House {
    let gateway = chat_service::GatewaySettings { concurrency: 8, ..Plan::default().gateway };
    let house = House::planned(ollama(server), Plan { gateway, ..Plan::default() }).await;
    house.seed().await;
    house
}

#[tokio::test]
async fn colleagues_are_asked_and_their_notes_are_on_the_reply_and_in_the_prompt() {
    let model = department();
    let house = House::staffed(model.clone()).await;
    let turn = house.send(to_department("engineering", "Is the release ready for tomorrow?")).await;
    let (id, mut updates) = (turn.reply.id, turn.updates());
    let mut watched = Vec::new();
    let reply = loop {
        match soon(updates.next()).await.unwrap() {
            ReplyUpdate::Note(note) => watched.push(note),
            ReplyUpdate::Delta { .. } => assert_eq!(watched.len(), 5, "notes come before the answer"),
            ReplyUpdate::Done(reply) => break reply,
        }
    };
    assert_eq!((reply.content.as_str(), reply.speaker.id.as_str()), ("I am Atlas.", "engineering-atlas"));
    assert_eq!(reply.notes, watched);
    assert_eq!(house.row(id).await.unwrap().notes, watched);
    let mut from: Vec<_> = reply.notes.iter().map(|note| note.agent_id.as_str()).collect();
    from.sort_unstable();
    assert_eq!(from, COLLEAGUES);
    for note in &reply.notes {
        assert_eq!((note.status, &note.note), (NoteStatus::Complete, &format!("{}'s view", note.agent_name)));
    }
    let requests = model.requests();
    assert_eq!(requests.len(), 6);
    let asked = requests.last().unwrap();
    for note in &reply.notes {
        assert!(asked.messages[0].content.contains(&note.note), "{}", asked.messages[0].content);
    }
    for request in &requests[..5] {
        assert_eq!(request.messages.len(), 2, "a colleague hears the question only");
        assert_eq!(request.messages[1].content, "Is the release ready for tomorrow?");
    }
}

#[tokio::test]
async fn colleagues_are_asked_at_the_same_time() {
    let server = ModelServer::start(Script { hold_after: Some(0), ..Script::default() }).await;
    let house = roomy(&server).await;
    let turn = house.send(to_department("engineering", "What is the plan for May?")).await;
    server.wait_for("all five to be asked", |stats| stats.held == 5).await;
    server.release();
    assert_eq!(soon(turn.finished()).await.unwrap().reply.notes.len(), 5);
}

#[tokio::test]
async fn who_fails_or_is_late_does_not_stop_the_reply() {
    let server = ModelServer::start(Script::choose(|asked| {
        let system = asked.system();
        if system.starts_with("You are Byte") {
            Some(Script::fault(Fault::Status(500)))
        } else if system.starts_with("You are Codex") {
            Some(Script::fault(Fault::SilentAfter(1)))
        } else {
            None
        }
    }))
    .await;
    let limits = ChatLimits { note_deadline: Duration::from_millis(400), ..Plan::default().limits };
    let house = House::planned(ollama(&server), Plan { limits, ..Plan::default() }).await;
    house.seed().await;
    let reply = house.turn(to_department("engineering", "What is the plan for May?")).await.reply;
    assert_eq!((reply.state.as_str(), reply.content.as_str()), ("complete", "Hello from the model."));
    assert_eq!(reply.notes.len(), 5);
    for note in &reply.notes {
        let (status, text) = match note.agent_name.as_str() {
            "Byte" => (NoteStatus::Failed, ""),
            "Codex" => (NoteStatus::Timeout, ""),
            _ => (NoteStatus::Complete, "Hello from the model."),
        };
        assert_eq!((note.status, note.note.as_str()), (status, text), "{}", note.agent_name);
    }
    server.wait_for("the late one to be given up", |stats| stats.streams_cancelled == 1).await;
    let asked = server.chats().last().unwrap().messages[0].1.clone();
    assert!(
        asked.contains("Nexus (Senior Developer): Hello")
            && !asked.contains("Byte")
            && !asked.contains("Codex")
    );
}

#[tokio::test]
async fn stopping_while_colleagues_are_asked_stops_them_too() {
    let server = ModelServer::start(Script { hold_after: Some(0), ..Script::default() }).await;
    let house = roomy(&server).await;
    let turn = house.send(to_department("engineering", "What is the plan for May?")).await;
    server.wait_for("all five to be asked", |stats| stats.held == 5).await;
    house.chat.stop(turn.reply.id).await.unwrap();
    server.wait_for("all to be given up", |stats| stats.streams_cancelled == 5 && stats.active == 0).await;
}

#[tokio::test]
async fn greetings_and_agents_turns_ask_nobody() {
    let model = department();
    let house = House::staffed(model.clone()).await;
    for message in [
        to_department("engineering", "Good morning, Atlas!"),
        to_agent("engineering-atlas", "Is the release ready for tomorrow?"),
    ] {
        let before = model.requests().len();
        let reply = house.turn(message).await.reply;
        assert_eq!(reply.state, MessageState::Complete);
        assert_eq!((reply.notes.len(), model.requests().len()), (0, before + 1));
    }
}

#[tokio::test]
async fn notes_pass_as_signals_to_who_watches_the_department() {
    let house = House::staffed(department()).await;
    let mut watching = Subscribe { signals: true, ..Subscribe::from_now() };
    watching.filter.department_id = Some("engineering".into());
    let mut watching = house.chat.bus().subscribe(watching);
    let mut elsewhere = Subscribe { signals: true, ..Subscribe::from_now() };
    elsewhere.filter.department_id = Some("sales".into());
    let mut elsewhere = house.chat.bus().subscribe(elsewhere);
    let reply = house.turn(to_department("engineering", "What is the plan for May?")).await.reply;
    let mut notes = Vec::new();
    loop {
        match soon(watching.next()).await.unwrap() {
            Item::Signal(signal) => {
                let json: serde_json::Value = serde_json::from_slice(signal.json()).unwrap();
                if json["type"] == "note" {
                    assert_eq!(json["message_id"], reply.id.to_string());
                    notes.push(json["note"]["agent_id"].as_str().unwrap().to_owned());
                }
            }
            Item::Event(event) if notes.len() == 5 && &*event.event().event_type == "chat.message" => break,
            _ => {}
        }
    }
    let stored: Vec<_> = reply.notes.iter().map(|note| note.agent_id.to_string()).collect();
    assert_eq!(notes, stored);
    // A turn of its own ends what another department sees: nothing was before it.
    house.turn(to_department("sales", "Hello")).await;
    let seen = loop {
        match soon(elsewhere.next()).await.unwrap() {
            Item::CaughtUp(_) => {}
            other => break other,
        }
    };
    assert!(
        matches!(&seen, Item::Event(event) if &*event.event().event_type == "chat.session.created"),
        "{seen:?}"
    );
}

#[tokio::test]
async fn an_agent_that_moved_goes_on_with_its_sessions() {
    let model = department();
    let house = House::staffed(model.clone()).await;
    let session = house.turn(to_agent("engineering-byte", "Hello")).await.reply.session_id;
    house
        .change_agent("engineering-byte", |agent| agent.department_id = crate::house::slug_of("sales"))
        .await;
    let reply = house.turn(to_agent("engineering-byte", "And now?").in_session(session)).await.reply;
    assert_eq!(reply.state, MessageState::Complete, "{reply:?}");
    let system = model.requests().last().unwrap().messages[0].content.clone();
    assert!(system.contains("Byte, Security Engineer in the Sales department"), "{system}");
}
