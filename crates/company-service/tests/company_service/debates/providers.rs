//! Debates over several model servers, one of which is away.

use super::house::{House, civil, civil_server, debate, said};
use crate::house::slug;
use company_service::MemberEdit;
use domain::{DebateStatus, Limit, SessionId};
use testkit::{ModelCard, ModelServer, Script};

/// A model that only one of the servers has.
const FAR: &str = "far:1b";

fn far(script: Script) -> Script {
    Script { models: vec![ModelCard::new(FAR, 8192)], ..script }
}

impl House {
    /// Gives the first member the model of the other server.
    async fn send_the_oracle_far(&self) {
        let finance = slug("finance");
        let members = self.company.members(finance.clone(), None, Limit::default()).await.unwrap().page.items;
        let edit = MemberEdit { model: Some(Some(FAR.into())), ..MemberEdit::default() };
        self.company.edit_member(finance, members[0].id, edit).await.unwrap();
    }

    /// The names of the events of the second message of a debate.
    async fn told_of_the_first_to_speak(&self, id: SessionId) -> Vec<String> {
        let message = self.record(id).await.messages[1].id.to_string();
        let named = format!("\"message_id\":\"{message}\"");
        let events = self.events().await;
        let of = events.iter().filter(|event| event.event_type.starts_with("chat."));
        of.filter(|event| event.payload.get().contains(&named))
            .map(|event| event.event_type.to_string())
            .collect()
    }
}

#[tokio::test]
async fn a_member_whose_models_server_is_away_is_skipped_while_others_are_there() {
    let near = civil_server().await;
    let server = ModelServer::start(far(Script::by(civil))).await;
    let house = House::with_servers(&[&near, &server]).await;
    house.send_the_oracle_far().await;
    server.stop().await;
    let id = house.start(debate("Sell the house?")).await;
    let (record, synthesis) = house.synthesized(id).await;
    assert_eq!(synthesis.absent, ["The Oracle"], "{synthesis:#?}");
    assert!(synthesis.caveats[1].contains("cannot reach the model server"), "{:?}", synthesis.caveats);
    assert_eq!(synthesis.recommendation, "Sell the house.");
    assert_eq!(record.messages.len(), 1 + 5 + 1);
    assert_eq!(house.told_of_the_first_to_speak(id).await, ["chat.reply.started", "chat.reply.failed"]);
    house.chat.shutdown().await;
}

#[tokio::test]
async fn with_every_server_away_a_debate_waits_and_nobody_is_skipped() {
    let near = civil_server().await;
    let server = ModelServer::start(Script { hold_after: Some(1), ..far(Script::by(civil)) }).await;
    let house = House::with_servers(&[&near, &server]).await;
    house.send_the_oracle_far().await;
    let id = house.start(debate("Sell the house?")).await;
    house
        .until(id, "the first to speak", |record| {
            record.messages.len() == 2 && !record.messages[1].content.is_empty()
        })
        .await;
    near.stop().await;
    server.stop().await;
    house.until_status(id, DebateStatus::Deferred).await;
    server.set(far(Script::by(civil)));
    server.restart().await;
    near.restart().await;
    let (record, synthesis) = house.synthesized(id).await;
    assert!(synthesis.absent.is_empty(), "{synthesis:?}");
    assert_eq!(said(&record.messages)[1], ("The Oracle", "The Oracle thinks so."));
    house.chat.shutdown().await;
}
