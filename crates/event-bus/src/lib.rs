#![doc = include_str!("../README.md")]

mod bus;
mod delivery;
mod log;
mod signal;
mod subscription;

pub use bus::EventBus;
pub use delivery::Delivery;
pub use log::{EventLog, LogError};
pub use signal::{Signal, SignalDelivery, SignalKind};
pub use subscription::{Item, ResetReason, Subscribe, Subscription};
