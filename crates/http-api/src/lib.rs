#![doc = include_str!("../README.md")]

mod answer;
mod api;
mod caller;
mod dto;
mod edge;
mod extract;
mod idempotency;
mod mcp;
mod metrics;
mod openapi;
mod origin;
mod page;
mod problem;
mod route;
mod routes;
mod server;
mod settings;
mod socket;
mod sse;
mod token;
mod turn;
mod wire;

pub use openapi::openapi;
pub use origin::{InvalidOrigin, Origin};
pub use page::{Page, StaticFile};
pub use server::{BindError, BoundServer, TakenAddresses, bind, take_addresses};
pub use settings::ApiSettings;
pub use token::Token;
