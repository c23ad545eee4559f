//! Approvals: what is asked and answered.

use chat_service::PutCall;
use domain::Position;
use domain::view::ApprovalView;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A yes.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = Approve)]
pub(crate) struct ApproveBody {
    /// Whether this tool need not ask again.
    pub(crate) always: Option<bool>,
}

/// A no.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = Refuse)]
pub(crate) struct RefuseBody {
    /// Words for the model.
    #[schema(max_length = 2000, pattern = r"^[^\x00]*$")]
    pub(crate) reason: Option<String>,
}

/// A page of approvals, the newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct ApprovalList {
    approvals: Vec<ApprovalView>,
    /// The cursor of the next page.
    next_cursor: Option<String>,
    /// Nothing up to this position is missing.
    as_of: Position,
}

impl From<chat_service::ApprovalList> for ApprovalList {
    fn from(list: chat_service::ApprovalList) -> Self {
        Self {
            approvals: list.page.items.into_iter().map(approval).collect(),
            next_cursor: list.page.next.map(|next| next.to_string()),
            as_of: list.as_of,
        }
    }
}

/// A call as it was put to the Founder.
pub(crate) fn approval(put: PutCall) -> ApprovalView {
    ApprovalView { call: put.call.into(), speaker: put.speaker, session_title: put.session_title }
}
