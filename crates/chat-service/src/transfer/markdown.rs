//! A session to read, as Markdown. What was said stands there to the letter.

use domain::{Message, MessageState, Session, Timestamp, ToolCallStatus, ToolUse};
use std::fmt::Write as _;

pub(super) fn head(out: &mut String, session: &Session) {
    let Session { title, created_at, updated_at, message_count, set_aside, .. } = session;
    // Writing to a string does not fail.
    writeln!(out, "# {}\n", one_line(title.as_str())).ok();
    write!(out, "*{} to {}, {message_count} messages", moment(*created_at), moment(*updated_at)).ok();
    if *set_aside > 0 {
        write!(out, ", {set_aside} more on other branches").ok();
    }
    out.push_str("*\n");
}

pub(super) fn message(out: &mut String, message: &Message) {
    let speaker = one_line(&message.speaker.name);
    write!(out, "\n---\n\n## {speaker} · {}\n\n", moment(message.created_at)).ok();
    for note in message.notes.iter().filter(|note| !note.note.is_empty()) {
        write!(out, "> **{}** ({}): ", one_line(&note.agent_name), one_line(&note.agent_role)).ok();
        writeln!(out, "{}\n", note.note.trim_end().replace('\n', "\n> ")).ok();
    }
    for call in &message.tool_calls {
        writeln!(out, "> Tool **{}**: {}\n", one_line(&tool(call)), call_state(call)).ok();
    }
    if let Some(remark) = remark(&message.state) {
        writeln!(out, "*{}*\n", one_line(&remark)).ok();
    }
    out.push_str(&message.content);
    if !message.content.ends_with('\n') {
        out.push('\n');
    }
}

/// What a reader has to know of a message that is not whole.
pub(super) fn remark(state: &MessageState) -> Option<String> {
    match state {
        MessageState::Complete => None,
        MessageState::Pending | MessageState::Streaming => Some("still being answered".to_owned()),
        MessageState::Deferred => Some("waits for the brain".to_owned()),
        MessageState::Stopped => Some("stopped".to_owned()),
        MessageState::Interrupted => Some("cut off".to_owned()),
        MessageState::Failed(failure) => Some(format!("failed: {}", failure.detail)),
    }
}

/// Which tool was asked for: at which connection, as far as there is one.
pub(super) fn tool(call: &ToolUse) -> String {
    match call.connection.as_str() {
        "" => call.tool.clone(),
        connection => format!("{connection}: {}", call.tool),
    }
}

/// What became of a call.
pub(super) const fn call_state(call: &ToolUse) -> &'static str {
    match call.status {
        ToolCallStatus::Waiting => "waits for the Founder",
        ToolCallStatus::Approved | ToolCallStatus::Running => "being called",
        ToolCallStatus::Complete if call.is_error => "answered with an error",
        ToolCallStatus::Complete => "answered",
        ToolCallStatus::Failed => "failed",
        ToolCallStatus::Refused => "refused by the Founder",
        ToolCallStatus::Expired => "not allowed in time",
        ToolCallStatus::Cancelled => "ended before its answer",
    }
}

/// A moment to the second.
pub(super) fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    let mut text: String = text.chars().take(19).map(|c| if c == 'T' { ' ' } else { c }).collect();
    text.push_str(" UTC");
    text
}

/// A name or a title: its letters, without the meaning that some have in Markdown.
fn one_line(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\`*_{}[]<>#+|!~&".contains(c) {
            plain.push('\\');
        }
        plain.push(if c.is_control() { ' ' } else { c });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn a_title_is_letters_only() {
        assert_eq!(one_line("a *b* [c](d)\n# <e>"), "a \\*b\\* \\[c\\](d) \\# \\<e\\>");
    }
}
