//! What a request says, as domain types.

mod encoding;
mod field;
mod json;
mod path;
mod query;
mod recording;
mod text;
mod upload;

pub(crate) use field::{cleared, given};
pub(crate) use json::{Json, JsonAndBytes, OptionalJson, field_of, read_body};
pub(crate) use path::{
    AgentPath, ApprovalPath, ClipPath, ConnectionPath, CouncilPath, DebatePath, DepartmentPath, HistoryPath,
    ImportPath, MemberPath, MessagePath, OverridePath, PullPath, SamplePath, SessionPath, SettingPath,
    TaskPath, ToolPath,
};
pub(crate) use query::{FromQuery, Parameters, Query};
pub(crate) use recording::{Recording, RecordingRoom, Spoken, session_of};
pub(crate) use text::unknown_id;
pub(crate) use upload::Upload;
