//! The service.

use chat_service::{Change, ChatService, Store};
use domain::Actor;

/// The company around the conversations. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Company {
    pub(crate) chat: ChatService,
}

impl Company {
    /// The company of a conversation service's database.
    pub const fn new(chat: ChatService) -> Self {
        Self { chat }
    }

    pub(crate) fn store(&self) -> &Store {
        self.chat.store()
    }

    pub(crate) fn change(&self, actor: Actor) -> Change {
        Change::new(actor, self.chat.clock().now())
    }
}
