//! Open WebUI's export: a list of chats, each with its history as a map of messages; older ones with a plain list.

use super::foreign::{Conversation, Node, Said, time};
use super::talk::Talk;
use domain::Role;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Exported {
    id: Option<String>,
    title: Option<String>,
    created_at: Option<f64>,
    updated_at: Option<f64>,
    archived: Option<bool>,
    pinned: Option<bool>,
    folder_id: Option<String>,
    chat: Chat,
}

#[derive(Deserialize)]
struct Chat {
    id: Option<String>,
    title: Option<String>,
    timestamp: Option<f64>,
    history: Option<History>,
    #[serde(default)]
    messages: Option<Vec<Sent>>,
    #[serde(default)]
    tags: Option<Vec<Value>>,
}

#[derive(Deserialize)]
struct History {
    #[serde(default)]
    messages: BTreeMap<String, Sent>,
    #[serde(rename = "currentId")]
    current: Option<String>,
}

#[derive(Deserialize)]
struct Sent {
    id: Option<String>,
    #[serde(rename = "parentId")]
    parent: Option<String>,
    role: String,
    content: Option<Value>,
    timestamp: Option<f64>,
    model: Option<String>,
    #[serde(rename = "modelName")]
    model_name: Option<String>,
    files: Option<Vec<Value>>,
}

/// A chat.
pub(super) fn read(text: &str, at: String) -> Result<Talk, String> {
    let exported: Exported = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let chat = exported.chat;
    let id = exported.id.or(chat.id).filter(|id| !id.is_empty()).ok_or("it has no id")?;
    let mut talk = Talk::new(at);
    if exported.folder_id.is_some() {
        talk.remark("its folder is not kept");
    }
    if chat.tags.is_some_and(|tags| !tags.is_empty()) {
        talk.remark("its tags are not kept");
    }
    let (nodes, current) = match (chat.history, chat.messages) {
        (Some(history), _) if !history.messages.is_empty() => {
            let nodes = history.messages.into_iter().map(|(id, sent)| node(id, sent, &mut talk)).collect();
            (nodes, history.current)
        }
        (_, Some(list)) => in_line(list, &mut talk),
        _ => (Vec::new(), None),
    };
    let conversation = Conversation {
        program: "Open WebUI",
        id,
        title: exported.title.or(chat.title),
        created_at: exported.created_at.or(chat.timestamp).and_then(time),
        updated_at: exported.updated_at.and_then(time),
        pinned: exported.pinned.unwrap_or(false),
        archived: exported.archived.unwrap_or(false),
        nodes,
        current,
    };
    Ok(conversation.into_talk(talk))
}

fn node(id: String, sent: Sent, talk: &mut Talk) -> Node {
    let (parent, at) = (sent.parent.clone(), sent.timestamp.and_then(time));
    let said = said(sent, &id, talk);
    Node { id, parent, at, said }
}

/// A plain list: each message follows the one before it.
fn in_line(list: Vec<Sent>, talk: &mut Talk) -> (Vec<Node>, Option<String>) {
    let mut before: Option<String> = None;
    let mut nodes = Vec::with_capacity(list.len());
    for (number, mut sent) in list.into_iter().enumerate() {
        let id = sent.id.take().unwrap_or_else(|| number.to_string());
        sent.parent = before.replace(id.clone());
        nodes.push(node(id, sent, talk));
    }
    (nodes, before)
}

/// What a message says; none when it is empty or of nobody that is known.
fn said(sent: Sent, id: &str, talk: &mut Talk) -> Option<Said> {
    let role = match sent.role.as_str() {
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "system" | "tool" => Role::System,
        other => {
            talk.report.messages.left_out += 1;
            talk.remark(format!("message {id} is left out: its role is {other:?}"));
            return None;
        }
    };
    if let Some(files) = sent.files.filter(|files| !files.is_empty()) {
        talk.remark(format!("message {id}: {} left out: files", files.len()));
    }
    let text = text(sent.content.unwrap_or_default());
    if text.trim().is_empty() {
        talk.report.messages.left_out += 1;
        talk.remark(format!("message {id} is left out: it has no text"));
        return None;
    }
    let model = sent.model.filter(|_| role == Role::Assistant);
    let name = sent.model_name.filter(|_| role == Role::Assistant);
    Some(Said { role, name, text, model })
}

/// A text, or the texts of a list of parts.
fn text(content: Value) -> String {
    match content {
        Value::String(text) => text,
        Value::Array(parts) => {
            let texts = parts.iter().filter_map(|part| part.as_str().or_else(|| part.get("text")?.as_str()));
            texts.collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}
