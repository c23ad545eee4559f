//! Servers that are programs on this machine.

mod lines;
mod program;
mod tail;

pub(crate) use lines::Lines;
pub(crate) use program::Program;
