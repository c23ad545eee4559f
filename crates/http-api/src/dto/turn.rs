//! Turns.

use crate::extract::unknown_id;
use crate::problem::Problem;
use chat_service::{Recipient, SendMessage};
use domain::view::{MessageStatus, MessageView};
use domain::{Message, NoteStatus, SessionId, Slug, SpeakerKind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A message for Daena or for an agent.
#[derive(Deserialize, ToSchema)]
#[schema(as = Turn)]
pub(crate) struct TurnBody {
    /// The text, kept to the letter. It is not blank, holds no NUL, and has at most 100,000
    /// characters, unless configured otherwise.
    #[schema(min_length = 1, pattern = r"^[^\x00]*\S[^\x00]*$")]
    message: String,
    /// The session it goes on in; without one a new one begins.
    session_id: Option<String>,
    /// The sender's own id of the message: sending it again joins the first turn.
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    client_message_id: Option<String>,
    /// The model to answer with: one that the brain has.
    #[schema(min_length = 1)]
    model: Option<String>,
    /// Whether the reply is to come as server-sent events.
    pub(crate) stream: Option<bool>,
    /// Another place for the session.
    context: Option<TurnContext>,
}

/// Another place for the session of a turn.
#[derive(Deserialize, ToSchema)]
pub(crate) struct TurnContext {
    session_id: Option<String>,
}

/// A message for a department.
#[derive(Deserialize, ToSchema)]
#[schema(as = DepartmentTurn)]
pub(crate) struct DepartmentTurnBody {
    /// The text, kept to the letter. It is not blank, holds no NUL, and has at most 100,000
    /// characters, unless configured otherwise.
    #[schema(min_length = 1, pattern = r"^[^\x00]*\S[^\x00]*$")]
    message: String,
    /// Makes it a turn with this agent of the department.
    agent_id: Option<String>,
    /// The session it goes on in; without one a new one begins.
    session_id: Option<String>,
    /// The sender's own id of the message: sending it again joins the first turn.
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    client_message_id: Option<String>,
    /// The model to answer with: one that the brain has.
    #[schema(min_length = 1)]
    model: Option<String>,
    /// Whether the reply is to come as server-sent events.
    pub(crate) stream: Option<bool>,
    /// Another place for the session.
    context: Option<TurnContext>,
}

/// A message in a session.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SessionTurn {
    /// The text, kept to the letter. It is not blank, holds no NUL, and has at most 100,000
    /// characters, unless configured otherwise.
    #[schema(min_length = 1, pattern = r"^[^\x00]*\S[^\x00]*$")]
    content: String,
    /// The sender's own id of the message: sending it again joins the first turn.
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    client_message_id: Option<String>,
    /// The model to answer with: one that the brain has.
    #[schema(min_length = 1)]
    model: Option<String>,
    /// Whether the reply is to come as server-sent events.
    pub(crate) stream: Option<bool>,
}

impl TurnBody {
    pub(crate) fn to(self, to: Recipient) -> Result<SendMessage, Problem> {
        let session = self.session_id.or_else(|| self.context.and_then(|context| context.session_id));
        let session_id =
            session.map(|text| text.parse().map_err(|_| unknown_id("session", &text))).transpose()?;
        Ok(SendMessage {
            to,
            session_id,
            text: self.message,
            client_message_id: self.client_message_id,
            model: self.model,
        })
    }
}

impl DepartmentTurnBody {
    pub(crate) fn to(self, department: Slug) -> Result<SendMessage, Problem> {
        let Self { message, agent_id, session_id, client_message_id, model, stream, context } = self;
        let recipient = match agent_id {
            None => Recipient::Department(department),
            Some(agent) => {
                let agent = agent.parse().map_err(|_| unknown_id("agent", &agent))?;
                Recipient::DepartmentAgent { department, agent }
            }
        };
        TurnBody { message, session_id, client_message_id, model, stream, context }.to(recipient)
    }
}

impl SessionTurn {
    pub(crate) fn to(self, session: SessionId) -> SendMessage {
        SendMessage {
            to: Recipient::Session,
            session_id: Some(session),
            text: self.content,
            client_message_id: self.client_message_id,
            model: self.model,
        }
    }
}

/// A turn that was answered, now or, with the brain offline, later.
#[derive(Serialize, ToSchema)]
#[schema(as = TurnAnswer)]
pub(crate) struct TurnView {
    success: bool,
    session_id: SessionId,
    user_message: MessageView,
    reply: MessageView,
    /// The reply's text.
    response: String,
    /// Whether the reply waits for the brain to return.
    offline: bool,
    /// Of a department or an agent: who speaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    agent_name: Option<String>,
    /// Of a department or an agent: the speaker's job.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    agent_role: Option<String>,
    /// Of a department or an agent: how many colleagues' notes went in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    synthesized_from: Option<usize>,
}

impl TurnView {
    pub(crate) fn new(user_message: Message, reply: Message) -> Self {
        let reply = MessageView::from(reply);
        let speaker = Some(&reply.speaker).filter(|speaker| speaker.kind == SpeakerKind::Agent);
        let went_in = reply.notes.iter().filter(|note| note.status == NoteStatus::Complete).count();
        Self {
            success: true,
            session_id: reply.session_id,
            user_message: user_message.into(),
            response: reply.content.clone(),
            offline: reply.status == MessageStatus::Deferred,
            agent_name: speaker.map(|speaker| speaker.name.clone()),
            agent_role: speaker.map(|speaker| speaker.role.clone()),
            synthesized_from: speaker.map(|_| went_in),
            reply,
        }
    }
}
