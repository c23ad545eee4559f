//! What the wire refuses, what fails, and who leaves.

use serde_json::json;
use testkit::{Fault, Http, Script};

use super::{CHAT, MODEL, ask, contents, error, in_session, session_of, with};
use crate::api::{NOBODY, head, messages, text, until_connected, until_status};
use crate::company::Company;

#[tokio::test]
async fn parameters_reach_the_model_and_impossible_ones_are_refused() {
    let company = Company::open(Script::echo()).await;
    let http = company.http();
    let params = json!({"temperature": 0.5, "top_p": 0.9, "max_completion_tokens": 7, "max_tokens": 9, "stop": "END", "seed": 4,
        "response_format": {"type": "json_object"}, "user": "somebody", "made_up": [1]});
    http.post(CHAT, with(ask(MODEL, "Hi"), params)).await.ok();
    let body = &company.model.chats()[0].body;
    let options = &body["options"];
    for (name, value) in [
        ("temperature", json!(0.5)),
        ("top_p", json!(0.9)),
        ("num_predict", json!(7)),
        ("stop", json!(["END"])),
        ("seed", json!(4)),
    ] {
        assert_eq!(options[name], value, "{name} in {body}");
    }
    assert_eq!(body["format"], "json");
    let before = head(&http).await;
    for (more, param) in [
        (json!({"temperature": 3}), "temperature"),
        (json!({"temperature": "warm"}), "temperature"),
        (json!({"top_p": -1}), "top_p"),
        (json!({"max_tokens": 0}), "max_tokens"),
        (json!({"n": 2}), "n"),
        (json!({"stop": ["1", "2", "3", "4", "5"]}), "stop"),
        (json!({"response_format": {"type": "xml"}}), "response_format.type"),
        (json!({"tools": [{"type": "web_search"}]}), "tools[0].type"),
        (json!({"tools": [{"type": "function", "function": {}}]}), "tools[0].function.name"),
        (json!({"tool_choice": "required"}), "tool_choice"),
        (json!({"messages": []}), "messages"),
        (json!({"messages": [{"role": "system", "content": "x"}]}), "messages"),
        (json!({"messages": [{"role": "king", "content": "x"}]}), "messages[0].role"),
        (json!({"messages": [{"role": "user"}]}), "messages[0].content"),
        (
            json!({"messages": [{"role": "system", "content": "x"}, {"role": "user", "content": " "}]}),
            "messages[1].content",
        ),
        (
            json!({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]}),
            "messages[0].content[0].type",
        ),
        (
            json!({"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]}),
            "messages",
        ),
        (
            json!({"messages": [{"role": "user", "content": "x"}, {"role": "tool", "content": "y"}]}),
            "messages[1].tool_call_id",
        ),
    ] {
        let answer = http.post(CHAT, with(ask(MODEL, "Hi"), more.clone())).await;
        let error = error(&answer, 400, "invalid_request");
        assert_eq!(
            (&error["param"], &error["type"]),
            (&json!(param), &json!("invalid_request_error")),
            "{more}: {error}"
        );
    }
    assert_eq!(head(&http).await, before, "nothing of it was stored");
}

#[tokio::test]
async fn every_refusal_has_the_wires_form_and_stores_nothing() {
    let company = Company::open(Script::echo()).await;
    let http = company.http();
    let before = head(&http).await;
    let unknown = error(&http.post(CHAT, ask("nobody", "Hi")).await, 404, "model_not_found");
    assert_eq!(unknown["param"], "model");
    error(&http.get("/v1/models/nobody").await, 404, "model_not_found");
    for path in ["/v1/embeddings", "/v1/completions"] {
        let missing = error(&http.post(path, json!({})).await, 404, "not_found");
        assert!(text(&missing["message"]).contains("/v1/chat/completions"), "{missing}");
    }
    error(&http.get(CHAT).await, 405, "method_not_allowed");
    error(&in_session(&http, NOBODY, ask("daena", "Hi")).await, 404, "not_found");
    error(&in_session(&http, "not-an-id", ask("daena", "Hi")).await, 404, "not_found");
    let long = "x".repeat(100_001);
    error(&http.post(CHAT, ask("daena", &long)).await, 413, "payload_too_large");
    let tools =
        json!({"tools": [{"type": "function", "function": {"name": "x"}}], "tool_choice": "required"});
    error(&http.post(CHAT, with(ask("daena", "Hi"), tools)).await, 400, "invalid_request");
    assert_eq!(head(&http).await, before);
    http.put("/api/v1/founder-panel/overrides/daena.paused", json!({"value": true, "reason": "rest"}))
        .await
        .ok();
    let before = head(&http).await;
    let paused = error(&http.post(CHAT, ask("daena", "Hi")).await, 403, "forbidden");
    assert_eq!(paused["type"], "permission_error");
    assert_eq!(head(&http).await, before);
    http.post(CHAT, ask(MODEL, "A model is not paused with her")).await.ok();
}

#[tokio::test]
async fn the_token_is_the_clients_key_and_without_tokens_any_key_will_do() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "sesame\n").unwrap();
    let model = testkit::ModelServer::start(Script::echo()).await;
    let daena = crate::company::program().ollama_url(model.url()).token_file(&file).start().await;
    for nobody in [Http::new(daena.base()), Http::new(daena.base()).with_token("guess")] {
        let refused = error(&nobody.post(CHAT, ask("daena", "Hi")).await, 401, "invalid_api_key");
        assert_eq!(refused["type"], "invalid_request_error");
        error(&nobody.get("/v1/models").await, 401, "invalid_api_key");
    }
    let http = Http::new(daena.base()).with_token("sesame");
    until_connected(&http, true).await;
    http.post(CHAT, ask("daena", "Hi")).await.ok();

    let open = Company::open(Script::echo()).await;
    open.http().with_token("sk-whatever").post(CHAT, ask("daena", "Hi")).await.ok();
}

#[tokio::test]
async fn offline_is_an_error_here_and_nothing_waits_for_the_brain() {
    let company = Company::open_offline(Script::echo(), |start| start).await;
    let http = company.http();
    let before = head(&http).await;
    for body in [ask("daena", "Hi"), ask(MODEL, "Hi"), with(ask("hr", "Hi"), json!({"stream": true}))] {
        let answer = http.post(CHAT, body).await;
        let offline = error(&answer, 503, "brain_offline");
        assert_eq!(offline["type"], "server_error");
        assert!(answer.header("retry-after").is_some());
    }
    assert_eq!(head(&http).await, before, "nothing was stored");
    let list = http.get("/v1/models").await.ok();
    let ids: Vec<&str> = list["data"].as_array().unwrap().iter().map(|model| text(&model["id"])).collect();
    assert_eq!(ids[0], "daena");
    assert!(ids.contains(&"hr") && ids.contains(&"hr-talent") && !ids.contains(&MODEL), "{ids:?}");
}

#[tokio::test]
async fn a_model_that_fails_is_an_error_and_a_repeat_makes_the_same_reply_again() {
    let company = Company::open(Script::fault(Fault::Status(500))).await;
    let http = company.http();
    let send = async |attempt: &str, key: Option<&str>| {
        let request = http.request("POST", CHAT).header("x-stainless-retry-count", attempt);
        let request = key.into_iter().fold(request, |request, key| request.header("idempotency-key", key));
        request.json(&ask("daena", "Hi")).send().await
    };
    for key in [None, Some("key-1")] {
        company.model.set(Script::fault(Fault::Status(500)));
        let first = send("0", key).await;
        error(&first, 502, "brain_error");
        let session = session_of(&first);
        company.model.set(Script::echo());
        let second = send("1", key).await;
        assert_eq!(session_of(&second), session);
        let body = second.ok();
        assert_eq!(body["choices"][0]["message"]["content"], "Hi");
        let stored = messages(&http, &session).await;
        assert_eq!(stored.len(), 2, "one turn: {stored:?}");
        assert_eq!(stored[1]["status"], "complete");
        let third = send("2", key).await;
        assert_eq!(third.ok()["id"], body["id"], "what is answered is given again");
    }
    let (one, two) = (send("0", None).await, send("0", None).await);
    assert_ne!(session_of(&one), session_of(&two), "the same request sent anew is another turn");
}

#[tokio::test]
async fn an_error_in_the_middle_ends_the_stream_and_the_text_so_far_is_kept() {
    let company = Company::open(Script::fault(Fault::ErrorLineAfter(2))).await;
    let http = company.http();
    let mut stream = http.sse("POST", CHAT, with(ask(MODEL, "Hi"), json!({"stream": true})), &[]).await;
    let session = stream.header("x-session-id").unwrap().to_owned();
    let mut events = Vec::new();
    while let Some(event) = stream.next().await {
        events.push(event.json());
    }
    let end = events.pop().unwrap();
    assert_eq!(
        (&end["error"]["type"], &end["error"]["code"]),
        (&json!("server_error"), &json!("brain_error"))
    );
    assert_eq!(contents(&events), "Hello from");
    let reply = &messages(&http, &session).await[1];
    assert_eq!((&reply["status"], &reply["content"]), (&json!("failed"), &json!("Hello from")));
}

#[tokio::test]
async fn the_reply_goes_on_when_the_client_leaves() {
    let company = Company::open(Script { hold_after: Some(1), ..Script::default() }).await;
    let http = company.http();
    let stream = http.sse("POST", CHAT, with(ask("daena", "Hi"), json!({"stream": true})), &[]).await;
    let session = stream.header("x-session-id").unwrap().to_owned();
    company.model.wait_for("the stream to be held", |stats| stats.held == 1).await;
    drop(stream);
    company.model.release();
    let reply = messages(&http, &session).await.pop().unwrap();
    let done = until_status(&http, text(&reply["message_id"]), "complete").await;
    assert_eq!(done["content"], "Hello from the model.");
}
