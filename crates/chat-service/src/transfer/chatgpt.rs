//! ChatGPT's `conversations.json`: a list of conversations, each a map of nodes.

use super::foreign::{Conversation, Node, Said, time};
use super::talk::Talk;
use domain::Role;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Exported {
    conversation_id: Option<String>,
    id: Option<String>,
    title: Option<String>,
    create_time: Option<f64>,
    update_time: Option<f64>,
    #[serde(default)]
    is_archived: Option<bool>,
    #[serde(default)]
    is_starred: Option<bool>,
    current_node: Option<String>,
    mapping: BTreeMap<String, Mapped>,
}

#[derive(Deserialize)]
struct Mapped {
    parent: Option<String>,
    message: Option<Sent>,
}

#[derive(Deserialize)]
struct Sent {
    author: Author,
    create_time: Option<f64>,
    content: Option<Content>,
    #[serde(default)]
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Author {
    role: String,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Content {
    content_type: Option<String>,
    #[serde(default)]
    parts: Option<Vec<Value>>,
    text: Option<String>,
    result: Option<String>,
    language: Option<String>,
}

#[derive(Default, Deserialize)]
struct Metadata {
    model_slug: Option<String>,
    #[serde(default)]
    is_visually_hidden_from_conversation: Option<bool>,
}

/// A conversation.
pub(super) fn read(text: &str, at: String) -> Result<Talk, String> {
    let exported: Exported = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let id = exported.conversation_id.or(exported.id).ok_or("it has no id")?;
    let mut talk = Talk::new(at);
    let mut nodes = Vec::with_capacity(exported.mapping.len());
    for (id, Mapped { parent, message }) in exported.mapping {
        let at = message.as_ref().and_then(|message| message.create_time).and_then(time);
        let said = message.and_then(|message| said(message, &id, &mut talk));
        nodes.push(Node { id, parent, at, said });
    }
    let conversation = Conversation {
        program: "ChatGPT",
        id,
        title: exported.title,
        created_at: exported.create_time.and_then(time),
        updated_at: exported.update_time.and_then(time),
        pinned: exported.is_starred.unwrap_or(false),
        archived: exported.is_archived.unwrap_or(false),
        nodes,
        current: exported.current_node,
    };
    Ok(conversation.into_talk(talk))
}

/// What a node says; none when it is empty, hidden, or of a kind that is not kept.
fn said(message: Sent, node: &str, talk: &mut Talk) -> Option<Said> {
    let metadata = message.metadata.unwrap_or_default();
    let content = message.content?;
    let kind = content.content_type.as_deref().unwrap_or("text");
    if metadata.is_visually_hidden_from_conversation == Some(true) {
        return None;
    }
    let role = match message.author.role.as_str() {
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "system" | "tool" => Role::System,
        other => {
            talk.report.messages.left_out += 1;
            talk.remark(format!("message {node} is left out: its author is {other:?}"));
            return None;
        }
    };
    let (text, lost) = match kind {
        "text" | "multimodal_text" => parts(&content),
        "code" => (content.text.as_deref().map(|text| fenced(text, content.language.as_deref())), 0),
        "execution_output" => (content.text.as_deref().map(|text| fenced(text, None)), 0),
        "tether_quote" | "system_error" => (content.text, 0),
        "tether_browsing_display" => (content.result, 0),
        // Settings and thoughts, not words of the talk.
        _ => (None, 1),
    };
    let text = text.filter(|text| !text.trim().is_empty());
    if lost > 0 {
        let what = if kind == "multimodal_text" { "parts that are no text" } else { kind };
        talk.remark(format!("message {node}: {lost} left out: {what}"));
        talk.report.messages.left_out += i64::from(text.is_none());
    }
    let name = if role == Role::System { message.author.name } else { None };
    Some(Said { role, name, text: text?, model: metadata.model_slug.filter(|_| role == Role::Assistant) })
}

/// The text of a message, and how many of its parts are none, such as images.
fn parts(content: &Content) -> (Option<String>, usize) {
    let parts = content.parts.as_deref().unwrap_or_default();
    let texts: Vec<&str> =
        parts.iter().filter_map(|part| part.as_str().or_else(|| part.get("text")?.as_str())).collect();
    let lost = parts.iter().filter(|part| !part.is_null()).count() - texts.len();
    (Some(texts.join("\n")), lost)
}

/// A text as it stands, marked as code. The fence is longer than any in it.
fn fenced(text: &str, language: Option<&str>) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    let language = language.filter(|it| *it != "unknown").unwrap_or_default();
    format!("{fence}{language}\n{text}\n{fence}")
}
