//! Branches: a reply made once more, a message written anew, and the way back to what was there before.

use crate::ChatError;
use crate::Recipient;
use crate::replies::with_text_of;
use crate::service::{ChatService, Inner};
use crate::tools::said_with;
use crate::turn::{SendMessage, Turn, existing, submit};
use domain::{
    Actor, Alternatives, Limit, Message, MessageCursor, MessageId, MessageState, Page, Position, Role,
    Session,
};
use persistence::{Change, ReadTx, WriteTx};
use std::sync::Arc;

/// A reply to make once more, beside those there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Regenerate {
    /// The model to answer with, instead of the agent's own or the active one.
    pub model: Option<String>,
    /// The sender's own id of the new reply: asking again joins the first time. At most 200 characters.
    pub client_message_id: Option<String>,
}

/// A message to write anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditMessage {
    /// The text, kept to the letter.
    pub text: String,
    /// The sender's own id of the new message: sending it again joins the first turn. At most 200 characters.
    pub client_message_id: Option<String>,
    /// The model to answer with, instead of the agent's own or the active one.
    pub model: Option<String>,
}

/// A page of a message's alternatives.
#[derive(Debug, Clone)]
pub struct AlternativeList {
    /// Those that follow the same message, the message itself included, in the order in which they were written.
    pub page: Page<Message, MessageCursor>,
    /// The first one's place among them, from 1.
    pub first: i64,
    /// How many there are in all.
    pub count: i64,
    /// Nothing up to this position is missing from the page.
    pub as_of: Position,
}

/// What a turn takes the place of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Instead {
    /// A user's message, which is written anew.
    Message(MessageId),
    /// A reply, which is made once more.
    Reply(MessageId),
}

/// What a turn goes on from, once there is room for it.
pub(crate) struct Room {
    /// The session, with all that the turn takes the place of put aside.
    pub(crate) session: Session,
    /// The replies that were being made there, and are stopped.
    pub(crate) stopped: Vec<MessageId>,
}

impl Instead {
    /// The message it is about, if that can be done to it.
    pub(crate) fn target(self, tx: &mut ReadTx<'_>) -> Result<Message, ChatError> {
        let (Self::Message(id) | Self::Reply(id)) = self;
        let message = tx.messages().get(id)?.ok_or_else(|| ChatError::not_found("message", id))?;
        let conflict = |detail: String| Err(ChatError::Conflict { detail });
        match self {
            Self::Message(_) if message.role != Role::User => {
                conflict(format!("message {id} is none of the Founder's: only those are edited"))
            }
            Self::Reply(_) if message.role != Role::Assistant || message.parent_id.is_none() => {
                conflict(format!("message {id} answers nothing: only a reply is made once more"))
            }
            Self::Reply(_) if message.state.is_open() => conflict(format!(
                "message {id} is {}: it is made once more when it has ended, or was stopped",
                message.state.as_str()
            )),
            _ => Ok(message),
        }
    }
}

/// Stops what is still to come or coming behind a place: it goes aside, and what is aside never changes.
fn close(
    tx: &mut WriteTx<'_>,
    inner: &Inner,
    session: &Session,
    place: i64,
    change: &Change,
) -> Result<Vec<MessageId>, ChatError> {
    let mut stopped = Vec::new();
    for open in tx.messages().open_in(session.id)?.into_iter().filter(|open| open.place.ordinal > place) {
        let id = open.message.id;
        let so_far = match open.message.state {
            // Its text is a notice, not the beginning of an answer.
            MessageState::Deferred => {
                Message { content: said_with(&open.message.tool_calls), model: None, ..open.message }
            }
            _ => with_text_of(inner.live.get(id).as_deref(), open.message),
        };
        let closed = Message { state: MessageState::Stopped, updated_at: change.at, ..so_far };
        tx.messages_mut().advance(&closed, session.scope.department(), change)?;
        stopped.push(id);
    }
    Ok(stopped)
}

/// Puts aside what an edited message, or a reply that is made once more, takes the place of. `new` is the edited message.
pub(crate) fn make_room(
    tx: &mut WriteTx<'_>,
    inner: &Inner,
    session: &Session,
    target: &Message,
    new: Option<&Message>,
    change: &Change,
) -> Result<Room, ChatError> {
    let place = tx.branches().fork(session.id, target.parent_id)?;
    let stopped = close(tx, inner, session, place, change)?;
    let session = match new {
        Some(new) => tx.branches_mut().edit(session, target, new, change)?,
        None => tx.branches_mut().show(session, target.parent_id, change)?,
    };
    Ok(Room { session, stopped })
}

/// A message of a session outside the trash.
fn stored(tx: &mut ReadTx<'_>, id: MessageId) -> Result<(Message, Session), ChatError> {
    let missing = || ChatError::not_found("message", id);
    let message = tx.messages().get(id)?.ok_or_else(missing)?;
    let session = existing(tx, message.session_id).map_err(|_| missing())?;
    Ok((message, session))
}

impl ChatService {
    /// Answers a message once more: stores a new reply beside the one named, which goes aside with all that followed it,
    /// and has it made. Returns when that is on disk; otherwise as [`ChatService::send`].
    ///
    /// # Errors
    /// [`ChatError::NotFound`]; [`ChatError::Conflict`] for what is no reply, for one that has not ended, and in a debate;
    /// otherwise as [`ChatService::send`].
    pub async fn regenerate(&self, id: MessageId, again: Regenerate) -> Result<Turn, ChatError> {
        let Regenerate { model, client_message_id } = again;
        self.instead(Instead::Reply(id), String::new(), client_message_id, model).await
    }

    /// Writes a user's message anew: stores it beside the one named, which goes aside with all that followed it, and has it
    /// answered. A reply that is still to come there is stopped. Returns when that is on disk; otherwise as
    /// [`ChatService::send`].
    ///
    /// # Errors
    /// [`ChatError::NotFound`]; [`ChatError::Conflict`] for what is not the Founder's, and in a debate; otherwise as
    /// [`ChatService::send`].
    pub async fn edit(&self, id: MessageId, edit: EditMessage) -> Result<Turn, ChatError> {
        let EditMessage { text, client_message_id, model } = edit;
        self.instead(Instead::Message(id), text, client_message_id, model).await
    }

    async fn instead(
        &self,
        instead: Instead,
        text: String,
        client_message_id: Option<String>,
        model: Option<String>,
    ) -> Result<Turn, ChatError> {
        self.rules().admit()?;
        let (Instead::Message(id) | Instead::Reply(id)) = instead;
        let (_, session) = self.inner.store.read(move |tx| stored(tx, id)).await?;
        let session_id = Some(session.id);
        let message = SendMessage { to: Recipient::Session, session_id, text, client_message_id, model };
        submit(&self.inner, message, None, Some(instead)).await
    }

    /// Shows the branch with a message, down to the newest message that goes on from it, and puts aside what was shown
    /// instead. Nothing changes when the message is shown already. Replies put aside that wait for the brain are stopped.
    ///
    /// # Errors
    /// [`ChatError::NotFound`]; [`ChatError::Conflict`] while a reply that would go aside is being made.
    pub async fn select_branch(&self, id: MessageId) -> Result<Session, ChatError> {
        self.rules().admit()?;
        let (inner, change) = (Arc::clone(&self.inner), self.inner.change(Actor::Founder));
        let write = move |tx: &mut WriteTx<'_>| {
            let (message, session) = stored(tx, id)?;
            if message.active {
                return Ok(session);
            }
            let place = tx.branches().fork(session.id, Some(id))?;
            let open = tx.messages().open_in(session.id)?;
            let made = |open: &&persistence::OpenReply| {
                open.place.ordinal > place && open.message.state != MessageState::Deferred
            };
            if let Some(made) = open.iter().find(made) {
                let detail =
                    format!("message {} is being made: stop it, or wait for its end", made.message.id);
                return Err(ChatError::Conflict { detail });
            }
            close(tx, &inner, &session, place, &change)?;
            Ok(tx.branches_mut().select(&session, id, &change)?)
        };
        self.inner.store.write(write).await
    }

    /// A page of what a message is an alternative of, the message itself included.
    ///
    /// # Errors
    /// [`ChatError::NotFound`].
    pub async fn alternatives(
        &self,
        id: MessageId,
        after: Option<MessageCursor>,
        limit: Limit,
    ) -> Result<AlternativeList, ChatError> {
        let as_of = self.inner.store.head();
        let read = move |tx: &mut ReadTx<'_>| {
            stored(tx, id)?;
            let page = tx.branches().alternatives(id, after, limit)?;
            let first = page.items.first().map(|first| first.id);
            let place = match first {
                Some(first) => tx.branches().alternatives_of(first)?,
                None => None,
            };
            Ok::<_, ChatError>((page, place))
        };
        let (page, place) = self.inner.store.read(read).await?;
        let Alternatives { position, count } = place.unwrap_or(Alternatives { position: 1, count: 1 });
        let page = page.map(|message| self.inner.with_live_text(message));
        Ok(AlternativeList { page, first: position, count, as_of })
    }
}
