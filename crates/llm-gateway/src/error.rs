//! What can go wrong between here and a model.

use std::error::Error;
use std::time::Duration;

/// An error that caused another.
pub type Source = Box<dyn Error + Send + Sync>;

/// Why a model server gave no answer, or not a whole one.
///
/// `detail` is the server's own text: at most 300 characters, without control characters, for people to read and never
/// to act upon. No variant holds credentials.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// There was no connection: refused, timed out, or no such host. Or there may be none: the brain is switched off, the
    /// routing leaves nobody to ask, too many chats in a row have failed there.
    #[error("cannot reach the model server at {base_url}")]
    Unreachable {
        /// The server.
        base_url: String,
        /// Why.
        source: Source,
    },
    /// The connection ended before the answer's final record. What came until then is not an answer.
    #[error("the model server at {base_url} broke off before the end of its answer")]
    Disconnected {
        /// The server.
        base_url: String,
        /// Why, when it was more than an early end.
        source: Option<Source>,
    },
    /// The server accepted the question and then sent no token in time.
    #[error("the model {model} sent no first token within {after:?}")]
    FirstTokenTimeout {
        /// The model asked.
        model: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// The server began to answer and then fell silent.
    #[error("the model {model} fell silent for {after:?} in the middle of its answer")]
    Silence {
        /// The model asked.
        model: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// The server answered with an HTTP status other than success.
    #[error("the model server at {base_url} answered {status}: {detail}")]
    Status {
        /// The server.
        base_url: String,
        /// The HTTP status.
        status: u16,
        /// The server's explanation; may be empty.
        detail: String,
    },
    /// What the server sent is not in its protocol: a page of HTML, a malformed line, a line without end.
    #[error("the model server at {base_url} does not speak its protocol: {detail}")]
    Protocol {
        /// The server.
        base_url: String,
        /// What was found.
        detail: String,
        /// The parser's error.
        source: Option<Source>,
    },
    /// The server reported an error in the middle of its answer.
    #[error("the model {model} failed: {detail}")]
    Model {
        /// The model asked.
        model: String,
        /// The server's explanation.
        detail: String,
    },
    /// The server has no model of this name.
    #[error("the model server at {base_url} has no model {model}")]
    UnknownModel {
        /// The server.
        base_url: String,
        /// The model asked for.
        model: String,
    },
    /// Models cannot be pulled, unloaded or deleted there. Nothing was asked.
    #[error("models cannot be managed at {provider}: {reason}")]
    NotManaged {
        /// The provider's name.
        provider: String,
        /// Why.
        reason: &'static str,
    },
    /// Too many chats wait for their turn already. Nothing was asked.
    #[error("too many questions are waiting for the model server")]
    Busy,
}

impl GatewayError {
    /// Whether the server could not be asked at all, so that the question can wait until it is back.
    pub const fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }

    /// Whether the server took too long.
    pub const fn is_timeout(&self) -> bool {
        matches!(self, Self::FirstTokenTimeout { .. } | Self::Silence { .. })
    }

    /// Whether the server refuses the question because it brings tools: the model knows none, or the server was not set up
    /// for them. Told by the servers' own words; only to be asked of a question that brought some.
    pub fn refuses_tools(&self) -> bool {
        matches!(self, Self::Status { status: 400..=422 | 500 | 501, detail, .. }
            if detail.to_ascii_lowercase().contains("tool"))
    }

    /// The error and its root cause in one line, for a status that people read.
    pub fn summary(&self) -> String {
        let mut cause = self.source();
        while let Some(deeper) = cause.and_then(Error::source) {
            cause = Some(deeper);
        }
        match cause {
            Some(cause) => detail(&format!("{self}: {cause}")),
            None => detail(&self.to_string()),
        }
    }
}

/// A server's text as this crate passes it on: bounded, one line, no control characters.
pub(crate) fn detail(text: &str) -> String {
    const MAX_CHARS: usize = 300;
    let printable = |c: char| if c.is_control() { ' ' } else { c };
    let mut kept: String = text.trim().chars().map(printable).take(MAX_CHARS + 1).collect();
    if let Some((cut, _)) = kept.char_indices().nth(MAX_CHARS) {
        kept.truncate(cut);
        kept.pop();
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_text_is_bounded_and_printable() {
        assert_eq!(detail(" out of\tmemory\r\n"), "out of memory");
        assert_eq!(detail("a\u{1b}[31mred\0"), "a [31mred ");
        assert_eq!(detail(&"é".repeat(300)), "é".repeat(300));
        let long = detail(&"漢".repeat(10_000));
        assert_eq!(long.chars().count(), 300);
        assert!(long.ends_with('…'));
    }

    #[test]
    fn a_server_that_refuses_tools_is_known_by_its_words() {
        let said = |status, detail: &str| GatewayError::Status {
            base_url: "http://h".into(),
            status,
            detail: detail.into(),
        };
        for (status, detail) in [
            (400, "registry.ollama.ai/library/gemma:2b does not support tools"),
            (400, "\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set"),
            (500, "tools param requires --jinja flag"),
        ] {
            assert!(said(status, detail).refuses_tools(), "{detail}");
        }
        assert!(!said(500, "out of memory").refuses_tools());
        assert!(!said(401, "no key").refuses_tools());
        assert!(!GatewayError::Busy.refuses_tools());
    }

    #[test]
    fn a_summary_names_the_act_and_the_root_cause() {
        let io = std::io::Error::new(std::io::ErrorKind::ConnectionRefused, "refused");
        let error = GatewayError::Unreachable { base_url: "http://h".into(), source: Box::new(io) };
        assert_eq!(error.summary(), "cannot reach the model server at http://h: refused");
    }
}
