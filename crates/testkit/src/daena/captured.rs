//! Output of a child, read as it comes so that the child never blocks.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::watch;
use tokio::time::timeout;

/// The most that is kept; older bytes go first.
const KEPT_BYTES: usize = 1024 * 1024;
/// A grandchild may hold the pipe open after the child has gone.
const END_DEADLINE: Duration = Duration::from_secs(2);

/// What came out of a pipe so far.
#[derive(Debug)]
pub(super) struct Captured {
    kept: Arc<Mutex<VecDeque<u8>>>,
    ended: watch::Receiver<bool>,
}

impl Captured {
    /// Reads the pipe to its end in the background.
    #[allow(clippy::disallowed_methods, reason = "the task ends with the child it reads")]
    pub(super) fn drain(mut pipe: impl AsyncRead + Unpin + Send + 'static) -> Self {
        let kept = Arc::new(Mutex::new(VecDeque::new()));
        let (end, ended) = watch::channel(false);
        let sink = Arc::clone(&kept);
        tokio::spawn(async move {
            let mut buffer = vec![0; 8192];
            while let Ok(count @ 1..) = pipe.read(&mut buffer).await {
                let mut kept = sink.lock().unwrap_or_else(PoisonError::into_inner);
                kept.extend(&buffer[..count]);
                let surplus = kept.len().saturating_sub(KEPT_BYTES);
                kept.drain(..surplus);
            }
            end.send_replace(true);
        });
        Self { kept, ended }
    }

    /// What is kept, as text.
    pub(super) fn text(&self) -> String {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes: Vec<u8> = kept.iter().copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// As [`text`](Self::text), once the pipe is closed.
    pub(super) async fn whole(&self) -> String {
        let mut ended = self.ended.clone();
        timeout(END_DEADLINE, ended.wait_for(|ended| *ended)).await.ok();
        self.text()
    }
}
