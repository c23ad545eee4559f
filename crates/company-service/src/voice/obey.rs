//! Commands carried out. Each says what it did in a plain sentence with true counts.

use super::Asked;
use super::commands::{Command, Named};
use crate::{Assignment, Company, CompanyError, NewDebate, NewTask};
use chat_service::{ReadTx, TaskFilter};
use domain::{Limit, SessionId, Slug, Task, TaskStatus, Title};
use serde_json::{Value, json};
use std::sync::PoisonError;

/// For how long a question waits for its "yes".
const PATIENCE_MILLIS: i64 = 60_000;
const MICROS: i64 = 1000;
/// How many names are said before the rest is counted.
const SAID: usize = 12;

/// What came of a command.
#[derive(Debug, Clone, PartialEq)]
pub struct Obeyed {
    /// The command's name.
    pub name: &'static str,
    /// What was done, or why not, as Daena says it.
    pub sentence: String,
    /// The same for programs; `done` says whether it was.
    pub result: Value,
    /// The session that came of it, such as a debate's.
    pub session_id: Option<SessionId>,
}

/// What a command did.
struct Did {
    sentence: String,
    result: Value,
    session_id: Option<SessionId>,
}

fn did(sentence: impl Into<String>, result: Value) -> Did {
    Did { sentence: sentence.into(), result, session_id: None }
}

fn not_done(sentence: impl Into<String>) -> Did {
    did(sentence, json!({ "done": false }))
}

impl Company {
    /// Does what was said. What cannot be done is said too; only the server's own failures are errors.
    pub(super) async fn obey(
        &self,
        command: Command,
        session: Option<SessionId>,
    ) -> Result<Obeyed, CompanyError> {
        let name = command.name();
        let Did { sentence, mut result, session_id } = match self.carry_out(command, session).await {
            Ok(did) => did,
            Err(error @ (CompanyError::Store(_) | CompanyError::Busy | CompanyError::ShuttingDown)) => {
                return Err(error);
            }
            Err(error) => not_done(format!("That cannot be done: {error}.")),
        };
        if let Some(fields) = result.as_object_mut() {
            fields.entry("done").or_insert(Value::Bool(true));
        }
        Ok(Obeyed { name, sentence, result, session_id })
    }

    async fn carry_out(&self, command: Command, session: Option<SessionId>) -> Result<Did, CompanyError> {
        match command {
            Command::ListDepartments => self.tell_departments().await,
            Command::ListAgents(named) => self.tell_agents(named).await,
            Command::ListCouncils => self.tell_councils().await,
            Command::SystemStatus => self.tell_status().await,
            Command::CreateTask { owner, what } => self.make_task(owner, &what).await,
            Command::TaskStatus(title) => self.tell_task(&title).await,
            Command::StartDebate { council, topic } => self.begin_debate(council, topic).await,
            Command::OpenPage(page) => {
                Ok(did(format!("Here is {page}."), json!({ "page": page, "path": format!("#/{page}") })))
            }
            Command::Stop => {
                let stopped = self.hush(None);
                Ok(did("I am quiet.", json!({ "stopped": stopped })))
            }
            Command::StopEverything => Ok(self.ask_back(session)),
        }
    }

    async fn tell_departments(&self) -> Result<Did, CompanyError> {
        let there = self.names().await?.departments;
        let sentence = match there.len() {
            0 => "There are no departments.".to_owned(),
            count => format!("There {}: {}.", are(count, "department"), names(&there)),
        };
        Ok(did(sentence, json!({ "departments": listed(&there) })))
    }

    async fn tell_councils(&self) -> Result<Did, CompanyError> {
        let there = self.names().await?.councils;
        let sentence = match there.len() {
            0 => "There are no councils.".to_owned(),
            count => format!("There {}: {}.", are(count, "council"), names(&there)),
        };
        Ok(did(sentence, json!({ "councils": listed(&there) })))
    }

    async fn tell_agents(&self, of: Option<Named>) -> Result<Did, CompanyError> {
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

    async fn tell_status(&self) -> Result<Did, CompanyError> {
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

    async fn make_task(&self, owner: Option<Named>, what: &str) -> Result<Did, CompanyError> {
        let (assignment, whose) = match &owner {
            None => (Assignment::default(), "nobody yet".to_owned()),
            Some(Named::Department(slug)) => {
                let name = self.department(slug.clone()).await?.name;
                (Assignment { department_id: Some(slug.to_string()), agent_id: None }, name)
            }
            Some(Named::Agent(slug)) => {
                let name = self.agent(slug.clone()).await?.name;
                (Assignment { department_id: None, agent_id: Some(slug.to_string()) }, name)
            }
            Some(other) => {
                let there = self.names().await?.departments;
                return Ok(unknown("department or agent", other, &there));
            }
        };
        if what.is_empty() {
            return Ok(not_done(
                "What is to be done? Say: create a task for engineering to check the backups.",
            ));
        }
        let title: String = capital(what).chars().take(Title::MAX_CHARS).collect();
        let description = Some(what.to_owned()).filter(|what| what.chars().count() > Title::MAX_CHARS);
        let new = NewTask { title, description, assignment, ..NewTask::default() };
        let task = self.create_task(new).await?;
        let sentence = format!("I made a task for {whose}: {}. It waits to be started.", task.title);
        Ok(did(sentence, told(&task)))
    }

    async fn tell_task(&self, title: &str) -> Result<Did, CompanyError> {
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

    async fn begin_debate(&self, council: Option<Named>, topic: String) -> Result<Did, CompanyError> {
        let there = self.names().await?.councils;
        let slug = match council {
            Some(Named::Council(slug)) => slug,
            Some(other) => return Ok(unknown("council", &other, &there)),
            None => return Ok(not_done(format!("In which council? There are {}.", names(&there)))),
        };
        if topic.is_empty() {
            return Ok(not_done("On what topic? Say: start a debate in the tech council on remote work."));
        }
        let name = self.council(slug.clone()).await?.name;
        let record = self.start_debate(slug.clone(), NewDebate { topic, ..NewDebate::default() }).await?;
        let (id, topic) = (record.debate.id, &record.debate.topic);
        let sentence = format!("The {name} debates: {topic}.");
        let result =
            json!({ "debate_id": id, "council_id": slug, "topic": topic, "status": record.debate.status });
        Ok(Did { session_id: Some(id), ..did(sentence, result) })
    }

    fn ask_back(&self, session_id: Option<SessionId>) -> Did {
        let now = self.chat.clock().now();
        let until = domain::Timestamp::from_micros(now.as_micros() + PATIENCE_MILLIS * MICROS);
        *self.voice.asked.lock().unwrap_or_else(PoisonError::into_inner) = Some(Asked { session_id, until });
        let sentence = "Shall I stop every reply, task and debate? Say yes or no.";
        did(sentence, json!({ "done": false, "confirm": true }))
    }

    /// Whether something was asked back here that still waits; it is answered by this.
    pub(super) fn was_asked(&self, session_id: Option<SessionId>) -> bool {
        let now = self.chat.clock().now();
        let asked = self.voice.asked.lock().unwrap_or_else(PoisonError::into_inner).take();
        asked.is_some_and(|it| it.session_id == session_id && now < it.until)
    }

    /// The answer to what was asked back.
    pub(super) async fn answered(&self, yes: bool) -> Result<Obeyed, CompanyError> {
        let name = Command::StopEverything.name();
        let (sentence, result) = if yes {
            self.hush(None);
            let stopped = self.stop_all().await?;
            let replies = counted(stopped, "reply").replace("replys", "replies");
            (
                format!("Everything is stopped, {replies} among it."),
                json!({ "done": true, "stopped": stopped }),
            )
        } else {
            ("Nothing was stopped.".to_owned(), json!({ "done": false }))
        };
        Ok(Obeyed { name, sentence, result, session_id: None })
    }
}

fn told(task: &Task) -> Value {
    json!({
        "task_id": task.id, "title": task.title, "status": task.status,
        "department_id": task.department_id, "agent_id": task.agent_id,
    })
}

fn unknown(what: &str, named: &Named, there: &[(Slug, String)]) -> Did {
    let called = match named {
        Named::Unknown(called) => called.clone(),
        Named::Department(slug) | Named::Agent(slug) | Named::Council(slug) => slug.to_string(),
    };
    not_done(format!("There is no {what} called {called}. There are {}.", names(there)))
}

fn listed(there: &[(Slug, String)]) -> Vec<Value> {
    there.iter().map(|(slug, name)| json!({ "slug": slug, "name": name })).collect()
}

/// Names one after the other; of many only the first.
fn names(there: &[(Slug, String)]) -> String {
    let mut said: Vec<&str> = there.iter().take(SAID).map(|(_, name)| name.as_str()).collect();
    let more = there.len().saturating_sub(SAID);
    let rest = format!("{more} more");
    if more > 0 {
        said.push(&rest);
    }
    match said.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => "none".to_owned(),
    }
}

fn counted(count: impl std::fmt::Display, what: &str) -> String {
    let count = count.to_string();
    if count == "1" { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn are(count: impl std::fmt::Display, what: &str) -> String {
    let counted = counted(count, what);
    if counted.starts_with("1 ") { format!("is {counted}") } else { format!("are {counted}") }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
