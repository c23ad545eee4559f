//! What a model is asked for a reply.

use crate::briefing::Briefing;
use crate::prompt;
use crate::service::Inner;
use crate::tools::{fit_results, tool_tokens};
use llm_gateway::{ChatRequest, PromptMessage, Tools, estimate_tokens, fit};

/// The tokens of a model's context that are left for its answer, at most a quarter of it.
pub(crate) const ANSWER_TOKENS: u32 = 1024;

/// The model that is to answer.
pub(crate) struct Wanted {
    pub(crate) model: String,
    /// Whether somebody named it; otherwise it is the general one, and where that is not, another one may stand in.
    pub(crate) is_named: bool,
}

/// A request within the model's context: the oldest turns are left out first, then what tools gave is cut. `rounds` are the
/// calls of this reply so far.
pub(super) async fn request(
    inner: &Inner,
    wanted: &Wanted,
    mut messages: Vec<PromptMessage>,
    mut rounds: Vec<PromptMessage>,
    tools: Option<Tools>,
    briefing: &Briefing,
) -> ChatRequest {
    let model = wanted.model.as_str();
    let context = inner.gateway.context_tokens(model).await;
    let reserve = ANSWER_TOKENS.min(context / 4).saturating_add(tool_tokens(tools.as_ref()));
    if tools.is_some() || !rounds.is_empty() {
        prompt::mind_tools(&mut messages);
        let asked = fit(messages.clone(), 0, 0).iter().map(estimate_tokens).sum::<u64>();
        let taken = u32::try_from(asked).unwrap_or(u32::MAX).saturating_add(reserve);
        fit_results(&mut rounds, context.saturating_sub(taken));
    }
    messages.extend(rounds);
    let mut request = ChatRequest::new(model, fit(messages, context, reserve));
    request.context_tokens = Some(context);
    request.may_stand_in = !wanted.is_named;
    request.params = briefing.params();
    request.max_tokens = answer_tokens(&request, inner.limits.answer_tokens);
    request.tools = tools;
    request
}

/// The most tokens of an answer: what an agent's parameters say, under whichever of its names, or else what is usual. What
/// they say that is no such number (Ollama's -1, without end) is left to the server.
pub(crate) fn answer_tokens(request: &ChatRequest, usual: Option<u32>) -> Option<u32> {
    let names = ["num_predict", "max_tokens", "max_completion_tokens"];
    match names.iter().filter_map(|name| request.params.get(*name)).find(|value| !value.is_null()) {
        Some(value) => value.as_u64().and_then(|tokens| u32::try_from(tokens).ok()),
        None => usual,
    }
}
