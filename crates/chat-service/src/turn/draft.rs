//! A turn on its way into the database.

use super::{SendMessage, Turn, existing};
use crate::ChatError;
use crate::asking::Terms;
use crate::branches::{Instead, Room, make_room};
use crate::briefing::Briefing;
use crate::live::{LiveReply, Making};
use crate::prompt::offline_notice;
use crate::recipient::Counterpart;
use crate::replies::{Found, with_text_of};
use crate::reply::ReplyJob;
use crate::rules::Rules;
use crate::service::Inner;
use domain::{
    Actor, LastMessage, Message, MessageId, MessageState, Preview, Role, Scope, Session, SessionId, Speaker,
    Timestamp, Title,
};
use persistence::{Change, WriteTx};
use std::sync::Arc;

/// The longest session, in messages, that is read where the message is stored. For a longer one no write is to wait.
const SHORT: i64 = 32;

/// While more writes than these wait, no session is read there: it is quicker for one, and slower for all.
const FEW: usize = 4;

/// What the write transaction made of a message.
pub(super) enum Accepted {
    New(Box<NewTurn>),
    Repeat { session: Box<Session>, user: Box<Message>, reply: MessageId },
}

/// A turn as it was stored.
pub(super) struct NewTurn {
    session: Session,
    user: Message,
    reply: Message,
    /// Where the reply stands.
    ordinal: i64,
    briefing: Option<Briefing>,
    /// What it took the place of was being made.
    stopped: Vec<MessageId>,
}

impl NewTurn {
    /// Ends the making of replies that are aside now: their end is stored.
    pub(super) fn stop_what_went_aside(&self, inner: &Inner) {
        for live in self.stopped.iter().filter_map(|id| inner.live.get(*id)) {
            live.stop.cancel();
        }
    }
}

/// A message with its ids and time, ready to be written as often as need be.
#[derive(Clone)]
pub(super) struct Draft {
    pub(super) message: SendMessage,
    /// What its sender says besides, if it does not wait for a brain that is away.
    pub(super) terms: Option<Arc<Terms>>,
    /// What it is said instead of; at the end of the branch shown without it.
    pub(super) instead: Option<Instead>,
    pub(super) session_id: SessionId,
    pub(super) user_id: MessageId,
    pub(super) reply_id: MessageId,
    pub(super) at: Timestamp,
    pub(super) rules: Rules,
    pub(super) deferred: bool,
    /// A reply of this session is still to come, and belongs to what this one is made from.
    pub(super) behind: bool,
}

impl Draft {
    /// The new turn, and the job that makes its reply.
    pub(super) fn begin(
        &self,
        live: Making,
        after: Option<Arc<LiveReply>>,
        new: NewTurn,
    ) -> (Turn, ReplyJob) {
        let NewTurn { session, user, reply, ordinal, briefing, .. } = new;
        live.set_department(session.scope.department());
        let job = ReplyJob {
            after,
            scope: session.scope.clone(),
            reply: reply.clone(),
            ordinal,
            model: self.message.model.clone(),
            briefing,
            spoken: None,
            terms: self.terms.clone(),
            called: false,
            waited: false,
            rest: None,
            live,
        };
        let live = Some(Arc::clone(&job.live));
        (Turn { session, user_message: user, reply, live }, job)
    }

    /// The answer to a message for which no reply is begun here: it is deferred, was sent before, or refused.
    pub(super) async fn answer(
        &self,
        inner: &Inner,
        written: Result<Accepted, ChatError>,
    ) -> Result<Turn, ChatError> {
        match written? {
            Accepted::New(new) => {
                let NewTurn { session, user, reply, .. } = *new;
                Ok(Turn { session, user_message: user, reply, live: None })
            }
            Accepted::Repeat { session, user, reply } => {
                let Found { reply, live, .. } = inner.find(reply).await?;
                let reply = with_text_of(live.as_deref(), reply.message);
                Ok(Turn { session: *session, user_message: *user, reply, live })
            }
        }
    }

    fn user(&self, parent: Option<MessageId>) -> Message {
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
            tool_calls: Vec::new(),
            parent_id: parent,
            active: true,
            client_message_id: self.message.client_message_id.clone(),
            created_at: self.at,
            updated_at: self.at,
        }
    }

    fn reply(&self, speaker: &Speaker, to: &Message) -> Message {
        let (content, state, model) = if self.deferred {
            (
                offline_notice(&speaker.name, self.rules.brain_refusal()),
                MessageState::Deferred,
                Some("offline".to_owned()),
            )
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
            parent_id: Some(to.id),
            // A reply that is made once more is all that its request stores.
            client_message_id: self.message.client_message_id.clone().filter(|_| to.id != self.user_id),
            ..self.user(None)
        }
    }

    /// Finds or makes the session, and appends the turn to it; or finds the turn that the client's id already has.
    pub(super) fn write(&mut self, tx: &mut WriteTx<'_>, inner: &Inner) -> Result<Accepted, ChatError> {
        let target = self.instead.map(|instead| instead.target(tx)).transpose()?;
        if let Some(repeat) = self.repeat(tx, target.as_ref())? {
            return Ok(repeat);
        }
        self.rules.within_budget()?;
        if self.deferred && self.terms.is_some() {
            return Err(ChatError::Offline);
        }
        let change = Change::new(Actor::Founder, self.at);
        let named = match self.message.session_id {
            Some(id) => Some(existing(tx, id)?),
            None => None,
        };
        let counterpart = Counterpart::find(tx, &self.message.to, named.as_ref(), &self.rules)?;
        let session = self.session(tx, named, &counterpart.scope, &change)?;
        let follows = match &self.terms {
            Some(terms) => terms.follows(tx, &session, &self.message.text)?,
            None => None,
        };
        let (user, Room { mut session, stopped }) = match (&target, follows) {
            (Some(target), _) => self.branch_off(tx, inner, &session, target, &change)?,
            // The message is there already, and the calls that were asked for: a reply follows them.
            (None, Some(calls)) => (calls, Room { session, stopped: Vec::new() }),
            (None, None) => (self.user(session.tip), Room { session, stopped: Vec::new() }),
        };
        let reply = self.reply(&counterpart.speaker, &user);
        let turn = [user, reply];
        let [user, reply] = &turn;
        // A reply that is made once more answers what is stored already.
        let is_new = user.id == self.user_id;
        let (added, more) = if is_new { (turn.as_slice(), 1) } else { (std::slice::from_ref(reply), 0) };
        let department = session.scope.department().cloned();
        let ordinal = tx
            .messages_mut()
            .append(added, self.message.model.as_deref(), department.as_ref(), &change)?
            .ok_or_else(|| ChatError::not_found("session", session.id))?
            + more;
        let is_elsewhere = ordinal > SHORT || inner.store.queue_depths().writes > FEW;
        let briefing = match self.deferred || self.behind || is_elsewhere {
            true => None,
            false => Some(Briefing::read(tx, &session.scope, reply, ordinal)?),
        };
        session.message_count += 1 + more;
        session.tip = Some(reply.id);
        session.updated_at = self.at;
        if self.deferred || is_new {
            let said = if self.deferred { reply } else { user };
            session.last_message = Some(LastMessage {
                role: said.role,
                speaker_name: said.speaker.name.clone(),
                preview: Preview::of(&said.content),
                created_at: said.created_at,
            });
        }
        let [user, reply] = turn;
        Ok(Accepted::New(Box::new(NewTurn { session, user, reply, ordinal, briefing, stopped })))
    }

    /// Makes room for what comes instead of a message; gives the user's message of the turn, too.
    fn branch_off(
        &self,
        tx: &mut WriteTx<'_>,
        inner: &Inner,
        session: &Session,
        target: &Message,
        change: &Change,
    ) -> Result<(Message, Room), ChatError> {
        if let Some(Instead::Message(_)) = self.instead {
            let user = self.user(target.parent_id);
            let room = make_room(tx, inner, session, target, Some(&user), change)?;
            return Ok((user, room));
        }
        let answered = match target.parent_id {
            Some(id) => tx.messages().get(id)?,
            None => None,
        };
        let answered = answered.ok_or_else(|| ChatError::not_found("message before", target.id))?;
        let room = make_room(tx, inner, session, target, None, change)?;
        Ok((Message { active: true, ..answered }, room))
    }

    fn repeat(&self, tx: &mut WriteTx<'_>, target: Option<&Message>) -> Result<Option<Accepted>, ChatError> {
        let Some(id) = &self.message.client_message_id else { return Ok(None) };
        let Some((known, reply)) = tx.messages().turn_of(id)? else { return Ok(None) };
        let conflict = |for_what: &str| {
            let detail = format!("client_message_id {id:?} was used for another {for_what}");
            Err(ChatError::Conflict { detail })
        };
        let once_more = matches!(self.instead, Some(Instead::Reply(_)));
        // A reply that was made once more carries the id itself, and so does one that followed calls.
        let is_reply = known.role == Role::Assistant;
        let same = match (is_reply, once_more) {
            (true, true) => self.asks_for_the_same_model(tx, &known)?,
            (true, false) => self.terms.is_some(),
            (false, true) => false,
            (false, false) => known.content == self.message.text,
        };
        let beside = |target: &Message| known.id != target.id && known.parent_id == target.parent_id;
        if !same || !target.is_none_or(beside) {
            return conflict("message");
        }
        let session = existing(tx, known.session_id)?;
        let elsewhere = self.message.session_id.is_some_and(|named| named != session.id);
        if elsewhere || !self.message.to.is_with(&session.scope) {
            return conflict("session");
        }
        let (user, reply) = match (is_reply, known.parent_id) {
            (true, Some(answered)) => (tx.messages().get(answered)?, Some(known)),
            _ => (Some(known), reply),
        };
        let missing = || ChatError::not_found("turn with message", id);
        let (user, reply) = (user.ok_or_else(missing)?, reply.ok_or_else(missing)?);
        Ok(Some(Accepted::Repeat { session: Box::new(session), user: Box::new(user), reply: reply.id }))
    }

    fn asks_for_the_same_model(&self, tx: &mut WriteTx<'_>, known: &Message) -> Result<bool, ChatError> {
        let known = tx.messages().placed(known.id)?;
        Ok(known.is_some_and(|known| known.place.asked_model == self.message.model))
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
                let session = Session::new(self.session_id, title, false, scope.clone(), self.at);
                tx.sessions_mut().create(&session, change)?;
                Ok(session)
            }
        }
    }
}
