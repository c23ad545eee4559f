//! The gateway with scripted and real servers.

mod calls;
mod faults;
mod http;
mod programs;
mod real;
mod settings;
