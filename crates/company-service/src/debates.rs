//! Debates: asked for, joined, ended. How one goes is in `run`.

mod prompt;
mod queue;
mod record;
mod repetition;
mod run;
mod synthesis;
mod utter;

pub use queue::DebateLimits;
pub(crate) use queue::Debates;

use crate::councils::existing as existing_council;
use crate::{Company, CompanyError, Listed, fields};
use chat_service::{Change, ChatError, ReadTx, Rules, Within, WriteTx};
use domain::{
    Actor, Closing, Debate, DebateStatus, Limit, Message, MessageId, MessageState, Role, Scope, Seat,
    Session, SessionId, Slug, Speaker, Title,
};

/// The most characters of a topic.
const TOPIC: usize = 10_000;

/// A debate to ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewDebate {
    /// What it is about, kept to the letter.
    pub topic: String,
    /// How many rounds, 1 to 5; none means 2.
    pub rounds: Option<i64>,
    /// How many seconds it may take, 10 to 3600; none means 600.
    pub deadline_s: Option<i64>,
    /// The sender's own id: asking again gives the same debate.
    pub client_message_id: Option<String>,
}

/// A debate, and what was said in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DebateRecord {
    /// The debate.
    pub debate: Debate,
    /// The newest messages of its session, at most 200, oldest first; text that is still coming included.
    pub messages: Vec<Message>,
}

/// A checked request with its ids, ready to be written as often as need be.
struct Draft {
    debate: Debate,
    message_id: MessageId,
}

impl Company {
    /// Begins a debate in a session of its own: the topic is its first message. With the brain away it is `deferred`.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`] for the council; [`CompanyError::Invalid`] and [`CompanyError::Unprocessable`] for what
    /// cannot be; [`CompanyError::Conflict`] when no member takes part, or the sender's id was used for something else;
    /// [`CompanyError::Busy`] when too many are open; [`ChatError::Spent`].
    pub async fn start_debate(&self, council: Slug, new: NewDebate) -> Result<DebateRecord, CompanyError> {
        let change = self.change(Actor::Founder);
        let draft = self.draft(council, new, &change)?;
        let (most, rules) = (self.debates.limits.open, self.chat.rules());
        let write = move |tx: &mut WriteTx<'_>| draft.write(tx, most, &rules, &change);
        let company = self.clone();
        let start = async move {
            let debate = company.store().write(write).await?;
            company.debates.wake();
            company.recorded(debate).await
        };
        self.to_its_end(start).await
    }

    fn draft(&self, council: Slug, new: NewDebate, change: &Change) -> Result<Draft, CompanyError> {
        check_text("topic", &new.topic, TOPIC)?;
        new.client_message_id.as_deref().map(fields::client_message_id).transpose()?;
        let rounds = within("rounds", new.rounds.unwrap_or(2), 1, 5)?;
        let deadline_s = within("deadline_s", new.deadline_s.unwrap_or(600), 10, 3600)?;
        let ids = self.chat.ids();
        let debate = Debate {
            id: SessionId::new(ids.next_id()),
            council_id: council,
            topic: new.topic,
            status: if self.chat.is_offline() { DebateStatus::Deferred } else { DebateStatus::Running },
            rounds,
            round: 0,
            seat: 0,
            closing: None,
            panel: Vec::new(),
            absences: Vec::new(),
            deadline_s,
            time_left_ms: i64::from(deadline_s) * 1000,
            token_budget: self.debates.limits.tokens,
            tokens_spent: 0,
            synthesis: None,
            client_message_id: new.client_message_id,
            created_at: change.at,
            updated_at: change.at,
        };
        Ok(Draft { debate, message_id: MessageId::new(ids.next_id()) })
    }

    /// A debate.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`].
    pub async fn debate_record(&self, id: SessionId) -> Result<DebateRecord, CompanyError> {
        let debate = self.store().read(move |tx| existing(tx, id)).await?;
        self.recorded(debate).await
    }

    /// A page of a council's debates, the newest first.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`] for the council.
    pub async fn debates_of(
        &self,
        council: Slug,
        after: Option<SessionId>,
        limit: Limit,
    ) -> Result<Listed<DebateRecord, SessionId>, CompanyError> {
        let as_of = self.store().head();
        let read = move |tx: &mut ReadTx<'_>| {
            existing_council(tx, &council)?;
            Ok::<_, CompanyError>(tx.debates().list(&council, after, limit)?)
        };
        let page = self.store().read(read).await?;
        let mut items = Vec::with_capacity(page.items.len());
        for debate in page.items {
            items.push(self.recorded(debate).await?);
        }
        Ok(Listed { page: domain::Page { items, next: page.next }, as_of })
    }

    /// The Founder says something in a debate. Who speaks next has heard it.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`]; [`CompanyError::Conflict`] when the debate is over or being summed up; for the text as
    /// for any message.
    pub async fn join_debate(&self, id: SessionId, text: String) -> Result<Message, CompanyError> {
        check_text("message", &text, self.chat.limits().max_message_chars)?;
        let change = self.change(Actor::Founder);
        let message_id = MessageId::new(self.chat.ids().next_id());
        let write = move |tx: &mut WriteTx<'_>| {
            let mut debate = open(tx, id)?;
            if debate.closing.is_some() {
                return Err(CompanyError::Conflict { detail: format!("debate {id} is being summed up") });
            }
            debate.updated_at = change.at;
            let message = founders(message_id, id, &text, None, &change);
            tx.messages_mut().append(std::slice::from_ref(&message), None, None, &change)?;
            let round = debate.round;
            tx.debates_mut().heard(&debate, round, &message, &change)?;
            Ok(message)
        };
        self.store().write(write).await
    }

    /// Ends a debate early: who speaks is stopped, what it said stays, and Daena sums up.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`]; [`CompanyError::Conflict`] when it is over.
    pub async fn synthesize_debate(&self, id: SessionId) -> Result<DebateRecord, CompanyError> {
        let change = self.change(Actor::Founder);
        let write = move |tx: &mut WriteTx<'_>| {
            let mut debate = open(tx, id)?;
            if debate.closing.is_none() {
                debate.closing = Some(Closing::Founder);
                debate.updated_at = change.at;
                tx.debates_mut().update(&debate, &change)?;
            }
            Ok::<_, CompanyError>(debate)
        };
        let company = self.clone();
        let close = async move {
            let debate = company.store().write(write).await?;
            company.debates.tell(id);
            company.recorded(debate).await
        };
        self.to_its_end(close).await
    }

    /// Ends a debate without a synthesis. What is being said is stopped here and at the model server.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`]; [`CompanyError::Conflict`] when it is over.
    pub async fn stop_debate(&self, id: SessionId) -> Result<DebateRecord, CompanyError> {
        let change = self.change(Actor::Founder);
        let write = move |tx: &mut WriteTx<'_>| {
            let debate = open(tx, id)?;
            let debate = Debate { status: DebateStatus::Cancelled, updated_at: change.at, ..debate };
            tx.debates_mut().update(&debate, &change)?;
            Ok::<_, CompanyError>(debate)
        };
        let company = self.clone();
        let stop = async move {
            let debate = company.store().write(write).await?;
            // What is just being begun hears of it by itself.
            company.debates.tell(id);
            company.chat.hush(id).await;
            company.recorded(debate).await
        };
        self.to_its_end(stop).await
    }

    /// The debate with its messages, which are read after it: none that it tells of is missing.
    async fn recorded(&self, debate: Debate) -> Result<DebateRecord, CompanyError> {
        let (id, newest) = (debate.id, Limit::new(Limit::MAX.into()).unwrap_or_default());
        let messages = match self.chat.open_session(id, Within::Anywhere, None, newest).await {
            Ok(opened) => opened.messages.items,
            // In the trash: nothing is coming there.
            Err(ChatError::NotFound { .. }) => {
                self.store().read(move |tx| tx.messages().page(id, None, newest)).await?.items
            }
            Err(error) => return Err(error.into()),
        };
        Ok(DebateRecord { debate, messages })
    }
}

impl Draft {
    /// Stores the debate with its session and topic; or finds the one that the sender's id already has.
    fn write(
        &self,
        tx: &mut WriteTx<'_>,
        most: usize,
        rules: &Rules,
        change: &Change,
    ) -> Result<Debate, CompanyError> {
        if let Some(known) = self.known(tx)? {
            return Ok(known);
        }
        rules.within_budget()?;
        let council = existing_council(tx, &self.debate.council_id)?;
        if tx.debates().open()?.len() >= most {
            return Err(CompanyError::Busy);
        }
        let members = tx.councils().members(&council.slug)?.into_iter().filter(|member| member.enabled);
        let seat = |member: domain::CouncilMember| Seat {
            member_id: member.id,
            name: member.name,
            role: member.role,
        };
        let panel: Vec<Seat> = members.map(seat).collect();
        if panel.is_empty() {
            let detail = format!("no member of the {} takes part in debates", council.name);
            return Err(CompanyError::Conflict { detail });
        }
        let debate = Debate { panel, ..self.debate.clone() };
        tx.sessions_mut().create(&self.session(), change)?;
        let topic =
            founders(self.message_id, debate.id, &debate.topic, debate.client_message_id.clone(), change);
        tx.messages_mut().append(&[topic], None, None, change)?;
        tx.debates_mut().create(&debate, change)?;
        Ok(debate)
    }

    fn known(&self, tx: &mut WriteTx<'_>) -> Result<Option<Debate>, CompanyError> {
        let Some(id) = &self.debate.client_message_id else { return Ok(None) };
        match tx.debates().by_client_id(id)? {
            Some(known) if known.topic == self.debate.topic && known.council_id == self.debate.council_id => {
                Ok(Some(known))
            }
            None if tx.messages().turn_of(id)?.is_none() => Ok(None),
            _ => Err(CompanyError::Conflict {
                detail: format!("client_message_id {id:?} was used for something else"),
            }),
        }
    }

    fn session(&self) -> Session {
        let scope = Scope::Council(self.debate.council_id.clone());
        let title = Title::from_text(&self.debate.topic);
        Session::new(self.debate.id, title, false, scope, self.debate.created_at)
    }
}

fn existing(tx: &mut ReadTx<'_>, id: SessionId) -> Result<Debate, CompanyError> {
    tx.debates().get(id)?.ok_or_else(|| CompanyError::not_found("debate", id))
}

/// The debate, while it goes on.
fn open(tx: &mut ReadTx<'_>, id: SessionId) -> Result<Debate, CompanyError> {
    let debate = existing(tx, id)?;
    match debate.status.is_open() {
        true => Ok(debate),
        false => Err(CompanyError::Conflict { detail: format!("debate {id} is {}", debate.status) }),
    }
}

fn founders(
    id: MessageId,
    session_id: SessionId,
    text: &str,
    client_message_id: Option<String>,
    change: &Change,
) -> Message {
    Message {
        id,
        session_id,
        role: Role::User,
        speaker: Speaker::founder(),
        content: text.to_owned(),
        state: MessageState::Complete,
        model: None,
        usage: None,
        response_time_ms: None,
        notes: Vec::new(),
        tool_calls: Vec::new(),
        parent_id: None,
        active: true,
        client_message_id,
        created_at: change.at,
        updated_at: change.at,
    }
}

/// A text of the Founder's: not blank, not too long, without NUL.
fn check_text(field: &'static str, text: &str, limit: usize) -> Result<(), CompanyError> {
    if text.trim().is_empty() {
        return Err(CompanyError::Invalid { field, detail: "is empty".to_owned() });
    }
    if text.contains('\0') {
        return Err(CompanyError::Invalid { field, detail: "holds a NUL character".to_owned() });
    }
    if text.chars().count() > limit {
        return Err(CompanyError::Chat(ChatError::TooLarge { field, limit }));
    }
    Ok(())
}

fn within(field: &'static str, number: i64, least: i32, most: i32) -> Result<i32, CompanyError> {
    let fits = i32::try_from(number).ok().filter(|number| (least..=most).contains(number));
    fits.ok_or_else(|| CompanyError::Unprocessable { field, detail: format!("is {least} to {most}") })
}
