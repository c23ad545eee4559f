//! A budget that is spent: nothing is begun, what waits goes on waiting, what runs finishes.

use crate::house::{House, Plan, identified, ollama, read_to, soon, to_daena};
use crate::rules::HandClock;
use chat_service::domain::{Budgets, Day, MessageId, MessageState, Money, Price, Prices};
use chat_service::{ChatError, ChatService, SendMessage, UsageKey};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tempfile::TempDir;
use testkit::{ModelServer, Script};

/// Less than any turn uses: its prompt alone has more.
const A_TURN: i64 = 10;

fn clock() -> HandClock {
    HandClock(Arc::new(AtomicI64::new(day(0).begin().as_micros() + 3_600_000_000)))
}

/// The 29th of November 2026, or so many days later.
fn day(later: i64) -> Day {
    Day::parse("2026-11-29").unwrap().plus(later)
}

impl HandClock {
    /// A minute after the day has begun.
    fn turn_to(&self, day: Day) {
        self.0.store(day.begin().as_micros() + 60_000_000, Ordering::SeqCst);
    }
}

fn daily(tokens: i64) -> Budgets {
    Budgets { daily_tokens: Some(tokens), ..Budgets::default() }
}

async fn open(folder: TempDir, server: &ModelServer, clock: &HandClock, budgets: Budgets) -> House {
    let price = Price {
        model: "*".into(),
        from: None,
        prompt: Money::default(),
        completion: Money::from_micros(1_000_000),
    };
    let chat = ChatService::builder()
        .database(folder.path().join("daena.db"))
        .model(Arc::new(ollama(server)))
        .limits(Plan::default().limits)
        .gateway(Plan::default().gateway)
        .clock(Arc::new(clock.clone()))
        .prices(Prices { currency: "EUR".into(), list: vec![price] })
        .budgets(budgets);
    let house = House::around(chat.start().await.unwrap(), folder);
    house.chat.probe_brain().await.unwrap();
    house
}

impl House {
    /// Sends what must be refused for the budget, and that nothing of it is stored; gives the reason and the seconds.
    async fn is_too_much(&self, message: SendMessage) -> (String, i64) {
        let head = self.head();
        let refused = self.chat.send(message).await;
        let Err(ChatError::Spent { detail, seconds }) = refused else { panic!("{refused:?}") };
        assert_eq!(self.head(), head);
        (detail, seconds)
    }

    async fn is_held(&self, id: MessageId) {
        let held = self.row_has(id, MessageState::Deferred).await;
        assert!(
            held.content.contains("the budget daily_tokens of") && held.content.contains("is kept"),
            "{held:?}"
        );
    }
}

#[tokio::test]
async fn a_spent_budget_refuses_what_is_new_joins_what_is_known_and_is_free_on_the_next_day() {
    let server = ModelServer::start(Script::default()).await;
    let clock = clock();
    let house = open(tempfile::tempdir().unwrap(), &server, &clock, daily(1)).await;
    let first = house.turn(identified("c-1", to_daena("Speak"))).await.reply;
    let (reason, seconds) = house.is_too_much(to_daena("And now?")).await;
    let used = house.usage(UsageKey::Day).await.totals.sum.tokens();
    let expected = format!("the budget daily_tokens of 1 tokens is spent ({used} tokens used)");
    assert!(reason.contains(&expected) && reason.contains("2026-11-30T00:00:00"), "{reason}");
    assert_eq!(seconds, 23 * 3600 + 1);
    house.is_too_much(identified("c-2", to_daena("And now?"))).await;
    let again = house.send(identified("c-1", to_daena("Speak"))).await;
    assert_eq!((again.reply.id, again.reply.state.clone()), (first.id, MessageState::Complete));
    assert_eq!(server.stats().chats, 1);
    let [budget] = house.usage(UsageKey::Day).await.budgets.try_into().unwrap();
    assert_eq!((budget.limit, budget.used, budget.is_spent), (1, used, true));
    assert_eq!(budget.resets_at, day(1).begin());
    clock.turn_to(day(1));
    assert_eq!(house.turn(to_daena("And now?")).await.reply.state, MessageState::Complete);
}

#[tokio::test]
async fn what_runs_finishes_what_waits_behind_it_waits_for_the_next_day_with_the_reason() {
    let server = ModelServer::start(Script { hold_after: Some(1), ..Script::default() }).await;
    let clock = clock();
    let house = open(tempfile::tempdir().unwrap(), &server, &clock, daily(A_TURN)).await;
    let first = house.send(to_daena("Speak")).await;
    let (session, first_id) = (first.session.id, first.reply.id);
    let mut updates = first.updates();
    read_to(&mut updates, 5).await;
    let stopped = house.send(to_daena("Elsewhere")).await.reply.id;
    server.wait_for("both to be asked", |stats| stats.held == 2).await;
    house.chat.stop(stopped).await.unwrap();
    let second = house.send(to_daena("Then?").in_session(session)).await.reply.id;
    server.set(Script::default());
    server.release();
    assert_eq!(house.row_has(first_id, MessageState::Complete).await.content, "Hello from the model.");
    house.is_held(second).await;
    assert!(matches!(house.chat.retry(stopped).await, Err(ChatError::Spent { .. })));
    assert_eq!(server.stats().chats, 2);
    clock.turn_to(day(1));
    assert_eq!(house.row_has(second, MessageState::Complete).await.content, "Hello from the model.");
    assert_eq!(server.stats().chats, 3);
}

#[tokio::test]
async fn a_budget_stays_spent_over_a_restart_and_the_configuration_can_free_it() {
    let server = ModelServer::start(Script { hold_after: Some(0), ..Script::default() }).await;
    let clock = clock();
    let house = open(tempfile::tempdir().unwrap(), &server, &clock, daily(A_TURN)).await;
    let first = house.send(to_daena("Speak")).await;
    let second = house.send(to_daena("Then?").in_session(first.session.id)).await.reply.id;
    server.wait_for("the first to be asked", |stats| stats.held == 1).await;
    server.set(Script::default());
    server.release();
    soon(first.finished()).await.unwrap();
    house.is_held(second).await;
    let house = house.reopened(&server, &clock, daily(A_TURN)).await;
    house.is_too_much(to_daena("And now?")).await;
    house.is_held(second).await;
    let house = house.reopened(&server, &clock, daily(1_000)).await;
    house.row_has(second, MessageState::Complete).await;
    assert_eq!(house.turn(to_daena("And now?")).await.reply.state, MessageState::Complete);
}

impl House {
    async fn reopened(self, server: &ModelServer, clock: &HandClock, budgets: Budgets) -> Self {
        self.chat.shutdown().await;
        open(self.into_folder(), server, clock, budgets).await
    }
}

#[tokio::test]
async fn a_budget_of_money_counts_what_has_a_price_and_a_month_outlasts_its_days() {
    let server = ModelServer::start(Script::default()).await;
    let clock = clock();
    let budgets =
        Budgets { monthly_cost: Some(Money::from_micros(8)), currency: "EUR".into(), ..Budgets::default() };
    let house = open(tempfile::tempdir().unwrap(), &server, &clock, budgets.clone()).await;
    house.turn(to_daena("Speak")).await;
    clock.turn_to(day(1));
    house.turn(to_daena("Speak")).await;
    let (reason, _) = house.is_too_much(to_daena("Speak")).await;
    assert!(reason.contains("monthly_cost of 0.000008 EUR is spent (0.000008 EUR used)"), "{reason}");
    assert!(reason.contains("2026-12-01T00:00:00"), "{reason}");
    let house = house.reopened(&server, &clock, budgets).await;
    house.is_too_much(to_daena("Speak")).await;
    clock.turn_to(day(2));
    house.turn(to_daena("Speak")).await;
}
