//! A council and who sits in it.

use crate::{MemberId, Slug, Timestamp};

/// A panel of experts that debates a topic and writes one recommendation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Council {
    /// Its stable name.
    pub slug: Slug,
    /// The name people see.
    pub name: String,
    /// What it is asked about.
    pub description: String,
    /// Its colour, `#RRGGBB`.
    pub color: String,
    /// Its place among the councils.
    pub position: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Council {
    /// The most members a council may have.
    pub const MOST_MEMBERS: usize = 12;
}

/// A member of a council: a role to speak from, no person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CouncilMember {
    /// Its id; renaming leaves it alone.
    pub id: MemberId,
    /// Its council.
    pub council_id: Slug,
    /// The name people see.
    pub name: String,
    /// Its expertise, such as "Value Investor".
    pub role: String,
    /// How it thinks and speaks.
    pub persona: String,
    /// The school of thought the persona comes from.
    pub persona_source: String,
    /// Whether it takes part in debates.
    pub enabled: bool,
    /// Its place in the council; members speak in this order.
    pub position: i32,
    /// A model of its own; none means the active one.
    pub model: Option<String>,
    /// Which member of the seed it is, whatever its name became.
    pub seed_key: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}
