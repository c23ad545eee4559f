//! What commands print, on standard output.

use crate::exit::Failure;
use std::fmt::Arguments;
use std::io::{ErrorKind, Write as _};

/// Prints a line, as `println!` does, and says when it cannot be printed.
macro_rules! say {
    ($($part:tt)*) => { $crate::output::line(format_args!($($part)*)) };
}
pub(crate) use say;

/// Prints a line. A reader that has gone away wants no more of them: then the command goes on in silence, and ends as it
/// would have. Any other failure, such as a full disk, is one.
pub(crate) fn line(text: Arguments<'_>) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::Failed(anyhow::Error::from(error).context("standard output cannot be written")))
        }
        _ => Ok(()),
    }
}
