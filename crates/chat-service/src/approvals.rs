//! Calls of tools that are put to the Founder.

use crate::ChatError;
use crate::service::ChatService;
use crate::tools::{is_late, outdated};
use crate::turn::check_text;
use domain::{Actor, Limit, Page, Position, ToolCallCursor, ToolCallId, ToolCallStatus, ToolUse};
use persistence::{PutCall, WriteTx};

/// A page of calls that were put to the Founder, newest first.
#[derive(Debug, Clone)]
pub struct ApprovalList {
    /// The calls.
    pub page: Page<PutCall, ToolCallCursor>,
    /// The newest event when it was read; nothing up to it is missing.
    pub as_of: Position,
}

impl ChatService {
    /// The calls that were put to the Founder, in sessions outside the trash; with a status, those that have it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn approvals(
        &self,
        status: Option<ToolCallStatus>,
        after: Option<ToolCallCursor>,
        limit: Limit,
    ) -> Result<ApprovalList, ChatError> {
        let as_of = self.inner.store.head();
        let page = self.inner.store.read(move |tx| tx.tools().put(status, after, limit)).await?;
        Ok(ApprovalList { page, as_of })
    }

    /// A call that was put to the Founder.
    ///
    /// # Errors
    /// [`ChatError::NotFound`], also for a call that never had to wait, and in the trash.
    pub async fn approval(&self, id: ToolCallId) -> Result<PutCall, ChatError> {
        let found = self.inner.store.read(move |tx| Ok::<_, ChatError>(tx.tools().put_one(id)?)).await?;
        found.ok_or_else(|| ChatError::not_found("approval", id))
    }

    /// The Founder says yes to a call; `always`, to this tool for always. Returns when that is on disk; the call is made by
    /// its reply.
    ///
    /// # Errors
    /// [`ChatError::NotFound`]; [`ChatError::Conflict`] when it was decided on, is too late, the tool is another one by now,
    /// or is not there to be marked; [`ChatError::Forbidden`] in a lockdown, [`ChatError::Maintenance`].
    pub async fn approve(&self, id: ToolCallId, always: bool) -> Result<PutCall, ChatError> {
        self.inner.rules.now().admit()?;
        let call = self.approval(id).await?.call;
        undecided(&call, self.inner.clock.now())?;
        let conflict = |detail: String| ChatError::Conflict { detail };
        let toolbox = self.inner.tooling.holder().await;
        if let (Some(toolbox), Some(connection)) = (&toolbox, call.connection_id) {
            // One that is away is looked at when the call is made.
            let now = toolbox.form(connection, &call.tool);
            if let Some(why) = now.and_then(|form| outdated(&call, &form)) {
                return Err(conflict(why));
            }
        }
        let chat = self.clone();
        let approve = async move {
            if let (true, Some(connection)) = (always, call.connection_id) {
                let toolbox = toolbox.ok_or_else(|| conflict("there are no tools here".to_owned()))?;
                let marked =
                    toolbox.always(connection, &call.tool, call.form.as_deref().unwrap_or_default()).await;
                marked.map_err(|failure| conflict(failure.detail))?;
            }
            chat.decide(id, ToolCallStatus::Approved, None).await
        };
        self.inner.to_its_end(approve).await
    }

    /// The Founder says no to a call, with words for the model if there are any: at most 2,000 characters.
    ///
    /// # Errors
    /// As [`ChatService::approve`]; [`ChatError::Invalid`] and [`ChatError::TooLarge`] for the words.
    pub async fn refuse(&self, id: ToolCallId, reason: Option<String>) -> Result<PutCall, ChatError> {
        const MOST: usize = 2_000;
        self.inner.rules.now().admit()?;
        let reason = reason.filter(|reason| !reason.trim().is_empty());
        if let Some(reason) = &reason {
            check_text("reason", reason, MOST)?;
        }
        let chat = self.clone();
        let refuse = async move { chat.decide(id, ToolCallStatus::Refused, reason).await };
        self.inner.to_its_end(refuse).await
    }

    async fn decide(
        &self,
        id: ToolCallId,
        status: ToolCallStatus,
        reason: Option<String>,
    ) -> Result<PutCall, ChatError> {
        let change = self.inner.change(Actor::Founder);
        let write = move |tx: &mut WriteTx<'_>| {
            let put = tx.tools().put_one(id)?.ok_or_else(|| ChatError::not_found("approval", id))?;
            undecided(&put.call, change.at)?;
            let session = tx.sessions().get(put.call.session_id)?;
            let department = session.as_ref().and_then(|session| session.scope.department());
            let ended_at = (!status.is_open()).then_some(change.at);
            let call = ToolUse { status, reason: reason.clone(), ended_at, ..put.call };
            tx.tools_mut().advance(&call, ToolCallStatus::Waiting, department, &change)?;
            Ok::<_, ChatError>(PutCall { call, ..put })
        };
        let put = self.inner.store.write(write).await?;
        if let Some(live) = self.inner.live.get(put.call.message_id) {
            live.decided.notify_one();
        }
        Ok(put)
    }
}

/// Only what waits, and in time, is decided on.
fn undecided(call: &ToolUse, now: domain::Timestamp) -> Result<(), ChatError> {
    let conflict = |what: &str| Err(ChatError::Conflict { detail: format!("call {} is {what}", call.id) });
    match call.status {
        ToolCallStatus::Waiting if is_late(call, now) => conflict("expired"),
        ToolCallStatus::Waiting => Ok(()),
        decided => conflict(decided.as_str()),
    }
}
