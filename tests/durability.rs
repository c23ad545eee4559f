//! What was acknowledged is there after the process was killed.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use testkit::{Http, Script};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::api::{
    DAENA, ENGINEERING, TALENT, events_after, list, message, messages, number, positions, sessions, text,
    told, until_replies, until_status,
};
use crate::company::Company;

const CLIENTS: usize = 32;
/// So many turns are answered before the server is killed.
const ANSWERED: usize = 320;
const STORY: &str = "Tell me a long story";
const CHECKPOINTS: &str = "[chat]\ncheckpoint_interval_ms = 50\n";

/// A story of more tokens than anyone waits for.
fn story() -> Vec<String> {
    (0..2000).map(|chapter| format!("{chapter} 漢字 🦀. ")).collect()
}

/// Echoes, but tells the story slowly to who asks for it.
fn storyteller() -> Script {
    let slowly = Script { token_delay: std::time::Duration::from_millis(5), ..Script::tokens(story()) };
    let pick = move |request: &testkit::ChatRequest| (request.last_user() == STORY).then(|| slowly.clone());
    Script { choose: Script::choose(pick).choose, ..Script::echo() }
}

/// What one client sent: the body of each request, and its answer if there was one. Only the last has none.
type Sent = Vec<(&'static str, Value, Option<Value>)>;

/// Says one thing after another in a session of its own until the server is gone.
async fn talk(http: Http, client: usize, answered: watch::Sender<usize>) -> Sent {
    let door = [DAENA, ENGINEERING, TALENT][client % 3];
    let (mut sent, mut session) = (Sent::new(), Value::Null);
    loop {
        let said = format!("Hello {client} {}", sent.len());
        let id = format!("client-{client}-{}", sent.len());
        let body = json!({"message": said, "session_id": session, "client_message_id": id});
        let answer = http.request("POST", door).json(&body).try_send().await.ok();
        let answer = answer.map(|answer| answer.with_status(200));
        sent.push((door, body, answer.clone()));
        let Some(answer) = answer else { return sent };
        assert_eq!(answer["response"], said.as_str());
        session = answer["session_id"].clone();
        answered.send_modify(|count| *count += 1);
    }
}

/// Reads so many deltas of a reply that is told slowly; gives its id and what was read.
async fn listen(http: &Http, deltas: usize) -> (String, String) {
    let body = json!({"message": STORY, "client_message_id": STORY, "stream": true});
    let mut stream = http.request("POST", DAENA).json(&body).sse().await;
    let id = text(&stream.next().await.unwrap().json()["reply"]["message_id"]).to_owned();
    let mut heard = String::new();
    for _ in 0..deltas {
        heard.push_str(text(&stream.next().await.unwrap().json()["text"]));
    }
    (id, heard)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_is_there_after_kill_9() {
    let mut company = Company::open_with(storyteller(), |start| start.config(CHECKPOINTS)).await;
    let (count, mut answered) = watch::channel(0);
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        clients.spawn(talk(company.http(), client, count.clone()));
    }
    let (streaming, _) = listen(&company.http(), 60).await;
    answered.wait_for(|count| *count >= ANSWERED).await.unwrap();
    company.daena.kill().await;
    let sent: Vec<Sent> = clients.join_all().await;
    let asked_before = company.model.stats().chats;

    company.daena.restart().await;
    let http = company.http();
    company.model.set(Script::echo());
    until_replies(&http, 0, 0).await;
    let events = events_after(&http, 0).await;
    assert_eq!(positions(&events), (1..=events.len() as i64).collect::<Vec<_>>(), "positions are dense");

    let mut by_client_id: BTreeMap<String, Vec<(Value, Value)>> = BTreeMap::new();
    let all = sessions(&http, "").await;
    for session in &all {
        let messages = messages(&http, text(&session["session_id"])).await;
        assert_eq!(number(&session["message_count"]), messages.len() as i64, "{session}");
        for turn in messages.chunks(2) {
            let [user, reply] = turn else { panic!("half a turn in {session}: {turn:?}") };
            assert_eq!((&user["role"], &reply["parent_id"]), (&json!("user"), &user["message_id"]));
            let id = text(&user["client_message_id"]).to_owned();
            by_client_id.entry(id).or_default().push((user.clone(), reply.clone()));
        }
    }
    let mut unanswered = 0;
    for (door, body, answer) in sent.iter().flatten() {
        let id = text(&body["client_message_id"]);
        let stored = by_client_id.get(id);
        if let Some(answer) = answer {
            assert_eq!(
                stored,
                Some(&vec![(answer["user_message"].clone(), answer["reply"].clone())]),
                "{id}"
            );
            assert_eq!(told(&events, "chat.message", text(&answer["user_message"]["message_id"])), 1, "{id}");
            assert_eq!(told(&events, "chat.message", text(&answer["reply"]["message_id"])), 1, "{id}");
        } else {
            unanswered += 1;
            let stored = stored.map_or(0, Vec::len);
            assert!(stored <= 1, "{id} is there {stored} times");
            let repeated = http.post(door, body.clone()).await.with_status(200);
            assert_eq!(http.post(door, body.clone()).await.with_status(200), repeated, "{id}");
            assert_eq!(repeated["user_message"]["client_message_id"], id);
            if let Some((user, reply)) = by_client_id.get(id).and_then(|turns| turns.first()) {
                assert_eq!(
                    (&repeated["user_message"], &repeated["reply"]["message_id"]),
                    (user, &reply["message_id"])
                );
            }
        }
    }
    assert_eq!(unanswered, CLIENTS);
    let stored: usize =
        sessions(&http, "").await.iter().map(|session| number(&session["message_count"]) as usize).sum();
    let sent: usize = sent.iter().map(Vec::len).sum();
    assert_eq!(stored, 2 * (sent + 1), "every message is there once, the story too");

    let kept = message(&http, &streaming).await;
    match text(&kept["status"]) {
        "interrupted" => assert!(story().concat().starts_with(text(&kept["content"]))),
        "complete" => assert_eq!(kept["content"], STORY, "made again by recovery, as an echo now"),
        other => panic!("a reply that was streaming is {other}"),
    }
    println!("{} turns sent, {} generations before the kill, {} events", sent, asked_before, events.len());
}

#[tokio::test]
async fn a_reply_that_was_streaming_keeps_its_text_up_to_the_last_checkpoint() {
    let mut company = Company::open_with(storyteller(), |start| start.config(CHECKPOINTS)).await;
    let (id, heard) = listen(&company.http(), 100).await;
    company.daena.kill().await;
    company.daena.restart().await;
    let http = company.http();
    let kept = message(&http, &id).await;
    assert_eq!(kept["status"], "interrupted");
    let text_kept = text(&kept["content"]);
    println!("{} of at least {} bytes are kept", text_kept.len(), heard.len());
    assert!(!text_kept.is_empty() && story().concat().starts_with(text_kept));
    let events = events_after(&http, 0).await;
    assert_eq!((told(&events, "chat.reply.interrupted", &id), told(&events, "chat.message", &id)), (1, 0));
    let session = text(&kept["session_id"]);
    assert_eq!(messages(&http, session).await[1], kept);
    // Who sends it again, having heard nothing of the crash, is told how it stands: there is nothing to wait for.
    let body = json!({"message": STORY, "client_message_id": STORY});
    assert_eq!(http.post(DAENA, body).await.with_status(200)["reply"], kept);
    let mut rejoined = http.sse("GET", &format!("/api/v1/messages/{id}/stream"), Value::Null, &[]).await;
    assert_eq!(rejoined.collect_until("done").await.last().unwrap().json()["message"], kept);

    company.model.set(Script::tokens(["The end."]));
    crate::api::until_connected(&http, true).await;
    http.request("POST", &format!("/api/v1/messages/{id}/retry")).send().await.with_status(202);
    assert_eq!(until_status(&http, &id, "complete").await["content"], "The end.");
    assert_eq!(list(&http.get(&format!("{DAENA}/{session}")).await.ok()["messages"]).len(), 2);
}

#[tokio::test]
async fn a_reply_that_had_not_begun_is_made_after_the_restart() {
    let mut company = Company::open(Script { hold_after: Some(0), ..Script::echo() }).await;
    let http = company.http();
    let body = json!({"message": "Hello you", "stream": true});
    let mut stream = http.request("POST", DAENA).json(&body).sse().await;
    let turn = stream.next().await.unwrap().json();
    company.model.wait_for("the question", |stats| stats.held == 1).await;
    company.daena.kill().await;
    company.model.release();
    company.daena.restart().await;
    let http = company.http();
    let made = until_status(&http, text(&turn["reply"]["message_id"]), "complete").await;
    assert_eq!(made["content"], "Hello you");
    assert_eq!(messages(&http, text(&turn["session_id"])).await, [turn["user_message"].clone(), made]);
}
