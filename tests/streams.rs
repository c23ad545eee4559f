//! Replies as they come: left, rejoined, watched twice, stopped.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{Fault, Http, ModelServer, Script, Socket, SseEvent, SseStream};

use crate::api::{
    DAENA, ENGINEERING, events_after, head, message, messages, new_session, number, say, text, told, turn,
    until_connected, until_replies, until_status,
};
use crate::company::{Company, program};

/// A text with characters of one to four bytes, and some that are several characters; cut within words and clusters.
const TOKENS: [&str; 12] = [
    "Grü",
    "ße 👩‍👩",
    "‍👧‍👦 ",
    "日本",
    "語の",
    "テキスト",
    " — 한국어 ",
    "العربية",
    " 🦀",
    "🇩🇪",
    "\n\t\"é\\",
    "end\u{2028}.",
];

/// What is there of a reply after so many tokens.
fn first(tokens: usize) -> String {
    TOKENS[..tokens].concat()
}

/// Begins a streamed turn; gives the stream and its first event.
async fn begin(http: &Http, door: &str, session: Option<&str>) -> (SseStream, Value) {
    let body = json!({"message": "Tell me everything", "session_id": session, "stream": true});
    let mut stream = http.request("POST", door).json(&body).sse().await;
    let event = stream.next().await.unwrap();
    assert_eq!(event.name(), "session");
    let turn = event.json();
    assert_eq!(turn["session_id"], turn["reply"]["session_id"]);
    assert_eq!(turn["reply"]["parent_id"], turn["user_message"]["message_id"]);
    (stream, turn)
}

/// Reads deltas until the text is this long; each must begin where the text stood.
async fn read_to(stream: &mut SseStream, text: &mut String, length: usize) {
    while text.len() < length {
        let event = stream.next().await.unwrap();
        take_delta(&event, text);
    }
}

fn take_delta(event: &SseEvent, text: &mut String) {
    assert_eq!(event.name(), "delta", "{event:?}");
    let delta = event.json();
    assert_eq!(number(&delta["offset"]), text.len() as i64, "{event:?}");
    text.push_str(crate::api::text(&delta["text"]));
    let id = format!("{}:{}", crate::api::text(&delta["message_id"]), text.len());
    assert_eq!(event.id.as_deref(), Some(&*id));
}

/// Reads deltas up to `done`, or another last event, and gives its data.
async fn read_on(stream: SseStream, text: &mut String, last: &str) -> Value {
    let mut events = stream.collect().await;
    let end = events.pop().unwrap();
    assert_eq!(end.name(), last, "{end:?}");
    events.iter().for_each(|event| take_delta(event, text));
    end.json()
}

/// Rejoins a reply at an offset, told in the query or as the last event seen.
async fn rejoin(http: &Http, id: &str, offset: usize, in_header: bool) -> SseStream {
    let path = format!("/api/v1/messages/{id}/stream");
    if in_header {
        let seen = format!("{id}:{offset}");
        http.sse("GET", &format!("{path}?offset=0"), Value::Null, &[("last-event-id", &seen)]).await
    } else {
        http.sse("GET", &format!("{path}?offset={offset}"), Value::Null, &[]).await
    }
}

/// One reply: left at the fifth token, rejoined twice while it is held there, then run to its end.
async fn leave_and_rejoin(http: &Http, model: &ModelServer, split: Option<usize>) {
    model.set(Script { hold_after: Some(5), split, ..Script::tokens(TOKENS) });
    let since = head(http).await;
    let (mut stream, turn) = begin(http, DAENA, None).await;
    let id = text(&turn["reply"]["message_id"]);
    let mut before = String::new();
    read_to(&mut stream, &mut before, first(5).len()).await;
    assert_eq!(before, first(5));
    drop(stream);

    let by_offset = rejoin(http, id, before.len(), false).await;
    let mut by_header = rejoin(http, id, "Gr".len(), true).await;
    let mut again = "Gr".to_owned();
    read_to(&mut by_header, &mut again, before.len()).await;
    let beyond = format!("/api/v1/messages/{id}/stream?offset={}", before.len() + 1);
    http.get(&beyond).await.problem(400, "invalid_request");
    let inside = format!("/api/v1/messages/{id}/stream?offset={}", "Grü".len() - 1);
    http.get(&inside).await.problem(400, "invalid_request");
    model.release();

    let mut whole = before.clone();
    let done = read_on(by_offset, &mut whole, "done").await;
    assert_eq!(read_on(by_header, &mut again, "done").await, done);
    let stored = message(http, id).await;
    assert_eq!(whole.as_bytes(), TOKENS.concat().as_bytes(), "split {split:?}");
    assert_eq!((again.as_str(), &stored["content"]), (whole.as_str(), &json!(whole)));
    assert_eq!((&done["message"], &stored["status"]), (&stored, &json!("complete")));
    assert_eq!(messages(http, text(&turn["session_id"])).await, [turn["user_message"].clone(), stored]);
    assert_eq!(told(&events_after(http, since).await, "chat.message", id), 1);
}

#[tokio::test]
async fn a_stream_left_at_the_fifth_token_is_rejoined_byte_for_byte_over_ollamas_wire() {
    let company = Company::open(Script::default()).await;
    for split in [None, Some(1), Some(2), Some(3), Some(7)] {
        leave_and_rejoin(&company.http(), &company.model, split).await;
    }
}

#[tokio::test]
async fn a_stream_left_at_the_fifth_token_is_rejoined_byte_for_byte_over_openais_wire() {
    let model = ModelServer::start(Script::default()).await;
    let daena = program().openai_url(model.openai_url()).start().await;
    until_connected(&daena.http(), true).await;
    for split in [None, Some(1), Some(2), Some(3), Some(7)] {
        leave_and_rejoin(&daena.http(), &model, split).await;
    }
    assert!(model.chats().iter().all(|chat| chat.route == "/v1/chat/completions"));
}

#[tokio::test]
async fn two_windows_watch_the_same_reply() {
    let company = Company::open(Script { hold_after: Some(0), ..Script::tokens(TOKENS) }).await;
    let http = company.http();
    let session = new_session(&http, "Watched").await;
    let mut socket = Socket::connect(company.daena.base(), &format!("/api/v1/ws/chat/{session}")).await;
    socket.next_of_type("hello").await;
    let (stream, turn) = begin(&http, DAENA, Some(&session)).await;
    let id = text(&turn["reply"]["message_id"]);
    company.model.release();

    let mut streamed = String::new();
    let done = read_on(stream, &mut streamed, "done").await;
    let frames = socket
        .until(|frame| frame["event_type"] == "chat.message" && frame["payload"]["message_id"] == id)
        .await;
    let mut seen = String::new();
    for frame in frames.iter().filter(|frame| frame["type"] == "delta") {
        assert_eq!((&frame["session_id"], &frame["message_id"]), (&json!(session), &json!(id)));
        assert_eq!(number(&frame["offset"]), seen.len() as i64);
        seen.push_str(text(&frame["text"]));
    }
    assert_eq!((seen.as_str(), streamed.as_str()), (&*TOKENS.concat(), &*TOKENS.concat()));
    assert_eq!(frames.last().unwrap()["payload"], done["message"]);
    let types: Vec<&str> = frames.iter().filter_map(|frame| frame["event_type"].as_str()).collect();
    assert_eq!(types, ["chat.message", "chat.reply.started", "chat.message"]);
}

#[tokio::test]
async fn a_departments_stream_tells_the_notes_before_the_text() {
    let company = Company::open(Script::echo()).await;
    let body = json!({"message": "What would you do next, and why that?", "stream": true});
    let events = company.http().request("POST", ENGINEERING).json(&body).sse().await.collect().await;
    let names: Vec<&str> = events.iter().map(SseEvent::name).filter(|name| *name != "delta").collect();
    assert_eq!(names, ["session", "note", "note", "note", "note", "note", "done"]);
    let first_delta = events.iter().position(|event| event.name() == "delta").unwrap();
    assert_eq!(first_delta, 6);
    let done = events.last().unwrap().json();
    let notes: Vec<Value> = events[1..6].iter().map(|event| event.json()["note"].clone()).collect();
    assert_eq!(done["message"]["notes"], json!(notes));
}

#[tokio::test]
async fn stop_ends_the_generation_at_the_model_server_and_keeps_the_text() {
    let company = Company::open(Script { hold_after: Some(3), ..Script::tokens(TOKENS) }).await;
    let http = company.http();
    let since = head(&http).await;
    let (mut stream, turn) = begin(&http, DAENA, None).await;
    let (session, id) = (text(&turn["session_id"]), text(&turn["reply"]["message_id"]));
    let mut so_far = String::new();
    read_to(&mut stream, &mut so_far, first(3).len()).await;

    let stop = format!("/api/v1/messages/{id}/stop");
    let asked = Instant::now();
    let stopped = http.request("POST", &stop).send().await.with_status(200);
    let stats = company.model.wait_for("the cancellation", |stats| stats.streams_cancelled == 1).await;
    let took = asked.elapsed();
    println!("stopped here and at the model server within {took:?}");
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert_eq!((stats.active, stats.tokens_sent), (0, 3));
    assert_eq!((&stopped["status"], &stopped["content"]), (&json!("stopped"), &json!(first(3))));
    assert_eq!(read_on(stream, &mut so_far, "done").await["message"], stopped);
    http.request("POST", &stop).send().await.problem(409, "conflict");
    assert_eq!(messages(&http, session).await[1], stopped);
    let events = events_after(&http, since).await;
    assert_eq!((told(&events, "chat.reply.stopped", id), told(&events, "chat.message", id)), (1, 0));
    let user = text(&turn["user_message"]["message_id"]);
    http.request("POST", &format!("/api/v1/messages/{user}/stop")).send().await.problem(409, "conflict");
    http.request("POST", &format!("/api/v1/messages/{}/stop", crate::api::NOBODY))
        .send()
        .await
        .problem(404, "not_found");

    company.model.set(Script::tokens(["Next."]));
    let next = say(&http, DAENA, "Go on", Some(session)).await;
    assert_eq!(next["response"], "Next.");
    let prompt = &company.model.chats().pop().unwrap().messages;
    assert!(prompt.contains(&("assistant".to_owned(), first(3))), "{prompt:?}");
}

#[tokio::test]
async fn who_waits_for_a_stopped_turn_is_answered_and_one_in_line_is_stopped_too() {
    let company = Company::open(Script { hold_after: Some(1), ..Script::tokens(TOKENS) }).await;
    let http = company.http();
    let session = new_session(&http, "Line").await;
    let asking = turn(&http, DAENA, "first", Some(&session));
    let stopping = async {
        company.model.wait_for("the generation", |stats| stats.held == 1).await;
        let (stream, waiting) = begin(&http, DAENA, Some(&session)).await;
        for id in [&waiting["reply"]["message_id"], &messages(&http, &session).await[1]["message_id"]] {
            let stop = format!("/api/v1/messages/{}/stop", text(id));
            let stopped = http.request("POST", &stop).send().await.with_status(200);
            assert_eq!(stopped["status"], "stopped");
        }
        stream
    };
    let (answer, stream) = tokio::join!(asking, stopping);
    let answer = answer.with_status(200);
    assert_eq!((&answer["reply"]["status"], &answer["response"]), (&json!("stopped"), &json!(first(1))));
    assert_eq!(read_on(stream, &mut String::new(), "done").await["message"]["status"], "stopped");
    company.model.wait_for("the cancellation", |stats| stats.streams_cancelled == 1).await;
    assert_eq!(company.model.stats().chats, 1);
}

#[tokio::test]
async fn a_deferred_reply_can_be_stopped() {
    let company = Company::open_offline(Script::default(), |start| start).await;
    let http = company.http();
    let answer = say(&http, DAENA, "Never mind", None).await;
    let id = text(&answer["reply"]["message_id"]);
    let stop = format!("/api/v1/messages/{id}/stop");
    assert_eq!(http.request("POST", &stop).send().await.with_status(200)["status"], "stopped");
    http.request("POST", &stop).send().await.problem(409, "conflict");
    until_replies(&http, 0, 0).await;
    company.model.restart().await;
    until_connected(&http, true).await;
    let other = say(&http, DAENA, "Something else", None).await;
    assert_eq!(other["response"], "Hello from the model.");
    assert_eq!((&message(&http, id).await["status"], company.model.stats().chats), (&json!("stopped"), 1));
}

#[tokio::test]
async fn a_stream_that_is_closed_does_not_stop_its_reply() {
    let company = Company::open(Script { hold_after: Some(2), ..Script::tokens(TOKENS) }).await;
    let http = company.http();
    let (mut stream, turn) = begin(&http, DAENA, None).await;
    read_to(&mut stream, &mut String::new(), first(2).len()).await;
    drop(stream);
    company.model.release();
    let made = until_status(&http, text(&turn["reply"]["message_id"]), "complete").await;
    assert_eq!((text(&made["content"]), company.model.stats().streams_cancelled), (&*TOKENS.concat(), 0));
}

#[tokio::test]
async fn a_reply_that_has_ended_is_told_at_once() {
    let company = Company::open(Script::tokens(TOKENS)).await;
    let http = company.http();
    let whole = TOKENS.concat();
    let complete = say(&http, DAENA, "Tell me", None).await;
    let id = text(&complete["reply"]["message_id"]);
    for (offset, rest) in [(0, whole.as_str()), (4, &whole[4..]), (whole.len(), "")] {
        let mut read = whole[..offset].to_owned();
        let done = read_on(rejoin(&http, id, offset, false).await, &mut read, "done").await;
        assert_eq!((&read[offset..], &done["message"]), (rest, &complete["reply"]));
    }
    for bad in [format!("offset={}", whole.len() + 1), "offset=-1".to_owned(), "offset=x".to_owned()] {
        http.get(&format!("/api/v1/messages/{id}/stream?{bad}")).await.problem(400, "invalid_request");
    }
    for seen in ["", "x", &format!("{}:0", crate::api::NOBODY), &format!("{id}:3")] {
        let path = format!("/api/v1/messages/{id}/stream");
        http.request("GET", &path).header("last-event-id", seen).send().await.problem(400, "invalid_request");
    }

    company.model.set(Script::fault(Fault::ErrorLineAfter(2)));
    let failed = turn(&http, DAENA, "Tell me", None).await.problem(502, "brain_error");
    let id = text(&failed["reply"]["message_id"]);
    let mut partial = String::new();
    let error = read_on(rejoin(&http, id, 0, false).await, &mut partial, "error").await;
    assert_eq!((&error["code"], &error["status"]), (&json!("brain_error"), &json!(502)));
    assert_eq!((&error["reply"], &error["session_id"]), (&failed["reply"], &failed["session_id"]));
    assert_eq!(failed["reply"]["content"], partial);

    company.model.stop().await;
    until_connected(&http, false).await;
    let deferred = say(&http, DAENA, "Tell me", None).await;
    let stream = rejoin(&http, text(&deferred["reply"]["message_id"]), 0, false).await;
    let done = read_on(stream, &mut String::new(), "done").await;
    assert_eq!(done["message"], deferred["reply"]);
    let (stream, _) = begin(&http, DAENA, None).await;
    let done = read_on(stream, &mut String::new(), "done").await;
    assert_eq!(done["message"]["status"], "deferred");
}

#[tokio::test]
async fn an_accept_header_asks_for_a_stream_too_and_comments_keep_a_quiet_one_open() {
    let company = Company::open_with(Script { hold_after: Some(1), ..Script::tokens(TOKENS) }, |start| {
        start.config("[server]\nheartbeat_s = 1\n")
    })
    .await;
    let http = company.http();
    let body = json!({"message": "Slowly"});
    let mut stream = http.sse("POST", DAENA, body, &[]).await;
    assert_eq!(stream.next().await.unwrap().name(), "session");
    assert_eq!(stream.next().await.unwrap().name(), "delta");
    assert!(stream.next_comment(Duration::from_secs(5)).await.is_some());
    company.model.release();
    assert_eq!(
        stream.collect_until("done").await.last().unwrap().json()["message"]["content"],
        TOKENS.concat()
    );
    assert!(stream.next().await.is_none());
}
