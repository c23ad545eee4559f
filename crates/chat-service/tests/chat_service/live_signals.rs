//! Signals of text as it comes.

use crate::house::{House, ollama, soon, to_daena};
use chat_service::domain::{EventFilter, SessionId};
use chat_service::{Item, Subscribe, Subscription};
use testkit::{ModelServer, Script};

fn watch(house: &House, session: Option<SessionId>, signals: bool) -> Subscription {
    let filter = EventFilter { session_id: session.map(|id| id.to_string()), ..EventFilter::default() };
    house.chat.bus().subscribe(Subscribe { filter, signals, ..Subscribe::from_now() })
}

/// What comes until the completion of a reply in this session: events by name, signals as JSON.
async fn until_complete(
    watching: &mut Subscription,
    session: SessionId,
) -> (Vec<String>, Vec<serde_json::Value>) {
    let (mut events, mut signals) = (Vec::new(), Vec::new());
    loop {
        match soon(watching.next()).await.unwrap() {
            Item::Event(event) => {
                let event = event.event();
                events.push(event.event_type.to_string());
                let payload: serde_json::Value = serde_json::from_str(event.payload.get()).unwrap();
                if payload["role"] == "assistant"
                    && payload["status"] == "complete"
                    && *event.entity_id == session.to_string()
                {
                    return (events, signals);
                }
            }
            Item::Signal(signal) => signals.push(serde_json::from_slice(signal.json()).unwrap()),
            _ => {}
        }
    }
}

#[tokio::test]
async fn deltas_join_to_the_text_and_stand_between_start_and_completion() {
    let server = ModelServer::start(Script::tokens(["Grüße ", "漢字", " 👩‍👩‍👧‍👦"])).await;
    let house = House::new(ollama(&server)).await;
    let (mut watching, mut deaf) = (watch(&house, None, true), watch(&house, None, false));
    let reply = house.turn(to_daena("Speak")).await.reply;
    let (events, signals) = until_complete(&mut watching, reply.session_id).await;
    assert_eq!(events, ["chat.session.created", "chat.message", "chat.reply.started", "chat.message"]);
    let mut text = String::new();
    for signal in &signals {
        assert_eq!(signal["type"], "delta");
        assert_eq!(signal["session_id"], reply.session_id.to_string());
        assert_eq!(signal["message_id"], reply.id.to_string());
        assert_eq!(signal["offset"], text.len());
        text.push_str(signal["text"].as_str().unwrap());
    }
    assert_eq!(text, reply.content);
    let (events, signals) = until_complete(&mut deaf, reply.session_id).await;
    assert_eq!((events.len(), signals.len()), (4, 0), "who wants no signals gets none");
}

#[tokio::test]
async fn who_watches_one_session_sees_nothing_of_another() {
    let server = ModelServer::start(Script::default()).await;
    let house = House::new(ollama(&server)).await;
    let mine = house.turn(to_daena("Mine")).await.reply.session_id;
    let mut watching = watch(&house, Some(mine), true);
    let other = house.turn(to_daena("Not mine")).await.reply.session_id;
    house.turn(to_daena("Not mine either").in_session(other)).await;
    house.turn(to_daena("Mine again").in_session(mine)).await;
    let (events, signals) = until_complete(&mut watching, mine).await;
    assert_eq!(events, ["chat.message", "chat.reply.started", "chat.message"]);
    assert!(!signals.is_empty());
    assert!(signals.iter().all(|signal| signal["session_id"] == mine.to_string()));
}
