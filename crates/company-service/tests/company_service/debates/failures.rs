//! Members that do not do their part.

use super::house::{House, but, civil, debate};
use company_service::NewDebate;
use domain::{CouncilMember, Limit, MessageState};
use std::time::{Duration, Instant};
use testkit::{Fault, ModelServer, Script};

use crate::house::slug;

#[tokio::test]
async fn with_one_dead_one_slow_and_one_looping_a_debate_ends_in_time_and_names_them() {
    let server = ModelServer::start(but(|name| match name {
        "The Macro" => Some(Script::fault(Fault::Status(500))),
        "The Quant" => Some(Script::fault(Fault::Silent)),
        "The Venture" => Some(Script {
            token_delay: Duration::from_millis(5),
            ..Script::tokens(std::iter::repeat_n("I must insist on this point. ", 2000))
        }),
        _ => None,
    }))
    .await;
    let house = House::new(&server).await;
    let began = Instant::now();
    let id = house.start(NewDebate { deadline_s: Some(12), ..debate("Sell the house?") }).await;
    let (record, synthesis) = house.synthesized(id).await;
    assert!(began.elapsed() < Duration::from_secs(12 + 3), "{:?}", began.elapsed());
    assert_eq!(synthesis.absent, ["The Macro", "The Quant", "The Venture"], "{synthesis:#?}");
    assert_eq!(synthesis.recommendation, "Sell the house.");
    let caveat = |name: &str| {
        synthesis.caveats.iter().find(|caveat| caveat.starts_with(name)).cloned().unwrap_or_default()
    };
    assert!(caveat("The Macro").contains("500"), "{:?}", synthesis.caveats);
    assert!(caveat("The Quant").contains("was not said within"), "{:?}", synthesis.caveats);
    assert!(caveat("The Venture").contains("circles"), "{:?}", synthesis.caveats);
    assert!(caveat("Only 2 of 5").contains("quorum"), "{:?}", synthesis.caveats);
    let last = record.messages.last().unwrap();
    assert_eq!(last.speaker.name, "Daena");
    assert!(last.content.contains("Absent: The Macro, The Quant, The Venture."), "{}", last.content);
    let looped = record.messages.iter().find(|message| message.speaker.name == "The Venture").unwrap();
    assert_eq!(looped.state, MessageState::Stopped);
    assert!(looped.content.len() < 20_000, "it was stopped while it came");
    server.wait_for("all generations to end", |stats| stats.active == 0).await;
    house.chat.shutdown().await;
}

#[tokio::test]
async fn with_everyone_absent_it_ends_and_says_so_without_asking_daena() {
    let server = ModelServer::start(Script::fault(Fault::Status(500))).await;
    let house = House::new(&server).await;
    let id = house.start(debate("Sell the house?")).await;
    let (record, synthesis) = house.synthesized(id).await;
    assert_eq!(synthesis.absent.len(), 5);
    assert!(synthesis.recommendation.contains("none of the members answered"), "{synthesis:?}");
    assert!(record.messages.last().unwrap().content.contains("none of the members answered"));
    assert_eq!(server.chats().len(), 5);
    house.chat.shutdown().await;
}

#[tokio::test]
async fn a_synthesis_that_fails_is_replaced_by_the_last_positions() {
    let server = ModelServer::start(but(|name| match name {
        "Daena" => Some(Script::fault(Fault::ErrorLineAfter(1))),
        _ => None,
    }))
    .await;
    let house = House::new(&server).await;
    let id = house.start(NewDebate { rounds: Some(1), ..debate("Sell the house?") }).await;
    let (record, synthesis) = house.synthesized(id).await;
    assert!(synthesis.recommendation.contains("could not be summed up"), "{synthesis:?}");
    assert!(synthesis.recommendation.contains("- The Quant: The Quant thinks so."), "{synthesis:?}");
    assert!(synthesis.absent.is_empty());
    let [.., failed, last] = record.messages.as_slice() else { panic!("too few") };
    assert!(matches!(failed.state, MessageState::Failed(_)));
    assert_eq!((last.state.as_str(), last.speaker.name.as_str()), ("complete", "Daena"));
    assert!(last.content.starts_with(&synthesis.recommendation));
    house.chat.shutdown().await;
}

#[tokio::test]
async fn a_member_that_leaves_or_is_switched_off_is_skipped_and_one_renamed_keeps_its_seat() {
    let server = ModelServer::start(Script { hold_after: Some(1), ..Script::by(civil) }).await;
    let house = House::new(&server).await;
    let id = house.start(debate("Sell the house?")).await;
    house.until(id, "somebody to speak", |record| record.messages.len() == 2).await;
    let finance = slug("finance");
    let members: Vec<CouncilMember> =
        house.company.members(finance.clone(), None, Limit::default()).await.unwrap().page.items;
    house.company.delete_member(finance.clone(), members[1].id).await.unwrap();
    let off = company_service::MemberEdit { enabled: Some(false), ..Default::default() };
    house.company.edit_member(finance.clone(), members[2].id, off).await.unwrap();
    let renamed = company_service::MemberEdit { name: Some("The Angel".into()), ..Default::default() };
    house.company.edit_member(finance.clone(), members[3].id, renamed).await.unwrap();
    let gone = house.company.delete_council(finance).await.unwrap_err();
    assert!(matches!(gone, company_service::CompanyError::Conflict { .. }));
    server.release();
    let (record, synthesis) = house.synthesized(id).await;
    assert_eq!(synthesis.absent, ["The Macro", "The Quant"]);
    let angel = record.messages.iter().find(|message| message.speaker.name == "The Angel").unwrap();
    assert_eq!(angel.speaker.id, members[3].id.to_string());
    house.chat.shutdown().await;
}
