//! Calls of tools that are put to the Founder.

use crate::ChatError;
use crate::service::ChatService;
use crate::tools::{is_late, outdated};
use crate::turn::check_text;
use domain::{Actor, Limit, MessageId, Page, Position, ToolCallCursor, ToolCallId, ToolCallStatus, ToolUse};
use persistence::{Change, PutCall, WriteTx};

/// A page of calls that were put to the Founder, newest first.
#[derive(Debug, Clone)]
pub struct ApprovalList {
    /// The calls.
    pub page: Page<PutCall, ToolCallCursor>,
    /// The newest event when it was read; nothing up to it is missing.
    pub as_of: Position,
}

/// What the Founder says to a call that waits, ready to be written.
#[derive(Debug, Clone)]
pub struct Decision {
    id: ToolCallId,
    status: ToolCallStatus,
    reason: Option<String>,
    change: Change,
}

impl Decision {
    /// Writes it.
    ///
    /// # Errors
    /// [`ChatError::NotFound`]; [`ChatError::Conflict`] when the call was decided on, or is too late.
    pub fn write(&self, tx: &mut WriteTx<'_>) -> Result<PutCall, ChatError> {
        let put = tx.tools().put_one(self.id)?.ok_or_else(|| ChatError::not_found("approval", self.id))?;
        undecided(&put.call, self.change.at)?;
        let session = tx.sessions().get(put.call.session_id)?;
        let department = session.as_ref().and_then(|session| session.scope.department());
        let ended_at = (!self.status.is_open()).then_some(self.change.at);
        let call = ToolUse { status: self.status, reason: self.reason.clone(), ended_at, ..put.call };
        tx.tools_mut().advance(&call, ToolCallStatus::Waiting, department, &self.change)?;
        Ok(PutCall { call, ..put })
    }
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
        let yes = self.decision(id, ToolCallStatus::Approved, None);
        let (true, Some(connection)) = (always, call.connection_id) else { return self.decide(yes).await };
        let toolbox = toolbox.ok_or_else(|| conflict("there are no tools here".to_owned()))?;
        let chat = self.clone();
        let decide = async move {
            let form = call.form.as_deref().unwrap_or_default();
            let decided = toolbox.always(connection, &call.tool, form, yes).await;
            decided.map_err(|failure| ChatError::Conflict { detail: failure.detail })?;
            chat.wake(call.message_id);
            chat.approval(id).await
        };
        self.inner.to_its_end(decide).await
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
        self.decide(self.decision(id, ToolCallStatus::Refused, reason)).await
    }

    fn decision(&self, id: ToolCallId, status: ToolCallStatus, reason: Option<String>) -> Decision {
        Decision { id, status, reason, change: self.inner.change(Actor::Founder) }
    }

    async fn decide(&self, decision: Decision) -> Result<PutCall, ChatError> {
        let chat = self.clone();
        let decide = async move {
            let put = chat.inner.store.write(move |tx| decision.write(tx)).await?;
            chat.wake(put.call.message_id);
            Ok(put)
        };
        self.inner.to_its_end(decide).await
    }

    /// Has the reply look at what was decided.
    fn wake(&self, reply: MessageId) {
        if let Some(live) = self.inner.live.get(reply) {
            live.decided.notify_one();
        }
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
