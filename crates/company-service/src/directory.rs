//! Who works here.

use crate::{Company, CompanyError};
use chat_service::AgentFilter;
use domain::{Agent, AgentStatus, Department, Limit, Page, Position, Slug, SlugCursor};

/// A page of a list, and what it is as of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T, C> {
    /// The page.
    pub page: Page<T, C>,
    /// Nothing up to this position is missing from it.
    pub as_of: Position,
}

impl Company {
    /// A page of departments in their order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn departments(
        &self,
        include_hidden: bool,
        after: Option<SlugCursor>,
        limit: Limit,
    ) -> Result<Listed<Department, SlugCursor>, CompanyError> {
        let as_of = self.store().head();
        let read = move |tx: &mut chat_service::ReadTx<'_>| {
            tx.departments().list(include_hidden, after.as_ref(), limit)
        };
        Ok(Listed { page: self.store().read(read).await?, as_of })
    }

    /// A department.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`].
    pub async fn department(&self, slug: Slug) -> Result<Department, CompanyError> {
        let read = move |tx: &mut chat_service::ReadTx<'_>| {
            let found = tx.departments().get(&slug)?;
            found.ok_or_else(|| CompanyError::not_found("department", &slug))
        };
        self.store().read(read).await
    }

    /// A page of agents by slug. An agent that is making a reply is working.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`] for a department that is not there.
    pub async fn agents(
        &self,
        filter: AgentFilter,
        after: Option<Slug>,
        limit: Limit,
    ) -> Result<Listed<Agent, Slug>, CompanyError> {
        let as_of = self.store().head();
        let working = self.working_agents();
        let filter = AgentFilter { working: working.clone(), ..filter };
        let read = move |tx: &mut chat_service::ReadTx<'_>| {
            if let Some(slug) = &filter.department
                && tx.departments().get(slug)?.is_none()
            {
                return Err(CompanyError::not_found("department", slug));
            }
            Ok(tx.agents().list(&filter, after.as_ref(), limit)?)
        };
        let page = self.store().read(read).await?;
        Ok(Listed { page: page.map(|agent| at_work(agent, &working)), as_of })
    }

    /// The agents of a department in their order, the spokesperson's place first.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`].
    pub async fn agents_of(&self, department: Slug) -> Result<Listed<Agent, Slug>, CompanyError> {
        let as_of = self.store().head();
        let read = move |tx: &mut chat_service::ReadTx<'_>| {
            if tx.departments().get(&department)?.is_none() {
                return Err(CompanyError::not_found("department", &department));
            }
            Ok(tx.agents().of(&department)?)
        };
        let agents = self.store().read(read).await?;
        let working = self.working_agents();
        let items = agents.into_iter().map(|agent| at_work(agent, &working)).collect();
        Ok(Listed { page: Page { items, next: None }, as_of })
    }

    /// An agent.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`].
    pub async fn agent(&self, slug: Slug) -> Result<Agent, CompanyError> {
        let read = move |tx: &mut chat_service::ReadTx<'_>| {
            tx.agents().get(&slug)?.ok_or_else(|| CompanyError::not_found("agent", &slug))
        };
        let agent = self.store().read(read).await?;
        Ok(at_work(agent, &self.working_agents()))
    }
}

/// The agent as it is now: one that is making a reply works, whatever its row says of rest.
pub(crate) fn at_work(agent: Agent, working: &[String]) -> Agent {
    let busy = agent.status == AgentStatus::Idle && working.iter().any(|slug| slug == agent.slug.as_str());
    let status = if busy { AgentStatus::Working } else { agent.status };
    Agent { status, ..agent }
}
