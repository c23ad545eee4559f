//! The service through its public API, over a real file, against a scripted model or a scripted model server on a socket.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test may stop at the first surprise, and spawns tasks of its own"
)]

mod branches;
mod budgets;
mod checkpoints;
mod commands;
mod crash;
mod deferred;
mod departments;
mod embedded;
mod emergency;
mod failures;
mod house;
mod limits;
mod live_signals;
mod offline;
mod order;
mod prompts;
mod refusals;
mod repeats;
mod replica;
mod retries;
mod rules;
mod search;
mod sessions;
mod shutdown;
mod speaking;
mod stopping;
mod streaming;
mod tools;
mod transfer;
mod turns;
mod usage;
