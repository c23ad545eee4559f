//! Turns by voice, spoken while they come, and ended.

use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use testkit::{McpServer, Script, SpeechFault, SpeechScript, SpeechServer, SseStream, tone, wait_until};

use super::{INTERACT, STATE, send, talking, until_reachable};
use crate::api::{DAENA, NOBODY, PATIENCE, list, say, text, texts};
use crate::company::Company;
use crate::tools::{asking, connect};

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
async fn thirty_two_talk_at_once_and_each_is_answered_as_if_it_were_alone() {
    let (_company, server, http) = talking(SpeechScript::hearing("How are you?")).await;
    let talks = join_all((0..32).map(|n| {
        let path = format!("{INTERACT}?client_message_id=talk-{n}");
        let http = &http;
        async move { send(http, &path, "audio/wav", tone(20)).await.with_status(200) }
    }))
    .await;
    for talk in &talks {
        assert_eq!((&talk["response"], &talk["speech_error"]), (&json!("One. Two! Three?"), &Value::Null));
        assert_eq!(list(&talk["audio"]).len(), 3);
    }
    let sessions: BTreeSet<_> = talks.iter().map(|talk| text(&talk["session_id"])).collect();
    assert_eq!((sessions.len(), server.recordings().len(), server.spoken().len()), (32, 32, 96));
    assert_eq!(http.post("/api/v1/voice/hush", json!({})).await.ok()["stopped"], 0);
}

#[tokio::test]
async fn a_talk_whose_call_waits_for_the_founder_is_answered_as_it_is_then() {
    let (company, _server, http) = talking(SpeechScript::hearing("Do it")).await;
    company.model.set(asking(&[("files__refuse", json!({"what": "all"}))]));
    connect(&http, &McpServer::new("well")).await;
    let body = json!({"text": "Do it", "client_message_id": "do"});
    let [whole, again] = [
        http.post(INTERACT, body.clone()).await.with_status(200),
        http.post(INTERACT, body).await.with_status(200),
    ];
    for talk in [&whole, &again] {
        assert_eq!((&talk["reply"]["status"], &talk["response"]), (&json!("streaming"), &json!("So be it.")));
        assert_eq!(texts(list(&talk["reply"]["tool_calls"]), "status"), ["waiting"]);
        assert_eq!(texts(list(&talk["audio"]), "sentence"), ["So be it."]);
    }
    assert_eq!(whole["session_id"], again["session_id"]);
    // Who follows it follows it to its end.
    let follows = json!({"text": "Do it", "client_message_id": "do", "stream": true});
    let mut talk = http.sse("POST", INTERACT, follows, &[]).await;
    talk.collect_until("delta").await;
    let call = list(&http.get("/api/v1/approvals?status=waiting").await.ok()["approvals"])[0].clone();
    let refuse = format!("/api/v1/approvals/{}/refuse", text(&call["call_id"]));
    http.post(&refuse, json!({})).await.ok();
    let done = talk.collect_until("done").await.pop().unwrap().json();
    assert_eq!(done["reply"]["status"], "complete");
}

#[tokio::test]
async fn who_goes_away_in_the_middle_finds_the_whole_answer() {
    let (_company, server, http) = talking(SpeechScript::hearing("Hello").held()).await;
    let body = json!({"text": "Hello", "client_message_id": "away", "stream": true});
    let mut talk = http.sse("POST", INTERACT, body, &[]).await;
    let begun = talk.collect_until("session").await.pop().unwrap().json();
    server.asked_to_say(1).await;
    drop(talk);
    let reply = format!("/api/v1/messages/{}", text(&begun["reply"]["message_id"]));
    wait_until("the whole answer", PATIENCE, async || {
        (http.get(&reply).await.ok()["status"] == "complete").then_some(())
    })
    .await;
    server.release();
    let again = json!({"text": "Hello", "client_message_id": "away"});
    let again = http.post(INTERACT, again).await.with_status(200);
    assert_eq!(
        (&again["session_id"], &again["response"]),
        (&begun["session_id"], &json!("One. Two! Three?"))
    );
}

/// On a machine with espeak-ng.
#[tokio::test]
async fn where_another_engine_takes_over_the_sentences_are_no_one_sound() {
    let server = SpeechServer::start(SpeechScript::hearing("Hello").held()).await;
    let url = server.url();
    let company = Company::open_with(Script::tokens(["One. ", "Two! ", "Three?"]), |start| {
        start.arg("--voice-url").arg(url)
    })
    .await;
    let http = company.http();
    until_reachable(&http, true).await;
    if http.get("/api/v1/voice/status").await.ok()["engines"][1]["reachable"] != true {
        println!("skipped: no espeak-ng on this machine");
        return;
    }
    let talk = async { http.post(INTERACT, json!({"text": "Hello"})).await.with_status(200) };
    let fail = async {
        server.asked_to_say(1).await;
        server.set(SpeechScript::hearing("Hello").mute(SpeechFault::Html));
        server.release();
    };
    let (talk, ()) = tokio::join!(talk, fail);
    assert_eq!(texts(list(&talk["audio"]), "engine"), ["server", "espeak-ng", "espeak-ng"]);
    assert_eq!((&talk["response"], &talk["audio_url"]), (&json!("One. Two! Three?"), &Value::Null));
    assert!(text(&talk["speech_error"]).contains("several pieces"), "{talk}");
}
