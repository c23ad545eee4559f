//! Making a reply's calls.

use crate::ChatError;
use crate::live::LiveReply;
use crate::service::Inner;
use crate::toolbox::{ToolAnswer, ToolFailure, ToolProgress, ToolRequest};
use domain::{Actor, Message, Slug, Timestamp, ToolCallStatus, ToolUse};
use event_bus::{Signal, SignalKind};
use persistence::{Change, WriteTx};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How often it is looked whether a call has waited too long: clocks can be set.
const LOOK: Duration = Duration::from_secs(1);
/// What is said of a call that ran when the server ended.
const ABANDONED: &str = "the server ended while it ran: it may have happened";

/// Why a call is not allowed, or not made, although the Founder was asked: the tool is not known to be the one it was then. Says
/// so of a tool of this form, which is nothing where the call is good.
pub(crate) fn outdated(call: &ToolUse, form: &str) -> Option<String> {
    let why = match call.form.as_deref() {
        Some(asked) if asked == form => return None,
        Some(_) => "has changed since the Founder was asked",
        None => "was asked for by an earlier version of Daena, which did not keep what it was",
    };
    Some(format!("the tool {:?} {why}: it is to be asked for again", call.tool))
}

/// A reply's calls, on their way to their ends.
pub(crate) struct Work<'a> {
    pub(crate) inner: &'a Inner,
    pub(crate) live: &'a LiveReply,
    pub(crate) reply: &'a Message,
    pub(crate) scope: &'a domain::Scope,
}

/// What a call that the Founder allowed may take at least.
const ALLOWED: Duration = Duration::from_secs(60);

impl Work<'_> {
    /// Makes the calls that can be made, one after the other, and waits for the Founder's word on the others. Gives all calls
    /// of the reply as they are then, and whether none is left: one is while whoever speaks is held back, and is made when
    /// the reply goes on. `time` is what making them may take; waiting takes none of it.
    pub(crate) async fn off(&self, time: &mut Duration) -> Result<(Vec<ToolUse>, bool), ChatError> {
        loop {
            let id = self.reply.id;
            let calls = self.inner.store.read(move |tx| tx.tools().of(id)).await?;
            let with = |status| calls.iter().find(move |call: &&ToolUse| call.status == status);
            if let Some(call) = with(ToolCallStatus::Approved) {
                let rules = self.inner.rules.now();
                if rules.admit().is_err() || rules.hold_on(self.scope, &self.reply.speaker).is_some() {
                    return Ok((calls, false));
                }
                let began = Instant::now();
                // What the Founder allowed is not lost because the model was slow.
                let least = if call.expires_at.is_some() { ALLOWED } else { Duration::ZERO };
                self.make(call.clone(), (*time).max(least)).await?;
                *time = time.saturating_sub(began.elapsed());
            } else if with(ToolCallStatus::Waiting).is_some() {
                self.wait(&calls).await?;
            } else {
                return Ok((calls, true));
            }
        }
    }

    /// Makes one call. That it is being made is on disk before it is, so that no restart makes it twice.
    async fn make(&self, call: ToolUse, time: Duration) -> Result<(), ChatError> {
        let running =
            ToolUse { status: ToolCallStatus::Running, started_at: Some(self.inner.clock.now()), ..call };
        if !self.store(&running, ToolCallStatus::Approved, self.speaker()).await? {
            return Ok(());
        }
        let answer = self.answer(&running, time).await;
        let mut ended = ToolUse { ended_at: Some(self.inner.clock.now()), ..running };
        match answer {
            Ok(ToolAnswer { text, is_error }) => {
                ended.status = ToolCallStatus::Complete;
                ended.result = Some(cut(text, self.inner.limits.tools.result_chars));
                ended.is_error = is_error;
            }
            Err(failure) => {
                ended.status = ToolCallStatus::Failed;
                ended.error = Some(cut(failure.detail, self.inner.limits.tools.result_chars));
            }
        }
        self.store(&ended, ToolCallStatus::Running, self.speaker()).await.map(drop)
    }

    async fn answer(&self, call: &ToolUse, time: Duration) -> Result<ToolAnswer, ToolFailure> {
        let gone =
            || ToolFailure::new("the tool is not there: its connection is away, or it is granted no more");
        let toolbox = self.inner.tooling.holder().await.ok_or_else(gone)?;
        if let Some(connection) = call.connection_id {
            // A call that waited over a restart comes before its server is there.
            tokio::time::timeout(time, toolbox.ready(connection)).await.ok();
        }
        let granted = toolbox.granted(self.scope, &self.reply.speaker);
        let same = |tool: &&crate::GrantedTool| {
            Some(tool.connection_id) == call.connection_id && tool.tool == call.tool
        };
        let tool = granted.iter().find(same).ok_or_else(gone)?;
        if tool.approval.waits() && call.expires_at.is_none() {
            return Err(ToolFailure::new(
                "the Founder is asked before this tool is called from now on: ask for it again",
            ));
        }
        let outdated = outdated(call, &tool.form).filter(|_| call.expires_at.is_some());
        if let Some(why) = outdated {
            return Err(ToolFailure::new(why));
        }
        let request = ToolRequest {
            call_id: call.id,
            message_id: call.message_id,
            connection_id: tool.connection_id,
            tool: tool.tool.clone(),
            arguments: call.arguments.as_object().cloned().unwrap_or_default(),
        };
        // Cancelled also when this future is dropped: the reply was ended.
        let cancel = CancellationToken::new();
        let _ended = cancel.clone().drop_guard();
        let told = |progress: ToolProgress| self.signal(call, progress);
        told(ToolProgress { progress: 0.0, total: None, message: None });
        match tokio::time::timeout(time, toolbox.call(&request, &told, cancel)).await {
            Ok(answer) => answer,
            Err(_) => Err(ToolFailure::new("the time for tools was over while it ran: it may have happened")),
        }
    }

    /// Waits until something was decided, or is too late.
    async fn wait(&self, calls: &[ToolUse]) -> Result<(), ChatError> {
        self.live.waits.cancel();
        tokio::select! {
            () = self.live.decided.notified() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
        let now = self.inner.clock.now();
        let waiting = calls.iter().filter(|call| call.status == ToolCallStatus::Waiting);
        for call in waiting.filter(|call| is_late(call, now)) {
            let expired = ToolUse { status: ToolCallStatus::Expired, ended_at: Some(now), ..call.clone() };
            self.store(&expired, ToolCallStatus::Waiting, Actor::System).await?;
        }
        Ok(())
    }

    fn speaker(&self) -> Actor {
        crate::reply::speaker(self.reply)
    }

    async fn store(&self, call: &ToolUse, from: ToolCallStatus, by: Actor) -> Result<bool, ChatError> {
        let (call, department) = (call.clone(), self.scope.department().cloned());
        let change = self.inner.change(by);
        persist(self.inner, move |tx| step(tx, &call, from, department.as_ref(), &change)).await
    }

    fn signal(&self, call: &ToolUse, progress: ToolProgress) {
        if self.inner.bus.wants_signals() {
            let ToolProgress { progress, total, message } = progress;
            let (message_id, call_id) = (call.message_id, call.id);
            self.inner.bus.signal(Signal {
                session_id: Some(call.session_id),
                department_id: self.scope.department().cloned(),
                kind: SignalKind::ToolCall { message_id, call_id, progress, total, message },
            });
        }
    }
}

/// Whether nobody can say yes to a call any more.
pub(crate) fn is_late(call: &ToolUse, now: Timestamp) -> bool {
    call.expires_at.is_some_and(|end| end <= now)
}

/// At start: a call that was being made failed with the server, and may have happened. It is never made again by itself.
pub(crate) async fn end_abandoned(
    inner: &Arc<Inner>,
    reply: &Message,
    department: Option<&Slug>,
) -> Result<(), ChatError> {
    let running = reply.tool_calls.iter().filter(|call| call.status == ToolCallStatus::Running);
    for call in running {
        let change = inner.change(Actor::System);
        let failed = ToolUse {
            status: ToolCallStatus::Failed,
            error: Some(ABANDONED.to_owned()),
            ended_at: Some(change.at),
            ..call.clone()
        };
        let department = department.cloned();
        let write = move |tx: &mut WriteTx<'_>| {
            step(tx, &failed, ToolCallStatus::Running, department.as_ref(), &change)
        };
        inner.store.write(write).await?;
    }
    Ok(())
}

fn step(
    tx: &mut WriteTx<'_>,
    call: &ToolUse,
    from: ToolCallStatus,
    department: Option<&Slug>,
    change: &Change,
) -> Result<bool, ChatError> {
    Ok(tx.tools_mut().advance(call, from, department, change)?)
}

/// Writes what has happened already. A database that is busy or takes no writes is tried again until the service shuts down.
pub(crate) async fn persist<T: Send + 'static>(
    inner: &Inner,
    write: impl FnMut(&mut WriteTx<'_>) -> Result<T, ChatError> + Clone + Send + 'static,
) -> Result<T, ChatError> {
    const PAUSE: Duration = Duration::from_secs(1);
    loop {
        match inner.store.write(write.clone()).await {
            Err(error @ (ChatError::Busy | ChatError::Store(_))) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "what became of a call could not be stored");
            }
            written => return written,
        }
        if inner.shutdown.run_until_cancelled(tokio::time::sleep(PAUSE)).await.is_none() {
            return Err(ChatError::ShuttingDown);
        }
    }
}

/// A text within so many characters.
fn cut(mut text: String, chars: usize) -> String {
    if text.len() <= chars {
        return text;
    }
    let all = text.chars().count();
    if let Some((end, _)) = text.char_indices().nth(chars) {
        text.truncate(end);
        text.push_str(&format!("\n[cut: {chars} of {all} characters]"));
    }
    text
}
