//! The keys whose first request runs now.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

type Ends = HashMap<String, watch::Receiver<()>>;

/// The keys whose first request runs now, in this process.
#[derive(Clone, Default)]
pub(crate) struct RunningKeys(Arc<Mutex<Ends>>);

/// A place in the line for a key. Ends with its drop, and wakes who waits.
pub(super) struct Running {
    keys: RunningKeys,
    key: String,
    _end: watch::Sender<()>,
}

impl RunningKeys {
    /// Takes the key, or gives what to wait for.
    pub(super) fn take(&self, key: &str) -> Result<Running, watch::Receiver<()>> {
        let mut ends = self.lock();
        if let Some(end) = ends.get(key) {
            return Err(end.clone());
        }
        let (end, ended) = watch::channel(());
        ends.insert(key.to_owned(), ended);
        Ok(Running { keys: self.clone(), key: key.to_owned(), _end: end })
    }

    fn lock(&self) -> MutexGuard<'_, Ends> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.keys.lock().remove(&self.key);
    }
}
