//! What the services refuse, as problems.

use super::{Code, Problem};
use chat_service::{ChatError, GatewayError, LogError};
use company_service::{CompanyError, ToolError, VoiceError};

impl From<ChatError> for Problem {
    fn from(error: ChatError) -> Self {
        let said = error.to_string();
        match error {
            ChatError::NotFound { .. } => Self::not_found(said),
            ChatError::Invalid { field, detail } => Self::invalid(format!("/{field}"), detail),
            ChatError::Unprocessable { field, detail } => {
                Self::new(Code::Unprocessable, said).at(format!("/{field}"), detail)
            }
            ChatError::TooLarge { field, limit } => Self::new(Code::PayloadTooLarge, said)
                .at(format!("/{field}"), format!("is longer than {limit} characters")),
            ChatError::Conflict { .. } => Self::new(Code::Conflict, said),
            ChatError::Forbidden { .. } => Self::new(Code::Forbidden, said),
            ChatError::Maintenance { detail, seconds } => Self::maintenance(detail, seconds),
            ChatError::Spent { detail, seconds } => Self::rate_limited(detail, seconds),
            ChatError::Gone { .. } => Self::new(Code::Gone, said),
            ChatError::Offline => Self::new(Code::BrainOffline, said),
            ChatError::Busy | ChatError::ShuttingDown => Self::new(Code::Busy, said),
            ChatError::Brain(error) => brain(&error, said),
            ChatError::Store(_) => Self::internal(error),
        }
    }
}

/// What the model side failed with, where no reply could wait for it.
fn brain(error: &GatewayError, said: String) -> Problem {
    let code = match error {
        GatewayError::Busy => Code::Busy,
        error if error.is_unreachable() => Code::BrainOffline,
        error if error.is_timeout() => Code::BrainTimeout,
        _ => Code::BrainError,
    };
    Problem::new(code, said)
}

/// What a speech engine refused or failed with.
fn voice(error: &VoiceError, said: String) -> Problem {
    let at = |pointer: &str| Problem::new(Code::Unprocessable, said.clone()).at(pointer, said.clone());
    match error {
        VoiceError::NoEngine { .. } | VoiceError::Unreachable { .. } => {
            Problem::new(Code::BrainOffline, said)
        }
        VoiceError::Timeout { .. } => Problem::new(Code::BrainTimeout, said),
        VoiceError::Failed { .. } => Problem::new(Code::BrainError, said),
        VoiceError::Unreadable { .. } => at("/file"),
        VoiceError::UnknownVoice { .. } => at("/voice_id"),
        VoiceError::Busy => Problem::new(Code::Busy, said),
    }
}

impl From<CompanyError> for Problem {
    fn from(error: CompanyError) -> Self {
        let said = error.to_string();
        match error {
            CompanyError::Chat(error) => error.into(),
            CompanyError::NotFound { .. } | CompanyError::UnknownOverride(_) => Self::not_found(said),
            CompanyError::Invalid { field, detail } => Self::invalid(format!("/{field}"), detail),
            CompanyError::Conflict { .. } => Self::new(Code::Conflict, said),
            CompanyError::Forbidden { .. } => Self::new(Code::Forbidden, said),
            CompanyError::Unprocessable { field, detail } => {
                Self::new(Code::Unprocessable, said).at(format!("/{field}"), detail)
            }
            CompanyError::ImpossibleAt { pointer, detail } => {
                Self::new(Code::Unprocessable, said).at(pointer, detail)
            }
            CompanyError::Tool(ToolError::TimedOut { .. }) => Self::new(Code::ToolTimeout, said),
            CompanyError::Tool(_) => Self::new(Code::ToolError, said),
            CompanyError::Key(_) => Self::new(Code::Conflict, said),
            CompanyError::Voice(error) => voice(&error, said),
            CompanyError::Busy | CompanyError::ShuttingDown => Self::new(Code::Busy, said),
            CompanyError::Store(_) => Self::internal(error),
        }
    }
}

impl From<LogError> for Problem {
    fn from(error: LogError) -> Self {
        Self::internal(error)
    }
}
