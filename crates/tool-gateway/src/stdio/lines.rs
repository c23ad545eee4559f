//! Messages as lines over a program's standard input and output.

use crate::session::{Pace, Signs};
use rmcp::RoleClient;
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::Transport;
use std::future::Future;
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{ChildStdin, ChildStdout};
use tokio::sync::Mutex;

/// One message a line, each of bounded length. A line that is no message is passed over: some programs print greetings.
pub(crate) struct Lines {
    output: BufReader<ChildStdout>,
    /// The line that is being read, as far as it has come.
    line: Vec<u8>,
    limit: usize,
    pace: Pace,
    input: Arc<Mutex<Option<ChildStdin>>>,
    signs: Arc<Signs>,
}

impl Lines {
    pub(crate) fn new(
        input: ChildStdin,
        output: ChildStdout,
        limit: usize,
        pace: Pace,
        signs: Arc<Signs>,
    ) -> Self {
        Self {
            output: BufReader::new(output),
            line: Vec::new(),
            limit,
            pace,
            input: Arc::new(Mutex::new(Some(input))),
            signs,
        }
    }

    /// The next whole line; `false` at the end. Cancelling loses nothing: what was read stays.
    async fn next_line(&mut self) -> bool {
        loop {
            let read = match self.output.fill_buf().await {
                Ok([]) => return false,
                Ok(read) => read,
                Err(error) => {
                    self.signs.blame(format!("its output cannot be read: {error}"));
                    return false;
                }
            };
            let end = read.iter().position(|byte| *byte == b'\n');
            let part = read.get(..end.unwrap_or(read.len())).unwrap_or_default();
            if self.line.len() + part.len() > self.limit {
                self.signs.blame(format!("it sent a message of more than {} bytes", self.limit));
                return false;
            }
            self.line.extend_from_slice(part);
            let used = part.len() + usize::from(end.is_some());
            self.output.consume(used);
            if end.is_some() {
                return true;
            }
        }
    }
}

impl Transport<RoleClient> for Lines {
    type Error = io::Error;

    fn send(
        &mut self,
        message: ClientJsonRpcMessage,
    ) -> impl Future<Output = Result<(), io::Error>> + Send + 'static {
        let input = Arc::clone(&self.input);
        async move {
            let mut line = serde_json::to_vec(&message)?;
            line.push(b'\n');
            let mut input = input.lock().await;
            let input = input.as_mut().ok_or(io::ErrorKind::NotConnected)?;
            input.write_all(&line).await?;
            input.flush().await
        }
    }

    async fn receive(&mut self) -> Option<ServerJsonRpcMessage> {
        loop {
            self.pace.ready().await;
            if !self.next_line().await {
                return None;
            }
            let message = serde_json::from_slice(&self.line).ok();
            self.pace.spend(self.line.len());
            // A long line's room is given back.
            self.line = Vec::new();
            if message.is_some() {
                return message;
            }
        }
    }

    /// Closes the program's input, which tells it to end.
    async fn close(&mut self) -> Result<(), io::Error> {
        // A write that hangs holds the lock: the program is killed then.
        if let Ok(mut input) = self.input.try_lock() {
            input.take();
        }
        Ok(())
    }
}
