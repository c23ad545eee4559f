//! The OpenAI wire, byte for byte: turns of the company for programs that know nothing of it.

mod refusals;

use serde_json::{Value, json};
use testkit::{Http, Response, Script, SseEvent};

use crate::api::{messages, session, text, until_connected};
use crate::company::Company;
use crate::turns::QUESTION;

const CHAT: &str = "/v1/chat/completions";
const MODEL: &str = testkit::DEFAULT_MODEL;

fn ask(model: &str, text: &str) -> Value {
    json!({"model": model, "messages": [{"role": "user", "content": text}]})
}

fn with(mut body: Value, more: Value) -> Value {
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn session_of(answer: &Response) -> String {
    answer.header("x-session-id").expect("every answer names its session").to_owned()
}

async fn in_session(http: &Http, session: &str, body: Value) -> Response {
    http.request("POST", CHAT).header("x-session-id", session).json(&body).send().await
}

/// An error of the wire.
#[track_caller]
fn error(answer: &Response, status: u16, code: &str) -> Value {
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (status, Some("application/json")),
        "{answer}"
    );
    let body = &answer.body;
    let keys: Vec<&String> = body["error"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["message", "type", "param", "code"], "{body}");
    assert_eq!(body["error"]["code"], code, "{body}");
    body["error"].clone()
}

/// All chunks of a stream but the final word, which must be there.
async fn chunks(http: &Http, body: Value) -> (String, Vec<Value>) {
    let mut stream = http.sse("POST", CHAT, with(body, json!({"stream": true})), &[]).await;
    let session = stream.header("x-session-id").unwrap().to_owned();
    let mut events: Vec<SseEvent> = Vec::new();
    while let Some(event) = stream.next().await {
        events.push(event);
    }
    assert_eq!(events.pop().unwrap().data, "[DONE]");
    (session, events.iter().map(SseEvent::json).collect())
}

fn contents(chunks: &[Value]) -> String {
    chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str()).collect()
}

#[tokio::test]
async fn an_answer_has_the_form_of_the_wire_and_is_a_turn_of_the_company() {
    let company = Company::open(Script::default()).await;
    let http = company.http();
    for (model, scope) in
        [("daena", "executive"), ("hr", "department"), ("hr-talent", "agent"), (MODEL, "general")]
    {
        let answer = http.post(CHAT, ask(model, "Hello")).await;
        let (session_id, body) = (session_of(&answer), answer.ok());
        let stored = messages(&http, &session_id).await;
        assert_eq!(stored.len(), 2);
        let reply = &stored[1];
        let expected = json!({
            "id": format!("chatcmpl-{}", text(&reply["message_id"])), "object": "chat.completion",
            "created": body["created"], "model": model,
            "choices": [{
                "index": 0, "logprobs": null, "finish_reason": "stop",
                "message": {"role": "assistant", "content": "Hello from the model.", "refusal": null},
            }],
            "usage": {
                "prompt_tokens": reply["usage"]["prompt_tokens"], "completion_tokens": 4,
                "total_tokens": reply["usage"]["prompt_tokens"].as_i64().unwrap() + 4,
            },
        });
        assert_eq!(body, expected);
        assert!(body["created"].as_i64() > Some(1_700_000_000), "{body}");
        assert_eq!(
            (&stored[0]["content"], &reply["content"]),
            (&json!("Hello"), &json!("Hello from the model."))
        );
        assert_eq!(session(&http, &session_id).await["scope_type"], scope);
        let office = http.get(&format!("/api/v1/daena/chat/{session_id}")).await.ok();
        assert_eq!(office["session"]["session_id"], session_id.as_str(), "Daena's office shows it");
    }
    let raw = &company.model.chats()[3];
    assert_eq!(raw.messages, [("user".to_owned(), "Hello".to_owned())], "a model as itself has no persona");
}

#[tokio::test]
async fn a_stream_tells_who_speaks_then_the_text_then_why_it_ended() {
    let company = Company::open(Script { hold_after: Some(1), ..Script::default() }).await;
    let http = company.http();
    let body = with(ask(MODEL, "Hi"), json!({"stream_options": {"include_usage": true}}));
    let released = async {
        company.model.wait_for("the stream to be held", |stats| stats.held == 1).await;
        company.model.release();
    };
    let ((session, chunks), ()) = tokio::join!(chunks(&http, body), released);
    let reply = &messages(&http, &session).await[1];
    let (id, created) = (format!("chatcmpl-{}", text(&reply["message_id"])), chunks[0]["created"].clone());
    let chunk = |choices: Value, usage: Value| {
        json!({"id": id, "object": "chat.completion.chunk", "created": created, "model": MODEL,
            "choices": choices, "usage": usage})
    };
    let choice = |delta: Value, reason: Value| json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": reason}]);
    assert_eq!(
        chunks[0],
        chunk(choice(json!({"role": "assistant", "content": ""}), Value::Null), Value::Null)
    );
    assert_eq!(contents(&chunks), "Hello from the model.");
    let [.., end, usage] = chunks.as_slice() else { panic!("{chunks:?}") };
    assert_eq!(*end, chunk(choice(json!({}), json!("stop")), Value::Null));
    let tokens = reply["usage"]["prompt_tokens"].as_i64().unwrap();
    let used = json!({"prompt_tokens": tokens, "completion_tokens": 4, "total_tokens": tokens + 4});
    assert_eq!(*usage, chunk(json!([]), used));

    let (_, bare) = self::chunks(&http, ask("daena", "Hi")).await;
    assert!(bare.iter().all(|chunk| chunk.get("usage").is_none()), "nobody asked for it");
}

#[tokio::test]
async fn what_came_before_is_the_requests_without_a_session_and_the_sessions_with_one() {
    let company = Company::open(Script::echo()).await;
    let http = company.http();
    let talk = json!([
        {"role": "system", "content": "Speak like a pirate."},
        {"role": "user", "content": "My name is Ada"},
        {"role": "assistant", "content": "Ahoy Ada"},
        {"role": "developer", "content": [{"type": "text", "text": "Be "}, {"type": "text", "text": "brief."}]},
        {"role": "user", "content": [{"type": "text", "text": "Who "}, {"type": "text", "text": "am I?"}]},
    ]);
    let said = |role: &str, text: &str| (role.to_owned(), text.to_owned());
    for model in ["daena", MODEL] {
        let before = company.model.chats().len();
        let answer = http.post(CHAT, json!({"model": model, "messages": talk})).await;
        let session = session_of(&answer);
        assert_eq!(answer.ok()["choices"][0]["message"]["content"], "Who am I?");
        let stored = messages(&http, &session).await;
        assert_eq!(stored.len(), 2, "only the last message of the user and the answer are stored");
        assert_eq!(stored[0]["content"], "Who am I?");

        let body = json!({"model": model, "messages": [
            {"role": "user", "content": "What was said elsewhere"}, {"role": "assistant", "content": "is left out"},
            {"role": "user", "content": "And now?"}]});
        let again = in_session(&http, &session, body).await;
        assert_eq!(session_of(&again), session);
        again.ok();
        assert_eq!(messages(&http, &session).await.len(), 4);

        let prompts: Vec<_> =
            company.model.chats()[before..].iter().map(|chat| chat.messages.clone()).collect();
        let system = &prompts[0][0];
        assert!(
            system.0 == "system" && system.1.ends_with("Speak like a pirate.\n\nBe brief."),
            "{system:?}"
        );
        assert_eq!(system.1.starts_with("You are Daena"), model == "daena");
        assert_eq!(
            prompts[0][1..],
            [said("user", "My name is Ada"), said("assistant", "Ahoy Ada"), said("user", "Who am I?")]
        );
        let rest = if model == "daena" { &prompts[1][1..] } else { &prompts[1][..] };
        assert_eq!(
            rest,
            [said("user", "Who am I?"), said("assistant", "Who am I?"), said("user", "And now?")]
        );
    }
}

fn weather() -> Value {
    let tool = json!({"type": "function", "function": {"name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}});
    json!({"tools": [tool], "tool_choice": "auto"})
}

/// A model that first asks for the weather in two places, and then answers.
fn forecaster() -> Script {
    let calls = ["Rome", "Oslo"].map(|city| ("weather".to_owned(), json!({"city": city})));
    Script { calls: calls.to_vec(), ..Script::tokens(["Let me look."]) }
}

#[tokio::test]
async fn calls_of_tools_pass_through_and_their_answers_go_on_in_the_same_session() {
    for wire in ["ollama", "openai"] {
        let model = testkit::ModelServer::start(forecaster()).await;
        let program = crate::company::program();
        let daena = match wire {
            "ollama" => program.ollama_url(model.url()),
            _ => program.openai_url(model.openai_url()),
        };
        let company = Company { daena: daena.start().await, model };
        let http = company.http();
        until_connected(&http, true).await;

        let first = http.post(CHAT, with(ask(MODEL, QUESTION), weather())).await;
        let session = session_of(&first);
        let choice = first.ok()["choices"][0].clone();
        assert_eq!(choice["finish_reason"], "tool_calls", "{choice}");
        assert_eq!(choice["message"]["content"], "Let me look.");
        let calls = choice["message"]["tool_calls"].as_array().unwrap();
        assert_eq!(calls.len(), 2);
        assert_eq!(
            (&calls[0]["type"], &calls[0]["function"]["name"]),
            (&json!("function"), &json!("weather"))
        );
        assert_eq!(calls[1]["function"]["arguments"], r#"{"city":"Oslo"}"#);
        let stored = &messages(&http, &session).await[1];
        let told = "Let me look.\n\n→ weather({\"city\":\"Rome\"})\n→ weather({\"city\":\"Oslo\"})";
        assert_eq!(stored["content"], told);

        let (streamed_session, chunks) = chunks(&http, with(ask(MODEL, QUESTION), weather())).await;
        assert_ne!(streamed_session, session);
        assert_eq!(contents(&chunks), "Let me look.");
        let pieces: Vec<&Value> = chunks
            .iter()
            .filter_map(|chunk| chunk["choices"][0]["delta"]["tool_calls"].as_array())
            .flatten()
            .collect();
        let joined = |place: u64| -> String {
            let of = pieces.iter().filter(|piece| piece["index"] == place);
            of.filter_map(|piece| piece["function"]["arguments"].as_str()).collect()
        };
        assert_eq!((joined(0).as_str(), joined(1).as_str()), (r#"{"city":"Rome"}"#, r#"{"city":"Oslo"}"#));
        assert!(pieces.iter().any(|piece| piece["id"].is_string() && piece["type"] == "function"));
        assert_eq!(chunks.last().unwrap()["choices"][0]["finish_reason"], "tool_calls");

        // The answers of the tools, without a word of which session it is: the ids of the calls say it.
        let mut talk = vec![json!({"role": "user", "content": QUESTION}), choice["message"].clone()];
        for (call, weather) in calls.iter().zip(["sun", "snow"]) {
            talk.push(json!({"role": "tool", "tool_call_id": call["id"], "content": weather}));
        }
        company.model.set(Script { calls: forecaster().calls, ..Script::tokens(["Sun and snow."]) });
        let body = with(json!({"model": MODEL, "messages": talk}), weather());
        let second = http.post(CHAT, body).await;
        assert_eq!(session_of(&second), session, "{wire}");
        assert_eq!(second.ok()["choices"][0]["finish_reason"], "stop");
        let stored = messages(&http, &session).await;
        assert_eq!(stored.len(), 3, "the question is not stored once more");
        assert_eq!(
            (&stored[2]["content"], &stored[2]["parent_id"]),
            (&json!("Sun and snow."), &stored[1]["message_id"])
        );
        let asked = company.model.chats().pop().unwrap();
        let roles: Vec<&str> = asked.messages.iter().map(|(role, _)| role.as_str()).collect();
        assert_eq!(roles, ["user", "assistant", "tool", "tool"]);
        let (call, told) = (&asked.body["messages"][1]["tool_calls"][1], &asked.body["messages"][3]);
        match wire {
            "ollama" => {
                assert_eq!(*call, json!({"function": {"name": "weather", "arguments": {"city": "Oslo"}}}));
                assert_eq!(*told, json!({"role": "tool", "content": "snow", "tool_name": "weather"}));
            }
            _ => {
                let function = json!({"name": "weather", "arguments": "{\"city\":\"Oslo\"}"});
                assert_eq!(*call, json!({"id": "call_1", "type": "function", "function": function}));
                assert_eq!(*told, json!({"role": "tool", "content": "snow", "tool_call_id": "call_1"}));
            }
        }
        // With the session named, its own talk and the answers of the tools are the prompt.
        let named = in_session(&http, &session, json!({"model": MODEL, "messages": talk})).await;
        named.ok();
        let roles: Vec<String> =
            company.model.chats().pop().unwrap().messages.into_iter().map(|(role, _)| role).collect();
        assert_eq!(roles, ["user", "assistant", "tool", "tool"]);
        assert_eq!(messages(&http, &session).await.len(), 4);
        error(&http.post(CHAT, json!({"model": "daena", "messages": talk})).await, 400, "invalid_request");
    }
}

#[tokio::test]
async fn an_answer_that_was_cut_off_says_so() {
    let company = Company::open(Script { cut_off: true, ..Script::default() }).await;
    let answer = company.http().post(CHAT, ask("daena", "Hi")).await.ok();
    assert_eq!(answer["choices"][0]["finish_reason"], "length");
    let (_, chunks) = chunks(&company.http(), ask(MODEL, "Hi")).await;
    assert_eq!(chunks.last().unwrap()["choices"][0]["finish_reason"], "length");
}

#[tokio::test]
async fn the_list_names_the_company_and_its_models_and_a_name_that_is_taken_has_raw_before_it() {
    let models = ["hr", "hf.co/some one/model:q4", MODEL].map(|name| testkit::ModelCard::new(name, 8192));
    let company = Company::open(Script { models: models.to_vec(), ..Script::default() }).await;
    let http = company.http();
    let list = http.get("/v1/models").await.ok();
    assert_eq!(list["object"], "list");
    let data = list["data"].as_array().unwrap();
    assert_eq!(data[0], json!({"id": "daena", "object": "model", "created": 0, "owned_by": "daena"}));
    let find =
        |id: &str| data.iter().find(|model| model["id"] == id).unwrap_or_else(|| panic!("{id} in {list}"));
    assert_eq!(find("hr")["owned_by"], "daena");
    assert_eq!(find("raw/hr")["owned_by"], "ollama");
    assert_eq!(find(MODEL)["created"], 1_767_323_045);
    let one = http.get("/v1/models/hf.co%2Fsome%20one%2Fmodel:q4").await.ok();
    assert_eq!(one, *find("hf.co/some one/model:q4"));
    assert_eq!(http.get("/v1/models/raw/hr").await.ok(), *find("raw/hr"));
    // What can be asked can be read, by the name it was asked by.
    let raw = format!("raw/{MODEL}");
    let one = http.get(&format!("/v1/models/{raw}")).await.ok();
    assert_eq!(
        (&one["id"], &one["owned_by"], &one["created"]),
        (&json!(raw), &json!("ollama"), &json!(1_767_323_045))
    );
    for none in ["raw/nothing", "raw/sales", "raw/", "nothing"] {
        error(&http.get(&format!("/v1/models/{none}")).await, 404, "model_not_found");
    }

    let scope = async |model: &str| {
        let answer = http.post(CHAT, ask(model, "Hello")).await;
        session(&http, &session_of(&answer)).await["scope_type"].clone()
    };
    assert_eq!((scope("hr").await, scope("raw/hr").await), (json!("department"), json!("general")));
    assert_eq!(company.model.chats().pop().unwrap().body["model"], "hr");
    assert_eq!(scope("hf.co/some one/model:q4").await, "general");
}
