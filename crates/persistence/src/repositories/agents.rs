//! Agents.

use super::{Change, rows_for};
use crate::rows::AgentRow;
use crate::sqlite::queries::{directory as queries, voice};
use crate::{ReadTx, StoreError, WriteTx};
use domain::{Agent, AgentDeleted, AgentStatus, Event, Limit, OverrideKey, Page, Slug, VoiceOwner};

/// Which agents a list holds; what is not named admits all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgentFilter {
    /// Of this department.
    pub department: Option<Slug>,
    /// With this status.
    pub status: Option<AgentStatus>,
    /// Those that work just now: no row says so, theirs have them idle.
    pub working: Vec<String>,
    /// With this text in the name, role or slug.
    pub text: Option<String>,
}

/// Agents, for reading.
#[derive(Debug)]
pub struct Agents<'t, 'c>(&'t mut ReadTx<'c>);

/// Agents, for changing.
#[derive(Debug)]
pub struct AgentsMut<'t, 'c>(&'t mut WriteTx<'c>);

impl<'c> ReadTx<'c> {
    /// Agents.
    pub fn agents(&mut self) -> Agents<'_, 'c> {
        Agents(self)
    }
}

impl<'c> WriteTx<'c> {
    /// Agents, for changing.
    pub fn agents_mut(&mut self) -> AgentsMut<'_, 'c> {
        AgentsMut(self)
    }
}

impl Agents<'_, '_> {
    /// The agent.
    pub fn get(&mut self, slug: &Slug) -> Result<Option<Agent>, StoreError> {
        queries::agent(self.0.conn, slug.as_str())?.map(TryInto::try_into).transpose()
    }

    /// The agents of a department in their order.
    pub fn of(&mut self, department: &Slug) -> Result<Vec<Agent>, StoreError> {
        queries::agents_of(self.0.conn, department.as_str())?.into_iter().map(TryInto::try_into).collect()
    }

    /// A page of agents by slug, so that a department's stand together.
    pub fn list(
        &mut self,
        filter: &AgentFilter,
        after: Option<&Slug>,
        limit: Limit,
    ) -> Result<Page<Agent, Slug>, StoreError> {
        let rows = queries::agents(self.0.conn, filter, after.map(Slug::as_str), rows_for(limit))?;
        let agents = rows.into_iter().map(TryInto::try_into).collect::<Result<Vec<Agent>, _>>()?;
        Ok(Page::from_rows(agents, limit, |last| last.slug.clone()))
    }
}

impl AgentsMut<'_, '_> {
    /// Stores a new agent.
    pub fn create(&mut self, agent: &Agent, change: &Change) -> Result<(), StoreError> {
        queries::insert_agent(self.0.conn(), &AgentRow::from(agent))?;
        self.record(agent, change, Event::AgentCreated(agent.clone().into()));
        Ok(())
    }

    /// Stores a changed agent; gives whether there is one.
    pub fn update(&mut self, agent: &Agent, change: &Change) -> Result<bool, StoreError> {
        let found = queries::update_agent(self.0.conn(), &AgentRow::from(agent))?;
        if found {
            self.record(agent, change, Event::AgentUpdated(agent.clone().into()));
        }
        Ok(found)
    }

    /// Stores an agent that is paused from now on.
    pub fn pause(&mut self, agent: &Agent, change: &Change) -> Result<bool, StoreError> {
        let found = queries::update_agent(self.0.conn(), &AgentRow::from(agent))?;
        if found {
            self.record(agent, change, Event::AgentPaused(agent.clone().into()));
        }
        Ok(found)
    }

    /// Stores an agent that is no longer paused.
    pub fn resume(&mut self, agent: &Agent, change: &Change) -> Result<bool, StoreError> {
        let found = queries::update_agent(self.0.conn(), &AgentRow::from(agent))?;
        if found {
            self.record(agent, change, Event::AgentResumed(agent.clone().into()));
        }
        Ok(found)
    }

    /// Removes an agent, its voice and its lock; its sessions stay. Gives whether there was one.
    pub fn delete(&mut self, agent: &Agent, change: &Change) -> Result<bool, StoreError> {
        let found = queries::delete_agent(self.0.conn(), agent.slug.as_str())?;
        if found {
            voice::delete_state(self.0.conn(), &VoiceOwner::Agent(agent.slug.clone()).to_string())?;
            self.0.overrides_mut().end(&OverrideKey::AgentLocked(agent.slug.clone()), change)?;
            self.record(agent, change, Event::AgentDeleted(AgentDeleted { slug: agent.slug.clone() }));
        }
        Ok(found)
    }

    fn record(&mut self, agent: &Agent, change: &Change, event: Event) {
        self.0.record(change.draft(event, Some(agent.department_id.clone())));
    }
}
