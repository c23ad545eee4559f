//! Many debates at once.

use super::house::{House, civil, civil_server, debate};
use company_service::{CompanyError, DebateLimits};
use domain::{Closing, DebateStatus};
use testkit::{ModelServer, Script};

use crate::house::slug;

#[tokio::test]
async fn twenty_debates_end_and_a_chat_is_answered_meanwhile() {
    let server = civil_server().await;
    let house = House::new(&server).await;
    let mut ids = Vec::new();
    for n in 0..20 {
        ids.push(house.start(debate(&format!("Question {n}?"))).await);
    }
    let turn = chat_service::SendMessage::new(chat_service::Recipient::Daena, "Are you there?");
    let reply = house.chat.send(turn).await.unwrap().finished().await.unwrap().reply;
    assert_eq!(reply.state.as_str(), "complete");
    for id in ids {
        let (record, synthesis) = house.synthesized(id).await;
        assert_eq!(record.messages.len(), 7);
        assert!(synthesis.absent.is_empty());
    }
    house.chat.shutdown().await;
}

#[tokio::test]
async fn those_beyond_the_limit_wait_in_their_order_and_one_too_many_is_refused() {
    let server = ModelServer::start(Script { hold_after: Some(1), ..Script::by(civil) }).await;
    let limits = DebateLimits { at_once: 1, open: 3, ..DebateLimits::default() };
    let house = House::with_limits(&server, limits).await;
    let first = house.start(debate("One?")).await;
    house.until(first, "the first to begin", |record| record.messages.len() == 2).await;
    let (second, third) = (house.start(debate("Two?")).await, house.start(debate("Three?")).await);
    let busy = house.company.start_debate(slug("finance"), debate("Four?")).await.unwrap_err();
    assert!(matches!(busy, CompanyError::Busy));
    for waiting in [second, third] {
        let debate = house.record(waiting).await.debate;
        assert_eq!((debate.status, debate.round), (DebateStatus::Running, 0));
    }
    house.company.stop_debate(first).await.unwrap();
    house.until(second, "the second to begin", |record| record.messages.len() == 2).await;
    assert_eq!(house.record(third).await.debate.round, 0);
    server.release();
    house.synthesized(second).await;
    house.synthesized(third).await;
    house.chat.shutdown().await;
}

#[tokio::test]
async fn a_debate_whose_tokens_are_used_up_is_summed_up() {
    let server = civil_server().await;
    let house = House::with_limits(&server, DebateLimits { tokens: 5, ..DebateLimits::default() }).await;
    let id = house.start(debate("Sell the house?")).await;
    let (record, synthesis) = house.synthesized(id).await;
    assert_eq!(record.debate.closing, Some(Closing::Tokens));
    assert_eq!(record.messages.len(), 4, "two of three tokens each, and the synthesis");
    assert!(synthesis.caveats.iter().any(|caveat| caveat.contains("tokens were used up")), "{synthesis:?}");
    house.chat.shutdown().await;
}
