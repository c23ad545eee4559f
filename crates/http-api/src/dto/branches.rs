//! Branches: what is asked and answered.

use chat_service::{AlternativeList, EditMessage, OpenedSession, Regenerate};
use domain::view::MessageView;
use domain::{Alternatives, Message};
use serde::Deserialize;
use utoipa::ToSchema;

use super::MessageList;

/// A reply to make once more.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = Regenerate)]
pub(crate) struct RegenerateBody {
    /// The model to answer with: one that the brain has.
    #[schema(min_length = 1)]
    model: Option<String>,
    /// The sender's own id of the new reply: asking again joins the first time.
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    client_message_id: Option<String>,
    /// Whether the reply is to come as server-sent events.
    pub(crate) stream: Option<bool>,
}

impl RegenerateBody {
    pub(crate) fn with_key(self, key: Option<String>) -> Regenerate {
        Regenerate { model: self.model, client_message_id: self.client_message_id.or(key) }
    }
}

/// A message to write anew.
#[derive(Deserialize, ToSchema)]
#[schema(as = EditMessage)]
pub(crate) struct EditMessageBody {
    /// The text, kept to the letter. It is not blank, holds no NUL, and has at most 100,000
    /// characters, unless configured otherwise.
    #[schema(min_length = 1, pattern = r"^[^\x00]*\S[^\x00]*$")]
    content: String,
    /// The sender's own id of the new message: sending it again joins the first turn.
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    client_message_id: Option<String>,
    /// The model to answer with: one that the brain has.
    #[schema(min_length = 1)]
    model: Option<String>,
    /// Whether the reply is to come as server-sent events.
    pub(crate) stream: Option<bool>,
}

impl EditMessageBody {
    pub(crate) fn with_key(self, key: Option<String>) -> EditMessage {
        let client_message_id = self.client_message_id.or(key);
        EditMessage { text: self.content, client_message_id, model: self.model }
    }
}

/// A message with its place among its alternatives.
pub(crate) fn placed(message: Message, alternatives: Option<Alternatives>) -> MessageView {
    MessageView { alternatives, ..message.into() }
}

impl From<OpenedSession> for MessageList {
    fn from(opened: OpenedSession) -> Self {
        let view = |message: Message| {
            let alternatives = opened.alternatives.get(&message.id).copied();
            placed(message, alternatives)
        };
        Self {
            messages: opened.messages.items.into_iter().map(view).collect(),
            next_cursor: opened.messages.next.map(|next| next.to_string()),
            as_of: opened.as_of,
        }
    }
}

impl From<AlternativeList> for MessageList {
    fn from(list: AlternativeList) -> Self {
        let AlternativeList { page, first, count, as_of } = list;
        let among = |position| Some(Alternatives { position, count }).filter(|_| count > 1);
        let messages = page.items.into_iter().zip(first..);
        Self {
            messages: messages.map(|(message, position)| placed(message, among(position))).collect(),
            next_cursor: page.next.map(|next| next.to_string()),
            as_of,
        }
    }
}
