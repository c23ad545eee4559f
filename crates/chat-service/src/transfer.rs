//! Sessions as files: out, and in again.

mod chatgpt;
mod export;
mod foreign;
mod html;
mod import;
mod lossless;
mod markdown;
mod open_webui;
mod read;
mod talk;
mod upload;

pub use export::{Export, ExportFormat, UnknownFormat};
pub use import::RunningImport;
pub(crate) use import::take_up;
pub use upload::Upload;
