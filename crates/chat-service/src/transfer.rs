//! Sessions as files: out, and in again.

mod export;
mod html;
mod lossless;
mod markdown;

pub use export::{Export, ExportFormat, UnknownFormat};
