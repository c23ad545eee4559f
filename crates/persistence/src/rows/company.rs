//! Departments, agents and categories.

use super::{slug, word};
use crate::StoreError;
use crate::schema::{agents, categories, departments};
use diesel::prelude::*;
use domain::{Agent, Category, Department, Timestamp};

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = departments, treat_none_as_null = true)]
pub(crate) struct DepartmentRow {
    pub(crate) slug: String,
    name: String,
    description: String,
    color: String,
    status: String,
    hidden: bool,
    spokesperson_id: Option<String>,
    position: i32,
    created_at: i64,
    updated_at: i64,
}

impl From<&Department> for DepartmentRow {
    fn from(department: &Department) -> Self {
        Self {
            slug: department.slug.to_string(),
            name: department.name.clone(),
            description: department.description.clone(),
            color: department.color.clone(),
            status: department.status.as_str().to_owned(),
            hidden: department.hidden,
            spokesperson_id: department.spokesperson_id.as_ref().map(ToString::to_string),
            position: department.position,
            created_at: department.created_at.as_micros(),
            updated_at: department.updated_at.as_micros(),
        }
    }
}

impl DepartmentRow {
    /// The department, with the number of its agents, which stands in their rows.
    pub(crate) fn into_department(self, agent_count: i64) -> Result<Department, StoreError> {
        Ok(Department {
            slug: slug(&self.slug)?,
            name: self.name,
            description: self.description,
            color: self.color,
            status: word("department status", &self.status)?,
            hidden: self.hidden,
            spokesperson_id: self.spokesperson_id.as_deref().map(slug).transpose()?,
            position: self.position,
            agent_count,
            created_at: Timestamp::from_micros(self.created_at),
            updated_at: Timestamp::from_micros(self.updated_at),
        })
    }
}

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = agents, treat_none_as_null = true)]
pub(crate) struct AgentRow {
    pub(crate) slug: String,
    name: String,
    role: String,
    kind: String,
    department_id: String,
    status: String,
    model: Option<String>,
    system_prompt: Option<String>,
    params: String,
    voice_id: Option<String>,
    description: String,
    position: i32,
    last_seen: Option<i64>,
    created_at: i64,
    updated_at: i64,
}

impl From<&Agent> for AgentRow {
    fn from(agent: &Agent) -> Self {
        Self {
            slug: agent.slug.to_string(),
            name: agent.name.clone(),
            role: agent.role.clone(),
            kind: agent.kind.clone(),
            department_id: agent.department_id.to_string(),
            status: agent.status.as_str().to_owned(),
            model: agent.model.clone(),
            system_prompt: agent.system_prompt.clone(),
            params: serde_json::Value::Object(agent.params.clone()).to_string(),
            voice_id: agent.voice_id.clone(),
            description: agent.description.clone(),
            position: agent.position,
            last_seen: agent.last_seen.map(Timestamp::as_micros),
            created_at: agent.created_at.as_micros(),
            updated_at: agent.updated_at.as_micros(),
        }
    }
}

impl TryFrom<AgentRow> for Agent {
    type Error = StoreError;
    fn try_from(row: AgentRow) -> Result<Self, StoreError> {
        let params = serde_json::from_str(&row.params)
            .map_err(|_| StoreError::Corrupt { what: "agent's params", value: row.params })?;
        Ok(Self {
            slug: slug(&row.slug)?,
            name: row.name,
            role: row.role,
            kind: row.kind,
            department_id: slug(&row.department_id)?,
            status: word("agent status", &row.status)?,
            model: row.model,
            system_prompt: row.system_prompt,
            params,
            voice_id: row.voice_id,
            description: row.description,
            position: row.position,
            last_seen: row.last_seen.map(Timestamp::from_micros),
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
        })
    }
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = categories)]
pub(crate) struct CategoryRow {
    name: String,
    title: String,
    color: String,
    position: i32,
}

impl From<&Category> for CategoryRow {
    fn from(category: &Category) -> Self {
        Self {
            name: category.name.clone(),
            title: category.title.clone(),
            color: category.color.clone(),
            position: category.position,
        }
    }
}

impl From<CategoryRow> for Category {
    fn from(row: CategoryRow) -> Self {
        Self { name: row.name, title: row.title, color: row.color, position: row.position }
    }
}
