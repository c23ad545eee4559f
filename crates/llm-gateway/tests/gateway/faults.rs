//! Everything a server does wrong.

use crate::{KEY, SHORT, Wire, failure, hear, patient, question};
use llm_gateway::{ChatRequest, GatewayError, GatewaySettings};
use testkit::{Fault, ModelServer, Script};

async fn fails(wire: Wire, script: Script) -> (String, GatewayError) {
    let server = ModelServer::start(script).await;
    failure(&wire.patient(&server)).await
}

#[tokio::test]
async fn nobody_listens() {
    for wire in Wire::BOTH {
        let server = ModelServer::start(Script::default()).await;
        let gateway = wire.patient(&server);
        assert!(gateway.probe().await.connected);
        server.stop().await;
        let (_, error) = failure(&gateway).await;
        assert!(error.is_unreachable() && !error.is_timeout(), "{wire:?}: {error}");
        let status = gateway.status();
        assert!(!status.connected && status.models.is_empty() && status.version.is_none());
        let why = status.error.as_deref().unwrap();
        assert!(why.contains(&server.url()) && why.contains("refused"), "{why}");
    }
}

#[tokio::test]
async fn a_black_hole_is_a_timeout_and_its_probe_says_disconnected() {
    for wire in Wire::BOTH {
        let server = ModelServer::start(Script::fault(Fault::BlackHole)).await;
        let settings = GatewaySettings { first_token_timeout: SHORT, probe_timeout: SHORT, ..patient() };
        let gateway = wire.gateway(&server, settings);
        let (_, error) = failure(&gateway).await;
        assert!(
            matches!(&error, GatewayError::FirstTokenTimeout { after, .. } if *after == SHORT),
            "{wire:?}: {error}"
        );
        assert!(error.is_timeout() && !error.is_unreachable());
        let status = gateway.probe().await;
        assert!(status.probed && !status.connected);
        assert!(status.error.as_deref().unwrap().contains("150ms"), "{status:?}");
        server.wait_for("the question to be given up", |stats| stats.streams_cancelled == 1).await;
    }
}

#[tokio::test]
async fn a_model_that_never_begins_is_a_timeout() {
    for wire in Wire::BOTH {
        for fault in [Fault::Silent, Fault::SilentAfter(0)] {
            let server = ModelServer::start(Script::fault(fault)).await;
            let gateway = wire.gateway(&server, GatewaySettings { first_token_timeout: SHORT, ..patient() });
            let (text, error) = failure(&gateway).await;
            assert!(matches!(error, GatewayError::FirstTokenTimeout { .. }), "{wire:?} {fault:?}: {error}");
            assert_eq!(text, "");
            server.wait_for("the generation to be ended", |stats| stats.streams_cancelled == 1).await;
            assert!(gateway.probe().await.connected);
        }
    }
}

#[tokio::test]
async fn a_model_that_falls_silent_is_a_timeout_after_its_text() {
    for wire in Wire::BOTH {
        let server = ModelServer::start(Script::fault(Fault::SilentAfter(2))).await;
        let gateway = wire.gateway(&server, GatewaySettings { silence_timeout: SHORT, ..patient() });
        let (text, error) = failure(&gateway).await;
        assert_eq!(text, "Hello from", "{wire:?}");
        assert!(
            matches!(&error, GatewayError::Silence { after, .. } if *after == SHORT),
            "{wire:?}: {error}"
        );
        assert!(error.is_timeout());
        server.wait_for("the generation to be ended", |stats| stats.streams_cancelled == 1).await;
    }
}

#[tokio::test]
async fn an_error_status_says_what_the_server_says() {
    for wire in Wire::BOTH {
        for expected in [400, 401, 429, 500, 503] {
            let (text, error) = fails(wire, Script::fault(Fault::Status(expected))).await;
            assert!(
                matches!(&error, GatewayError::Status { status, detail, .. } if *status == expected && detail == "scripted failure"),
                "{wire:?}: {error}"
            );
            assert_eq!(text, "");
        }
    }
}

#[tokio::test]
async fn a_page_of_html_is_no_answer() {
    for wire in Wire::BOTH {
        let (_, error) = fails(wire, Script::fault(Fault::Html)).await;
        assert!(matches!(error, GatewayError::Protocol { .. }), "{wire:?}: {error}");
        let everywhere = Script { fault_everywhere: true, ..Script::fault(Fault::Html) };
        let server = ModelServer::start(everywhere).await;
        let status = wire.patient(&server).probe().await;
        assert!(
            !status.connected && status.error.as_deref().unwrap().contains("HTML"),
            "{wire:?}: {status:?}"
        );
    }
}

#[tokio::test]
async fn a_connection_closed_without_a_word_is_judged_by_a_probe() {
    for wire in Wire::BOTH {
        let (_, error) = fails(wire, Script::fault(Fault::Drop)).await;
        assert!(matches!(error, GatewayError::Disconnected { .. }), "{wire:?}: {error}");
        let (_, error) = fails(wire, Script { fault_everywhere: true, ..Script::fault(Fault::Drop) }).await;
        assert!(error.is_unreachable(), "{wire:?}: {error}");
    }
}

#[tokio::test]
async fn half_an_answer_is_none() {
    for wire in Wire::BOTH {
        for (tokens, expected) in [(0, ""), (2, "Hello from")] {
            let (text, error) = fails(wire, Script::fault(Fault::DropAfter(tokens))).await;
            assert_eq!(text, expected, "{wire:?}");
            assert!(matches!(error, GatewayError::Disconnected { .. }), "{wire:?}: {error}");
        }
    }
}

#[tokio::test]
async fn a_server_that_dies_before_the_first_token_was_unreachable() {
    for wire in Wire::BOTH {
        let server = ModelServer::start(Script { hold_after: Some(0), ..Script::default() }).await;
        let gateway = wire.patient(&server);
        let ((text, error), ()) = tokio::join!(failure(&gateway), async {
            server.wait_for("the chat", |stats| stats.held == 1).await;
            server.stop().await;
        });
        assert!(error.is_unreachable(), "{wire:?}: {error}");
        assert_eq!(text, "");
    }
}

#[tokio::test]
async fn an_answer_without_its_last_record_is_none() {
    for wire in Wire::BOTH {
        let (text, error) = fails(wire, Script::fault(Fault::NoFinalRecord)).await;
        assert_eq!(text, "Hello from the model.", "{wire:?}");
        assert!(matches!(error, GatewayError::Disconnected { source: None, .. }), "{wire:?}: {error}");
    }
}

#[tokio::test]
async fn an_error_in_the_stream_is_the_models() {
    for wire in Wire::BOTH {
        let (text, error) = fails(wire, Script::fault(Fault::ErrorLineAfter(2))).await;
        assert_eq!(text, "Hello from", "{wire:?}");
        assert!(
            matches!(&error, GatewayError::Model { detail, .. } if detail.contains("error")),
            "{wire:?}: {error}"
        );
    }
}

#[tokio::test]
async fn a_malformed_record_is_a_breach_of_protocol() {
    for wire in Wire::BOTH {
        let (text, error) = fails(wire, Script::fault(Fault::Garbage)).await;
        assert_eq!(text, "Hello", "{wire:?}");
        assert!(matches!(error, GatewayError::Protocol { .. }), "{wire:?}: {error}");
    }
}

#[tokio::test]
async fn a_model_that_is_not_there_is_named() {
    for wire in Wire::BOTH {
        let server = ModelServer::start(Script::default()).await;
        let (_, end) = hear(&wire.patient(&server), ChatRequest::new("none:1b", Vec::new())).await;
        let error = end.unwrap_err();
        assert!(
            matches!(&error, GatewayError::UnknownModel { model, .. } if model == "none:1b"),
            "{wire:?}: {error}"
        );
    }
}

#[tokio::test]
async fn no_error_shows_the_key() {
    for script in
        [Script::fault(Fault::Status(401)), Script::fault(Fault::Drop), Script::fault(Fault::Garbage)]
    {
        let server = ModelServer::start(script).await;
        let gateway = Wire::OpenAi.patient(&server);
        let (_, end) = hear(&gateway, question("?")).await;
        let error = end.unwrap_err();
        for shown in [format!("{error} {error:?} {gateway:?}"), format!("{:?}", gateway.status())] {
            assert!(!shown.contains(KEY), "{shown}");
        }
    }
}
