//! Messages.

use super::tools::{whole, whole_of_all};
use super::{Change, rows_for};
use crate::rows::{MessageRow, bare_state, notes_json};
use crate::search::{Unindexed, is_found};
use crate::sqlite::Conn;
use crate::sqlite::queries::messages::{Advance, Checkpoint, InsertMessage};
use crate::sqlite::queries::sessions::{Appended, Touched};
use crate::sqlite::queries::{directory, messages as queries, sessions};
use crate::types::Key;
use crate::{ReadTx, StoreError, WriteTx};
use domain::view::MessageView;
use domain::{
    Event, Failure, Limit, Message, MessageCursor, MessageId, MessageState, Note, Page, Preview, Role,
    SessionId, Slug, SpeakerKind, Timestamp,
};

/// Where a message stands, and what its request asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its place in the session, from 1.
    pub ordinal: i64,
    /// The model the request named.
    pub asked_model: Option<String>,
}

/// A text of a talk, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The Founder's, or a reply.
    pub role: Role,
    /// The text.
    pub content: String,
}

/// A reply that is still to come or coming.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenReply {
    /// The reply.
    pub message: Message,
    /// Where it stands.
    pub place: Place,
}

/// What a reply was before its step to another state.
struct Step {
    /// Whether a search could find it.
    was_found: bool,
    /// Whether it asked for tools.
    has_calls: bool,
}

/// Messages, for reading.
#[derive(Debug)]
pub struct Messages<'t, 'c>(&'t mut ReadTx<'c>);

/// Messages, for changing.
#[derive(Debug)]
pub struct MessagesMut<'t, 'c>(&'t mut WriteTx<'c>);

impl<'c> ReadTx<'c> {
    /// Messages.
    pub fn messages(&mut self) -> Messages<'_, 'c> {
        Messages(self)
    }
}

impl<'c> WriteTx<'c> {
    /// Messages, for changing.
    pub fn messages_mut(&mut self) -> MessagesMut<'_, 'c> {
        MessagesMut(self)
    }
}

fn failure(message: &Message) -> Option<&Failure> {
    match &message.state {
        MessageState::Failed(failure) => Some(failure),
        _ => None,
    }
}

fn open_reply(conn: &mut Conn, row: MessageRow) -> Result<OpenReply, StoreError> {
    let place = Place { ordinal: row.ordinal, asked_model: row.asked_model.clone() };
    Ok(OpenReply { message: whole(conn, row)?, place })
}

impl Messages<'_, '_> {
    /// The message.
    pub fn get(&mut self, id: MessageId) -> Result<Option<Message>, StoreError> {
        queries::get(self.0.conn, id)?.map(|row| whole(self.0.conn, row)).transpose()
    }

    /// The message with its place.
    pub fn placed(&mut self, id: MessageId) -> Result<Option<OpenReply>, StoreError> {
        queries::get(self.0.conn, id)?.map(|row| open_reply(self.0.conn, row)).transpose()
    }

    /// The user's message that carries this id of its sender, and the reply to it: the one on the branch shown, else the
    /// newest.
    pub fn turn_of(
        &mut self,
        client_message_id: &str,
    ) -> Result<Option<(Message, Option<Message>)>, StoreError> {
        let Some(user) = queries::by_client_id(self.0.conn, client_message_id)? else { return Ok(None) };
        let reply = queries::reply_to(self.0.conn, &user)?;
        let reply = reply.map(|row| whole(self.0.conn, row)).transpose()?;
        Ok(Some((whole(self.0.conn, user)?, reply)))
    }

    /// The last message, by its sender's own id, of those whose id begins with `name` and a colon. With ids that rise behind
    /// the colon it is the newest.
    pub fn last_sent(&mut self, name: &str) -> Result<Option<Message>, StoreError> {
        // A semicolon is what follows a colon.
        let (from, to) = (format!("{name}:"), format!("{name};"));
        let row = queries::last_by_client_id(self.0.conn, &from, &to)?;
        row.map(|row| whole(self.0.conn, row)).transpose()
    }

    /// The page of a session's branch shown that ends before the cursor (at the newest message without one), oldest first.
    pub fn page(
        &mut self,
        session: SessionId,
        before: Option<MessageCursor>,
        limit: Limit,
    ) -> Result<Page<Message, MessageCursor>, StoreError> {
        let rows = queries::before(self.0.conn, session, before.map_or(i64::MAX, |b| b.0), rows_for(limit))?;
        let mut page = Page::from_rows(rows, limit, |last| MessageCursor(last.ordinal));
        page.items.reverse();
        Ok(Page { items: whole_of_all(self.0.conn, page.items)?, next: page.next })
    }

    /// The newest `limit` messages of a session's branch shown, and every reply before them; oldest first. For sessions in which
    /// replies are few, however much else is said.
    pub fn newest_and_all_replies(
        &mut self,
        session: SessionId,
        limit: Limit,
    ) -> Result<Vec<Message>, StoreError> {
        let mut rows = queries::before(self.0.conn, session, i64::MAX, rows_for(limit))?;
        if let Some(oldest) = rows.get(limit.get()).map(|row| row.ordinal) {
            rows.extend(queries::replies_before(self.0.conn, session, oldest)?);
        }
        rows.reverse();
        whole_of_all(self.0.conn, rows)
    }

    /// The newest `limit` texts of the branch shown before a place, oldest first: what the Founder said and what was answered.
    /// Replies that failed, wait or are still to come are no part of it.
    pub fn said_before(
        &mut self,
        session: SessionId,
        place: i64,
        limit: i64,
    ) -> Result<Vec<Said>, StoreError> {
        let rows = queries::said_before(self.0.conn, session, place, limit)?;
        let said = |(role, content): (String, String)| match role.parse() {
            Ok(role) => Ok(Said { role, content }),
            Err(_) => Err(StoreError::Corrupt { what: "role", value: role }),
        };
        rows.into_iter().rev().map(said).collect()
    }

    /// Every reply still to come or coming, in sessions outside the trash, oldest first.
    pub fn open(&mut self) -> Result<Vec<OpenReply>, StoreError> {
        let rows = queries::open(self.0.conn)?;
        rows.into_iter().map(|row| open_reply(self.0.conn, row)).collect()
    }

    /// The open replies of one session, oldest first.
    pub fn open_in(&mut self, session: SessionId) -> Result<Vec<OpenReply>, StoreError> {
        let rows = queries::open_in(self.0.conn, session)?;
        rows.into_iter().map(|row| open_reply(self.0.conn, row)).collect()
    }

    /// How many replies wait for the brain, in sessions outside the trash.
    pub fn deferred(&mut self) -> Result<i64, StoreError> {
        Ok(queries::deferred(self.0.conn)?)
    }
}

impl MessagesMut<'_, '_> {
    /// Appends messages to a session, in order. Gives the place of the first; none when there is no such session.
    ///
    /// A complete message records `chat.message`, a pending reply `chat.reply.started`. Messages without text count, and
    /// leave the session's last message as it is. Those that are aside count apart. The last one on the branch shown is
    /// the session's tip.
    pub fn append(
        &mut self,
        messages: &[Message],
        asked_model: Option<&str>,
        department: Option<&Slug>,
        change: &Change,
    ) -> Result<Option<i64>, StoreError> {
        let Some(first) = messages.first() else { return Ok(None) };
        let shown = || messages.iter().filter(|message| message.active);
        let said = shown().rfind(|message| !message.content.is_empty());
        let preview = said.map(|said| Preview::of(&said.content));
        let count = |messages: usize| i64::try_from(messages).unwrap_or(i64::MAX);
        let (all, added) = (count(messages.len()), count(shown().count()));
        let held = sessions::appended(
            self.0.conn(),
            Appended {
                added,
                aside: all - added,
                tip: shown().next_back().map(|message| Key(message.id)),
                role: said.map(|said| said.role.as_str()),
                speaker: said.map(|said| said.speaker.name.as_str()),
                preview: preview.as_ref().map(Preview::as_str),
                said_at: said.map(|said| said.created_at.as_micros()),
                updated_at: change.at.as_micros(),
                id: Key(first.session_id),
            },
        )?;
        let Some(held) = held else { return Ok(None) };
        let place = held - all + 1;
        for (message, ordinal) in messages.iter().zip(place..) {
            self.insert(message, ordinal, asked_model)?;
            if is_found(message.state.as_str()) {
                self.0.reindex(Unindexed::Message(message.id));
            }
            self.record(message, message.updated_at, department, change);
        }
        Ok(Some(place))
    }

    pub(super) fn insert(
        &mut self,
        message: &Message,
        ordinal: i64,
        asked_model: Option<&str>,
    ) -> Result<(), StoreError> {
        let notes = notes_json(&message.notes)?;
        let asked_model = asked_model.filter(|_| message.role == Role::Assistant);
        let failure = failure(message);
        let row = InsertMessage {
            id: Key(message.id),
            session_id: Key(message.session_id),
            ordinal,
            role: message.role.as_str(),
            speaker_kind: message.speaker.kind.as_str(),
            speaker_id: &message.speaker.id,
            speaker_name: &message.speaker.name,
            speaker_role: &message.speaker.role,
            content: &message.content,
            status: message.state.as_str(),
            model: message.model.as_deref(),
            asked_model,
            prompt_tokens: message.usage.map(|usage| usage.prompt_tokens),
            completion_tokens: message.usage.map(|usage| usage.completion_tokens),
            response_time_ms: message.response_time_ms,
            notes: notes.as_deref(),
            error_code: failure.map(|failure| failure.code.as_str()),
            error_detail: failure.map(|failure| failure.detail.as_str()),
            parent_id: message.parent_id.map(Key),
            client_message_id: message.client_message_id.as_deref(),
            created_at: message.created_at.as_micros(),
            updated_at: message.updated_at.as_micros(),
            active: message.active,
        };
        queries::insert(self.0.conn(), row)?;
        if message.tool_calls.is_empty() {
            return Ok(());
        }
        self.0.tools_mut().take_in(message.id, &message.tool_calls)
    }

    /// Moves a reply to the state it has in `message`, with its text, model, usage, notes and error. Gives whether the
    /// stored reply could take that step, which one that is aside cannot; if not, nothing changed and nothing was recorded.
    /// Its calls of tools are those that are stored; with a reply that is over, they are over too.
    pub fn advance(
        &mut self,
        message: &Message,
        department: Option<&Slug>,
        change: &Change,
    ) -> Result<bool, StoreError> {
        let Some(step) = self.step(message, change)? else { return Ok(false) };
        if step.was_found || is_found(message.state.as_str()) {
            self.0.reindex(Unindexed::Message(message.id));
        }
        if message.content.is_empty() {
            self.retell(message.session_id, change)?;
        } else {
            self.touch(message, change)?;
        }
        if message.state == MessageState::Complete && message.speaker.kind == SpeakerKind::Agent {
            directory::seen(self.0.conn(), &message.speaker.id, change.at.as_micros())?;
        }
        if !step.has_calls {
            self.record(message, change.at, department, change);
            return Ok(true);
        }
        if !message.state.is_open() {
            self.0.tools_mut().cancel(message.id, department, change)?;
        }
        let tool_calls = self.0.tools().of(message.id)?;
        let message = Message { tool_calls, ..message.clone() };
        self.record(&message, change.at, department, change);
        Ok(true)
    }

    /// Writes the reply's next state; none when there is no such step.
    fn step(&mut self, message: &Message, change: &Change) -> Result<Option<Step>, StoreError> {
        const IN_THE_MAKING: [MessageState; 2] = [MessageState::Pending, MessageState::Streaming];
        let leads_here = |from: &MessageState| from.become_state(message.state.clone()).is_ok();
        // The end of a reply without calls is by far the most frequent step: it is tried without a look at where it stands.
        if IN_THE_MAKING.iter().all(leads_here) && self.step_from(IN_THE_MAKING, 0, message, change)? {
            return Ok(Some(Step { was_found: false, has_calls: false }));
        }
        let Some((from, _, calls)) = queries::status(self.0.conn(), message.id)? else { return Ok(None) };
        let state = bare_state(&from)?;
        let is_taken =
            leads_here(&state) && self.step_from([state.clone(), state], calls, message, change)?;
        Ok(is_taken.then(|| Step { was_found: is_found(&from), has_calls: calls > 0 }))
    }

    fn step_from(
        &mut self,
        [from, or_from]: [MessageState; 2],
        calls: i32,
        message: &Message,
        change: &Change,
    ) -> Result<bool, StoreError> {
        let failure = failure(message);
        let notes = notes_json(&message.notes)?;
        let step = Advance {
            content: &message.content,
            status: message.state.as_str(),
            model: message.model.as_deref(),
            prompt_tokens: message.usage.map(|usage| usage.prompt_tokens),
            completion_tokens: message.usage.map(|usage| usage.completion_tokens),
            response_time_ms: message.response_time_ms,
            notes: notes.as_deref(),
            error_code: failure.map(|failure| failure.code.as_str()),
            error_detail: failure.map(|failure| failure.detail.as_str()),
            updated_at: change.at.as_micros(),
            id: Key(message.id),
            from: from.as_str(),
            or_from: or_from.as_str(),
            calls,
        };
        Ok(queries::advance(self.0.conn(), step)?)
    }

    fn touch(&mut self, message: &Message, change: &Change) -> Result<(), StoreError> {
        let preview = Preview::of(&message.content);
        let touched = Touched {
            role: message.role.as_str(),
            speaker: &message.speaker.name,
            preview: preview.as_str(),
            said_at: message.created_at.as_micros(),
            updated_at: change.at.as_micros(),
            id: Key(message.session_id),
            message: Key(message.id),
        };
        Ok(sessions::touched(self.0.conn(), touched)?)
    }

    /// A message lost its text: the session's last message is the newest one that has some.
    fn retell(&mut self, session: SessionId, change: &Change) -> Result<(), StoreError> {
        let row = queries::newest_said(self.0.conn(), session)?;
        let said = row.map(Message::try_from).transpose()?;
        Ok(sessions::retold(self.0.conn(), session, said.as_ref(), change.at)?)
    }

    /// Keeps the text of a reply in the making. No event tells of it: the reply's end does.
    pub fn checkpoint(
        &mut self,
        id: MessageId,
        content: &str,
        notes: &[Note],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let notes = notes_json(notes)?;
        let text = Checkpoint { content, notes: notes.as_deref(), updated_at: at.as_micros(), id: Key(id) };
        Ok(queries::checkpoint(self.0.conn(), text)?)
    }

    /// The event tells of the message as its row is: changed when the row says it was.
    fn record(
        &mut self,
        message: &Message,
        updated_at: Timestamp,
        department: Option<&Slug>,
        change: &Change,
    ) {
        let view = MessageView { updated_at, ..message.clone().into() };
        let event = match message.state {
            MessageState::Complete => Event::ChatMessage(view),
            MessageState::Pending | MessageState::Streaming => Event::ChatReplyStarted(view),
            MessageState::Deferred => Event::ChatReplyDeferred(view),
            MessageState::Stopped => Event::ChatReplyStopped(view),
            MessageState::Interrupted => Event::ChatReplyInterrupted(view),
            MessageState::Failed(_) => Event::ChatReplyFailed(view),
        };
        self.0.record(change.draft(event, department.cloned()));
    }
}
