//! Questions answered, each in a plain sentence with true counts.

use super::commands::Named;
use super::obey::{Did, counted, did, names, not_done, told, unknown};
use crate::{Company, CompanyError};
use chat_service::{ReadTx, TaskFilter};
use domain::{Limit, Slug, TaskStatus};
use serde_json::{Value, json};

impl Company {
    pub(super) async fn tell_departments(&self) -> Result<Did, CompanyError> {
        let there = self.names().await?.departments;
        let sentence = match there.len() {
            0 => "There are no departments.".to_owned(),
            count => format!("There {}: {}.", are(count, "department"), names(&there)),
        };
        Ok(did(sentence, json!({ "departments": listed(&there) })))
    }

    pub(super) async fn tell_councils(&self) -> Result<Did, CompanyError> {
        let there = self.names().await?.councils;
        let sentence = match there.len() {
            0 => "There are no councils.".to_owned(),
            count => format!("There {}: {}.", are(count, "council"), names(&there)),
        };
        Ok(did(sentence, json!({ "councils": listed(&there) })))
    }

    pub(super) async fn tell_agents(&self, of: Option<Named>) -> Result<Did, CompanyError> {
        let all = self.names().await?;
        let slug = match of {
            None => {
                let departments = all.departments.len();
                let sentence = format!(
                    "There {} in {}.",
                    are(all.agents.len(), "agent"),
                    counted(departments, "department")
                );
                return Ok(did(sentence, json!({ "count": all.agents.len() })));
            }
            Some(Named::Department(slug)) => slug,
            Some(other) => return Ok(unknown("department", &other, &all.departments)),
        };
        let name = self.department(slug.clone()).await?.name;
        let agents = self.agents_of(slug.clone()).await?.page.items;
        let there: Vec<_> = agents.into_iter().map(|it| (it.slug, it.name)).collect();
        let sentence = match there.len() {
            0 => format!("{name} has no agents."),
            count => format!("{name} has {}: {}.", counted(count, "agent"), names(&there)),
        };
        Ok(did(sentence, json!({ "department_id": slug, "agents": listed(&there) })))
    }

    pub(super) async fn tell_status(&self) -> Result<Did, CompanyError> {
        let it = self.dashboard().await?;
        let brain = match (&it.brain.status.connected, &it.brain.active_model) {
            (true, Some(model)) => format!("The brain is connected, with {model}."),
            (true, None) => "The brain is connected and has no model.".to_owned(),
            (false, _) => "The brain is offline.".to_owned(),
        };
        let agents: usize = it.agents.iter().map(|(_, count)| count).sum();
        let tasks =
            |status: &str| it.tasks.iter().find(|(known, _)| *known == status).map_or(0, |(_, count)| *count);
        let (running, pending) = (tasks("running"), tasks("pending"));
        let sentence = format!(
            "{brain} There are {} and {}, {} running and {} waiting.",
            counted(it.departments, "department"),
            counted(agents, "agent"),
            counted(running, "task"),
            pending,
        );
        let result = json!({
            "brain_connected": it.brain.status.connected, "active_model": it.brain.active_model,
            "departments": it.departments, "agents": agents, "tasks_running": running, "tasks_pending": pending,
        });
        Ok(did(sentence, result))
    }

    pub(super) async fn tell_task(&self, title: &str) -> Result<Did, CompanyError> {
        if title.is_empty() {
            let stats = self.task_stats().await?;
            let by = |status| stats.by_status.get(&status).copied().unwrap_or_default();
            let parts = TaskStatus::ALL.iter().filter(|status| by(**status) > 0);
            let parts: Vec<_> = parts.map(|status| format!("{} {status}", by(*status))).collect();
            let sentence = match stats.total {
                0 => "There are no tasks.".to_owned(),
                total => format!("There {}: {}.", are(total, "task"), parts.join(", ")),
            };
            let counts: serde_json::Map<String, Value> =
                stats.by_status.iter().map(|(status, count)| (status.to_string(), (*count).into())).collect();
            return Ok(did(sentence, json!({ "total": stats.total, "by_status": counts })));
        }
        let wanted = title.to_owned();
        let read = move |tx: &mut ReadTx<'_>| {
            let filter = TaskFilter { text: Some(wanted.clone()), ..TaskFilter::default() };
            Ok::<_, CompanyError>(tx.tasks().list(&filter, None, Limit::ONE)?.items)
        };
        let found = self.store().read(read).await?;
        let Some(task) = found.into_iter().next() else {
            return Ok(not_done(format!("I found no task called {title}.")));
        };
        let why = task.error.as_deref().map(|why| format!(" {why}")).unwrap_or_default();
        let sentence = format!("The task {} is {}.{why}", task.title, task.status);
        Ok(did(sentence, told(&task)))
    }
}

fn listed(there: &[(Slug, String)]) -> Vec<Value> {
    there.iter().map(|(slug, name)| json!({ "slug": slug, "name": name })).collect()
}

fn are(count: impl std::fmt::Display, what: &str) -> String {
    let counted = counted(count, what);
    if counted.starts_with("1 ") { format!("is {counted}") } else { format!("are {counted}") }
}
