//! How a turn is asked for, besides its body.

use crate::edge::RequestId;
use crate::idempotency;
use crate::problem::Problem;
use actix_web::dev::Payload;
use actix_web::http::header::ACCEPT;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use std::future::{Ready, ready};

/// What a turn's headers say, and what its late problems must name.
pub(crate) struct Caller {
    /// The idempotency key: it is the message's id when the body names none, and joins as durably.
    pub(crate) message_id: Option<String>,
    /// Whether server-sent events are accepted.
    pub(crate) accepts_events: bool,
    /// Where it asked.
    pub(crate) place: Place,
}

/// What a problem names that is told of after the answer has begun.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) instance: String,
    pub(crate) request_id: String,
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let accept = request.headers().get_all(ACCEPT).filter_map(|value| value.to_str().ok());
        let accepts_events = accept
            .flat_map(|value| value.split(','))
            .any(|kind| kind.split(';').next().is_some_and(|kind| kind.trim() == "text/event-stream"));
        let key = idempotency::key(request.headers());
        let place = Place::of(request);
        ready(key.map(|key| Self { message_id: key.map(idempotency::message_id), accepts_events, place }))
    }
}

impl Place {
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let id = request.extensions().get::<RequestId>().map(|id| id.as_str().to_owned());
        Self { instance: request.path().to_owned(), request_id: id.unwrap_or_default() }
    }
}

impl FromRequest for Place {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}
