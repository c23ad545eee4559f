//! Old events go, by kind and in time; what is left can be followed, read and verified.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use chat_service::{ChatError, ChatService, Item, Reach, ResetReason, ScriptedModel, Subscribe};
use company_service::{AgentEdit, Company, Retention, UpkeepSettings};
use domain::{AuditFilter, Clock, EventFilter, Limit, Position, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tempfile::TempDir;

const DAY: i64 = 86_400_000_000;

/// A clock that is set by hand.
#[derive(Default)]
pub(crate) struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(1_767_323_045_000_000 + self.0.load(Ordering::Acquire))
    }
}

impl Hands {
    pub(crate) fn seconds_later(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::AcqRel);
    }

    pub(crate) fn days_later(&self, days: i64) {
        self.0.fetch_add(days * DAY, Ordering::AcqRel);
    }
}

fn rules(days: &[(&str, u32)], default_days: Option<u32>) -> Retention {
    let days = days.iter().map(|(name, days)| (name.parse().unwrap(), *days)).collect();
    Retention { days, default_days }
}

async fn company(folder: &TempDir, retention: Retention) -> (Arc<Hands>, ChatService, Company) {
    let clock = Arc::new(Hands::default());
    let model = Arc::new(ScriptedModel::saying("Hello."));
    let builder = ChatService::builder().database(folder.path().join("a.db")).model(model);
    let chat = builder.clock(Arc::clone(&clock) as Arc<dyn Clock>).start().await.unwrap();
    let company = Company::new(chat.clone());
    company.seed().await.unwrap();
    let settings = UpkeepSettings { retention, ..UpkeepSettings::default() };
    (clock, chat, company.with_upkeep(settings))
}

async fn rename(company: &Company, name: &str) {
    let edit = AgentEdit { name: Some(name.to_owned()), ..AgentEdit::default() };
    company.edit_agent("hr-harmony".parse().unwrap(), edit).await.unwrap();
}

/// Every entry of the audit trail, oldest first: its position and what was done.
async fn trail(company: &Company) -> Vec<(i64, String)> {
    let entries = company.audit_after(AuditFilter::default(), Position::START, 10_000).await.unwrap();
    entries.into_iter().map(|entry| (entry.event_id.get(), entry.action.to_string())).collect()
}

#[test]
fn the_narrowest_rule_holds() {
    let rules = rules(&[("chat.*", 30), ("chat.message", 365), ("chat.reply.*", 7)], Some(90));
    let days = ["chat.message", "chat.reply.failed", "chat.session.created", "agent.created"];
    assert_eq!(days.map(|name| rules.days_of(name)), [Some(365), Some(7), Some(30), Some(90)]);
    assert!(rules.is_on() && !Retention::default().is_on());
    assert_eq!(Retention::default().days_of("chat.message"), None);
}

#[tokio::test]
async fn kinds_go_when_they_are_old_and_what_is_left_is_followed_read_and_verified() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, chat, company) =
        company(&folder, rules(&[("system.config", 10), ("agent.created", 30)], None)).await;
    let seeded = chat.store().head().get();
    let config = trail(&company).await.into_iter().filter(|(_, action)| action == "system.config");
    let (newest, count) = config.fold((0, 0), |(_, count), (position, _)| (position, count + 1));
    clock.days_later(5);
    rename(&company, "Five").await;
    assert_eq!(company.remove_old_events().await.unwrap(), 0, "nothing is old yet");
    clock.days_later(6);
    rename(&company, "Eleven").await;
    let head = chat.store().head();
    assert_eq!(company.remove_old_events().await.unwrap(), count);
    // The rest of the seed is still read below the floor, and can no longer be followed there.
    let left = trail(&company).await;
    assert_eq!(left.iter().filter(|(_, action)| action == "agent.created").count(), 48);
    assert!(left.iter().all(|(_, action)| action != "system.config"));
    let gone = chat.events_after(Position::START, EventFilter::default(), Limit::default()).await;
    let Err(ChatError::Gone { floor }) = gone else { panic!("{gone:?}") };
    assert_eq!(floor.get(), newest);
    let page = chat.events_after(floor, EventFilter::default(), Limit::default()).await.unwrap();
    let followed: Vec<i64> = page.events.iter().map(|event| event.position.get()).collect();
    assert_eq!(followed, (newest + 1..=head.get() + 1).collect::<Vec<_>>(), "dense above the floor");
    let check = company.verify_log(Reach::All).await.unwrap();
    assert_eq!((check.breach, check.verified), (None, i64::try_from(left.len()).unwrap()));
    // A subscriber from below begins anew.
    let mut subscription = chat.bus().subscribe(Subscribe::since(Position::new(newest - 1)));
    let Item::Reset { reason, .. } = subscription.next().await.unwrap() else { panic!("no reset") };
    assert_eq!(reason, ResetReason::BelowFloor);
    clock.days_later(30);
    rename(&company, "Last").await;
    assert_eq!(company.remove_old_events().await.unwrap(), 48);
    assert!(chat.events_after(Position::new(seeded), EventFilter::default(), Limit::default()).await.is_ok());
    assert_eq!(company.verify_log(Reach::All).await.unwrap().breach, None);
    chat.shutdown().await;
}

#[tokio::test]
async fn when_everything_is_old_positions_go_on_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, chat, company) = company(&folder, rules(&[], Some(1))).await;
    assert!(chat.store().head().get() > 70);
    clock.days_later(400);
    // The company does so by itself, too: who is first removes them.
    company.remove_old_events().await.unwrap();
    let left = trail(&company).await;
    assert!(left.iter().all(|(_, action)| action == "system.compaction") || left.len() <= 2, "{left:?}");
    chat.shutdown().await;
    // Read at rest: the company removes old events by itself, too, and tells of it.
    let head = chat.store().head().get();
    let (_, chat, company) = self::company(&folder, Retention::default()).await;
    assert_eq!(chat.store().head().get(), head);
    rename(&company, "Later").await;
    assert_eq!(chat.store().head().get(), head + 1);
    assert_eq!(company.verify_log(Reach::All).await.unwrap().breach, None);
    chat.shutdown().await;
}
