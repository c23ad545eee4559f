//! What a model asks to have called, as rows.

use super::{Offer, ToolLimits};
use crate::toolbox::{GrantedTool, ToolRequest};
use domain::{IdSource, Message, Timestamp, ToolCallId, ToolCallStatus, ToolUse};
use llm_gateway::ToolCall;
use serde_json::{Map, Value};

/// The most characters of a name that no tool has.
const NAME_CHARS: usize = 256;
/// The most characters of arguments.
const ARGUMENT_CHARS: usize = 100_000;

/// The calls of one answer of the model, with the text the reply has by now: to be made, to be put to the Founder, or failed
/// at once, because there is no such tool or it cannot be called so. As many as there is room for; of the others the model
/// hears nothing.
pub(crate) fn asked(
    calls: Vec<ToolCall>,
    text: &str,
    reply: &Message,
    offer: &Offer,
    limits: &ToolLimits,
    (ids, at): (&dyn IdSource, Timestamp),
) -> Vec<ToolUse> {
    let before = reply.tool_calls.last();
    let (round, offset) = before.map_or((1, 0), |last| (last.round + 1, last.offset));
    let mut said = usize::try_from(offset).ok().and_then(|offset| text.get(offset..)).unwrap_or_default();
    let room = limits.calls.saturating_sub(reply.tool_calls.len());
    let first = before.map_or(1, |last| last.ordinal + 1);
    let asked = (first..).zip(calls.into_iter().take(room)).map(|(ordinal, call)| {
        let granted = offer.named(&call.name);
        let name: String = call.name.chars().take(NAME_CHARS).collect();
        let base = ToolUse {
            id: ToolCallId::new(ids.next_id()),
            session_id: reply.session_id,
            message_id: reply.id,
            ordinal,
            round,
            said: std::mem::take(&mut said).to_owned(),
            offset: i64::try_from(text.len()).unwrap_or(i64::MAX),
            given_id: Some(call.id).filter(|id| !id.is_empty()),
            connection_id: granted.map(|tool| tool.connection_id),
            connection: granted.map(|tool| tool.connection.clone()).unwrap_or_default(),
            tool: granted.map_or_else(|| name.clone(), |tool| tool.tool.clone()),
            name,
            arguments: Value::Null,
            access: granted.map(|tool| tool.access),
            form: granted.map(|tool| tool.form.clone()),
            status: ToolCallStatus::Approved,
            result: None,
            is_error: false,
            error: None,
            reason: None,
            created_at: at,
            started_at: None,
            ended_at: None,
            expires_at: None,
        };
        judged(base, &call.arguments, granted, offer, limits)
    });
    asked.collect()
}

/// What is to become of a call.
fn judged(
    mut call: ToolUse,
    arguments: &str,
    granted: Option<&GrantedTool>,
    offer: &Offer,
    limits: &ToolLimits,
) -> ToolUse {
    let verdict = read(arguments).and_then(|object| {
        let tool = granted.ok_or_else(|| format!("there is no tool {:?}", call.name))?;
        call.arguments = Value::Object(object.clone());
        let request = ToolRequest {
            call_id: call.id,
            message_id: call.message_id,
            connection_id: tool.connection_id,
            tool: tool.tool.clone(),
            arguments: object,
        };
        match &offer.toolbox {
            Some(toolbox) => toolbox.check(&request).map_err(|failure| failure.detail)?,
            None => return Err("there are no tools here".to_owned()),
        }
        Ok(tool.approval.waits())
    });
    if call.arguments.is_null() {
        call.arguments = serde_json::from_str(arguments)
            .unwrap_or_else(|_| Value::String(arguments.chars().take(ARGUMENT_CHARS).collect()));
    }
    match verdict {
        Ok(false) => {}
        Ok(true) => {
            call.status = ToolCallStatus::Waiting;
            let wait = i64::try_from(limits.approval.as_micros()).unwrap_or(i64::MAX);
            call.expires_at = Some(Timestamp::from_micros(call.created_at.as_micros().saturating_add(wait)));
        }
        Err(error) => {
            call.status = ToolCallStatus::Failed;
            call.error = Some(error);
            call.ended_at = Some(call.created_at);
        }
    }
    call
}

/// Arguments are an object. Nothing at all is an empty one: some models write so.
fn read(arguments: &str) -> Result<Map<String, Value>, String> {
    if arguments.trim().is_empty() {
        return Ok(Map::new());
    }
    if arguments.len() > ARGUMENT_CHARS && arguments.chars().count() > ARGUMENT_CHARS {
        return Err(format!("the arguments are longer than {ARGUMENT_CHARS} characters"));
    }
    match serde_json::from_str(arguments) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(Value::Null) => Ok(Map::new()),
        Ok(_) => Err("the arguments are no JSON object".to_owned()),
        Err(error) => Err(format!("the arguments are no JSON: {error}")),
    }
}
