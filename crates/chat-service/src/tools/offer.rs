//! The tools that a question offers.

use super::Tooling;
use crate::toolbox::{GrantedTool, Toolbox};
use domain::{Scope, Speaker, SpeakerKind};
use llm_gateway::Tools;
use serde_json::{Value, json};
use std::sync::Arc;

/// The most bytes of a tool's description that the model reads.
const DESCRIPTION: usize = 1024;
/// Which part of a model's context may be taken by the tools it is offered: one of so many.
const SHARE: u32 = 4;
/// How many of those that are left out are named.
const NAMED: usize = 3;

/// The tools that a question to a model offers, and who has them.
#[derive(Default)]
pub(crate) struct Offer {
    pub(super) toolbox: Option<Arc<dyn Toolbox>>,
    granted: Vec<GrantedTool>,
    /// The same, as the model is told of them.
    told: Vec<Value>,
    /// The names of those that there is no room for.
    left_out: Vec<String>,
}

impl Offer {
    /// None at all.
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// What a speaker of the company may use in a session, where the model knows tools: in the order in which it is granted,
    /// each that still fits into a quarter of the model's context. A model as itself has none.
    pub(crate) async fn to(
        tooling: &Tooling,
        scope: &Scope,
        speaker: &Speaker,
        model: &str,
        context: u32,
    ) -> Self {
        if !matches!(speaker.kind, SpeakerKind::Daena | SpeakerKind::Agent) || tooling.knows_none(model) {
            return Self::none();
        }
        let Some(toolbox) = tooling.holder().await else { return Self::none() };
        let mut offer = Self::within(context / SHARE, toolbox.granted(scope, speaker));
        if !offer.left_out.is_empty() {
            let (speaker, names) = (&speaker.id, &offer.left_out);
            tracing::warn!(model, speaker, ?names, "the model has no room to be told of these tools");
        }
        offer.toolbox = Some(toolbox);
        offer
    }

    /// Those of the tools that fit into so many tokens.
    fn within(mut room: u32, all: Vec<GrantedTool>) -> Self {
        let mut offer = Self::none();
        for tool in all {
            let told = told(&tool);
            match room.checked_sub(tokens(&told)) {
                Some(rest) => {
                    room = rest;
                    offer.told.push(told);
                    offer.granted.push(tool);
                }
                None => offer.left_out.push(tool.name),
            }
        }
        offer
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.granted.is_empty()
    }

    /// As the model is told of them; none when there are none.
    pub(crate) fn tools(&self) -> Option<Tools> {
        let offered = self.told.clone();
        (!offered.is_empty()).then(|| Tools { offered, ..Tools::default() })
    }

    /// What was left out, in words for people; none where nothing was.
    pub(crate) fn remark(&self) -> Option<String> {
        let missing = self.left_out.len();
        let of = missing + self.granted.len();
        let named: Vec<&str> = self.left_out.iter().take(NAMED).map(String::as_str).collect();
        let more = if missing > NAMED { ", …" } else { "" };
        (missing > 0).then(|| {
            let named = named.join(", ");
            format!(
                "The model was not told of {missing} of {of} tools, having no room for them: {named}{more}."
            )
        })
    }

    /// The tool that a model means by a name.
    pub(super) fn named(&self, name: &str) -> Option<&GrantedTool> {
        self.granted.iter().find(|tool| tool.name == name)
    }
}

fn told(tool: &GrantedTool) -> Value {
    let text = &tool.description;
    let end = (0..=DESCRIPTION.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    let description = text.get(..end.unwrap_or_default()).unwrap_or_default();
    json!({"type": "function", "function": {
        "name": tool.name, "description": description, "parameters": tool.input_schema,
    }})
}

/// A high guess at what a tool takes of a model's context, as for text.
fn tokens(told: &Value) -> u32 {
    u32::try_from(told.to_string().len().div_ceil(3)).unwrap_or(u32::MAX)
}

/// A high guess at what the tools' descriptions take of a model's context, as for text.
pub(crate) fn tool_tokens(tools: Option<&Tools>) -> u32 {
    let offered = tools.iter().flat_map(|tools| &tools.offered);
    offered.map(tokens).fold(0, u32::saturating_add)
}
