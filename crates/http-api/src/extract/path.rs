//! Ids in paths. A text that is no id names nothing: 404, like an id that nothing has.

use super::unknown_id;
use crate::problem::Problem;
use actix_web::dev::Payload;
use actix_web::web;
use actix_web::{FromRequest, HttpRequest};
use domain::{
    ClipId, ConnectionId, ImportId, MemberId, MessageId, PullId, SampleId, SessionId, Slug, TaskId,
    ToolCallId,
};
use serde::Deserialize;
use std::future::{Ready, ready};
use utoipa::IntoParams;

macro_rules! in_path {
    ($($(#[$doc:meta])* $name:ident($id:ty) = $parameter:literal, $what:literal;)+) => {$(
        $(#[$doc])*
        #[derive(IntoParams)]
        #[into_params(names($parameter), parameter_in = Path)]
        pub(crate) struct $name(pub(crate) $id);

        impl FromRequest for $name {
            type Error = Problem;
            type Future = Ready<Result<Self, Problem>>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                let text = request.match_info().get($parameter).unwrap_or_default();
                ready(text.parse().map(Self).map_err(|_| unknown_id($what, text)))
            }
        }
    )+};
}

in_path! {
    /// The session a path names.
    SessionPath(SessionId) = "session_id", "session";
    /// The session a path of the archive names.
    HistoryPath(SessionId) = "id", "session";
    /// The message a path names.
    MessagePath(MessageId) = "id", "message";
    /// The department a path names.
    DepartmentPath(Slug) = "slug", "department";
    /// The agent a path names.
    AgentPath(Slug) = "slug", "agent";
    /// The override a path names.
    OverridePath(String) = "key", "override";
    /// The setting a path names.
    SettingPath(String) = "key", "setting";
    /// The council a path names.
    CouncilPath(Slug) = "slug", "council";
    /// The connection a path names.
    ConnectionPath(ConnectionId) = "id", "connection";
    /// The task a path names.
    TaskPath(TaskId) = "id", "task";
    /// The pull a path names.
    PullPath(PullId) = "id", "pull";
    /// The call of a tool a path names.
    ApprovalPath(ToolCallId) = "call_id", "approval";
    /// The member of a council a path names.
    MemberPath(MemberId) = "id", "member";
    /// The import a path names.
    ImportPath(ImportId) = "id", "import";
    /// The debate a path names.
    DebatePath(SessionId) = "id", "debate";
    /// The sample of a voice a path names.
    SamplePath(SampleId) = "id", "voice sample";
    /// The clip a path names.
    ClipPath(ClipId) = "id", "clip";
}

/// The tool a path names. Its name is its server's, and may hold what a path writes as `%2F`.
#[derive(IntoParams)]
#[into_params(names("name"), parameter_in = Path)]
pub(crate) struct ToolPath(pub(crate) String);

#[derive(Deserialize)]
struct Named {
    name: String,
}

impl FromRequest for ToolPath {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let named = web::Path::<Named>::from_request(request, payload).into_inner();
        ready(match named {
            Ok(named) => Ok(Self(named.into_inner().name)),
            Err(_) => Err(unknown_id("tool", request.match_info().get("name").unwrap_or_default())),
        })
    }
}
