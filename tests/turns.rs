//! Turns: what is said, what is answered, and what is stored of it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::{Fault, Http, Script};

use crate::api::{
    DAENA, ENGINEERING, HISTORY, HR, NOBODY, TALENT, events_after, fingerprint, head, list, message,
    messages, new_session, say, session, text, texts, told, turn, until_messages, until_status,
};
use crate::company::Company;

/// A question of more words than a greeting has, so that a department asks its colleagues.
pub(crate) const QUESTION: &str = "What would you do next, and why that?";

/// Every way to have a turn, as a request that begins a session; the last one goes on in a session of its own.
async fn ways_to_ask(http: &Http) -> Vec<(String, Value)> {
    let started = http.post(&format!("{DAENA}/start"), json!({})).await.with_status(201);
    assert_eq!(started["success"], true);
    assert_eq!(started["session"]["session_id"], started["session_id"]);
    assert_eq!(started["session"]["message_count"], 1);
    let id = text(&started["session_id"]);
    let welcome = &messages(http, id).await[0];
    assert_eq!((&welcome["role"], &welcome["content"]), (&json!("assistant"), &started["welcome_message"]));
    vec![
        (DAENA.to_owned(), json!({"message": QUESTION})),
        (ENGINEERING.to_owned(), json!({"message": QUESTION})),
        (ENGINEERING.to_owned(), json!({"message": QUESTION, "agent_id": "engineering-nexus"})),
        (TALENT.to_owned(), json!({"message": QUESTION})),
        (format!("{DAENA}/{id}/message"), json!({"content": QUESTION})),
    ]
}

/// What an answer of every kind has, whether it is an answer, a deferral or a failure.
fn names_its_turn(answer: &Value, reply_status: &str) {
    let id = text(&answer["session_id"]);
    assert_eq!(id.len(), 36, "{answer}");
    for part in ["user_message", "reply"] {
        assert_eq!(answer[part]["session_id"], id, "{answer}");
    }
    assert_eq!(answer["user_message"]["content"], QUESTION);
    assert_eq!(answer["user_message"]["speaker"]["kind"], "founder");
    assert_eq!(answer["reply"]["parent_id"], answer["user_message"]["message_id"]);
    assert_eq!(answer["reply"]["status"], reply_status, "{answer}");
}

#[tokio::test]
async fn every_answer_names_its_session_with_the_brain_there() {
    let company = Company::open(Script::echo()).await;
    for (path, body) in ways_to_ask(&company.http()).await {
        let answer = company.http().post(&path, body.clone()).await.with_status(200);
        names_its_turn(&answer, "complete");
        assert_eq!((&answer["success"], &answer["offline"]), (&json!(true), &json!(false)));
        assert_eq!(answer["response"], answer["reply"]["content"]);
        assert_eq!(answer["response"], QUESTION);
        assert_eq!(answer["reply"]["model"], testkit::DEFAULT_MODEL);
        assert!(answer["reply"]["usage"]["completion_tokens"].as_i64() > Some(0), "{answer}");
        assert!(answer["reply"]["response_time_ms"].is_i64(), "{answer}");
        if path == ENGINEERING {
            let alone = body["agent_id"].is_string();
            let speaker =
                if alone { ("Nexus", "Senior Developer", 0) } else { ("Atlas", "Chief Engineer", 5) };
            assert_eq!(
                (&answer["agent_name"], &answer["agent_role"]),
                (&json!(speaker.0), &json!(speaker.1))
            );
            assert_eq!(answer["synthesized_from"], speaker.2, "{answer}");
            let scope = session(&company.http(), text(&answer["session_id"])).await;
            assert_eq!(scope["scope_type"], if alone { "agent" } else { "department" });
            assert_eq!(scope["department_id"], "engineering");
        }
    }
}

#[tokio::test]
async fn every_answer_names_its_session_with_the_brain_offline() {
    let company = Company::open_offline(Script::echo(), |start| start).await;
    for (path, body) in ways_to_ask(&company.http()).await {
        let answer = company.http().post(&path, body).await.with_status(200);
        names_its_turn(&answer, "deferred");
        assert_eq!((&answer["success"], &answer["offline"]), (&json!(true), &json!(true)));
        assert_eq!(
            (&answer["response"], &answer["reply"]["model"]),
            (&answer["reply"]["content"], &json!("offline"))
        );
        let notice = text(&answer["response"]);
        assert!(notice.contains(text(&answer["reply"]["speaker"]["name"])), "{notice}");
        assert!(notice.contains("offline") && notice.contains("kept"), "{notice}");
    }
    assert_eq!(company.model.stats().chats, 0);
}

#[tokio::test]
async fn every_answer_names_its_session_when_the_model_fails() {
    let company = Company::open(Script::fault(Fault::Status(500))).await;
    for (path, body) in ways_to_ask(&company.http()).await {
        let problem = company.http().post(&path, body).await.problem(502, "brain_error");
        names_its_turn(&problem, "failed");
        assert_eq!(problem["reply"]["error"]["code"], "brain_error", "{problem}");
        assert_eq!(problem["reply"]["content"], "");
        let stored = messages(&company.http(), text(&problem["session_id"])).await;
        assert_eq!(stored[stored.len() - 2], problem["user_message"]);
        assert_eq!(stored[stored.len() - 1], problem["reply"]);
    }
}

#[tokio::test]
async fn a_session_that_is_unknown_deleted_or_of_another_scope_is_not_found_and_nothing_is_stored() {
    let company = Company::open(Script::echo()).await;
    let http = company.http();
    let begin = async |door: &str, extra: Value| {
        let mut body = json!({"message": "Hello there"});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        text(&http.post(door, body).await.with_status(200)["session_id"]).to_owned()
    };
    let executive = begin(DAENA, json!({})).await;
    let engineering = begin(ENGINEERING, json!({})).await;
    let nexus = begin(ENGINEERING, json!({"agent_id": "engineering-nexus"})).await;
    let (hr, talent) = (begin(HR, json!({})).await, begin(TALENT, json!({})).await);
    let deleted = begin(DAENA, json!({})).await;
    http.delete(&format!("{DAENA}/{deleted}")).await.with_status(204);
    let general = http.post(HISTORY, json!({"scope_type": "general"})).await.with_status(201);
    let general = text(&general["session_id"]);

    let gone = [NOBODY, "no-id", "", &deleted];
    let agent = json!({"agent_id": "engineering-nexus"});
    let doors: [(&str, Value, Vec<&str>); 4] = [
        (DAENA, json!({}), vec![&engineering, &nexus, &hr, &talent, general]),
        (ENGINEERING, json!({}), vec![&executive, &nexus, &hr, &talent, general]),
        (ENGINEERING, agent, vec![&executive, &engineering, &talent, general]),
        (TALENT, json!({}), vec![&executive, &hr, &nexus, general]),
    ];
    let (before, asked) = (fingerprint(&http).await, company.model.stats().chats);
    for (door, extra, elsewhere) in &doors {
        for id in gone.iter().chain(elsewhere) {
            for place in [json!({"session_id": id}), json!({"context": {"session_id": id}})] {
                let mut body = json!({"message": "Lost", "stream": false});
                for more in [extra, &place] {
                    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
                }
                let problem = http.post(door, body).await.problem(404, "not_found");
                assert_eq!(problem["instance"], *door);
            }
        }
    }
    for id in [NOBODY, "no-id", &deleted] {
        http.post(&format!("{DAENA}/{id}/message"), json!({"content": "Lost"}))
            .await
            .problem(404, "not_found");
        http.get(&format!("{DAENA}/{id}")).await.problem(404, "not_found");
        http.delete(&format!("{DAENA}/{id}")).await.problem(404, "not_found");
    }
    for (view, id) in [
        ("departments/engineering", &executive),
        ("departments/engineering", &hr),
        ("departments/hr", &nexus),
        ("departments/nowhere", &engineering),
        ("agents/engineering-nexus", &engineering),
        ("agents/engineering-nexus", &talent),
        ("agents/nobody", &nexus),
    ] {
        let path = format!("/api/v1/{view}/chat/sessions/{id}");
        http.get(&path).await.problem(404, "not_found");
        http.delete(&path).await.problem(404, "not_found");
    }
    for agent in ["hr-talent", "nobody", "No Slug"] {
        let body = json!({"message": "Lost", "agent_id": agent});
        http.post(ENGINEERING, body).await.problem(404, "not_found");
    }
    for door in ["/api/v1/departments/nowhere/chat", "/api/v1/agents/nobody/chat"] {
        turn(&http, door, "Lost", None).await.problem(404, "not_found");
    }
    assert_eq!(fingerprint(&http).await, before);
    assert_eq!(company.model.stats().chats, asked);
}

#[tokio::test]
async fn five_messages_to_a_department_make_one_session_of_ten_however_the_id_is_passed() {
    let company = Company::open(Script::echo()).await;
    let http = company.http();
    let first = say(&http, ENGINEERING, "Hello one", None).await;
    let id = text(&first["session_id"]);
    let in_context = json!({"message": "Hello three", "context": {"session_id": id}});
    let both = json!({"message": "Hello five", "session_id": id, "context": {"session_id": id}});
    let answers = [
        say(&http, ENGINEERING, "Hello two", Some(id)).await,
        http.post(ENGINEERING, in_context).await.with_status(200),
        http.post(&format!("{DAENA}/{id}/message"), json!({"content": "Hello four"})).await.with_status(200),
        http.post(ENGINEERING, both).await.with_status(200),
    ];
    assert!(answers.iter().all(|answer| answer["session_id"] == id && answer["agent_name"] == "Atlas"));
    let listed = http.get("/api/v1/departments/engineering/chat/sessions").await.ok();
    assert_eq!((&listed["total"], list(&listed["sessions"]).len()), (&json!(1), 1));
    assert_eq!(listed["sessions"][0]["message_count"], 10);
    let opened = http.get(&format!("/api/v1/departments/engineering/chat/sessions/{id}")).await.ok();
    assert_eq!(opened["message_count"], 10);
    let said = ["one", "two", "three", "four", "five"].map(|word| format!("Hello {word}"));
    let twice: Vec<&str> = said.iter().flat_map(|text| [text.as_str(), text]).collect();
    assert_eq!(texts(list(&opened["messages"]), "content"), twice);
    assert_eq!(texts(list(&opened["messages"]), "role"), ["user", "assistant"].repeat(5));
}

#[tokio::test]
async fn one_turn_writes_one_message_event_for_each_message() {
    let company = Company::open(Script::echo()).await;
    let http = company.http();
    for (door, extra) in
        [(DAENA, None), (ENGINEERING, None), (ENGINEERING, Some("engineering-nexus")), (TALENT, None)]
    {
        let since = head(&http).await;
        let body = json!({"message": QUESTION, "agent_id": extra});
        let answer = http.post(door, body).await.with_status(200);
        let events = events_after(&http, since).await;
        let types = texts(&events, "event_type");
        assert_eq!(
            types,
            ["chat.session.created", "chat.message", "chat.reply.started", "chat.message"],
            "{door}"
        );
        assert!(events.iter().all(|event| event["entity_id"] == answer["session_id"]), "{door}");
        for part in ["user_message", "reply"] {
            let id = text(&answer[part]["message_id"]);
            assert_eq!(told(&events, "chat.message", id), 1, "{door} {part}");
            let event = events.iter().rfind(|event| event["payload"]["message_id"] == id).unwrap();
            assert_eq!(event["payload"], message(&http, id).await, "{door} {part}");
        }
    }
}

#[tokio::test]
async fn a_short_answer_is_an_answer() {
    let company = Company::open(Script::tokens(["4"])).await;
    let answer = say(&company.http(), DAENA, "2+2", None).await;
    assert_eq!((&answer["response"], &answer["reply"]["status"]), (&json!("4"), &json!("complete")));
}

#[tokio::test]
async fn a_second_turn_is_stored_at_once_and_answered_after_the_first() {
    let company = Company::open(Script { hold_after: Some(1), ..Script::echo() }).await;
    let http = company.http();
    let id = new_session(&http, "Two at once").await;
    let first = say(&http, DAENA, "one first", Some(&id));
    let second = async {
        company.model.wait_for("the first generation", |stats| stats.held == 1).await;
        say(&http, DAENA, "two second", Some(&id)).await
    };
    let releasing = async {
        until_messages(&http, &id, 4).await;
        let stored = messages(&http, &id).await;
        assert_eq!(texts(&stored, "role"), ["user", "assistant", "user", "assistant"]);
        assert_eq!(texts(&stored, "status")[3], "pending");
        assert_eq!(company.model.stats().chats, 1);
        company.model.release();
    };
    let (first, second, ()) = tokio::join!(first, second, releasing);
    assert_eq!((&first["response"], &second["response"]), (&json!("one first"), &json!("two second")));
    let prompt = &company.model.chats()[1].messages;
    let said: Vec<&str> = prompt[1..].iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(said, ["one first", "one first", "two second"]);
}

#[tokio::test]
async fn a_turn_goes_on_when_its_caller_hangs_up() {
    let company = Company::open(Script { hold_after: Some(2), ..Script::default() }).await;
    let http = company.http();
    let id = new_session(&http, "Left alone").await;
    {
        let asking = turn(&http, DAENA, "Go on without me", Some(&id));
        tokio::select! {
            _ = company.model.wait_for("the generation", |stats| stats.held == 1) => {}
            answer = asking => panic!("nobody released it: {answer}"),
        }
    }
    // The connection is closed by now. That its row says so takes a checkpoint more.
    let reply = text(&messages(&http, &id).await[1]["message_id"]).to_owned();
    until_status(&http, &reply, "streaming").await;
    company.model.release();
    let made = until_status(&http, &reply, "complete").await;
    assert_eq!(
        (&made["content"], company.model.stats().streams_cancelled),
        (&json!("Hello from the model."), 0)
    );
}

#[tokio::test]
async fn too_many_open_replies_are_refused_as_busy() {
    let directory = Arc::new(TempDir::new().unwrap());
    let company = Company::open_with(Script { hold_after: Some(0), ..Script::default() }, |start| {
        start.in_directory(directory).config("[chat]\nmax_open_replies = 3\n")
    })
    .await;
    let http = company.http();
    let waiting = join_all((0..3).map(|_| say(&http, DAENA, "Hello", None)));
    let refused = async {
        company.model.wait_for("the three generations", |stats| stats.held == 3).await;
        let before = fingerprint(&http).await;
        turn(&http, DAENA, "One too many", None).await.problem(503, "busy");
        assert_eq!(fingerprint(&http).await, before);
        company.model.release();
    };
    let (answers, ()) = tokio::join!(waiting, refused);
    assert_eq!(answers.len(), 3);
    testkit::wait_until("room for another turn", Duration::from_secs(5), async || {
        (turn(&http, DAENA, "There is room again", None).await.status == 200).then_some(())
    })
    .await;
}
