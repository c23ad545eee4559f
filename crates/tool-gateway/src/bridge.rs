//! From a program's lines to a server over HTTP.

use crate::http::Line;
use crate::{GatewaySettings, Secret};
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{Mutex, Semaphore};
use tokio_util::task::TaskTracker;

/// How many messages are under way at a time; more of them wait in the pipe.
const AT_ONCE: usize = 16;
/// How long answers may take once the input has ended: a debate takes minutes, and no host waits for ever.
const AFTER_THE_END: Duration = Duration::from_secs(300);

/// Carries messages between a host that speaks MCP over lines and a server that speaks it over HTTP. It keeps nothing and
/// changes nothing; where the server cannot be reached, it answers for it with an error.
#[derive(Debug, Clone)]
pub struct Bridge {
    line: Arc<Line>,
    limit: usize,
}

impl Bridge {
    /// A bridge to an endpoint such as `http://127.0.0.1:8000/mcp`, at whatever address; with a token, if one is needed.
    ///
    /// # Errors
    /// Why the URL or the token cannot be used, in words.
    pub fn new(url: &str, token: Option<&Secret>) -> Result<Self, String> {
        let limit = GatewaySettings::default().message_limit;
        Ok(Self { line: Arc::new(Line::new(url, token, limit)?), limit })
    }

    /// Looks whether the server is there and lets us in.
    ///
    /// # Errors
    /// Why not, in words.
    pub async fn check(&self) -> Result<(), String> {
        let ping = json!({"jsonrpc": "2.0", "id": 0, "method": "ping"});
        self.line.carry(ping.to_string().into()).await.map(drop)
    }

    /// Carries messages until the input ends and all are answered, for which they have five minutes from then.
    ///
    /// # Errors
    /// When the input or the output fails, a line is longer than a message may be, or an answer does not come in time.
    pub async fn run(
        &self,
        mut input: impl AsyncBufRead + Unpin,
        output: impl AsyncWrite + Unpin + Send + 'static,
    ) -> io::Result<()> {
        let output = Arc::new(Mutex::new(output));
        let (tasks, places) = (TaskTracker::new(), Arc::new(Semaphore::new(AT_ONCE)));
        loop {
            let mut line = Vec::new();
            let limit = u64::try_from(self.limit).unwrap_or(u64::MAX);
            if (&mut input).take(limit).read_until(b'\n', &mut line).await? == 0 {
                break;
            }
            if line.len() >= self.limit {
                return Err(io::Error::other(format!("a message has more than {limit} bytes")));
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
            let (bridge, output) = (self.clone(), Arc::clone(&output));
            tasks.spawn(async move {
                let _place = place;
                // Nobody is left to tell that the output is closed: the input ends then, too.
                bridge.pass(line, &output).await.ok();
            });
        }
        tasks.close();
        let late = |_| {
            let unanswered = tasks.len();
            let within = AFTER_THE_END.as_secs();
            io::Error::new(
                io::ErrorKind::TimedOut,
                format!("{unanswered} messages had no answer within {within} s"),
            )
        };
        tokio::time::timeout(AFTER_THE_END, tasks.wait()).await.map_err(late)
    }

    /// Passes on what the server answers, as it comes, or what is answered for it: a request is answered once.
    async fn pass(&self, line: Vec<u8>, output: &Mutex<impl AsyncWrite + Unpin>) -> io::Result<()> {
        let mut open = id_of(&line, false);
        let why = match self.line.carry(line.into()).await {
            Ok(mut answers) => loop {
                match answers.next().await {
                    Some(Ok(answer)) => {
                        let answered = id_of(&answer, true);
                        open = open.filter(|id| Some(id) != answered.as_ref());
                        write(&mut *output.lock().await, &answer).await?;
                    }
                    Some(Err(why)) => break why,
                    None => break "the server ended without an answer".to_owned(),
                }
            },
            Err(why) => why,
        };
        let Some(id) = open else { return Ok(()) };
        let error = json!({"jsonrpc": "2.0", "id": id, "error": {"code": -32000, "message": why}});
        write(&mut *output.lock().await, error.to_string().as_bytes()).await
    }
}

/// The id of a message that answers, or else of one that asks.
fn id_of(message: &[u8], answers: bool) -> Option<Value> {
    let message = serde_json::from_slice::<Value>(message).ok()?;
    let is_answer = message.get("result").or(message.get("error")).is_some();
    message.get("id").filter(|_| is_answer == answers).cloned()
}

async fn write(output: &mut (impl AsyncWrite + Unpin), message: &[u8]) -> io::Result<()> {
    output.write_all(message).await?;
    output.write_all(b"\n").await?;
    output.flush().await
}
