//! Domain types into their wire forms.

use super::{AgentView, DepartmentView, LastMessageView, MessageStatus, MessageView, SessionView};
use crate::{Agent, Department, LastMessage, Message, MessageState, Session};

impl From<Session> for SessionView {
    fn from(session: Session) -> Self {
        Self {
            session_id: session.id,
            title: session.title.as_str().to_owned(),
            category: session.category,
            scope_type: session.scope.scope_type(),
            scope_id: session.scope.scope_id().map(str::to_owned),
            department_id: session.scope.department().cloned(),
            is_active: session.deleted_at.is_none(),
            pinned: session.pinned,
            archived: session.archived,
            message_count: session.message_count,
            last_message: session.last_message.map(Into::into),
            created_at: session.created_at,
            updated_at: session.updated_at,
            deleted_at: session.deleted_at,
        }
    }
}

impl From<LastMessage> for LastMessageView {
    fn from(last: LastMessage) -> Self {
        Self {
            role: last.role,
            speaker_name: last.speaker_name,
            preview: last.preview.as_str().to_owned(),
            created_at: last.created_at,
        }
    }
}

impl From<Message> for MessageView {
    fn from(message: Message) -> Self {
        let status = MessageStatus::from(&message.state);
        let error = match message.state {
            MessageState::Failed(failure) => Some(failure),
            _ => None,
        };
        Self {
            message_id: message.id,
            session_id: message.session_id,
            role: message.role,
            speaker: message.speaker,
            content: message.content,
            status,
            model: message.model,
            usage: message.usage,
            response_time_ms: message.response_time_ms,
            notes: message.notes,
            tool_calls: message.tool_calls.into_iter().map(Into::into).collect(),
            error,
            parent_id: message.parent_id,
            active: message.active,
            alternatives: None,
            client_message_id: message.client_message_id,
            created_at: message.created_at,
            updated_at: message.updated_at,
        }
    }
}

impl From<&MessageState> for MessageStatus {
    fn from(state: &MessageState) -> Self {
        match state {
            MessageState::Complete => Self::Complete,
            MessageState::Pending => Self::Pending,
            MessageState::Streaming => Self::Streaming,
            MessageState::Deferred => Self::Deferred,
            MessageState::Stopped => Self::Stopped,
            MessageState::Interrupted => Self::Interrupted,
            MessageState::Failed(_) => Self::Failed,
        }
    }
}

impl From<Department> for DepartmentView {
    fn from(department: Department) -> Self {
        Self {
            slug: department.slug,
            name: department.name,
            description: department.description,
            color: department.color,
            status: department.status,
            hidden: department.hidden,
            spokesperson_id: department.spokesperson_id,
            agent_count: department.agent_count,
            position: department.position,
        }
    }
}

impl From<Agent> for AgentView {
    fn from(agent: Agent) -> Self {
        Self {
            slug: agent.slug,
            name: agent.name,
            role: agent.role,
            kind: agent.kind,
            department_id: agent.department_id,
            status: agent.status,
            model: agent.model,
            system_prompt: agent.system_prompt,
            params: agent.params,
            voice_id: agent.voice_id,
            description: agent.description,
            last_seen: agent.last_seen,
        }
    }
}
