//! How Daena, departments and agents sound and listen.

use crate::{Company, CompanyError, fields, seed};
use chat_service::{ReadTx, WriteTx};
use domain::view::VoiceStateView;
use domain::{Actor, Agent, Slug, VoiceOwner, VoiceState};
use std::ops::RangeInclusive;

/// The most characters of a voice's id or a wake word, and the most wake words.
const NAME: usize = 200;
const WAKE_WORDS: usize = 50;

/// What is to be changed of a voice state; none leaves it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct VoiceEdit {
    /// Whether a talk by voice is on.
    pub talk_active: Option<bool>,
    /// The voice; `Some(None)` takes it away.
    pub voice_id: Option<Option<String>>,
    /// How fast: 0.5 to 2.
    pub rate: Option<f64>,
    /// How high: 0.5 to 2.
    pub pitch: Option<f64>,
    /// How loud: 0 to 1.
    pub volume: Option<f64>,
    /// What it listens to.
    pub wake_words: Option<Vec<String>>,
    /// Whether answers to typed messages are spoken.
    pub auto_speak: Option<bool>,
}

/// A state as it holds, and whose view shows it.
struct Found {
    state: VoiceState,
    inherited: bool,
    agent: Option<Agent>,
    department: Option<Slug>,
}

impl Company {
    /// How somebody sounds and listens. What nobody has set is the department's, or what the company began with.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`] for the department or agent.
    pub async fn voice_state(&self, owner: VoiceOwner) -> Result<VoiceStateView, CompanyError> {
        let read = move |tx: &mut ReadTx<'_>| {
            let found = find(tx, &owner)?;
            Ok::<_, CompanyError>(VoiceStateView::new(&owner, found.state, found.inherited))
        };
        self.store().read(read).await
    }

    /// Changes how somebody sounds and listens. What changes nothing writes nothing. Who is switched off while speaking is
    /// silent at once.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`] for the department or agent; [`CompanyError::Unprocessable`] for a value that cannot be.
    pub async fn set_voice_state(
        &self,
        owner: VoiceOwner,
        edit: VoiceEdit,
    ) -> Result<VoiceStateView, CompanyError> {
        let edit = edit.checked()?;
        let switched_off = edit.talk_active == Some(false);
        let change = self.change(Actor::Founder);
        let whose = owner.clone();
        let write = move |tx: &mut WriteTx<'_>| {
            let found = find(tx, &owner)?;
            let state = edit.clone().applied(found.state.clone());
            if state == found.state {
                return Ok::<_, CompanyError>(VoiceStateView::new(&owner, state, found.inherited));
            }
            let mut row = state.clone();
            if let Some(agent) = found.agent {
                // An agent's voice stands on the agent.
                row.voice_id = None;
                if let Some(voice_id) = edit.voice_id.clone().filter(|it| *it != agent.voice_id) {
                    let agent = Agent { voice_id, updated_at: change.at, ..agent };
                    tx.agents_mut().update(&agent, &change)?;
                }
            }
            let state = VoiceState { voice_id: row.voice_id.clone(), ..state };
            let voice_id = match &owner {
                VoiceOwner::Agent(_) => voice_of_agent(tx, &owner)?,
                _ => state.voice_id.clone(),
            };
            let told = VoiceStateView::new(&owner, VoiceState { voice_id, ..state }, false);
            tx.voices_mut().set(&owner, &row, told.clone(), found.department.as_ref(), &change)?;
            Ok(told)
        };
        let company = self.clone();
        let edit = async move {
            let stored = company.store().write(write).await?;
            if switched_off {
                company.voice.speeches.hush(|it| whose == VoiceOwner::Daena || it.owner == whose);
            }
            Ok(stored)
        };
        self.to_its_end(edit).await
    }

    /// Takes away what somebody has of its own: an agent is as its department again, its voice included, and a department as the
    /// company began. Who is being spoken for is silent at once.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`] for the department or agent, and for one that has nothing of its own.
    pub async fn clear_voice_state(&self, owner: VoiceOwner) -> Result<(), CompanyError> {
        let change = self.change(Actor::Founder);
        let whose = owner.clone();
        let write = move |tx: &mut WriteTx<'_>| {
            let found = find(tx, &owner)?;
            if found.inherited {
                return Err(CompanyError::not_found("own voice of", &owner));
            }
            if let Some(agent) = found.agent.filter(|agent| agent.voice_id.is_some()) {
                let agent = Agent { voice_id: None, updated_at: change.at, ..agent };
                tx.agents_mut().update(&agent, &change)?;
            }
            let unset = inherited(tx, &owner)?;
            let told = VoiceStateView::new(&owner, unset.state, true);
            Ok(tx.voices_mut().clear(&owner, told, unset.department.as_ref(), &change)?)
        };
        let company = self.clone();
        let clear = async move {
            company.store().write(write).await?;
            company.voice.speeches.hush(|it| it.owner == whose);
            Ok(())
        };
        self.to_its_end(clear).await
    }
}

fn find(tx: &mut ReadTx<'_>, owner: &VoiceOwner) -> Result<Found, CompanyError> {
    let (set, unset) = (tx.voices().state(owner)?, inherited(tx, owner)?);
    let voiced = unset.agent.as_ref().is_some_and(|agent| agent.voice_id.is_some());
    let inherited = set.is_none() && !voiced;
    let state = set.unwrap_or_else(|| unset.state.clone());
    let voice_id = match &unset.agent {
        // An agent's voice stands on the agent.
        Some(agent) => agent.voice_id.clone().or_else(|| unset.state.voice_id.clone()),
        None => state.voice_id.clone(),
    };
    Ok(Found { state: VoiceState { voice_id, ..state }, inherited, ..unset })
}

/// What holds for who has set nothing.
fn inherited(tx: &mut ReadTx<'_>, owner: &VoiceOwner) -> Result<Found, CompanyError> {
    let found = |state| Found { state, inherited: true, agent: None, department: None };
    match owner {
        VoiceOwner::Daena => Ok(found(VoiceState::default())),
        VoiceOwner::Department(slug) => {
            if tx.departments().get(slug)?.is_none() {
                return Err(CompanyError::not_found("department", slug));
            }
            Ok(Found { department: Some(slug.clone()), ..found(seed::voice(slug)) })
        }
        VoiceOwner::Agent(slug) => {
            let agent = tx.agents().get(slug)?.ok_or_else(|| CompanyError::not_found("agent", slug))?;
            let home = agent.department_id.clone();
            let of_department = find(tx, &VoiceOwner::Department(home.clone()))?.state;
            // A talk is with somebody: that one with the department is on is no talk with each of its agents.
            let state = VoiceState { talk_active: false, ..of_department };
            Ok(Found { agent: Some(agent), department: Some(home), ..found(state) })
        }
    }
}

/// The voice of an agent as it is now: its own, or its department's.
fn voice_of_agent(tx: &mut ReadTx<'_>, owner: &VoiceOwner) -> Result<Option<String>, CompanyError> {
    Ok(find(tx, owner)?.state.voice_id)
}

impl VoiceEdit {
    fn checked(mut self) -> Result<Self, CompanyError> {
        within("rate", self.rate, 0.5..=2.0)?;
        within("pitch", self.pitch, 0.5..=2.0)?;
        within("volume", self.volume, 0.0..=1.0)?;
        if let Some(Some(voice)) = &mut self.voice_id {
            *voice = fields::line("voice_id", voice, NAME)?;
        }
        if let Some(words) = &mut self.wake_words {
            if words.len() > WAKE_WORDS {
                let detail = format!("is at most {WAKE_WORDS} texts");
                return Err(CompanyError::Unprocessable { field: "wake_words", detail });
            }
            for word in words {
                *word = fields::line("wake_words", word, NAME)?;
            }
        }
        Ok(self)
    }

    fn applied(self, to: VoiceState) -> VoiceState {
        VoiceState {
            talk_active: self.talk_active.unwrap_or(to.talk_active),
            voice_id: self.voice_id.unwrap_or(to.voice_id),
            rate: self.rate.unwrap_or(to.rate),
            pitch: self.pitch.unwrap_or(to.pitch),
            volume: self.volume.unwrap_or(to.volume),
            wake_words: self.wake_words.unwrap_or(to.wake_words),
            auto_speak: self.auto_speak.unwrap_or(to.auto_speak),
        }
    }
}

/// Whether a number, if one is given, lies in a range.
pub(super) fn within(
    field: &'static str,
    value: Option<f64>,
    range: RangeInclusive<f64>,
) -> Result<(), CompanyError> {
    match value {
        Some(value) if !range.contains(&value) => {
            let detail = format!("is {} to {}", range.start(), range.end());
            Err(CompanyError::Unprocessable { field, detail })
        }
        _ => Ok(()),
    }
}
