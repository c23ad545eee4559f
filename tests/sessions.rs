//! Sessions: listed, paged, marked, put into the trash, counted.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::Script;

use crate::api::{
    DAENA, ENGINEERING, HISTORY, HR, TALENT, events_after, fingerprint, head, list, messages, new_session,
    number, say, session, sessions, text, texts,
};
use crate::company::{Company, program};

#[tokio::test]
async fn a_list_is_paged_without_loss_or_repeat_while_new_sessions_come() {
    let daena = program().start().await;
    let http = daena.http();
    let titles: Vec<String> = (0..130).map(|place| format!("Session {place}")).collect();
    let made = join_all(titles.iter().map(|title| new_session(&http, title))).await;
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = http.get(&format!("{DAENA}/sessions?limit=7{cursor}")).await.ok();
        let there = list(&page["sessions"]);
        assert!(there.len() == 7 || page["next_cursor"].is_null(), "a page is full unless it is the last");
        assert_eq!(number(&page["total"]), 130 + (seen.len() / 7) as i64);
        assert!(number(&page["as_of"]) > 0);
        seen.extend_from_slice(there);
        // What is made now comes before all pages: it moves none of them.
        new_session(&http, "New on top").await;
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let mut ids = texts(&seen, "session_id");
    assert!(texts(&seen, "updated_at").is_sorted_by(|one, next| one >= next), "the last changed first");
    ids.sort_unstable();
    let mut expected: Vec<&str> = made.iter().map(String::as_str).collect();
    expected.sort_unstable();
    assert_eq!(ids, expected);

    for (limit, len) in [("1", 1), ("200", 149), ("201", 149), ("1000000", 149)] {
        let page = http.get(&format!("{HISTORY}?limit={limit}")).await.ok();
        assert_eq!(list(&page["sessions"]).len(), len, "{limit}");
    }
    for bad in [
        "limit=0",
        "limit=-1",
        "limit=x",
        "limit=",
        "cursor=x",
        "cursor=%00",
        "category=drawer",
        "pinned=maybe",
    ] {
        let problem = http.get(&format!("{HISTORY}?{bad}")).await.problem(400, "invalid_request");
        let name = bad.split('=').next().unwrap();
        assert_eq!(problem["errors"][0]["pointer"], format!("/{name}"), "{bad}");
    }
}

#[tokio::test]
async fn messages_are_paged_back_from_the_newest() {
    let company = Company::open(Script::echo()).await;
    let http = company.http();
    let id = new_session(&http, "Long").await;
    for place in 0..15 {
        say(&http, DAENA, &format!("Message {place}"), Some(&id)).await;
    }
    let all = messages(&http, &id).await;
    assert_eq!(all.len(), 30);
    let (mut pages, mut before) = (Vec::new(), String::new());
    loop {
        let page = http.get(&format!("{DAENA}/{id}?limit=4{before}")).await.ok();
        assert_eq!((&page["message_count"], &page["session"]["message_count"]), (&json!(30), &json!(30)));
        pages.push(list(&page["messages"]).to_vec());
        match page["next_cursor"].as_str() {
            Some(next) => before = format!("&before={next}"),
            None => break,
        }
    }
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [4, 4, 4, 4, 4, 4, 4, 2]);
    pages.reverse();
    assert_eq!(pages.concat(), all);
    let twice: Vec<String> =
        (0..15).flat_map(|place| [format!("Message {place}"), format!("Message {place}")]).collect();
    assert_eq!(texts(&all, "content"), twice);
}

#[tokio::test]
async fn each_view_lists_its_own_and_daenas_office_sees_all() {
    let company = Company::open(Script::echo()).await;
    let http = company.http();
    let begin = async |door: &str, agent: Option<&str>| {
        let body = json!({"message": "Hello there", "agent_id": agent});
        text(&http.post(door, body).await.ok()["session_id"]).to_owned()
    };
    let (daena, engineering, hr) =
        (begin(DAENA, None).await, begin(ENGINEERING, None).await, begin(HR, None).await);
    let (nexus, talent) = (begin(ENGINEERING, Some("engineering-nexus")).await, begin(TALENT, None).await);
    let listed = async |path: String| {
        let page = http.get(&path).await.ok();
        let mut ids: Vec<String> =
            texts(list(&page["sessions"]), "session_id").into_iter().map(str::to_owned).collect();
        assert_eq!(number(&page["total"]), ids.len() as i64, "{path}");
        ids.sort_unstable();
        ids
    };
    let sorted = |ids: &[&String]| {
        let mut ids: Vec<String> = ids.iter().map(|id| (*id).clone()).collect();
        ids.sort_unstable();
        ids
    };
    for (path, expected) in [
        (format!("{DAENA}/sessions"), sorted(&[&daena, &engineering, &hr, &nexus, &talent])),
        (format!("{DAENA}/sessions?category=all"), sorted(&[&daena, &engineering, &hr, &nexus, &talent])),
        (format!("{DAENA}/sessions?category=executive"), sorted(&[&daena])),
        (format!("{DAENA}/sessions?category=departments"), sorted(&[&engineering, &hr])),
        (format!("{DAENA}/sessions?category=agents"), sorted(&[&nexus, &talent])),
        (format!("{DAENA}/sessions?category=councils"), vec![]),
        (format!("{ENGINEERING}/sessions"), sorted(&[&engineering, &nexus])),
        (format!("{HR}/sessions"), sorted(&[&hr, &talent])),
        (format!("{TALENT}/sessions"), sorted(&[&talent])),
        ("/api/v1/agents/engineering-nexus/chat/sessions".to_owned(), sorted(&[&nexus])),
        ("/api/v1/agents/hr-culture/chat/sessions".to_owned(), vec![]),
        (format!("{HISTORY}?scope_type=department"), sorted(&[&engineering, &hr])),
        (format!("{HISTORY}?scope_type=agent&scope_id=hr-talent"), sorted(&[&talent])),
        (format!("{HISTORY}?department_id=hr"), sorted(&[&hr, &talent])),
    ] {
        assert_eq!(listed(path.clone()).await, expected, "{path}");
    }
    for path in [
        format!("{TALENT}/sessions/{talent}"),
        format!("{HR}/sessions/{talent}"),
        format!("{DAENA}/{talent}"),
    ] {
        assert_eq!(http.get(&path).await.ok()["session"]["session_id"], talent, "{path}");
    }
    for unknown in ["/api/v1/departments/nowhere/chat/sessions", "/api/v1/agents/nobody/chat/sessions"] {
        http.get(unknown).await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn what_is_changed_by_hand_is_seen_and_told_once() {
    let daena = program().start().await;
    let http = daena.http();
    let (id, other) = (new_session(&http, "Plans").await, new_session(&http, "Other").await);
    let path = format!("{HISTORY}/{id}");
    for change in [
        json!({"title": "  Renamed 漢 "}),
        json!({"pinned": true}),
        json!({"archived": true}),
        json!({"category": "general"}),
        json!({"title": "All at once", "pinned": false, "archived": false, "category": "executive"}),
    ] {
        let since = head(&http).await;
        let changed = http.patch(&path, change.clone()).await.with_status(200);
        for (field, value) in change.as_object().unwrap() {
            let value = value.as_str().map_or(value.clone(), |text| json!(text.trim()));
            assert_eq!(changed[field], value, "{change}");
        }
        assert_eq!(session(&http, &id).await, changed);
        let events = events_after(&http, since).await;
        assert_eq!(texts(&events, "event_type"), ["chat.session.updated"]);
        assert_eq!(events[0]["payload"], changed);
    }
    http.patch(&path, json!({"pinned": true, "archived": true})).await.with_status(200);
    for (query, expected) in [
        ("pinned=true", vec![&id]),
        ("pinned=false", vec![&other]),
        ("archived=true", vec![&id]),
        ("archived=false", vec![&other]),
        ("q=at+once", vec![&id]),
        ("q=OTHER", vec![&other]),
        ("q=%25", vec![]),
        ("deleted=true", vec![]),
    ] {
        assert_eq!(texts(&sessions(&http, query).await, "session_id"), expected, "{query}");
    }

    let before = fingerprint(&http).await;
    assert_eq!(http.patch(&path, json!({"pinned": true})).await.with_status(200)["pinned"], true);
    assert_eq!(http.patch(&path, json!({})).await.with_status(200)["title"], "All at once");
    for (change, status, code, pointer) in [
        (json!({"title": "x".repeat(201)}), 422, "unprocessable", "/title"),
        (json!({"title": " "}), 422, "unprocessable", "/title"),
        (json!({"title": 5}), 400, "invalid_request", "/title"),
        (json!({"pinned": "yes"}), 400, "invalid_request", "/pinned"),
        (json!({"category": "drawer"}), 400, "invalid_request", "/category"),
    ] {
        let problem = http.patch(&path, change.clone()).await.problem(status, code);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{change}");
    }
    assert_eq!(fingerprint(&http).await, before, "what changes nothing is no event");
}

#[tokio::test]
async fn a_session_goes_to_the_trash_and_back_and_then_for_good() {
    let company = Company::open(Script::echo()).await;
    let http = company.http();
    let answer = say(&http, DAENA, "Keep me", None).await;
    let (id, reply) = (text(&answer["session_id"]), text(&answer["reply"]["message_id"]));
    let path = format!("{HISTORY}/{id}");
    let whole = session(&http, id).await;
    let since = head(&http).await;

    http.delete(&path).await.with_status(204);
    http.delete(&path).await.problem(404, "not_found");
    http.delete(&format!("{DAENA}/{id}")).await.problem(404, "not_found");
    http.get(&path).await.problem(404, "not_found");
    http.get(&format!("/api/v1/messages/{reply}")).await.problem(404, "not_found");
    http.patch(&path, json!({"pinned": true})).await.problem(404, "not_found");
    assert_eq!(sessions(&http, "").await, Vec::<Value>::new());
    let trash = sessions(&http, "deleted=true").await;
    assert_eq!((texts(&trash, "session_id"), &trash[0]["is_active"]), (vec![id], &json!(false)));
    assert!(trash[0]["deleted_at"].is_string());

    let restored = http.post(&format!("{path}/restore"), json!({})).await.with_status(200);
    http.post(&format!("{path}/restore"), json!({})).await.problem(409, "conflict");
    assert_eq!(
        (&restored["deleted_at"], &restored["message_count"]),
        (&Value::Null, &whole["message_count"])
    );
    assert_eq!(session(&http, id).await, restored);
    assert_eq!(messages(&http, id).await, [answer["user_message"].clone(), answer["reply"].clone()]);
    assert_eq!(say(&http, DAENA, "Still here?", Some(id)).await["response"], "Still here?");

    http.delete(&path).await.with_status(204);
    http.delete(&format!("{path}?permanent=true")).await.with_status(204);
    http.delete(&format!("{path}?permanent=true")).await.problem(404, "not_found");
    http.post(&format!("{path}/restore"), json!({})).await.problem(404, "not_found");
    assert_eq!(sessions(&http, "deleted=true").await, Vec::<Value>::new());
    let events = events_after(&http, since).await;
    let about_session: Vec<(&str, &Value)> = events
        .iter()
        .map(|event| (text(&event["event_type"]), &event["payload"]["permanent"]))
        .filter(|(event_type, _)| event_type.starts_with("chat.session."))
        .collect();
    assert_eq!(
        about_session,
        [
            ("chat.session.deleted", &json!(false)),
            ("chat.session.restored", &Value::Null),
            ("chat.session.deleted", &json!(false)),
            ("chat.session.deleted", &json!(true)),
        ]
    );
}

#[tokio::test]
async fn counts_are_true() {
    let company = Company::open(Script::echo()).await;
    let http = company.http();
    for door in [DAENA, DAENA, ENGINEERING, HR, TALENT, TALENT] {
        say(&http, door, "Hello there", None).await;
    }
    let all = sessions(&http, "").await;
    let of = |field: &str, value: Value| {
        let mut ids = all.iter().filter(|session| session[field] == value);
        text(&ids.next().unwrap()["session_id"]).to_owned()
    };
    let binned = of("scope_id", json!("hr-talent"));
    http.delete(&format!("{HISTORY}/{binned}")).await.with_status(204);
    http.patch(&format!("{HISTORY}/{}", of("scope_type", json!("executive"))), json!({"pinned": true}))
        .await
        .ok();
    let moved = json!({"archived": true, "category": "general"});
    http.patch(&format!("{HISTORY}/{}", of("scope_id", json!("hr"))), moved).await.ok();

    let categories = http.get("/api/v1/chat-history/categories").await.ok();
    let counts: BTreeMap<&str, i64> = list(&categories["categories"])
        .iter()
        .map(|category| (text(&category["name"]), number(&category["count"])))
        .collect();
    assert_eq!(counts.len(), 12);
    let some: Vec<(&str, i64)> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
    assert_eq!(
        some,
        [
            ("agents", 1),
            ("department:engineering", 1),
            ("department:hr", 2),
            ("departments", 1),
            ("executive", 2),
            ("general", 1),
        ]
    );
    let stats = http.get("/api/v1/chat-history/stats").await.ok();
    let expected = json!({
        "sessions": 5, "deleted": 1, "pinned": 1, "archived": 1, "messages": 10,
        "by_category": {"executive": 2, "departments": 1, "agents": 1, "councils": 0, "general": 1},
    });
    assert_eq!(stats, expected);
    http.delete(&format!("{HISTORY}/{binned}?permanent=true")).await.with_status(204);
    let stats = http.get("/api/v1/chat-history/stats").await.ok();
    assert_eq!((&stats["deleted"], &stats["messages"]), (&json!(0), &json!(10)));
}

#[tokio::test]
async fn a_session_is_made_for_whom_it_names() {
    let daena = program().start().await;
    let http = daena.http();
    for (scope, category, department) in [
        (json!({"scope_type": "executive"}), "executive", Value::Null),
        (json!({"scope_type": "general"}), "general", Value::Null),
        (json!({"scope_type": "department", "scope_id": "legal"}), "departments", json!("legal")),
        (json!({"scope_type": "agent", "scope_id": "legal-ip"}), "agents", json!("legal")),
    ] {
        let made = http.post(HISTORY, scope.clone()).await.with_status(201);
        assert_eq!((&made["category"], &made["department_id"]), (&json!(category), &department), "{scope}");
        assert_eq!((&made["scope_type"], &made["scope_id"]), (&scope["scope_type"], &scope["scope_id"]));
        assert_eq!((&made["message_count"], &made["last_message"]), (&json!(0), &Value::Null));
        assert_eq!(session(&http, text(&made["session_id"])).await, made);
    }
    let before = fingerprint(&http).await;
    for (scope, status, code) in [
        (json!({}), 400, "invalid_request"),
        (json!({"scope_type": "planet"}), 400, "invalid_request"),
        (json!({"scope_type": "department"}), 422, "unprocessable"),
        (json!({"scope_type": "executive", "scope_id": "legal"}), 422, "unprocessable"),
        (json!({"scope_type": "department", "scope_id": "nowhere"}), 404, "not_found"),
        (json!({"scope_type": "agent", "scope_id": "nobody"}), 404, "not_found"),
        (json!({"scope_type": "council", "scope_id": "nowhere"}), 404, "not_found"),
    ] {
        http.post(HISTORY, scope).await.problem(status, code);
    }
    assert_eq!(fingerprint(&http).await, before);
}
