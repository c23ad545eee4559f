//! The tools of a connection: what the Founder says of them, and a try of one by the Founder's own hand.

use super::book::{ToolListed, digest};
use super::{Connections, existing};
use crate::{Company, CompanyError};
use chat_service::{Change, Decision, ReadTx, WriteTx};
use domain::{Actor, Connection, ConnectionId, ToolAccess, ToolApproval, ToolMark};
use serde_json::{Map, Value};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tool_gateway::{Prompt, Resource, Tool, ToolError, ToolResult};

/// Of how many tools of a connection something can be said: more than a server may list.
const MARKS: i64 = 1000;

impl Company {
    /// The tools of a connection, as its server last listed them in this run.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`].
    pub async fn connection_tools(&self, id: ConnectionId) -> Result<Vec<ToolListed>, CompanyError> {
        let read = move |tx: &mut ReadTx<'_>| {
            existing(tx, id)?;
            Ok::<_, CompanyError>(tx.connections().marks()?)
        };
        let marks = self.store().read(read).await?;
        let Some(state) = self.connections.gateway.state(id) else { return Ok(Vec::new()) };
        let mark = |tool: &Tool| marks.iter().find(|it| it.connection_id == id && it.tool == tool.name);
        Ok(state.tools.iter().map(|tool| ToolListed::of(tool, mark(tool))).collect())
    }

    /// Says what holds for a tool as it is now; none leaves what was said before.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`], also for a tool that the server does not list.
    pub async fn mark_tool(
        &self,
        id: ConnectionId,
        tool: String,
        access: Option<ToolAccess>,
        approval: Option<ToolApproval>,
    ) -> Result<ToolListed, CompanyError> {
        let (connections, change) = (Arc::clone(&self.connections), self.change(Actor::Founder));
        self.to_its_end(async move { connections.mark(id, tool, None, (access, approval), change).await })
            .await
    }

    /// The resources that a connection's server offers.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`].
    pub async fn connection_resources(&self, id: ConnectionId) -> Result<Vec<Resource>, CompanyError> {
        self.connection(id).await?;
        Ok(self.connections.gateway.state(id).map(|state| state.resources.to_vec()).unwrap_or_default())
    }

    /// The prompts that a connection's server offers.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`].
    pub async fn connection_prompts(&self, id: ConnectionId) -> Result<Vec<Prompt>, CompanyError> {
        self.connection(id).await?;
        Ok(self.connections.gateway.state(id).map(|state| state.prompts.to_vec()).unwrap_or_default())
    }

    /// Calls a tool by the Founder's own hand: no approval is asked for. Ends when everything is stopped, and when the future
    /// is dropped.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`], also for a tool that the server does not list; [`CompanyError::ImpossibleAt`] for
    /// arguments that its schema does not allow; [`CompanyError::Conflict`] when the server is away; [`CompanyError::Tool`].
    pub async fn call_tool(
        &self,
        id: ConnectionId,
        tool: &str,
        arguments: Map<String, Value>,
    ) -> Result<ToolResult, CompanyError> {
        let connection = self.connection(id).await?;
        self.chat.rules().admit()?;
        let cancel = CancellationToken::new();
        let arguments = Value::Object(arguments);
        let call = self.connections.gateway.call(id, tool, arguments, |_| {}, cancel.clone());
        let result = tokio::select! {
            result = call => result,
            () = self.chat.halted() => {
                cancel.cancel();
                Err(ToolError::Cancelled)
            }
        };
        result.map_err(|error| refused(&connection, tool, error))
    }
}

/// Why a call gave nothing, as a caller of ours is told.
fn refused(connection: &Connection, tool: &str, error: ToolError) -> CompanyError {
    match error {
        ToolError::UnknownTool { .. } => CompanyError::not_found("tool", tool),
        ToolError::InvalidArguments { pointer, detail } => {
            CompanyError::ImpossibleAt { pointer: format!("/arguments{pointer}"), detail }
        }
        ToolError::UnknownConnection(_) => {
            CompanyError::Conflict { detail: format!("{} is not connected", connection.name) }
        }
        ToolError::NotConnected { .. } | ToolError::Cancelled => {
            CompanyError::Conflict { detail: format!("{}: {error}", connection.name) }
        }
        ToolError::Busy { .. } => CompanyError::Busy,
        error => CompanyError::Tool(error),
    }
}

impl Connections {
    /// The Founder's standing yes to a tool of this form, written together with that to a call of it.
    pub(super) async fn allow_always(
        &self,
        id: ConnectionId,
        tool: &str,
        form: &str,
        yes: Decision,
    ) -> Result<(), CompanyError> {
        let change = Change::new(Actor::Founder, self.clock.now());
        let (tool, with) = (tool.to_owned(), Some((form.to_owned(), yes)));
        self.mark(id, tool, with, (None, Some(ToolApproval::Always)), change).await.map(drop)
    }

    async fn mark(
        &self,
        id: ConnectionId,
        tool: String,
        with: Option<(String, Decision)>,
        (access, approval): (Option<ToolAccess>, Option<ToolApproval>),
        change: Change,
    ) -> Result<ToolListed, CompanyError> {
        let _turn = self.turn.lock().await;
        self.store.read(move |tx: &mut ReadTx<'_>| existing(tx, id)).await?;
        let found = self.gateway.state(id).and_then(|state| state.tool(&tool).cloned());
        let found = found.ok_or_else(|| CompanyError::not_found("tool", &tool))?;
        let (digest, listed) = (digest(&found), found.clone());
        let write = move |tx: &mut WriteTx<'_>| {
            let connection = existing(tx, id)?;
            let before = tx.connections().mark(id, &tool)?;
            if let Some((form, yes)) = &with {
                if *form != ToolListed::of(&listed, before.as_ref()).form() {
                    let detail = format!(
                        "the tool {tool:?} of {} has changed since it was asked for",
                        connection.name
                    );
                    return Err(CompanyError::Conflict { detail });
                }
                yes.write(tx)?;
            }
            let was = before.clone().filter(|mark| mark.digest == digest);
            let mark = ToolMark {
                connection_id: id,
                tool: tool.clone(),
                access: access.or(was.as_ref().and_then(|mark| mark.access)),
                approval: approval.or(was.as_ref().and_then(|mark| mark.approval)),
                digest: digest.clone(),
            };
            if before.as_ref() == Some(&mark) || (access.is_none() && approval.is_none()) {
                return Ok(before);
            }
            if before.is_none() && tx.connections().count_marks(id)? >= MARKS {
                let detail = format!("something is said of {MARKS} tools of {} already", connection.name);
                return Err(CompanyError::Conflict { detail });
            }
            let connection = Connection { updated_at: change.at, ..connection };
            tx.connections_mut().mark(&connection, &mark, &change)?;
            Ok(Some(mark))
        };
        let mark = self.store.write(write).await?;
        self.reload().await?;
        Ok(ToolListed::of(&found, mark.as_ref()))
    }
}
