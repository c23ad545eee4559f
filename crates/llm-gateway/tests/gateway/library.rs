//! Models that are listed, fetched, measured, put away and deleted.

use crate::{KEY, MODEL, SHORT, Still, Wire, patient, question};
use futures_util::StreamExt;
use llm_gateway::{
    ClientSettings, Gateway, GatewayError, GatewaySettings, ModelInfo, ModelName, OllamaModel, PullProgress,
    PullStream, Secret,
};
use serde_json::json;
use std::sync::Arc;
use testkit::{Fault, ModelCard, ModelServer, PullScript, Script};

const NEW: &str = "hf.co/an owner/a model:Q4_K_M";

fn name(text: &str) -> ModelName {
    ModelName::parse(text).unwrap()
}

async fn pulled(mut pull: PullStream) -> (Vec<PullProgress>, Option<GatewayError>) {
    let mut told = Vec::new();
    while let Some(next) = pull.next().await {
        match next {
            Ok(progress) => told.push(progress),
            Err(error) => {
                assert!(pull.next().await.is_none(), "nothing follows an error");
                return (told, Some(error));
            }
        }
    }
    (told, None)
}

async fn pull(gateway: &Gateway, model: &str) -> (Vec<PullProgress>, Option<GatewayError>) {
    match gateway.pull(&name(model), None).await {
        Ok(pull) => pulled(pull).await,
        Err(error) => (Vec::new(), Some(error)),
    }
}

fn completed(told: &[PullProgress]) -> Vec<u64> {
    told.iter().filter_map(|progress| progress.completed_bytes).collect()
}

#[tokio::test]
async fn a_list_tells_all_there_is_to_tell() {
    let loaded = ModelCard { loaded: true, ..ModelCard::new("qwen3:4b", 40_960) };
    let models = vec![ModelCard::new(MODEL, 8192), loaded];
    let server = ModelServer::start(Script { models, ..Script::default() }).await;
    let told = |name: &str, context_length, loaded| ModelInfo {
        name: name.into(),
        size_bytes: Some(2_019_393_189),
        family: Some("llama".into()),
        parameter_size: Some("3.2B".into()),
        quantization: Some("Q4_K_M".into()),
        modified_at: Some("2026-01-02T03:04:05.678901234Z".into()),
        context_length: Some(context_length),
        loaded: Some(loaded),
    };
    let [ollama] = &Wire::Ollama.patient(&server).models().await[..] else { panic!("one provider") };
    assert_eq!(ollama.provider, "ollama");
    assert_eq!(ollama.models.as_ref().unwrap(), &[told(MODEL, 8192, false), told("qwen3:4b", 40_960, true)]);

    let [openai] = &Wire::OpenAi.patient(&server).models().await[..] else { panic!("one provider") };
    let models = openai.models.as_ref().unwrap();
    assert_eq!(models.iter().map(|model| &*model.name).collect::<Vec<_>>(), [MODEL, "qwen3:4b"]);
    assert!(models.iter().all(|model| model.context_length.is_none() && model.loaded.is_none()));
}

#[tokio::test]
async fn a_server_that_lists_nothing_says_why() {
    let why = async |server: &ModelServer| {
        let gateway = Wire::Ollama.gateway(server, GatewaySettings { manage_timeout: SHORT, ..patient() });
        gateway.models().await.pop().unwrap().models.unwrap_err()
    };
    let everywhere = |fault| Script { fault_everywhere: true, ..Script::fault(fault) };
    let server = ModelServer::start(everywhere(Fault::Status(500))).await;
    assert!(matches!(why(&server).await, GatewayError::Status { status: 500, .. }));
    server.set(everywhere(Fault::Html));
    assert!(matches!(why(&server).await, GatewayError::Protocol { .. }));
    server.set(everywhere(Fault::Garbage));
    assert!(matches!(why(&server).await, GatewayError::Protocol { .. }));
    server.set(Script::fault(Fault::BlackHole));
    assert!(why(&server).await.is_unreachable());
    server.stop().await;
    assert!(why(&server).await.is_unreachable());
}

#[tokio::test]
async fn a_pull_tells_its_progress_and_ends_with_the_model_in_the_list() {
    let server = ModelServer::start(Script { split: Some(7), ..Script::default() }).await;
    let gateway = Wire::Ollama.patient(&server);
    let mut pull = gateway.pull(&name(NEW), None).await.unwrap();
    let mut told = Vec::new();
    while let Some(progress) = pull.next().await {
        told.push(progress.unwrap());
        let listed = gateway.status().models.iter().any(|model| model.name == NEW);
        assert_eq!(listed, told.last().unwrap().status == "success");
    }
    assert_eq!(completed(&told), [100, 200, 300, 400]);
    let statuses: Vec<_> = told.iter().map(|progress| &*progress.status).collect();
    let part = "pulling a80c4f17acd5";
    assert_eq!(
        statuses,
        [
            "pulling manifest",
            part,
            part,
            part,
            part,
            "verifying sha256 digest",
            "writing manifest",
            "success"
        ]
    );
    assert_eq!(told[1].total_bytes, Some(400));
    assert!(told[1].digest.as_deref().unwrap().starts_with("sha256:a80c4f17acd5"));

    let asked = &server.requests()[0];
    assert_eq!((&*asked.method, &*asked.route), ("POST", "/api/pull"));
    assert_eq!(asked.body, json!({"model": NEW, "name": NEW, "stream": true}));
}

#[tokio::test]
async fn a_pull_that_fails_says_why() {
    let missing = "pull model manifest: file does not exist";
    let error = async |script: Script| {
        let server = ModelServer::start(script).await;
        let (told, error) = pull(&Wire::Ollama.patient(&server), NEW).await;
        assert!(told.iter().all(|progress| progress.status != "success"));
        (completed(&told), error.unwrap())
    };
    let (parts, refused) = error(Script {
        pull: PullScript { error: missing.into(), ..PullScript::default() },
        ..Script::fault(Fault::ErrorLineAfter(0))
    })
    .await;
    assert!(parts.is_empty());
    assert!(
        matches!(&refused, GatewayError::Model { model, detail } if model == NEW && detail == missing),
        "{refused}"
    );
    let (parts, broken) = error(Script::fault(Fault::ErrorLineAfter(2))).await;
    assert_eq!(parts, [100, 200]);
    assert!(
        matches!(&broken, GatewayError::Model { detail, .. } if detail == "max retries exceeded: unexpected EOF")
    );
    let (parts, cut) = error(Script::fault(Fault::DropAfter(2))).await;
    assert_eq!(parts, [100, 200]);
    assert!(matches!(cut, GatewayError::Disconnected { .. }), "{cut}");
    let (parts, half) = error(Script::fault(Fault::NoFinalRecord)).await;
    assert_eq!(parts, [100, 200, 300, 400]);
    assert!(matches!(half, GatewayError::Disconnected { source: None, .. }), "{half}");
    assert!(matches!(error(Script::fault(Fault::Garbage)).await, (_, GatewayError::Protocol { .. })));
    assert!(matches!(error(Script::fault(Fault::Html)).await, (_, GatewayError::Protocol { .. })));
    assert!(matches!(
        error(Script::fault(Fault::Status(500))).await,
        (_, GatewayError::Status { status: 500, .. })
    ));
    assert!(matches!(error(Script::fault(Fault::Drop)).await, (_, GatewayError::Disconnected { .. })));
}

#[tokio::test]
async fn a_pull_from_nobody_is_no_pull() {
    let server = ModelServer::start(Script::default()).await;
    let gateway = Wire::Ollama.patient(&server);
    server.stop().await;
    assert!(pull(&gateway, NEW).await.1.unwrap().is_unreachable());
    gateway.probe().await;
    server.restart().await;
    let asked = server.stats().requests;
    assert!(pull(&gateway, NEW).await.1.unwrap().is_unreachable());
    assert_eq!(server.stats().requests, asked, "it is known to be away");
    gateway.probe().await;
    assert!(pull(&gateway, NEW).await.1.is_none());
}

#[tokio::test]
async fn a_silent_pull_is_given_up_and_cancelled() {
    for fault in [Fault::Silent, Fault::SilentAfter(1)] {
        let server = ModelServer::start(Script::fault(fault)).await;
        let settings = GatewaySettings { manage_timeout: SHORT, pull_silence_timeout: SHORT, ..patient() };
        let error = pull(&Wire::Ollama.gateway(&server, settings), NEW).await.1.unwrap();
        match fault {
            Fault::Silent => {
                assert!(error.is_unreachable() && format!("{error:?}").contains("150ms"), "{error:?}")
            }
            _ => assert!(matches!(&error, GatewayError::Silence { model, .. } if model == NEW), "{error}"),
        }
        server.wait_for("the pull to be cancelled", |stats| stats.streams_cancelled == 1).await;
    }
}

#[tokio::test]
async fn a_pull_that_is_dropped_is_cancelled_and_the_next_goes_on_there() {
    let server = ModelServer::start(Script { hold_after: Some(2), ..Script::default() }).await;
    let gateway = Wire::Ollama.patient(&server);
    let begun = gateway.pull(&name(NEW), None).await.unwrap();
    server.wait_for("the pull to be held", |stats| stats.held == 1).await;
    drop(begun);
    server.wait_for("the cancellation", |stats| stats.streams_cancelled == 1 && stats.active == 0).await;
    assert!(!gateway.probe().await.models.iter().any(|model| model.name == NEW));
    server.set(Script::default());
    let (told, error) = pull(&gateway, NEW).await;
    assert!(error.is_none());
    assert_eq!(completed(&told), [300, 400]);
}

#[tokio::test]
async fn a_pull_whose_server_dies_goes_on_when_it_is_back() {
    let server = ModelServer::start(Script { hold_after: Some(3), ..Script::default() }).await;
    let gateway = Wire::Ollama.patient(&server);
    let ((told, error), ()) = tokio::join!(pull(&gateway, NEW), async {
        server.wait_for("the pull to be held", |stats| stats.held == 1).await;
        server.stop().await;
    });
    assert_eq!(completed(&told), [100, 200, 300]);
    assert!(matches!(error, Some(GatewayError::Disconnected { .. })));
    server.restart().await;
    server.release();
    let (told, error) = pull(&gateway, NEW).await;
    assert!(error.is_none());
    assert_eq!(completed(&told), [400]);
}

#[tokio::test]
async fn a_model_is_taken_out_of_memory() {
    let models = vec![ModelCard { loaded: true, ..ModelCard::new(MODEL, 8192) }];
    let server = ModelServer::start(Script { models, ..Script::default() }).await;
    let gateway = Wire::Ollama.patient(&server);
    gateway.unload(&name(MODEL), None).await.unwrap();
    let asked = &server.requests()[0];
    assert_eq!((&*asked.method, &*asked.route), ("POST", "/api/generate"));
    assert_eq!(asked.body, json!({"model": MODEL, "keep_alive": 0, "stream": false}));
    let listed = gateway.models().await.pop().unwrap().models.unwrap();
    assert_eq!(listed[0].loaded, Some(false));
    let error = gateway.unload(&name("none"), None).await.unwrap_err();
    assert!(matches!(&error, GatewayError::UnknownModel { model, .. } if model == "none"), "{error}");
}

#[tokio::test]
async fn a_deleted_model_is_gone_from_the_list_at_once() {
    let models = vec![ModelCard::new(MODEL, 8192), ModelCard::new(NEW, 2048)];
    let server = ModelServer::start(Script { models, ..Script::default() }).await;
    let gateway = Wire::Ollama.patient(&server);
    assert_eq!(gateway.probe().await.models.len(), 2);
    assert_eq!(gateway.context_tokens(NEW).await, 2048);
    gateway.delete(&name(NEW), None).await.unwrap();
    let asked = server.requests().into_iter().find(|asked| asked.method == "DELETE").unwrap();
    assert_eq!((&*asked.route, asked.body), ("/api/delete", json!({"model": NEW, "name": NEW})));
    assert_eq!(gateway.status().models.iter().map(|model| &*model.name).collect::<Vec<_>>(), [MODEL]);
    assert_eq!(gateway.context_tokens(NEW).await, 8192, "its context is forgotten too");
    let error = gateway.delete(&name(NEW), None).await.unwrap_err();
    assert!(matches!(error, GatewayError::UnknownModel { .. }), "{error}");
}

#[tokio::test]
async fn what_fails_around_models_says_why() {
    let everywhere = |fault| Script { fault_everywhere: true, ..Script::fault(fault) };
    for fault in [Fault::Status(500), Fault::Html, Fault::Drop, Fault::BlackHole] {
        let server = ModelServer::start(everywhere(fault)).await;
        let gateway = Wire::Ollama.gateway(&server, GatewaySettings { manage_timeout: SHORT, ..patient() });
        let unload = gateway.unload(&name(MODEL), None).await.unwrap_err();
        let delete = gateway.delete(&name(MODEL), None).await.unwrap_err();
        for error in [unload, delete] {
            let told = match fault {
                Fault::Status(500) => matches!(error, GatewayError::Status { status: 500, .. }),
                Fault::Html => matches!(error, GatewayError::Protocol { .. }),
                Fault::Drop => matches!(error, GatewayError::Disconnected { .. }),
                _ => error.is_unreachable(),
            };
            assert!(told, "{fault:?}: {error:?}");
        }
    }
}

#[tokio::test]
async fn who_cannot_manage_models_says_so_without_a_call() {
    let server = ModelServer::start(Script::default()).await;
    let gateway = Wire::OpenAi.patient(&server);
    for error in [
        gateway.pull(&name(NEW), None).await.err().unwrap(),
        gateway.unload(&name(MODEL), Some("openai")).await.unwrap_err(),
        gateway.delete(&name(MODEL), Some("elsewhere")).await.unwrap_err(),
        Wire::Ollama.patient(&server).delete(&name(MODEL), Some("elsewhere")).await.unwrap_err(),
    ] {
        assert!(matches!(error, GatewayError::NotManaged { .. }), "{error}");
    }
    assert_eq!(server.stats().requests, 0);
}

#[tokio::test]
async fn a_test_measures_a_real_answer() {
    for wire in Wire::BOTH {
        let server = ModelServer::start(Script::default()).await;
        let tested = wire.patient(&server).test(question("Two words")).await.unwrap();
        assert_eq!((&*tested.text, &*tested.model), ("Hello from the model.", MODEL), "{wire:?}");
        assert_eq!(tested.usage.unwrap().completion_tokens, 4);
        assert!(tested.first_token <= tested.total);
        let speed = tested.tokens_per_second.unwrap();
        match wire {
            // What the server itself says: 4 tokens in 52,479,709 ns.
            Wire::Ollama => assert!((speed - 76.22).abs() < 0.01, "{speed}"),
            Wire::OpenAi => assert!(speed > 0.0),
        }
        assert_eq!(server.stats().chats, 1);
    }
    for fault in [Fault::ErrorLineAfter(2), Fault::DropAfter(2), Fault::NoFinalRecord, Fault::Status(500)] {
        let server = ModelServer::start(Script::fault(fault)).await;
        assert!(Wire::Ollama.patient(&server).test(question("?")).await.is_err(), "{fault:?}");
    }
}

#[tokio::test]
async fn an_ollama_behind_a_gatekeeper_gets_its_key() {
    let server = ModelServer::start(Script::default()).await;
    let key = Secret::new(KEY);
    let model = OllamaModel::with_key(&server.url(), Some(&key), &ClientSettings::default()).unwrap();
    let gateway = Gateway::builder(Arc::new(model), Arc::new(Still)).settings(patient()).build();
    assert!(pull(&gateway, NEW).await.1.is_none());
    gateway.delete(&name(NEW), None).await.unwrap();
    assert!(server.requests().iter().all(|asked| asked.headers["authorization"] == format!("Bearer {KEY}")));
}
