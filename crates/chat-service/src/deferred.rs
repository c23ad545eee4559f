//! Answering what waited for the brain.

use crate::ChatError;
use crate::live::LiveReply;
use crate::recovery::{open_with_sessions, reopen};
use crate::service::Inner;
use domain::{MessageState, Session, SessionId, Slug, SpeakerKind};
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use persistence::{OpenReply, ReadTx, StoreError};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// How long a brain that is there for the probe and away for a reply is left alone.
const AWAY_PAUSE: Duration = Duration::from_millis(500);
/// The most deferred replies that are made at a time: one that hangs holds only its own session back, and new turns do
/// not wait behind all of them.
const AT_A_TIME: usize = 4;

/// Answers deferred replies whenever the brain is there and may be asked: oldest first, a few at a time, and in each
/// session one after the other.
pub(crate) async fn answer(inner: Arc<Inner>) {
    let mut brain = inner.gateway.watch();
    let most = inner.gateway.concurrency().min(AT_A_TIME);
    let mut answering = Answering::default();
    let mut waiting = VecDeque::new();
    let mut look = true;
    loop {
        if look {
            waiting = waiting_replies(&inner).await;
        }
        answering.begin(&inner, &mut waiting, most).await;
        look = tokio::select! {
            Some((session, step)) = answering.steps.next() => {
                let deferred_again = answering.took(session, step);
                if deferred_again {
                    // There for the probe, away for the reply: a server that does both is not asked without a pause.
                    waiting.clear();
                    inner.shutdown.run_until_cancelled(tokio::time::sleep(AWAY_PAUSE)).await;
                }
                deferred_again
            }
            changed = brain.changed() => match changed {
                Ok(()) => true,
                Err(_) => return,
            },
            () = inner.deferred.notified() => true,
            () = inner.shutdown.cancelled() => return,
        }
    }
}

/// The replies that wait and can be made, oldest first: none while the brain is away or may not be asked, and none whose model
/// nobody has, or a provider that is away, for it would only wait again.
async fn waiting_replies(inner: &Inner) -> VecDeque<(OpenReply, Session)> {
    let (status, rules) = (inner.gateway.status(), inner.rules.now());
    let able = status.connected && rules.brain_refusal().is_none();
    if !able || rules.admit().is_err() {
        return VecDeque::new();
    }
    let read = move |tx: &mut ReadTx<'_>| {
        let mut waiting = Vec::new();
        for (reply, session) in open_with_sessions(tx)? {
            if reply.message.state == MessageState::Deferred
                && rules.holds(tx, &session.scope, &reply.message.speaker)?.is_none()
            {
                let named = named_model(tx, &reply)?;
                waiting.push((reply, session, named));
            }
        }
        Ok::<_, StoreError>(waiting)
    };
    let waiting = inner.store.read(read).await.unwrap_or_else(|error| {
        tracing::warn!(error = &error as &dyn std::error::Error, "deferred replies could not be taken up");
        Vec::new()
    });
    let active = inner.active_model();
    let has_somebody = |named: Option<String>| {
        let may_stand_in = named.is_none();
        let Some(model) = named.as_ref().or(active.as_ref()) else { return false };
        // Nobody lists any model: a server that has come up without one would only say that it has none.
        let has_none = status.models.is_empty() && !status.may_have(model);
        !has_none && !inner.gateway.is_away(model, may_stand_in)
    };
    waiting
        .into_iter()
        .filter_map(|(reply, session, named)| has_somebody(named).then_some((reply, session)))
        .collect()
}

/// The model that its request or its speaker names for a reply.
fn named_model(tx: &mut ReadTx<'_>, reply: &OpenReply) -> Result<Option<String>, StoreError> {
    let speaker = &reply.message.speaker;
    match (&reply.place.asked_model, Slug::parse(&speaker.id)) {
        (None, Ok(slug)) if speaker.kind == SpeakerKind::Agent => {
            Ok(tx.agents().get(&slug)?.and_then(|agent| agent.model))
        }
        (asked, _) => Ok(asked.clone()),
    }
}

/// What becomes of a deferred reply that is being made.
enum Step {
    /// It waits for the Founder: others are made meanwhile, only none of its session.
    Waits(Arc<LiveReply>),
    /// It has ended, and was deferred again or not.
    Ended { deferred_again: bool },
}

/// The deferred replies that are being made.
#[derive(Default)]
struct Answering {
    /// The session of each with its next step.
    steps: FuturesUnordered<BoxFuture<'static, (SessionId, Step)>>,
    sessions: Vec<SessionId>,
    /// Those of them that wait for the Founder.
    waiting: Vec<SessionId>,
}

impl Answering {
    /// Takes note of a step. Whether it was the end of a reply that was deferred again.
    fn took(&mut self, session: SessionId, step: Step) -> bool {
        match step {
            Step::Waits(live) => {
                self.waiting.push(session);
                self.steps.push(Box::pin(async move { (session, ended(&live).await) }));
                false
            }
            Step::Ended { deferred_again } => {
                self.sessions.retain(|other| *other != session);
                self.waiting.retain(|other| *other != session);
                deferred_again
            }
        }
    }

    /// Begins as many as there is room for.
    async fn begin(&mut self, inner: &Arc<Inner>, waiting: &mut VecDeque<(OpenReply, Session)>, most: usize) {
        while self.sessions.len() - self.waiting.len() < most {
            if inner.shutdown.is_cancelled() || !inner.gateway.status().connected {
                return;
            }
            let free = waiting.iter().position(|(_, session)| !self.sessions.contains(&session.id));
            let Some((reply, session)) = free.and_then(|place| waiting.remove(place)) else { return };
            let id = session.id;
            match reopen(inner, reply, session, usize::MAX, None).await {
                Ok(Some((_, live))) => {
                    self.sessions.push(id);
                    self.steps.push(Box::pin(async move { (id, step(live).await) }));
                }
                // Stopped, or somebody else's meanwhile.
                Ok(None) | Err(ChatError::Conflict { .. }) => {}
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "a deferred reply could not be taken up");
                    return;
                }
            }
        }
    }
}

async fn step(live: Arc<LiveReply>) -> Step {
    tokio::select! {
        biased;
        ended = ended(&live) => return ended,
        () = live.waits.cancelled() => {}
    }
    Step::Waits(live)
}

async fn ended(live: &LiveReply) -> Step {
    let deferred_again = live.ended().await.is_ok_and(|message| message.state == MessageState::Deferred);
    Step::Ended { deferred_again }
}
