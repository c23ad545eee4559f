//! A talk with Daena inside one's own program. The model is scripted, so that it runs anywhere; with
//! `.ollama("http://127.0.0.1:11434")?` in place of `.model(…)` it is a real one.
#![allow(clippy::print_stdout, reason = "it is a program for a terminal")]

use chat_service::{ChatService, Recipient, ReplyUpdate, ScriptedModel, SendMessage};
use std::path::Path;
use std::sync::Arc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).unwrap_or_else(|| "chat.db".to_owned());
    talk(Path::new(&file)).await.map(drop)
}

/// Two turns of one session; gives what was said.
pub(crate) async fn talk(file: &Path) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let model = ScriptedModel::new(|asked| {
        let question = asked.messages.last().map_or("nothing", |last| &last.content);
        vec!["You said: ".to_owned(), question.to_owned()]
    });
    let chat = ChatService::builder().database(file).model(Arc::new(model)).start().await?;
    let turn = chat.send(SendMessage::new(Recipient::Daena, "What should we do first?")).await?;
    let session = turn.session.id;
    let mut said = String::new();
    let mut updates = turn.updates();
    while let Some(update) = updates.next().await {
        match update {
            ReplyUpdate::Delta { text, .. } => said.push_str(&text),
            ReplyUpdate::Note(note) => println!("[{} notes: {}]", note.agent_name, note.note),
            ReplyUpdate::Done(reply) => println!("{said} ({})", reply.state.as_str()),
        }
    }
    let next = SendMessage::new(Recipient::Daena, "And then?").in_session(session);
    let reply = chat.send(next).await?.finished().await?.reply;
    println!("{}", reply.content);
    chat.shutdown().await;
    Ok(vec![said, reply.content.clone()])
}
