//! The tools that a question offers.

use super::Tooling;
use crate::toolbox::{GrantedTool, Toolbox};
use domain::{Scope, Speaker, SpeakerKind};
use llm_gateway::Tools;
use serde_json::{Value, json};
use std::sync::Arc;

/// The tools that a question to a model offers, and who has them.
pub(crate) struct Offer {
    pub(super) toolbox: Option<Arc<dyn Toolbox>>,
    granted: Vec<GrantedTool>,
}

impl Offer {
    /// None at all.
    pub(crate) const fn none() -> Self {
        Self { toolbox: None, granted: Vec::new() }
    }

    /// What a speaker of the company may use in a session, where the model knows tools. A model as itself has none.
    pub(crate) async fn to(tooling: &Tooling, scope: &Scope, speaker: &Speaker, model: &str) -> Self {
        if !matches!(speaker.kind, SpeakerKind::Daena | SpeakerKind::Agent) || tooling.knows_none(model) {
            return Self::none();
        }
        let Some(toolbox) = tooling.holder().await else { return Self::none() };
        let granted = toolbox.granted(scope, speaker);
        Self { toolbox: Some(toolbox), granted }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.granted.is_empty()
    }

    /// As the model is told of them; none when there are none.
    pub(crate) fn tools(&self) -> Option<Tools> {
        let tool = |tool: &GrantedTool| {
            json!({"type": "function", "function": {
                "name": tool.name, "description": tool.description, "parameters": tool.input_schema,
            }})
        };
        let offered: Vec<Value> = self.granted.iter().map(tool).collect();
        (!offered.is_empty()).then(|| Tools { offered, ..Tools::default() })
    }

    /// The tool that a model means by a name.
    pub(super) fn named(&self, name: &str) -> Option<&GrantedTool> {
        self.granted.iter().find(|tool| tool.name == name)
    }
}

/// A high guess at what the tools' descriptions take of a model's context, as for text.
pub(crate) fn tool_tokens(tools: Option<&Tools>) -> u32 {
    let offered = tools.iter().flat_map(|tools| &tools.offered);
    let bytes: usize = offered.map(|tool| tool.to_string().len()).sum();
    u32::try_from(bytes.div_ceil(3)).unwrap_or(u32::MAX)
}
