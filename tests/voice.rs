//! Speech, over the real binary and a scripted speech server.

use serde_json::{Value, json};
use testkit::{
    Http, Response, Script, SpeechFault, SpeechScript, SpeechServer, SseStream, silence, tone, wait_until,
};

use crate::api::{DAENA, NOBODY, PATIENCE, events_after, head, list, number, say, text, texts};
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

#[tokio::test]
async fn what_is_no_sound_is_refused_and_nothing_is_stored() {
    let (_company, server, http) = talking(SpeechScript::hearing("Hello")).await;
    let since = head(&http).await;
    let mut cut = tone(20);
    cut.truncate(100);
    for (path, audio, status, code) in [
        (TRANSCRIBE, b"<!doctype html><p>not a sound".to_vec(), 415, "unsupported_media_type"),
        (INTERACT, b"%PDF-1.7".to_vec(), 415, "unsupported_media_type"),
        (TRANSCRIBE, cut, 422, "unprocessable"),
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

#[tokio::test]
async fn a_turn_by_voice_is_a_turn_and_is_spoken_sentence_by_sentence() {
    let (_company, server, http) = talking(SpeechScript::hearing("How are you?")).await;
    let mut talk = http
        .request("POST", &format!("{INTERACT}?stream=true&scope=agent:hr-talent"))
        .header("content-type", "audio/wav")
        .body(tone(20))
        .sse()
        .await;
    let events = talk.collect_until("done").await;
    let of =
        |name: &str| events.iter().filter(|it| it.name() == name).map(|it| it.json()).collect::<Vec<_>>();
    assert_eq!(events[0].name(), "transcription");
    assert_eq!(of("transcription")[0]["text"], "How are you?");
    let session = of("session")[0].clone();
    assert_eq!(session["user_message"]["content"], "How are you?");
    let spoken = of("audio");
    assert_eq!(texts(&spoken, "sentence"), ["One.", "Two!", "Three?"]);
    let done = &of("done")[0];
    assert_eq!((&done["was_command"], &done["speech_error"]), (&json!(false), &Value::Null));
    assert_eq!(done["response"], "One. Two! Three?");
    assert_eq!(done["session_id"], session["session_id"]);
    assert_eq!(done["reply"]["speaker"]["id"], "hr-talent");
    // The agent speaks as its department does.
    assert_eq!((&server.spoken()[0]["speed"], &server.spoken()[0]["voice"]), (&json!(1.0), &json!("alloy")));
    for (clip, letters) in [(&spoken[0]["audio_url"], 4), (&done["audio_url"], 14)] {
        let sound = http.request("GET", text(clip)).send().await;
        assert_eq!((sound.status, sound.header("content-type")), (200, Some("audio/wav")));
        assert_eq!(sound.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(sound.bytes.len(), 44 + letters * 200);
    }
    // It goes on in the same session, typed this time; who it is with is known.
    let id = text(&done["session_id"]);
    let next = http.post(INTERACT, json!({"text": "And now?", "session_id": id})).await.with_status(200);
    assert_eq!((text(&next["session_id"]), &next["reply"]["speaker"]["id"]), (id, &json!("hr-talent")));
    assert_eq!(list(&next["audio"]).len(), 3);
    let silent = json!({"text": "And now?", "session_id": id, "speak": false});
    let silent = http.post(INTERACT, silent).await.with_status(200);
    assert_eq!((&silent["audio_url"], list(&silent["audio"]).len()), (&Value::Null, 0));
    for (body, status, code) in [
        (json!({"text": "Hi", "session_id": NOBODY}), 404, "not_found"),
        (json!({"text": "Hi", "session_id": "x"}), 404, "not_found"),
        (json!({"text": "Hi", "scope": "department:nowhere"}), 404, "not_found"),
        (json!({"text": "Hi", "scope": "executive", "session_id": id}), 404, "not_found"),
        (json!({"text": "Hi", "scope": "everybody"}), 400, "invalid_request"),
        (json!({"text": " "}), 400, "invalid_request"),
        (json!({"text": 5}), 400, "invalid_request"),
        (json!({}), 400, "invalid_request"),
    ] {
        http.post(INTERACT, body.clone()).await.problem(status, code);
    }
    http.get(&format!("/api/v1/voice/clips/{NOBODY}")).await.problem(404, "not_found");
}

#[tokio::test]
async fn speaking_ends_when_talk_is_switched_off_when_told_to_and_when_somebody_speaks() {
    let script = SpeechScript::hearing("Hello").held();
    let (_company, server, http) = talking(script).await;
    let session = text(&say(&http, DAENA, "Hello", None).await["session_id"]).to_owned();
    http.put(STATE, json!({"talk_active": true})).await.ok();
    let begin = async |asked: usize| {
        let body = json!({"text": "Hello", "session_id": session, "stream": true});
        let talk = http.sse("POST", INTERACT, body, &[]).await;
        server.asked_to_say(asked).await;
        talk
    };
    let is_over = async |mut talk: SseStream| {
        let events = talk.collect_until("done").await;
        let done = events.last().unwrap().json();
        assert_eq!(done["response"], "One. Two! Three?", "the text is whole");
        assert_eq!((&done["audio_url"], &done["speech_error"]), (&Value::Null, &json!("speaking was ended")));
    };
    let talk = begin(1).await;
    http.put(STATE, json!({"talk_active": false})).await.ok();
    is_over(talk).await;

    let talk = begin(2).await;
    let hushed = http.post("/api/v1/voice/hush", json!({"session_id": session})).await.ok();
    assert_eq!(hushed["stopped"], 1);
    is_over(talk).await;

    let talk = begin(3).await;
    let body = json!({"text": "Wait", "session_id": session, "speak": false});
    http.post(INTERACT, body).await.with_status(200);
    is_over(talk).await;

    let talk = begin(4).await;
    let stopped = http.post(INTERACT, json!({"text": "Stop!", "speak": false})).await.with_status(200);
    assert_eq!((&stopped["command"], &stopped["command_result"]["stopped"]), (&json!("stop"), &json!(1)));
    is_over(talk).await;
    assert_eq!(http.post("/api/v1/voice/hush", json!({})).await.ok()["stopped"], 0);
}

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
async fn commands_do_what_they_say() {
    let (_company, server, http) = talking(SpeechScript::hearing("Hey Dina, list the department's.")).await;
    let heard = send(&http, INTERACT, "audio/wav", tone(20)).await.with_status(200);
    assert_eq!((&heard["was_command"], &heard["command"]), (&json!(true), &json!("list_departments")));
    assert!(text(&heard["response"]).starts_with("There are 8 departments: Engineering,"), "{heard}");
    assert_eq!(list(&heard["command_result"]["departments"]).len(), 8);
    assert!(heard["audio_url"].is_string() && heard["reply"].is_null());
    assert!(text(&server.spoken()[0]["input"]).starts_with("There are 8"));

    let said = async |words: &str| {
        http.post(INTERACT, json!({"text": words, "speak": false})).await.with_status(200)
    };
    let since = head(&http).await;
    let agents = said("Who works in engineering?").await;
    assert!(text(&agents["response"]).starts_with("Engineering has 6 agents: Atlas,"), "{agents}");
    assert_eq!(
        said("list councils").await["response"],
        "There are 4 councils: Finance Council, Tech Council, Strategy Council and Psychology Council."
    );
    let status = said("System status").await;
    assert!(text(&status["response"]).contains("8 departments and 48 agents, 0 tasks running"), "{status}");
    assert_eq!(said("Open the tasks page").await["command_result"]["path"], "#/tasks");
    let nowhere = said("Create a task for logistics to ship it").await;
    assert_eq!(nowhere["command_result"]["done"], false);
    assert_eq!(head(&http).await, since, "nothing was changed by questions");

    let made = said("Create a task for engineering to check the backups.").await;
    assert_eq!(made["response"], "I made a task for Engineering: Check the backups. It waits to be started.");
    let task = http.get(&format!("/api/v1/tasks/{}", text(&made["command_result"]["task_id"]))).await.ok();
    assert_eq!(
        (&task["title"], &task["department_id"]),
        (&json!("Check the backups"), &json!("engineering"))
    );
    let asked = said("What's the status of the task check the backups?").await;
    assert_eq!(asked["response"], "The task Check the backups is pending.");
    assert_eq!(said("task status").await["response"], "There is 1 task: 1 pending.");
    let debate = said("Start a debate in the tech council on remote work").await;
    assert_eq!(debate["response"], "The Tech Council debates: remote work.");
    let record =
        http.get(&format!("/api/v1/debates/{}", text(&debate["command_result"]["debate_id"]))).await.ok();
    assert_eq!((&record["topic"], &record["council_id"]), (&json!("remote work"), &json!("tech")));
    let chat = said("Tell me about the departments of France").await;
    assert_eq!((&chat["was_command"], &chat["response"]), (&json!(false), &json!("One. Two! Three?")));
}

#[tokio::test]
async fn what_would_end_everything_is_asked_first() {
    let company = Company::open(Script::tokens(["Talk."])).await;
    let http = company.http();
    let said = async |words: &str| {
        http.post(INTERACT, json!({"text": words, "speak": false})).await.with_status(200)
    };
    let stopped = async || {
        let page = http.get("/api/v1/events?event_type=system.emergency").await.ok();
        list(&page["events"]).len()
    };
    assert_eq!(said("Yes").await["was_command"], false, "nothing was asked");
    assert_eq!(said("Stop everything").await["command_result"], json!({"done": false, "confirm": true}));
    assert_eq!(said("No").await["response"], "Nothing was stopped.");
    assert_eq!(said("Stop everything").await["command"], "stop_everything");
    said("What is the time?").await;
    assert_eq!(said("Yes").await["was_command"], false, "the question is forgotten");
    assert_eq!(stopped().await, 0);
    said("Stop everything").await;
    let done = said("Yes, please.").await;
    assert_eq!(
        (&done["command"], &done["command_result"]["done"]),
        (&json!("stop_everything"), &json!(true))
    );
    assert_eq!(stopped().await, 1);
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
