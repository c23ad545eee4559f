//! Whom a turn is for, and who answers.

use crate::ChatError;
use crate::rules::Rules;
use domain::{Agent, AgentStatus, Department, DepartmentStatus, Scope, Session, Slug, Speaker};
use persistence::ReadTx;

/// Whom a message is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// Daena. Her sessions have the executive scope.
    Daena,
    /// A department; its spokesperson answers.
    Department(Slug),
    /// An agent.
    Agent(Slug),
    /// An agent, reached through its department; it must be of that department.
    DepartmentAgent {
        /// The department.
        department: Slug,
        /// The agent.
        agent: Slug,
    },
    /// A model as itself, with nobody of the company speaking through it. Its sessions have the general scope.
    Model(String),
    /// Whoever the session is with. The message must name the session.
    Session,
}

impl Recipient {
    /// Whether a session of this scope is one with the recipient.
    pub(crate) fn is_with(&self, scope: &Scope) -> bool {
        match (self, scope) {
            (Self::Session, _) | (Self::Daena, Scope::Executive) | (Self::Model(_), Scope::General) => true,
            (Self::Department(slug), Scope::Department(with)) => slug == with,
            (Self::Agent(slug) | Self::DepartmentAgent { agent: slug, .. }, Scope::Agent { agent, .. }) => {
                slug == agent
            }
            _ => false,
        }
    }
}

/// The scope of a turn and the speaker of its reply.
pub(crate) struct Counterpart {
    pub(crate) scope: Scope,
    pub(crate) speaker: Speaker,
}

impl Counterpart {
    /// Finds who answers. `session`: the one the message names, which must be with the recipient.
    pub(crate) fn find(
        tx: &mut ReadTx<'_>,
        recipient: &Recipient,
        session: Option<&Session>,
        rules: &Rules,
    ) -> Result<Self, ChatError> {
        let counterpart = match recipient {
            Recipient::Daena => Self::daena(Scope::Executive, rules)?,
            Recipient::Department(slug) => Self::department(tx, slug, rules)?,
            Recipient::Model(name) => Self { scope: Scope::General, speaker: Speaker::model(name) },
            Recipient::Agent(slug) => Self::agent(tx, slug, None, rules)?,
            Recipient::DepartmentAgent { department, agent } => {
                existing_department(tx, department)?;
                Self::agent(tx, agent, Some(department), rules)?
            }
            Recipient::Session => match session.map(|session| &session.scope) {
                Some(Scope::Department(slug)) => Self::department(tx, slug, rules)?,
                Some(Scope::Agent { agent, .. }) => Self::agent(tx, agent, None, rules)?,
                Some(Scope::Council(_)) => {
                    return Err(ChatError::Conflict {
                        detail: "a council's session takes no turns".to_owned(),
                    });
                }
                Some(scope) => Self::daena(scope.clone(), rules)?,
                None => {
                    return Err(ChatError::Invalid { field: "session_id", detail: "is missing".to_owned() });
                }
            },
        };
        match session {
            Some(session) if !same(&session.scope, &counterpart.scope) => {
                Err(ChatError::not_found("session", session.id))
            }
            _ => Ok(counterpart),
        }
    }

    fn daena(scope: Scope, rules: &Rules) -> Result<Self, ChatError> {
        refuse(rules.daena_paused())?;
        Ok(Self { scope, speaker: Speaker::daena() })
    }

    fn department(tx: &mut ReadTx<'_>, slug: &Slug, rules: &Rules) -> Result<Self, ChatError> {
        let department = existing_department(tx, slug)?;
        refuse_disabled(&department)?;
        refuse(rules.department_locked(slug))?;
        let mut agents = tx.agents().of(slug)?;
        agents.retain(|agent| rules.lock_on(agent).is_none());
        let agent = spokesperson(&department, &agents).ok_or_else(|| ChatError::Conflict {
            detail: format!("no agent of {} can answer", department.name),
        })?;
        Ok(Self {
            scope: Scope::Department(slug.clone()),
            speaker: Speaker::agent(&agent.slug, &agent.name, &agent.role),
        })
    }

    fn agent(tx: &mut ReadTx<'_>, slug: &Slug, of: Option<&Slug>, rules: &Rules) -> Result<Self, ChatError> {
        let agent = tx.agents().get(slug)?.filter(|agent| of.is_none_or(|of| *of == agent.department_id));
        let agent = agent.ok_or_else(|| ChatError::not_found("agent", slug))?;
        refuse_disabled(&existing_department(tx, &agent.department_id)?)?;
        if !can_answer(&agent) {
            return Err(ChatError::Forbidden { detail: format!("{} is {}", agent.name, agent.status) });
        }
        refuse(rules.lock_on(&agent))?;
        Ok(Self {
            scope: Scope::Agent { agent: agent.slug.clone(), department: agent.department_id.clone() },
            speaker: Speaker::agent(&agent.slug, &agent.name, &agent.role),
        })
    }
}

/// Whether two scopes are with the same counterpart, wherever an agent may have moved since.
fn same(one: &Scope, other: &Scope) -> bool {
    one.scope_type() == other.scope_type() && one.scope_id() == other.scope_id()
}

pub(crate) fn existing_department(tx: &mut ReadTx<'_>, slug: &Slug) -> Result<Department, ChatError> {
    tx.departments().get(slug)?.ok_or_else(|| ChatError::not_found("department", slug))
}

/// What the Founder paused or locked is refused.
pub(crate) fn refuse(why: Option<String>) -> Result<(), ChatError> {
    match why {
        Some(detail) => Err(ChatError::Forbidden { detail }),
        None => Ok(()),
    }
}

fn refuse_disabled(department: &Department) -> Result<(), ChatError> {
    match department.status {
        DepartmentStatus::Active => Ok(()),
        DepartmentStatus::Disabled => {
            Err(ChatError::Forbidden { detail: format!("{} is disabled", department.name) })
        }
    }
}

/// Whether an agent answers and gives notes.
pub const fn can_answer(agent: &Agent) -> bool {
    matches!(agent.status, AgentStatus::Idle | AgentStatus::Working)
}

/// The agent that answers for a department: its spokesperson, or the first one that can.
pub fn spokesperson<'a>(department: &Department, agents: &'a [Agent]) -> Option<&'a Agent> {
    let named = agents.iter().find(|agent| Some(&agent.slug) == department.spokesperson_id.as_ref());
    named.filter(|agent| can_answer(agent)).or_else(|| agents.iter().find(|agent| can_answer(agent)))
}
