//! One message: reading it, watching it come, stopping it, making it again.

use crate::ChatError;
use crate::live::LiveReply;
use crate::recipient::refuse;
use crate::recovery::reopen;
use crate::service::{ChatService, Inner};
use crate::speech::refuse_retry;
use crate::tools::said_with;
use crate::turn::existing;
use crate::updates::ReplyUpdates;
use domain::{Alternatives, Message, MessageId, MessageState, Role, Session, Slug};
use persistence::OpenReply;
use std::sync::Arc;

impl Inner {
    /// The message with what is there of it beyond the last checkpoint.
    pub(crate) fn with_live_text(&self, message: Message) -> Message {
        if !message.state.is_open() {
            return message;
        }
        with_text_of(self.live.get(message.id).as_deref(), message)
    }

    /// The message as it is now, with the reply in the making if it is one.
    ///
    /// A reply is registered before its row is open and until its end is on disk. So an open row whose reply is not found
    /// before nor after reading it has changed in between, and is read again.
    pub(crate) async fn find(&self, id: MessageId) -> Result<Found, ChatError> {
        let mut looks = 0;
        loop {
            let live = self.live.get(id);
            let (reply, session) = self.stored(id).await?;
            let live = live.or_else(|| self.live.get(id));
            let being_made = matches!(reply.message.state, MessageState::Pending | MessageState::Streaming);
            looks += 1;
            // What nobody makes is left as it is for the next start.
            if live.is_some() || !being_made || looks == 3 {
                return Ok(Found { reply, session, live });
            }
        }
    }

    async fn stored(&self, id: MessageId) -> Result<(OpenReply, Session), ChatError> {
        self.store
            .read(move |tx| {
                let stored = tx.messages().placed(id)?.ok_or_else(|| ChatError::not_found("message", id))?;
                let session = existing(tx, stored.message.session_id)
                    .map_err(|_| ChatError::not_found("message", id))?;
                Ok((stored, session))
            })
            .await
    }
}

/// The message with what is there of it beyond the last checkpoint, if it is being made.
pub(crate) fn with_text_of(live: Option<&LiveReply>, mut message: Message) -> Message {
    let Some(live) = live.filter(|_| message.state.is_open()) else { return message };
    if let Some(ended) = live.outcome() {
        return Message::clone(&ended);
    }
    let progress = live.progress.borrow();
    if !progress.text.is_empty() {
        message.content.clone_from(&progress.text);
        message.state = MessageState::Streaming;
    }
    message.notes.clone_from(&progress.notes);
    message
}

/// A message, and the reply in the making if it is one.
pub(crate) struct Found {
    pub(crate) reply: OpenReply,
    pub(crate) session: Session,
    pub(crate) live: Option<Arc<LiveReply>>,
}

impl ChatService {
    /// The message as it is now, text that is still coming included.
    ///
    /// # Errors
    /// [`ChatError::NotFound`], also for a message of a session in the trash.
    pub async fn message(&self, id: MessageId) -> Result<Message, ChatError> {
        let found = self.inner.find(id).await?;
        Ok(with_text_of(found.live.as_deref(), found.reply.message))
    }

    /// The message as it is now, and its place among its alternatives if it has any.
    ///
    /// # Errors
    /// [`ChatError::NotFound`], also for a message of a session in the trash.
    pub async fn message_among(&self, id: MessageId) -> Result<(Message, Option<Alternatives>), ChatError> {
        let found = self.inner.find(id).await?;
        let alternatives = match found.session.set_aside {
            0 => None,
            _ => self.inner.store.read(move |tx| tx.branches().alternatives_of(id)).await?,
        };
        Ok((with_text_of(found.live.as_deref(), found.reply.message), alternatives))
    }

    /// A reply from an offset in bytes: what is there, then what comes, then its end. A message that has ended gives what
    /// is behind the offset and its end at once.
    ///
    /// # Errors
    /// [`ChatError::NotFound`]; [`ChatError::Invalid`] when the offset is past the end or inside a character.
    pub async fn watch_reply(&self, id: MessageId, offset: usize) -> Result<ReplyUpdates, ChatError> {
        let refused = |length: usize| ChatError::Invalid {
            field: "offset",
            detail: format!(
                "{offset} is not on a character's boundary within the {length} bytes that are there"
            ),
        };
        let found = self.inner.find(id).await?;
        if let Some(live) = found.live {
            let (fits, length) = {
                let progress = live.progress.borrow();
                (progress.text.is_char_boundary(offset), progress.text.len())
            };
            return if fits { Ok(ReplyUpdates::live(live, offset)) } else { Err(refused(length)) };
        }
        let message = found.reply.message;
        // A deferred reply's text is a notice, not the beginning of the answer.
        let length = if message.state == MessageState::Deferred { 0 } else { message.content.len() };
        let fits = message.content.is_char_boundary(offset) && offset <= length;
        if fits { Ok(ReplyUpdates::settled(Arc::new(message), offset)) } else { Err(refused(length)) }
    }

    /// Ends a reply here and at the model server; its text so far is kept. One that waits is ended too.
    ///
    /// # Errors
    /// [`ChatError::Conflict`] when there is nothing to stop.
    pub async fn stop(&self, id: MessageId) -> Result<Message, ChatError> {
        let nothing = || ChatError::Conflict { detail: format!("message {id} is not being made") };
        loop {
            if let Some(live) = self.inner.live.get(id) {
                live.stop.cancel();
                match live.ended().await {
                    Ok(ended) if ended.state == MessageState::Stopped => return Ok(Message::clone(&ended)),
                    // The brain went away first: it waits for it now.
                    Ok(ended) if ended.state == MessageState::Deferred => {}
                    Ok(_) => return Err(nothing()),
                    Err(error) if self.inner.shutdown.is_cancelled() => return Err(error),
                    Err(_) => {}
                }
            }
            let found = self.inner.find(id).await?;
            if found.live.is_some() {
                continue;
            }
            if found.reply.message.state != MessageState::Deferred {
                return Err(nothing());
            }
            if let Some(stopped) = self.stop_deferred(found).await? {
                return Ok(stopped);
            }
        }
    }

    /// Stops a reply that waits for the brain; none when it no longer does.
    async fn stop_deferred(&self, found: Found) -> Result<Option<Message>, ChatError> {
        let change = self.inner.change(domain::Actor::Founder);
        let stopped = Message {
            content: said_with(&found.reply.message.tool_calls),
            state: MessageState::Stopped,
            model: None,
            updated_at: change.at,
            ..found.reply.message
        };
        let written = stopped.clone();
        let write = move |tx: &mut persistence::WriteTx<'_>| {
            let now = tx.messages().get(written.id)?.map(|message| message.state);
            Ok::<_, ChatError>(
                now == Some(MessageState::Deferred)
                    && tx.messages_mut().advance(&written, found.session.scope.department(), &change)?,
            )
        };
        Ok(self.inner.store.write(write).await?.then_some(stopped))
    }

    /// Makes a failed, stopped or interrupted reply again, in place. Returns it pending.
    ///
    /// # Errors
    /// [`ChatError::Conflict`] when it is in no such state; [`ChatError::Busy`] when too much is under way;
    /// [`ChatError::Forbidden`] when its speaker is paused or locked; [`ChatError::Spent`].
    pub async fn retry(&self, id: MessageId) -> Result<Message, ChatError> {
        let rules = self.rules();
        rules.admit()?;
        rules.within_budget()?;
        let (stored, session) = self.inner.stored(id).await?;
        let (scope, speaker) = (session.scope.clone(), stored.message.speaker.clone());
        refuse(self.inner.store.read(move |tx| rules.holds(tx, &scope, &speaker)).await?)?;
        if !stored.message.active {
            let detail = format!("message {id} is not on the branch shown: select it first");
            return Err(ChatError::Conflict { detail });
        }
        let state = stored.message.state.clone();
        if stored.message.role != Role::Assistant || !state.can_retry() {
            let detail = format!(
                "message {id} is {}: only a failed, stopped or interrupted reply is made again",
                state.as_str()
            );
            return Err(ChatError::Conflict { detail });
        }
        refuse_retry(&session, id)?;
        let inner = Arc::clone(&self.inner);
        let retry = async move {
            let most = inner.limits.max_open_replies;
            match reopen(&inner, stored, session, most, None).await? {
                Some((message, _)) => Ok(message),
                None => Err(ChatError::Conflict { detail: format!("message {id} has changed meanwhile") }),
            }
        };
        self.inner.to_its_end(retry).await
    }

    /// Stops what an agent is making, in whatever session; waits until it has ended.
    pub async fn stop_speaker(&self, agent: &Slug) {
        for live in self.inner.live.by_speaker(agent.as_str()) {
            live.stop.cancel();
            live.ended().await.ok();
        }
    }

    /// Stops what is being made in a session; waits until it has ended.
    pub(crate) async fn stop_session(&self, session: &Session) {
        self.hush(session.id).await;
    }
}
