//! What the Founder's overrides allow at a moment.

mod book;

pub(crate) use book::RuleBook;

use crate::ChatError;
use crate::prompt::{held_notice, offline_notice};
use crate::recipient::can_answer;
use crate::service::Inner;
use domain::{
    Agent, Budget, DepartmentStatus, Override, OverrideKey, Routing, Scope, Slug, Speaker, SpeakerKind,
    Timestamp,
};
use llm_gateway::{Permission, PromptMessage};
use persistence::{ReadTx, StoreError};
use std::sync::Arc;

/// What the Founder's overrides allow at one moment. Asking costs no read: it is a copy of the rows, kept up to date by
/// whoever changes them. One that has expired has no effect from that moment on.
#[derive(Debug, Clone)]
pub struct Rules {
    stored: Arc<Vec<Override>>,
    chosen: Arc<Chosen>,
    at: Timestamp,
    /// The budget that is spent.
    spent: Option<Budget>,
    kinds: Kinds,
}

/// What the Founder chose among the models and their servers, as the settings say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) model: Option<String>,
    pub(crate) routing: Option<Routing>,
}

/// Which kinds of providers there are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kinds {
    pub(crate) local: bool,
    pub(crate) api: bool,
}

impl Rules {
    /// The overrides in force, by key.
    pub fn in_force(&self) -> impl Iterator<Item = &Override> {
        self.stored.iter().filter(|it| it.is_in_force(self.at))
    }

    fn get(&self, key: &OverrideKey) -> Option<&Override> {
        self.in_force().find(|it| it.key == *key)
    }

    /// The override of a key whose value is this.
    fn set_to(&self, key: &OverrideKey, value: bool) -> Option<&Override> {
        self.get(key).filter(|it| it.value.as_bool() == Some(value))
    }

    fn text(&self, key: &OverrideKey) -> Option<&str> {
        self.get(key)?.value.as_str()
    }

    /// The lockdown, while there is one.
    pub fn lockdown(&self) -> Option<&Override> {
        self.set_to(&OverrideKey::SystemLockdown, true)
    }

    /// The maintenance, while there is one.
    pub fn read_only(&self) -> Option<&Override> {
        self.set_to(&OverrideKey::SystemReadOnly, true)
    }

    /// Whether something may be begun that writes or generates.
    ///
    /// # Errors
    /// [`ChatError::Forbidden`] in a lockdown, [`ChatError::Maintenance`] during maintenance.
    pub fn admit(&self) -> Result<(), ChatError> {
        if let Some(it) = self.lockdown() {
            let detail = format!("everything is locked down by the Founder: {}", it.reason);
            return Err(ChatError::Forbidden { detail });
        }
        match self.read_only() {
            Some(it) => Err(ChatError::Maintenance {
                detail: format!("under maintenance, nothing can be changed: {}", it.reason),
                seconds: it.expires_at.map(|end| end.millis_since(self.at) / 1000 + 1),
            }),
            None => Ok(()),
        }
    }

    /// The budget that is spent, if one is: then nothing is begun that a model has to be asked for.
    pub const fn spent(&self) -> Option<&Budget> {
        self.spent.as_ref()
    }

    /// Whether something may be begun that a model has to be asked for.
    ///
    /// # Errors
    /// [`ChatError::Spent`].
    pub fn within_budget(&self) -> Result<(), ChatError> {
        match &self.spent {
            Some(budget) => Err(ChatError::Spent {
                detail: budget.to_string(),
                seconds: budget.resets_at.millis_since(self.at) / 1000 + 1,
            }),
            None => Ok(()),
        }
    }

    /// Why no model server may be asked, to stand after "the brain is".
    pub fn brain_refusal(&self) -> Option<String> {
        let refusal = |how: &str, it: &Override| Some(format!("{how} by the Founder ({})", it.reason));
        if let Some(it) = self.lockdown() {
            return refusal("locked down", it);
        }
        if let Some(it) = self.set_to(&OverrideKey::BrainEnabled, false) {
            return refusal("switched off", it);
        }
        let it = self.get(&OverrideKey::BrainRouting)?;
        match self.overridden_routing()? {
            Routing::LocalOnly if !self.kinds.local => {
                refusal("not to be used, as it is not local and only local models are allowed", it)
            }
            Routing::ApiOnly if !self.kinds.api => {
                refusal("not to be used, as it is local and only models elsewhere are allowed", it)
            }
            _ => None,
        }
    }

    /// The model used where none is named, as far as the Founder chose one: the override, or else the one selected.
    pub fn model(&self) -> Option<&str> {
        self.text(&OverrideKey::BrainModel).or(self.chosen.model.as_deref())
    }

    /// Which providers are used: as the override says, or else the setting, `local_only` without one. A setting that leaves
    /// nobody gives way to what there is: whoever names one provider alone means it to be asked.
    pub fn routing(&self) -> Routing {
        if let Some(overridden) = self.overridden_routing() {
            return overridden;
        }
        match self.chosen.routing.unwrap_or(Routing::LocalOnly) {
            Routing::LocalOnly if !self.kinds.local => Routing::ApiOnly,
            Routing::ApiOnly if !self.kinds.api => Routing::LocalOnly,
            chosen => chosen,
        }
    }

    fn overridden_routing(&self) -> Option<Routing> {
        self.text(&OverrideKey::BrainRouting).and_then(Routing::from_word)
    }

    /// Who may be asked.
    pub(crate) fn permission(&self) -> Permission {
        let refusal = self.brain_refusal().map(|why| format!("the brain is {why}"));
        Permission { refusal, routing: self.routing() }
    }

    /// Why Daena takes no turns.
    pub(crate) fn daena_paused(&self) -> Option<String> {
        let it = self.set_to(&OverrideKey::DaenaPaused, true)?;
        Some(format!("Daena is paused by the Founder: {}", it.reason))
    }

    /// Why a department takes no turns, in words.
    pub(crate) fn department_locked(&self, slug: &Slug) -> Option<String> {
        let it = self.set_to(&OverrideKey::DepartmentLocked(slug.clone()), true)?;
        Some(format!("the department {slug} is locked by the Founder: {}", it.reason))
    }

    fn agent_locked(&self, slug: &Slug) -> Option<String> {
        let it = self.set_to(&OverrideKey::AgentLocked(slug.clone()), true)?;
        Some(format!("the agent {slug} is locked by the Founder: {}", it.reason))
    }

    /// Why an agent neither answers nor gives notes: it is locked, or its department is.
    pub fn lock_on(&self, agent: &Agent) -> Option<String> {
        if self.stored.is_empty() {
            return None;
        }
        self.agent_locked(&agent.slug).or_else(|| self.department_locked(&agent.department_id))
    }

    /// Why a stored reply may not be made now: a budget is spent; who speaks, or the session it stands in, is paused or
    /// locked.
    pub(crate) fn hold_on(&self, scope: &Scope, speaker: &Speaker) -> Option<String> {
        if let Some(budget) = &self.spent {
            return Some(budget.to_string());
        }
        if self.stored.is_empty() {
            return None;
        }
        match speaker.kind {
            SpeakerKind::Daena => self.daena_paused(),
            SpeakerKind::Model => None,
            _ => Slug::parse(&speaker.id)
                .ok()
                .and_then(|slug| self.agent_locked(&slug))
                .or_else(|| self.department_locked(scope.department()?)),
        }
    }

    /// The same, with the speaker as it is now: an agent may be paused, or work in another department than when the session
    /// began, and that may be disabled.
    pub(crate) fn holds(
        &self,
        tx: &mut ReadTx<'_>,
        scope: &Scope,
        speaker: &Speaker,
    ) -> Result<Option<String>, StoreError> {
        let why = self.hold_on(scope, speaker);
        if why.is_some() || speaker.kind != SpeakerKind::Agent {
            return Ok(why);
        }
        let Ok(slug) = Slug::parse(&speaker.id) else { return Ok(None) };
        let Some(agent) = tx.agents().get(&slug)? else { return Ok(None) };
        if !can_answer(&agent) {
            return Ok(Some(format!("{} is {}", agent.name, agent.status)));
        }
        let department = tx.departments().get(&agent.department_id)?;
        let disabled = department.filter(|it| it.status == DepartmentStatus::Disabled);
        Ok(self.lock_on(&agent).or_else(|| disabled.map(|it| format!("{} is disabled", it.name))))
    }

    /// The prompt with the Founder's instructions at the end of what the system says. Every prompt passes here.
    pub fn instruct(&self, mut messages: Vec<PromptMessage>) -> Vec<PromptMessage> {
        let Some(instructions) = self.text(&OverrideKey::DaenaInstructions) else { return messages };
        let system = messages.iter_mut().find(|message| message.role == llm_gateway::PromptRole::System);
        match system {
            Some(system) => {
                system.content.push_str("\nThe Founder's instructions, which go before all others:\n");
                system.content.push_str(instructions);
            }
            None => messages.insert(0, PromptMessage::system(instructions)),
        }
        messages
    }
}

impl Inner {
    /// Why a reply is not made that nobody waits for.
    pub(crate) fn why_unanswered(&self, scope: &Scope, speaker: &Speaker) -> String {
        let rules = self.rules.now();
        let away = || rules.brain_refusal().unwrap_or_else(|| "offline".to_owned());
        rules.hold_on(scope, speaker).unwrap_or_else(|| format!("the brain is {}", away()))
    }

    /// What a deferred reply says.
    pub(crate) fn why_deferred(&self, scope: &Scope, speaker: &Speaker) -> String {
        let rules = self.rules.now();
        match (rules.brain_refusal(), rules.hold_on(scope, speaker)) {
            (None, Some(why)) => held_notice(&speaker.name, &why),
            (refusal, _) => offline_notice(&speaker.name, refusal),
        }
    }
}
