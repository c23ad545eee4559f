//! The last words of a program.

use crate::session::Pace;
use crate::words::Words;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::process::ChildStderr;
use tokio_util::sync::CancellationToken;

const LINES: usize = 20;
/// Of a longer line, the rest is passed over.
const LINE_BYTES: usize = 4096;
const READS_PER_SECOND: u32 = 1000;
/// How long a dead program's last words may take; what it started may hold its standard error open.
const SETTLE: Duration = Duration::from_millis(200);

/// The last lines of a program's standard error, each bounded and without secrets.
#[derive(Debug)]
pub(crate) struct Tail {
    words: Words,
    lines: Mutex<VecDeque<String>>,
    /// Everything was read.
    ended: CancellationToken,
    /// Nobody listens any more.
    stop: CancellationToken,
}

impl Tail {
    pub(crate) fn new(words: Words) -> Self {
        Self {
            words,
            lines: Mutex::default(),
            ended: CancellationToken::new(),
            stop: CancellationToken::new(),
        }
    }

    /// Reads until the end, what is not wanted, too, so that the program never waits.
    pub(crate) async fn follow(self: Arc<Self>, stderr: ChildStderr) {
        self.stop.run_until_cancelled(self.read(stderr)).await;
        self.ended.cancel();
    }

    /// Waits until the last words are there, and listens no longer.
    pub(crate) async fn settle(&self) {
        tokio::time::timeout(SETTLE, self.ended.cancelled()).await.ok();
        self.leave();
    }

    /// Listens no longer.
    pub(crate) fn leave(&self) {
        self.stop.cancel();
    }

    async fn read(&self, mut stderr: ChildStderr) {
        let mut pace = Pace::new(READS_PER_SECOND);
        let mut line = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = stderr.read(&mut buffer).await {
            for byte in buffer.get(..length).unwrap_or_default() {
                match byte {
                    b'\n' => self.keep(&std::mem::take(&mut line)),
                    _ if line.len() < LINE_BYTES => line.push(*byte),
                    _ => {}
                }
            }
            pace.spend(0);
            pace.ready().await;
        }
        self.keep(&line);
    }

    /// The last line that speaks of an error, or else the last one.
    pub(crate) fn last_words(&self) -> Option<String> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let complaint = lines.iter().rev().find(|line| line.to_lowercase().contains("error"));
        complaint.or(lines.back()).cloned()
    }

    fn keep(&self, line: &[u8]) {
        let said = String::from_utf8_lossy(line);
        let is_cut = line.len() == LINE_BYTES;
        let line = if is_cut { self.words.clean_beginning(&said) } else { self.words.clean(&said) };
        if line.is_empty() {
            return;
        }
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }
}
