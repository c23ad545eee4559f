//! What a request says, as domain types.

mod field;
mod json;
mod path;
mod query;
mod text;
mod upload;

pub(crate) use field::{cleared, given};
pub(crate) use json::{Json, JsonAndBytes, OptionalJson, field_of, read_body};
pub(crate) use path::{
    AgentPath, ApprovalPath, ConnectionPath, CouncilPath, DebatePath, DepartmentPath, HistoryPath,
    ImportPath, MemberPath, MessagePath, OverridePath, PullPath, SessionPath, SettingPath, TaskPath,
    ToolPath,
};
pub(crate) use query::{FromQuery, Parameters, Query};
pub(crate) use text::unknown_id;
pub(crate) use upload::Upload;
