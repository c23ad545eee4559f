//! The API as a client sees it: the real server on a free port, over a real database in a temporary folder.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]
#![allow(clippy::disallowed_methods, reason = "a test's own tasks end with it")]

mod audit;
mod branches;
mod closed;
mod company;
mod councils;
mod documents;
mod events;
mod exports;
mod founder;
mod gate;
mod history;
mod house;
mod idempotency;
mod imports;
mod lists;
mod malformed;
mod messages;
mod search;
mod shutdown;
mod sockets;
mod streams;
mod system;
mod turns;
mod upkeep;
mod usage;
