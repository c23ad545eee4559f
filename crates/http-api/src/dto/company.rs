//! Departments and agents as they are made and changed, and what agents do.

use crate::extract::{cleared, given};
use company_service::{AgentEdit, DepartmentEdit, NewAgent, NewDepartment};
use domain::view::ActivityView;
use domain::{AgentStatus, DepartmentStatus, Page, Position, Slug};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A department to make.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewDepartment)]
pub(crate) struct NewDepartmentBody {
    /// Its stable name; without one it is made from the name.
    #[schema(pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", max_length = 64)]
    slug: Option<String>,
    /// 1 to 80 characters on one line.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
    #[schema(max_length = 2000)]
    description: Option<String>,
    /// `#RRGGBB`.
    #[schema(pattern = "^#[0-9A-Fa-f]{6}$")]
    color: Option<String>,
    status: Option<DepartmentStatus>,
    hidden: Option<bool>,
    /// Its place; without one it is the last.
    #[schema(minimum = 0)]
    position: Option<i64>,
}

impl From<NewDepartmentBody> for NewDepartment {
    fn from(body: NewDepartmentBody) -> Self {
        let NewDepartmentBody { slug, name, description, color, status, hidden, position } = body;
        Self { slug, name, description, color, status, hidden, position }
    }
}

/// What is to change of a department; what is not named stays.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = DepartmentEdit)]
#[serde(default)]
pub(crate) struct EditDepartment {
    /// 1 to 80 characters on one line. The slug stays.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = String, min_length = 1, max_length = 80)]
    name: Option<String>,
    /// Null for none.
    #[serde(deserialize_with = "cleared")]
    #[schema(value_type = Option<String>, max_length = 2000)]
    description: Option<Option<String>>,
    /// `#RRGGBB`.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = String, pattern = "^#[0-9A-Fa-f]{6}$")]
    color: Option<String>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = DepartmentStatus)]
    status: Option<DepartmentStatus>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = bool)]
    hidden: Option<bool>,
    /// An agent of it; null for nobody in particular.
    #[serde(deserialize_with = "cleared")]
    #[schema(value_type = Option<String>)]
    spokesperson_id: Option<Option<Slug>>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = i64, minimum = 0)]
    position: Option<i64>,
}

impl From<EditDepartment> for DepartmentEdit {
    fn from(body: EditDepartment) -> Self {
        let EditDepartment { name, description, color, status, hidden, spokesperson_id, position } = body;
        let description = description.map(Option::unwrap_or_default);
        Self { name, description, color, status, hidden, spokesperson_id, position }
    }
}

/// An agent to make.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewAgent)]
pub(crate) struct NewAgentBody {
    /// Its stable name; without one it is made from the department's and the name.
    #[schema(pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", max_length = 64)]
    slug: Option<String>,
    /// 1 to 80 characters on one line.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
    /// Its job; 1 to 80 characters on one line.
    #[schema(min_length = 1, max_length = 80)]
    role: String,
    /// Its kind of work: technical, strategic, creative, analytical, sales, support (unless named) or legal.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// The department it works in.
    department_id: String,
    /// Idle or disabled.
    status: Option<AgentStatus>,
    /// A model of its own; one that the brain lists, while it is there.
    #[schema(max_length = 256)]
    model: Option<String>,
    /// Instructions of its own.
    #[schema(max_length = 20000)]
    system_prompt: Option<String>,
    /// Settings for the model.
    #[schema(value_type = Option<Object>)]
    params: Option<Map<String, Value>>,
    /// A voice of its own.
    #[schema(max_length = 200)]
    voice_id: Option<String>,
    #[schema(max_length = 2000)]
    description: Option<String>,
}

impl From<NewAgentBody> for NewAgent {
    fn from(body: NewAgentBody) -> Self {
        let edit = AgentEdit {
            name: Some(body.name),
            role: Some(body.role),
            kind: body.kind,
            department_id: None,
            status: body.status,
            model: body.model.map(Some),
            system_prompt: body.system_prompt.map(Some),
            params: body.params,
            voice_id: body.voice_id.map(Some),
            description: body.description,
        };
        Self { slug: body.slug, department_id: body.department_id, edit }
    }
}

/// What is to change of an agent; what is not named stays.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = AgentEdit)]
#[serde(default)]
pub(crate) struct EditAgent {
    /// 1 to 80 characters on one line. The slug stays.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = String, min_length = 1, max_length = 80)]
    name: Option<String>,
    /// Its job; 1 to 80 characters on one line.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = String, min_length = 1, max_length = 80)]
    role: Option<String>,
    /// Its kind of work: technical, strategic, creative, analytical, sales, support or legal.
    #[serde(rename = "type", deserialize_with = "given")]
    #[schema(value_type = String)]
    kind: Option<String>,
    /// The department it moves to.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = String)]
    department_id: Option<String>,
    /// Idle or disabled; pausing and resuming have paths of their own.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = AgentStatus)]
    status: Option<AgentStatus>,
    /// A model of its own, one that the brain lists, while it is there; null for the active one.
    #[serde(deserialize_with = "cleared")]
    #[schema(value_type = Option<String>, max_length = 256)]
    model: Option<Option<String>>,
    /// Instructions of its own; null for none.
    #[serde(deserialize_with = "cleared")]
    #[schema(value_type = Option<String>, max_length = 20000)]
    system_prompt: Option<Option<String>>,
    /// Settings for the model; null for none.
    #[serde(deserialize_with = "cleared")]
    #[schema(value_type = Option<Object>)]
    params: Option<Option<Map<String, Value>>>,
    /// A voice of its own; null for none.
    #[serde(deserialize_with = "cleared")]
    #[schema(value_type = Option<String>, max_length = 200)]
    voice_id: Option<Option<String>>,
    /// Null for none.
    #[serde(deserialize_with = "cleared")]
    #[schema(value_type = Option<String>, max_length = 2000)]
    description: Option<Option<String>>,
}

impl From<EditAgent> for AgentEdit {
    fn from(body: EditAgent) -> Self {
        Self {
            name: body.name,
            role: body.role,
            kind: body.kind,
            department_id: body.department_id,
            status: body.status,
            model: body.model,
            system_prompt: body.system_prompt,
            params: body.params.map(Option::unwrap_or_default),
            voice_id: body.voice_id,
            description: body.description.map(Option::unwrap_or_default),
        }
    }
}

/// What agents do and have done.
#[derive(Serialize, ToSchema)]
pub(crate) struct ActivityList {
    agents: Vec<ActivityView>,
    /// The cursor of the next page.
    next_cursor: Option<String>,
    /// Nothing up to this position is missing.
    as_of: Position,
}

impl ActivityList {
    pub(crate) fn new(page: Page<ActivityView, Slug>, as_of: Position) -> Self {
        Self { agents: page.items, next_cursor: page.next.map(|next| next.to_string()), as_of }
    }
}
