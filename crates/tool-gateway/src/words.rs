//! Words of a server, as they are passed on.

use crate::{Content, Embedded, Secret, ServerSpec, Transport};
use serde_json::Value;

const MAX_CHARS: usize = 300;
/// Shorter values would blacken half of every sentence.
const MIN_SECRET: usize = 4;
/// What of a schema is for reading. The rest of it has to stay as it is for the tool to be called.
const PROSE: [&str; 5] = ["title", "description", "$comment", "default", "examples"];
/// What of a schema holds schemas by names of the server's own, which may be those of keywords.
const BY_NAME: [&str; 5] = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"];
/// What of a schema holds values.
const VALUES: [&str; 2] = ["const", "enum"];

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
        Self::hiding(values.iter().map(|(_, value)| value))
    }

    /// Hides these values, and what they are inside of JSON.
    pub(crate) fn hiding<'a>(values: impl Iterator<Item = &'a Secret>) -> Self {
        // A header such as `Bearer abc` has its secret behind the blank.
        let parts = values.flat_map(|value| {
            std::iter::once(value.expose()).chain(value.expose().split_whitespace().skip(1))
        });
        let parts = parts.filter(|part| part.len() >= MIN_SECRET);
        let forms = parts.flat_map(|part| {
            let quoted = Value::from(part).to_string();
            let escaped = quoted.get(1..quoted.len() - 1).unwrap_or_default();
            [part.to_owned(), escaped.to_owned()]
        });
        let mut secrets: Vec<String> = forms.collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
        Self { secrets: secrets.into_iter().map(Secret::new).collect() }
    }

    /// The text without secrets, on one line, at most 300 characters.
    pub(crate) fn clean(&self, text: &str) -> String {
        detail(&self.beginning(text, usize::MAX))
    }

    /// The same of a text of which only the beginning is known: what may be the beginning of a secret at its end is taken out, too.
    pub(crate) fn clean_beginning(&self, text: &str) -> String {
        let mut text = self.beginning(text, usize::MAX);
        // Half a character is none.
        let whole = text.trim_end_matches(char::REPLACEMENT_CHARACTER).len();
        text.truncate(whole);
        let begun = self.secrets.iter().filter_map(|secret| {
            let secret = secret.expose();
            let mut beginnings = (1..secret.len()).rev().filter_map(|end| secret.get(..end));
            beginnings.find(|beginning| text.ends_with(beginning)).map(str::len)
        });
        let begun = begun.max().unwrap_or_default();
        text.truncate(text.len() - begun);
        detail(&text)
    }

    /// The beginning of the text without secrets, of at most so many bytes.
    pub(crate) fn beginning(&self, text: &str, bytes: usize) -> String {
        let mut text = text.to_owned();
        self.blacken(&mut text);
        text.truncate(beginning(&text, bytes).len());
        text
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
    pub(crate) fn blacken_content(&self, part: &mut Content) {
        match part {
            Content::Text { text } => self.blacken(text),
            Content::Image { mime_type, .. } | Content::Audio { mime_type, .. } => self.blacken(mime_type),
            Content::Resource { resource: Embedded { uri, mime_type, text, .. } } => {
                self.blacken(uri);
                mime_type.iter_mut().chain(text).for_each(|text| self.blacken(text));
            }
            Content::ResourceLink { uri, name } => {
                self.blacken(uri);
                self.blacken(name);
            }
        }
    }

    /// Takes the secrets out of all texts and names of some JSON.
    pub(crate) fn blacken_json(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.blacken(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.blacken_json(item)),
            Value::Object(fields) => {
                let all = std::mem::take(fields).into_iter().map(|(mut name, mut field)| {
                    self.blacken(&mut name);
                    self.blacken_json(&mut field);
                    (name, field)
                });
                *fields = all.collect();
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Takes the secrets out of what people and models read of a schema.
    pub(crate) fn blacken_schema(&self, schema: &mut Value) {
        match schema {
            Value::Array(schemas) => schemas.iter_mut().for_each(|schema| self.blacken_schema(schema)),
            Value::Object(keywords) => {
                for (keyword, value) in keywords {
                    match (keyword.as_str(), value) {
                        (keyword, value) if PROSE.contains(&keyword) => self.blacken_json(value),
                        (keyword, _) if VALUES.contains(&keyword) => {}
                        (keyword, Value::Object(schemas)) if BY_NAME.contains(&keyword) => {
                            schemas.values_mut().for_each(|schema| self.blacken_schema(schema));
                        }
                        (_, value) => self.blacken_schema(value),
                    }
                }
            }
            _ => {}
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

    fn hiding(secret: &str) -> Words {
        Words::hiding([Secret::new(secret.to_owned())].iter())
    }

    #[test]
    fn no_cut_leaves_a_part_of_a_secret() {
        let words = hiding("tell-nöbody");
        let text = format!("{}tell-nöbody", "x".repeat(295));
        assert_eq!(words.clean(&text), format!("{}***", "x".repeat(295)));
        assert_eq!(words.beginning(&text, 297), format!("{}**", "x".repeat(295)));
        let all = "say tell-nöbody".as_bytes();
        for end in 4..all.len() {
            let cut = String::from_utf8_lossy(&all[..end]);
            assert_eq!(words.clean_beginning(&cut), "say", "{cut}");
        }
        assert_eq!(words.clean_beginning("say tell-nöbody"), "say ***");
        assert_eq!(words.clean_beginning("say till"), "say till");
    }

    #[test]
    fn a_secret_is_blackened_inside_of_json_too_and_a_schema_keeps_its_form() {
        let words = hiding("two\nlines \"and quotes\"");
        let printed = Value::from("it is: two\nlines \"and quotes\"").to_string();
        assert_eq!(words.clean(&printed), "\"it is: ***\"");
        let mut found = serde_json::json!({"path": ["path", {"a path": true}]});
        hiding("path").blacken_json(&mut found);
        assert_eq!(found, serde_json::json!({"***": ["***", {"a ***": true}]}));
        let mut schema =
            serde_json::json!({"properties": {"path": {"description": "a path", "enum": ["path"]}}});
        hiding("path").blacken_schema(&mut schema);
        let kept = serde_json::json!({"properties": {"path": {"description": "a ***", "enum": ["path"]}}});
        assert_eq!(schema, kept);
    }

    #[test]
    fn names_of_a_schemas_own_are_no_keywords() {
        let schema = serde_json::json!({
            "$defs": {"examples": {"type": "string"}},
            "properties": {
                "title": {"type": "string", "title": "a string"},
                "default": {"enum": [{"title": "string"}]},
                "properties": {"properties": {"description": {"type": "string"}}},
            },
            "default": {"properties": {"type": "string"}},
        });
        let mut blackened = schema.clone();
        hiding("string").blacken_schema(&mut blackened);
        let mut kept = schema;
        kept["properties"]["title"]["title"] = "a ***".into();
        kept["default"]["properties"]["type"] = "***".into();
        assert_eq!(blackened, kept);
    }

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
