//! Servers that are programs on this machine.

mod lines;
mod minder;
mod program;
mod tail;

pub(crate) use lines::Lines;
pub use minder::mind;
pub(crate) use program::Program;
