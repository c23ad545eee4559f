//! A program and all it starts.

use super::tail::Tail;
use crate::words::Words;
use crate::{INHERITED, Secret};
use rustix::process::{Pid, Signal, kill_process_group};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio_util::task::TaskTracker;

/// A running program, in a process group of its own: however it ends, and if this is dropped, all that it started ends
/// with it.
#[derive(Debug)]
pub(crate) struct Program {
    child: Child,
    group: Option<Pid>,
    tail: Arc<Tail>,
}

impl Program {
    /// Starts a program without a shell. It gets the variables of [`INHERITED`] and the given ones, and nothing else of ours.
    pub(crate) fn start(
        (command, args): (&str, &[String]),
        minder: &[String],
        env: &[(String, Secret)],
        directory: Option<&Path>,
        words: Words,
        tasks: &TaskTracker,
    ) -> Result<(Self, ChildStdin, ChildStdout), String> {
        let mut line =
            minder.iter().map(String::as_str).chain([command]).chain(args.iter().map(String::as_str));
        let mut child = Command::new(line.next().unwrap_or(command))
            .args(line)
            .env_clear()
            .envs(inherited())
            .envs(env.iter().map(|(name, value)| (name, value.expose())))
            .current_dir(directory.unwrap_or(Path::new("/")))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| words.clean(&format!("cannot start {command:?}: {error}")))?;
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let tail = Arc::new(Tail::new(words));
        if let Some(stderr) = child.stderr.take() {
            tasks.spawn(Arc::clone(&tail).follow(stderr));
        }
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => Ok((Self { child, group, tail }, input, output)),
            _ => Err(format!("cannot speak to {command:?}")),
        }
    }

    /// Lets the program end by itself, its input being closed, and kills it if it does not in time, and in any case what
    /// it leaves behind. Says how it ended, where it did so by itself.
    pub(crate) async fn stop(mut self, grace: Duration) -> Option<String> {
        let status = tokio::time::timeout(grace, self.child.wait()).await;
        self.kill_group();
        match status {
            Ok(Ok(status)) => {
                self.tail.settle().await;
                Some(told(status, self.tail.last_words()))
            }
            Ok(Err(_)) => None,
            Err(_) => {
                // It was killed: this takes no time.
                self.child.wait().await.ok();
                None
            }
        }
    }

    /// Waits until the program itself has ended. Cancelling loses nothing.
    pub(crate) async fn exited(&mut self) {
        // One that cannot be waited for counts as ended.
        self.child.wait().await.ok();
    }

    /// What it said last on its standard error.
    pub(crate) fn last_words(&self) -> Option<String> {
        self.tail.last_words()
    }

    fn kill_group(&mut self) {
        if let Some(group) = self.group.take() {
            // It may be gone already, which is as good.
            kill_process_group(group, Signal::KILL).ok();
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill_group();
        self.tail.leave();
    }
}

fn told(status: ExitStatus, last_words: Option<String>) -> String {
    match last_words {
        Some(words) => format!("the program ended ({status}): {words}"),
        None => format!("the program ended ({status})"),
    }
}

#[allow(clippy::disallowed_methods, reason = "what a program inherits is no configuration of ours")]
fn inherited() -> impl Iterator<Item = (&'static str, std::ffi::OsString)> {
    INHERITED.iter().filter_map(|name| Some((*name, std::env::var_os(name)?)))
}
