//! The circuit of a provider.

use crate::{MODEL, SHORT, Still, Wire, failure, hear, patient, question};
use futures_util::StreamExt;
use llm_gateway::{Circuit, Gateway, GatewayError, GatewaySettings, Provider};
use std::sync::Arc;
use testkit::{Fault, ModelCard, ModelServer, Script};

fn brittle() -> GatewaySettings {
    GatewaySettings { first_token_timeout: SHORT, circuit_failures: 2, ..patient() }
}

fn circuit(gateway: &Gateway) -> (Circuit, u32) {
    let first = &gateway.status().providers[0];
    (first.circuit, first.failures)
}

/// A server that lists its models and answers no chat, and a gateway that has found that out.
async fn opened() -> (ModelServer, Gateway) {
    let server = ModelServer::start(Script::fault(Fault::Silent)).await;
    let gateway = Wire::Ollama.gateway(&server, brittle());
    gateway.probe().await;
    for failures in 1..=2 {
        assert!(failure(&gateway).await.1.is_timeout());
        assert_eq!(circuit(&gateway).1, failures);
    }
    assert_eq!(circuit(&gateway), (Circuit::Open, 2));
    (server, gateway)
}

#[tokio::test]
async fn too_many_failures_in_a_row_open_it_and_nobody_is_sent_there() {
    let (server, gateway) = opened().await;
    let status = gateway.status();
    assert!(!status.connected && status.models.is_empty());
    assert!(status.error.as_deref().unwrap().contains("2 chats in a row failed"), "{status:?}");
    let error = failure(&gateway).await.1;
    assert!(error.is_unreachable() && format!("{error:?}").contains("in a row"), "{error:?}");
    assert_eq!(server.chats().len(), 2);
}

#[tokio::test]
async fn a_probe_half_opens_it_and_an_answer_closes_it() {
    let (server, gateway) = opened().await;
    server.set(Script::default());
    assert!(gateway.probe().await.connected);
    assert_eq!(circuit(&gateway), (Circuit::HalfOpen, 2));
    assert!(hear(&gateway, question("?")).await.1.is_ok());
    assert_eq!(circuit(&gateway), (Circuit::Closed, 0));
}

#[tokio::test]
async fn one_more_failure_opens_it_again() {
    let (server, gateway) = opened().await;
    assert!(gateway.probe().await.connected);
    assert!(failure(&gateway).await.1.is_timeout());
    assert_eq!(circuit(&gateway).0, Circuit::Open);
    assert!(failure(&gateway).await.1.is_unreachable());
    assert_eq!(server.chats().len(), 3);
    gateway.probe().await;
    assert_eq!(circuit(&gateway).0, Circuit::HalfOpen);
    server.stop().await;
    gateway.probe().await;
    assert_eq!(circuit(&gateway).0, Circuit::Open, "a probe that fails opens it too");
}

#[tokio::test]
async fn one_goes_ahead_and_the_others_wait_for_its_fate() {
    let (server, gateway) = opened().await;
    let gateway = &gateway;
    server.set(Script { hold_after: Some(0), ..Script::default() });
    gateway.probe().await;
    let mut chats =
        std::pin::pin!(futures_util::future::join_all((0..5).map(|_| hear(gateway, question("?")))));
    // The first one has its time from its own beginning: it is let go at once, and with its first token the others.
    tokio::select! {
        _ = &mut chats => panic!("all are held"),
        _ = server.wait_for("one chat", |stats| stats.held == 1) => {}
    }
    assert_eq!(server.chats().len(), 3, "two before, and one");
    server.release();
    assert!(chats.await.iter().all(|(_, end)| end.is_ok()));
    assert_eq!((server.chats().len(), circuit(gateway)), (7, (Circuit::Closed, 0)));
}

#[tokio::test]
async fn who_goes_ahead_and_leaves_makes_room_for_the_next() {
    let (server, gateway) = opened().await;
    let settings = Script { hold_after: Some(0), ..Script::default() };
    server.set(settings);
    gateway.probe().await;
    {
        let mut first = std::pin::pin!(gateway.chat(question("?")));
        tokio::select! {
            _ = &mut first => panic!("it is held"),
            _ = server.wait_for("the first", |stats| stats.held == 1) => {}
        }
    }
    server.set(Script::default());
    assert!(hear(&gateway, question("?")).await.1.is_ok());
    assert_eq!(circuit(&gateway), (Circuit::Closed, 0));
}

#[tokio::test]
async fn an_answer_between_two_failures_starts_the_count_anew() {
    for wire in Wire::BOTH {
        let server = ModelServer::start(Script::fault(Fault::Silent)).await;
        let gateway = wire.gateway(&server, brittle());
        for _ in 0..3 {
            server.set(Script::fault(Fault::Silent));
            assert!(failure(&gateway).await.1.is_timeout());
            assert_eq!(circuit(&gateway), (Circuit::Closed, 1), "{wire:?}");
            server.set(Script::default());
            assert!(hear(&gateway, question("?")).await.1.is_ok());
            assert_eq!(circuit(&gateway), (Circuit::Closed, 0), "{wire:?}");
        }
        for fault in [Fault::Status(500), Fault::Html, Fault::ErrorLineAfter(0)] {
            server.set(Script::fault(Fault::Silent));
            assert!(failure(&gateway).await.1.is_timeout());
            server.set(Script::fault(fault));
            assert!(failure(&gateway).await.1.to_string().len() > 1);
            assert_eq!(circuit(&gateway), (Circuit::Closed, 0), "{wire:?} {fault:?}: it answered, if badly");
        }
    }
}

#[tokio::test]
async fn a_server_that_cannot_be_connected_to_opens_it_too() {
    let server = ModelServer::start(Script::default()).await;
    let gateway = Wire::OpenAi.gateway(&server, GatewaySettings { circuit_failures: 2, ..patient() });
    server.stop().await;
    assert!(failure(&gateway).await.1.is_unreachable());
    assert_eq!(circuit(&gateway), (Circuit::Closed, 1));
    assert!(failure(&gateway).await.1.is_unreachable());
    assert_eq!(circuit(&gateway), (Circuit::Open, 2));
    server.restart().await;
    assert!(failure(&gateway).await.1.is_unreachable());
    assert_eq!(server.chats().len(), 0, "nobody is sent there before a probe");
    gateway.probe().await;
    assert!(hear(&gateway, question("?")).await.1.is_ok());
    assert_eq!(circuit(&gateway), (Circuit::Closed, 0));
}

#[tokio::test]
async fn behind_an_open_circuit_the_other_provider_answers() {
    let models = || vec![ModelCard::new(MODEL, 8192)];
    let silent = ModelServer::start(Script { models: models(), ..Script::fault(Fault::Silent) }).await;
    let other = ModelServer::start(Script { models: models(), ..Script::tokens(["Other"]) }).await;
    let gateway = Gateway::to(Provider::new("silent", Wire::Ollama.model(&silent.url())), Arc::new(Still))
        .provider(Provider::new("other", Wire::Ollama.model(&other.url())).settings(patient()))
        .settings(brittle())
        .build();
    gateway.probe().await;
    for _ in 0..2 {
        let error = failure(&gateway).await.1;
        assert!(
            matches!(error, GatewayError::FirstTokenTimeout { .. }),
            "a slow model is no reason to ask another"
        );
    }
    assert_eq!(circuit(&gateway).0, Circuit::Open);
    assert_eq!(hear(&gateway, question("?")).await.0, "Other");

    silent.set(Script { hold_after: Some(0), ..Script::default() });
    gateway.probe().await;
    let mut ahead = std::pin::pin!(hear(&gateway, question("?")));
    tokio::select! {
        _ = &mut ahead => panic!("it is held"),
        _ = silent.wait_for("the one that goes ahead", |stats| stats.held == 1) => {}
    }
    assert_eq!(hear(&gateway, question("?")).await.0, "Other", "while somebody tries the first");
    silent.release();
    assert_eq!(ahead.await.0, "Hello from the model.");
    let mut answer = gateway.chat(question("?")).await.unwrap();
    assert!(answer.next().await.is_some());
    assert_eq!((silent.chats().len(), other.chats().len()), (4, 2));
}
