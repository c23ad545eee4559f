//! Calls of tools: their ids, and how they are told.

use domain::MessageId;
use llm_gateway::{ToolCall, ToolCallDelta};
use std::fmt;

/// The length of an id's text.
const UUID: usize = 36;

/// The id of a call as a caller sees it. It names the reply that asked for the call, so that what the call gave finds
/// back to its session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallId {
    /// The reply that asked for it.
    pub reply: MessageId,
    own: Own,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Own {
    /// The id its server gave it.
    Given(String),
    /// Its place in the reply, where the server gives no ids.
    Place(usize),
}

impl CallId {
    pub(crate) fn new(reply: MessageId, given: Option<&str>, place: usize) -> Self {
        let own = given.map_or(Own::Place(place), |given| Own::Given(given.to_owned()));
        Self { reply, own }
    }

    /// Reads one that was made here.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("call_")?;
        let (reply, own) = (rest.get(..UUID)?.parse().ok()?, rest.get(UUID..)?);
        let own = match own.strip_prefix('_') {
            Some(given) => Own::Given(given.to_owned()),
            None => Own::Place(own.strip_prefix('-')?.parse().ok()?),
        };
        Some(Self { reply, own })
    }

    /// The id by which the model's server knows the call.
    pub fn to_server(&self) -> String {
        match &self.own {
            Own::Given(given) => given.clone(),
            Own::Place(_) => self.to_string(),
        }
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.own {
            Own::Given(given) => write!(f, "call_{}_{given}", self.reply),
            Own::Place(place) => write!(f, "call_{}-{place}", self.reply),
        }
    }
}

/// The calls that their pieces make, in order.
pub(crate) fn joined(pieces: &[ToolCallDelta]) -> Vec<ToolCall> {
    let mut calls: Vec<(usize, ToolCall)> = Vec::new();
    for piece in pieces {
        let known = calls.iter_mut().find(|(index, _)| *index == piece.index);
        let name = piece.name.as_deref().unwrap_or_default();
        if let Some((_, call)) = known {
            call.name.push_str(name);
            call.arguments.push_str(&piece.arguments);
        } else {
            let id = piece.id.clone().unwrap_or_default();
            let call = ToolCall { id, name: name.to_owned(), arguments: piece.arguments.clone() };
            calls.push((piece.index, call));
        }
    }
    calls.into_iter().map(|(_, call)| call).collect()
}

/// Calls as people read them in the session: a line for each.
pub(crate) fn in_words(pieces: &[ToolCallDelta]) -> String {
    let lines = joined(pieces).into_iter().map(|call| format!("→ {}({})", call.name, call.arguments));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_finds_back_to_its_reply_and_to_the_servers_own() {
        let reply: MessageId = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
        for (given, text, to_server) in [
            (Some("call_9-_x"), "call_01890a5d-ac96-774b-bcce-b302099a8057_call_9-_x", "call_9-_x"),
            (
                None,
                "call_01890a5d-ac96-774b-bcce-b302099a8057-3",
                "call_01890a5d-ac96-774b-bcce-b302099a8057-3",
            ),
        ] {
            let id = CallId::new(reply, given, 3);
            assert_eq!(id.to_string(), text);
            assert_eq!(CallId::parse(text).unwrap(), id);
            assert_eq!(id.to_server(), to_server);
        }
        for foreign in
            ["", "call_abc", "call_01890a5d-ac96-774b-bcce-b302099a8057", "chatcmpl-tool-1", "call_ü"]
        {
            assert_eq!(CallId::parse(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn pieces_make_calls_by_their_index() {
        let piece = |index, id: &str, name: &str, arguments: &str| ToolCallDelta {
            index,
            id: Some(id.to_owned()).filter(|id| !id.is_empty()),
            name: Some(name.to_owned()).filter(|name| !name.is_empty()),
            arguments: arguments.to_owned(),
        };
        let pieces = [piece(0, "a", "time", ""), piece(1, "b", "rain", "{}"), piece(0, "", "", "{\"in\":1}")];
        assert_eq!(in_words(&pieces), "→ time({\"in\":1})\n→ rain({})");
        assert_eq!(joined(&pieces)[1].id, "b");
    }
}
