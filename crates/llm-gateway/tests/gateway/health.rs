//! The probe.

use crate::{Law, MODEL, SHORT, Still, Wire, failure, patient};
use futures_util::FutureExt;
use futures_util::future::join_all;
use llm_gateway::{BrainStatus, Gateway, GatewayError, GatewaySettings, ModelInfo};
use std::sync::Arc;
use std::time::Duration;
use testkit::{DEADLINE, Fault, ModelCard, ModelServer, Script};
use tokio_util::sync::CancellationToken;

async fn wait_for(gateway: &Gateway, connected: bool) -> Arc<BrainStatus> {
    let mut status = gateway.watch();
    let reached = tokio::time::timeout(
        DEADLINE,
        status.wait_for(|status| status.probed && status.connected == connected),
    );
    Arc::clone(&reached.await.unwrap().unwrap())
}

/// Runs the probe's loop beside the test.
async fn with_probe(gateway: &Gateway, test: impl Future<Output = ()>) {
    let cancel = CancellationToken::new();
    tokio::join!(gateway.clone().run_probe(cancel.clone()), async {
        test.await;
        cancel.cancel();
    });
}

#[tokio::test]
async fn nothing_is_known_before_the_first_probe() {
    let server = ModelServer::start(Script::default()).await;
    let status = Wire::Ollama.patient(&server).status();
    assert!(!status.probed && !status.connected && status.checked_at.is_none() && status.error.is_none());
    assert_eq!((status.provider, &status.base_url), ("ollama", &server.url()));
}

#[tokio::test]
async fn a_probe_tells_version_and_models() {
    let server = ModelServer::start(Script::default()).await;
    let status = Wire::Ollama.patient(&server).probe().await;
    let model = ModelInfo {
        name: MODEL.into(),
        size_bytes: Some(2_019_393_189),
        family: Some("llama".into()),
        parameter_size: Some("3.2B".into()),
        quantization: Some("Q4_K_M".into()),
        modified_at: Some("2026-01-02T03:04:05.678901234Z".into()),
        ..ModelInfo::default()
    };
    assert!(status.connected && status.probed && status.error.is_none() && status.latency_ms.is_some());
    assert_eq!((status.version.as_deref(), status.checked_at), (Some("0.12.6"), Some(Still::AT)));
    assert_eq!(status.models, [model]);

    let status = Wire::OpenAi.patient(&server).probe().await;
    assert_eq!((status.connected, status.provider, status.models[0].name.as_str()), (true, "openai", MODEL));
}

#[tokio::test]
async fn the_loop_sees_a_server_go_and_come_back() {
    for wire in Wire::BOTH {
        let server = ModelServer::start(Script::default()).await;
        server.stop().await;
        let settings = GatewaySettings { probe_interval: Duration::from_millis(20), ..patient() };
        let gateway = wire.gateway(&server, settings);
        with_probe(&gateway, async {
            for _ in 0..2 {
                wait_for(&gateway, false).await;
                server.restart().await;
                assert_eq!(wait_for(&gateway, true).await.models.len(), 1, "{wire:?}");
                server.stop().await;
            }
            wait_for(&gateway, false).await;
        })
        .await;
    }
}

#[tokio::test]
async fn a_chat_that_finds_the_server_gone_says_so_at_once() {
    let server = ModelServer::start(Script::default()).await;
    let gateway = Wire::Ollama.patient(&server);
    with_probe(&gateway, async {
        wait_for(&gateway, true).await;
        server.stop().await;
        assert!(gateway.status().connected, "the next probe is an hour away");
        assert!(failure(&gateway).await.1.is_unreachable());
        assert!(!gateway.status().connected);
    })
    .await;
}

#[tokio::test]
async fn a_report_disconnects_at_once_and_the_loop_looks_again_at_once() {
    let server = ModelServer::start(Script::default()).await;
    let gateway = Wire::Ollama.patient(&server);
    with_probe(&gateway, async {
        wait_for(&gateway, true).await;
        let gone = GatewayError::Unreachable { base_url: server.url(), source: "no route".into() };
        gateway.report_unreachable(&gone);
        let status = gateway.status();
        assert!(!status.connected && status.error.as_deref().unwrap().contains("no route"), "{status:?}");
        wait_for(&gateway, true).await;
    })
    .await;
}

#[tokio::test]
async fn the_loop_ends_when_cancelled_even_in_a_probe() {
    let server = ModelServer::start(Script::fault(Fault::BlackHole)).await;
    let gateway = Wire::Ollama.patient(&server);
    with_probe(&gateway, async {
        server.wait_for("the probe", |stats| stats.requests == 2).await;
    })
    .await;
}

#[tokio::test]
async fn who_probes_at_the_same_time_shares_one_probe() {
    let server = ModelServer::start(Script::fault(Fault::BlackHole)).await;
    let gateway = Wire::Ollama.gateway(&server, GatewaySettings { probe_timeout: SHORT, ..patient() });
    let statuses = join_all((0..10).map(|_| gateway.probe())).await;
    assert!(statuses.iter().all(|status| !status.connected));
    assert_eq!(server.stats().requests, 2, "one probe asks for version and models");
    gateway.probe().await;
    assert_eq!(server.stats().requests, 4);
}

#[tokio::test]
async fn a_probe_nobody_waits_for_any_more_is_not_joined() {
    let server = ModelServer::start(Script::fault(Fault::BlackHole)).await;
    let gateway = Wire::Ollama.patient(&server);
    tokio::select! {
        status = gateway.probe() => panic!("a black hole answers nothing: {status:?}"),
        _ = server.wait_for("the probe", |stats| stats.requests == 2) => {}
    }
    server.set(Script::default());
    assert!(gateway.probe().await.connected);
}

#[tokio::test]
async fn a_probe_needs_no_turn_and_a_status_no_server() {
    let server = ModelServer::start(Script { hold_after: Some(0), ..Script::default() }).await;
    let gateway = Wire::OpenAi.gateway(&server, GatewaySettings { concurrency: 1, ..patient() });
    let _answer = gateway.chat(crate::question("?")).await.unwrap();
    assert!(gateway.probe().await.connected);
    let asked = server.stats().requests;
    assert!(gateway.status().connected);
    assert_eq!(server.stats().requests, asked);
}

#[tokio::test]
async fn a_model_server_that_is_down_answers_to_nobody() {
    for wire in Wire::BOTH {
        let script = Script { fault_everywhere: true, ..Script::fault(Fault::Status(500)) };
        let status = wire.patient(&ModelServer::start(script).await).probe().await;
        assert!(!status.connected, "{wire:?}");
        assert!(status.error.as_deref().unwrap().contains("500: scripted failure"), "{status:?}");
    }
}

#[tokio::test]
async fn the_context_is_the_models_but_never_more_than_the_setting() {
    let models = vec![ModelCard::new("small:1b", 2048), ModelCard::new("large:70b", 131_072)];
    let server = ModelServer::start(Script { models, ..Script::default() }).await;
    let gateway = Wire::Ollama.patient(&server);
    for _ in 0..3 {
        assert_eq!(gateway.context_tokens("small:1b").await, 2048);
        assert_eq!(gateway.context_tokens("large:70b").await, 8192);
        assert_eq!(gateway.context_tokens("none").await, 8192);
    }
    assert_eq!(server.stats().requests, 3, "each model is asked for once");
    assert_eq!(
        Wire::OpenAi.patient(&server).context_tokens("small:1b").await,
        8192,
        "this wire does not tell"
    );
}

#[tokio::test]
async fn a_server_that_cannot_tell_the_context_costs_a_bounded_time() {
    let server = ModelServer::start(Script::fault(Fault::BlackHole)).await;
    let gateway = Wire::Ollama.gateway(&server, GatewaySettings { probe_timeout: SHORT, ..patient() });
    assert_eq!(gateway.context_tokens(MODEL).await, 8192);
    assert_eq!(gateway.context_tokens(MODEL).now_or_never(), Some(8192), "a guess is kept for a while");
    server.stop().await;
    assert_eq!(gateway.context_tokens("other").await, 8192);
    assert!(gateway.status().probed && !gateway.status().connected, "it was found unreachable");
}

#[tokio::test]
async fn while_it_is_refused_nothing_is_sent_to_the_server_and_the_loop_goes_on_when_it_no_longer_is() {
    let server = ModelServer::start(Script::default()).await;
    let law = Law::default();
    law.forbid();
    let gateway = law.gateway(&server, patient());
    with_probe(&gateway, async {
        let (_, error) = failure(&gateway).await;
        assert!(error.is_unreachable(), "{error:?}");
        assert!(!gateway.probe().await.connected);
        gateway.context_tokens(MODEL).await;
        assert_eq!(server.stats().requests, 0);
        law.allow();
        gateway.look_again();
        wait_for(&gateway, true).await;
    })
    .await;
}
