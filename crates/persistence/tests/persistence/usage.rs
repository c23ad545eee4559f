//! What asking models used up, kept by the day.

use crate::company::Company;
use crate::samples::{at, change, said, session, session_id};
use domain::{Day, ModelCall, Usage, UsageSum};
use persistence::StoreError;

fn call(model: &str, agent: Option<&str>, usage: Option<(i64, i64)>) -> ModelCall {
    let usage = usage.map(|(prompt_tokens, completion_tokens)| Usage { prompt_tokens, completion_tokens });
    let (model, agent) = (model.to_owned(), agent.map(str::to_owned));
    let department = agent.is_some().then(|| "hr".to_owned());
    ModelCall { provider: "ollama".into(), model, agent, department, usage, took_ms: 100 }
}

impl Company {
    async fn usage(&self, first: Day, last: Day) -> Vec<(String, Option<String>, UsageSum)> {
        let rows = self.read(move |tx| tx.usage().between(first, last)).await;
        rows.into_iter().map(|row| (row.model, row.agent, row.sum)).collect()
    }
}

#[tokio::test]
async fn calls_of_one_kind_are_summed_by_the_day_whoever_writes_them_at_once() {
    let company = Company::new();
    let today = Day::of(at(0));
    let calls = [
        call("m:8b", None, Some((3, 4))),
        call("m:8b", Some("hr-harmony"), Some((10, 20))),
        call("m:8b", Some("hr-harmony"), None),
    ];
    let mut writes = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (store, calls) = (company.store.clone(), calls.clone());
        #[allow(clippy::disallowed_methods, reason = "no service here whose shutdown could wait")]
        writes.spawn(async move {
            store.write(move |tx| tx.usage_mut().add(&calls, today)).await.unwrap();
            let failing = store.write(move |tx| {
                tx.usage_mut().add(&[call("m:8b", None, Some((1, 1)))], today)?;
                Err::<(), _>(StoreError::Busy)
            });
            assert!(failing.await.is_err());
        });
    }
    writes.join_all().await;
    company.write(move |tx| tx.usage_mut().add(&[call("other", None, Some((1, 1)))], today.plus(1))).await;
    let sum = |calls, uncounted, prompt_tokens, completion_tokens| UsageSum {
        calls,
        uncounted,
        prompt_tokens,
        completion_tokens,
        took_ms: calls * 100,
        counted_ms: (calls - uncounted) * 100,
    };
    let daena = ("m:8b".to_owned(), None, sum(50, 0, 150, 200));
    let harmony = ("m:8b".to_owned(), Some("hr-harmony".to_owned()), sum(100, 50, 500, 1000));
    assert_eq!(company.usage(today, today).await, [daena, harmony]);
    assert_eq!(company.usage(today.plus(-9), today.plus(9)).await.len(), 3);
    assert_eq!(company.usage(today.plus(2), today.plus(9)).await, []);
}

#[tokio::test]
async fn what_was_used_up_outlives_the_messages_and_the_company() {
    let company = Company::new();
    let today = Day::of(at(0));
    company.create(&session(1, 0)).await;
    company.append(&[said(1, session_id(1), "hi", 1)]).await;
    company.write(move |tx| tx.usage_mut().add(&[call("m", None, Some((1, 2)))], today)).await;
    let before = company.usage(today, today).await;
    company.write(|tx| tx.sessions_mut().purge(&session(1, 0), &change(2))).await;
    assert_eq!(company.usage(today, today).await, before);
    company.write(|tx| tx.reset("backup", &change(3)).map(drop)).await;
    let company = company.reopened().await;
    assert_eq!(company.usage(today, today).await, before);
}
