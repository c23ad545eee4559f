//! What is told of councils.

use crate::view::MessageView;
use crate::{MemberId, SessionId, Slug};
use serde::{Deserialize, Serialize};

/// A council was deleted, its members with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CouncilDeleted {
    /// Which.
    pub slug: Slug,
}

/// A member left its council.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberDeleted {
    /// Which.
    pub id: MemberId,
    /// Its council.
    pub council_id: Slug,
}

/// Something was said in a debate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DebateMessage {
    /// Where.
    pub debate_id: SessionId,
    /// By whose council.
    pub council_id: Slug,
    /// In which round.
    pub round: i32,
    /// What.
    pub message: MessageView,
}
