//! A department.

use crate::scope::words;
use crate::{Slug, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

words!(
    /// Whether a department works.
    DepartmentStatus {
        /// It answers.
        Active = "active",
        /// It is switched off.
        Disabled = "disabled",
    }
);

/// A department of the company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Department {
    /// Its stable name.
    pub slug: Slug,
    /// The name people see.
    pub name: String,
    /// What it does.
    pub description: String,
    /// Its colour, `#RRGGBB`.
    pub color: String,
    /// Whether it works.
    pub status: DepartmentStatus,
    /// Left out of lists unless asked for.
    pub hidden: bool,
    /// The agent that answers for it.
    pub spokesperson_id: Option<Slug>,
    /// Its place among the departments.
    pub position: i32,
    /// How many agents it has; counted, never set.
    pub agent_count: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}
