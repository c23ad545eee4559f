//! What a search finds.

use super::{MessageView, SessionView};
use serde::{Deserialize, Serialize};

/// A hit of a search on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SearchHit))]
pub struct SearchHitView {
    /// The session it lies in.
    pub session: SessionView,
    /// The message; null when the session's title was found.
    pub message: Option<MessageView>,
    /// The text around the first match, as HTML: about 160 characters, matches between `<mark>` and `</mark>`, everything
    /// else escaped.
    pub snippet: String,
}
