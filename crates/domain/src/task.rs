//! A task, and its life.

use crate::page::number;
use crate::scope::words;
use crate::{InvalidCursor, SessionId, Slug, TaskId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

words!(
    /// Where in its life a task is.
    TaskStatus {
        /// Not begun, or begun and waiting: for a start, for a free place, for its agent, for the brain.
        Pending = "pending",
        /// Its agent is at work on it.
        Running = "running",
        /// Done.
        Completed = "completed",
        /// Ended by an error.
        Failed = "failed",
        /// Ended by the Founder.
        Cancelled = "cancelled",
    }
);

words!(
    /// How urgent a task is, from the least on: of those that wait, the most urgent is begun first.
    TaskPriority {
        /// When there is nothing else.
        Low = "low",
        /// As usual.
        Medium = "medium",
        /// Before the usual.
        High = "high",
        /// Before all else.
        Urgent = "urgent",
    }
);

/// A step that a task's life does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a task that is {from} cannot become {to}")]
pub struct InvalidTaskStep {
    /// What it is.
    pub from: TaskStatus,
    /// What it was to be.
    pub to: TaskStatus,
}

impl TaskStatus {
    /// The next status, or why there is no such step. A running task may have to wait again; one that failed or was
    /// cancelled may be asked for again; one that is done stays so.
    pub fn become_status(self, next: Self) -> Result<Self, InvalidTaskStep> {
        let allowed = match self {
            Self::Pending => matches!(next, Self::Running | Self::Cancelled),
            Self::Running => !matches!(next, Self::Running),
            Self::Failed | Self::Cancelled => matches!(next, Self::Pending),
            Self::Completed => false,
        };
        if allowed { Ok(next) } else { Err(InvalidTaskStep { from: self, to: next }) }
    }

    /// Whether it is over.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

/// One run of a task, from its start to its end. A task that is started again begins another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRun {
    /// Which, from 1. It is part of the ids of the run's messages, so that none is ever asked twice.
    pub number: i32,
    /// The session it is worked in; none until it has begun.
    pub session_id: Option<SessionId>,
    /// Since when it is wanted; none when nobody asked, or when it is over.
    pub requested_at: Option<Timestamp>,
    /// Turns that are finished.
    pub turns_done: i32,
    /// Turns in all, as far as known: one, until the agent has made a plan.
    pub turns: i32,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
}

impl TaskRun {
    /// A run that has not begun.
    pub const fn new(number: i32) -> Self {
        Self {
            number,
            session_id: None,
            requested_at: None,
            turns_done: 0,
            turns: 1,
            started_at: None,
            finished_at: None,
        }
    }

    /// The run after this one.
    pub const fn next(&self) -> Self {
        Self::new(self.number.saturating_add(1))
    }

    /// Finished turns of all turns, from 0 to 1.
    pub fn progress(&self) -> f64 {
        f64::from(self.turns_done.clamp(0, self.turns)) / f64::from(self.turns.max(1))
    }
}

/// Work for an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// What it is called, on one line.
    pub title: String,
    /// What is to be done, in more words.
    pub description: String,
    /// Where in its life it is.
    pub status: TaskStatus,
    /// How urgent it is.
    pub priority: TaskPriority,
    /// The department it is for.
    pub department_id: Option<Slug>,
    /// The agent that does it.
    pub agent_id: Option<Slug>,
    /// How far its newest run is.
    pub run: TaskRun,
    /// What came out of it.
    pub result: Option<String>,
    /// Why it failed, or why it waits.
    pub error: Option<String>,
    /// When it was made; lists are in this order.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Task {
    /// The same task, to be begun from nothing: a new run, neither wanted nor begun.
    #[must_use]
    pub fn anew(self) -> Self {
        Self { status: TaskStatus::Pending, run: self.run.next(), result: None, error: None, ..self }
    }

    /// Whether it is pending and somebody wants it done.
    pub const fn is_wanted(&self) -> bool {
        matches!(self.status, TaskStatus::Pending) && self.run.requested_at.is_some()
    }
}

/// Where a page of tasks ended: they are listed by `created_at`, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskCursor {
    /// The last task's time.
    pub created_at: Timestamp,
    /// The last task.
    pub id: TaskId,
}

impl fmt::Display for TaskCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}.{}", self.created_at.as_micros(), self.id)
    }
}

impl FromStr for TaskCursor {
    type Err = InvalidCursor;
    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let (micros, id) = text.split_once('.').ok_or(InvalidCursor)?;
        let created_at = Timestamp::from_micros(number(micros)?);
        Ok(Self { created_at, id: id.parse().map_err(|_| InvalidCursor)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_never_changes_and_what_ended_otherwise_can_only_be_begun_anew() {
        for next in TaskStatus::ALL {
            assert!(TaskStatus::Completed.become_status(*next).is_err());
            for over in [TaskStatus::Failed, TaskStatus::Cancelled] {
                assert_eq!(over.become_status(*next).is_ok(), *next == TaskStatus::Pending);
            }
        }
        assert!(TaskStatus::Pending.become_status(TaskStatus::Completed).is_err());
        assert!(TaskStatus::Running.become_status(TaskStatus::Pending).is_ok());
    }

    #[test]
    fn progress_is_finished_turns_of_all_turns() {
        let run = TaskRun { turns_done: 1, turns: 4, ..TaskRun::new(1) };
        assert!((run.progress() - 0.25).abs() < f64::EPSILON);
        assert!(run.next().progress().abs() < f64::EPSILON);
        assert_eq!(run.next().number, 2);
    }

    #[test]
    fn a_cursor_reads_back() {
        let cursor = TaskCursor {
            created_at: Timestamp::from_micros(1_767_323_045_678_901),
            id: "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap(),
        };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        assert_eq!("x".parse::<TaskCursor>(), Err(InvalidCursor));
    }
}
