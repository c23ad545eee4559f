//! A turn: a message and its reply.

mod draft;

use crate::ChatError;
use crate::asking::Terms;
use crate::branches::Instead;
use crate::live::LiveReply;
use crate::recipient::Recipient;
use crate::service::{ChatService, Inner};
use crate::updates::ReplyUpdates;
use domain::{Message, MessageId, Session, SessionId};
use draft::{Accepted, Draft};
use std::sync::Arc;
use tokio::sync::oneshot;

/// A message to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendMessage {
    /// Whom it is for.
    pub to: Recipient,
    /// The session it goes on in; none begins a new one.
    pub session_id: Option<SessionId>,
    /// The text, kept to the letter.
    pub text: String,
    /// The sender's own id of the message: sending it again joins the first turn. At most 200 characters.
    pub client_message_id: Option<String>,
    /// The model to answer with, instead of the agent's own or the active one.
    pub model: Option<String>,
}

impl SendMessage {
    /// A message that begins a new session.
    pub fn new(to: Recipient, text: impl Into<String>) -> Self {
        Self { to, session_id: None, text: text.into(), client_message_id: None, model: None }
    }

    /// The same message in a session.
    #[must_use]
    pub const fn in_session(mut self, session: SessionId) -> Self {
        self.session_id = Some(session);
        self
    }
}

/// A turn whose message is on disk, and whose reply is stored and being made.
#[derive(Debug)]
pub struct Turn {
    /// The session as it is with both.
    pub session: Session,
    /// The user's message.
    pub user_message: Message,
    /// The reply as it was stored first; of a repeated message: as it is now.
    pub reply: Message,
    pub(crate) live: Option<Arc<LiveReply>>,
}

/// A turn that has ended.
#[derive(Debug, Clone)]
pub struct Finished {
    /// The reply: complete, deferred, stopped, interrupted or failed.
    pub reply: Arc<Message>,
}

impl Turn {
    /// Waits for the reply's end. Dropping the future does not stop the reply.
    ///
    /// # Errors
    /// [`ChatError::ShuttingDown`] when the service ends before the reply has begun; it is made at the next start.
    pub async fn finished(self) -> Result<Finished, ChatError> {
        match self.live {
            Some(live) => Ok(Finished { reply: live.ended().await? }),
            None => Ok(Finished { reply: Arc::new(self.reply) }),
        }
    }

    /// As [`Turn::finished`], for whoever cannot wait for the Founder as well: a reply with a call that waits for a yes is
    /// given as it is then.
    ///
    /// # Errors
    /// As [`Turn::finished`]; when the database cannot be read.
    pub async fn answered(self, chat: &ChatService) -> Result<Finished, ChatError> {
        let Some(live) = self.live else { return Ok(Finished { reply: Arc::new(self.reply) }) };
        tokio::select! {
            biased;
            ended = live.ended() => Ok(Finished { reply: ended? }),
            () = live.waits.cancelled() => Ok(Finished { reply: Arc::new(chat.message(live.id).await?) }),
        }
    }

    /// The reply as it comes, from its beginning.
    pub fn updates(&self) -> ReplyUpdates {
        match &self.live {
            Some(live) => ReplyUpdates::live(Arc::clone(live), 0),
            None => ReplyUpdates::settled(Arc::new(self.reply.clone()), 0),
        }
    }
}

impl ChatService {
    /// Whether the brain lists a model of this name. While it is away nobody knows, and this says yes.
    pub fn has_model(&self, name: &str) -> bool {
        has_model(&self.inner, name)
    }

    /// Stores a message and its empty reply, and has the reply made. Returns when both are on disk.
    ///
    /// Once called, the turn goes on even if the future is dropped. With the brain away the reply is deferred at once.
    ///
    /// # Errors
    /// [`ChatError::Invalid`] and [`ChatError::TooLarge`] for the text, [`ChatError::NotFound`] for who or where,
    /// [`ChatError::Conflict`] when the client's id was used for another text, [`ChatError::Forbidden`] for who is paused or
    /// locked and in a lockdown, [`ChatError::Maintenance`], [`ChatError::Spent`], [`ChatError::Busy`] when too much is
    /// under way.
    pub async fn send(&self, message: SendMessage) -> Result<Turn, ChatError> {
        submit(&self.inner, message, None, None).await
    }
}

/// As [`ChatService::send`]: at the end of the branch shown, or instead of what is named. On terms, nothing is deferred.
pub(crate) async fn submit(
    inner: &Arc<Inner>,
    message: SendMessage,
    terms: Option<Arc<Terms>>,
    instead: Option<Instead>,
) -> Result<Turn, ChatError> {
    check(inner, &message, instead)?;
    let (accepted, turn) = oneshot::channel();
    let service = Arc::clone(inner);
    inner.spawn(async move { accept(service, message, terms, instead, accepted).await });
    turn.await.unwrap_or(Err(ChatError::ShuttingDown))
}

fn check(inner: &Inner, message: &SendMessage, instead: Option<Instead>) -> Result<(), ChatError> {
    if inner.shutdown.is_cancelled() {
        return Err(ChatError::ShuttingDown);
    }
    inner.rules.now().admit()?;
    if !matches!(instead, Some(Instead::Reply(_))) {
        check_text("message", &message.text, inner.limits.max_message_chars)?;
    }
    if let Some(id) = &message.client_message_id
        && (id.is_empty() || id.chars().count() > 200 || id.chars().any(char::is_control))
    {
        let detail = "is 1 to 200 characters without control characters".to_owned();
        return Err(ChatError::Invalid { field: "client_message_id", detail });
    }
    match &message.model {
        Some(model) if !has_model(inner, model) => {
            let detail = format!("no model {model:?} here");
            Err(ChatError::Unprocessable { field: "model", detail })
        }
        _ => Ok(()),
    }
}

/// A text of the Founder's: not blank, not too long, without NUL.
pub(crate) fn check_text(field: &'static str, text: &str, limit: usize) -> Result<(), ChatError> {
    if text.trim().is_empty() {
        return Err(ChatError::Invalid { field, detail: "is empty".to_owned() });
    }
    if text.contains('\0') {
        return Err(ChatError::Invalid { field, detail: "holds a NUL character".to_owned() });
    }
    // Characters are at most as many as bytes: most texts need no counting.
    if text.len() > limit && text.chars().count() > limit {
        return Err(ChatError::TooLarge { field, limit });
    }
    Ok(())
}

/// Whether the provider lists the model. While it is away nobody knows, and the reply will tell.
fn has_model(inner: &Inner, name: &str) -> bool {
    let status = inner.gateway.status();
    !status.connected || status.may_have(name)
}

async fn accept(
    inner: Arc<Inner>,
    message: SendMessage,
    terms: Option<Arc<Terms>>,
    instead: Option<Instead>,
    accepted: oneshot::Sender<Result<Turn, ChatError>>,
) {
    let next_id = || inner.ids.next_id();
    let session_id = message.session_id.unwrap_or_else(|| SessionId::new(next_id()));
    let (user_id, reply_id) = (MessageId::new(next_id()), MessageId::new(next_id()));
    let live = LiveReply::new(reply_id, session_id);
    let live = match inner.live.insert(live, inner.limits.max_open_replies) {
        Ok(live) => live,
        Err(error) => {
            accepted.send(Err(error)).ok();
            return;
        }
    };
    let mut place = inner.lines.place(session_id).await;
    // The time is taken at the place, so that in a session it rises with the rows.
    let (at, rules) = (inner.clock.now(), inner.rules.now());
    let deferred = inner.offline(&rules);
    let behind = place.as_ref().is_some_and(|last| !last.has_passed());
    let draft = Draft { message, terms, instead, session_id, user_id, reply_id, at, rules, deferred, behind };
    let (mut writing, writing_in) = (draft.clone(), Arc::clone(&inner));
    let written = inner.store.write(move |tx| writing.write(tx, &writing_in)).await;
    if let Ok(Accepted::New(new)) = &written {
        new.stop_what_went_aside(&inner);
    }
    let written = match written {
        Ok(Accepted::New(new)) if !deferred => {
            let after = place.replace(Arc::clone(&live)).filter(|last| !last.has_passed());
            drop(place);
            let (turn, job) = draft.begin(live, after, *new);
            accepted.send(Ok(turn)).ok();
            return job.run(&inner).await;
        }
        written => written,
    };
    // Nothing is made here, and nobody is to find it in the register after the answer.
    drop((live, place));
    inner.lines.leave(session_id);
    accepted.send(draft.answer(&inner, written).await).ok();
    if deferred {
        // The brain may have come back since it was found away.
        inner.deferred.notify_one();
    }
}

/// The session, outside the trash.
pub(crate) fn existing(tx: &mut persistence::ReadTx<'_>, id: SessionId) -> Result<Session, ChatError> {
    let session = tx.sessions().get(id)?.filter(|session| session.deleted_at.is_none());
    session.ok_or_else(|| ChatError::not_found("session", id))
}
