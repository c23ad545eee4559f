//! Drawers of the chat history.

/// A drawer of the chat history: `executive`, `general`, `departments`, `agents`, or `department:<slug>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Its stable name.
    pub name: String,
    /// The title people see.
    pub title: String,
    /// Its colour, `#RRGGBB`.
    pub color: String,
    /// Its place among the categories.
    pub position: i32,
}
