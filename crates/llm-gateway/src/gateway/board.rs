//! Where the state of all providers stands.

use super::status::{BrainStatus, Circuit, ProviderStatus};
use crate::{ProviderKind, Routing};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::watch;

/// The one place where it is known who can be asked. All changes go through it, one at a time, and whoever watches sees the
/// whole.
#[derive(Debug)]
pub(super) struct Board {
    status: watch::Sender<Arc<BrainStatus>>,
    /// By provider: nothing stands in the way of a chat, neither switch nor routing nor circuit, and no failure is counted.
    /// It is read for every chat, without a lock.
    clear: Box<[AtomicBool]>,
}

impl Board {
    /// Every provider may be asked, and nothing is known of any.
    pub(super) fn new(mut providers: Vec<ProviderStatus>) -> Self {
        let (enabled, routing) = (true, Routing::default());
        permit(&mut providers, enabled, routing);
        let clear = providers.iter().map(|provider| AtomicBool::new(is_clear(provider))).collect();
        Self { status: watch::Sender::new(Arc::new(BrainStatus::of(enabled, routing, providers))), clear }
    }

    pub(super) fn status(&self) -> Arc<BrainStatus> {
        Arc::clone(&self.status.borrow())
    }

    pub(super) fn watch(&self) -> watch::Receiver<Arc<BrainStatus>> {
        self.status.subscribe()
    }

    /// Whether a chat can go to this provider without another look.
    pub(super) fn is_clear(&self, place: usize) -> bool {
        self.clear.get(place).is_some_and(|clear| clear.load(Ordering::Acquire))
    }

    /// Looks at one provider.
    pub(super) fn look<T>(&self, place: usize, look: impl FnOnce(&ProviderStatus) -> T) -> Option<T> {
        self.status.borrow().providers.get(place).map(look)
    }

    /// Changes what is known of one provider; `change` says whether it did. Says so too.
    pub(super) fn update(&self, place: usize, change: impl FnOnce(&mut ProviderStatus) -> bool) -> bool {
        self.status.send_if_modified(|status| {
            let mut providers = status.providers.clone();
            if !providers.get_mut(place).is_some_and(change) {
                return false;
            }
            self.put_up(status, status.enabled, status.routing, providers);
            true
        })
    }

    /// Sets who may be asked. Of who was not allowed before or is not now, everything is forgotten.
    pub(super) fn switch(&self, enabled: Option<bool>, routing: Option<Routing>) {
        self.status.send_if_modified(|status| {
            let enabled = enabled.unwrap_or(status.enabled);
            let routing = routing.unwrap_or(status.routing);
            if (enabled, routing) == (status.enabled, status.routing) {
                return false;
            }
            let mut providers = status.providers.clone();
            permit(&mut providers, enabled, routing);
            self.put_up(status, enabled, routing, providers);
            true
        });
    }

    /// Wakes who waits for a change, though there is none in the status.
    pub(super) fn touch(&self) {
        self.status.send_modify(|_| {});
    }

    fn put_up(
        &self,
        status: &mut Arc<BrainStatus>,
        enabled: bool,
        routing: Routing,
        providers: Vec<ProviderStatus>,
    ) {
        for (clear, provider) in self.clear.iter().zip(&providers) {
            clear.store(is_clear(provider), Ordering::Release);
        }
        *status = Arc::new(BrainStatus::of(enabled, routing, providers));
    }
}

fn is_clear(provider: &ProviderStatus) -> bool {
    provider.allowed && provider.circuit == Circuit::Closed && provider.failures == 0
}

fn permit(providers: &mut [ProviderStatus], enabled: bool, routing: Routing) {
    for provider in providers {
        let allowed = enabled && routing.allows(provider.kind);
        let why = match provider.kind {
            _ if allowed => None,
            _ if !enabled => Some("the brain is switched off".to_owned()),
            ProviderKind::Local => Some("it is local, and the routing is api_only".to_owned()),
            ProviderKind::Api => Some("it is an api, and the routing is local_only".to_owned()),
        };
        if !allowed || !provider.allowed {
            provider.forget(allowed, why);
        }
    }
}
