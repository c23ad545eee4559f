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
mod books;
mod branches;
mod browser;
mod commands;
mod company;
mod connections;
mod councils;
mod durability;
mod events;
mod every_change;
mod faults;
mod founder;
mod fuzz;
mod hostile_input;
mod mcp;
mod models;
mod offline;
mod openai_wire;
mod page;
mod page_tools;
mod page_voice;
mod prompts;
mod repeats;
mod search;
mod seed;
mod sessions;
mod shutdown;
mod slow_sockets;
mod sockets;
mod startup;
mod strangers;
mod streams;
mod tasks;
mod tools;
mod turns;
mod upkeep;
mod usage;
mod voice;
