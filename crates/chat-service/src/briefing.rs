//! What a reply is made from: who speaks, with whom, and what was said before.

use crate::ChatError;
use crate::recipient::can_answer;
use domain::{Agent, Department, Message, Scope, Slug, SpeakerKind};
use persistence::{ReadTx, Said};
use serde_json::{Map, Value};

/// The most messages of the past that are looked at; the model's context leaves room for far fewer.
const HISTORY: i64 = 200;

/// Who speaks.
pub(crate) enum Identity {
    /// Daena.
    Daena,
    /// An agent, and the department it works in.
    Agent(Box<(Agent, Department)>),
    /// A model as itself.
    Model,
}

/// What a reply is made from.
pub(crate) struct Briefing {
    pub(crate) identity: Identity,
    /// The colleagues to ask for a note: the department's other agents, in a department's session.
    pub(crate) colleagues: Vec<Agent>,
    /// What was said in this session before the reply, oldest first.
    pub(crate) history: Vec<Said>,
}

impl Briefing {
    /// Reads it all at one moment. `reply` stands at `ordinal`.
    pub(crate) fn read(
        tx: &mut ReadTx<'_>,
        scope: &Scope,
        reply: &Message,
        ordinal: i64,
    ) -> Result<Self, ChatError> {
        let history = tx.messages().said_before(reply.session_id, ordinal, HISTORY)?;
        if reply.speaker.kind != SpeakerKind::Agent {
            let itself = reply.speaker.kind == SpeakerKind::Model;
            let identity = if itself { Identity::Model } else { Identity::Daena };
            return Ok(Self { identity, colleagues: Vec::new(), history });
        }
        let gone = || ChatError::not_found("agent", &reply.speaker.id);
        let slug = Slug::parse(&reply.speaker.id).map_err(|_| gone())?;
        // Where the agent works now: it may have moved since the session began.
        let speaker = tx.agents().get(&slug)?.ok_or_else(gone)?;
        let department = tx.departments().get(&speaker.department_id)?.ok_or_else(gone)?;
        let colleagues = match scope {
            Scope::Department(slug) => {
                let mut agents = tx.agents().of(slug)?;
                agents.retain(|agent| agent.slug != speaker.slug && can_answer(agent));
                agents
            }
            _ => Vec::new(),
        };
        Ok(Self { identity: Identity::Agent(Box::new((speaker, department))), colleagues, history })
    }

    /// The model of the speaker's own.
    pub(crate) fn model(&self) -> Option<String> {
        match &self.identity {
            Identity::Daena | Identity::Model => None,
            Identity::Agent(agent) => agent.0.model.clone(),
        }
    }

    /// The speaker's own settings for the model.
    pub(crate) fn params(&self) -> Map<String, Value> {
        match &self.identity {
            Identity::Daena | Identity::Model => Map::new(),
            Identity::Agent(agent) => agent.0.params.clone(),
        }
    }
}
