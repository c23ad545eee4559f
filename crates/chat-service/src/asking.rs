//! Asking on a caller's own terms, as a client of the OpenAI wire does.

mod answer;
mod calls;
mod doors;

pub use answer::{Answer, AnswerPart, Finish, Whole};
pub use calls::CallId;
pub(crate) use calls::{in_words, joined};
pub use doors::Door;

use crate::ChatError;
use crate::briefing::Briefing;
use crate::live::LiveReply;
use crate::recovery::reopen_for;
use crate::reply::{Wanted, answer_tokens};
use crate::service::{ChatService, Inner};
use crate::tools::tool_tokens;
use crate::turn::{SendMessage, submit};
use domain::{Limit, Message, MessageState, Session};
use llm_gateway::{ChatRequest, PromptMessage, PromptRole, Tools, fit};
use persistence::ReadTx;
use serde_json::{Map, Value};
use std::sync::Arc;

/// What a caller says besides its message, for this one reply. None of it is stored.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// Instructions that stand behind ours, and alone where a model has none of ours.
    pub instructions: String,
    /// The talk up to the message and with it, in place of what the session holds; none takes the session's.
    pub talk: Option<Vec<PromptMessage>>,
    /// What came behind the message: calls that were asked for, and what they gave. With it, a reply in the session of
    /// the message goes on, and the message is not stored once more.
    pub after: Vec<PromptMessage>,
    /// Sampling parameters; they win over the agent's own.
    pub params: Map<String, Value>,
    /// The most tokens of the answer.
    pub max_tokens: Option<u32>,
    /// What the model may ask to have called; the calls are the caller's to make.
    pub tools: Option<Tools>,
}

/// A message that was asked: stored, and being answered.
#[derive(Debug)]
pub struct Asked {
    /// Its session.
    pub session: Session,
    /// The reply as it was stored first; of a repeated message, as it is now.
    pub reply: Message,
    live: Option<Arc<LiveReply>>,
}

impl Asked {
    /// The answer as it comes, from its beginning.
    pub fn answer(self) -> Answer {
        Answer::new(self.reply, self.live)
    }
}

impl ChatService {
    /// As [`ChatService::send`], for a caller that waits for the answer and will ask again if there is none: nothing is
    /// deferred. A repeat of a message whose reply failed or was cut off has that reply made again, in place.
    ///
    /// # Errors
    /// [`ChatError::Offline`] when the brain is known to be away; nothing is stored then. When that shows only while it is
    /// asked, the reply fails. All others as for `send`.
    pub async fn ask(&self, message: SendMessage, terms: Terms) -> Result<Asked, ChatError> {
        if !self.inner.gateway.status().probed {
            self.inner.gateway.probe().await;
        }
        let terms = Arc::new(terms);
        let turn = submit(&self.inner, message, Some(Arc::clone(&terms)), None).await?;
        let asked = Asked { session: turn.session, reply: turn.reply, live: turn.live };
        match asked.reply.state {
            MessageState::Failed(_) | MessageState::Interrupted if asked.live.is_none() => {
                self.ask_again(asked, terms).await
            }
            MessageState::Deferred => Err(ChatError::Offline),
            _ => Ok(asked),
        }
    }

    async fn ask_again(&self, asked: Asked, terms: Arc<Terms>) -> Result<Asked, ChatError> {
        if self.is_offline() {
            return Err(ChatError::Offline);
        }
        let found = self.inner.find(asked.reply.id).await?;
        let (inner, (done, made)) = (Arc::clone(&self.inner), tokio::sync::oneshot::channel());
        self.inner.spawn(async move {
            let most = inner.limits.max_open_replies;
            let reopened = reopen_for(&inner, found.reply, found.session, most, None, Some(terms)).await;
            done.send(reopened).ok();
        });
        match made.await.unwrap_or(Err(ChatError::ShuttingDown))? {
            Some((reply, live)) => Ok(Asked { reply, live: Some(live), ..asked }),
            None => {
                let detail = format!("message {} has changed meanwhile", asked.reply.id);
                Err(ChatError::Conflict { detail })
            }
        }
    }

    /// The newest message whose sender's own id is this name, a colon, and an id that rises with time.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn last_sent(&self, name: String) -> Result<Option<Message>, ChatError> {
        self.inner.store.read(move |tx| Ok(tx.messages().last_sent(&name)?)).await
    }
}

impl Terms {
    /// The prompt on these terms, from the one that is made without them.
    pub(crate) fn apply(&self, mut prompt: Vec<PromptMessage>) -> Vec<PromptMessage> {
        let talk = prompt.split_off(prompt.iter().take_while(|it| it.role == PromptRole::System).count());
        match prompt.first_mut() {
            _ if self.instructions.is_empty() => {}
            Some(system) => {
                system.content.push_str("\n\n");
                system.content.push_str(&self.instructions);
            }
            None => prompt.push(PromptMessage::system(&self.instructions)),
        }
        prompt.extend(self.talk.clone().unwrap_or(talk));
        if !self.after.is_empty() {
            // What the session keeps of it is its readable form; the model is to have its own.
            let question = prompt.iter().rposition(|message| message.role == PromptRole::User);
            prompt.truncate(question.map_or(prompt.len(), |place| place + 1));
            prompt.extend(self.after.iter().cloned());
        }
        prompt
    }

    /// The request on these terms, within the model's context.
    pub(crate) async fn request(
        &self,
        inner: &Inner,
        wanted: &Wanted,
        prompt: Vec<PromptMessage>,
        briefing: &Briefing,
    ) -> ChatRequest {
        let model = wanted.model.as_str();
        let context = inner.gateway.context_tokens(model).await;
        let answer = self.max_tokens.unwrap_or(crate::reply::ANSWER_TOKENS).min(context / 4);
        let mut request = ChatRequest::new(
            model,
            fit(prompt, context, answer.saturating_add(tool_tokens(self.tools.as_ref()))),
        );
        request.context_tokens = Some(context);
        request.may_stand_in = !wanted.is_named;
        request.params = briefing.params();
        request.params.extend(self.params.clone());
        request.max_tokens = self.max_tokens.or_else(|| answer_tokens(&request, inner.limits.answer_tokens));
        request.tools.clone_from(&self.tools);
        request
    }

    /// What a reply on these terms follows, where it goes on behind calls that were asked for in the session:
    /// the newest one there, if it is about this text.
    pub(crate) fn follows(
        &self,
        tx: &mut ReadTx<'_>,
        session: &Session,
        text: &str,
    ) -> Result<Option<Message>, ChatError> {
        /// The most rounds of calls that are looked back over.
        const ROUNDS: u8 = 128;
        if self.after.is_empty() {
            return Ok(None);
        }
        let newest = tx.messages().page(session.id, None, Limit::ONE)?.items.pop();
        let Some(newest) = newest else { return Ok(None) };
        let mut before = newest.clone();
        for _ in 0..ROUNDS {
            if before.role == domain::Role::User {
                return Ok((before.content == text && before.id != newest.id).then_some(newest));
            }
            let parent = before.parent_id.map(|id| tx.messages().get(id)).transpose()?.flatten();
            let Some(parent) = parent else { return Ok(None) };
            before = parent;
        }
        Ok(None)
    }
}
