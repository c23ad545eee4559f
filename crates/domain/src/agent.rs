//! An agent.

use crate::scope::words;
use crate::{Slug, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

words!(
    /// What an agent is doing.
    AgentStatus {
        /// Ready.
        Idle = "idle",
        /// At work on a task or a reply.
        Working = "working",
        /// Paused by the Founder.
        Paused = "paused",
        /// Switched off.
        Disabled = "disabled",
    }
);

/// An agent of a department.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// Its stable name: department, hyphen, name.
    pub slug: Slug,
    /// The name people see.
    pub name: String,
    /// Its job, such as "Chief Engineer".
    pub role: String,
    /// Its kind of work: technical, strategic, creative, analytical, sales, support or legal.
    pub kind: String,
    /// Its department.
    pub department_id: Slug,
    /// What it is doing.
    pub status: AgentStatus,
    /// A model of its own; none means the active one.
    pub model: Option<String>,
    /// Instructions of its own, added to what its role gives.
    pub system_prompt: Option<String>,
    /// Settings for the model, as a JSON object.
    pub params: serde_json::Map<String, serde_json::Value>,
    /// A voice of its own.
    pub voice_id: Option<String>,
    /// What it is for.
    pub description: String,
    /// Its place in the department.
    pub position: i32,
    /// When it last answered.
    pub last_seen: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}
