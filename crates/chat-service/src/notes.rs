//! Asking a department's other agents for their notes.

use crate::briefing::{Briefing, Identity};
use crate::live::LiveReply;
use crate::prompt;
use crate::reply::Wanted;
use crate::service::Inner;
use crate::usage::Call;
use domain::{Agent, Department, Note, NoteStatus, Role};
use event_bus::{Signal, SignalKind};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use llm_gateway::{ChatRequest, Chunk, GatewayError};
use std::sync::Arc;

/// The most characters of a note.
const NOTE_CHARS: usize = 2000;
/// The most tokens a colleague may use.
const NOTE_TOKENS: u32 = 160;

/// Asks all colleagues at the same time and puts each note on the live reply as it comes. Who is not done by the deadline,
/// or fails, is noted as such; the reply goes on without them. A greeting asks nobody.
pub(crate) async fn gather(inner: &Arc<Inner>, live: &LiveReply, briefing: &Briefing, wanted: &Wanted) {
    let question = briefing.history.iter().rev().find(|message| message.role == Role::User);
    let (Some(question), Identity::Agent(speaker)) = (question, &briefing.identity) else { return };
    if prompt::is_greeting(&question.content) {
        return;
    }
    let department = &speaker.1;
    let mut asking: FuturesUnordered<_> = briefing
        .colleagues
        .iter()
        .map(|colleague| async move {
            (colleague, ask(inner, live, colleague, department, wanted, &question.content).await)
        })
        .collect();
    let deadline = tokio::time::sleep(inner.limits.note_deadline);
    tokio::pin!(deadline);
    let mut heard = Vec::new();
    loop {
        let answered = tokio::select! {
            biased;
            answered = asking.next() => answered,
            () = &mut deadline => break,
        };
        let Some((colleague, answer)) = answered else { break };
        heard.push(&colleague.slug);
        let (text, status) = match answer {
            Ok(text) => (text, NoteStatus::Complete),
            Err(error) if error.is_timeout() => (String::new(), NoteStatus::Timeout),
            Err(error) => {
                tracing::info!(agent = %colleague.slug, error = &error as &dyn std::error::Error, "no note");
                (String::new(), NoteStatus::Failed)
            }
        };
        add(inner, live, note(colleague, text, status));
    }
    for colleague in briefing.colleagues.iter().filter(|colleague| !heard.contains(&&colleague.slug)) {
        add(inner, live, note(colleague, String::new(), NoteStatus::Timeout));
    }
}

async fn ask(
    inner: &Inner,
    live: &LiveReply,
    colleague: &Agent,
    department: &Department,
    wanted: &Wanted,
    question: &str,
) -> Result<String, GatewayError> {
    let model = colleague.model.as_deref().unwrap_or(&wanted.model);
    let mut request =
        ChatRequest::new(model, inner.rules.now().instruct(prompt::note(colleague, department, question)));
    request.may_stand_in = !wanted.is_named && colleague.model.is_none();
    request.max_tokens = Some(NOTE_TOKENS);
    request.context_tokens = Some(inner.gateway.context_tokens(model).await);
    request.params = colleague.params.clone();
    let (agent, of) = (colleague.slug.as_str(), colleague.department_id.as_str());
    let mut call = Call::put(inner, live, model, Some(agent), Some(of));
    let mut stream = call.taken_up(inner.gateway.ask(request).await)?;
    let mut text = String::new();
    while let Some(chunk) = stream.next().await {
        match chunk? {
            Chunk::Text(more) => text.push_str(&more),
            Chunk::Done { usage, model } => {
                call.answered(&model, usage);
                break;
            }
            Chunk::Calls(_) | Chunk::CutOff => {}
        }
    }
    Ok(text.trim().chars().take(NOTE_CHARS).collect())
}

fn note(agent: &Agent, text: String, status: NoteStatus) -> Note {
    // A model that says nothing has given no note.
    let status = if status == NoteStatus::Complete && text.is_empty() { NoteStatus::Failed } else { status };
    Note {
        agent_id: agent.slug.clone(),
        agent_name: agent.name.clone(),
        agent_role: agent.role.clone(),
        note: text,
        status,
    }
}

fn add(inner: &Inner, live: &LiveReply, note: Note) {
    if inner.bus.wants_signals() {
        inner.bus.signal(Signal {
            session_id: Some(live.session_id),
            department_id: live.department(),
            kind: SignalKind::Note { message_id: live.id, note: note.clone() },
        });
    }
    live.progress.send_modify(|progress| progress.notes.push(note));
}
