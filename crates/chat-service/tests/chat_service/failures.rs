//! Everything a model server does wrong, as the reply tells it.

use crate::house::{House, LONG, Plan, ollama, openai, read_to, soon, to_daena};
use chat_service::domain::{FailureCode, Message, MessageState};
use chat_service::{ChatModel, GatewaySettings};
use std::sync::Arc;
use std::time::Duration;
use testkit::{Fault, ModelServer, Script};

/// Short, but long enough for a loopback connection on a busy machine.
const SHORT: Duration = Duration::from_millis(200);

const WIRES: [&str; 2] = ["ollama", "openai"];

fn waiting(patience: Duration) -> Plan {
    let gateway = GatewaySettings {
        first_token_timeout: patience,
        silence_timeout: patience,
        probe_timeout: Duration::from_secs(1),
        ..Plan::default().gateway
    };
    Plan { gateway, ..Plan::default() }
}

async fn house_on(wire: &str, server: &ModelServer, plan: Plan) -> House {
    match wire {
        "ollama" => on(ollama(server), plan).await,
        _ => on(openai(server), plan).await,
    }
}

async fn on(model: impl ChatModel, plan: Plan) -> House {
    House::planned(model, plan).await
}

/// One turn against a server that does this from its first chat on; what is stored in the end.
async fn turn_against(wire: &str, fault: Fault, patience: Duration) -> Message {
    let server = ModelServer::start(Script::default()).await;
    let house = house_on(wire, &server, waiting(patience)).await;
    server.set(Script::fault(fault));
    let turn = house.send(to_daena("Speak")).await;
    let (user, session) = (turn.user_message.id, turn.session.id);
    let reply = soon(turn.finished()).await.unwrap().reply;
    let stored = house.messages(session).await;
    assert_eq!((stored[0].id, stored[0].content.as_str()), (user, "Speak"), "the user's message stays");
    assert_eq!(stored[1], *reply);
    let end = if reply.state == MessageState::Deferred { "chat.reply.deferred" } else { "chat.reply.failed" };
    assert_eq!(house.story(session).await[3..], [end]);
    stored[1].clone()
}

#[tokio::test]
async fn each_fault_fails_the_reply_with_its_code_and_keeps_what_was_said() {
    let (slow, wrong) = (FailureCode::BrainTimeout, FailureCode::BrainError);
    for (fault, code, text) in [
        (Fault::BlackHole, slow, ""),
        (Fault::Silent, slow, ""),
        (Fault::SilentAfter(0), slow, ""),
        (Fault::SilentAfter(2), slow, "Hello from"),
        (Fault::Status(400), wrong, ""),
        (Fault::Status(404), wrong, ""),
        (Fault::Status(500), wrong, ""),
        (Fault::Status(503), wrong, ""),
        (Fault::Html, wrong, ""),
        (Fault::Drop, wrong, ""),
        (Fault::DropAfter(0), wrong, ""),
        (Fault::DropAfter(2), wrong, "Hello from"),
        (Fault::ErrorLineAfter(0), wrong, ""),
        (Fault::ErrorLineAfter(2), wrong, "Hello from"),
        (Fault::NoFinalRecord, wrong, "Hello from the model."),
        (Fault::Garbage, wrong, "Hello"),
    ] {
        // Only what is slow runs into a time limit.
        let patience = if code == slow { SHORT } else { LONG };
        for wire in WIRES {
            let reply = turn_against(wire, fault, patience).await;
            let MessageState::Failed(failure) = &reply.state else { panic!("{wire} {fault:?}: {reply:?}") };
            assert_eq!(failure.code, code, "{wire} {fault:?}: {}", failure.detail);
            assert!(!failure.detail.is_empty());
            assert_eq!(
                reply.content, text,
                "{wire} {fault:?}: an answer holds what the model said, no error"
            );
            assert_eq!(reply.model, None);
        }
    }
}

#[tokio::test]
async fn an_empty_answer_is_a_failure() {
    for said in [&[][..], &[" ", "\n\n"]] {
        let server = ModelServer::start(Script::tokens(said.iter().copied())).await;
        for wire in WIRES {
            let house = house_on(wire, &server, Plan::default()).await;
            let reply = house.turn(to_daena("Speak")).await.reply;
            assert!(matches!(&reply.state, MessageState::Failed(why) if why.code == FailureCode::BrainError));
        }
    }
}

#[tokio::test]
async fn a_server_found_unreachable_by_the_turn_defers_it() {
    for wire in WIRES {
        let server = ModelServer::start(Script::default()).await;
        let house = house_on(wire, &server, Plan::default()).await;
        server.stop().await;
        let reply = house.turn(to_daena("Speak")).await.reply;
        assert_eq!((reply.state.as_str(), reply.model.as_deref()), ("deferred", Some("offline")), "{wire}");
        assert_eq!(house.story(reply.session_id).await[2..], ["chat.reply.started", "chat.reply.deferred"]);
    }
}

#[tokio::test]
async fn a_server_that_goes_away_before_the_first_token_defers_and_after_it_fails() {
    for wire in WIRES {
        for (held, state, text) in [(0, "deferred", None), (2, "failed", Some("Hello from"))] {
            let server =
                Arc::new(ModelServer::start(Script { hold_after: Some(held), ..Script::default() }).await);
            let house = house_on(wire, &server, Plan::default()).await;
            let turn = house.send(to_daena("Speak")).await;
            let id = turn.reply.id;
            let mut updates = house.chat.watch_reply(id, 0).await.unwrap();
            server.wait_for("the reply to be held", |stats| stats.held == 1).await;
            read_to(&mut updates, text.unwrap_or_default().len()).await;
            server.stop().await;
            let reply = soon(turn.finished()).await.unwrap().reply;
            assert_eq!(reply.state.as_str(), state, "{wire}");
            if let Some(text) = text {
                assert_eq!(reply.content, text, "{wire}");
            }
        }
    }
}
