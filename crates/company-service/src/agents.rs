//! Agents, made and changed.

use crate::departments::{self, DESCRIPTION, NAME, taken};
use crate::directory::at_work;
use crate::{Company, CompanyError, fields, seed, tasks};
use chat_service::{Change, WriteTx};
use domain::{Actor, Agent, AgentStatus, Department, Grantee, Slug};
use serde_json::{Map, Value};

/// The most characters of an agent's own instructions.
const SYSTEM_PROMPT: usize = 20_000;
/// The most bytes of its settings for the model, as JSON.
const PARAMS: usize = 20_000;
/// The most characters of a voice's name.
const VOICE: usize = 200;
/// The kind of work of an agent for which none is named.
const KIND: &str = "support";

/// An agent to make.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewAgent {
    /// Its stable name; none makes one from the department's and the name.
    pub slug: Option<String>,
    /// The department it works in.
    pub department_id: String,
    /// The rest. `name` and `role` are needed.
    pub edit: AgentEdit,
}

/// What is to be changed of an agent; none leaves it, and an inner none empties it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AgentEdit {
    /// The name people see. The slug stays.
    pub name: Option<String>,
    /// Its job.
    pub role: Option<String>,
    /// Its kind of work.
    pub kind: Option<String>,
    /// The department it moves to, behind the agents that are there.
    pub department_id: Option<String>,
    /// Idle or disabled.
    pub status: Option<AgentStatus>,
    /// A model of its own.
    pub model: Option<Option<String>>,
    /// Instructions of its own.
    pub system_prompt: Option<Option<String>>,
    /// Settings for the model.
    pub params: Option<Map<String, Value>>,
    /// A voice of its own.
    pub voice_id: Option<Option<String>>,
    /// What it is for.
    pub description: Option<String>,
}

impl Company {
    /// Makes an agent.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`] for the department; [`CompanyError::Invalid`] and [`CompanyError::Unprocessable`] for a
    /// value; [`CompanyError::Conflict`] when the slug is taken.
    pub async fn create_agent(&self, new: NewAgent) -> Result<Agent, CompanyError> {
        let missing = |field| CompanyError::Invalid { field, detail: "is missing".to_owned() };
        let edit = self.checked(AgentEdit { department_id: None, ..new.edit }).await?;
        let name = edit.name.clone().ok_or_else(|| missing("name"))?;
        edit.role.as_ref().ok_or_else(|| missing("role"))?;
        let department = known_department(&new.department_id)?;
        let slug = match new.slug.as_deref() {
            Some(slug) => fields::slug(slug)?,
            None => fields::slug_of(&format!("{department}-{name}"))?,
        };
        fields::free_slug(&slug, &["activity"])?;
        let change = self.change(Actor::Founder);
        let write = move |tx: &mut WriteTx<'_>| {
            let department = departments::existing(tx, &department)?;
            if tx.agents().get(&slug)?.is_some() {
                return Err(taken("agent", &slug));
            }
            // Grants and models are told by slug alone.
            if tx.departments().get(&slug)?.is_some() {
                return Err(taken("department", &slug));
            }
            let mut agent = blank(tx, slug.clone(), &department, &change)?;
            edit.clone().apply(&mut agent);
            tx.agents_mut().create(&agent, &change)?;
            Ok::<_, CompanyError>(agent)
        };
        self.written_and_granted(write).await
    }

    /// Changes an agent. What changes nothing writes nothing. One that moves no longer speaks for the department it leaves.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`], also for the department; [`CompanyError::Unprocessable`] for a value that cannot be;
    /// [`CompanyError::Conflict`] when a paused agent is to be idle.
    pub async fn edit_agent(&self, slug: Slug, edit: AgentEdit) -> Result<Agent, CompanyError> {
        let edit = self.checked(edit).await?;
        let moves_to = edit.department_id.as_deref().map(known_department).transpose()?;
        let change = self.change(Actor::Founder);
        let write = move |tx: &mut WriteTx<'_>| {
            let before = existing(tx, &slug)?;
            if before.status == AgentStatus::Paused && edit.status == Some(AgentStatus::Idle) {
                return Err(CompanyError::Conflict {
                    detail: format!("{} is paused: resume it", before.name),
                });
            }
            let mut agent = before.clone();
            if let Some(department) = moves_to.as_ref().filter(|to| **to != before.department_id) {
                departments::existing(tx, department)?;
                agent.position = last_place(tx, department)?;
                agent.department_id = department.clone();
            }
            edit.clone().apply(&mut agent);
            put(tx, &before, agent, &change)
        };
        let agent = self.written_and_granted(write).await?;
        Ok(at_work(agent, &self.working_agents()))
    }

    /// Pauses an agent: what it has begun goes on, and nothing new begins.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`]; [`CompanyError::Conflict`] when it is switched off.
    pub async fn pause_agent(&self, slug: Slug) -> Result<Agent, CompanyError> {
        let change = self.change(Actor::Founder);
        let write = move |tx: &mut WriteTx<'_>| {
            let agent = switched_on(tx, &slug)?;
            if agent.status == AgentStatus::Paused {
                return Ok::<_, CompanyError>(agent);
            }
            let agent = Agent { status: AgentStatus::Paused, updated_at: change.at, ..agent };
            tx.agents_mut().pause(&agent, &change)?;
            Ok(agent)
        };
        self.store().write(write).await
    }

    /// Lets a paused agent work again.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`]; [`CompanyError::Conflict`] when it is switched off.
    pub async fn resume_agent(&self, slug: Slug) -> Result<Agent, CompanyError> {
        let change = self.change(Actor::Founder);
        let write = move |tx: &mut WriteTx<'_>| {
            let agent = switched_on(tx, &slug)?;
            if agent.status != AgentStatus::Paused {
                return Ok::<_, CompanyError>(agent);
            }
            let agent = Agent { status: AgentStatus::Idle, updated_at: change.at, ..agent };
            tx.agents_mut().resume(&agent, &change)?;
            Ok(agent)
        };
        let company = self.clone();
        let resume = async move {
            let agent = company.store().write(write).await?;
            company.chat.answer_waiting();
            Ok(agent)
        };
        let agent = self.to_its_end(resume).await?;
        Ok(at_work(agent, &self.working_agents()))
    }

    /// Gives an agent of the seed all its first values back, its department too. What it has done stays.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`]; [`CompanyError::Conflict`] when it is not of the seed, or its first department is gone.
    pub async fn reset_agent(&self, slug: Slug) -> Result<Agent, CompanyError> {
        let change = self.change(Actor::Founder);
        let write = move |tx: &mut WriteTx<'_>| {
            let before = existing(tx, &slug)?;
            let conflict = |detail: String| CompanyError::Conflict { detail };
            let first = seed::agent(&slug, &change)
                .ok_or_else(|| conflict(format!("{} is not one of the first agents", before.name)))?;
            if tx.departments().get(&first.department_id)?.is_none() {
                let (name, home) = (&before.name, &first.department_id);
                return Err(conflict(format!("the first department of {name}, {home:?}, is gone")));
            }
            let (last_seen, created_at) = (before.last_seen, before.created_at);
            let agent = Agent { last_seen, created_at, updated_at: before.updated_at, ..first };
            put(tx, &before, agent, &change)
        };
        let agent = self.written_and_granted(write).await?;
        Ok(at_work(agent, &self.working_agents()))
    }

    /// Removes an agent and its lock, and ends what it is making. What was said with it stays; its open tasks stay without an
    /// agent.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`].
    pub async fn delete_agent(&self, slug: Slug) -> Result<(), CompanyError> {
        let change = self.change(Actor::Founder);
        let gone = slug.clone();
        let write = move |tx: &mut WriteTx<'_>| {
            let agent = existing(tx, &slug)?;
            silence(tx, &agent, &change)?;
            let left = tasks::leave_open(tx, &slug, &change)?;
            tx.agents_mut().delete(&agent, &change)?;
            tx.connections_mut().revoke(&Grantee::Agent(slug.clone()), &change)?;
            Ok::<_, CompanyError>(left)
        };
        let company = self.clone();
        let delete = async move {
            let left = company.store().write(write).await?;
            company.chat.reload_rules().await;
            for task in &left {
                company.abandon(task).await;
            }
            company.chat.stop_speaker(&gone).await;
            company.connections.reload().await
        };
        self.to_its_end(delete).await
    }

    /// Writes an agent, and has read again what is granted to whom.
    async fn written_and_granted(
        &self,
        write: impl FnMut(&mut WriteTx<'_>) -> Result<Agent, CompanyError> + Send + 'static,
    ) -> Result<Agent, CompanyError> {
        let company = self.clone();
        let written = async move {
            let agent = company.store().write(write).await?;
            company.connections.reload().await?;
            company.chat.answer_waiting();
            Ok(agent)
        };
        self.to_its_end(written).await
    }

    async fn checked(&self, edit: AgentEdit) -> Result<AgentEdit, CompanyError> {
        let impossible =
            |field, detail: &str| CompanyError::Unprocessable { field, detail: detail.to_owned() };
        let line =
            |field, text: Option<String>, most| text.map(|text| fields::line(field, &text, most)).transpose();
        let kept =
            |field, text: Option<String>, most| text.map(|text| fields::text(field, &text, most)).transpose();
        if matches!(edit.status, Some(AgentStatus::Working | AgentStatus::Paused)) {
            return Err(impossible(
                "status",
                "is idle or disabled; pausing and resuming have paths of their own",
            ));
        }
        if edit.params.as_ref().is_some_and(|it| Value::Object(it.clone()).to_string().len() > PARAMS) {
            return Err(impossible("params", "is at most 20000 bytes of JSON"));
        }
        let model = match edit.model {
            Some(Some(model)) => Some(Some(self.check_model(&model).await?)),
            other => other,
        };
        Ok(AgentEdit {
            name: line("name", edit.name, NAME)?,
            role: line("role", edit.role, NAME)?,
            kind: edit.kind.map(|kind| fields::kind(&kind)).transpose()?,
            model,
            system_prompt: edit
                .system_prompt
                .map(|prompt| kept("system_prompt", prompt, SYSTEM_PROMPT))
                .transpose()?,
            voice_id: edit.voice_id.map(|voice| line("voice_id", voice, VOICE)).transpose()?,
            description: kept("description", edit.description, DESCRIPTION)?,
            ..edit
        })
    }
}

impl AgentEdit {
    /// All but the department, which needs looking up.
    fn apply(self, to: &mut Agent) {
        to.name = self.name.unwrap_or_else(|| to.name.clone());
        to.role = self.role.unwrap_or_else(|| to.role.clone());
        to.kind = self.kind.unwrap_or_else(|| to.kind.clone());
        to.status = self.status.unwrap_or(to.status);
        to.model = self.model.unwrap_or_else(|| to.model.clone());
        to.system_prompt = self.system_prompt.unwrap_or_else(|| to.system_prompt.clone());
        to.params = self.params.unwrap_or_else(|| to.params.clone());
        to.voice_id = self.voice_id.unwrap_or_else(|| to.voice_id.clone());
        to.description = self.description.unwrap_or_else(|| to.description.clone());
    }
}

fn existing(tx: &mut WriteTx<'_>, slug: &Slug) -> Result<Agent, CompanyError> {
    tx.agents().get(slug)?.ok_or_else(|| CompanyError::not_found("agent", slug))
}

fn switched_on(tx: &mut WriteTx<'_>, slug: &Slug) -> Result<Agent, CompanyError> {
    let agent = existing(tx, slug)?;
    if agent.status == AgentStatus::Disabled {
        return Err(CompanyError::Conflict { detail: format!("{} is disabled", agent.name) });
    }
    Ok(agent)
}

/// What is no slug names no department.
fn known_department(text: &str) -> Result<Slug, CompanyError> {
    Slug::parse(text).map_err(|_| CompanyError::not_found("department", text))
}

fn blank(
    tx: &mut WriteTx<'_>,
    slug: Slug,
    department: &Department,
    change: &Change,
) -> Result<Agent, CompanyError> {
    Ok(Agent {
        slug,
        name: String::new(),
        role: String::new(),
        kind: KIND.to_owned(),
        department_id: department.slug.clone(),
        status: AgentStatus::Idle,
        model: None,
        system_prompt: None,
        params: Map::new(),
        voice_id: None,
        description: String::new(),
        position: last_place(tx, &department.slug)?,
        last_seen: None,
        created_at: change.at,
        updated_at: change.at,
    })
}

/// The place behind the last agent of a department.
fn last_place(tx: &mut WriteTx<'_>, department: &Slug) -> Result<i32, CompanyError> {
    Ok(tx.agents().of(department)?.last().map_or(0, |last| last.position.saturating_add(1)))
}

/// Stores a changed agent, if it is one.
fn put(
    tx: &mut WriteTx<'_>,
    before: &Agent,
    mut agent: Agent,
    change: &Change,
) -> Result<Agent, CompanyError> {
    if agent != *before {
        if agent.department_id != before.department_id {
            silence(tx, before, change)?;
        }
        agent.updated_at = change.at;
        tx.agents_mut().update(&agent, change)?;
    }
    Ok(agent)
}

/// The agent no longer speaks for its department.
fn silence(tx: &mut WriteTx<'_>, agent: &Agent, change: &Change) -> Result<(), CompanyError> {
    let department = tx.departments().get(&agent.department_id)?;
    if let Some(department) = department.filter(|it| it.spokesperson_id.as_ref() == Some(&agent.slug)) {
        let quiet = Department { spokesperson_id: None, updated_at: change.at, ..department };
        tx.departments_mut().update(&quiet, change)?;
    }
    Ok(())
}
