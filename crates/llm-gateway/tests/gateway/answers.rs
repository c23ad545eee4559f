//! Answers that go well.

use crate::{KEY, MODEL, Still, Wire, hear, patient, question};
use domain::Usage;
use futures_util::StreamExt;
use llm_gateway::{ChatRequest, Chunk, Gateway, PromptMessage, ScriptedModel};
use serde_json::json;
use std::sync::Arc;
use testkit::{ModelServer, Script};

#[tokio::test]
async fn an_answer_comes_whole_with_its_counters_and_its_model() {
    for wire in Wire::BOTH {
        let server = ModelServer::start(Script::default()).await;
        let (text, end) = hear(&wire.patient(&server), question("Two words")).await;
        assert_eq!(text, "Hello from the model.", "{wire:?}");
        let usage = Some(Usage { prompt_tokens: 2, completion_tokens: 4 });
        assert_eq!(end.unwrap(), Chunk::Done { usage, model: MODEL.into() }, "{wire:?}");
        server.wait_for("the stream's end", |stats| stats.streams_finished == 1).await;
        assert_eq!(server.stats().streams_cancelled, 0);
    }
}

#[tokio::test]
async fn however_the_bytes_are_split_characters_stay_whole() {
    let tokens = ["Zażółć", " 漢字仮名", " 🦀👩‍🚀", "\n\"\\\u{7}", "שלום\u{200f}", " e\u{301}"];
    for wire in Wire::BOTH {
        for split in [1, 2, 3, 5, 7, 64] {
            let server = ModelServer::start(Script { split: Some(split), ..Script::tokens(tokens) }).await;
            let (text, end) = hear(&wire.patient(&server), question("?")).await;
            assert_eq!(text, tokens.concat(), "{wire:?} in {split} bytes");
            assert!(matches!(end, Ok(Chunk::Done { .. })));
        }
    }
}

#[tokio::test]
async fn what_comes_in_one_packet_is_one_chunk() {
    for wire in Wire::BOTH {
        let server = ModelServer::start(Script { coalesce: true, ..Script::default() }).await;
        let mut answer = wire.patient(&server).chat(question("?")).await.unwrap();
        assert_eq!(
            answer.next().await.unwrap().unwrap(),
            Chunk::Text("Hello from the model.".into()),
            "{wire:?}"
        );
        assert!(matches!(answer.next().await, Some(Ok(Chunk::Done { .. }))));
        assert!(answer.next().await.is_none());
    }
}

#[tokio::test]
async fn text_is_passed_on_before_the_answer_is_whole() {
    for wire in Wire::BOTH {
        let server = ModelServer::start(Script { hold_after: Some(1), ..Script::default() }).await;
        let mut answer = wire.patient(&server).chat(question("?")).await.unwrap();
        assert_eq!(answer.next().await.unwrap().unwrap(), Chunk::Text("Hello".into()), "{wire:?}");
        server.step(1);
        assert_eq!(answer.next().await.unwrap().unwrap(), Chunk::Text(" from".into()), "{wire:?}");
    }
}

#[tokio::test]
async fn the_question_arrives_as_it_was_asked() {
    let server = ModelServer::start(Script::default()).await;
    let messages = vec![
        PromptMessage::system("Be kind."),
        PromptMessage::user("a"),
        PromptMessage::assistant("b"),
        PromptMessage::user("c\u{200f} 🦀"),
    ];
    let mut request = ChatRequest::new(MODEL, messages);
    request.context_tokens = Some(4096);
    request.max_tokens = Some(100);
    request.params.insert("temperature".into(), json!(0.25));
    for wire in Wire::BOTH {
        hear(&wire.patient(&server), request.clone()).await.1.unwrap();
    }
    let chats = server.chats();
    for chat in &chats {
        let said: Vec<(&str, &str)> = chat.messages.iter().map(|(role, text)| (&**role, &**text)).collect();
        assert_eq!(
            said,
            [("system", "Be kind."), ("user", "a"), ("assistant", "b"), ("user", "c\u{200f} 🦀")]
        );
        assert_eq!(chat.body["stream"], true);
        assert_eq!(chat.headers["content-type"], "application/json");
    }
    let [ollama, openai] = &chats[..] else { panic!("two chats") };
    assert_eq!(ollama.body["options"], json!({"num_ctx": 4096, "num_predict": 100, "temperature": 0.25}));
    assert_eq!(ollama.headers.get("authorization"), None);
    assert_eq!((&openai.body["max_tokens"], &openai.body["temperature"]), (&json!(100), &json!(0.25)));
    assert_eq!(openai.headers["authorization"], format!("Bearer {KEY}"));
}

#[tokio::test]
async fn an_openai_url_may_name_its_version_or_not() {
    let server = ModelServer::start(Script::default()).await;
    for url in [server.url(), server.openai_url(), format!("{}/", server.openai_url())] {
        let gateway = Gateway::builder(Wire::OpenAi.model(&url), Arc::new(Still)).settings(patient()).build();
        assert!(gateway.probe().await.connected, "{url}");
        hear(&gateway, question("?")).await.1.unwrap();
    }
}

#[tokio::test]
async fn a_scripted_model_does_as_it_is_told() {
    let model = ScriptedModel::new(|request| vec!["to ".into(), request.model.clone()]);
    let gateway = Gateway::builder(Arc::new(model.clone()), Arc::new(Still)).build();
    model.hold();
    let (answer, ()) = tokio::join!(hear(&gateway, ChatRequest::new("you", Vec::new())), async {
        model.asked_times(1).await;
        model.release();
    });
    assert_eq!(answer.0, "to you");
    assert!(matches!(answer.1, Ok(Chunk::Done { usage: None, model }) if model == "scripted"));
    assert_eq!(model.requests().len(), 1);
    model.set_online(false);
    assert!(hear(&gateway, question("?")).await.1.unwrap_err().is_unreachable());
}
