//! What agents do and have done.

use crate::directory::at_work;
use crate::tasks::share;
use crate::{Company, CompanyError, Listed};
use chat_service::{AgentFilter, AgentTally, ReadTx, StoreError};
use domain::view::{ActivityMetrics, ActivityView, CurrentTaskView};
use domain::{Agent, Limit, Page, Slug, Task};
use std::collections::HashMap;

/// What was read of agents, at one moment.
struct Done {
    agents: Vec<Agent>,
    tallies: HashMap<String, AgentTally>,
    running: Vec<Task>,
}

impl Company {
    /// A page of what agents do and have done, by slug.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn activity(
        &self,
        after: Option<Slug>,
        limit: Limit,
    ) -> Result<Listed<ActivityView, Slug>, CompanyError> {
        let as_of = self.store().head();
        let read = move |tx: &mut ReadTx<'_>| {
            let page = tx.agents().list(&AgentFilter::default(), after.as_ref(), limit)?;
            Ok::<_, CompanyError>((page.next, Done::read(tx, page.items)?))
        };
        let (next, done) = self.store().read(read).await?;
        Ok(Listed { page: Page { items: done.views(&self.working_agents()), next }, as_of })
    }

    /// What the agents of a department do and have done, in their order.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`].
    pub async fn activity_of(&self, department: Slug) -> Result<Listed<ActivityView, Slug>, CompanyError> {
        let as_of = self.store().head();
        let read = move |tx: &mut ReadTx<'_>| {
            if tx.departments().get(&department)?.is_none() {
                return Err(CompanyError::not_found("department", &department));
            }
            let agents = tx.agents().of(&department)?;
            Ok(Done::read(tx, agents)?)
        };
        let done = self.store().read(read).await?;
        Ok(Listed { page: Page { items: done.views(&self.working_agents()), next: None }, as_of })
    }

    /// What an agent does and has done.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`].
    pub async fn agent_activity(&self, slug: Slug) -> Result<ActivityView, CompanyError> {
        let missing = slug.clone();
        let read = move |tx: &mut ReadTx<'_>| {
            let agents = tx.agents().get(&slug)?.into_iter().collect();
            Done::read(tx, agents)
        };
        let views = self.store().read(read).await?.views(&self.working_agents());
        views.into_iter().next().ok_or_else(|| CompanyError::not_found("agent", &missing))
    }
}

impl Done {
    fn read(tx: &mut ReadTx<'_>, agents: Vec<Agent>) -> Result<Self, StoreError> {
        let slugs: Vec<String> = agents.iter().map(|agent| agent.slug.to_string()).collect();
        Ok(Self { tallies: tx.tasks().done_by(&slugs)?, running: tx.tasks().running()?, agents })
    }

    fn views(mut self, working: &[String]) -> Vec<ActivityView> {
        let agents = std::mem::take(&mut self.agents);
        agents.into_iter().map(|agent| self.view(at_work(agent, working))).collect()
    }

    fn view(&self, agent: Agent) -> ActivityView {
        let tally = self.tallies.get(agent.slug.as_str()).cloned().unwrap_or_default();
        let current = self.running.iter().find(|task| task.agent_id.as_ref() == Some(&agent.slug));
        ActivityView {
            agent_name: agent.name,
            department_id: agent.department_id,
            status: agent.status,
            current_task: current.map(|task| CurrentTaskView {
                task_id: task.id,
                title: task.title.clone(),
                progress: task.run.progress(),
                started_at: task.run.started_at,
            }),
            last_activity: agent.last_seen.max(tally.last_task_at),
            metrics: ActivityMetrics {
                tasks_completed: tally.completed,
                tasks_failed: tally.failed,
                success_rate: share(tally.completed, tally.completed + tally.failed),
                replies: tally.replies,
            },
            agent_id: agent.slug,
        }
    }
}
