//! A model server among others.

use crate::base_url::is_near;
use crate::{ChatModel, GatewaySettings};
use domain::Routing;
use std::fmt;
use std::sync::Arc;

/// A model server as a gateway takes it: with a name, a kind, and numbers of its own if need be.
#[derive(Clone)]
#[must_use]
pub struct Provider {
    pub(crate) name: String,
    pub(crate) kind: ProviderKind,
    pub(crate) model: Arc<dyn ChatModel>,
    pub(crate) settings: Option<GatewaySettings>,
    pub(crate) stand_in: Option<String>,
}

/// Where a provider's model runs, which is what a [`Routing`] asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProviderKind {
    /// On this machine or in its own network.
    Local,
    /// At somebody else's.
    Api,
}

impl Provider {
    /// A provider under a name of its own. Its kind is read from its base URL: a loopback or private address, a host name
    /// without a dot, or one that ends in `localhost`, `.local`, `.internal` or `.home.arpa` is local (so is what has no
    /// host at all), any other is an api.
    pub fn new(name: impl Into<String>, model: Arc<dyn ChatModel>) -> Self {
        let kind = if is_near(model.base_url()) { ProviderKind::Local } else { ProviderKind::Api };
        Self { name: name.into(), kind, model, settings: None, stand_in: None }
    }

    /// Another kind than its base URL's.
    pub fn kind(mut self, kind: ProviderKind) -> Self {
        self.kind = kind;
        self
    }

    /// The model of its own that answers where it lacks the one that is asked for, if the question allows that
    /// ([`crate::ChatRequest::may_stand_in`]).
    pub fn stand_in(mut self, model: impl Into<String>) -> Self {
        self.stand_in = Some(model.into());
        self
    }

    /// Whether it is of this kind.
    pub fn is(&self, kind: ProviderKind) -> bool {
        self.kind == kind
    }

    /// Other numbers than the gateway's: time-outs, how many chats at a time, how many may wait, how much context.
    pub fn settings(mut self, settings: GatewaySettings) -> Self {
        self.settings = Some(settings);
        self
    }
}

impl ProviderKind {
    /// The word for it: `local` or `api`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Api => "api",
        }
    }

    /// The kind a word means.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Local, Self::Api].into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether providers of this kind may be asked.
    pub const fn is_allowed_by(self, routing: Routing) -> bool {
        match routing {
            Routing::LocalOnly => matches!(self, Self::Local),
            Routing::ApiOnly => matches!(self, Self::Api),
            Routing::Hybrid => true,
        }
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("base_url", &self.model.base_url())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_means_what_it_is_the_word_for() {
        for kind in [ProviderKind::Local, ProviderKind::Api] {
            assert_eq!(ProviderKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(ProviderKind::parse(""), None);
    }
}
