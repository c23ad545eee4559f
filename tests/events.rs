//! The event log from outside: pages, resumption, filters, and what events say.

use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::{Http, Script, Socket, SseStream};

use crate::api::{
    DAENA, ENGINEERING, HISTORY, HR, TALENT, events_after, events_where, fingerprint, head, list,
    new_session, number, positions, say, text, texts, turn,
};
use crate::company::{Company, program};

/// Writes so many events, one each, eight at a time.
async fn write_events(http: &Http, count: usize) {
    let write = async |writer: usize| {
        for place in 0..count / 8 {
            new_session(http, &format!("Session {writer}.{place}")).await;
        }
    };
    join_all((0..8).map(write)).await;
}

/// The event of a frame or block, as a page has it.
fn bare(mut frame: Value) -> Value {
    frame.as_object_mut().unwrap().remove("type");
    frame
}

/// The next so many events of a server-sent stream, with their ids checked.
async fn take(stream: &mut SseStream, count: usize) -> Vec<Value> {
    let mut events = Vec::new();
    for _ in 0..count {
        let block = stream.next().await.unwrap();
        assert_eq!(block.event, None);
        let event = block.json();
        assert_eq!(block.id, Some(event["event_id"].to_string()));
        events.push(event);
    }
    events
}

#[tokio::test]
async fn a_client_away_for_500_events_pages_or_resumes_without_loss_repeat_or_disorder() {
    let daena = program().start().await;
    let http = daena.http();
    write_events(&http, 80).await;
    let away = head(&http).await;
    write_events(&http, 520).await;
    let back = head(&http).await;
    let dense: Vec<i64> = (away + 1..=back).collect();
    assert_eq!(dense.len(), 520);

    let (mut paged, mut next) = (Vec::new(), away);
    while next < back {
        let page = http.get(&format!("/api/v1/events?since={next}&limit=7")).await.ok();
        assert_eq!((&page["head"], &page["floor"]), (&json!(back), &json!(0)));
        assert!(page["epoch"].is_string());
        paged.extend_from_slice(list(&page["events"]));
        next = number(&page["next"]);
    }
    let end = http.get(&format!("/api/v1/events?since={back}")).await.ok();
    assert_eq!((&end["events"], &end["next"]), (&json!([]), &json!(back)));
    assert_eq!(positions(&paged), dense);

    let mut socket = Socket::connect(daena.base(), &format!("/api/v1/ws?since={away}")).await;
    let hello = socket.next().await;
    assert_eq!((&hello["type"], &hello["head"], &hello["floor"]), (&json!("hello"), &json!(back), &json!(0)));
    let replayed: Vec<Value> = socket.events_until(back).await.into_iter().map(bare).collect();
    assert_eq!(replayed, paged);
    assert_eq!(socket.next().await, json!({"type": "caught_up", "event_id": back}));

    let path = "/api/v1/events/stream";
    let seen = away.to_string();
    let mut by_header =
        http.sse("GET", &format!("{path}?since=0"), Value::Null, &[("last-event-id", &seen)]).await;
    assert_eq!(take(&mut by_header, 520).await, paged);
    let mut by_query = http.sse("GET", &format!("{path}?since={}", back - 3), Value::Null, &[]).await;
    assert_eq!(take(&mut by_query, 3).await, paged[517..]);
    let mut live = http.sse("GET", path, Value::Null, &[]).await;

    new_session(&http, "One more").await;
    let one_more = events_after(&http, back).await;
    assert_eq!(positions(&one_more), [back + 1]);
    assert_eq!(bare(socket.next().await), one_more[0]);
    for stream in [&mut by_header, &mut by_query, &mut live] {
        assert_eq!(take(stream, 1).await, one_more);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_come_back_again_and_again_miss_nothing_while_others_write() {
    let daena = program().start().await;
    let http = daena.http();
    let start = head(&http).await;
    let last = start + 800;
    let by_socket = async {
        let (mut seen, mut events) = (start, Vec::new());
        while seen < last {
            let mut socket = Socket::connect(daena.base(), &format!("/api/v1/ws?since={seen}")).await;
            events.extend(socket.events_until((seen + 61).min(last)).await.into_iter().map(bare));
            seen = *positions(&events).last().unwrap();
        }
        events
    };
    let by_stream = async {
        let (mut seen, mut events) = (start, Vec::new());
        while seen < last {
            let id = seen.to_string();
            let mut stream =
                http.sse("GET", "/api/v1/events/stream", Value::Null, &[("last-event-id", &id)]).await;
            events.extend(take(&mut stream, 50).await);
            seen += 50;
        }
        events
    };
    let (by_socket, by_stream, ()) = tokio::join!(by_socket, by_stream, write_events(&http, 800));
    let log = events_after(&http, start).await;
    assert_eq!(positions(&log), (start + 1..=last).collect::<Vec<_>>());
    assert_eq!((by_socket, by_stream), (log.clone(), log));
}

#[tokio::test]
async fn a_filter_admits_what_it_names_in_pages_streams_and_sockets() {
    let company = Company::open(Script::echo()).await;
    let http = company.http();
    let since = head(&http).await;
    let daena = say(&http, DAENA, "Hello Daena", None).await;
    say(&http, ENGINEERING, "Hello engineering", None).await;
    let talent = say(&http, TALENT, "Hello talent", None).await;
    http.patch(&format!("{HISTORY}/{}", text(&daena["session_id"])), json!({"pinned": true})).await.ok();
    let (all, end) = (events_after(&http, since).await, head(&http).await);
    assert_eq!(all.len(), 13);
    let session = text(&talent["session_id"]);
    let mine = |event: &Value| event["entity_id"] == session;
    let said = |event: &Value| event["event_type"] == "chat.message";
    let of_hr = |event: &Value| mine(event);
    let cases: [(&str, Value, Vec<Value>); 5] = [
        (
            "&event_type=chat.message",
            json!({"event_types": ["chat.message"]}),
            all.iter().filter(|e| said(e)).cloned().collect(),
        ),
        (
            "&event_type=chat.message,chat.session.updated",
            json!({"event_types": ["chat.message", "chat.session.updated"]}),
            all.iter().filter(|e| said(e) || e["event_type"] == "chat.session.updated").cloned().collect(),
        ),
        (
            &format!("&entity_type=chat&entity_id={session}"),
            json!({"entity_type": "chat", "entity_id": session}),
            all.iter().filter(|e| mine(e)).cloned().collect(),
        ),
        (
            &format!("&entity_id={session}&event_type=chat.reply.started"),
            json!({"session_id": session, "event_types": ["chat.reply.started"]}),
            all.iter().filter(|e| mine(e) && e["event_type"] == "chat.reply.started").cloned().collect(),
        ),
        ("&entity_type=agent", json!({"entity_type": "agent"}), vec![]),
    ];
    let mut socket = Socket::connect(company.daena.base(), "/api/v1/ws").await;
    let mut ask = async |filter: &Value| {
        socket.send(json!({"type": "subscribe", "since": since, "filter": filter})).await;
        let mut frames = socket.until(|frame| frame["type"] == "caught_up").await;
        assert_eq!(frames.pop().unwrap()["event_id"], end);
        let first = frames.iter().position(|frame| frame["type"] == "subscribed").unwrap();
        assert_eq!((&frames[first]["since"], &frames[first]["head"]), (&json!(since), &json!(end)));
        frames.split_off(first + 1).into_iter().map(bare).collect::<Vec<_>>()
    };
    for (query, filter, expected) in cases {
        assert_eq!(events_where(&http, since, query).await, expected, "{query}");
        assert_eq!(ask(&filter).await, expected, "{filter}");
        let path = format!("/api/v1/events/stream?since={since}{query}");
        let mut stream = http.sse("GET", &path, Value::Null, &[]).await;
        assert_eq!(take(&mut stream, expected.len()).await, expected, "{query}");
    }
    assert_eq!(
        ask(&json!({"department_id": "hr"})).await,
        all.iter().filter(|e| of_hr(e)).cloned().collect::<Vec<_>>()
    );
    for bad in ["entity_type=thing", "since=-1", "since=x", "limit=0"] {
        http.get(&format!("/api/v1/events?{bad}")).await.problem(400, "invalid_request");
    }
    let by_type = http.get("/api/v1/events/stats?hours=1").await.ok();
    assert_eq!(by_type["by_type"]["chat.message"], 6, "{by_type}");
    assert_eq!(number(&by_type["total"]), end);
}

#[tokio::test]
async fn a_position_of_another_log_is_reset() {
    let daena = program().start().await;
    let http = daena.http();
    let head = head(&http).await;
    let above = head + 1000;
    let page = http.get(&format!("/api/v1/events?since={above}")).await.ok();
    assert_eq!((&page["events"], &page["head"], &page["floor"]), (&json!([]), &json!(head), &json!(0)));
    assert_eq!(page["reset"], json!({"reason": "above_head", "head": head}));
    assert_eq!(number(&page["next"]), head, "whoever goes on gets what comes");

    let mut socket = Socket::connect(daena.base(), &format!("/api/v1/ws?since={above}")).await;
    let epoch = socket.next_of_type("hello").await["epoch"].clone();
    assert_eq!((&epoch, &page["epoch"]), (&page["epoch"], &epoch));
    let reset = socket.next().await;
    assert_eq!(reset, json!({"type": "reset", "reason": "above_head", "head": head}));
    let of_another = format!("/api/v1/ws?since={head}&epoch=another");
    let mut other = Socket::connect(daena.base(), &of_another).await;
    assert_eq!(other.next_of_type("reset").await["head"], head);
    let same = format!("/api/v1/ws?since={head}&epoch={}", text(&epoch));
    let mut same = Socket::connect(daena.base(), &same).await;
    same.next_of_type("hello").await;
    assert_eq!(same.next().await, json!({"type": "caught_up", "event_id": head}));
    let mut stream = http.sse("GET", &format!("/api/v1/events/stream?since={above}"), Value::Null, &[]).await;
    assert_eq!(stream.next().await.unwrap().name(), "reset");

    // After a reset all of them are live.
    let id = new_session(&http, "Live").await;
    assert_eq!(socket.next_of_type("event").await["entity_id"], id);
    assert_eq!(other.next_of_type("event").await["entity_id"], id);
    assert_eq!(take(&mut stream, 1).await[0]["entity_id"], id);
}

#[tokio::test]
async fn a_departments_session_is_seen_in_daenas_office_and_the_other_way_round_live_and_after_a_reload() {
    let company = Company::open(Script::echo()).await;
    let http = company.http();
    let open = async |path: &str| {
        let mut socket = Socket::connect(company.daena.base(), path).await;
        socket.next_of_type("hello").await;
        socket
    };
    let (mut office, mut engineering, mut hr) = (
        open("/api/v1/ws").await,
        open("/api/v1/ws/departments/engineering").await,
        open("/api/v1/ws/departments/hr").await,
    );
    let started = say(&http, ENGINEERING, "Hello from the department", None).await;
    let id = text(&started["session_id"]);
    let from_office = json!({"content": "Hello from the office"});
    http.post(&format!("{DAENA}/{id}/message"), from_office).await.with_status(200);
    let end = head(&http).await;
    let (seen, here) = (office.events_until(end).await, engineering.events_until(end).await);
    assert_eq!(seen, here);
    let types = texts(&seen, "event_type");
    let turn = ["chat.message", "chat.reply.started", "chat.message"];
    assert_eq!(types, [&["chat.session.created"][..], &turn, &turn].concat());

    let views = [
        (format!("{DAENA}/sessions"), format!("{DAENA}/{id}")),
        (format!("{ENGINEERING}/sessions"), format!("{ENGINEERING}/sessions/{id}")),
        (HISTORY.to_owned(), format!("{HISTORY}/{id}/messages")),
    ];
    let mut opened = Vec::new();
    for (listed, one) in &views {
        assert_eq!(http.get(listed).await.ok()["sessions"][0]["session_id"], id, "{listed}");
        opened.push(http.get(one).await.ok()["messages"].clone());
    }
    assert_eq!(list(&opened[0]).len(), 4);
    assert!(opened.iter().all(|messages| *messages == opened[0]));

    http.delete(&format!("{ENGINEERING}/sessions/{id}")).await.with_status(204);
    http.delete(&format!("{DAENA}/{id}")).await.problem(404, "not_found");
    http.delete(&format!("{ENGINEERING}/sessions/{id}")).await.problem(404, "not_found");
    for (listed, one) in &views {
        assert_eq!(http.get(listed).await.ok()["sessions"], json!([]), "{listed}");
        http.get(one).await.problem(404, "not_found");
    }
    let restored = http.post(&format!("{HISTORY}/{id}/restore"), json!({})).await.with_status(200);
    http.delete(&format!("{DAENA}/{id}")).await.with_status(204);
    http.get(&format!("{ENGINEERING}/sessions/{id}")).await.problem(404, "not_found");
    let end = head(&http).await;
    let (seen, here) = (office.events_until(end).await, engineering.events_until(end).await);
    assert_eq!(seen, here);
    assert_eq!(
        texts(&seen, "event_type"),
        ["chat.session.deleted", "chat.session.restored", "chat.session.deleted"]
    );
    assert_eq!(seen[1]["payload"], restored);

    // The other department saw nothing of all this: its first event is its own.
    let own = say(&http, HR, "Hello people", None).await;
    assert_eq!(hr.next_of_type("event").await["entity_id"], own["session_id"]);
}

#[tokio::test]
async fn a_change_that_is_refused_leaves_no_event() {
    let company = Company::open(Script::echo()).await;
    let http = company.http();
    let answer = say(&http, DAENA, "Hello there", None).await;
    let id = text(&answer["session_id"]);
    let before = fingerprint(&http).await;
    http.patch(&format!("{HISTORY}/{id}"), json!({"title": "x".repeat(201), "pinned": true}))
        .await
        .problem(422, "unprocessable");
    http.post(&format!("{HISTORY}/{id}/restore"), json!({})).await.problem(409, "conflict");
    http.post(HISTORY, json!({"scope_type": "department", "scope_id": "nowhere"}))
        .await
        .problem(404, "not_found");
    let stop = format!("/api/v1/messages/{}/stop", text(&answer["reply"]["message_id"]));
    http.request("POST", &stop).send().await.problem(409, "conflict");
    turn(&http, ENGINEERING, "Hello there", Some(id)).await.problem(404, "not_found");
    assert_eq!(fingerprint(&http).await, before);
}
