//! Names that can be asked: Daena, departments, agents, and models without any of them.

use crate::ChatError;
use crate::recipient::{Recipient, can_answer};
use crate::service::ChatService;
use domain::{DepartmentStatus, Limit, Slug, Timestamp};
use llm_gateway::BrainStatus;
use persistence::ReadTx;

/// Daena's name.
const DAENA: &str = "daena";
/// What stands before a model's name where somebody of the company has the same.
const RAW: &str = "raw/";

/// A name that can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// The name.
    pub name: String,
    /// Whose it is: `daena` for the company's, else the model's provider.
    pub owner: String,
    /// When it was made or last changed, where that is known.
    pub since: Option<Timestamp>,
}

impl ChatService {
    /// Whom a name means: Daena, then a department, then an agent, then a model. `raw/` before it always means a model.
    ///
    /// # Errors
    /// [`ChatError::NotFound`]; [`ChatError::Offline`] for what can only be a model while the brain is away.
    pub async fn door(&self, name: &str) -> Result<Recipient, ChatError> {
        if name == DAENA {
            return Ok(Recipient::Daena);
        }
        if let Ok(slug) = Slug::parse(name)
            && let Some(found) = self.inner.store.read(move |tx| of_the_company(tx, &slug)).await?
        {
            return Ok(found);
        }
        if self.is_offline() {
            return Err(ChatError::Offline);
        }
        let names = [Some(name), name.strip_prefix(RAW)];
        let model = names.into_iter().flatten().find(|name| !name.is_empty() && self.has_model(name));
        let model = model.ok_or_else(|| ChatError::not_found("model", name))?;
        Ok(Recipient::Model(model.to_owned()))
    }

    /// All that can be asked now, models that the brain lists last.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn doors(&self) -> Result<Vec<Door>, ChatError> {
        let mut doors = self.inner.store.read(company).await?;
        let status = self.inner.gateway.status();
        let shown = if self.is_offline() { &[][..] } else { &status.models };
        for model in shown {
            let taken = self.door(&model.name).await;
            let name = match taken {
                Ok(Recipient::Model(_)) => model.name.clone(),
                _ => format!("{RAW}{}", model.name),
            };
            doors.push(of_a_model(&status, name, &model.name));
        }
        Ok(doors)
    }

    /// Who can be asked by a name now: of the company who is among [`ChatService::doors`], and any model that
    /// [`ChatService::door`] knows by it.
    ///
    /// # Errors
    /// [`ChatError::NotFound`], for models also while the brain is away.
    pub async fn door_called(&self, name: &str) -> Result<Door, ChatError> {
        let missing = || ChatError::not_found("model", name);
        match self.door(name).await {
            Ok(Recipient::Model(model)) => {
                Ok(of_a_model(&self.inner.gateway.status(), name.to_owned(), &model))
            }
            Ok(_) => self.doors().await?.into_iter().find(|door| door.name == name).ok_or_else(missing),
            Err(ChatError::Offline) => Err(missing()),
            Err(error) => Err(error),
        }
    }
}

fn of_a_model(status: &BrainStatus, name: String, model: &str) -> Door {
    let since = status.find(model).and_then(|known| known.modified_at.as_deref()?.parse().ok());
    let owner = status.providers.iter().find(|it| it.lists(model));
    let owner = owner.map_or(status.provider, |owner| owner.name.as_str()).to_owned();
    Door { name, owner, since }
}

fn of_the_company(tx: &mut ReadTx<'_>, slug: &Slug) -> Result<Option<Recipient>, ChatError> {
    if tx.departments().get(slug)?.is_some() {
        return Ok(Some(Recipient::Department(slug.clone())));
    }
    Ok(tx.agents().get(slug)?.map(|agent| Recipient::Agent(agent.slug)))
}

/// Daena, and the departments and agents that are shown and work.
fn company(tx: &mut ReadTx<'_>) -> Result<Vec<Door>, ChatError> {
    let door = |name: &str, since| Door { name: name.to_owned(), owner: DAENA.to_owned(), since };
    let mut doors = vec![door(DAENA, None)];
    let mut agents = Vec::new();
    let mut after = None;
    loop {
        let page = tx.departments().list(false, after.as_ref(), Limit::default())?;
        for it in page.items.iter().filter(|it| it.status == DepartmentStatus::Active) {
            doors.push(door(it.slug.as_str(), Some(it.created_at)));
            let able = tx.agents().of(&it.slug)?.into_iter().filter(can_answer);
            agents.extend(able.map(|agent| door(agent.slug.as_str(), Some(agent.created_at))));
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    doors.extend(agents);
    Ok(doors)
}
