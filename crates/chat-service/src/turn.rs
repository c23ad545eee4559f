//! A turn: a message and its reply.

use crate::ChatError;
use crate::briefing::{Briefing, Identity};
use crate::live::{LiveReply, Making};
use crate::prompt::offline_notice;
use crate::recipient::{Counterpart, Recipient};
use crate::replies::{Found, with_text_of};
use crate::reply::ReplyJob;
use crate::service::{ChatService, Inner};
use crate::updates::ReplyUpdates;
use domain::{
    Actor, LastMessage, Message, MessageId, MessageState, Preview, Role, Scope, Session, SessionId, Speaker,
    Timestamp, Title,
};
use persistence::{Change, WriteTx};
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
    live: Option<Arc<LiveReply>>,
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

    /// The reply as it comes, from its beginning.
    pub fn updates(self) -> ReplyUpdates {
        match self.live {
            Some(live) => ReplyUpdates::live(live, 0),
            None => ReplyUpdates::settled(Arc::new(self.reply), 0),
        }
    }
}

impl ChatService {
    /// Stores a message and its empty reply, and has the reply made. Returns when both are on disk.
    ///
    /// Once called, the turn goes on even if the future is dropped. With the brain away the reply is deferred at once.
    ///
    /// # Errors
    /// [`ChatError::Invalid`] and [`ChatError::TooLarge`] for the text, [`ChatError::NotFound`] for who or where,
    /// [`ChatError::Conflict`] when the client's id was used for another text, [`ChatError::Forbidden`] for a paused agent,
    /// [`ChatError::Busy`] when too much is under way.
    pub async fn send(&self, message: SendMessage) -> Result<Turn, ChatError> {
        check(&self.inner, &message)?;
        let (accepted, turn) = oneshot::channel();
        let inner = Arc::clone(&self.inner);
        self.inner.spawn(async move { accept(inner, message, accepted).await });
        turn.await.unwrap_or(Err(ChatError::ShuttingDown))
    }
}

fn check(inner: &Inner, message: &SendMessage) -> Result<(), ChatError> {
    if inner.shutdown.is_cancelled() {
        return Err(ChatError::ShuttingDown);
    }
    check_text("message", &message.text, inner.limits.max_message_chars)?;
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
    let listed = |listed: &str| listed == name || listed.strip_suffix(":latest") == Some(name);
    !status.connected || status.models.iter().any(|model| listed(&model.name))
}

/// What the write transaction made of a message.
#[derive(Clone)]
enum Accepted {
    New { session: Box<Session>, ordinal: i64, reply: Box<Message> },
    Repeat { session: Box<Session>, user: Box<Message>, reply: MessageId },
}

/// A message with its ids and time, ready to be written as often as need be.
#[derive(Clone)]
struct Draft {
    message: SendMessage,
    session_id: SessionId,
    user_id: MessageId,
    reply_id: MessageId,
    at: Timestamp,
    deferred: bool,
}

async fn accept(inner: Arc<Inner>, message: SendMessage, accepted: oneshot::Sender<Result<Turn, ChatError>>) {
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
    let (at, deferred) = (inner.clock.now(), inner.offline());
    let draft = Draft { message, session_id, user_id, reply_id, at, deferred };
    let mut writing = draft.clone();
    let written = inner.store.write(move |tx| writing.write(tx)).await;
    if let (Ok(Accepted::New { session, ordinal, reply }), false) = (&written, deferred) {
        let after = place.replace(Arc::clone(&live)).filter(|last| !last.has_passed());
        drop(place);
        let (turn, job) = draft.begin(live, after, session, *ordinal, reply);
        accepted.send(Ok(turn)).ok();
        return job.run(&inner).await;
    }
    // Nothing is made here, and nobody is to find it in the register after the answer.
    drop((live, place));
    inner.lines.leave(session_id);
    accepted.send(draft.answer(&inner, written).await).ok();
    if deferred {
        // The brain may have come back since it was found away.
        inner.deferred.notify_one();
    }
}

impl Draft {
    /// The new turn, and the job that makes its reply.
    fn begin(
        &self,
        live: Making,
        after: Option<Arc<LiveReply>>,
        session: &Session,
        ordinal: i64,
        reply: &Message,
    ) -> (Turn, ReplyJob) {
        live.set_department(session.scope.department());
        let user_message = self.user();
        let job = ReplyJob {
            after,
            scope: session.scope.clone(),
            reply: reply.clone(),
            ordinal,
            model: self.message.model.clone(),
            briefing: self.first_briefing(&session.scope, ordinal, &user_message),
            rest: None,
            live,
        };
        let live = Some(Arc::clone(&job.live));
        (Turn { session: session.clone(), user_message, reply: reply.clone(), live }, job)
    }

    /// The answer to a message for which no reply is begun here: it is deferred, was sent before, or refused.
    async fn answer(&self, inner: &Inner, written: Result<Accepted, ChatError>) -> Result<Turn, ChatError> {
        match written? {
            Accepted::New { session, reply, .. } => {
                Ok(Turn { session: *session, user_message: self.user(), reply: *reply, live: None })
            }
            Accepted::Repeat { session, user, reply } => {
                let Found { reply, live, .. } = inner.find(reply).await?;
                let reply = with_text_of(live.as_deref(), reply.message);
                Ok(Turn { session: *session, user_message: *user, reply, live })
            }
        }
    }

    fn user(&self) -> Message {
        Message {
            id: self.user_id,
            session_id: self.session_id,
            role: Role::User,
            speaker: Speaker::founder(),
            content: self.message.text.clone(),
            state: MessageState::Complete,
            model: None,
            usage: None,
            response_time_ms: None,
            notes: Vec::new(),
            parent_id: None,
            client_message_id: self.message.client_message_id.clone(),
            created_at: self.at,
            updated_at: self.at,
        }
    }

    fn reply(&self, speaker: &Speaker) -> Message {
        let (content, state, model) = if self.deferred {
            (offline_notice(&speaker.name), MessageState::Deferred, Some("offline".to_owned()))
        } else {
            (String::new(), MessageState::Pending, None)
        };
        Message {
            id: self.reply_id,
            role: Role::Assistant,
            speaker: speaker.clone(),
            content,
            state,
            model,
            parent_id: Some(self.user_id),
            client_message_id: None,
            ..self.user()
        }
    }

    /// Finds or makes the session, and appends the turn to it; or finds the turn that the client's id already has.
    fn write(&mut self, tx: &mut WriteTx<'_>) -> Result<Accepted, ChatError> {
        if let Some(repeat) = self.repeat(tx)? {
            return Ok(repeat);
        }
        let change = Change::new(Actor::Founder, self.at);
        let named = match self.message.session_id {
            Some(id) => Some(existing(tx, id)?),
            None => None,
        };
        let counterpart = Counterpart::find(tx, &self.message.to, named.as_ref())?;
        let mut session = self.session(tx, named, &counterpart.scope, &change)?;
        let (user, reply) = (self.user(), self.reply(&counterpart.speaker));
        let department = session.scope.department().cloned();
        let ordinal = tx
            .messages_mut()
            .append(
                &[user.clone(), reply.clone()],
                self.message.model.as_deref(),
                department.as_ref(),
                &change,
            )?
            .ok_or_else(|| ChatError::not_found("session", session.id))?
            + 1;
        let said = if self.deferred { &reply } else { &user };
        session.message_count = ordinal;
        session.updated_at = self.at;
        session.last_message = Some(LastMessage {
            role: said.role,
            speaker_name: said.speaker.name.clone(),
            preview: Preview::of(&said.content),
            created_at: said.created_at,
        });
        Ok(Accepted::New { session: Box::new(session), ordinal, reply: Box::new(reply) })
    }

    fn repeat(&self, tx: &mut WriteTx<'_>) -> Result<Option<Accepted>, ChatError> {
        let Some(id) = &self.message.client_message_id else { return Ok(None) };
        let Some((user, reply)) = tx.messages().turn_of(id)? else { return Ok(None) };
        if user.content != self.message.text {
            let detail = format!("client_message_id {id:?} was used for another message");
            return Err(ChatError::Conflict { detail });
        }
        let reply = reply.ok_or_else(|| ChatError::not_found("reply to message", user.id))?;
        let session = existing(tx, user.session_id)?;
        Ok(Some(Accepted::Repeat { session: Box::new(session), user: Box::new(user), reply: reply.id }))
    }

    fn session(
        &self,
        tx: &mut WriteTx<'_>,
        named: Option<Session>,
        scope: &Scope,
        change: &Change,
    ) -> Result<Session, ChatError> {
        let title = Title::from_text(&self.message.text);
        match named {
            Some(mut session) => {
                if !session.title_by_hand && session.title == Title::untitled() && title != session.title {
                    session.title = title;
                    session.updated_at = self.at;
                    tx.sessions_mut().update(&session, change)?;
                }
                Ok(session)
            }
            None => {
                let session = Session {
                    id: self.session_id,
                    title,
                    title_by_hand: false,
                    category: scope.category(),
                    scope: scope.clone(),
                    pinned: false,
                    archived: false,
                    message_count: 0,
                    last_message: None,
                    created_at: self.at,
                    updated_at: self.at,
                    deleted_at: None,
                };
                tx.sessions_mut().create(&session, change)?;
                Ok(session)
            }
        }
    }

    /// The briefing of the first turn with Daena: there is nothing to read for it.
    fn first_briefing(&self, scope: &Scope, ordinal: i64, user: &Message) -> Option<Briefing> {
        let first = ordinal == 2 && *scope == Scope::Executive;
        first.then(|| Briefing {
            identity: Identity::Daena,
            colleagues: Vec::new(),
            history: vec![user.clone()],
        })
    }
}

/// The session, outside the trash.
pub(crate) fn existing(tx: &mut persistence::ReadTx<'_>, id: SessionId) -> Result<Session, ChatError> {
    let session = tx.sessions().get(id)?.filter(|session| session.deleted_at.is_none());
    session.ok_or_else(|| ChatError::not_found("session", id))
}
