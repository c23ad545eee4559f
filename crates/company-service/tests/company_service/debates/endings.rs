//! Debates that the Founder ends.

use super::house::{House, civil, civil_server, debate, said};
use company_service::CompanyError;
use domain::{DebateStatus, MessageState};
use testkit::{ModelServer, Script};

fn held() -> Script {
    Script { hold_after: Some(1), ..Script::by(civil) }
}

#[tokio::test]
async fn an_early_synthesis_stops_who_speaks_and_keeps_what_it_said() {
    let server = ModelServer::start(held()).await;
    let house = House::new(&server).await;
    let id = house.start(debate("Sell the house?")).await;
    house
        .until(id, "a first word", |record| {
            record.messages.len() == 2 && !record.messages[1].content.is_empty()
        })
        .await;
    house.company.synthesize_debate(id).await.unwrap();
    house.until(id, "Daena to speak", |record| record.messages.len() == 3).await;
    // Asking twice is no second synthesis.
    house.company.synthesize_debate(id).await.unwrap();
    server.release();
    let (record, synthesis) = house.synthesized(id).await;
    assert_eq!(said(&record.messages)[1], ("The Oracle", "The Oracle"));
    assert_eq!(record.messages[1].state, MessageState::Stopped);
    assert_eq!(record.messages.len(), 3);
    assert_eq!(synthesis.recommendation, "Sell the house.");
    assert_eq!(synthesis.absent, ["The Macro", "The Quant", "The Venture", "The Crypto"]);
    assert!(synthesis.caveats.iter().any(|caveat| caveat.contains("the Founder asked")), "{synthesis:?}");
    let asked = server.chats();
    assert!(
        asked[1].messages.iter().any(|(_, text)| text.contains("The Oracle (Value Investor): The Oracle"))
    );
    house.chat.shutdown().await;
}

#[tokio::test]
async fn a_stop_ends_the_generation_at_the_model_server_and_the_debate() {
    let server = ModelServer::start(held()).await;
    let house = House::new(&server).await;
    let id = house.start(debate("Sell the house?")).await;
    house
        .until(id, "a first word", |record| {
            record.messages.len() == 2 && !record.messages[1].content.is_empty()
        })
        .await;
    let stopped = house.company.stop_debate(id).await.unwrap();
    assert_eq!(stopped.debate.status, DebateStatus::Cancelled);
    assert_eq!(stopped.messages[1].state, MessageState::Stopped);
    server.wait_for("the generation to end", |stats| stats.active == 0).await;
    for refused in [
        house.company.stop_debate(id).await.map(drop),
        house.company.synthesize_debate(id).await.map(drop),
        house.company.join_debate(id, "And?".into()).await.map(drop),
    ] {
        assert!(matches!(refused, Err(CompanyError::Conflict { .. })));
    }
    let story = house.story(id).await;
    assert_eq!(story, ["council.debate.started", "council.debate.updated", "council.debate.cancelled"]);
    // The place is free: the next debate begins.
    server.set(Script::by(civil));
    let next = house.start(debate("And the garden?")).await;
    house.synthesized(next).await;
    assert_eq!(house.record(id).await.debate.synthesis, None);
    house.chat.shutdown().await;
}

#[tokio::test]
async fn deleting_its_session_cancels_a_debate_in_the_same_transaction() {
    let server = ModelServer::start(held()).await;
    let house = House::new(&server).await;
    let id = house.start(debate("Sell the house?")).await;
    house.until(id, "somebody to speak", |record| record.messages.len() == 2).await;
    house.chat.delete_session(id, chat_service::Within::Anywhere).await.unwrap();
    assert_eq!(house.record(id).await.debate.status, DebateStatus::Cancelled);
    server.wait_for("the generation to end", |stats| stats.active == 0).await;
    let events = house.events().await;
    let cancelled = events.iter().filter(|event| &*event.event_type == "council.debate.cancelled").count();
    assert_eq!(cancelled, 1);
    house.chat.purge_session(id).await.unwrap();
    assert!(matches!(house.company.debate_record(id).await, Err(CompanyError::NotFound { .. })));
    house.chat.shutdown().await;
}

#[tokio::test]
async fn what_was_said_in_a_debate_is_not_made_again_by_hand_and_takes_no_turns() {
    let server = civil_server().await;
    let house = House::new(&server).await;
    let id = house.start(debate("Sell the house?")).await;
    let (record, _) = house.synthesized(id).await;
    let retried = house.chat.retry(record.messages[1].id).await.unwrap_err();
    assert!(matches!(retried, chat_service::ChatError::Conflict { .. }));
    let turn = chat_service::SendMessage::new(chat_service::Recipient::Session, "Hi").in_session(id);
    assert!(matches!(house.chat.send(turn).await, Err(chat_service::ChatError::Conflict { .. })));
    house.chat.shutdown().await;
}
