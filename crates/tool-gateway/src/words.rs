//! Words of a server, as they are passed on.

use crate::{Secret, ServerSpec, Transport};

const MAX_CHARS: usize = 300;
/// Shorter values would blacken half of every sentence.
const MIN_SECRET: usize = 4;

/// Makes a server's words fit to be shown: one line, bounded, none of the connection's own secrets in it.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    secrets: Vec<Secret>,
}

impl Words {
    pub(crate) fn of(spec: &ServerSpec) -> Self {
        let values = match &spec.transport {
            Transport::Stdio { env, .. } => env,
            Transport::Http { headers, .. } => headers,
        };
        // A header such as `Bearer abc` has its secret behind the blank.
        let parts = values.iter().flat_map(|(_, value)| {
            std::iter::once(value.expose()).chain(value.expose().split_whitespace().skip(1))
        });
        let mut secrets: Vec<Secret> =
            parts.filter(|part| part.len() >= MIN_SECRET).map(|part| Secret::new(part.to_owned())).collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.expose().len()));
        Self { secrets }
    }

    /// The text without secrets, on one line, at most 300 characters.
    pub(crate) fn clean(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.secrets {
            text = text.replace(secret.expose(), "***");
        }
        detail(&text)
    }
}

/// A server's text as this crate passes it on: bounded, one line, no control characters.
pub(crate) fn detail(text: &str) -> String {
    let printable = |c: char| if c.is_control() { ' ' } else { c };
    let mut kept: String = text.trim().chars().map(printable).take(MAX_CHARS + 1).collect();
    if let Some((cut, _)) = kept.char_indices().nth(MAX_CHARS) {
        kept.truncate(cut);
        kept.pop();
        kept.push('…');
    }
    kept
}

/// The longest beginning of a text with at most so many bytes that ends between two characters.
pub(crate) fn beginning(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timeouts;
    use domain::ConnectionId;

    #[test]
    fn secrets_are_blackened_and_lines_joined() {
        let spec = ServerSpec {
            id: ConnectionId::new(uuid::Uuid::nil()),
            transport: Transport::Http {
                url: "https://example.com".to_owned(),
                headers: vec![
                    ("Authorization".to_owned(), Secret::new("Bearer tell-nobody".to_owned())),
                    ("X-Short".to_owned(), Secret::new("abc".to_owned())),
                ],
                allow_private: false,
            },
            enabled: true,
            timeouts: Timeouts::default(),
        };
        let words = Words::of(&spec);
        assert_eq!(
            words.clean("no Bearer tell-nobody\nhere, nor tell-nobody; abc"),
            "no *** here, nor ***; abc"
        );
        assert!(!format!("{spec:?} {words:?}").contains("tell-nobody"));
    }

    #[test]
    fn a_beginning_ends_between_characters() {
        assert_eq!(beginning("héé", 2), "h");
        assert_eq!(beginning("hé", 3), "hé");
        assert_eq!(beginning("hé", 9), "hé");
    }
}
