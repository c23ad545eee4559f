//! The company as an MCP server: over HTTP, and over lines with `daena mcp`.

use futures_util::future::join_all;
use serde_json::{Value, json};
use std::process::Stdio;
use tempfile::TempDir;
use testkit::{Daena, Http, ModelServer, Response, Script};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::api::{NOBODY, head, messages, text, until_connected};
use crate::company::{Company, program};

const TOOLS: [&str; 7] = [
    "ask_daena",
    "ask_department",
    "ask_agent",
    "ask_council",
    "search_history",
    "list_tasks",
    "create_task",
];

fn request(method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": "é 1", "method": method, "params": params})
}

async fn post(http: &Http, body: Value) -> Response {
    http.request("POST", "/mcp")
        .header("accept", "application/json, text/event-stream")
        .json(&body)
        .send()
        .await
}

async fn result(http: &Http, method: &str, params: Value) -> Value {
    let answer = post(http, request(method, params)).await.ok();
    assert_eq!((&answer["jsonrpc"], &answer["id"]), (&json!("2.0"), &json!("é 1")), "{answer}");
    assert!(answer.get("error").is_none(), "{answer}");
    answer["result"].clone()
}

async fn call(http: &Http, tool: &str, arguments: Value) -> Value {
    let result = result(http, "tools/call", json!({"name": tool, "arguments": arguments})).await;
    assert_eq!(result["isError"], false, "{result}");
    result
}

async fn refusal(http: &Http, tool: &str, arguments: Value) -> String {
    let result = result(http, "tools/call", json!({"name": tool, "arguments": arguments})).await;
    assert_eq!(result["isError"], true, "{result}");
    assert_eq!(result["structuredContent"]["error"], result["content"][0]["text"]);
    text(&result["content"][0]["text"]).to_owned()
}

#[tokio::test]
async fn a_host_gets_to_know_the_company_and_its_tools() {
    let company = Company::open(Script::default()).await;
    let http = company.http();
    for (asked, agreed) in
        [("2025-06-18", "2025-06-18"), ("2024-11-05", "2024-11-05"), ("1999-01-01", "2025-11-25")]
    {
        let params = json!({"protocolVersion": asked, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
        let begun = result(&http, "initialize", params).await;
        assert_eq!(begun["protocolVersion"], agreed);
        assert_eq!(begun["capabilities"], json!({"tools": {}}));
        assert_eq!(begun["serverInfo"]["name"], "daena");
    }
    let told = post(&http, json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
    assert_eq!((told.status, told.text.as_str()), (202, ""));
    assert_eq!(result(&http, "ping", json!({})).await, json!({}));
    let listed = result(&http, "tools/list", json!({})).await;
    let names: Vec<&str> =
        listed["tools"].as_array().unwrap().iter().map(|tool| text(&tool["name"])).collect();
    assert_eq!(names, TOOLS);
    for tool in listed["tools"].as_array().unwrap() {
        assert_eq!(tool["inputSchema"]["type"], "object", "{tool}");
        assert!(tool["description"].as_str().is_some() && tool["annotations"].is_object(), "{tool}");
    }
}

#[tokio::test]
async fn daena_a_department_and_an_agent_answer_in_a_conversation_that_goes_on() {
    let company = Company::open(Script::default()).await;
    let http = company.http();
    for (tool, whom) in [
        ("ask_daena", json!({})),
        ("ask_department", json!({"department": "hr"})),
        ("ask_agent", json!({"agent": "hr-talent"})),
    ] {
        let mut arguments = whom.clone();
        arguments["message"] = json!("Hello");
        let said = call(&http, tool, arguments.clone()).await;
        let told = &said["structuredContent"];
        assert_eq!(said["content"], json!([{"type": "text", "text": "Hello from the model."}]));
        assert_eq!((&told["response"], &told["offline"]), (&json!("Hello from the model."), &json!(false)));
        let session = text(&told["session_id"]).to_owned();
        arguments["session_id"] = json!(session);
        let again = call(&http, tool, arguments).await;
        assert_eq!(again["structuredContent"]["session_id"], session);
        assert_eq!(messages(&http, &session).await.len(), 4, "{tool}");
    }
}

#[tokio::test]
async fn a_council_debates_to_its_end_and_can_be_waited_for_again() {
    let company = Company::open(Script::default()).await;
    let http = company.http();
    let councils = http.get("/api/v1/councils").await.ok();
    let council = text(&councils["councils"][0]["slug"]).to_owned();
    let arguments = json!({"council": council, "topic": "Tea or coffee?", "rounds": 1});
    let said = call(&http, "ask_council", arguments).await;
    let told = &said["structuredContent"];
    assert_eq!((&told["status"], &told["topic"]), (&json!("synthesized"), &json!("Tea or coffee?")));
    let recommendation = text(&told["synthesis"]["recommendation"]);
    assert!(text(&said["content"][0]["text"]).starts_with(recommendation), "{said}");
    let again = call(&http, "ask_council", json!({"session_id": told["session_id"]})).await;
    assert_eq!(again, said);
}

#[tokio::test]
async fn tasks_are_made_and_listed_and_the_history_is_searched() {
    let company = Company::open(Script::default()).await;
    let http = company.http();
    let nothing = call(&http, "list_tasks", json!({})).await;
    assert_eq!(nothing["content"][0]["text"], "Nothing.");
    let made =
        call(&http, "create_task", json!({"title": "Water the plants", "agent_id": "hr-talent"})).await;
    assert_eq!(made["structuredContent"]["status"], "pending");
    let listed = call(&http, "list_tasks", json!({"status": "pending"})).await;
    assert_eq!(listed["structuredContent"]["tasks"][0]["task_id"], made["structuredContent"]["task_id"]);

    let asked = call(&http, "ask_daena", json!({"message": "Where is the walrus?"})).await;
    let found = call(&http, "search_history", json!({"query": "walrus"})).await;
    let session = &asked["structuredContent"]["session_id"];
    assert_eq!(&found["structuredContent"]["hits"][0]["session"]["session_id"], session);
    assert!(text(&found["content"][0]["text"]).contains("Where is the walrus?"), "{found}");
}

#[tokio::test]
async fn a_task_that_is_sent_again_is_made_once_also_after_a_restart() {
    let mut company = Company::open(Script::default()).await;
    let send = async |http: &Http, key: &str, tool: &str, arguments: Value| {
        let body = request("tools/call", json!({"name": tool, "arguments": arguments}));
        let sent = http.request("POST", "/mcp").header("idempotency-key", key).json(&body).send().await;
        sent.ok()["result"].clone()
    };
    let plants = json!({"title": "Water the plants", "agent_id": "hr-talent", "start": true});
    let http = company.http();
    let made = join_all((0..4).map(|_| send(&http, "plants", "create_task", plants.clone()))).await;
    assert_eq!(made[0]["isError"], false, "{}", made[0]);
    send(&http, "talk", "ask_daena", json!({"message": "Hello"})).await;
    for restarted in [false, true] {
        if restarted {
            company.daena.restart().await;
        }
        let http = company.http();
        let again = send(&http, "plants", "create_task", plants.clone()).await;
        assert!(made.iter().all(|it| *it == again), "{again} {made:?}");
        for key in ["plants", "talk"] {
            let other = send(&http, key, "create_task", json!({"title": "Water the trees"})).await;
            assert!(
                other["isError"] == true && text(&other["structuredContent"]["error"]).contains("conflict")
            );
        }
        let refused = send(&http, "weeds", "create_task", json!({"title": ""})).await;
        assert_eq!(refused["isError"], true, "and nothing is kept");
        assert_eq!(http.get("/api/v1/tasks").await.ok()["tasks"].as_array().unwrap().len(), 1);
    }
    let pulled = send(&company.http(), "weeds", "create_task", json!({"title": "Pull the weeds"})).await;
    assert_eq!(pulled["isError"], false);
}

#[tokio::test]
async fn what_cannot_be_is_refused_in_words_and_leaves_nothing() {
    let company = Company::open(Script::default()).await;
    let http = company.http();
    let before = head(&http).await;
    for (tool, arguments, words) in [
        ("ask_daena", json!({}), "message: "),
        ("ask_daena", json!({"message": " "}), "message: "),
        ("ask_daena", json!({"message": "Hello", "mesage": ""}), "unknown field"),
        ("ask_daena", json!({"message": "Hello", "session_id": NOBODY}), "not_found"),
        (
            "ask_department",
            json!({"department": "Nobody!", "message": "Hello"}),
            "no department \"Nobody!\" here",
        ),
        ("ask_agent", json!({"agent": "nobody", "message": "Hello"}), "not_found"),
        ("ask_council", json!({"council": "nobody", "topic": "?"}), "not_found"),
        ("ask_council", json!({}), "council: is missing"),
        ("search_history", json!({"query": ""}), "query: "),
        ("list_tasks", json!({"limit": 0}), "limit: "),
        ("list_tasks", json!({"status": "lost"}), "status: "),
        ("create_task", json!({"title": ""}), "title: "),
    ] {
        let said = refusal(&http, tool, arguments.clone()).await;
        assert!(said.contains(words), "{tool} {arguments}: {said}");
    }
    for (body, code) in [
        (request("tools/call", json!({"name": "no_such_tool"})), -32602),
        (request("tools/call", json!({})), -32602),
        (request("initialize", json!({})), -32602),
        (request("resources/list", json!({})), -32601),
    ] {
        assert_eq!(post(&http, body).await.ok()["error"]["code"], code);
    }
    post(&http, json!({"jsonrpc": "1.0", "id": 1, "method": "ping"})).await.problem(422, "unprocessable");
    post(&http, json!({"jsonrpc": "2.0", "id": {}, "method": "ping"})).await.problem(400, "invalid_request");
    post(&http, json!([request("ping", json!({}))])).await.problem(400, "invalid_request");
    http.get("/mcp").await.problem(405, "method_not_allowed");
    let old = http.request("POST", "/mcp").header("mcp-protocol-version", "1999-01-01");
    old.json(&request("ping", json!({}))).send().await.problem(400, "invalid_request");
    assert_eq!(head(&http).await, before);
}

#[tokio::test]
async fn pages_of_others_and_strangers_are_turned_away() {
    let locked = Locked::open().await;
    post(&locked.daena.http(), request("ping", json!({}))).await.problem(401, "unauthorized");
    let page = locked.http().request("POST", "/mcp").header("origin", "https://evil.example");
    page.json(&request("ping", json!({}))).send().await.problem(403, "forbidden");
    assert_eq!(result(&locked.http(), "ping", json!({})).await, json!({}));
}

#[tokio::test]
async fn offline_the_answer_says_so_and_the_message_is_kept() {
    let company = Company::open_offline(Script::default(), |start| start).await;
    let http = company.http();
    let said = call(&http, "ask_daena", json!({"message": "Are you there?"})).await;
    assert_eq!(said["structuredContent"]["offline"], true);
    assert!(text(&said["content"][0]["text"]).contains("offline"), "{said}");
    let session = text(&said["structuredContent"]["session_id"]).to_owned();
    assert_eq!(messages(&http, &session).await.len(), 2);
}

/// A company that asks for a token.
struct Locked {
    daena: Daena,
    _model: ModelServer,
    folder: TempDir,
}

impl Locked {
    async fn open() -> Self {
        let model = ModelServer::start(Script::default()).await;
        let folder = tempfile::tempdir().unwrap();
        let token = folder.path().join("token");
        std::fs::write(&token, "open-sesame\n").unwrap();
        let daena = program().ollama_url(model.url()).token_file(token).start().await;
        let locked = Self { daena, _model: model, folder };
        until_connected(&locked.http(), true).await;
        locked
    }

    fn http(&self) -> Http {
        self.daena.http().with_token("open-sesame")
    }

    fn token_file(&self) -> String {
        self.folder.path().join("token").to_str().unwrap().to_owned()
    }
}

/// `daena mcp` as a host starts it.
struct Host {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Host {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_daena"))
            .arg("mcp")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, input, output }
    }

    async fn say(&mut self, message: Value) {
        self.input.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }

    async fn hear(&mut self) -> Value {
        serde_json::from_str(&self.output.next_line().await.unwrap().expect("an answer")).unwrap()
    }
}

#[tokio::test]
async fn over_lines_a_host_speaks_to_the_server_that_runs() {
    let locked = Locked::open().await;
    let mut host = Host::start(&["--url", locked.daena.base(), "--token-file", &locked.token_file()]);
    host.say(request("tools/list", json!({}))).await;
    assert_eq!(host.hear().await["result"]["tools"].as_array().unwrap().len(), TOOLS.len());
    host.say(json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
    host.say(request("tools/call", json!({"name": "ask_daena", "arguments": {"message": "Hello"}}))).await;
    let said = host.hear().await;
    assert_eq!(said["result"]["content"][0]["text"], "Hello from the model.");
    assert_eq!(said["id"], "é 1");

    let Locked { daena, .. } = locked;
    drop(daena);
    host.say(request("ping", json!({}))).await;
    let error = host.hear().await["error"].clone();
    assert_eq!(error["code"], -32000);
    assert!(text(&error["message"]).contains("no server answers at http://127.0.0.1:"), "{error}");
    drop(host.input);
    assert!(host.child.wait().await.unwrap().success());
}

#[tokio::test]
async fn a_host_that_asks_for_it_hears_how_far_an_answer_is_while_it_is_made() {
    let held = || Script { hold_after: Some(1), ..Script::tokens(["Müsli", " for", " all."]) };
    let company = Company::open(held()).await;
    let http = company.http();
    let ask = |token: Value| {
        let arguments = json!({"message": "What is there?"});
        let params = json!({"name": "ask_daena", "arguments": arguments, "_meta": {"progressToken": token}});
        request("tools/call", params)
    };
    let told = |token: Value| {
        let params = json!({"progressToken": token, "progress": 5});
        json!({"jsonrpc": "2.0", "method": "notifications/progress", "params": params})
    };
    let mut events = http.sse("POST", "/mcp", ask(json!("a")), &[]).await;
    assert_eq!(events.next().await.unwrap().json(), told(json!("a")));
    company.model.release();
    let rest = events.collect().await;
    let answer = rest.last().unwrap().json();
    assert_eq!(answer["id"], "é 1");
    assert_eq!(answer["result"]["content"][0]["text"], "Müsli for all.");
    assert!(rest.iter().rev().skip(1).all(|it| it.json()["method"] == "notifications/progress"), "{rest:?}");

    company.model.set(held());
    let mut host = Host::start(&["--url", company.daena.base()]);
    host.say(ask(json!(7))).await;
    assert_eq!(host.hear().await, told(json!(7)), "over lines, too, before the end");
    company.model.release();
    let answer = loop {
        let heard = host.hear().await;
        if heard["method"] != "notifications/progress" {
            break heard;
        }
    };
    assert_eq!(answer["result"]["content"][0]["text"], "Müsli for all.");

    // Who takes no events, or names nothing to tell it under, gets JSON.
    let plain = http.request("POST", "/mcp").header("accept", "application/json").json(&ask(json!("b")));
    assert_eq!(plain.send().await.ok()["result"]["isError"], false);
}

#[tokio::test]
async fn without_a_server_it_says_so_and_ends() {
    let unused = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", unused.local_addr().unwrap());
    drop(unused);
    let Host { child, input, .. } = Host::start(&["--url", &url]);
    let ended = child.wait_with_output().await.unwrap();
    drop(input);
    assert_eq!(ended.status.code(), Some(1));
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(
        said.contains("no server answers at") && said.contains("start the server first with `daena`"),
        "{said}"
    );
    assert_eq!(ended.stdout, b"");
}
