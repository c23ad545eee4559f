//! The use of tools in a reply: offering them to the model, keeping what it asks for, and making the calls.
//!
//! A reply that uses tools goes round: the model is asked, its calls become rows, they are made (or the Founder is waited
//! for), and it is asked again with what they gave. All that a round is made from stands in rows, so that a reply goes on
//! where it was after a restart, after the brain was away, and when it is made again.

mod asked;
mod offer;
mod talk;
mod work;

pub(crate) use asked::asked;
pub(crate) use offer::{Offer, tool_tokens};
pub(crate) use talk::{fit_results, said_with, talk};
pub(crate) use work::{Work, end_abandoned, is_late, outdated, persist};

use crate::toolbox::Toolbox;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// How far a reply may go with tools. Beyond a limit the model is asked once more, without tools, and the reply's text ends
/// with a note that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolLimits {
    /// The most calls for one reply. Default 16.
    pub calls: usize,
    /// The most times that the model is asked with tools for one reply. Default 8.
    pub rounds: usize,
    /// How long asking and calling may take together, without the time in which the Founder is waited for. Default 10 min.
    pub time: Duration,
    /// The most characters of an answer of a tool; what is longer is cut, and says so. Default 20,000.
    pub result_chars: usize,
    /// How long a call waits for the Founder. Default 24 h.
    pub approval: Duration,
}

impl Default for ToolLimits {
    fn default() -> Self {
        Self {
            calls: 16,
            rounds: 8,
            time: Duration::from_secs(600),
            result_chars: 20_000,
            approval: Duration::from_secs(24 * 3600),
        }
    }
}

/// Who has tools.
#[derive(Clone)]
pub(crate) enum Holder {
    /// Nobody.
    Nobody,
    /// Somebody who is still to come: what may use tools waits for it.
    Awaited,
    /// This one.
    Is(Arc<dyn Toolbox>),
}

/// Who has tools, and which models know none.
pub(crate) struct Tooling {
    holder: watch::Sender<Holder>,
    /// Models that were found to refuse tools, until the next start: as many as there are models.
    without: Mutex<HashSet<String>>,
}

impl Tooling {
    pub(crate) fn new(holder: Holder) -> Self {
        Self { holder: watch::Sender::new(holder), without: Mutex::default() }
    }

    pub(crate) fn set(&self, toolbox: Arc<dyn Toolbox>) {
        self.holder.send_replace(Holder::Is(toolbox));
    }

    /// Who has tools, once that is known.
    pub(crate) async fn holder(&self) -> Option<Arc<dyn Toolbox>> {
        if let Holder::Nobody = &*self.holder.borrow() {
            return None;
        }
        let mut holder = self.holder.subscribe();
        // The sender lives as long as `self`.
        let known = holder.wait_for(|holder| !matches!(holder, Holder::Awaited)).await.ok();
        match known.as_deref() {
            Some(Holder::Is(toolbox)) => Some(Arc::clone(toolbox)),
            _ => None,
        }
    }

    /// This model refused tools.
    pub(crate) fn refused_by(&self, model: &str) {
        tracing::info!(model, "the model knows no tools: it is asked without from now on");
        self.without.lock().unwrap_or_else(PoisonError::into_inner).insert(model.to_owned());
    }

    fn knows_none(&self, model: &str) -> bool {
        self.without.lock().unwrap_or_else(PoisonError::into_inner).contains(model)
    }
}
