//! The company at a glance, in a company with many messages.

use crate::retention::Hands;
use chat_service::{ChatService, Recipient, ScriptedModel, SendMessage};
use company_service::{Company, CompanyLimits, CountLimits, Dashboard};
use domain::Clock;
use std::sync::Arc;
use std::time::Duration;

fn replies(dashboard: &Dashboard) -> [i64; 2] {
    let of = |word: &str| dashboard.replies.iter().find(|(status, _)| *status == word).unwrap().1;
    [of("complete"), of("pending")]
}

#[tokio::test]
async fn a_large_company_counts_ended_replies_rarely_and_tells_when_it_did() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Arc::new(Hands::default()));
    let model = ScriptedModel::saying("Hello.");
    let builder = ChatService::builder().database(folder.path().join("a.db")).model(Arc::new(model.clone()));
    let chat = builder.clock(Arc::clone(&clock) as Arc<dyn Clock>).start().await.unwrap();
    chat.probe_brain().await.unwrap();
    // Large is what holds more than one turn.
    let counts = CountLimits { at_once: 2, every: Duration::from_secs(30) };
    let limits = CompanyLimits { counts, ..CompanyLimits::default() };
    let company = Company::start_with(chat.clone(), limits).await.unwrap();
    company.seed().await.unwrap();
    let send = async || chat.send(SendMessage::new(Recipient::Daena, "Hi")).await.unwrap();
    let finish = async || drop(send().await.finished().await.unwrap());

    assert_eq!(replies(&company.dashboard().await.unwrap()), [0, 0]);
    finish().await;
    let first = company.dashboard().await.unwrap();
    assert_eq!(
        (replies(&first), first.replies_counted_at),
        ([1, 0], clock.now()),
        "a small one counts each time"
    );

    clock.seconds_later(20);
    finish().await;
    model.hold();
    let open = send().await;
    let again = company.dashboard().await.unwrap();
    assert_eq!(replies(&again), [1, 1], "what has not ended is counted all the same");
    assert_eq!(again.replies_counted_at, first.replies_counted_at);

    clock.seconds_later(10);
    let later = company.dashboard().await.unwrap();
    assert_eq!((replies(&later), later.replies_counted_at), ([2, 1], clock.now()));
    model.release();
    open.finished().await.unwrap();
    assert_eq!(replies(&company.dashboard().await.unwrap()), [2, 0]);
    chat.shutdown().await;
}
