//! Names into addresses that may be connected to.

use super::address::is_public;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::SocketAddr;

/// Resolves names by the system, and gives public addresses only. What it gives is what is connected to, each time anew: a
/// name that pointed elsewhere a moment ago gains nothing.
#[derive(Debug)]
pub(super) struct PublicOnly;

/// A name that leads to no public address.
#[derive(Debug, thiserror::Error)]
#[error("{name} is at a private address: allow the connection private addresses if you mean it")]
pub(super) struct PrivateAddress {
    pub(super) name: String,
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            // One private address among public ones is already a trick.
            if found.iter().any(|address| !is_public(address.ip())) {
                return Err(PrivateAddress { name }.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
