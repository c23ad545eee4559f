//! The helpers, tried on each other.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking, and their tasks end with the test's runtime"
)]

mod asking;
mod child;
mod faults;
mod lifecycle;
mod ollama;
mod openai;
mod pull;
mod socket;
