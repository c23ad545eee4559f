//! The real binary over HTTP and WebSocket.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests fail by panicking, and print what they measured"
)]

mod api;
mod company;
mod durability;
mod events;
mod faults;
mod fuzz;
mod hostile_input;
mod offline;
mod seed;
mod sessions;
mod sockets;
mod startup;
mod streams;
mod turns;
