//! Whom a session is with.

use crate::Slug;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every value, in the order of the API.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word on the wire and in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The value of a word.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = String;
            /// The error lists the words that would do.
            fn from_str(word: &str) -> Result<Self, String> {
                Self::from_word(word).ok_or_else(|| format!("expected one of {}", [$($word),+].join(", ")))
            }
        }
    };
}
pub(crate) use words;

words!(
    /// The kind of counterpart.
    ScopeType {
        /// Daena herself.
        Executive = "executive",
        /// A department, through its spokesperson.
        Department = "department",
        /// One agent.
        Agent = "agent",
        /// A council.
        Council = "council",
        /// Nobody in particular.
        General = "general",
    }
);

words!(
    /// The drawer a session lies in. It follows from the scope and can be changed by hand.
    SessionCategory {
        /// Talks with Daena.
        Executive = "executive",
        /// Talks with departments.
        Departments = "departments",
        /// Talks with agents.
        Agents = "agents",
        /// Debates.
        Councils = "councils",
        /// All else.
        General = "general",
    }
);

/// Whom a session is with, for its whole life.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Daena.
    Executive,
    /// A department.
    Department(Slug),
    /// An agent, and the department it works in.
    Agent {
        /// Its slug.
        agent: Slug,
        /// Its department's.
        department: Slug,
    },
    /// A council.
    Council(Slug),
    /// Nobody in particular.
    General,
}

impl Scope {
    /// The kind.
    pub const fn scope_type(&self) -> ScopeType {
        match self {
            Self::Executive => ScopeType::Executive,
            Self::Department(_) => ScopeType::Department,
            Self::Agent { .. } => ScopeType::Agent,
            Self::Council(_) => ScopeType::Council,
            Self::General => ScopeType::General,
        }
    }

    /// The slug of the department, agent or council.
    pub fn scope_id(&self) -> Option<&str> {
        match self {
            Self::Executive | Self::General => None,
            Self::Department(slug) | Self::Council(slug) | Self::Agent { agent: slug, .. } => {
                Some(slug.as_str())
            }
        }
    }

    /// The department whose view shows the session: its own, and those of its agents.
    pub const fn department(&self) -> Option<&Slug> {
        match self {
            Self::Department(slug) | Self::Agent { department: slug, .. } => Some(slug),
            _ => None,
        }
    }

    /// The drawer a new session of this scope goes to.
    pub const fn category(&self) -> SessionCategory {
        match self {
            Self::Executive => SessionCategory::Executive,
            Self::Department(_) => SessionCategory::Departments,
            Self::Agent { .. } => SessionCategory::Agents,
            Self::Council(_) => SessionCategory::Councils,
            Self::General => SessionCategory::General,
        }
    }
}
