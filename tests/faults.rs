//! A model server that misbehaves: what the caller is told, when, and what is stored.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::{Daena, Fault, Http, ModelServer, Script, SseEvent};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use crate::api::{
    DAENA, ENGINEERING, events_after, head, messages, say, text, texts, told, turn, until_connected,
};
use crate::company::{IMPATIENT, program};

/// The two ways to speak to a model server.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wire {
    Ollama,
    OpenAi,
}

/// What a fault gives: the status, its code, and how many of the model's tokens are kept.
type Outcome = (u16, &'static str, usize);

/// The faults of a server that can be asked. Two of the four tokens come before those that strike in the middle.
const FAULTS: [(Fault, Outcome); 10] = [
    (Fault::Silent, (504, "brain_timeout", 0)),
    (Fault::SilentAfter(0), (504, "brain_timeout", 0)),
    (Fault::SilentAfter(2), (504, "brain_timeout", 2)),
    (Fault::Status(500), (502, "brain_error", 0)),
    (Fault::Html, (502, "brain_error", 0)),
    (Fault::Drop, (502, "brain_error", 0)),
    (Fault::DropAfter(2), (502, "brain_error", 2)),
    (Fault::ErrorLineAfter(2), (502, "brain_error", 2)),
    (Fault::NoFinalRecord, (502, "brain_error", 4)),
    (Fault::Garbage, (502, "brain_error", 1)),
];

/// The tokens of a default script.
const TOKENS: [&str; 4] = ["Hello", " from", " the", " model."];

/// The deadline of each phase is a second; the rest is for a loaded machine.
const DEADLINE: Duration = Duration::from_secs(4);

async fn start(wire: Wire, script: Script) -> (Daena, ModelServer) {
    let model = ModelServer::start(script).await;
    let start = program().config(IMPATIENT);
    let start = match wire {
        Wire::Ollama => start.ollama_url(model.url()),
        Wire::OpenAi => start.openai_url(model.openai_url()),
    };
    (start.start().await, model)
}

/// A turn that fails: its problem, after looking at what was stored.
async fn fails(http: &Http, what: &str, (status, code, tokens): Outcome) {
    let (since, begun) = (head(http).await, Instant::now());
    let problem = turn(http, DAENA, "What do you say?", None).await.problem(status, code);
    assert!(begun.elapsed() < DEADLINE, "{what}: {:?}", begun.elapsed());
    let (user, reply) = (&problem["user_message"], &problem["reply"]);
    assert_eq!(
        (&user["content"], &reply["status"]),
        (&json!("What do you say?"), &json!("failed")),
        "{what}"
    );
    assert_eq!((&reply["error"]["code"], &reply["model"]), (&json!(code), &Value::Null), "{what}");
    assert!(!text(&reply["error"]["detail"]).is_empty(), "{what}: {reply}");
    assert_eq!(reply["content"], TOKENS[..tokens].concat(), "{what}: only the model's own words are kept");
    let session = text(&problem["session_id"]);
    assert_eq!(messages(http, session).await, [user.clone(), reply.clone()], "{what}");
    let events = events_after(http, since).await;
    let id = text(&reply["message_id"]);
    assert_eq!((told(&events, "chat.reply.failed", id), told(&events, "chat.message", id)), (1, 0), "{what}");
    assert_eq!(told(&events, "chat.message", text(&user["message_id"])), 1, "{what}");
}

async fn every_fault_is_told_in_time(wire: Wire) {
    let (daena, model) = start(wire, Script::default()).await;
    let http = daena.http();
    until_connected(&http, true).await;
    for (fault, outcome) in FAULTS {
        model.set(Script::fault(fault));
        fails(&http, &format!("{wire:?} {fault:?}"), outcome).await;
    }
    model.set(Script::default());
    let answer = say(&http, DAENA, "Better now?", None).await;
    assert_eq!(
        (&answer["response"], &answer["reply"]["status"]),
        (&json!(TOKENS.concat()), &json!("complete"))
    );

    // A server that answers nothing at all: late at first, away as soon as the probe knows.
    model.set(Script::fault(Fault::BlackHole));
    let begun = Instant::now();
    let late = turn(&http, DAENA, "Anyone?", None).await;
    assert!(late.status == 504 || late.body["offline"] == true, "{late}");
    assert!(begun.elapsed() < DEADLINE, "{:?}", begun.elapsed());
    until_connected(&http, false).await;
    assert_eq!(say(&http, DAENA, "Anyone?", None).await["reply"]["status"], "deferred");

    model.set(Script::default());
    until_connected(&http, true).await;
    model.stop().await;
    let refused = say(&http, DAENA, "And now?", None).await;
    assert_eq!((&refused["offline"], &refused["reply"]["status"]), (&json!(true), &json!("deferred")));
}

#[tokio::test]
async fn every_fault_is_told_in_time_and_stores_no_answer_over_ollamas_wire() {
    every_fault_is_told_in_time(Wire::Ollama).await;
}

#[tokio::test]
async fn every_fault_is_told_in_time_and_stores_no_answer_over_openais_wire() {
    every_fault_is_told_in_time(Wire::OpenAi).await;
}

#[tokio::test]
async fn a_stream_that_fails_ends_with_an_error_and_keeps_what_came() {
    let (daena, model) = start(Wire::Ollama, Script::fault(Fault::ErrorLineAfter(2))).await;
    let http = daena.http();
    until_connected(&http, true).await;
    for (fault, status, code) in
        [(Fault::ErrorLineAfter(2), 502, "brain_error"), (Fault::SilentAfter(2), 504, "brain_timeout")]
    {
        model.set(Script::fault(fault));
        let body = json!({"message": "Go on", "stream": true});
        let events = http.request("POST", DAENA).json(&body).sse().await.collect().await;
        let deltas = events.iter().filter(|event| event.name() == "delta");
        let said: String = deltas.map(|event| text(&event.json()["text"]).to_owned()).collect();
        assert_eq!(said, TOKENS[..2].concat());
        assert_eq!((events[0].name(), events.last().map(SseEvent::name)), ("session", Some("error")));
        let error = events.last().unwrap().json();
        assert_eq!((&error["status"], &error["code"]), (&json!(status), &json!(code)));
        assert_eq!(error["session_id"], events[0].json()["session_id"]);
        assert_eq!((&error["reply"]["content"], &error["reply"]["status"]), (&json!(said), &json!("failed")));
        assert_eq!(error["user_message"], events[0].json()["user_message"]);
    }
}

#[tokio::test]
async fn a_departments_turn_fails_as_a_whole_only_when_its_speaker_does() {
    let (daena, _model) = start(Wire::Ollama, Script::fault(Fault::Html)).await;
    until_connected(&daena.http(), true).await;
    let question = "What would you do next, and why that?";
    let problem = turn(&daena.http(), ENGINEERING, question, None).await.problem(502, "brain_error");
    let notes = crate::api::list(&problem["reply"]["notes"]);
    assert_eq!(texts(notes, "status"), ["failed"; 5]);
    assert_eq!(problem["reply"]["content"], "");
}

#[tokio::test]
async fn offline_answers_come_at_once_even_while_a_probe_hangs() {
    let (daena, model) = start(Wire::Ollama, Script::fault(Fault::BlackHole)).await;
    let http = daena.http();
    until_connected(&http, false).await;
    let mut slowest = Duration::ZERO;
    for _ in 0..15 {
        // Each round waits for one more probe to hang, so that the rounds are spread over several of them.
        let seen = model.stats().requests;
        let (begun, probing) = (Instant::now(), http.request("POST", "/api/v1/brain/probe").send());
        let answers = async {
            model.wait_for("a probe", |stats| stats.requests > seen || stats.requests > 0).await;
            let begun = Instant::now();
            let answer = say(&http, DAENA, "Quick, please", None).await;
            assert_eq!(answer["offline"], true);
            begun.elapsed()
        };
        tokio::select! {
            took = answers => slowest = slowest.max(took),
            answer = probing => panic!("a probe that hangs was answered after {:?}: {answer}", begun.elapsed()),
        }
    }
    println!("the slowest of 15 offline answers took {slowest:?}");
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
}

/// A listener that takes no more connections: what is sent to it is dropped, as behind a firewall.
struct BlackHole {
    _listener: TcpListener,
    _queued: Vec<TcpStream>,
    url: String,
}

impl BlackHole {
    async fn open() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        // The queue of a listener that accepts nobody is full after two; the third tells.
        let connecting =
            (0..3).map(|_| tokio::time::timeout(Duration::from_millis(300), TcpStream::connect(address)));
        let connected = join_all(connecting).await;
        assert!(connected.iter().any(Result::is_err), "the system still takes connections");
        let queued = connected.into_iter().flatten().flatten().collect();
        Self { _listener: listener, _queued: queued, url: format!("http://{address}") }
    }
}

#[tokio::test]
async fn a_server_behind_a_black_hole_is_known_to_be_away_within_the_time_to_connect() {
    let hole = BlackHole::open().await;
    let begun = Instant::now();
    let daena = program().config(IMPATIENT).ollama_url(&hole.url).start().await;
    let http = daena.http();
    let first = say(&http, DAENA, "Anyone?", None).await;
    assert_eq!((&first["offline"], &first["reply"]["status"]), (&json!(true), &json!("deferred")));
    let known = until_connected(&http, false).await;
    assert!(begun.elapsed() < DEADLINE, "{:?}", begun.elapsed());
    assert!(known["error"].is_string());
    let begun = Instant::now();
    assert_eq!(say(&http, DAENA, "Anyone?", None).await["offline"], true);
    println!("answered from behind the black hole in {:?}", begun.elapsed());
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}
