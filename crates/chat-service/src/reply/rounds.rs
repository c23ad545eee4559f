//! A reply that may use tools: asking the model, making the calls it asks for, and asking it again.

use super::request::request;
use super::{End, Heard, ReplyError, ReplyJob, Wanted};
use crate::ChatError;
use crate::asking::joined;
use crate::briefing::Briefing;
use crate::service::Inner;
use crate::tools::{self, Offer, Work, persist};
use domain::{Message, Usage};
use llm_gateway::{PromptMessage, ToolCallDelta};
use persistence::{Change, WriteTx};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// What a reply has used up of what it may.
pub(super) struct Spent {
    /// The time that is left for asking and calling.
    time: Duration,
    /// What all answers of the model used up together.
    usage: Option<Usage>,
}

impl Spent {
    fn add(&mut self, usage: Option<Usage>) {
        let Some(more) = usage else { return };
        let sum = self.usage.get_or_insert(Usage { prompt_tokens: 0, completion_tokens: 0 });
        sum.prompt_tokens += more.prompt_tokens;
        sum.completion_tokens += more.completion_tokens;
    }
}

impl ReplyJob {
    pub(super) fn spent(inner: &Inner) -> Spent {
        Spent { time: inner.limits.tools.time, usage: None }
    }

    /// Makes what was asked for and is still open. Gives whether the model may be asked again: not while who speaks is held
    /// back, nor without the brain.
    pub(super) async fn work_off(&mut self, inner: &Inner, spent: &mut Spent) -> Result<bool, ReplyError> {
        let work = Work { inner, live: &self.live, reply: &self.reply, scope: &self.scope };
        let (calls, done) = work.off(&mut spent.time).await?;
        self.reply.tool_calls = calls;
        let rules = inner.rules.now();
        Ok(done && !inner.offline(&rules) && rules.hold_on(&self.scope, &self.reply.speaker).is_none())
    }

    /// Asks until the model answers without asking for calls, or a limit is reached; then once more without tools.
    pub(super) async fn converse(
        &mut self,
        inner: &Arc<Inner>,
        wanted: &Wanted,
        mut messages: Vec<PromptMessage>,
        briefing: &Briefing,
        mut spent: Spent,
    ) -> Result<End, ReplyError> {
        let context = inner.gateway.context_tokens(&wanted.model).await;
        let mut remark = None;
        loop {
            let limit = self.limit(inner, &spent);
            let offer = match limit {
                None => {
                    let speaker = &self.reply.speaker;
                    Offer::to(&inner.tooling, &self.scope, speaker, &wanted.model, context).await
                }
                Some(_) => Offer::none(),
            };
            remark = remark.or(offer.remark());
            let rounds = tools::talk(&self.reply.tool_calls);
            // Without tools there is no other round.
            let messages = if offer.is_empty() { std::mem::take(&mut messages) } else { messages.clone() };
            let request = request(inner, wanted, messages, rounds, offer.tools(), briefing).await;
            let began = Instant::now();
            let heard = self.ask(inner, request).await;
            spent.time = spent.time.saturating_sub(began.elapsed());
            let Heard { model, usage, pieces } = match heard {
                Err(ReplyError::Gateway(error)) if !offer.is_empty() && error.refuses_tools() => {
                    inner.tooling.refused_by(&wanted.model);
                    // Room is not what the tools are left out for.
                    remark = None;
                    continue;
                }
                heard => heard?,
            };
            spent.add(usage);
            if pieces.is_empty() || offer.is_empty() {
                if let Some(limit) = limit {
                    self.add(inner, &format!("({limit})"));
                }
                if !self.has_text() {
                    return Err(ReplyError::Empty { model });
                }
                if let Some(remark) = remark.map(|remark| format!("({remark})")) {
                    // Once in a session is enough.
                    if !briefing.history.iter().any(|said| said.content.ends_with(&remark)) {
                        self.add(inner, &remark);
                    }
                }
                return Ok(End::Complete { model, usage: spent.usage });
            }
            self.keep_asked(inner, &pieces, &offer).await?;
            if !self.work_off(inner, &mut spent).await? {
                return Ok(End::Deferred);
            }
        }
    }

    /// The limit that is reached, in words.
    fn limit(&self, inner: &Inner, spent: &Spent) -> Option<String> {
        let limits = &inner.limits.tools;
        let calls = &self.reply.tool_calls;
        let rounds = calls.last().map_or(0, |last| usize::try_from(last.round).unwrap_or(usize::MAX));
        if calls.is_empty() {
            None
        } else if calls.len() >= limits.calls {
            Some(format!("No more tools were called: one answer may use {} calls.", limits.calls))
        } else if rounds >= limits.rounds {
            Some(format!("No more tools were called: one answer may use {} rounds of calls.", limits.rounds))
        } else if spent.time.is_zero() {
            Some(format!(
                "No more tools were called: one answer may take {} s with them.",
                limits.time.as_secs()
            ))
        } else {
            None
        }
    }

    /// Keeps what the model asks for, with the text it said before.
    async fn keep_asked(
        &mut self,
        inner: &Inner,
        pieces: &[ToolCallDelta],
        offer: &Offer,
    ) -> Result<(), ReplyError> {
        let (text, notes) = {
            let progress = self.live.progress.borrow();
            (progress.text.clone(), progress.notes.clone())
        };
        let change = Change::new(super::speaker(&self.reply), inner.clock.now());
        let source = (&*inner.ids, change.at);
        let calls = tools::asked(joined(pieces), &text, &self.reply, offer, &inner.limits.tools, source);
        self.called = true;
        let (id, department, asked) = (self.reply.id, self.scope.department().cloned(), calls.clone());
        let kept = text.len();
        let write = move |tx: &mut WriteTx<'_>| {
            tx.messages_mut().checkpoint(id, &text, &notes, change.at)?;
            Ok(tx.tools_mut().ask(id, &asked, department.as_ref(), &change)?)
        };
        if !persist(inner, write).await? {
            return Err(ChatError::not_found("message", id).into());
        }
        self.live.progress.send_if_modified(|progress| {
            progress.kept = progress.kept.max(kept);
            false
        });
        self.reply.tool_calls.extend(calls);
        Ok(())
    }

    /// Adds words of ours behind the text.
    fn add(&self, inner: &Inner, words: &str) {
        let offset = self.live.progress.borrow().text.len();
        let gap = if offset == 0 { "" } else { "\n\n" };
        self.take(inner, offset, format!("{gap}{words}"));
    }

    /// Blanks alone say nothing.
    fn has_text(&self) -> bool {
        !self.live.progress.borrow().text.trim().is_empty()
    }
}

/// A reply that goes on behind calls that it asked for: nothing was said since.
pub(crate) fn goes_on(reply: &Message) -> bool {
    !reply.tool_calls.is_empty() && reply.content == tools::said_with(&reply.tool_calls)
}
