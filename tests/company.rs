//! A running company: the real binary, and the model server it asks.

use testkit::{Builder, Daena, Http, ModelServer, Script};

use crate::api;

/// Timeouts for tests of what goes wrong: a second for each thing a model server may be late with.
pub(crate) const IMPATIENT: &str = "
[brain]
connect_timeout_ms = 500
first_token_timeout_ms = 1000
silence_timeout_ms = 1000
note_deadline_ms = 1000
probe_interval_ms = 200
";

/// Describes a start of the program under test.
pub(crate) fn program() -> Builder {
    Daena::builder(env!("CARGO_BIN_EXE_daena"))
}

/// A server, and the model server it asks.
pub(crate) struct Company {
    pub(crate) daena: Daena,
    pub(crate) model: ModelServer,
}

impl Company {
    /// Starts both and waits until the brain is connected.
    pub(crate) async fn open(script: Script) -> Self {
        Self::open_with(script, |start| start).await
    }

    /// As [`open`](Self::open), with a start that is varied first.
    pub(crate) async fn open_with(script: Script, vary: impl FnOnce(Builder) -> Builder) -> Self {
        let model = ModelServer::start(script).await;
        let daena = vary(program().ollama_url(model.url())).start().await;
        let company = Self { daena, model };
        api::until_connected(&company.http(), true).await;
        api::until_told(&company.http()).await;
        company
    }

    /// Both, with a model server that is away and comes back with `restart`.
    pub(crate) async fn open_offline(script: Script, vary: impl FnOnce(Builder) -> Builder) -> Self {
        let model = ModelServer::start(script).await;
        model.stop().await;
        let daena = vary(program().ollama_url(model.url())).start().await;
        let company = Self { daena, model };
        api::until_connected(&company.http(), false).await;
        company
    }

    pub(crate) fn http(&self) -> Http {
        self.daena.http()
    }
}
