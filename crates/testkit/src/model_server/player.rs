//! Plays a plan as the body of an answer.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::gate::Gate;
use super::plan::{Plan, Step};
use super::recorder::ActiveStream;

/// The error that makes hyper cut a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the script cuts the connection")
    }
}

impl std::error::Error for Cut {}

/// An answer under way. Dropped before its end, the stream counts as cancelled.
pub(super) struct Player {
    steps: VecDeque<Step>,
    gate: Arc<Gate>,
    stream: ActiveStream,
    seen: Box<dyn FnMut(Seen) + Send>,
}

/// What a player has come by.
pub(super) enum Seen {
    /// A token is out.
    Token,
    /// The script's end.
    Finished,
}

impl Player {
    pub(super) fn new(plan: Plan, gate: Arc<Gate>, stream: ActiveStream) -> Self {
        Self { steps: plan.into_steps(), gate, stream, seen: Box::new(|_| {}) }
    }

    /// Tells what it comes by.
    pub(super) fn seen_by(self, seen: impl FnMut(Seen) + Send + 'static) -> Self {
        Self { seen: Box::new(seen), ..self }
    }

    /// The next bytes, when their time has come; empty ones when only headers are to go out.
    pub(super) async fn next(&mut self) -> Option<Result<Bytes, Cut>> {
        // Going through the scheduler makes hyper flush what it has: each write leaves on its own.
        tokio::task::yield_now().await;
        while let Some(step) = self.steps.pop_front() {
            match step {
                Step::Headers => return Some(Ok(Bytes::new())),
                Step::Write(bytes) => return Some(Ok(bytes)),
                Step::Token => {
                    (self.seen)(Seen::Token);
                    self.stream.token_sent();
                }
                Step::Wait(delay) => tokio::time::sleep(delay).await,
                Step::Hold => self.gate.pass(&self.stream).await,
                Step::Silence => std::future::pending().await,
                Step::Finished => {
                    (self.seen)(Seen::Finished);
                    self.stream.finish();
                }
                Step::Cut => return Some(Err(Cut)),
            }
        }
        None
    }
}
