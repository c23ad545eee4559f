//! The service.

use crate::CompanyError;
use chat_service::{Change, ChatService, Store};
use domain::Actor;

/// The company around the conversations. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Company {
    pub(crate) chat: ChatService,
}

impl Company {
    /// The company of a conversation service's database, at rest: for administration. Nothing runs by itself.
    pub const fn new(chat: ChatService) -> Self {
        Self { chat }
    }

    /// The company at work: takes up what the last run left, and goes on until the conversation service shuts down.
    ///
    /// # Errors
    /// When the database fails.
    #[expect(clippy::unused_async, reason = "what is taken up is read from the database")]
    pub async fn start(chat: ChatService) -> Result<Self, CompanyError> {
        let company = Self::new(chat);
        company.chat.spawn(company.clone().keep_clearing_expired());
        Ok(company)
    }

    pub(crate) fn store(&self) -> &Store {
        self.chat.store()
    }

    pub(crate) fn change(&self, actor: Actor) -> Change {
        Change::new(actor, self.chat.clock().now())
    }
}
