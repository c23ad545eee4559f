//! Words of a server, as they are passed on.

use crate::{Content, Secret, ServerSpec, ToolResult, Transport};
use serde_json::Value;

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
        self.blacken(&mut text);
        detail(&text)
    }

    /// Takes the secrets out of a text.
    pub(crate) fn blacken(&self, text: &mut String) {
        for secret in &self.secrets {
            if text.contains(secret.expose()) {
                *text = text.replace(secret.expose(), "***");
            }
        }
    }

    /// Takes the secrets out of what a tool gave: a program may print its environment, and a result is stored and shown.
    pub(crate) fn blacken_result(&self, result: &mut ToolResult) {
        for part in &mut result.content {
            if let Content::Text { text } = part {
                self.blacken(text);
            }
        }
        if let Some(structured) = &mut result.structured {
            self.blacken_json(structured);
        }
    }

    fn blacken_json(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.blacken(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.blacken_json(item)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.blacken_json(field)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
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
