//! One debate under way. All it knows is read from the rows at every step, so that it can be taken up at any.

use super::prompt::{self, Prompt};
use super::record::{Record, key, synthesis_key};
use super::repetition::Repetition;
use super::synthesis::{Facts, text_of};
use super::utter::Said;
use crate::{Company, CompanyError};
use chat_service::{Change, Utterance, WriteTx};
use domain::{
    Absence, Actor, Closing, CouncilMember, Debate, DebateStatus, Message, MessageId, MessageState, Role,
    SessionId, Speaker, Synthesis, Usage,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// How long something that may be tried again is left alone.
pub(super) const PAUSE: Duration = Duration::from_millis(500);
/// The least time that is given to anybody.
const LEAST: Duration = Duration::from_secs(1);
/// The most time that is kept back for the synthesis.
const FOR_SYNTHESIS: Duration = Duration::from_secs(60);
/// How many tokens Daena may use for the synthesis.
const SYNTHESIS_TOKENS: u32 = 800;

/// A debate under way.
pub(super) struct Run {
    pub(super) company: Company,
    pub(super) id: SessionId,
    /// Told when the Founder changed something.
    pub(super) changed: Arc<Notify>,
    /// When the time that was left began to run.
    since: Instant,
    /// By when whose turn it is must have spoken, however often that is tried: of this round and seat.
    due: Option<((i32, i32), Instant)>,
}

/// What came of a member's turn.
enum Turn {
    Spoke(Arc<Message>),
    Missed(String),
    /// The debate is to be summed up before anything was said.
    Void,
}

impl Run {
    pub(super) fn new(company: Company, id: SessionId, changed: Arc<Notify>) -> Self {
        Self { company, id, changed, since: Instant::now(), due: None }
    }

    /// Goes on with the debate until it is over, or the brain is away.
    pub(super) async fn go_on(mut self) -> Result<(), CompanyError> {
        self.begin().await?;
        loop {
            let id = self.id;
            let Some(record) = self.company.store().read(move |tx| Record::read(tx, id)).await? else {
                return Ok(());
            };
            let closing = record.debate.closing.or_else(|| self.used_up(&record.debate));
            let went_on = match closing {
                Some(closing) if record.debate.closing.is_none() => {
                    self.close(closing).await.map(|()| true)?
                }
                Some(_) => self.sum_up(&record).await?,
                None => self.turn(&record).await?,
            };
            if !went_on {
                return self.defer().await;
            }
        }
    }

    /// It has its place: the first round begins, or what waited for the brain goes on.
    async fn begin(&mut self) -> Result<(), CompanyError> {
        self.since = Instant::now();
        self.update(|debate| {
            let waited = debate.status == DebateStatus::Deferred || debate.round == 0;
            debate.status = DebateStatus::Running;
            debate.round = debate.round.max(1);
            waited
        })
        .await
    }

    async fn close(&mut self, closing: Closing) -> Result<(), CompanyError> {
        self.update(move |debate| {
            let first = debate.closing.is_none();
            debate.closing = debate.closing.or(Some(closing));
            first
        })
        .await
    }

    async fn defer(&mut self) -> Result<(), CompanyError> {
        self.update(|debate| {
            std::mem::replace(&mut debate.status, DebateStatus::Deferred) != DebateStatus::Deferred
        })
        .await
    }

    /// Changes the debate if it still goes on; `change` says whether it did.
    async fn update(
        &mut self,
        change_it: impl Fn(&mut Debate) -> bool + Send + 'static,
    ) -> Result<(), CompanyError> {
        self.write(Actor::System, move |tx, mut debate, change| {
            let changed = change_it(&mut debate);
            if changed {
                tx.debates_mut().update(&debate, change)?;
            }
            Ok(changed)
        })
        .await
    }

    /// Writes something of the debate if it still goes on, and the time it has left; `work` says whether it wrote. Maintenance
    /// is an error, and the debate stays as it is: what was said meanwhile is found under its key when it is taken up again.
    async fn write(
        &mut self,
        actor: Actor,
        mut work: impl FnMut(&mut WriteTx<'_>, Debate, &Change) -> Result<bool, CompanyError> + Send + 'static,
    ) -> Result<(), CompanyError> {
        let rules = self.company.chat.rules();
        if rules.read_only().is_some() {
            rules.admit()?;
        }
        let now = Instant::now();
        let used = millis(now - self.since);
        let (id, change) = (self.id, self.company.change(actor));
        let write = move |tx: &mut WriteTx<'_>| {
            let Some(mut debate) = tx.debates().get(id)?.filter(|debate| debate.status.is_open()) else {
                return Ok(false);
            };
            debate.time_left_ms = (debate.time_left_ms - used).max(0);
            debate.updated_at = change.at;
            work(tx, debate, &change)
        };
        if self.company.store().write(write).await? {
            self.since = now;
        }
        Ok(())
    }

    /// How much of its time a debate has left now.
    fn left(&self, debate: &Debate) -> Duration {
        let left = Duration::from_millis(u64::try_from(debate.time_left_ms).unwrap_or(0));
        left.saturating_sub(self.since.elapsed())
    }

    fn used_up(&self, debate: &Debate) -> Option<Closing> {
        if self.left(debate) <= reserve(debate) {
            return Some(Closing::Time);
        }
        (debate.tokens_spent >= debate.token_budget).then_some(Closing::Tokens)
    }

    /// How long whose turn it is may take: half as much again as its share of what is left.
    fn patience(&self, debate: &Debate) -> Duration {
        let left = self.left(debate).saturating_sub(reserve(debate));
        let seats = i32::try_from(debate.panel.len()).unwrap_or(i32::MAX);
        let turns = (debate.rounds - debate.round).saturating_mul(seats).saturating_add(seats - debate.seat);
        let share = left * 3 / 2 / u32::try_from(turns).unwrap_or(1).max(1);
        share.min(self.company.debates.limits.utterance).min(left).max(LEAST)
    }

    /// By when whose turn it is must have spoken. To try again gives nobody more time.
    fn due(&mut self, debate: &Debate) -> Instant {
        let turn = (debate.round, debate.seat);
        match self.due {
            Some((of, due)) if of == turn => due,
            _ => {
                let due = Instant::now() + self.patience(debate);
                self.due = Some((turn, due));
                due
            }
        }
    }

    /// Has the member speak whose turn it is; false when the brain is away.
    async fn turn(&mut self, record: &Record) -> Result<bool, CompanyError> {
        let debate = &record.debate;
        let Some(seat) = debate.at_turn() else {
            self.close(Closing::Rounds).await?;
            return Ok(true);
        };
        let member = match record.member(seat.member_id) {
            Some(member) if member.enabled => member,
            Some(_) => return self.pass_on(debate, Turn::Missed("it was switched off".to_owned())).await,
            None => return self.pass_on(debate, Turn::Missed("it has left the council".to_owned())).await,
        };
        let circles = Repetition::new(record.spoken_by(member.id));
        let due = self.due(debate);
        let turn = match self.utter(self.utterance(record, member, due), circles, false).await? {
            Said::Away => return Ok(false),
            Said::Again if Instant::now() >= due => Turn::Missed("it could not be asked in time".to_owned()),
            Said::Again => return self.pause().await,
            Said::Refused(reason) => Turn::Missed(reason),
            Said::Ended { circling: true, .. } => Turn::Missed("it went round in circles".to_owned()),
            Said::Ended { message, .. } => self.heard(message).await?,
        };
        self.pass_on(debate, turn).await
    }

    fn utterance(&self, record: &Record, member: &CouncilMember, due: Instant) -> Utterance {
        let debate = &record.debate;
        let Prompt { messages, spare } = prompt::turn(record, member);
        Utterance {
            session_id: debate.id,
            speaker: Speaker::council_member(member.id, &member.name, &member.role),
            key: key(debate.id, debate.round, member.id),
            follows: record.newest().map(|message| message.id),
            prompt: messages,
            spare,
            model: member.model.clone(),
            max_tokens: Some(self.company.debates.limits.utterance_tokens),
            deadline: due.saturating_duration_since(Instant::now()).max(LEAST),
            postscript: None,
        }
    }

    /// What an utterance that has ended is worth.
    async fn heard(&self, message: Arc<Message>) -> Result<Turn, CompanyError> {
        let said_something = !message.content.trim().is_empty();
        Ok(match &message.state {
            MessageState::Complete | MessageState::Stopped if said_something => Turn::Spoke(message),
            MessageState::Complete => Turn::Missed("it said nothing".to_owned()),
            MessageState::Failed(failure) => Turn::Missed(failure.detail.trim_end_matches('.').to_owned()),
            MessageState::Stopped => {
                let id = self.id;
                let debate = self.company.store().read(move |tx| tx.debates().get(id)).await?;
                match debate.is_some_and(|debate| debate.status.is_open() && debate.closing.is_none()) {
                    true => Turn::Missed("it was stopped".to_owned()),
                    false => Turn::Void,
                }
            }
            _ => Turn::Missed("it did not answer".to_owned()),
        })
    }

    /// Keeps what came of a turn, and gives the turn to the next one. Nothing happens if that was done before.
    async fn pass_on(&mut self, at: &Debate, turn: Turn) -> Result<bool, CompanyError> {
        let (round, seat) = (at.round, at.seat);
        let actor = match &turn {
            Turn::Spoke(message) => message.speaker.id.parse().map_or(Actor::System, Actor::CouncilMember),
            _ => Actor::System,
        };
        let work = move |tx: &mut WriteTx<'_>, mut debate: Debate, change: &Change| {
            if (debate.round, debate.seat) != (round, seat) {
                return Ok(false);
            }
            match &turn {
                Turn::Void => return Ok(false),
                Turn::Spoke(message) => {
                    debate.tokens_spent += tokens(message);
                    debate.pass_on();
                    tx.debates_mut().heard(&debate, round, message, change)?;
                }
                Turn::Missed(reason) => {
                    if let Some(seat) = debate.at_turn() {
                        let (member_id, reason) = (seat.member_id, reason.clone());
                        debate.absences.push(Absence { member_id, round, reason });
                    }
                    debate.pass_on();
                    tx.debates_mut().update(&debate, change)?;
                }
            }
            Ok(true)
        };
        self.write(actor, work).await.map(|()| true)
    }

    /// Leaves what may be tried again alone for a moment.
    async fn pause(&self) -> Result<bool, CompanyError> {
        let closing = self.company.chat.closing();
        match closing.run_until_cancelled(tokio::time::sleep(PAUSE)).await {
            Some(()) => Ok(true),
            None => Err(CompanyError::ShuttingDown),
        }
    }

    /// Has Daena sum the debate up; false when the brain is away.
    async fn sum_up(&mut self, record: &Record) -> Result<bool, CompanyError> {
        let facts = Facts::of(record);
        if !record.anyone_spoke() {
            return self.end(record, Err("none of the members answered".to_owned()), facts).await;
        }
        let (left, postscript) = (self.left(&record.debate), facts.postscript());
        let Prompt { messages, spare } = prompt::synthesis(record, facts.absent());
        let utterance = Utterance {
            session_id: self.id,
            speaker: Speaker::daena(),
            key: synthesis_key(self.id),
            follows: record.newest().map(|message| message.id),
            prompt: messages,
            spare,
            model: None,
            max_tokens: Some(SYNTHESIS_TOKENS),
            deadline: left.min(self.company.debates.limits.utterance).max(LEAST),
            postscript: postscript.clone(),
        };
        let said = match self.utter(utterance, Repetition::new([]), true).await? {
            Said::Away => return Ok(false),
            Said::Again if left.is_zero() => Err("it could not be begun in time".to_owned()),
            Said::Again => return self.pause().await,
            Said::Refused(reason) => Err(reason),
            Said::Ended { circling: true, .. } => Err("Daena went round in circles".to_owned()),
            Said::Ended { message, .. } => match &message.state {
                MessageState::Failed(failure) => Err(failure.detail.trim_end_matches('.').to_owned()),
                _ => {
                    let text = postscript.and_then(|postscript| message.content.strip_suffix(&postscript));
                    let text = text.unwrap_or(&message.content).trim().to_owned();
                    if text.is_empty() { Err("it was stopped".to_owned()) } else { Ok(text) }
                }
            },
        };
        self.end(record, said, facts).await
    }

    /// Ends the debate: with what Daena wrote, or with a message that says why she did not.
    async fn end(
        &mut self,
        record: &Record,
        said: Result<String, String>,
        facts: Facts,
    ) -> Result<bool, CompanyError> {
        let id = MessageId::new(self.company.chat.ids().next_id());
        let (synthesis, notice) = match said {
            Ok(text) => (facts.read(&text), None),
            Err(reason) => {
                let synthesis = facts.without_daena(record, &reason);
                let notice = self.notice(id, record, &synthesis);
                (synthesis, Some(notice))
            }
        };
        let work = move |tx: &mut WriteTx<'_>, debate: Debate, change: &Change| {
            if let Some(notice) = &notice {
                let notice = Message { created_at: change.at, updated_at: change.at, ..notice.clone() };
                tx.messages_mut().append(&[notice], None, None, change)?;
            }
            let (status, synthesis) = (DebateStatus::Synthesized, Some(synthesis.clone()));
            tx.debates_mut().update(&Debate { status, synthesis, ..debate }, change)?;
            Ok(true)
        };
        self.write(Actor::Daena, work).await.map(|()| true)
    }

    fn notice(&self, id: MessageId, record: &Record, synthesis: &Synthesis) -> Message {
        Message {
            id,
            session_id: self.id,
            role: Role::Assistant,
            speaker: Speaker::daena(),
            content: text_of(synthesis),
            state: MessageState::Complete,
            model: None,
            usage: None,
            response_time_ms: None,
            notes: Vec::new(),
            tool_calls: Vec::new(),
            parent_id: record.newest().map(|message| message.id),
            active: true,
            client_message_id: None,
            created_at: record.debate.created_at,
            updated_at: record.debate.created_at,
        }
    }
}

/// The time that is kept for the synthesis: a quarter, and not more than a minute.
fn reserve(debate: &Debate) -> Duration {
    let whole = Duration::from_secs(u64::try_from(debate.deadline_s).unwrap_or(0));
    (whole / 4).min(FOR_SYNTHESIS)
}

/// The tokens of an utterance: as the server counted them, or a guess from its length.
fn tokens(message: &Message) -> i64 {
    let guess = i64::try_from(message.content.len().div_ceil(4)).unwrap_or(i64::MAX);
    message.usage.map_or(guess, |Usage { completion_tokens, .. }| completion_tokens)
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
