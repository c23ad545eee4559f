//! Sessions: making, reading, listing, changing, deleting.

mod listing;

pub use listing::{CategoryCount, ChatStats, OpenedSession, SessionList};

use crate::ChatError;
use crate::prompt::WELCOME;
use crate::recipient::{existing_department, refuse};
use crate::service::ChatService;
use crate::turn::existing;
use domain::{
    Actor, Message, MessageId, MessageState, Role, Scope, ScopeType, Session, SessionCategory, SessionId,
    Slug, Speaker, Title,
};
use persistence::{ReadTx, WriteTx};
use std::sync::Arc;

/// A session to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Its title; none is given by the first message.
    pub title: Option<String>,
    /// The kind of counterpart.
    pub scope_type: ScopeType,
    /// The slug of the department, agent or council.
    pub scope_id: Option<String>,
}

/// What is to be changed of a session; none leaves it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionEdit {
    /// The title, set by hand from then on.
    pub title: Option<String>,
    /// Kept at the top.
    pub pinned: Option<bool>,
    /// Put away.
    pub archived: Option<bool>,
    /// The drawer.
    pub category: Option<SessionCategory>,
}

/// Whose view a session is looked for in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Within {
    /// Daena's office, which sees all.
    Anywhere,
    /// A department's: its own sessions and those of its agents.
    Department(Slug),
    /// An agent's.
    Agent(Slug),
}

impl Within {
    fn shows(&self, session: &Session) -> bool {
        match self {
            Self::Anywhere => true,
            Self::Department(slug) => session.scope.department() == Some(slug),
            Self::Agent(slug) => {
                session.scope.scope_type() == ScopeType::Agent
                    && session.scope.scope_id() == Some(slug.as_str())
            }
        }
    }

    /// The session as this view shows it.
    fn find(&self, tx: &mut ReadTx<'_>, id: SessionId) -> Result<Session, ChatError> {
        let session = existing(tx, id)?;
        if self.shows(&session) { Ok(session) } else { Err(ChatError::not_found("session", id)) }
    }
}

fn title(text: &str) -> Result<Title, ChatError> {
    Title::by_hand(text).ok_or_else(|| ChatError::Unprocessable {
        field: "title",
        detail: format!("is 1 to {} characters on one line", Title::MAX_CHARS),
    })
}

impl ChatService {
    /// Begins a session with Daena: makes it and stores her welcome as its first message.
    ///
    /// # Errors
    /// [`ChatError::Unprocessable`] for the title; [`ChatError::Forbidden`] while Daena is paused.
    pub async fn start_session(&self, title: Option<String>) -> Result<(Session, Message), ChatError> {
        let rules = self.rules();
        rules.admit()?;
        refuse(rules.daena_paused())?;
        let new = NewSession { title, scope_type: ScopeType::Executive, scope_id: None };
        let (session, welcome) = self.make_session(new, Some(WELCOME)).await?;
        let welcome = welcome.ok_or_else(|| ChatError::not_found("session", session.id))?;
        Ok((session, welcome))
    }

    /// Makes an empty session.
    ///
    /// # Errors
    /// [`ChatError::Unprocessable`] for the title, or a slug where none belongs; [`ChatError::NotFound`] for the
    /// counterpart.
    pub async fn create_session(&self, new: NewSession) -> Result<Session, ChatError> {
        Ok(self.make_session(new, None).await?.0)
    }

    async fn make_session(
        &self,
        new: NewSession,
        welcome: Option<&'static str>,
    ) -> Result<(Session, Option<Message>), ChatError> {
        let by_hand = new.title.as_deref().map(title).transpose()?;
        let change = self.inner.change(Actor::Founder);
        let ids = &self.inner.ids;
        let (session_id, message_id) = (SessionId::new(ids.next_id()), MessageId::new(ids.next_id()));
        let write = move |tx: &mut WriteTx<'_>| {
            let scope = scope(tx, new.scope_type, new.scope_id.as_deref())?;
            let title = by_hand.clone().unwrap_or_else(Title::untitled);
            let session = Session::new(session_id, title, by_hand.is_some(), scope, change.at);
            tx.sessions_mut().create(&session, &change)?;
            let Some(text) = welcome else { return Ok((session, None)) };
            let welcome = Message {
                id: message_id,
                session_id,
                role: Role::Assistant,
                speaker: Speaker::daena(),
                content: text.to_owned(),
                state: MessageState::Complete,
                model: None,
                usage: None,
                response_time_ms: None,
                notes: Vec::new(),
                tool_calls: Vec::new(),
                parent_id: None,
                active: true,
                client_message_id: None,
                created_at: change.at,
                updated_at: change.at,
            };
            tx.messages_mut().append(std::slice::from_ref(&welcome), None, None, &change)?;
            let session = existing(tx, session_id)?;
            Ok::<_, ChatError>((session, Some(welcome)))
        };
        self.inner.store.write(write).await
    }

    /// The session, outside the trash.
    ///
    /// # Errors
    /// [`ChatError::NotFound`], also when the view does not show it.
    pub async fn session(&self, id: SessionId, within: Within) -> Result<Session, ChatError> {
        self.inner.store.read(move |tx| within.find(tx, id)).await
    }

    /// Changes a session by hand.
    ///
    /// # Errors
    /// [`ChatError::NotFound`]; [`ChatError::Unprocessable`] for the title.
    pub async fn edit_session(&self, id: SessionId, edit: SessionEdit) -> Result<Session, ChatError> {
        let by_hand = edit.title.as_deref().map(title).transpose()?;
        let change = self.inner.change(Actor::Founder);
        let write = move |tx: &mut WriteTx<'_>| {
            let before = existing(tx, id)?;
            let mut session = before.clone();
            if let Some(title) = &by_hand {
                session.title = title.clone();
                session.title_by_hand = true;
            }
            session.pinned = edit.pinned.unwrap_or(session.pinned);
            session.archived = edit.archived.unwrap_or(session.archived);
            session.category = edit.category.unwrap_or(session.category);
            if session != before {
                session.updated_at = change.at;
                tx.sessions_mut().update(&session, &change)?;
            }
            Ok(session)
        };
        self.inner.store.write(write).await
    }

    /// Puts a session into the trash. What is being made in it is stopped.
    ///
    /// # Errors
    /// [`ChatError::NotFound`], also when it is there already or the view does not show it.
    pub async fn delete_session(&self, id: SessionId, within: Within) -> Result<(), ChatError> {
        let change = self.inner.change(Actor::Founder);
        let write = move |tx: &mut WriteTx<'_>| {
            let session = within.find(tx, id)?;
            tx.sessions_mut().delete(&session, &change)?;
            Ok::<_, ChatError>(session)
        };
        let chat = self.clone();
        let delete = async move {
            let session = chat.inner.store.write(write).await?;
            chat.stop_session(&session).await;
            Ok(())
        };
        self.inner.to_its_end(delete).await
    }

    /// Removes a session and its messages for good, from the trash or not.
    ///
    /// # Errors
    /// [`ChatError::NotFound`].
    pub async fn purge_session(&self, id: SessionId) -> Result<(), ChatError> {
        let find = move |tx: &mut ReadTx<'_>| {
            tx.sessions().get(id)?.ok_or_else(|| ChatError::not_found("session", id))
        };
        let session = self.inner.store.read(find).await?;
        let chat = self.clone();
        let purge = async move {
            chat.stop_session(&session).await;
            let change = chat.inner.change(Actor::Founder);
            let write = move |tx: &mut WriteTx<'_>| {
                let session = tx.sessions().get(id)?.ok_or_else(|| ChatError::not_found("session", id))?;
                Ok::<_, ChatError>(tx.sessions_mut().purge(&session, &change)?)
            };
            chat.inner.store.write(write).await?;
            // What was begun between the two is stopped too.
            chat.stop_session(&session).await;
            Ok(())
        };
        self.inner.to_its_end(purge).await
    }

    /// Takes a session out of the trash. Replies that wait for the brain are queued again; one that a crash left in the
    /// making is interrupted.
    ///
    /// # Errors
    /// [`ChatError::NotFound`]; [`ChatError::Conflict`] when it is not in the trash.
    pub async fn restore_session(&self, id: SessionId) -> Result<Session, ChatError> {
        let change = self.inner.change(Actor::Founder);
        let inner = Arc::clone(&self.inner);
        let write = move |tx: &mut WriteTx<'_>| {
            let mut session = tx.sessions().get(id)?.ok_or_else(|| ChatError::not_found("session", id))?;
            if session.deleted_at.is_none() {
                return Err(ChatError::Conflict { detail: format!("session {id} is not in the trash") });
            }
            for left in tx.messages().open_in(id)? {
                let reply = left.message;
                if reply.state != MessageState::Deferred && inner.live.get(reply.id).is_none() {
                    let state = MessageState::Interrupted;
                    let interrupted = Message { state, updated_at: change.at, ..reply };
                    tx.messages_mut().advance(&interrupted, session.scope.department(), &change)?;
                    session.updated_at = change.at;
                }
            }
            Ok(tx.sessions_mut().restore(&session, &change)?)
        };
        let inner = Arc::clone(&self.inner);
        let restore = async move {
            let session = inner.store.write(write).await?;
            inner.deferred.notify_one();
            Ok(session)
        };
        self.inner.to_its_end(restore).await
    }
}

/// The scope that a kind and a slug name.
fn scope(tx: &mut ReadTx<'_>, kind: ScopeType, id: Option<&str>) -> Result<Scope, ChatError> {
    let unprocessable =
        |detail: &str| ChatError::Unprocessable { field: "scope_id", detail: detail.to_owned() };
    let slug = |what: &'static str| {
        let id = id.ok_or_else(|| unprocessable("is missing"))?;
        Slug::parse(id).map_err(|_| ChatError::not_found(what, id))
    };
    match kind {
        ScopeType::Executive | ScopeType::General if id.is_some() => {
            Err(unprocessable("belongs to a department, agent or council only"))
        }
        ScopeType::Executive => Ok(Scope::Executive),
        ScopeType::General => Ok(Scope::General),
        ScopeType::Department => {
            let department = existing_department(tx, &slug("department")?)?;
            Ok(Scope::Department(department.slug))
        }
        ScopeType::Agent => {
            let slug = slug("agent")?;
            let agent = tx.agents().get(&slug)?.ok_or_else(|| ChatError::not_found("agent", &slug))?;
            Ok(Scope::Agent { agent: agent.slug, department: agent.department_id })
        }
        ScopeType::Council => {
            let slug = slug("council")?;
            let council = tx.councils().get(&slug)?.ok_or_else(|| ChatError::not_found("council", &slug))?;
            Ok(Scope::Council(council.slug))
        }
    }
}
