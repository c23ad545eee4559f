//! What can be overridden, for those who choose.

use serde::Serialize;
use serde_json::{Value, json};

/// A kind of override: its key, what fits it, and what it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OverrideKind {
    /// The key; `<slug>` stands for that of a department or agent.
    pub key: &'static str,
    /// The JSON type of its value.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What holds without the override; null where there is nothing.
    #[cfg_attr(feature = "openapi", schema(value_type = Value))]
    pub default: Value,
    /// What it does.
    pub effect: &'static str,
    /// A value that fits.
    #[cfg_attr(feature = "openapi", schema(value_type = Value))]
    pub example: Value,
}

impl OverrideKind {
    /// All of them, in the order of the documentation.
    pub fn all() -> Vec<Self> {
        let flag = |key, default: bool, effect| Self {
            key,
            kind: "boolean",
            default: json!(default),
            effect,
            example: json!(!default),
        };
        let text = |key, default, effect, example| Self { key, kind: "string", default, effect, example };
        vec![
            flag(
                "brain.enabled",
                true,
                "false: no model server is called, the probe included; answers are deferred as when offline, and completed when it is undone",
            ),
            text(
                "brain.model",
                Value::Null,
                "the model used where neither the request nor the agent names one, instead of the active one",
                json!("llama3.2:3b"),
            ),
            text(
                "brain.routing",
                Value::Null,
                "local_only, api_only or hybrid: a model server that may not be used is not called, and answers are deferred as when offline",
                json!("local_only"),
            ),
            flag("daena.paused", false, "true: turns with Daena are refused; departments and agents go on"),
            text(
                "daena.instructions",
                Value::Null,
                "added to every system prompt, of Daena and of all agents",
                json!("Answer in at most three sentences."),
            ),
            flag(
                "department.<slug>.locked",
                false,
                "true: turns with the department and with its agents are refused",
            ),
            flag(
                "agent.<slug>.locked",
                false,
                "true: turns with the agent are refused; it gives no notes and does not speak for its department",
            ),
            flag(
                "system.read_only",
                false,
                "true: maintenance; what would change something is refused, replies in the making finish",
            ),
            flag(
                "system.lockdown",
                false,
                "true: replies in the making are stopped, nothing is generated, and only reads are allowed",
            ),
        ]
    }

    /// The keys alone.
    pub fn keys() -> Vec<&'static str> {
        Self::all().into_iter().map(|kind| kind.key).collect()
    }
}
