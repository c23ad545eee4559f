//! Tools that ask somebody.

use super::{Outcome, Progress};
use crate::api::Api;
use crate::extract::{field_of, unknown_id};
use crate::problem::{Code, Problem};
use chat_service::{Recipient, ReplyUpdate, SendMessage};
use company_service::{DebateRecord, NewDebate};
use domain::view::{DebateView, MessageView};
use domain::{DebateStatus, Message, MessageState, SessionId, Slug, Synthesis};
use serde::Deserialize;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::time::Duration;

/// Between two looks at a debate.
const LOOK: Duration = Duration::from_millis(500);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToDaena {
    message: String,
    session_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToDepartment {
    department: String,
    message: String,
    session_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToAgent {
    agent: String,
    message: String,
    session_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToCouncil {
    council: Option<String>,
    topic: Option<String>,
    rounds: Option<i64>,
    deadline_s: Option<i64>,
    session_id: Option<String>,
}

pub(super) async fn daena(
    api: &Api,
    given: Value,
    client_id: Option<String>,
    progress: &Progress,
) -> Result<Outcome, Problem> {
    let ToDaena { message, session_id } = field_of(given)?;
    turn(api, (Recipient::Daena, message), session_id, client_id, progress).await
}

pub(super) async fn department(
    api: &Api,
    given: Value,
    client_id: Option<String>,
    progress: &Progress,
) -> Result<Outcome, Problem> {
    let ToDepartment { department, message, session_id } = field_of(given)?;
    let department = slug("department", &department)?;
    turn(api, (Recipient::Department(department), message), session_id, client_id, progress).await
}

pub(super) async fn agent(
    api: &Api,
    given: Value,
    client_id: Option<String>,
    progress: &Progress,
) -> Result<Outcome, Problem> {
    let ToAgent { agent, message, session_id } = field_of(given)?;
    let agent = slug("agent", &agent)?;
    turn(api, (Recipient::Agent(agent), message), session_id, client_id, progress).await
}

/// A turn, to its end. Leaving does not stop the reply.
async fn turn(
    api: &Api,
    (to, text): (Recipient, String),
    session: Option<String>,
    client_message_id: Option<String>,
    progress: &Progress,
) -> Result<Outcome, Problem> {
    let session_id = session.map(|text| parsed("session", &text)).transpose()?;
    let sent = api.chat.send(SendMessage { to, session_id, text, client_message_id, model: None }).await?;
    let mut updates = sent.updates();
    let answered = sent.answered(&api.chat);
    let follow = async {
        while let Some(update) = updates.next().await {
            if let ReplyUpdate::Delta { text, .. } = update {
                progress.add(text.chars().count());
            }
        }
        std::future::pending::<Infallible>().await
    };
    let reply = tokio::select! {
        biased;
        answered = answered => answered?.reply,
        never = follow => match never {},
    };
    let offline = matches!(reply.state, MessageState::Deferred);
    let failure = crate::turn::failure(api, &reply);
    let view = MessageView::from(Message::clone(&reply));
    let told = json!({
        "session_id": view.session_id, "message_id": view.message_id, "speaker": view.speaker.name,
        "status": view.status, "offline": offline, "response": view.content, "model": view.model,
    });
    match failure {
        None => Outcome::new(view.content, told),
        Some(problem) => Ok(Outcome::new(problem.tell("/mcp"), told)?.failed()),
    }
}

/// A debate, to its end. One that is named by its session is waited for again.
pub(super) async fn council(
    api: &Api,
    given: Value,
    client_id: Option<String>,
    progress: &Progress,
) -> Result<Outcome, Problem> {
    let ToCouncil { council, topic, rounds, deadline_s, session_id } = field_of(given)?;
    let begun = match (session_id, council, topic) {
        (Some(session), _, _) => api.company.debate_record(parsed("debate", &session)?).await?,
        (None, Some(council), Some(topic)) => {
            let new = NewDebate { topic, rounds, deadline_s, client_message_id: client_id };
            api.company.start_debate(slug("council", &council)?, new).await?
        }
        (None, None, _) => return Err(Problem::invalid("/council", "is missing")),
        (None, _, None) => return Err(Problem::invalid("/topic", "is missing")),
    };
    let DebateRecord { debate, .. } = ended(api, begun, progress).await?;
    let view = DebateView::from(debate);
    let text = match (&view.synthesis, view.status) {
        (Some(synthesis), _) => words(synthesis),
        (None, DebateStatus::Deferred) => {
            "The brain is offline. The debate is kept and goes on when it is back.".to_owned()
        }
        (None, _) => "The debate was ended without a synthesis.".to_owned(),
    };
    Outcome::new(text, view)
}

/// Waits until a debate has ended, or waits itself for the brain.
async fn ended(api: &Api, mut record: DebateRecord, progress: &Progress) -> Result<DebateRecord, Problem> {
    while record.debate.status == DebateStatus::Running {
        progress.reach(record.messages.iter().map(|message| message.content.chars().count()).sum());
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = api.closing.cancelled() => {
                let detail = "the server is shutting down; the debate goes on when it is back";
                return Err(Problem::new(Code::Busy, detail));
            }
        }
        record = api.company.debate_record(record.debate.id).await?;
    }
    Ok(record)
}

fn words(synthesis: &Synthesis) -> String {
    let mut text = synthesis.recommendation.clone();
    for (title, points) in [
        ("They agree", &synthesis.agreements),
        ("They disagree", &synthesis.disagreements),
        ("Keep in mind", &synthesis.caveats),
        ("Did not answer", &synthesis.absent),
    ] {
        if !points.is_empty() {
            text.push_str(&format!("\n\n{title}:\n- {}", points.join("\n- ")));
        }
    }
    text
}

fn slug(what: &str, text: &str) -> Result<Slug, Problem> {
    Slug::parse(text).map_err(|_| unknown_id(what, text))
}

fn parsed(what: &str, text: &str) -> Result<SessionId, Problem> {
    text.parse().map_err(|_| unknown_id(what, text))
}
