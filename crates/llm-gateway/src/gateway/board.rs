//! Where the state of all providers stands.

use super::status::{BrainStatus, Circuit, ProviderStatus};
use super::{Law, Permission};
use crate::ProviderKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::watch;

/// The one place where it is known who can be asked. All changes go through it, one at a time, and whoever watches sees the
/// whole. Whoever looks sees what the law says at that moment.
pub(super) struct Board {
    law: Box<Law>,
    status: watch::Sender<Arc<BrainStatus>>,
    /// By provider: nothing stands in the way of a chat, neither law nor circuit, and no failure is counted.
    /// It is read for every chat, without a lock.
    clear: Box<[AtomicBool]>,
}

impl Board {
    /// Nothing is known of any provider yet but whether it may be asked.
    pub(super) fn new(law: Box<Law>, mut providers: Vec<ProviderStatus>) -> Self {
        let permission = law();
        permit(&mut providers, &permission);
        let clear = providers.iter().map(|provider| AtomicBool::new(is_clear(provider))).collect();
        let status = watch::Sender::new(Arc::new(BrainStatus::of(permission, providers)));
        Self { law, status, clear }
    }

    pub(super) fn status(&self) -> Arc<BrainStatus> {
        self.refresh();
        Arc::clone(&self.status.borrow())
    }

    pub(super) fn watch(&self) -> watch::Receiver<Arc<BrainStatus>> {
        self.status.subscribe()
    }

    /// Whether a chat can go to this provider without another look.
    pub(super) fn is_clear(&self, place: usize) -> bool {
        self.refresh();
        self.clear.get(place).is_some_and(|clear| clear.load(Ordering::Acquire))
    }

    /// Looks at one provider.
    pub(super) fn look<T>(&self, place: usize, look: impl FnOnce(&ProviderStatus) -> T) -> Option<T> {
        self.refresh();
        self.status.borrow().providers.get(place).map(look)
    }

    /// Changes what is known of one provider; `change` says whether it did. Says so too.
    pub(super) fn update(&self, place: usize, change: impl FnOnce(&mut ProviderStatus) -> bool) -> bool {
        self.refresh();
        self.status.send_if_modified(|status| {
            let mut providers = status.providers.clone();
            if !providers.get_mut(place).is_some_and(change) {
                return false;
            }
            self.put_up(status, status.permission.clone(), providers);
            true
        })
    }

    /// Takes up what the law says now. Of who was not allowed before or is not now, everything is forgotten.
    pub(super) fn refresh(&self) {
        let permission = (self.law)();
        if self.status.borrow().permission == permission {
            return;
        }
        self.status.send_if_modified(|status| {
            if status.permission == permission {
                return false;
            }
            let mut providers = status.providers.clone();
            permit(&mut providers, &permission);
            self.put_up(status, permission, providers);
            true
        });
    }

    /// Wakes who waits for a change, though there is none in the status.
    pub(super) fn touch(&self) {
        self.status.send_modify(|_| {});
    }

    fn put_up(&self, status: &mut Arc<BrainStatus>, permission: Permission, providers: Vec<ProviderStatus>) {
        for (clear, provider) in self.clear.iter().zip(&providers) {
            clear.store(is_clear(provider), Ordering::Release);
        }
        *status = Arc::new(BrainStatus::of(permission, providers));
    }
}

fn is_clear(provider: &ProviderStatus) -> bool {
    provider.allowed && provider.circuit == Circuit::Closed && provider.failures == 0
}

fn permit(providers: &mut [ProviderStatus], permission: &Permission) {
    let Permission { refusal, routing } = permission;
    for provider in providers {
        let allowed = refusal.is_none() && provider.kind.is_allowed_by(*routing);
        let why = match provider.kind {
            _ if allowed => None,
            _ if refusal.is_some() => refusal.clone(),
            ProviderKind::Local => Some("it is local, and the routing is api_only".to_owned()),
            ProviderKind::Api => Some("it is an api, and the routing is local_only".to_owned()),
        };
        if !allowed || !provider.allowed {
            provider.forget(allowed, why);
        }
    }
}
