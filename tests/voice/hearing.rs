//! Recordings, and engines that fail.

use serde_json::{Value, json};
use testkit::{Script, SpeechFault, SpeechScript, SpeechServer, silence, tone, wait_until};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::{FORM, IMPATIENT, INTERACT, SPEAK, TRANSCRIBE, form, send, talking, until_reachable};
use crate::api::{PATIENCE, head, text};
use crate::company::Company;

#[tokio::test]
async fn what_is_said_is_written_down_whatever_its_type_claims() {
    let (_company, server, http) = talking(SpeechScript::hearing(" Hello there. ")).await;
    for kind in ["audio/wav", "audio/ogg", "text/plain", "application/x-www-form-urlencoded"] {
        let heard = send(&http, TRANSCRIBE, kind, tone(20)).await.with_status(200);
        assert_eq!(
            heard,
            json!({"text": "Hello there.", "language": "english", "duration_s": 1.5}),
            "{kind}"
        );
    }
    let heard = send(&http, TRANSCRIBE, FORM, form(&[("file", &tone(20))])).await.with_status(200);
    assert_eq!(heard["text"], "Hello there.");
    let asked = server.recordings().len();
    // Silence is no question for an engine, and its answer is honest.
    let nothing = send(&http, TRANSCRIBE, "audio/wav", silence(8000)).await.with_status(200);
    assert_eq!(nothing, json!({"text": "", "language": null, "duration_s": 1.0}));
    let talk = send(&http, INTERACT, "audio/wav", silence(8000)).await.with_status(200);
    assert_eq!((&talk["heard"], &talk["response"]), (&json!(false), &json!("I heard nothing.")));
    assert_eq!(
        (&talk["session_id"], &talk["reply"], &talk["audio_url"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!(server.recordings().len(), asked);
}

/// As phones and Safari record: see the recordings of voice-gateway.
const MP4: &[u8] = include_bytes!("../../crates/voice-gateway/tests/voice_gateway/recordings/fragments.mp4");
const WEBM: &[u8] = include_bytes!("../../crates/voice-gateway/tests/voice_gateway/recordings/live.webm");

#[tokio::test]
async fn what_browsers_record_is_heard_and_cut_short_it_is_refused() {
    let (_company, server, http) = talking(SpeechScript::hearing("Hello")).await;
    for (kind, recording) in [("audio/mp4", MP4), ("audio/webm", WEBM)] {
        let heard = send(&http, TRANSCRIBE, kind, recording.to_vec()).await.with_status(200);
        assert_eq!(heard["text"], "Hello");
        assert!(server.recordings().pop() > Some(recording.len()), "it is handed on as it is");
        let path = "/api/v1/voice/samples?name=Mine";
        let kept = send(&http, path, "text/plain", recording.to_vec()).await.with_status(201);
        assert!((2.2..2.5).contains(&kept["duration_s"].as_f64().unwrap()), "{kept}");
        let audio =
            http.request("GET", &format!("/api/v1/voice/samples/{}", text(&kept["sample_id"]))).send().await;
        assert_eq!((audio.header("content-type"), audio.bytes.len()), (Some(kind), recording.len()));
        for cut in [recording.len() / 3, recording.len() - 1] {
            let refused = send(&http, INTERACT, kind, recording[..cut].to_vec()).await;
            let refused = refused.problem(422, "unprocessable");
            assert!(text(&refused["detail"]).ends_with("it is cut off"), "{refused}");
        }
    }
    assert_eq!(server.recordings().len(), 2);
}

#[tokio::test]
async fn what_is_no_sound_is_refused_and_nothing_is_stored() {
    let (_company, server, http) = talking(SpeechScript::hearing("Hello")).await;
    let since = head(&http).await;
    let mut cut = tone(20);
    cut.truncate(100);
    let (mut promises, mut four_gigabytes) = (tone(20), tone(20));
    promises[40..44].copy_from_slice(&0x7000_0000_u32.to_le_bytes());
    four_gigabytes[40..44].copy_from_slice(&u32::MAX.to_le_bytes());
    for (path, audio, status, code) in [
        (TRANSCRIBE, b"<!doctype html><p>not a sound".to_vec(), 415, "unsupported_media_type"),
        (INTERACT, b"%PDF-1.7".to_vec(), 415, "unsupported_media_type"),
        (TRANSCRIBE, cut, 422, "unprocessable"),
        (INTERACT, promises, 422, "unprocessable"),
        (INTERACT, b"OggS".to_vec(), 422, "unprocessable"),
        (TRANSCRIBE, Vec::new(), 400, "invalid_request"),
        (TRANSCRIBE, silence(8000 * 601), 422, "unprocessable"),
        ("/api/v1/voice/samples?name=a", b"GIF89a".to_vec(), 415, "unsupported_media_type"),
    ] {
        send(&http, path, "audio/wav", audio).await.problem(status, code);
    }
    send(&http, TRANSCRIBE, FORM, form(&[("text", b"hi")])).await.problem(400, "invalid_request");
    send(&http, TRANSCRIBE, "multipart/form-data", tone(3)).await.problem(400, "invalid_request");
    send(&http, INTERACT, FORM, b"--xYx\r\nbroken".to_vec()).await.problem(400, "invalid_request");
    assert!(server.recordings().is_empty());
    assert_eq!(head(&http).await, since);
    // Who streams writes the greatest length there is: the sound is what came.
    send(&http, TRANSCRIBE, "audio/wav", four_gigabytes).await.with_status(200);
}

#[tokio::test]
async fn a_hundred_megabytes_of_noise_are_refused_and_cost_little() {
    let (company, server, http) = talking(SpeechScript::hearing("Hello")).await;
    for path in [TRANSCRIBE, INTERACT] {
        let noise = vec![0xa5; 100 * 1024 * 1024];
        let request = http.request("POST", path).header("content-type", "audio/wav").body(noise);
        // Who sends on after the refusal may find the connection closed.
        if let Ok(answer) = request.try_send().await {
            answer.problem(413, "payload_too_large");
        }
    }
    let just_over = vec![0xa5; 25 * 1024 * 1024 + 1];
    if let Ok(answer) = http.request("POST", TRANSCRIBE).body(just_over).try_send().await {
        answer.problem(413, "payload_too_large");
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", company.daena.pid().unwrap())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kilobytes: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(kilobytes < 250 * 1024, "{kilobytes} kB");
    assert!(server.recordings().is_empty());
    http.get("/readyz").await.ok();
}

/// A recording of one megabyte that is sent but for its last byte.
async fn unfinished(company: &Company) -> TcpStream {
    let address = company.daena.base().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let megabyte = 1024 * 1024;
    let head = format!("POST {TRANSCRIBE} HTTP/1.1\r\nhost: {address}\r\ncontent-length: {megabyte}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&vec![0; megabyte - 1]).await.unwrap();
    stream
}

#[tokio::test]
async fn more_recordings_than_there_is_room_for_are_refused_until_there_is() {
    let config = format!("{IMPATIENT}max_audio_mb = 1\n");
    let company = Company::open_with(Script::echo(), |start| start.config(config)).await;
    let http = company.http();
    let mut sending = Vec::new();
    for _ in 0..8 {
        sending.push(unfinished(&company).await);
    }
    // Eight recordings fit, and half a megabyte for what forms add to them.
    let more = silence(400_000);
    let refused = wait_until("the room to be full", PATIENCE, async || {
        let answer = send(&http, TRANSCRIBE, "audio/wav", more.clone()).await;
        (answer.status != 200).then_some(answer)
    })
    .await;
    refused.problem(503, "busy");
    drop(sending);
    wait_until("room again", PATIENCE, async || {
        (send(&http, TRANSCRIBE, "audio/wav", more.clone()).await.status == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_engine_that_fails_is_named_and_the_text_answer_is_whole() {
    let script = SpeechScript::hearing("Hello");
    let (_company, server, http) = talking(script.clone()).await;
    for (fault, status, code) in [
        (SpeechFault::Status(500), 502, "brain_error"),
        (SpeechFault::Html, 502, "brain_error"),
        (SpeechFault::Endless, 502, "brain_error"),
        (SpeechFault::Silent, 504, "brain_timeout"),
        (SpeechFault::Status(400), 422, "unprocessable"),
    ] {
        server.set(script.clone().deaf(fault));
        let refused = send(&http, TRANSCRIBE, "audio/wav", tone(20)).await.problem(status, code);
        assert!(text(&refused["detail"]).contains("speech engine server"), "{refused}");
    }
    for (fault, status) in
        [(SpeechFault::Html, 502), (SpeechFault::Silent, 504), (SpeechFault::Status(500), 502)]
    {
        server.set(script.clone().mute(fault));
        let code = if status == 504 { "brain_timeout" } else { "brain_error" };
        http.post(SPEAK, json!({"text": "Hi"})).await.problem(status, code);
        let talk = send(&http, INTERACT, "audio/wav", tone(20)).await.with_status(200);
        assert_eq!((&talk["response"], &talk["audio_url"]), (&json!("One. Two! Three?"), &Value::Null));
        assert!(text(&talk["speech_error"]).contains("speech engine"), "{talk}");
        assert_eq!(talk["reply"]["status"], "complete");
    }
}

#[tokio::test]
async fn nobody_waits_for_an_engine_that_is_dead() {
    let server = SpeechServer::start(SpeechScript::hearing("Hello")).await;
    let url = server.url();
    drop(server);
    let company = Company::open_with(Script::tokens(["Hello."]), |start| {
        start.config(IMPATIENT).arg("--voice-url").arg(url)
    })
    .await;
    let http = company.http();
    until_reachable(&http, false).await;
    let status = http.get("/api/v1/voice/status").await.ok();
    assert!(status["engines"][0]["error"].is_string() && status["engines"][0]["checked_at"].is_string());
    assert_eq!((&status["can_hear"], &status["can_speak"]), (&json!(false), &json!(false)));
    send(&http, TRANSCRIBE, "audio/wav", tone(20)).await.problem(503, "brain_offline");
    http.post(SPEAK, json!({"text": "Hi"})).await.problem(503, "brain_offline");
    let typed = http.post(INTERACT, json!({"text": "Hi"})).await.with_status(200);
    assert_eq!((&typed["response"], &typed["audio_url"]), (&json!("Hello."), &Value::Null));
    assert!(text(&typed["speech_error"]).contains("cannot be reached"), "{typed}");
    let metrics = http.request("GET", "/metrics").send().await.text;
    assert!(metrics.contains("daena_voice_engine_up{engine=\"server\"} 0"), "{metrics}");
}
