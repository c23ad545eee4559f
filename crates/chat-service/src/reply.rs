//! Making one reply: the task from its place in the line to its end.

mod ending;
mod request;
mod rounds;

pub(crate) use request::{ANSWER_TOKENS, Wanted, answer_tokens};
pub(crate) use rounds::goes_on;

use crate::asking::{self, Terms};
use crate::briefing::Briefing;
use crate::live::{LiveReply, Making};
use crate::service::Inner;
use crate::speech::{Spoken, overdue};
use crate::usage::Call;
use crate::{ChatError, notes, prompt};
use domain::{
    Actor, Failure, FailureCode, MemberId, Message, MessageState, Note, Scope, Slug, SpeakerKind, Usage,
};
use ending::store_end;
use event_bus::{Signal, SignalKind};
use futures_util::StreamExt as _;
use llm_gateway::{ChatRequest, ChatStream, Chunk, GatewayError, ToolCallDelta};
use std::sync::Arc;

/// A stored reply that is to be made.
pub(crate) struct ReplyJob {
    pub(crate) live: Making,
    /// The reply before it in its session's line, while that is to be waited for.
    pub(crate) after: Option<Arc<LiveReply>>,
    pub(crate) scope: Scope,
    /// The reply as it is stored.
    pub(crate) reply: Message,
    /// Its place in the session.
    pub(crate) ordinal: i64,
    /// The model the request names.
    pub(crate) model: Option<String>,
    /// What it is made from, when that is known without reading.
    pub(crate) briefing: Option<Briefing>,
    /// What it is made from instead of the conversation, when a service above has it said.
    pub(crate) spoken: Option<Spoken>,
    /// What the caller said besides its message, if it does not wait for a brain that is away.
    pub(crate) terms: Option<Arc<Terms>>,
    /// Whether it has used tools.
    pub(crate) called: bool,
    /// Whether it has waited for the brain: nobody looks on any more, so a brain that does not answer is one that is away.
    pub(crate) waited: bool,
    /// What follows the last record; read to its end so that the connection can be used again.
    pub(crate) rest: Option<ChatStream>,
}

/// How making a reply ended.
enum End {
    Complete {
        model: String,
        usage: Option<Usage>,
    },
    Stopped,
    Deferred,
    Failed(Failure),
    /// The service shuts down in the middle.
    Interrupted,
    /// The service shuts down before it began: it stays pending for the next start.
    Left,
}

/// What an answer of the model ended with.
struct Heard {
    model: String,
    usage: Option<Usage>,
    /// What it asks to have called, where that is ours to make.
    pieces: Vec<ToolCallDelta>,
}

impl ReplyJob {
    /// Makes the reply, stores its end, and tells all who wait.
    pub(crate) async fn run(mut self, inner: &Arc<Inner>) {
        if self.reply.speaker.kind == SpeakerKind::Agent {
            self.live.set_speaker(&self.reply.speaker.id);
        }
        let stop = self.live.stop.clone();
        let deadline = self.spoken.as_ref().map(|spoken| spoken.deadline);
        let end = match self.wait_for_turn(inner).await {
            Some(end) => end,
            None => tokio::select! {
                biased;
                () = stop.cancelled() => End::Stopped,
                () = inner.shutdown.cancelled() => End::Interrupted,
                late = overdue(deadline) => End::Failed(late),
                end = self.make(inner) => end,
            },
        };
        match self.ended(inner, end) {
            Some(message) => self.settle(inner, message).await,
            None => {
                if let Err(error) = inner.count_calls(self.live.take_calls()).await {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(reply = %self.reply.id, error, "what a reply used up could not be counted");
                }
                self.live.let_go();
            }
        }
        if let Some(before) = self.after.take() {
            // It was ended in the line: its place holds the next one back until those before it are done.
            tokio::select! {
                () = before.passed() => {}
                () = inner.shutdown.cancelled() => {}
            }
        }
        let Self { live, rest, .. } = self;
        let session_id = live.session_id;
        drop(live);
        inner.lines.leave(session_id);
        if let Some(mut rest) = rest {
            while rest.next().await.is_some() {}
        }
    }

    /// Waits until the reply before it has ended; an end if this one does first.
    async fn wait_for_turn(&mut self, inner: &Inner) -> Option<End> {
        let before = self.after.as_ref()?;
        tokio::select! {
            biased;
            () = self.live.stop.cancelled() => return Some(End::Stopped),
            () = inner.shutdown.cancelled() => return Some(End::Left),
            () = before.passed() => {}
        }
        self.after = None;
        None
    }

    /// Stores the end, and tells all who wait.
    async fn settle(&mut self, inner: &Inner, message: Message) {
        let deferred = message.state == MessageState::Deferred;
        match store_end(inner, message, self.scope.department(), self.live.take_calls(), self.called).await {
            Some(stored) => self.live.settle(stored),
            None => self.live.let_go(),
        }
        if deferred {
            // The brain may have come back since it was found away.
            inner.deferred.notify_one();
        }
    }

    async fn make(&mut self, inner: &Arc<Inner>) -> End {
        match self.generate(inner).await {
            Ok(End::Deferred) if self.terms.is_some() => {
                let detail = inner.why_unanswered(&self.scope, &self.reply.speaker);
                End::Failed(Failure { code: FailureCode::BrainError, detail })
            }
            Ok(end) => end,
            Err(error) => {
                let unreachable = matches!(&error, ReplyError::Gateway(error) if error.is_unreachable());
                let in_vain = matches!(&error, ReplyError::Gateway(GatewayError::FirstTokenTimeout { .. }));
                let waits = match self.spoken {
                    Some(_) => inner.is_all_away(unreachable).await,
                    None => self.terms.is_none() && (unreachable || (self.waited && in_vain)),
                };
                if waits {
                    return End::Deferred;
                }
                tracing::warn!(reply = %self.reply.id, error = &error as &dyn std::error::Error, "a reply failed");
                End::Failed(error.failure())
            }
        }
    }

    async fn generate(&mut self, inner: &Arc<Inner>) -> Result<End, ReplyError> {
        if !inner.gateway.status().probed {
            inner.gateway.probe().await;
        }
        let mut spent = Self::spent(inner);
        if self.called && !self.work_off(inner, &mut spent).await? {
            return Ok(End::Deferred);
        }
        let rules = inner.rules.now();
        if inner.offline(&rules) {
            return Ok(End::Deferred);
        }
        if let Some(spoken) = self.spoken.take() {
            let end = self.say(inner, &spoken).await;
            self.spoken = Some(spoken);
            return end;
        }
        if rules.hold_on(&self.scope, &self.reply.speaker).is_some() {
            return Ok(End::Deferred);
        }
        let mut briefing = self.briefing(inner).await?;
        briefing.colleagues.retain(|colleague| rules.lock_on(colleague).is_none());
        let named = self.model.clone().or_else(|| briefing.model());
        let wanted = Wanted {
            is_named: named.is_some(),
            model: named.or_else(|| inner.active_model()).ok_or(ReplyError::NoModel)?,
        };
        // A reply that goes on behind its calls has its notes.
        if !briefing.colleagues.is_empty() && !self.called {
            notes::gather(inner, &self.live, &briefing, &wanted).await;
        }
        let notes = self.live.progress.borrow().notes.clone();
        let messages = prompt::reply(&briefing, &self.scope, &notes);
        match self.terms.clone() {
            Some(terms) => {
                let messages = inner.rules.now().instruct(terms.apply(messages));
                let request = terms.request(inner, &wanted, messages, &briefing).await;
                self.ask_once(inner, request).await
            }
            None => {
                let messages = inner.rules.now().instruct(messages);
                self.converse(inner, &wanted, messages, &briefing, spent).await
            }
        }
    }

    /// Makes it from the prompt that is given.
    async fn say(&mut self, inner: &Inner, spoken: &Spoken) -> Result<End, ReplyError> {
        let model = self.model.clone().or_else(|| inner.active_model()).ok_or(ReplyError::NoModel)?;
        let mut request = spoken.request(inner, &model).await;
        request.may_stand_in = self.model.is_none();
        let end = self.ask_once(inner, request).await?;
        if let Some(postscript) = &spoken.postscript {
            let offset = self.live.progress.borrow().text.len();
            self.take(inner, offset, postscript.clone());
        }
        Ok(end)
    }

    async fn briefing(&mut self, inner: &Inner) -> Result<Briefing, ChatError> {
        if let Some(briefing) = self.briefing.take() {
            return Ok(briefing);
        }
        let (scope, reply, ordinal) = (self.scope.clone(), self.reply.clone(), self.ordinal);
        inner.store.read(move |tx| Briefing::read(tx, &scope, &reply, ordinal)).await
    }

    /// Asks the model for an answer that is the reply. What it asks to have called is the caller's to make, and is told behind
    /// its text in words.
    async fn ask_once(&mut self, inner: &Inner, request: ChatRequest) -> Result<End, ReplyError> {
        let asked = request.model.clone();
        let Heard { model, usage, .. } = self.ask(inner, request).await?;
        let offset = self.live.progress.borrow().text.len();
        if !self.tell_calls(inner, offset) && offset == 0 {
            return Err(ReplyError::Empty { model: asked });
        }
        Ok(End::Complete { model, usage })
    }

    /// Asks the model, and takes the answer as it comes: its text into the live reply, behind what is there, and as signals
    /// to who watches; on a caller's terms, pieces of calls too.
    async fn ask(&mut self, inner: &Inner, request: ChatRequest) -> Result<Heard, ReplyError> {
        let asked = request.model.clone();
        let live = Arc::clone(&self.live);
        let speaker = &self.reply.speaker;
        let agent = (speaker.kind == SpeakerKind::Agent).then_some(speaker.id.as_str());
        let department = self.scope.department().map(Slug::as_str);
        let mut call = Call::put(inner, &live, &asked, agent, department);
        let mut stream = call.taken_up(inner.gateway.ask(request).await)?;
        let beginning = live.progress.borrow().text.len();
        let (mut offset, mut calls) = (beginning, Vec::new());
        while let Some(chunk) = stream.next().await {
            match chunk? {
                Chunk::Text(mut text) => {
                    if offset == beginning && beginning > 0 {
                        text.insert_str(0, "\n\n");
                        inner.streaming.notify_one();
                    }
                    let length = text.len();
                    self.take(inner, offset, text);
                    offset += length;
                }
                Chunk::Calls(pieces) if self.terms.is_some() => {
                    self.live.progress.send_modify(|progress| progress.calls.extend(pieces));
                }
                Chunk::Calls(pieces) => calls.extend(pieces),
                Chunk::CutOff => self.live.progress.send_modify(|progress| progress.cut_off = true),
                Chunk::Done { usage, model } => {
                    call.answered(&model, usage);
                    if calls.is_empty() {
                        self.rest = Some(stream);
                    } else {
                        // Who knows how long the calls take: the connection is not kept waiting for them.
                        while stream.next().await.is_some() {}
                    }
                    return Ok(Heard { model, usage, pieces: calls });
                }
            }
        }
        Err(ReplyError::Empty { model: asked })
    }

    /// Adds the calls that the model asks for in words, for people who read the session. Whether there are any.
    fn tell_calls(&self, inner: &Inner, offset: usize) -> bool {
        let mut words = asking::in_words(&self.live.progress.borrow().calls);
        if words.is_empty() {
            return false;
        }
        self.live.progress.send_modify(|progress| progress.said = Some(offset));
        if offset > 0 {
            words.insert_str(0, "\n\n");
        }
        self.take(inner, offset, words);
        true
    }

    /// Adds text that came.
    fn take(&self, inner: &Inner, offset: usize, text: String) {
        self.live.progress.send_modify(|progress| progress.text.push_str(&text));
        if offset == 0 {
            inner.streaming.notify_one();
        }
        if inner.bus.wants_signals() {
            self.signal(inner, SignalKind::Delta { message_id: self.live.id, offset, text });
        }
    }

    fn signal(&self, inner: &Inner, kind: SignalKind) {
        let department_id = self.scope.department().cloned();
        inner.bus.signal(Signal { session_id: Some(self.live.session_id), department_id, kind });
    }

    /// The message as it is stored in the end; none when it stays as it is.
    fn ended(&self, inner: &Inner, end: End) -> Option<Message> {
        let (text, notes): (String, Vec<Note>) = {
            let progress = self.live.progress.borrow();
            (progress.text.clone(), progress.notes.clone())
        };
        let now = inner.clock.now();
        let mut message = Message { content: text, notes, updated_at: now, ..self.reply.clone() };
        message.state = match end {
            End::Left => return None,
            // It had not begun to come, or not since its last calls: the next start makes it.
            End::Interrupted if message.content.is_empty() || goes_on(&message) => return None,
            End::Stopped => MessageState::Stopped,
            End::Interrupted => MessageState::Interrupted,
            // Nobody but who has it said waits for the brain.
            End::Deferred if self.spoken.is_some() => MessageState::Interrupted,
            End::Failed(failure) => MessageState::Failed(failure),
            End::Deferred => {
                message.content = inner.why_deferred(&self.scope, &self.reply.speaker);
                message.model = Some("offline".to_owned());
                message.notes = Vec::new();
                MessageState::Deferred
            }
            End::Complete { model, usage } => {
                message.model = Some(model);
                message.usage = usage;
                // A reply made again counts from then.
                message.response_time_ms = Some(now.millis_since(self.reply.updated_at));
                MessageState::Complete
            }
        };
        Some(message)
    }
}

impl Inner {
    /// Whether nobody at all can be asked, after something that was to be said has failed: then it waits, also where that cut
    /// it off. While others are there, a server that is away is the failure of who speaks with a model of its own.
    async fn is_all_away(&self, unreachable: bool) -> bool {
        // Who was found unreachable is known to be away already.
        (unreachable && !self.gateway.status().connected) || !self.gateway.probe().await.connected
    }
}

/// Who a reply is by, as events name it.
pub(crate) fn speaker(message: &Message) -> Actor {
    if let (SpeakerKind::CouncilMember, Ok(id)) =
        (message.speaker.kind, message.speaker.id.parse::<MemberId>())
    {
        return Actor::CouncilMember(id);
    }
    match (message.speaker.kind, Slug::parse(&message.speaker.id)) {
        (SpeakerKind::Agent, Ok(slug)) => Actor::Agent(slug),
        (SpeakerKind::Daena, _) => Actor::Daena,
        _ => Actor::System,
    }
}

/// Why a reply could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplyError {
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    #[error("the model server has no model")]
    NoModel,
    #[error("{model} gave an empty answer")]
    Empty { model: String },
    #[error("what the reply is made from could not be read")]
    Briefing(#[from] ChatError),
}

impl ReplyError {
    /// As it is stored on the reply and shown to people.
    fn failure(&self) -> Failure {
        let code = match self {
            Self::Gateway(error) if error.is_timeout() => FailureCode::BrainTimeout,
            _ => FailureCode::BrainError,
        };
        Failure { code, detail: self.to_string() }
    }
}
