//! Speaking: one message that a service above has someone say in a session, made like any reply.

use crate::ChatError;
use crate::live::LiveReply;
use crate::recovery::reopen;
use crate::reply::{ReplyJob, speaker};
use crate::service::{ChatService, Inner};
use crate::turn::existing;
use crate::updates::ReplyUpdates;
use domain::{Failure, FailureCode, Message, MessageId, MessageState, Role, Session, SessionId, Speaker};
use llm_gateway::{ChatRequest, PromptMessage, estimate_tokens, fit};
use persistence::{Change, ReadTx, WriteTx};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// What someone is to say, and how long it may take.
#[derive(Debug, Clone)]
pub struct Utterance {
    /// Where.
    pub session_id: SessionId,
    /// Who.
    pub speaker: Speaker,
    /// Its own name, which becomes the message's `client_message_id`: nothing is said twice under one key.
    pub key: String,
    /// The message it follows.
    pub follows: Option<MessageId>,
    /// The whole prompt; when it does not fit, what may be spared is left out, and then the oldest turns.
    pub prompt: Vec<PromptMessage>,
    /// The places in the prompt of what may be spared, first what is left out first.
    pub spare: Vec<usize>,
    /// The model; none means the active one.
    pub model: Option<String>,
    /// The most tokens it may have.
    pub max_tokens: Option<u32>,
    /// How long it may take, from its turn in the session's line; after that it fails with the text it has.
    pub deadline: Duration,
    /// What is added to the text when the model has said all, word for word.
    pub postscript: Option<String>,
}

/// Something that is being said, or was.
#[derive(Debug)]
pub struct Speech {
    /// The message as it was stored first; of a known key: as it is now.
    pub message: Message,
    live: Option<Arc<LiveReply>>,
}

/// Why nothing is said. Nothing is stored then.
#[derive(Debug, thiserror::Error)]
pub enum SpeakError {
    /// The brain is away. Nobody waits for it here: the caller knows when to ask again.
    #[error("the brain is offline")]
    Offline,
    /// As for any request.
    #[error(transparent)]
    Chat(#[from] ChatError),
}

impl Speech {
    /// The text as it comes, from its beginning.
    pub fn updates(self) -> ReplyUpdates {
        match self.live {
            Some(live) => ReplyUpdates::live(live, 0),
            None => ReplyUpdates::settled(Arc::new(self.message), 0),
        }
    }
}

/// What a spoken reply is made from, instead of the conversation.
pub(crate) struct Spoken {
    prompt: Vec<PromptMessage>,
    spare: Vec<usize>,
    max_tokens: Option<u32>,
    pub(crate) deadline: Duration,
    pub(crate) postscript: Option<String>,
}

impl Spoken {
    /// The request, within the model's context.
    pub(crate) async fn request(&self, inner: &Inner, model: &str) -> ChatRequest {
        let context = inner.gateway.context_tokens(model).await;
        let answer = self.max_tokens.unwrap_or(context / 4).min(context / 2);
        let whole = inner.rules.now().instruct(self.prompt.clone());
        // Instructions may have come to stand before it all.
        let before = whole.len() - self.prompt.len();
        let spare = self.spare.iter().map(|place| place + before);
        let prompt = without_spare(whole, spare, context.saturating_sub(answer));
        let mut request = ChatRequest::new(model, taking_turns(fit(prompt, context, answer)));
        request.context_tokens = Some(context);
        request.max_tokens = self.max_tokens.or(inner.limits.answer_tokens);
        request
    }
}

/// Leaves out what may be spared, one after the other, until the rest fits.
fn without_spare(
    messages: Vec<PromptMessage>,
    spare: impl Iterator<Item = usize>,
    budget: u32,
) -> Vec<PromptMessage> {
    let mut total: u64 = messages.iter().map(estimate_tokens).sum();
    let mut left_out = HashSet::new();
    for place in spare {
        if total <= u64::from(budget) {
            break;
        }
        if let Some(message) = messages.get(place).filter(|_| left_out.insert(place)) {
            total -= estimate_tokens(message);
        }
    }
    let kept = messages.into_iter().enumerate().filter(|(place, _)| !left_out.contains(place));
    kept.map(|(_, message)| message).collect()
}

/// Joins what one role says in a row: many models are taught that user and assistant take turns.
fn taking_turns(messages: Vec<PromptMessage>) -> Vec<PromptMessage> {
    let mut joined: Vec<PromptMessage> = Vec::with_capacity(messages.len());
    for message in messages {
        match joined.last_mut() {
            Some(last) if last.role == message.role => {
                last.content.push_str("\n\n");
                last.content.push_str(&message.content);
            }
            _ => joined.push(message),
        }
    }
    joined
}

impl Utterance {
    fn spoken(&self) -> Spoken {
        Spoken {
            prompt: self.prompt.clone(),
            spare: self.spare.clone(),
            max_tokens: self.max_tokens,
            deadline: self.deadline,
            postscript: self.postscript.clone(),
        }
    }

    fn message(&self, id: MessageId, inner: &Inner) -> Message {
        let at = inner.clock.now();
        Message {
            id,
            session_id: self.session_id,
            role: Role::Assistant,
            speaker: self.speaker.clone(),
            content: String::new(),
            state: MessageState::Pending,
            model: None,
            usage: None,
            response_time_ms: None,
            notes: Vec::new(),
            tool_calls: Vec::new(),
            parent_id: self.follows,
            active: true,
            client_message_id: Some(self.key.clone()),
            created_at: at,
            updated_at: at,
        }
    }

    /// The message that carries the key, if there is one.
    fn known(&self, tx: &mut ReadTx<'_>) -> Result<Option<Message>, ChatError> {
        let Some((message, _)) = tx.messages().turn_of(&self.key)? else { return Ok(None) };
        if message.session_id == self.session_id && message.role == Role::Assistant {
            return Ok(Some(message));
        }
        Err(ChatError::Conflict { detail: format!("{:?} is the id of another message", self.key) })
    }
}

/// Ends when a spoken reply is late; never for any other.
pub(crate) async fn overdue(deadline: Option<Duration>) -> Failure {
    match deadline {
        Some(deadline) => {
            tokio::time::sleep(deadline).await;
            let detail = format!("it was not said within {:.0} s", deadline.as_secs_f64());
            Failure { code: FailureCode::BrainTimeout, detail }
        }
        None => std::future::pending().await,
    }
}

impl ChatService {
    /// Has someone say something: stores an empty reply and has it made, streamed, kept and ended like any other. Returns
    /// when it is on disk. Once called, it goes on even if the future is dropped.
    ///
    /// A key that is known joins what is being said, or gives what was said; what was cut off (`interrupted`: the service
    /// ended, the brain went away) is said again, in place. Nothing is ever deferred: who speaks knows better what to do
    /// when the brain is away.
    ///
    /// # Errors
    /// [`SpeakError::Offline`]; [`ChatError::NotFound`] for the session, [`ChatError::Conflict`] for a key that is another
    /// message's, [`ChatError::Spent`], [`ChatError::Busy`] when too much is under way.
    pub async fn speak(&self, utterance: Utterance) -> Result<Speech, SpeakError> {
        if self.inner.shutdown.is_cancelled() {
            return Err(ChatError::ShuttingDown.into());
        }
        let rules = self.inner.rules.now();
        rules.admit()?;
        rules.within_budget()?;
        if !self.inner.gateway.status().probed {
            self.inner.gateway.probe().await;
        }
        let (accepted, speech) = oneshot::channel();
        let inner = Arc::clone(&self.inner);
        self.inner.spawn(async move { accept(inner, utterance, accepted).await });
        speech.await.unwrap_or_else(|_| Err(ChatError::ShuttingDown.into()))
    }

    /// Whether nobody can be made to speak now: the brain is known to be away, or a budget is spent.
    pub fn is_offline(&self) -> bool {
        let rules = self.inner.rules.now();
        rules.spent().is_some() || self.inner.offline(&rules)
    }

    /// Stops what is being made in a session; waits until it has ended.
    pub async fn hush(&self, session: SessionId) {
        for live in self.inner.live.in_session(session) {
            live.stop.cancel();
            live.ended().await.ok();
        }
    }
}

type Accepted = oneshot::Sender<Result<Speech, SpeakError>>;

async fn accept(inner: Arc<Inner>, utterance: Utterance, accepted: Accepted) {
    let asked = utterance.clone();
    let known = inner.store.read(move |tx| {
        existing(tx, asked.session_id)?;
        asked.known(tx)
    });
    match known.await {
        Ok(None) if inner.offline(&inner.rules.now()) => drop(accepted.send(Err(SpeakError::Offline))),
        Ok(None) => begin(inner, utterance, accepted).await,
        Ok(Some(message)) => drop(accepted.send(join(&inner, &utterance, message.id).await)),
        Err(error) => drop(accepted.send(Err(error.into()))),
    }
}

/// What is being said under this key, or was; what was cut off is said again.
async fn join(inner: &Arc<Inner>, utterance: &Utterance, id: MessageId) -> Result<Speech, SpeakError> {
    let found = inner.find(id).await?;
    let (reply, live) = (found.reply, found.live);
    if live.is_some() || reply.message.state != MessageState::Interrupted {
        return Ok(Speech { message: reply.message, live });
    }
    if inner.offline(&inner.rules.now()) {
        return Err(SpeakError::Offline);
    }
    let most = inner.limits.max_open_replies;
    match reopen(inner, reply, found.session, most, Some(utterance.spoken())).await? {
        Some((message, live)) => Ok(Speech { message, live: Some(live) }),
        None => Err(ChatError::Conflict { detail: format!("message {id} has changed meanwhile") }.into()),
    }
}

async fn begin(inner: Arc<Inner>, utterance: Utterance, accepted: Accepted) {
    let (id, session_id) = (MessageId::new(inner.ids.next_id()), utterance.session_id);
    let live = LiveReply::new(id, session_id);
    let live = match inner.live.insert(live, inner.limits.max_open_replies) {
        Ok(live) => live,
        Err(error) => return drop(accepted.send(Err(error.into()))),
    };
    let mut place = inner.lines.place(session_id).await;
    let message = utterance.message(id, &inner);
    let (asked, stored) = (utterance.clone(), message.clone());
    let write = move |tx: &mut WriteTx<'_>| store(tx, &asked, &stored);
    match inner.store.write(write).await {
        Ok((session, ordinal)) => {
            live.set_department(session.scope.department());
            let after = place.replace(Arc::clone(&live)).filter(|last| !last.has_passed());
            drop(place);
            let speech = Speech { message: message.clone(), live: Some(Arc::clone(&live)) };
            let job = ReplyJob {
                live,
                after,
                scope: session.scope,
                reply: message,
                ordinal,
                model: utterance.model.clone(),
                briefing: None,
                spoken: Some(utterance.spoken()),
                terms: None,
                called: false,
                waited: false,
                rest: None,
            };
            accepted.send(Ok(speech)).ok();
            job.run(&inner).await;
        }
        Err(error) => {
            drop((live, place));
            inner.lines.leave(session_id);
            accepted.send(Err(error.into())).ok();
        }
    }
}

fn store(
    tx: &mut WriteTx<'_>,
    utterance: &Utterance,
    message: &Message,
) -> Result<(Session, i64), ChatError> {
    let session = existing(tx, utterance.session_id)?;
    if utterance.known(tx)?.is_some() {
        return Err(ChatError::Conflict { detail: format!("{:?} is being said already", utterance.key) });
    }
    let change = Change::new(speaker(message), message.created_at);
    let department = session.scope.department().cloned();
    let ordinal = tx
        .messages_mut()
        .append(std::slice::from_ref(message), utterance.model.as_deref(), department.as_ref(), &change)?
        .ok_or_else(|| ChatError::not_found("session", session.id))?;
    Ok((session, ordinal))
}

/// Whether what is said in a session is the business of a service above: what was cut off there is left to it.
pub(crate) fn is_spoken_in(session: &Session) -> bool {
    matches!(session.scope, domain::Scope::Council(_))
}

/// What was said in such a session is not made from its conversation, so it is not made again by hand.
pub(crate) fn refuse_retry(session: &Session, id: MessageId) -> Result<(), ChatError> {
    match is_spoken_in(session) {
        true => Err(ChatError::Conflict { detail: format!("message {id} belongs to a debate") }),
        false => Ok(()),
    }
}
