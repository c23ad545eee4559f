//! The gateway and both wires against a scripted server on a real socket.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod answers;
mod circuit;
mod connections;
mod faults;
mod health;
mod library;
mod limits;
mod providers;

use domain::{Clock, Timestamp};
use futures_util::StreamExt;
use llm_gateway::{
    ChatModel, ChatRequest, ChatStream, Chunk, ClientSettings, Gateway, GatewayBuilder, GatewayError,
    GatewaySettings, OllamaModel, OpenAiModel, Permission, PromptMessage, Routing, Secret,
};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testkit::ModelServer;

/// Short, but long enough for a loopback connection on a busy machine.
const SHORT: Duration = Duration::from_millis(150);
const MODEL: &str = testkit::DEFAULT_MODEL;
const KEY: &str = "sk-very-secret";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wire {
    Ollama,
    OpenAi,
}

impl Wire {
    const BOTH: [Self; 2] = [Self::Ollama, Self::OpenAi];

    fn model(self, url: &str) -> Arc<dyn ChatModel> {
        let settings = ClientSettings::default();
        match self {
            Self::Ollama => Arc::new(OllamaModel::new(url, &settings).unwrap()),
            Self::OpenAi => Arc::new(OpenAiModel::new(url, Some(&Secret::new(KEY)), &settings).unwrap()),
        }
    }

    fn gateway(self, server: &ModelServer, settings: GatewaySettings) -> Gateway {
        Gateway::builder(self.model(&server.url()), Arc::new(Still)).settings(settings).build()
    }

    fn patient(self, server: &ModelServer) -> Gateway {
        self.gateway(server, patient())
    }
}

/// A clock that stands.
struct Still;

impl Still {
    const AT: Timestamp = Timestamp::from_micros(1_767_323_045_678_901);
}

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Self::AT
    }
}

/// Who may be asked, as a test has it.
#[derive(Clone, Default)]
struct Law(Arc<Mutex<Permission>>);

impl Law {
    fn route(&self, routing: Routing) {
        self.0.lock().unwrap().routing = routing;
    }

    fn forbid(&self) {
        self.0.lock().unwrap().refusal = Some("the brain is switched off".to_owned());
    }

    fn allow(&self) {
        self.0.lock().unwrap().refusal = None;
    }

    fn over(&self, builder: GatewayBuilder) -> GatewayBuilder {
        let law = self.clone();
        builder.permitted_by(move || law.0.lock().unwrap().clone())
    }

    /// A gateway to one server.
    fn gateway(&self, server: &ModelServer, settings: GatewaySettings) -> Gateway {
        let builder = Gateway::builder(Wire::Ollama.model(&server.url()), Arc::new(Still));
        self.over(builder.settings(settings)).build()
    }
}

/// Time limits that no test runs into.
fn patient() -> GatewaySettings {
    let long = Duration::from_secs(20);
    GatewaySettings {
        probe_timeout: long,
        probe_interval: Duration::from_secs(3600),
        ..GatewaySettings::default()
    }
}

fn question(text: &str) -> ChatRequest {
    ChatRequest::new(MODEL, vec![PromptMessage::user(text)])
}

/// The text up to the end, and the end. A chat that fails to start has no text.
async fn hear(gateway: &Gateway, request: ChatRequest) -> (String, Result<Chunk, GatewayError>) {
    match gateway.chat(request).await {
        Ok(answer) => listen(answer).await,
        Err(error) => (String::new(), Err(error)),
    }
}

async fn listen(mut answer: ChatStream) -> (String, Result<Chunk, GatewayError>) {
    let mut text = String::new();
    let mut end = None;
    while let Some(chunk) = answer.next().await {
        assert!(end.is_none(), "nothing follows the end");
        match chunk {
            Ok(Chunk::Text(more)) => {
                assert!(!more.is_empty(), "the gateway keeps signs of life to itself");
                text.push_str(&more);
            }
            other => end = Some(other),
        }
    }
    (text, end.unwrap())
}

async fn failure(gateway: &Gateway) -> (String, GatewayError) {
    let (text, end) = hear(gateway, question("Why?")).await;
    (text, end.unwrap_err())
}
