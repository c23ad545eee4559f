//! The gateway with scripted and real servers.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may stop at the first surprise, and says what it skips"
)]

mod bridge;
mod calls;
mod faults;
mod http;
mod programs;
mod real;
mod secrets;
mod settings;
