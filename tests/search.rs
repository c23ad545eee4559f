//! Search over the whole history, while the company works and after it was killed.

use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::{Http, Script, wait_until};
use tokio::sync::watch;

use crate::api::{DAENA, ENGINEERING, HISTORY, PATIENCE, TALENT, list, say, text, texts};
use crate::company::Company;

fn path(query: &str, more: &str) -> String {
    let encoded: String = query.bytes().map(|byte| format!("%{byte:02x}")).collect();
    format!("/api/v1/chat-history/search?q={encoded}{more}")
}

/// All hits, page by page.
async fn hits(http: &Http, query: &str, more: &str) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = http.get(&path(query, &format!("{more}{cursor}"))).await.ok();
        all.extend_from_slice(list(&page["hits"]));
        let Some(next) = page["next_cursor"].as_str() else { return all };
        cursor = format!("&cursor={next}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_turns_run_each_is_found_once_it_is_answered() {
    let company = Company::open(Script::echo()).await;
    let http = company.http();
    let (done, is_done) = watch::channel(false);
    let searcher = async {
        let mut searched = 0;
        while !*is_done.borrow() || searched < 20 {
            for query in ["budget", "bud*", "\"the budget\"", "予算", "budget -nothing"] {
                for hit in hits(&http, query, "&limit=3").await {
                    assert!(text(&hit["snippet"]).contains("<mark>"), "{hit}");
                }
                searched += 1;
            }
        }
    };
    let talker = async {
        let clients = (0..6).map(|client| {
            let http = company.http();
            async move {
                let door = [DAENA, ENGINEERING, TALENT][client % 3];
                for turn in 0..6 {
                    let said = format!("Turn{client}x{turn} of the budget 予算");
                    let answer = say(&http, door, &said, None).await;
                    let found = hits(&http, &format!("turn{client}x{turn}"), "").await;
                    assert_eq!(found.len(), 3, "question, answer and title: {found:?}");
                    assert!(found.iter().all(|hit| hit["session"]["session_id"] == answer["session_id"]));
                }
            }
        });
        join_all(clients).await;
        done.send_replace(true);
    };
    tokio::join!(searcher, talker);
    let all = hits(&http, "予算", "&role=user&limit=7").await;
    let messages: Vec<Value> = all.iter().map(|hit| hit["message"].clone()).collect();
    let mut ids = texts(&messages, "message_id");
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((all.len(), ids.len()), (36, 36));
}

#[tokio::test]
async fn what_was_answered_is_found_after_kill_9() {
    let mut company = Company::open(Script::echo()).await;
    for number in 0..10 {
        say(&company.http(), DAENA, &format!("Needle {number}"), None).await;
    }
    company.daena.kill().await;
    company.daena.restart().await;
    let http = company.http();
    assert_eq!(hits(&http, "needle", "").await.len(), 30);
    assert_eq!(hits(&http, "needle 7", "&role=user").await.len(), 1);
}

#[tokio::test]
async fn what_is_debated_is_found_until_it_lies_in_the_trash_and_nothing_is_after_a_reset() {
    let company = Company::open(Script::tokens(["Sell", " the harbour."])).await;
    let http = company.http();
    let topic = json!({"topic": "What of the harbour?", "rounds": 1});
    let begun = http.post("/api/v1/councils/finance/debates", topic).await.with_status(202);
    let debate = text(&begun["debate_id"]).to_owned();
    let path = format!("/api/v1/debates/{debate}");
    let ended = async || Some(http.get(&path).await.ok()).filter(|now| now["status"] == "synthesized");
    let ended = wait_until("the synthesis", PATIENCE, ended).await;

    let found = hits(&http, "harbour", "&scope_type=council&scope_id=finance").await;
    let said: Vec<Value> =
        found.iter().map(|hit| hit["message"].clone()).filter(|message| !message.is_null()).collect();
    assert_eq!(
        (found.len(), said.len()),
        (8, 7),
        "the topic, five members, Daena, and the title: {found:#?}"
    );
    let (mut ids, mut debated) = (texts(&said, "message_id"), texts(list(&ended["messages"]), "message_id"));
    ids.sort_unstable();
    debated.sort_unstable();
    assert_eq!(ids, debated);
    assert_eq!(hits(&http, "harbour", "&scope_id=tech").await.len(), 0);

    let session = format!("{HISTORY}/{debate}");
    http.delete(&session).await.with_status(204);
    assert_eq!(hits(&http, "harbour", "").await.len(), 0);
    http.post(&format!("{session}/restore"), Value::Null).await.ok();
    assert_eq!(hits(&http, "harbour", "").await.len(), 8);
    http.delete(&format!("{session}?permanent=true")).await.with_status(204);
    assert_eq!(hits(&http, "harbour", "").await.len(), 0);

    say(&http, DAENA, "What of the harbour now?", None).await;
    assert_eq!(hits(&http, "harbour", "").await.len(), 3);
    http.post("/api/v1/system/reset", json!({"confirm": "reset"})).await.ok();
    assert_eq!(hits(&http, "harbour", "").await.len(), 0);
    say(&http, DAENA, "Another harbour", None).await;
    assert_eq!(hits(&http, "harbour", "").await.len(), 3);
}
