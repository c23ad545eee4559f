//! Speech, over the real binary and a scripted speech server.

mod commands;
mod hearing;
mod sounding;
mod talks;

use serde_json::json;
use testkit::{Http, Response, Script, SpeechScript, SpeechServer, wait_until};

use crate::api::PATIENCE;
use crate::company::Company;

const STATE: &str = "/api/v1/voice/state";
const TRANSCRIBE: &str = "/api/v1/voice/transcribe";
const INTERACT: &str = "/api/v1/voice/interact";
const SPEAK: &str = "/api/v1/voice/speak";

/// Short times, and no other engine than the server.
const IMPATIENT: &str = "
[voice]
espeak = \"\"
connect_timeout_ms = 500
transcribe_timeout_ms = 1000
speech_timeout_ms = 1000
";

/// A company with a speech server that is known to be there.
async fn talking(script: SpeechScript) -> (Company, SpeechServer, Http) {
    let server = SpeechServer::start(script).await;
    let url = server.url();
    let company = Company::open_with(Script::tokens(["One. ", "Two! ", "Three?"]), |start| {
        start.config(IMPATIENT).arg("--voice-url").arg(url)
    })
    .await;
    let http = company.http();
    until_reachable(&http, true).await;
    (company, server, http)
}

async fn until_reachable(http: &Http, there: bool) {
    wait_until("the speech engine to be looked at", PATIENCE, async || {
        let status = http.get("/api/v1/voice/status").await.ok();
        (status["engines"][0]["reachable"] == json!(there)).then_some(())
    })
    .await;
}

async fn send(http: &Http, path: &str, kind: &str, audio: Vec<u8>) -> Response {
    http.request("POST", path).header("content-type", kind).body(audio).send().await
}

fn form(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut form = Vec::new();
    for (name, content) in parts {
        let file = if *name == "file" { "; filename=\"../../etc/passwd\"" } else { "" };
        let head = format!("--xYx\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
        form.extend(head.into_bytes());
        form.extend(*content);
        form.extend(b"\r\n");
    }
    form.extend(b"--xYx--\r\n");
    form
}

const FORM: &str = "multipart/form-data; boundary=xYx";
