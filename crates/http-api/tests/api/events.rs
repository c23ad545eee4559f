use crate::house::House;
use serde_json::{Value, json};

fn positions(events: &[Value]) -> Vec<i64> {
    events.iter().map(|event| event["event_id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn the_log_pages_without_loss_or_repeat() {
    let house = House::new().await;
    for n in 0..4 {
        house.say(&n.to_string()).await;
    }
    let head = house.head();
    let (mut since, mut seen) = (0, Vec::new());
    loop {
        let page = house.http.get(&format!("/api/v1/events?limit=7&since={since}")).await.ok();
        assert_eq!((&page["head"], &page["floor"]), (&json!(head), &json!(0)));
        assert!(page["epoch"].is_string());
        let events = page["events"].as_array().unwrap().clone();
        since = page["next"].as_i64().unwrap();
        if events.is_empty() {
            break;
        }
        seen.extend(positions(&events));
    }
    assert_eq!(seen, (1..=head).collect::<Vec<_>>());
    assert_eq!(since, head);
    house.end().await;
}

#[tokio::test]
async fn filters_admit_types_kinds_and_things() {
    let house = House::new().await;
    let one = house.say("one").await["session_id"].as_str().unwrap().to_owned();
    house.say("two").await;
    let list = async |query: &str| house.http.get(&format!("/api/v1/events?limit=200&{query}")).await.ok();
    let messages = list("event_type=chat.message").await;
    assert_eq!(messages["events"].as_array().unwrap().len(), 4);
    assert_eq!(messages["events"][0]["payload"]["content"], "one");
    let several = list("event_type=chat.message,chat.reply.started").await;
    assert_eq!(several["events"].as_array().unwrap().len(), 6);
    let of_one = list(&format!("entity_type=chat&entity_id={one}")).await;
    assert!(of_one["events"].as_array().unwrap().iter().all(|event| event["entity_id"] == one));
    assert_eq!(list("event_type=no.such").await["events"], json!([]));
    let counts = house.http.get("/api/v1/events/stats?hours=1").await.ok();
    assert_eq!(counts["by_type"]["chat.message"], 4);
    assert_eq!(counts["total"], house.head());
    let by_hour = counts["by_hour"].as_array().unwrap();
    let sum: i64 = by_hour.iter().map(|hour| hour["count"].as_i64().unwrap()).sum();
    assert_eq!((by_hour.len(), json!(sum)), (2, counts["total"].clone()), "{by_hour:?}");
    let long = house.http.get("/api/v1/events/stats?hours=9000").await.ok();
    assert_eq!(long["by_hour"].as_array().unwrap().len(), 169);
    house.end().await;
}

#[tokio::test]
async fn the_stream_replays_then_follows() {
    let house = House::new().await;
    house.say("before").await;
    let head = house.head();
    let mut stream =
        house.http.sse("GET", &format!("/api/v1/events/stream?since={}", head - 2), json!(null), &[]).await;
    let id = format!("{}", head - 1);
    let mut resumed =
        house.http.sse("GET", "/api/v1/events/stream?since=0", json!(null), &[("last-event-id", &id)]).await;
    let mut live = house.http.sse("GET", "/api/v1/events/stream", json!(null), &[]).await;
    for expected in [head - 1, head] {
        let event = stream.next().await.unwrap();
        assert_eq!((event.event.as_deref(), event.id), (None, Some(expected.to_string())));
    }
    assert_eq!(resumed.next().await.unwrap().id, Some(head.to_string()));
    house.say("after").await;
    for stream in [&mut stream, &mut resumed, &mut live] {
        let event = stream.next().await.unwrap();
        assert_eq!(event.json()["event_id"], head + 1);
        assert_eq!(event.json()["event_type"], "chat.session.created");
    }
    house.end().await;
}

#[tokio::test]
async fn a_stream_from_beyond_the_log_says_reset_once_and_goes_on() {
    let house = House::new().await;
    let head = house.head();
    let mut stream = house.http.sse("GET", "/api/v1/events/stream?since=999999", json!(null), &[]).await;
    let reset = stream.next().await.unwrap();
    assert_eq!((reset.name(), reset.id.as_deref()), ("reset", Some(head.to_string().as_str())));
    assert_eq!(reset.json(), json!({"reason": "above_head", "head": head}));
    house.say("hi").await;
    assert_eq!(stream.next().await.unwrap().json()["event_id"], head + 1);
    house.end().await;
}

#[tokio::test]
async fn a_page_from_beyond_the_log_says_reset_and_the_next_one_goes_on() {
    let house = House::new().await;
    let head = house.head();
    let at_the_head = house.http.get(&format!("/api/v1/events?since={head}")).await.ok();
    assert_eq!((&at_the_head["reset"], &at_the_head["next"]), (&json!(null), &json!(head)));
    for query in [format!("since={}", head + 1), "since=999999&event_type=chat.message".to_owned()] {
        let page = house.http.get(&format!("/api/v1/events?{query}")).await.ok();
        assert_eq!(page["reset"], json!({"reason": "above_head", "head": head}), "{query}");
        assert_eq!((&page["events"], &page["next"], &page["head"]), (&json!([]), &json!(head), &json!(head)));
    }
    house.say("hi").await;
    let next = house.http.get(&format!("/api/v1/events?since={head}")).await.ok();
    assert_eq!((&next["events"][0]["event_id"], &next["reset"]), (&json!(head + 1), &json!(null)));
    house.end().await;
}
