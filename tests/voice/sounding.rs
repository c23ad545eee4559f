//! Who sounds how: states, samples, voices.

use serde_json::{Value, json};
use testkit::{Script, SpeechScript, SpeechServer, tone, wait_until};

use super::{FORM, IMPATIENT, INTERACT, SPEAK, STATE, TRANSCRIBE, form, send, until_reachable};
use crate::api::{PATIENCE, events_after, head, list, number, text, texts};
use crate::company::Company;

#[tokio::test]
async fn the_state_is_stored_told_once_and_the_same_after_a_restart() {
    let mut company = Company::open(Script::echo()).await;
    let http = company.http();
    let first = http.get(STATE).await.ok();
    assert_eq!(
        first,
        json!({"scope_type": "executive", "scope_id": null, "talk_active": false, "voice_id": null, "rate": 1.0,
            "pitch": 1.0, "volume": 1.0, "wake_words": ["hey daena", "daena"], "auto_speak": false, "inherited": true})
    );
    let marketing = "/api/v1/departments/marketing/voice";
    let sounds = http.get(marketing).await.ok();
    assert_eq!((&sounds["rate"], &sounds["pitch"]), (&json!(1.07), &json!(1.1)));
    let agents = http.get("/api/v1/departments/marketing/agents").await.ok();
    let agent = format!("/api/v1/agents/{}/voice", text(&agents["agents"][0]["slug"]));
    assert_eq!(http.get(&agent).await.ok()["rate"], 1.07);

    let since = head(&http).await;
    let on = http.put(STATE, json!({"talk_active": true, "wake_words": ["computer"]})).await.ok();
    assert_eq!((&on["talk_active"], &on["inherited"]), (&json!(true), &json!(false)));
    assert_eq!(http.put(STATE, json!({"talk_active": true})).await.ok(), on, "no change, no event");
    http.put(marketing, json!({"rate": 1.5, "talk_active": true})).await.ok();
    let inherits = http.get(&agent).await.ok();
    assert_eq!((&inherits["rate"], &inherits["talk_active"]), (&json!(1.5), &json!(false)));
    let own = http.put(&agent, json!({"voice_id": "echo"})).await.ok();
    assert_eq!(
        (&own["voice_id"], &own["rate"], &own["inherited"]),
        (&json!("echo"), &json!(1.5), &json!(false))
    );
    let events = events_after(&http, since).await;
    assert_eq!(texts(&events, "event_type"), ["voice.state", "voice.state", "agent.updated", "voice.state"]);
    assert_eq!((&events[0]["entity_id"], &events[0]["entity_type"]), (&json!("daena"), &json!("voice")));
    assert_eq!(events[0]["payload"], on);
    assert_eq!(events[3]["payload"], own);

    for (body, status, pointer) in [
        (json!({"rate": 5}), 422, "/rate"),
        (json!({"volume": -1}), 422, "/volume"),
        (json!({"pitch": 0}), 422, "/pitch"),
        (json!({"wake_words": ["a\nb"]}), 422, "/wake_words"),
        (json!({"voice_id": ""}), 422, "/voice_id"),
        (json!({"rate": "fast"}), 400, "/rate"),
        (json!({"talk_active": null}), 400, "/talk_active"),
    ] {
        let code = if status == 400 { "invalid_request" } else { "unprocessable" };
        let refused = http.put(STATE, body).await.problem(status, code);
        assert_eq!(refused["errors"][0]["pointer"], pointer);
    }
    http.get("/api/v1/agents/nobody/voice").await.problem(404, "not_found");
    http.put("/api/v1/departments/nowhere/voice", json!({"rate": 1})).await.problem(404, "not_found");

    company.daena.restart().await;
    let http = company.http();
    assert_eq!(http.get(STATE).await.ok(), on);
    assert_eq!(http.get(&agent).await.ok(), own);
    assert_eq!(events_after(&http, number(&events[3]["event_id"])).await.len(), 0);
}

#[tokio::test]
async fn what_is_ones_own_can_be_taken_away_and_what_is_inherited_holds_again() {
    let mut company = Company::open(Script::echo()).await;
    let http = company.http();
    let (hr, agent) = ("/api/v1/departments/hr/voice", "/api/v1/agents/hr-talent/voice");
    let (began, inherited) = (http.get(hr).await.ok(), http.get(agent).await.ok());
    http.put(hr, json!({"rate": 1.5, "voice_id": "alloy"})).await.ok();
    let of_department = http.get(agent).await.ok();
    http.put(agent, json!({"pitch": 1.3, "voice_id": "echo", "talk_active": true})).await.ok();

    let since = head(&http).await;
    assert_eq!(http.delete(agent).await.status, 204);
    assert_eq!(http.get(agent).await.ok(), of_department);
    http.delete(agent).await.problem(404, "not_found");
    assert_eq!(http.delete(hr).await.status, 204);
    assert_eq!((http.get(hr).await.ok(), http.get(agent).await.ok()), (began.clone(), inherited.clone()));
    let events = events_after(&http, since).await;
    assert_eq!(texts(&events, "event_type"), ["agent.updated", "voice.state", "voice.state"]);
    assert_eq!((&events[0]["payload"]["voice_id"], &events[1]["payload"]), (&Value::Null, &of_department));
    assert_eq!(events[2]["payload"], began);
    // A voice that was set on the agent itself is its own too.
    http.patch("/api/v1/agents/hr-talent", json!({"voice_id": "echo"})).await.ok();
    assert_eq!(http.get(agent).await.ok()["inherited"], false);
    assert_eq!(http.delete(agent).await.status, 204);
    http.delete("/api/v1/agents/nobody/voice").await.problem(404, "not_found");
    http.delete(STATE).await.problem(405, "method_not_allowed");

    company.daena.restart().await;
    let http = company.http();
    assert_eq!((http.get(hr).await.ok(), http.get(agent).await.ok()), (began, inherited));
}

#[tokio::test]
async fn samples_are_kept_under_names_of_ours_and_served_as_what_they_are() {
    let server = SpeechServer::start(SpeechScript::hearing("Hello")).await;
    let url = server.url();
    let config = format!("{IMPATIENT}sample_field = \"ref_audio\"\n");
    let mut company =
        Company::open_with(Script::echo(), |start| start.config(config).arg("--voice-url").arg(url)).await;
    let http = company.http();
    let sound = tone(20);
    let parts: [(&str, &[u8]); 2] = [("file", &sound), ("name", b"Calm")];
    let made = send(&http, "/api/v1/voice/samples", FORM, form(&parts)).await.with_status(201);
    assert_eq!(
        (&made["name"], &made["format"], &made["duration_s"]),
        (&json!("Calm"), &json!("wav"), &json!(0.25))
    );
    let again = send(&http, "/api/v1/voice/samples?name=Other", "text/html", sound.clone()).await;
    assert_eq!(again.with_status(201), made, "the same audio again is the same sample");
    company.daena.restart().await;
    let http = company.http();
    until_reachable(&http, true).await;
    let listed = http.get("/api/v1/voice/samples").await.ok();
    assert_eq!(listed["samples"], json!([made]));
    let path = format!("/api/v1/voice/samples/{}", text(&made["sample_id"]));
    let audio = http.request("GET", &path).send().await;
    assert_eq!(
        (audio.header("content-type"), audio.header("x-content-type-options")),
        (Some("audio/wav"), Some("nosniff"))
    );
    assert_eq!(audio.bytes, sound);
    let voice = format!("sample/{}", text(&made["sample_id"]));
    let voices = http.get("/api/v1/voice/voices").await.ok();
    assert_eq!(texts(list(&voices["voices"]), "voice_id"), ["alloy", "echo", voice.as_str()]);
    let spoken = http.post(SPEAK, json!({"text": "Hi", "voice_id": voice})).await;
    assert_eq!((spoken.status, spoken.header("x-voice-engine")), (200, Some("server")));
    assert!(text(&server.spoken()[0]["ref_audio"]).starts_with("data:audio/wav;base64,UklGR"));
    http.post(SPEAK, json!({"text": "Hi", "voice_id": "nobody"})).await.problem(422, "unprocessable");
    assert_eq!(http.delete(&path).await.status, 204);
    http.get(&path).await.problem(404, "not_found");
    http.post(SPEAK, json!({"text": "Hi", "voice_id": voice})).await.problem(422, "unprocessable");
}

/// On a machine with espeak-ng.
#[tokio::test]
async fn a_machine_without_a_speech_server_speaks_with_espeak() {
    let company = Company::open(Script::tokens(["Hello there."])).await;
    let http = company.http();
    let there = wait_until("espeak-ng to be looked for", PATIENCE, async || {
        http.get("/api/v1/voice/status").await.ok()["engines"][0]["reachable"].as_bool()
    })
    .await;
    if !there {
        println!("skipped: no espeak-ng on this machine");
        return;
    }
    let length = async |body: Value| {
        let spoken = http.post(SPEAK, body).await;
        assert_eq!((spoken.status, spoken.header("x-voice-engine")), (200, Some("espeak-ng")), "{spoken}");
        spoken.bytes.len()
    };
    let normal = length(json!({"text": "The quick brown fox. $(rm -rf) ; -v x"})).await;
    let fast = length(json!({"text": "The quick brown fox. $(rm -rf) ; -v x", "rate": 2})).await;
    assert!(normal > 50_000 && fast < normal * 3 / 4, "{normal} {fast}");
    length(json!({"text": "Guten Tag", "voice_id": "espeak-ng/de"})).await;
    http.post(SPEAK, json!({"text": "Hi", "voice_id": "espeak-ng/--help"}))
        .await
        .problem(422, "unprocessable");
    let talk = http.post(INTERACT, json!({"text": "Hello"})).await.with_status(200);
    assert_eq!(talk["audio"][0]["engine"], "espeak-ng");
    send(&http, TRANSCRIBE, "audio/wav", tone(20)).await.problem(503, "brain_offline");
    for (body, status, code) in [
        (json!({"text": ""}), 400, "invalid_request"),
        (json!({"text": "a", "rate": 9}), 422, "unprocessable"),
        (json!({"text": "a", "format": "mp3"}), 422, "unprocessable"),
        (json!({"text": "a".repeat(4001)}), 413, "payload_too_large"),
    ] {
        http.post(SPEAK, body).await.problem(status, code);
    }
}
