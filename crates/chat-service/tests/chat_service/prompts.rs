//! What a model is told, and what not.

use crate::house::{House, Plan, ollama, soon, to_agent, to_daena, to_department};
use chat_service::{ChatRequest, GatewaySettings, PromptRole, ScriptedModel};
use testkit::{ModelCard, ModelServer, Script};

/// Remembers a name if its prompt does.
fn attentive() -> ScriptedModel {
    ScriptedModel::new(|asked| {
        let name = asked.messages.iter().find_map(|it| it.content.strip_prefix("My name is "));
        vec![name.map_or("I do not know.".to_owned(), |name| format!("Your name is {name}."))]
    })
}

fn said(request: &ChatRequest) -> Vec<(&str, &str)> {
    request.messages.iter().skip(1).map(|it| (it.role.as_str(), it.content.as_str())).collect()
}

#[tokio::test]
async fn a_prompt_holds_its_own_sessions_talk_and_nothing_of_another() {
    let model = attentive();
    let house = House::staffed(model.clone()).await;
    for (first, second) in [
        (to_daena("My name is Ada"), to_daena("What is my name?")),
        (to_agent("sales-hunter", "My name is Ada"), to_agent("sales-hunter", "What is my name?")),
        (to_department("hr", "My name is Ada"), to_department("hr", "What is my name?")),
    ] {
        let session = house.turn(first).await.reply.session_id;
        let reply = house.turn(second.clone().in_session(session)).await.reply;
        assert_eq!(reply.content, "Your name is Ada.");
        let request = model.requests().last().unwrap().clone();
        assert_eq!(
            said(&request),
            [("user", "My name is Ada"), ("assistant", "Your name is Ada."), ("user", "What is my name?")]
        );
        assert_eq!(house.turn(second).await.reply.content, "I do not know.");
    }
}

#[tokio::test]
async fn a_prompt_says_who_speaks_with_role_and_department() {
    let model = attentive();
    let house = House::staffed(model.clone()).await;
    let instructions =
        |agent: &mut chat_service::domain::Agent| agent.system_prompt = Some("Be terse.".into());
    house.change_agent("sales-hunter", instructions).await;
    let params = |agent: &mut chat_service::domain::Agent| {
        agent.params.insert("temperature".into(), serde_json::json!(0.25));
    };
    house.change_agent("sales-hunter", params).await;
    let (hunter, sales) = (house.agent("sales-hunter").await, house.department("sales").await);
    for message in [to_department("sales", "Hello"), to_agent("sales-hunter", "Hello")] {
        house.turn(message).await;
        let request = model.requests().last().unwrap().clone();
        let system = &request.messages[0];
        assert_eq!(system.role, PromptRole::System);
        for part in [&hunter.name, &hunter.role, &sales.name, &sales.description, "Be terse."] {
            assert!(system.content.contains(part), "{part:?} is missing in {:?}", system.content);
        }
        assert_eq!(request.params["temperature"], 0.25);
    }
    house.turn(to_daena("Hello")).await;
    let request = model.requests().last().unwrap().clone();
    assert!(request.messages[0].content.starts_with("You are Daena, the executive assistant"));
    assert!(request.params.is_empty());
}

#[tokio::test]
async fn what_failed_or_was_never_said_is_no_part_of_the_talk() {
    let server = ModelServer::start(Script::default()).await;
    let house = House::new(ollama(&server)).await;
    let failed = house.turn_that_fails(&server).await;
    server.set(Script { hold_after: Some(1), ..Script::default() });
    let stopped = house.send(to_daena("Two").in_session(failed.session_id)).await;
    server.wait_for("the reply to be held", |stats| stats.held == 1).await;
    let has_text = async || (house.message(stopped.reply.id).await.content == "Hello").then_some(());
    testkit::wait_until("its text", testkit::DEADLINE, has_text).await;
    house.chat.stop(stopped.reply.id).await.unwrap();
    server.set(Script::default());
    house.turn(to_daena("Three").in_session(failed.session_id)).await;
    let asked = server.chats().last().unwrap().messages[1..].to_vec();
    let asked: Vec<_> = asked.iter().map(|(role, text)| (role.as_str(), text.as_str())).collect();
    assert_eq!(asked, [("user", "Speak"), ("user", "Two"), ("assistant", "Hello"), ("user", "Three")]);
}

#[tokio::test]
async fn a_long_talk_is_cut_at_its_oldest_end() {
    // 512 tokens of context by the model's own word, some three bytes each.
    let script = Script { models: vec![ModelCard::new("small:latest", 512)], ..Script::default() };
    let server = ModelServer::start(script).await;
    let house = House::new(ollama(&server)).await;
    let first = house.turn(to_daena(&format!("0 {}", "x".repeat(200)))).await.reply;
    for number in 1..10 {
        let text = format!("{number} {}", "x".repeat(200));
        house.turn(to_daena(&text).in_session(first.session_id)).await;
    }
    let last = server.chats().last().unwrap().clone();
    let texts: Vec<_> = last.messages.iter().map(|(_, text)| text.as_str()).collect();
    assert!(texts[0].starts_with("You are Daena"));
    assert!(texts.last().unwrap().starts_with("9 "));
    assert!(
        texts[1].starts_with(|c: char| ('2'..='9').contains(&c)),
        "the oldest turns are left out: {texts:?}"
    );
    assert!(texts.len() >= 4, "not more than need be: {texts:?}");
    let kept: usize = texts.iter().map(|text| text.len().div_ceil(3)).sum();
    assert!(kept < 512, "{kept} tokens");
    assert_eq!(last.body["options"]["num_ctx"], 512);
}

#[tokio::test]
async fn a_single_question_beyond_the_context_is_asked_whole() {
    let model = attentive();
    let gateway = GatewaySettings { context_tokens: 64, ..Plan::default().gateway };
    let house = House::planned(model.clone(), Plan { gateway, ..Plan::default() }).await;
    let long = "x".repeat(5000);
    let turn = house.send(to_daena(&long)).await;
    soon(turn.finished()).await.unwrap();
    assert_eq!(said(&model.requests()[0]), [("user", long.as_str())]);
}
