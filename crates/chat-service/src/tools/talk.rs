//! What a reply's calls are to its model.

use domain::{ToolCallStatus, ToolUse};
use llm_gateway::{PromptMessage, PromptRole, ToolCall, estimate_tokens};
use std::collections::HashSet;

/// What an answer of a tool is never cut below, in bytes.
const LEAST: usize = 200;

/// The text that a reply had when it asked for its last calls: what it goes on from when it is taken up again.
pub(crate) fn said_with(calls: &[ToolUse]) -> String {
    calls.iter().map(|call| call.said.as_str()).collect()
}

/// The rounds of a reply as the model knows them: what it said and asked for, and what that gave. What tools gave comes in
/// their own role, never as anybody's words.
pub(crate) fn talk(calls: &[ToolUse]) -> Vec<PromptMessage> {
    let mut messages = Vec::with_capacity(calls.len() * 2);
    let mut known = HashSet::new();
    for round in calls.chunk_by(|one, other| one.round == other.round) {
        let said = round.first().map_or("", |first| first.said.trim());
        let ids: Vec<String> = round
            .iter()
            .map(|call| {
                // Some servers begin to count anew with each answer.
                let given = call.given_id.clone().filter(|id| !known.contains(id));
                let id = given.unwrap_or_else(|| format!("call_{}", call.id));
                known.insert(id.clone());
                id
            })
            .collect();
        let asked = round.iter().zip(&ids).map(|(call, id)| ToolCall {
            id: id.clone(),
            name: call.name.clone(),
            arguments: match &call.arguments {
                serde_json::Value::String(text) => text.clone(),
                arguments => arguments.to_string(),
            },
        });
        messages.push(PromptMessage { calls: asked.collect(), ..PromptMessage::assistant(said) });
        let answers = round.iter().zip(ids).map(|(call, id)| PromptMessage {
            answers: Some(id),
            ..PromptMessage::new(PromptRole::Tool, answer(call))
        });
        messages.extend(answers);
    }
    messages
}

/// What a call gave, for the model.
fn answer(call: &ToolUse) -> String {
    let error = || call.error.as_deref().unwrap_or("it failed");
    match (call.status, &call.result) {
        (ToolCallStatus::Complete, Some(result)) if call.is_error => format!("Error: {result}"),
        (ToolCallStatus::Complete, Some(result)) if !result.is_empty() => result.clone(),
        (ToolCallStatus::Complete, _) => "The tool gave no text.".to_owned(),
        (ToolCallStatus::Failed, _) => format!("Error: {}", error()),
        (ToolCallStatus::Refused, _) => match &call.reason {
            Some(reason) => format!("Not called: the Founder refused it: {reason}"),
            None => "Not called: the Founder refused it.".to_owned(),
        },
        (ToolCallStatus::Expired, _) => "Not called: the Founder did not allow it in time.".to_owned(),
        (ToolCallStatus::Cancelled, _) if call.started_at.is_some() => {
            "Ended by the Founder while it ran: it may have happened.".to_owned()
        }
        _ => "Not called: the Founder ended it.".to_owned(),
    }
}

/// Cuts what tools gave until the prompt fits into so many tokens, as far as cutting that helps: each to the same length.
pub(crate) fn fit_results(messages: &mut [PromptMessage], tokens: u32) {
    let total: u64 = messages.iter().map(estimate_tokens).sum();
    let gave = |message: &&mut PromptMessage| message.role == PromptRole::Tool;
    if total <= u64::from(tokens) {
        return;
    }
    let results: Vec<&mut PromptMessage> = messages.iter_mut().filter(gave).collect();
    let taken: u64 = results.iter().map(|message| estimate_tokens(message)).sum();
    let room = u64::from(tokens).saturating_sub(total - taken).saturating_mul(3);
    let each = room / u64::try_from(results.len().max(1)).unwrap_or(1);
    let each = usize::try_from(each).unwrap_or(usize::MAX).max(LEAST);
    for result in results {
        cut(&mut result.content, each, "more than there is room for");
    }
}

/// Cuts a text at a character's boundary, and says so behind it.
fn cut(text: &mut String, bytes: usize, why: &str) {
    if text.len() > bytes {
        let end = (0..=bytes).rev().find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or_default());
        text.push_str(&format!("\n[cut: {why}]"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gave(text: &str) -> PromptMessage {
        PromptMessage::new(PromptRole::Tool, text)
    }

    #[test]
    fn what_tools_gave_is_cut_to_what_there_is_room_for_and_nothing_else_is() {
        let question = PromptMessage::user("q".repeat(300));
        let mut fits = vec![question.clone(), gave("short")];
        fit_results(&mut fits, 4_000);
        assert_eq!(fits, [question.clone(), gave("short")]);

        let mut long =
            vec![question.clone(), gave(&"é".repeat(30_000)), gave("short"), gave(&"x".repeat(9_000))];
        fit_results(&mut long, 4_000);
        assert_eq!(long[0], question);
        assert_eq!(long[2], gave("short"));
        assert!(long[1].content.ends_with("é\n[cut: more than there is room for]"));
        let total: u64 = long.iter().map(estimate_tokens).sum();
        assert!(total < 4_100, "{total}");
        fit_results(&mut long, 0);
        assert!(long[1].content.len() < 300, "something is always left");
    }
}
