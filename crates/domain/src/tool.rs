//! Tools of the company's connections, and the calls that are made of them.

use crate::scope::words;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

words!(
    /// What calling a tool can do to the world.
    ToolAccess {
        /// It only looks.
        Read = "read",
        /// It adds or changes something.
        Write = "write",
        /// It can undo what is there.
        Destructive = "destructive",
    }
);

words!(
    /// Whether the Founder is asked before a tool is called. Nothing here forbids a tool: what is not granted is not
    /// offered.
    ToolApproval {
        /// Each time.
        Ask = "ask",
        /// No longer: the Founder said yes to this tool, as it was then, for always.
        Always = "always",
        /// Never: it is called as soon as somebody asks for it.
        Never = "never",
    }
);

impl ToolApproval {
    /// Whether a call waits for the Founder.
    pub const fn waits(self) -> bool {
        matches!(self, Self::Ask)
    }
}
