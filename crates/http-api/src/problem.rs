//! Refusals and failures, as RFC 9457 problem documents.

mod document;
mod from_service;
mod openai;

pub(crate) use document::{FieldError, ProblemDocument, render};
pub(crate) use openai::{OpenAiErrorDocument, openai_error};

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use domain::view::MessageView;
use domain::{FailureCode, SessionId};
use serde::Serialize;
use std::borrow::Cow;
use std::fmt;
use utoipa::ToSchema;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $status:ident, $title:literal;)+) => {
        /// The stable codes: what a program may rely on. One table of code, status and title.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Code { $($(#[$doc])* $variant,)+ }

        impl Code {
            /// All of them.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word on the wire.
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The HTTP status.
            pub(crate) const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)+ }
            }

            /// What it means in general.
            pub(crate) const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }
        }
    };
}

codes! {
    InvalidRequest = "invalid_request", BAD_REQUEST, "The request is not well formed";
    Unauthorized = "unauthorized", UNAUTHORIZED, "A valid token is needed";
    Forbidden = "forbidden", FORBIDDEN, "This is not allowed";
    NotFound = "not_found", NOT_FOUND, "There is no such thing";
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "The path does not take this method";
    Conflict = "conflict", CONFLICT, "The state of things does not allow this";
    Gone = "gone", GONE, "This is no longer kept";
    PayloadTooLarge = "payload_too_large", PAYLOAD_TOO_LARGE, "The request is too large";
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The body's type is not understood";
    Unprocessable = "unprocessable", UNPROCESSABLE_ENTITY, "A value cannot be";
    RateLimited = "rate_limited", TOO_MANY_REQUESTS, "Too much was used";
    Internal = "internal", INTERNAL_SERVER_ERROR, "The server failed";
    BrainError = "brain_error", BAD_GATEWAY, "The model failed";
    Busy = "busy", SERVICE_UNAVAILABLE, "Too much is under way";
    BrainOffline = "brain_offline", SERVICE_UNAVAILABLE, "The brain is offline";
    Maintenance = "maintenance", SERVICE_UNAVAILABLE, "Nothing can be changed for a while";
    BrainTimeout = "brain_timeout", GATEWAY_TIMEOUT, "The model took too long";
    ToolError = "tool_error", BAD_GATEWAY, "The server of the tool failed";
    ToolTimeout = "tool_timeout", GATEWAY_TIMEOUT, "The tool took too long";
}

impl From<FailureCode> for Code {
    fn from(code: FailureCode) -> Self {
        match code {
            FailureCode::BrainError => Self::BrainError,
            FailureCode::BrainTimeout => Self::BrainTimeout,
        }
    }
}

/// What a turn that failed still has to show.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FailedTurn {
    /// The session.
    pub(crate) session_id: SessionId,
    /// The message, which stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_message: Option<MessageView>,
    /// The reply, with its text so far and its error.
    pub(crate) reply: MessageView,
}

/// A refusal or a failure on its way to the client. It becomes a document where the request's id and path are known.
#[derive(Debug)]
pub(crate) struct Problem(Box<Parts>);

#[derive(Debug)]
struct Parts {
    code: Code,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    turn: Option<FailedTurn>,
    allow: Option<String>,
    /// Whether a body that was packed could not be read.
    packed: bool,
    /// Seconds after which it may be tried again, where that is not at once.
    retry_after: Option<i64>,
    source: Option<Box<dyn std::error::Error>>,
}

impl Problem {
    /// Whether what was asked for may have been done all the same: somebody else was asked to do it.
    pub(crate) fn may_have_happened(&self) -> bool {
        matches!(self.0.code, Code::ToolError | Code::ToolTimeout)
    }

    pub(crate) fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Parts {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            turn: None,
            allow: None,
            packed: false,
            retry_after: None,
            source: None,
        }))
    }

    /// A value of the wrong form; `pointer` is a JSON pointer into the body, or `/` and the name of a parameter.
    pub(crate) fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Code::InvalidRequest, Code::InvalidRequest.title()).at(pointer, detail)
    }

    pub(crate) fn not_found(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::NotFound, detail)
    }

    pub(crate) fn method_not_allowed(allow: &str) -> Self {
        let mut problem = Self::new(Code::MethodNotAllowed, format!("this path takes {allow}"));
        problem.0.allow = Some(allow.to_owned());
        problem
    }

    /// A body in a coding that is not read here; the answer says which one is.
    pub(crate) fn packed(coding: &str) -> Self {
        let detail = format!("Content-Encoding {coding}: send the body as it is, without one");
        let mut problem = Self::new(Code::UnsupportedMediaType, detail);
        problem.0.packed = true;
        problem
    }

    /// Maintenance; it lasts so many seconds, where that is known.
    pub(crate) fn maintenance(detail: String, seconds: Option<i64>) -> Self {
        const UNKNOWN: i64 = 60;
        let mut problem = Self::new(Code::Maintenance, detail);
        problem.0.retry_after = Some(seconds.unwrap_or(UNKNOWN));
        problem
    }

    /// Too much was used; it is free again in so many seconds.
    pub(crate) fn rate_limited(detail: String, seconds: i64) -> Self {
        let mut problem = Self::new(Code::RateLimited, detail);
        problem.0.retry_after = Some(seconds);
        problem
    }

    /// Something the client can do nothing about. The source is logged and never told.
    pub(crate) fn internal(source: impl Into<Box<dyn std::error::Error>>) -> Self {
        let mut problem = Self::new(Code::Internal, "the request failed here; the log says why");
        problem.0.source = Some(source.into());
        problem
    }

    /// Adds which value it is about.
    #[must_use]
    pub(crate) fn at(mut self, pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        let error = FieldError { pointer: pointer.into(), detail: detail.into() };
        if self.0.errors.is_empty() && !error.pointer.is_empty() {
            self.0.detail = format!("{}: {}", error.pointer.trim_start_matches('/'), error.detail).into();
        } else if self.0.errors.is_empty() {
            self.0.detail = error.detail.clone().into();
        }
        self.0.errors.push(error);
        self
    }

    /// Adds what there is of the turn.
    #[must_use]
    pub(crate) fn with_turn(mut self, turn: FailedTurn) -> Self {
        self.0.turn = Some(turn);
        self
    }

    /// What it says, for where no document can be sent. Logs, as the document would, what is the server's own fault.
    pub(crate) fn tell(&self, instance: &str) -> String {
        document::log(self, instance, "");
        self.to_string()
    }

    /// The same problem where the request calls a value by another name.
    #[must_use]
    pub(crate) fn renamed(mut self, from: &str, to: &str) -> Self {
        for error in self.0.errors.iter_mut().filter(|error| error.pointer == from) {
            to.clone_into(&mut error.pointer);
            let name = to.trim_start_matches('/');
            self.0.detail = format!("{name}: {}", error.detail).into();
        }
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code.as_str(), self.0.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.code.status()
    }

    /// Empty: the edge writes the document, which knows the request.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

/// Any other error that reaches the edge, such as one of the web framework's own.
pub(crate) fn of_status(status: StatusCode) -> Problem {
    let code = Code::ALL.iter().copied().find(|code| code.status() == status);
    match code {
        Some(code) => Problem::new(code, code.title()),
        None if status.is_server_error() => Problem::new(Code::Internal, Code::Internal.title()),
        None => {
            Problem::new(Code::InvalidRequest, status.canonical_reason().unwrap_or("the request was refused"))
        }
    }
}
