//! The places at which agents work: a few for the whole company, so that chats are not starved.

use domain::{Slug, TaskId};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How many tasks are worked on at a time; the others wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskLimits {
    /// By one agent. Default 1.
    pub per_agent: usize,
    /// By all agents together. Default 4.
    pub in_all: usize,
}

impl Default for TaskLimits {
    fn default() -> Self {
        Self { per_agent: 1, in_all: 4 }
    }
}

/// Who works, and who is known to be unable to begin.
#[derive(Debug, Default)]
pub(crate) struct Places {
    limits: TaskLimits,
    taken: Mutex<Taken>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct Taken {
    working: HashMap<TaskId, Working>,
    /// Agents that were refused; not tried again until something has changed in the company.
    held: HashSet<Slug>,
    /// Counts the changes, so that a refusal from before one holds nobody after it.
    changes: u64,
}

#[derive(Debug, Clone)]
struct Working {
    agent: Slug,
    cancel: CancellationToken,
    ended: CancellationToken,
}

/// A taken place. However the work ends, the place is free again and nobody waits for it in vain.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    task: TaskId,
    /// Ends the work.
    pub(super) cancel: CancellationToken,
    ended: CancellationToken,
}

impl Places {
    pub(crate) fn new(limits: TaskLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Has the runner look for work.
    pub(super) fn wake(&self) {
        self.wake.notify_one();
    }

    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Takes a place for a task, whether or not one is free.
    pub(super) fn take(self: &Arc<Self>, task: TaskId, agent: &Slug) -> Place {
        let (cancel, ended) = (CancellationToken::new(), CancellationToken::new());
        let working = Working { agent: agent.clone(), cancel: cancel.clone(), ended: ended.clone() };
        self.lock().working.insert(task, working);
        Place { places: Arc::clone(self), task, cancel, ended }
    }

    /// The agents whose tasks cannot begin now, and the count of changes; none when all places are taken.
    pub(super) fn passed_over(&self) -> Option<(Vec<String>, u64)> {
        let taken = self.lock();
        if taken.working.len() >= self.limits.in_all {
            return None;
        }
        let mut busy: HashMap<&Slug, usize> = HashMap::new();
        for working in taken.working.values() {
            *busy.entry(&working.agent).or_default() += 1;
        }
        let full = busy.into_iter().filter(|(_, tasks)| *tasks >= self.limits.per_agent);
        let names = full.map(|(agent, _)| agent).chain(&taken.held).map(ToString::to_string);
        Some((names.collect(), taken.changes))
    }

    /// The agents that work on a task.
    pub(crate) fn agents(&self) -> Vec<String> {
        self.lock().working.values().map(|working| working.agent.to_string()).collect()
    }

    /// Ends the work on a task, and waits until it has ended.
    pub(super) async fn end(&self, task: TaskId) {
        let working = self.lock().working.get(&task).cloned();
        if let Some(working) = working {
            working.cancel.cancel();
            working.ended.cancelled().await;
        }
    }

    pub(super) fn changes(&self) -> u64 {
        self.lock().changes
    }

    /// An agent was refused, as things were after so many changes.
    pub(super) fn hold(&self, agent: &Slug, changes: u64) {
        let mut taken = self.lock();
        if taken.changes == changes {
            taken.held.insert(agent.clone());
        }
    }

    /// Something has changed in the company: all may be tried again.
    pub(crate) fn release(&self) {
        {
            let mut taken = self.lock();
            taken.changes += 1;
            taken.held.clear();
        }
        self.wake();
    }

    pub(super) fn holds(&self) -> bool {
        !self.lock().held.is_empty()
    }

    /// Nobody works, and nobody was refused.
    pub(super) fn is_idle(&self) -> bool {
        let taken = self.lock();
        taken.working.is_empty() && taken.held.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.lock().working.remove(&self.task);
        self.ended.cancel();
        self.places.wake();
    }
}
