//! The circuit of a provider.

use crate::{MODEL, Still, Wire, failure, hear, patient, question};
use llm_gateway::{Circuit, Gateway, GatewaySettings, Provider, ScriptedModel};
use std::sync::Arc;
use testkit::{Fault, ModelCard, ModelServer, Script};

fn brittle() -> GatewaySettings {
    GatewaySettings { circuit_failures: 2, ..patient() }
}

fn circuit(gateway: &Gateway) -> (Circuit, u32) {
    let first = &gateway.status().providers[0];
    (first.circuit, first.failures)
}

/// A server that lists its model and, while it is held, says nothing.
fn mute() -> (ScriptedModel, Gateway) {
    let model = ScriptedModel::saying("Good day");
    model.hold();
    let gateway = Gateway::builder(Arc::new(model.clone()), Arc::new(Still)).settings(brittle()).build();
    (model, gateway)
}

/// A server that was away, and a gateway that has found that out twice.
async fn opened(wire: Wire) -> (ModelServer, Gateway) {
    let server = ModelServer::start(Script::default()).await;
    let gateway = wire.gateway(&server, brittle());
    server.stop().await;
    for failures in 1..=2 {
        assert!(failure(&gateway).await.1.is_unreachable());
        assert_eq!(circuit(&gateway).1, failures);
    }
    assert_eq!(circuit(&gateway).0, Circuit::Open);
    server.restart().await;
    (server, gateway)
}

#[tokio::test(start_paused = true)]
async fn a_model_that_says_nothing_too_often_is_asked_no_more() {
    let (model, gateway) = mute();
    assert!(gateway.probe().await.connected);
    for state in [(Circuit::Closed, 1), (Circuit::Open, 2)] {
        assert!(failure(&gateway).await.1.is_timeout());
        assert_eq!(circuit(&gateway), state);
    }
    let status = gateway.status();
    assert!(!status.connected && status.models.is_empty());
    assert!(status.error.as_deref().unwrap().contains("2 chats in a row failed"), "{status:?}");
    let error = failure(&gateway).await.1;
    assert!(error.is_unreachable() && format!("{error:?}").contains("in a row"), "{error:?}");
    assert_eq!(model.requests().len(), 2, "it was not asked");

    assert!(gateway.probe().await.connected);
    assert_eq!(circuit(&gateway).0, Circuit::HalfOpen);
    assert!(failure(&gateway).await.1.is_timeout());
    assert_eq!(circuit(&gateway).0, Circuit::Open, "one more failure is enough");
    gateway.probe().await;
    model.release();
    assert!(hear(&gateway, question("?")).await.1.is_ok());
    assert_eq!(circuit(&gateway), (Circuit::Closed, 0));
}

#[tokio::test(start_paused = true)]
async fn an_answer_between_two_failures_starts_the_count_anew() {
    let (model, gateway) = mute();
    for _ in 0..3 {
        model.hold();
        assert!(failure(&gateway).await.1.is_timeout());
        assert_eq!(circuit(&gateway), (Circuit::Closed, 1));
        model.release();
        assert!(hear(&gateway, question("?")).await.1.is_ok());
        assert_eq!(circuit(&gateway), (Circuit::Closed, 0));
    }
}

#[tokio::test]
async fn a_server_that_answers_badly_is_there() {
    for wire in Wire::BOTH {
        let server = ModelServer::start(Script::default()).await;
        let gateway = wire.gateway(&server, brittle());
        for fault in [Fault::Status(500), Fault::Html, Fault::ErrorLineAfter(0)] {
            server.stop().await;
            assert!(failure(&gateway).await.1.is_unreachable());
            server.restart().await;
            server.set(Script::fault(fault));
            assert!(!failure(&gateway).await.1.is_unreachable());
            assert_eq!(circuit(&gateway), (Circuit::Closed, 0), "{wire:?} {fault:?}");
        }
    }
}

#[tokio::test]
async fn a_probe_half_opens_it_and_an_answer_closes_it() {
    for wire in Wire::BOTH {
        let (server, gateway) = opened(wire).await;
        assert!(failure(&gateway).await.1.is_unreachable());
        assert_eq!(server.stats().requests, 0, "nobody is sent there before a probe");
        assert!(gateway.probe().await.connected);
        assert_eq!(circuit(&gateway), (Circuit::HalfOpen, 2));
        assert!(hear(&gateway, question("?")).await.1.is_ok());
        assert_eq!(circuit(&gateway), (Circuit::Closed, 0));
    }
}

#[tokio::test]
async fn a_probe_that_fails_opens_it_again() {
    let (server, gateway) = opened(Wire::Ollama).await;
    gateway.probe().await;
    server.stop().await;
    assert!(!gateway.probe().await.connected);
    assert_eq!(circuit(&gateway).0, Circuit::Open);
}

#[tokio::test]
async fn one_goes_ahead_and_the_others_wait_for_its_fate() {
    let (server, gateway) = opened(Wire::Ollama).await;
    let gateway = &gateway;
    server.set(Script { hold_after: Some(0), ..Script::default() });
    gateway.probe().await;
    let mut chats =
        std::pin::pin!(futures_util::future::join_all((0..5).map(|_| hear(gateway, question("?")))));
    tokio::select! {
        _ = &mut chats => panic!("all are held"),
        _ = server.wait_for("one chat", |stats| stats.held == 1) => {}
    }
    assert_eq!(server.chats().len(), 1, "one of five");
    server.release();
    assert!(chats.await.iter().all(|(_, end)| end.is_ok()));
    assert_eq!((server.chats().len(), circuit(gateway)), (5, (Circuit::Closed, 0)));
}

#[tokio::test]
async fn who_goes_ahead_and_leaves_makes_room_for_the_next() {
    let (server, gateway) = opened(Wire::Ollama).await;
    server.set(Script { hold_after: Some(0), ..Script::default() });
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
async fn behind_an_open_circuit_the_other_provider_answers() {
    let first = ModelServer::start(Script::default()).await;
    let models = vec![ModelCard::new(MODEL, 8192)];
    let other = ModelServer::start(Script { models, ..Script::tokens(["Other"]) }).await;
    let gateway = Gateway::to(Provider::new("first", Wire::Ollama.model(&first.url())), Arc::new(Still))
        .provider(Provider::new("other", Wire::Ollama.model(&other.url())))
        .settings(brittle())
        .build();
    first.stop().await;
    for _ in 0..2 {
        assert_eq!(hear(&gateway, question("?")).await.0, "Other");
    }
    assert_eq!(circuit(&gateway).0, Circuit::Closed, "known to be away, it was asked once");
    other.stop().await;
    assert!(failure(&gateway).await.1.is_unreachable());
    assert_eq!(circuit(&gateway).0, Circuit::Open);
    other.restart().await;

    first.restart().await;
    first.set(Script { hold_after: Some(0), ..Script::default() });
    gateway.probe().await;
    let mut ahead = std::pin::pin!(hear(&gateway, question("?")));
    tokio::select! {
        _ = &mut ahead => panic!("it is held"),
        _ = first.wait_for("the one that goes ahead", |stats| stats.held == 1) => {}
    }
    assert_eq!(hear(&gateway, question("?")).await.0, "Other", "while somebody tries the first");
    first.release();
    assert_eq!(ahead.await.0, "Hello from the model.");
    assert_eq!(hear(&gateway, question("?")).await.0, "Hello from the model.");
}
