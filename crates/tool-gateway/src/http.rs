//! Servers over streamable HTTP.

mod address;
mod body;
mod client;
mod line;
mod resolver;

pub(crate) use client::{Endpoint, HttpClient};
pub(crate) use line::Line;

use client::builder;
