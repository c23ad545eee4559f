//! How the program ends when it cannot go on.

use std::io::Write as _;
use std::process::ExitCode;

/// Why the program ends, and with which status.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Bad usage or configuration, or a bind that is refused: status 2.
    Usage(anyhow::Error),
    /// Anything else: status 1.
    Failed(anyhow::Error),
}

impl Failure {
    pub(crate) fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self::Usage(error.into())
    }

    /// Says it on standard error, causes included.
    pub(crate) fn report(&self) -> ExitCode {
        let (error, status) = match self {
            Self::Usage(error) => (error, 2),
            Self::Failed(error) => (error, 1),
        };
        // Who closed standard error wants no last words.
        writeln!(std::io::stderr(), "daena: {error:#}").ok();
        ExitCode::from(status)
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}
