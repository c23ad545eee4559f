//! A closure in the writer's queue, and whoever waits for it.

use crate::{StoreError, WriteTx};
use tokio::sync::oneshot;

/// A job as the writer sees it.
pub(crate) trait Job: Send {
    /// Runs the closure; whether what it did is to be kept. May be called again after a batch fell.
    fn run(&mut self, tx: &mut WriteTx<'_>) -> bool;
    /// Marks the last run as one that panicked.
    fn panicked(&mut self);
    /// Answers the caller: with the closure's result, or with why nothing of it was kept.
    fn answer(self: Box<Self>, fallen: Option<&StoreError>);
}

/// A job with its closure `F`, which gives `Result<T, E>`.
pub(crate) struct WriteJob<F, T, E> {
    closure: F,
    result: Option<Result<T, E>>,
    caller: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> WriteJob<F, T, E> {
    pub(crate) fn new(closure: F) -> (Self, oneshot::Receiver<Result<T, E>>) {
        let (caller, receiver) = oneshot::channel();
        (Self { closure, result: None, caller }, receiver)
    }
}

impl<F, T, E> Job for WriteJob<F, T, E>
where
    F: FnMut(&mut WriteTx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, tx: &mut WriteTx<'_>) -> bool {
        self.result.insert((self.closure)(tx)).is_ok()
    }

    fn panicked(&mut self) {
        self.result = Some(Err(StoreError::Panicked.into()));
    }

    fn answer(mut self: Box<Self>, fallen: Option<&StoreError>) {
        let kept = match fallen {
            None => self.result.take().unwrap_or_else(|| Err(StoreError::Closed.into())),
            // The closure's own error says more than the fall of the transaction it caused.
            Some(fallen) => match self.result.take() {
                Some(Err(error)) => Err(error),
                _ => Err(fallen.again().into()),
            },
        };
        // A caller that went away does not undo what is committed.
        drop(self.caller.send(kept));
    }
}

impl StoreError {
    /// The same error for one more caller.
    fn again(&self) -> Self {
        match self {
            Self::NotWritable { reason } => Self::NotWritable { reason: reason.clone() },
            Self::Database(error) => Self::Database(error.to_string().into()),
            Self::Panicked => Self::Panicked,
            other => Self::Database(other.to_string().into()),
        }
    }
}
