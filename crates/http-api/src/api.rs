//! What every handler works with.

use crate::extract::RecordingRoom;
use crate::idempotency::RunningKeys;
use crate::metrics::Metrics;
use crate::{ApiSettings, Origin, Page, Token};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use chat_service::ChatService;
use company_service::Company;
use std::future::{Ready, ready};
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

use crate::problem::Problem;

/// The services, and what the edge keeps. One for all workers; cheap to clone.
#[derive(Clone)]
pub(crate) struct Api(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) chat: ChatService,
    pub(crate) company: Company,
    pub(crate) metrics: Metrics,
    pub(crate) keys: RunningKeys,
    pub(crate) gate: Gate,
    pub(crate) room: RecordingRoom,
    pub(crate) heartbeat: Duration,
    pub(crate) stall: Duration,
    /// Cancelled when the server shuts down: sockets say goodbye, endless streams end.
    pub(crate) closing: CancellationToken,
}

/// Who may ask at all.
pub(crate) struct Gate {
    pub(crate) token: Option<Token>,
    pub(crate) allowed_origins: Vec<Origin>,
    /// Whether only the names of this machine are answered.
    pub(crate) loopback: bool,
    /// What anybody may ask for.
    pub(crate) page: Page,
}

impl Api {
    pub(crate) fn new(settings: &ApiSettings, chat: ChatService, company: Company) -> Self {
        let gate = Gate {
            token: settings.token.clone(),
            allowed_origins: settings.allowed_origins.clone(),
            loopback: settings.addresses.iter().all(|address| address.ip().is_loopback()),
            page: settings.page.clone(),
        };
        let room = RecordingRoom::for_recordings_of(company.voice_gateway().limits().max_audio_bytes);
        Self(Arc::new(Shared {
            chat,
            company,
            metrics: Metrics::new(),
            keys: RunningKeys::default(),
            gate,
            room,
            heartbeat: settings.heartbeat,
            stall: settings.stall,
            closing: CancellationToken::new(),
        }))
    }
}

impl Deref for Api {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl FromRequest for Api {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match request.app_data::<Self>() {
            Some(api) => Ok(api.clone()),
            None => Err(Problem::internal("the application was built without its state")),
        })
    }
}
