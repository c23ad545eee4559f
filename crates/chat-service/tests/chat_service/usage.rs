//! What asking models uses up is measured at every call, and summed by the day.

use crate::house::{House, Plan, ollama, soon, to_agent, to_daena, to_department};
use chat_service::domain::{Day, MessageState, Money, Price, Prices, UsageSum};
use chat_service::{ChatError, ChatService, ScriptedModel, SendMessage, UsageGroup, UsageKey, UsageReport};
use serde_json::json;
use std::sync::Arc;
use testkit::{Fault, ModelCard, ModelServer, Script};

impl House {
    pub(crate) async fn usage(&self, by: UsageKey) -> UsageReport {
        self.chat.usage(30, by).await.unwrap()
    }
}

fn of(report: &UsageReport, key: Option<&str>) -> UsageGroup {
    let found = report.groups.iter().find(|(known, _)| known.as_deref() == key);
    found.unwrap_or_else(|| panic!("{key:?} is not in {report:?}")).1
}

/// Calls, those without counters, and tokens written.
fn counted(group: UsageGroup) -> (i64, i64, i64) {
    (group.sum.calls, group.sum.uncounted, group.sum.completion_tokens)
}

#[tokio::test]
async fn every_call_is_summed_by_model_agent_department_and_day_and_the_parts_make_the_whole() {
    let models = vec![ModelCard::new("small:1b", 8192), ModelCard::new("large:70b", 8192)];
    let script = Script { models, ..Script::echo() };
    let server = ModelServer::start(script).await;
    let house = House::staffed(ollama(&server)).await;
    house.turn(to_daena("one two three")).await;
    let large = SendMessage { model: Some("large:70b".into()), ..to_daena("one two") };
    house.turn(large).await;
    let reply = house.turn(to_department("hr", "What do you all think of four words more?")).await.reply;
    let notes = i64::try_from(reply.notes.len()).unwrap();
    assert!(notes > 1, "{reply:?}");
    house.turn(to_agent("sales-hunter", "one two")).await;
    house.chat.purge_session(reply.session_id).await.unwrap();

    let by_model = house.usage(UsageKey::Model).await;
    let (small, large) = (of(&by_model, Some("small:1b")), of(&by_model, Some("large:70b")));
    assert_eq!((counted(large), large.sum.calls + small.sum.calls), ((1, 0, 2), by_model.totals.sum.calls));
    assert_eq!(by_model.totals.sum.calls, i64::try_from(server.stats().chats).unwrap());
    assert_eq!(by_model.totals.sum.calls, 4 + notes);
    assert!(by_model.totals.sum.prompt_tokens > 0 && by_model.totals.cost.is_none());

    let by_department = house.usage(UsageKey::Department).await;
    assert_eq!(counted(of(&by_department, None)), (2, 0, 5), "Daena's");
    assert_eq!(counted(of(&by_department, Some("hr"))), (1 + notes, 0, 9 * (1 + notes)));
    assert_eq!(counted(of(&by_department, Some("sales"))), (1, 0, 2));

    let by_agent = house.usage(UsageKey::Agent).await;
    assert_eq!(counted(of(&by_agent, Some(&reply.speaker.id))), (1, 0, 9));
    for note in &reply.notes {
        assert_eq!(counted(of(&by_agent, Some(note.agent_id.as_str()))), (1, 0, 9));
    }
    let by_day = house.usage(UsageKey::Day).await;
    assert_eq!(by_day.groups, [(Some(by_day.to.to_string()), by_day.totals)]);
    assert_eq!(house.usage(UsageKey::Provider).await.groups, [(Some("ollama".into()), by_day.totals)]);
    assert_eq!(house.chat.counted_usage(), by_day.totals.sum);
    for report in [&by_model, &by_agent, &by_department] {
        let mut whole = UsageSum::default();
        report.groups.iter().for_each(|(_, group)| whole += group.sum);
        assert_eq!((whole, report.totals), (by_day.totals.sum, by_day.totals));
    }
    let before = by_model.totals;
    let house = house.restart(ollama(&server)).await;
    assert_eq!(house.usage(UsageKey::Model).await.totals, before);
}

#[tokio::test]
async fn what_was_stopped_or_failed_counts_with_its_time_and_without_tokens_that_nobody_counted() {
    let server = ModelServer::start(Script { hold_after: Some(2), ..Script::default() }).await;
    let house = House::new(ollama(&server)).await;
    let stopped = house.send(to_daena("Speak")).await.reply.id;
    server.wait_for("the answer to begin", |stats| stats.held == 1).await;
    assert_eq!(house.chat.stop(stopped).await.unwrap().state, MessageState::Stopped);
    assert_eq!(counted(house.usage(UsageKey::Model).await.totals), (1, 1, 0));
    server.set(Script::fault(Fault::ErrorLineAfter(2)));
    assert_eq!(house.turn(to_daena("Speak")).await.reply.state.as_str(), "failed");
    assert_eq!(counted(house.usage(UsageKey::Model).await.totals), (2, 2, 0));
    server.set(Script::fault(Fault::Status(500)));
    assert_eq!(house.turn(to_daena("Speak")).await.reply.state.as_str(), "failed");
    assert_eq!(counted(house.usage(UsageKey::Model).await.totals), (2, 2, 0), "nothing was begun");
    server.set(Script::default());
    house.turn(to_daena("Speak")).await;
    let totals = house.usage(UsageKey::Model).await.totals;
    assert_eq!(counted(totals), (3, 2, 4));
    house.chat.retry(stopped).await.unwrap();
    house.row_has(stopped, MessageState::Complete).await;
    assert_eq!(counted(house.usage(UsageKey::Model).await.totals), (4, 2, 8), "made again, counted again");
}

#[tokio::test]
async fn a_server_without_counters_gives_calls_and_time_and_no_tokens() {
    let house = House::new(ScriptedModel::saying("Yes.")).await;
    house.turn(to_daena("Speak")).await;
    let totals = house.usage(UsageKey::Model).await.totals;
    assert_eq!(counted(totals), (1, 1, 0));
    assert_eq!((totals.sum.tokens_per_second(), totals.money()), (None, None));
    for days in [0, -1, 367, i64::MAX] {
        let refused = house.chat.usage(days, UsageKey::Day).await;
        assert!(
            matches!(refused, Err(ChatError::Unprocessable { field: "days", .. })),
            "{days}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn what_a_model_without_a_price_used_up_has_no_cost_and_the_totals_say_how_much_is_priced() {
    let models = vec![ModelCard::new("local:1b", 8192), ModelCard::new("far-away", 8192)];
    let server = ModelServer::start(Script { models, ..Script::echo() }).await;
    let (prompt, completion) = (Money::from_micros(0), Money::from_micros(2_500_000));
    let price = |from: Option<Day>, completion| Price { model: "far-*".into(), from, prompt, completion };
    let tomorrow = price(Some(Day::from_number(1 << 20)), Money::from_micros(9));
    let prices = Prices { currency: "EUR".into(), list: vec![price(None, completion), tomorrow] };
    let folder = tempfile::tempdir().unwrap();
    let chat = ChatService::builder()
        .database(folder.path().join("daena.db"))
        .model(Arc::new(ollama(&server)))
        .gateway(Plan::default().gateway)
        .prices(prices);
    let house = House::around(chat.start().await.unwrap(), folder);
    house.chat.probe_brain().await.unwrap();
    house.turn(to_daena("one two three")).await;
    assert_eq!(house.usage(UsageKey::Model).await.totals.money(), None);
    house.turn(SendMessage { model: Some("far-away".into()), ..to_daena("one two") }).await;
    let report = house.usage(UsageKey::Model).await;
    let (local, far) = (of(&report, Some("local:1b")), of(&report, Some("far-away")));
    assert_eq!((local.money(), local.priced_tokens), (None, 0));
    assert_eq!((far.money(), far.priced_tokens), (Some(Money::from_micros(5)), far.sum.tokens()));
    assert_eq!((report.totals.money(), report.totals.priced_tokens), (far.money(), far.sum.tokens()));
    assert_eq!(report.currency.as_deref(), Some("EUR"));
}

#[tokio::test]
async fn an_answer_has_a_limit_unless_an_agent_sets_its_own() {
    let model = ScriptedModel::saying("Yes.");
    let house = House::staffed(model.clone()).await;
    let asked = || model.requests().pop().unwrap();
    house.turn(to_daena("Speak")).await;
    assert_eq!(asked().max_tokens, Some(4096));
    for (params, limit) in [
        (json!({"temperature": 0.5}), Some(4096)),
        (json!({"num_predict": 50}), Some(50)),
        (json!({"max_tokens": 60, "num_predict": null}), Some(60)),
        (json!({"max_completion_tokens": 70}), Some(70)),
        (json!({"num_predict": -1}), None),
    ] {
        let set = params.as_object().unwrap().clone();
        house.change_agent("sales-hunter", |agent| agent.params = set.clone()).await;
        house.turn(to_agent("sales-hunter", "Speak")).await;
        assert_eq!(asked().max_tokens, limit, "{params}");
    }
    let mut plan = Plan::default();
    plan.limits.answer_tokens = None;
    let house = House::planned(model.clone(), plan).await;
    soon(house.turn(to_daena("Speak"))).await;
    assert_eq!(asked().max_tokens, None);
}
