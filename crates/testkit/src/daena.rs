//! The real binary as a child process.

mod builder;
mod captured;

use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout};
use tokio::time::timeout;

pub use builder::Builder;

use crate::http::Http;
use captured::Captured;

/// A start does migrations and seeding, and tests run many at once.
const START_DEADLINE: Duration = Duration::from_secs(30);
/// The program promises ten seconds; a loaded machine gets some more before the test hangs.
const EXIT_DEADLINE: Duration = Duration::from_secs(30);

/// A running server. Dropped, it is killed; its temporary directory goes with the last who holds it.
#[derive(Debug)]
pub struct Daena {
    // Dropped first: the directory is not taken from under a running child.
    child: Child,
    builder: Builder,
    directory: Arc<TempDir>,
    base: String,
    stdout: Captured,
    stderr: Captured,
}

impl Daena {
    /// Describes a start of the program at this path, `env!("CARGO_BIN_EXE_daena")` in the black-box tests.
    pub fn builder(binary: &str) -> Builder {
        Builder::new(binary)
    }

    /// Spawns the child and waits for its ready line.
    async fn start(mut builder: Builder) -> Self {
        let directory = builder.keep_directory();
        let mut child = builder.spawn();
        let stderr = Captured::drain(child.stderr.take().expect("standard error is piped"));
        let mut lines = BufReader::new(child.stdout.take().expect("standard output is piped"));
        let Ok(ready) = timeout(START_DEADLINE, ready_line(&mut lines)).await else {
            panic!("no ready line within {START_DEADLINE:?}; log:\n{}", stderr.text());
        };
        let Some(base) = ready else {
            let status = timeout(EXIT_DEADLINE, child.wait()).await;
            panic!("the program ended before it was ready ({status:?}); log:\n{}", stderr.whole().await);
        };
        Self { child, builder, directory, base, stdout: Captured::drain(lines), stderr }
    }

    /// `http://127.0.0.1:PORT`, as the ready line has it; another one after a restart.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// A client of this start of the server.
    #[must_use]
    pub fn http(&self) -> Http {
        Http::new(&self.base)
    }

    /// The process id, for as long as the child has not been waited for.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// The database file.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.builder.database_path().expect("a started server has a database")
    }

    /// The directory it was started in, which also holds the database when none was named.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The log of this start so far: the last mebibyte of standard error.
    #[must_use]
    pub fn log(&self) -> String {
        self.stderr.text()
    }

    /// What this start wrote to standard output after its ready line.
    #[must_use]
    pub fn stdout(&self) -> String {
        self.stdout.text()
    }

    /// A description of the same start on the same directory and database, to be varied or started again.
    pub fn to_builder(&self) -> Builder {
        self.builder.clone()
    }

    /// Kills the process with SIGKILL and waits for its end; an ended one is left alone.
    pub async fn kill(&mut self) {
        if self.pid().is_some() {
            self.child.kill().await.expect("a child can be killed");
        }
    }

    /// Sends SIGTERM without waiting for anything.
    ///
    /// # Panics
    ///
    /// Panics when the process has been waited for already.
    pub fn send_sigterm(&self) {
        let pid = self.pid().and_then(|pid| rustix::process::Pid::from_raw(pid.cast_signed()));
        rustix::process::kill_process(pid.expect("the process runs"), rustix::process::Signal::TERM)
            .expect("a child can be signalled");
    }

    /// Waits for the process to end by itself, with the log complete afterwards.
    ///
    /// # Panics
    ///
    /// Panics with the log when it still runs after 30 s.
    pub async fn wait(&mut self) -> ExitStatus {
        let Ok(status) = timeout(EXIT_DEADLINE, self.child.wait()).await else {
            panic!("the program still runs after {EXIT_DEADLINE:?}; log:\n{}", self.log());
        };
        self.stderr.whole().await;
        self.stdout.whole().await;
        status.expect("a child can be waited for")
    }

    /// Sends SIGTERM and waits for the end.
    ///
    /// # Panics
    ///
    /// Panics with the log when the process still runs after 30 s.
    pub async fn terminate(&mut self) -> ExitStatus {
        self.send_sigterm();
        self.wait().await
    }

    /// Starts it again with the same flags and database, on a new port; one that still runs is terminated
    /// first.
    pub async fn restart(&mut self) {
        let running = self.child.try_wait().expect("a child can be asked").is_none();
        if running {
            self.terminate().await;
        }
        *self = Self::start(self.builder.clone()).await;
    }
}

/// The address in the ready line; `None` when standard output ends without one.
async fn ready_line(lines: &mut BufReader<ChildStdout>) -> Option<String> {
    let mut line = String::new();
    while lines.read_line(&mut line).await.expect("standard output is text") > 0 {
        if let Some(base) = line.trim_end().strip_prefix("daena ready ") {
            return Some(base.to_owned());
        }
        line.clear();
    }
    None
}
