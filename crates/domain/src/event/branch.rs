//! What is told of branches.

use crate::view::MessageView;
use crate::{MessageId, SessionId};
use serde::{Deserialize, Serialize};

/// A user's message was written anew. The message as it was is aside, with all that followed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageEdited {
    /// The message as it was.
    pub instead_of: MessageId,
    /// The new one, which follows the same message.
    #[serde(flatten)]
    pub message: MessageView,
}

/// Messages that were aside are shown again. Who keeps the session's messages keeps those up to `follows`, and reads the
/// rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BranchSelected {
    /// Where.
    pub session_id: SessionId,
    /// The message whose branch was asked for.
    pub selected: MessageId,
    /// The message behind which the branch shown is another one; none when it is from the first message on.
    pub follows: Option<MessageId>,
    /// The newest message of the branch shown.
    pub tip: MessageId,
}
