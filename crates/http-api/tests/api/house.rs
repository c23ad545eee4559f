//! A running server to ask.

use chat_service::{ChatService, ChatServiceBuilder, ScriptedModel};
use company_service::Company;
use http_api::{ApiSettings, bind};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use testkit::{Http, ModelServer, Script};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A server with the seeded company, on a free port.
pub(crate) struct House {
    pub(crate) http: Http,
    pub(crate) base: String,
    pub(crate) chat: ChatService,
    pub(crate) company: Company,
    shutdown: CancellationToken,
    serving: JoinHandle<std::io::Result<()>>,
    _folder: TempDir,
}

/// Settings with any free port.
pub(crate) fn settings() -> ApiSettings {
    ApiSettings {
        addresses: vec![SocketAddr::from(([127, 0, 0, 1], 0))],
        workers: 1,
        drain: Duration::from_secs(2),
        ..ApiSettings::default()
    }
}

impl House {
    /// Its model says what was asked.
    pub(crate) async fn new() -> Self {
        Self::with_model(&echo()).await
    }

    pub(crate) async fn with_settings(settings: ApiSettings) -> Self {
        Self::build(settings, |builder| builder.model(Arc::new(echo()))).await
    }

    pub(crate) async fn with_model(model: &ScriptedModel) -> Self {
        Self::build(settings(), |builder| builder.model(Arc::new(model.clone()))).await
    }

    pub(crate) async fn with_server(server: &ModelServer) -> Self {
        Self::build(settings(), |builder| builder.ollama(&server.url()).unwrap()).await
    }

    pub(crate) async fn build(
        settings: ApiSettings,
        with: impl FnOnce(ChatServiceBuilder) -> ChatServiceBuilder,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let builder = with(ChatService::builder().database(folder.path().join("daena.db")));
        let chat = builder.start().await.unwrap();
        let company = Company::start(chat.clone()).await.unwrap();
        company.seed().await.unwrap();
        chat.probe_brain().await.unwrap();
        let bound = bind(settings, chat.clone(), company.clone()).unwrap();
        let base = format!("http://{}", bound.addresses()[0]);
        let shutdown = CancellationToken::new();
        let serving = tokio::spawn(bound.run(shutdown.clone()));
        Self { http: Http::new(&base), base, chat, company, shutdown, serving, _folder: folder }
    }

    /// Asks the server to end; `end` waits for it.
    pub(crate) fn shut_down(&self) {
        self.shutdown.cancel();
    }

    pub(crate) async fn end(self) {
        self.shutdown.cancel();
        self.serving.await.unwrap().unwrap();
        self.chat.shutdown().await;
    }

    /// Sends a message to Daena and gives the answer's body.
    pub(crate) async fn say(&self, text: &str) -> Value {
        self.http.post("/api/v1/daena/chat", json!({"message": text})).await.ok()
    }

    /// The number of sessions and messages outside the trash.
    pub(crate) async fn stored(&self) -> (i64, i64) {
        let totals = self.chat.stats().await.unwrap().totals;
        (totals.live, totals.messages)
    }

    pub(crate) fn head(&self) -> i64 {
        self.chat.store().head().get()
    }
}

fn echo() -> ScriptedModel {
    ScriptedModel::new(|request| {
        let said = request.messages.last().map(|message| message.content.clone()).unwrap_or_default();
        vec!["You said: ".to_owned(), said]
    })
}

/// A model server that holds every answer after so many tokens.
pub(crate) async fn held(tokens: &[&str], after: usize) -> ModelServer {
    ModelServer::start(Script { hold_after: Some(after), ..Script::tokens(tokens.iter().copied()) }).await
}
