//! Turns, and giving them back.

use crate::{MODEL, Wire, failure, hear, listen, patient, question};
use futures_util::future::join_all;
use futures_util::{FutureExt, StreamExt};
use llm_gateway::{Chunk, GatewayError, GatewaySettings};
use testkit::{ModelServer, Script};

fn held(tokens: usize) -> Script {
    Script { hold_after: Some(tokens), ..Script::default() }
}

fn narrow(concurrency: usize, queue: usize) -> GatewaySettings {
    GatewaySettings { concurrency, queue, ..patient() }
}

#[tokio::test]
async fn dropping_the_answer_ends_the_generation() {
    for wire in Wire::BOTH {
        let server = ModelServer::start(held(1)).await;
        let mut answer = wire.patient(&server).chat(question("?")).await.unwrap();
        assert!(matches!(answer.next().await, Some(Ok(Chunk::Text(_)))));
        drop(answer);
        server.wait_for("the cancellation", |stats| stats.streams_cancelled == 1 && stats.active == 0).await;
    }
}

#[tokio::test]
async fn dropping_the_question_ends_the_generation() {
    for wire in Wire::BOTH {
        let server = ModelServer::start(held(0)).await;
        let gateway = wire.patient(&server);
        let chat = async { gateway.chat(question("?")).await?.next().await.transpose() };
        tokio::select! {
            said = chat => panic!("nothing is said yet: {said:?}"),
            _ = server.wait_for("the question", |stats| stats.held == 1) => {}
        }
        server.wait_for("the cancellation", |stats| stats.streams_cancelled == 1).await;
    }
}

#[tokio::test]
async fn a_few_are_answered_at_a_time_in_the_order_they_came() {
    for wire in Wire::BOTH {
        let server = ModelServer::start(held(0)).await;
        let gateway = wire.gateway(&server, narrow(2, 1024));
        let asked: Vec<String> = (0..12).map(|number| format!("question {number}")).collect();
        let chats = join_all(asked.iter().map(|text| hear(&gateway, question(text))));
        let (answers, ()) = tokio::join!(chats, async {
            server.wait_for("two chats", |stats| stats.held == 2).await;
            assert_eq!(server.stats().chats, 2);
            server.release();
        });
        assert!(answers.iter().all(|(_, end)| end.is_ok()));
        assert_eq!(server.stats().max_active, 2, "{wire:?}");
        for (place, chat) in server.chats().iter().enumerate() {
            // Two go out at a time and can overtake each other on their way, but no more than that.
            let came = asked.iter().position(|text| *text == chat.messages[0].1).unwrap();
            assert!(came.abs_diff(place) <= 2, "{wire:?}: number {came} arrived as number {place}");
        }
    }
}

#[tokio::test]
async fn one_at_a_time_keeps_the_order_exactly() {
    let server = ModelServer::start(Script::default()).await;
    let gateway = Wire::Ollama.gateway(&server, narrow(1, 1024));
    let asked: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    join_all(asked.iter().map(|text| hear(&gateway, question(text)))).await;
    let seen: Vec<String> = server.chats().into_iter().map(|chat| chat.messages[0].1.clone()).collect();
    assert_eq!(seen, asked);
    assert_eq!(server.stats().max_active, 1);
}

#[tokio::test]
async fn a_full_queue_says_so() {
    let server = ModelServer::start(held(0)).await;
    let gateway = Wire::Ollama.gateway(&server, narrow(1, 2));
    let waiting = join_all((0..3).map(|_| hear(&gateway, question("?"))));
    let (answers, ()) = tokio::join!(waiting, async {
        server.wait_for("the first chat", |stats| stats.held == 1).await;
        assert!(matches!(failure(&gateway).await.1, GatewayError::Busy));
        server.release();
    });
    assert!(answers.iter().all(|(_, end)| end.is_ok()));
    assert!(hear(&gateway, question("?")).await.1.is_ok(), "the queue is free again");
}

#[tokio::test]
async fn a_turn_ends_with_the_last_record() {
    for wire in Wire::BOTH {
        let server = ModelServer::start(Script::default()).await;
        let gateway = wire.gateway(&server, narrow(1, 0));
        let mut answer = gateway.chat(question("?")).await.unwrap();
        assert!(matches!(gateway.chat(question("?")).await.err(), Some(GatewayError::Busy)));
        while !matches!(answer.next().await, Some(Ok(Chunk::Done { .. }))) {}
        assert!(hear(&gateway, question("?")).await.1.is_ok(), "{wire:?}");
        assert!(answer.next().await.is_none());
    }
}

#[tokio::test]
async fn a_turn_ends_with_a_dropped_answer_and_with_a_failure() {
    let server = ModelServer::start(held(1)).await;
    let gateway = Wire::Ollama.gateway(&server, narrow(1, 0));
    drop(gateway.chat(question("?")).await.unwrap());
    server.release();
    let unknown = llm_gateway::ChatRequest::new("none", Vec::new());
    assert!(hear(&gateway, unknown).await.1.is_err());
    assert!(hear(&gateway, question("?")).await.1.is_ok());
}

#[tokio::test]
async fn who_waits_for_a_turn_does_not_wait_for_a_server_that_is_gone() {
    let server = ModelServer::start(held(1)).await;
    let gateway = Wire::Ollama.gateway(&server, narrow(1, 8));
    assert!(gateway.probe().await.connected);
    let mut first = gateway.chat(question("?")).await.unwrap();
    assert!(matches!(first.next().await, Some(Ok(Chunk::Text(_)))));
    let mut second = std::pin::pin!(gateway.chat(question("?")));
    assert!((&mut second).now_or_never().is_none());
    server.stop().await;
    assert!(!gateway.probe().await.connected);
    let error = second.await.err().unwrap();
    assert!(error.is_unreachable() && error.to_string().contains(&server.url()), "{error}");
    assert!(matches!(listen(first).await.1, Err(GatewayError::Disconnected { .. })));
    assert_eq!(server.chats().len(), 1, "{MODEL} was asked once");
}
