//! What a model is told, and by whose words a session is named.

use serde_json::json;
use testkit::{Fault, ModelCard, Script};

use crate::api::{
    DAENA, ENGINEERING, HISTORY, HR, TALENT, brain, fingerprint, list, message, new_session, say, session,
    text,
};
use crate::company::{Company, IMPATIENT};
use crate::turns::QUESTION;

#[tokio::test]
async fn a_prompt_holds_its_own_session_and_nothing_of_another() {
    let answer = |request: &testkit::ChatRequest| {
        let known =
            request.messages.iter().any(|(role, text)| role == "user" && text.contains("Zarathustra"));
        vec![if known { "You are Zarathustra." } else { "You have not told me." }.to_owned()]
    };
    let company = Company::open(Script::by(answer)).await;
    let http = company.http();
    let first = say(&http, DAENA, "My name is Zarathustra", None).await;
    let same = say(&http, DAENA, "What is my name?", first["session_id"].as_str()).await;
    assert_eq!(same["response"], "You are Zarathustra.");
    let other = say(&http, DAENA, "What is my name?", None).await;
    assert_eq!(other["response"], "You have not told me.");
    say(&http, TALENT, "What is my name?", None).await;

    let prompts: Vec<Vec<(String, String)>> =
        company.model.chats().into_iter().map(|chat| chat.messages).collect();
    let said = |prompt: &[(String, String)]| -> Vec<(String, String)> {
        prompt.iter().filter(|(role, _)| role != "system").cloned().collect()
    };
    let pair = |role: &str, text: &str| (role.to_owned(), text.to_owned());
    let question = pair("user", "What is my name?");
    let told = pair("user", "My name is Zarathustra");
    assert_eq!(said(&prompts[1]), [told, pair("assistant", "You are Zarathustra."), question.clone()]);
    for prompt in &prompts[2..] {
        assert_eq!(said(prompt), std::slice::from_ref(&question));
        assert!(prompt.iter().all(|(_, text)| !text.contains("Zarathustra")), "{prompt:?}");
    }
    assert!(prompts[0][0].1.contains("You are Daena"), "{:?}", prompts[0]);
    let talent = &prompts[3][0].1;
    assert!(["Talent", "Recruiter", "Human Resources"].iter().all(|word| talent.contains(word)), "{talent}");
}

#[tokio::test]
async fn the_first_message_gives_the_title_and_a_title_by_hand_stays() {
    let company = Company::open(Script::echo()).await;
    let http = company.http();
    let title = async |id: &str| text(&session(&http, id).await["title"]).to_owned();

    let answer = say(&http, DAENA, "\n  Plan the launch  \nin detail", None).await;
    let id = text(&answer["session_id"]);
    assert_eq!(title(id).await, "Plan the launch");
    say(&http, DAENA, "Another matter", Some(id)).await;
    assert_eq!(title(id).await, "Plan the launch");

    let long = "漢".repeat(75);
    let answer = say(&http, TALENT, &long, None).await;
    assert_eq!(title(text(&answer["session_id"])).await, "漢".repeat(60));

    let started = http.post(&format!("{DAENA}/start"), json!({})).await.with_status(201);
    let empty =
        http.post(HISTORY, json!({"scope_type": "department", "scope_id": "hr"})).await.with_status(201);
    for (door, id) in [(DAENA, &started["session_id"]), (HR, &empty["session_id"])] {
        let id = text(id);
        assert_eq!(title(id).await, "New chat");
        say(&http, door, "Hello from below", Some(id)).await;
        assert_eq!(title(id).await, "Hello from below");
    }

    let started = http.post(&format!("{DAENA}/start"), json!({"title": "By hand"})).await.with_status(201);
    let id = text(&started["session_id"]);
    say(&http, DAENA, "Not a title", Some(id)).await;
    assert_eq!(title(id).await, "By hand");
    let untitled = new_session(&http, "Old").await;
    http.patch(&format!("{HISTORY}/{untitled}"), json!({"title": "New chat"})).await.with_status(200);
    say(&http, DAENA, "Not a title either", Some(&untitled)).await;
    assert_eq!(title(&untitled).await, "New chat");
}

#[tokio::test]
async fn a_department_goes_on_without_the_colleagues_who_fail() {
    let script = Script {
        choose: Script::choose(|request| {
            let asked = |name: &str| request.system().contains(&format!("You are {name},"));
            match () {
                () if asked("Nexus") => Some(Script::fault(Fault::Status(500))),
                () if asked("Codex") => Some(Script::fault(Fault::Silent)),
                () if asked("Atlas") => None,
                () => {
                    Some(Script::tokens(["A note of ", request.system().split(['"', ',']).next().unwrap()]))
                }
            }
        })
        .choose,
        ..Script::echo()
    };
    let company = Company::open_with(script, |start| start.config(IMPATIENT)).await;
    let http = company.http();
    let answer = say(&http, ENGINEERING, QUESTION, None).await;
    assert_eq!((&answer["response"], &answer["synthesized_from"]), (&json!(QUESTION), &json!(3)));
    let mut notes: Vec<(&str, &str)> = list(&answer["reply"]["notes"])
        .iter()
        .map(|note| (text(&note["agent_id"]), text(&note["status"])))
        .collect();
    notes.sort_unstable();
    let expected = [
        ("engineering-byte", "complete"),
        ("engineering-codex", "timeout"),
        ("engineering-nexus", "failed"),
        ("engineering-syntax", "complete"),
        ("engineering-vector", "complete"),
    ];
    assert_eq!(notes, expected);
    let prompt = company.model.chats().pop().unwrap().messages;
    assert!(prompt[0].1.contains("A note of You are Byte"), "{}", prompt[0].1);
    let stored = message(&http, text(&answer["reply"]["message_id"])).await;
    assert_eq!(stored, answer["reply"]);

    let asked = company.model.stats().chats;
    let greeting = say(&http, ENGINEERING, "Good morning", None).await;
    assert_eq!((&greeting["synthesized_from"], company.model.stats().chats), (&json!(0), asked + 1));
}

#[tokio::test]
async fn a_turn_is_answered_by_the_model_it_names() {
    let models = vec![ModelCard::new("small:1b", 4096), ModelCard::new("large:70b", 8192)];
    let company = Company::open(Script { models, ..Script::echo() }).await;
    let http = company.http();
    assert_eq!(brain(&http).await["available_models"], json!(["small:1b", "large:70b"]));
    for (model, answered) in [(json!(null), "small:1b"), (json!("large:70b"), "large:70b")] {
        let answer = http.post(DAENA, json!({"message": "Hello you", "model": model})).await.with_status(200);
        assert_eq!(answer["reply"]["model"], answered);
        assert_eq!(company.model.chats().pop().unwrap().body["model"], answered);
    }
    let before = fingerprint(&http).await;
    let unknown = http.post(DAENA, json!({"message": "Hello you", "model": "huge:1t"})).await;
    assert_eq!(unknown.problem(422, "unprocessable")["errors"][0]["pointer"], "/model");
    assert_eq!(fingerprint(&http).await, before);
}
