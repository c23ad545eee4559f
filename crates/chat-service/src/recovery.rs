//! Taking up what was left: at start, and when the brain returns.

use crate::ChatError;
use crate::asking::Terms;
use crate::line::Place;
use crate::live::{LiveReply, Making};
use crate::reply::{ReplyJob, goes_on};
use crate::service::Inner;
use crate::speech::{Spoken, is_spoken_in};
use crate::tools::{end_abandoned, said_with};
use domain::{Actor, Message, MessageState, Session};
use futures_util::future::try_join_all;
use persistence::{OpenReply, StoreError, WriteTx};
use std::sync::Arc;

/// At start: a reply that was streaming is interrupted, with its text up to the last checkpoint; one that had not begun
/// is made, and one that was at its calls goes on with them; a deferred one waits for the brain. What a service above had said is interrupted, and left to it.
pub(crate) async fn take_up(inner: &Arc<Inner>) -> Result<(), ChatError> {
    let open = inner.store.read(open_with_sessions).await?;
    let (begun, waiting): (Vec<_>, Vec<_>) = open.into_iter().partition(|(reply, session)| {
        let streams = reply.message.state == MessageState::Streaming;
        (streams && !goes_on(&reply.message)) || is_spoken_in(session)
    });
    // Together, so that they share a commit.
    try_join_all(begun.into_iter().map(|(reply, session)| interrupt(inner, reply.message, session))).await?;
    for (reply, session) in waiting {
        end_abandoned(inner, &reply.message, session.scope.department()).await?;
        if reply.message.state != MessageState::Deferred {
            begin(inner, reply, session).await?;
        }
    }
    Ok(())
}

pub(crate) fn open_with_sessions(
    tx: &mut persistence::ReadTx<'_>,
) -> Result<Vec<(OpenReply, Session)>, StoreError> {
    let mut open = Vec::new();
    for reply in tx.messages().open()? {
        if let Some(session) = tx.sessions().get(reply.message.session_id)? {
            open.push((reply, session));
        }
    }
    Ok(open)
}

async fn interrupt(inner: &Inner, reply: Message, session: Session) -> Result<(), ChatError> {
    let change = inner.change(Actor::System);
    let interrupted = Message { state: MessageState::Interrupted, updated_at: change.at, ..reply };
    let write = move |tx: &mut WriteTx<'_>| {
        tx.messages_mut().advance(&interrupted, session.scope.department(), &change)
    };
    inner.store.write(write).await?;
    Ok(())
}

/// Puts a stored reply into its session's line and has it made.
async fn begin(inner: &Arc<Inner>, reply: OpenReply, session: Session) -> Result<(), ChatError> {
    // What is on disk already has been admitted once.
    let live = inner.live.insert(LiveReply::of(&reply.message), usize::MAX)?;
    let place = inner.lines.place(session.id).await;
    enqueue(inner, live, place, reply, session, (None, None), false);
    Ok(())
}

fn enqueue(
    inner: &Arc<Inner>,
    live: Making,
    mut place: Place,
    reply: OpenReply,
    session: Session,
    (spoken, terms): (Option<Spoken>, Option<Arc<Terms>>),
    waited: bool,
) {
    live.set_department(session.scope.department());
    let after = place.replace(Arc::clone(&live)).filter(|last| !last.has_passed());
    drop(place);
    let called = !reply.message.tool_calls.is_empty();
    let job = ReplyJob {
        live,
        after,
        called,
        waited,
        scope: session.scope,
        reply: reply.message,
        ordinal: reply.place.ordinal,
        model: reply.place.asked_model,
        briefing: None,
        spoken,
        terms,
        rest: None,
    };
    let service = Arc::clone(inner);
    inner.spawn(async move { job.run(&service).await });
}

/// Makes a reply again, in place: it is pending, its old text and error gone, and stands in its session's line. One that
/// used tools goes on behind its calls: they are not made again, and what was said up to them stays. None when
/// it can no longer be; [`ChatError::Conflict`] when it is being made.
pub(crate) async fn reopen(
    inner: &Arc<Inner>,
    reply: OpenReply,
    session: Session,
    most: usize,
    spoken: Option<Spoken>,
) -> Result<Option<(Message, Arc<LiveReply>)>, ChatError> {
    reopen_for(inner, reply, session, most, spoken, None).await
}

/// As [`reopen`], on the terms of who asks for it.
pub(crate) async fn reopen_for(
    inner: &Arc<Inner>,
    reply: OpenReply,
    session: Session,
    most: usize,
    spoken: Option<Spoken>,
    terms: Option<Arc<Terms>>,
) -> Result<Option<(Message, Arc<LiveReply>)>, ChatError> {
    let before = reply.message.state.clone();
    let waited = before == MessageState::Deferred;
    let mut message = Message {
        content: said_with(&reply.message.tool_calls),
        state: MessageState::Pending,
        model: None,
        usage: None,
        response_time_ms: None,
        ..reply.message
    };
    if message.tool_calls.is_empty() {
        message.notes = Vec::new();
    }
    let live = inner.live.insert(LiveReply::of(&message), most)?;
    let place = inner.lines.place(session.id).await;
    let change = inner.change(Actor::System);
    message.updated_at = change.at;
    let department = session.scope.department().cloned();
    let pending = message.clone();
    let session_id = session.id;
    let write = move |tx: &mut WriteTx<'_>| {
        // Not in a session that went into the trash meanwhile, nor when the Founder has stopped it.
        let exists = tx.sessions().get(session_id)?.is_some_and(|session| session.deleted_at.is_none());
        let same =
            tx.messages().get(pending.id)?.is_some_and(|message| message.active && message.state == before);
        Ok::<_, ChatError>(
            exists && same && tx.messages_mut().advance(&pending, department.as_ref(), &change)?,
        )
    };
    let reopened = inner.store.write(write).await;
    if !matches!(reopened, Ok(true)) {
        drop((live, place));
        inner.lines.leave(session_id);
        return reopened.map(|_| None);
    }
    let reopened = (message.clone(), Arc::clone(&live));
    enqueue(inner, live, place, OpenReply { message, place: reply.place }, session, (spoken, terms), waited);
    Ok(Some(reopened))
}
