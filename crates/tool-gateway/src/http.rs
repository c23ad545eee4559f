//! Servers over streamable HTTP.

mod address;
mod body;
mod client;
mod resolver;

pub(crate) use client::{Endpoint, HttpClient};
