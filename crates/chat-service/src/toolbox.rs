//! Tools that those who speak may use: what this service asks of whoever has them.

pub use crate::approvals::Decision;
use async_trait::async_trait;
use domain::{ConnectionId, MessageId, Scope, Speaker, ToolAccess, ToolApproval, ToolCallId};
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

/// Whoever has tools for those who speak. A service without one makes its replies of words alone.
#[async_trait]
pub trait Toolbox: Send + Sync + 'static {
    /// The tools that a speaker may use in a session of this scope, now. Asked before every question to a model, so it
    /// reads nothing and waits for nobody: a connection that is away has none.
    fn granted(&self, scope: &Scope, speaker: &Speaker) -> Vec<GrantedTool>;

    /// Waits for a connection that is still being made, as it is after a start; for no other.
    async fn ready(&self, _connection: ConnectionId) {}

    /// Whether the tool's schema allows a call, asked before the Founder is. What it does not refuse may still fail.
    ///
    /// # Errors
    /// [`ToolFailure`] says what is wrong with the arguments, for the model.
    fn check(&self, _call: &ToolRequest) -> Result<(), ToolFailure> {
        Ok(())
    }

    /// Makes a call, once: what fails is told, never tried again. Bounds its own time and the answer's size. Once `cancel`
    /// is cancelled nobody waits for the answer, and the call is to be ended at its server; so it is when the future is
    /// dropped.
    ///
    /// # Errors
    /// [`ToolFailure`] when there is no answer, also for arguments that the tool's schema does not allow. The model reads
    /// why.
    async fn call(
        &self,
        call: &ToolRequest,
        progress: &(dyn Fn(ToolProgress) + Send + Sync),
        cancel: CancellationToken,
    ) -> Result<ToolAnswer, ToolFailure>;

    /// The form of a tool that is granted to anybody ([`GrantedTool::form`]), as it is now. None while it is not there.
    fn form(&self, connection: ConnectionId, tool: &str) -> Option<String>;

    /// The Founder says yes to a call, and with it to a tool of this form for always ([`ToolApproval::Always`]). Both are
    /// written in one transaction, or neither is. Returns when they are on disk.
    ///
    /// # Errors
    /// [`ToolFailure`] when the tool has another form by now, the call waits no more, or it could not be kept.
    async fn always(
        &self,
        connection: ConnectionId,
        tool: &str,
        form: &str,
        yes: Decision,
    ) -> Result<(), ToolFailure>;
}

/// A tool that somebody may use.
#[derive(Debug, Clone, PartialEq)]
pub struct GrantedTool {
    /// Whose it is.
    pub connection_id: ConnectionId,
    /// The connection's name, for people.
    pub connection: String,
    /// Its name at the connection.
    pub tool: String,
    /// Its name as the model sees it: unique among those granted, 1 to 64 of `A-Z a-z 0-9 _ -`.
    pub name: String,
    /// What it does, in its server's words.
    pub description: String,
    /// The JSON schema of its arguments, an object.
    pub input_schema: Value,
    /// What calling it can do.
    pub access: ToolAccess,
    /// Whether the Founder is asked first.
    pub approval: ToolApproval,
    /// A digest of what the Founder says yes to: another name, description, schema or access gives another one.
    pub form: String,
}

/// A call to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolRequest {
    /// Its id.
    pub call_id: ToolCallId,
    /// The reply that asks for it.
    pub message_id: MessageId,
    /// Whose tool.
    pub connection_id: ConnectionId,
    /// Its name there.
    pub tool: String,
    /// Its arguments, as the model wrote them.
    pub arguments: Map<String, Value>,
}

/// How far a call is, in its server's numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolProgress {
    /// How much is done.
    pub progress: f64,
    /// How much there is to do, as far as known.
    pub total: Option<f64>,
    /// What it is doing, in its server's words.
    pub message: Option<String>,
}

/// What a call gave. It is text of a stranger: it goes to the model and to people as such.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolAnswer {
    /// The answer as text; what is no text stands in it in words.
    pub text: String,
    /// The tool itself says that it failed.
    pub is_error: bool,
}

/// Why a call gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct ToolFailure {
    /// For people and for the model.
    pub detail: String,
}

impl ToolFailure {
    /// A failure, in words.
    pub fn new(detail: impl Into<String>) -> Self {
        Self { detail: detail.into() }
    }
}
