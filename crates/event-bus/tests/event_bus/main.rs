//! The bus as its subscribers see it.

mod delivery;
mod memory;
mod replay;
mod reset;
mod signals;
