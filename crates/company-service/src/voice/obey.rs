//! Commands carried out. Each says what it did in a plain sentence with true counts.

use super::asked::Asker;
use super::commands::{Command, Named};
use super::receipts::Receipt;
use crate::{Assignment, Company, CompanyError, NewDebate, NewTask};
use chat_service::WriteTx;
use domain::{Actor, SessionId, Slug, Task, Title};
use serde_json::{Value, json};

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
#[derive(Debug, Clone)]
pub(super) struct Did {
    sentence: String,
    result: Value,
    session_id: Option<SessionId>,
}

pub(super) fn did(sentence: impl Into<String>, result: Value) -> Did {
    Did { sentence: sentence.into(), result, session_id: None }
}

pub(super) fn not_done(sentence: impl Into<String>) -> Did {
    did(sentence, json!({ "done": false }))
}

impl Did {
    /// As the answer to a command of this name.
    fn told(self, name: &'static str) -> Obeyed {
        let Self { sentence, mut result, session_id } = self;
        if let Some(fields) = result.as_object_mut() {
            fields.entry("done").or_insert(Value::Bool(true));
        }
        Obeyed { name, sentence, result, session_id }
    }
}

impl From<Obeyed> for Did {
    fn from(it: Obeyed) -> Self {
        Self { sentence: it.sentence, result: it.result, session_id: it.session_id }
    }
}

impl Company {
    /// Does what was said. What cannot be done is said too; only the server's own failures are errors. What makes something is
    /// done once for a receipt.
    pub(super) async fn obey(
        &self,
        command: Command,
        from: &Asker,
        receipt: Option<&Receipt>,
    ) -> Result<Obeyed, CompanyError> {
        let name = command.name();
        let did = match self.carry_out(command, from, receipt).await {
            Ok(did) => did,
            Err(error @ (CompanyError::Store(_) | CompanyError::Busy | CompanyError::ShuttingDown)) => {
                return Err(error);
            }
            Err(error) => not_done(format!("That cannot be done: {error}.")),
        };
        Ok(did.told(name))
    }

    async fn carry_out(
        &self,
        command: Command,
        from: &Asker,
        receipt: Option<&Receipt>,
    ) -> Result<Did, CompanyError> {
        let name = command.name();
        match command {
            Command::ListDepartments => self.tell_departments().await,
            Command::ListAgents(named) => self.tell_agents(named).await,
            Command::ListCouncils => self.tell_councils().await,
            Command::SystemStatus => self.tell_status().await,
            Command::CreateTask { owner, what } => self.make_task(owner, &what, name, receipt).await,
            Command::TaskStatus(title) => self.tell_task(&title).await,
            Command::StartDebate { council, topic } => {
                let begun = self.begin_debate(council, topic, receipt).await?;
                if begun.session_id.is_none() {
                    return Ok(begun);
                }
                Ok(self.kept(receipt, begun.told(name)).await?.into())
            }
            Command::OpenPage(page) => {
                Ok(did(format!("Here is {page}."), json!({ "page": page, "path": format!("#/{page}") })))
            }
            Command::Stop => {
                let stopped = self.hush(None);
                Ok(did("I am quiet.", json!({ "stopped": stopped })))
            }
            Command::StopEverything => Ok(self.ask_back(from)),
        }
    }

    /// Makes a task and keeps the answer, in one transaction.
    async fn make_task(
        &self,
        owner: Option<Named>,
        what: &str,
        name: &'static str,
        receipt: Option<&Receipt>,
    ) -> Result<Did, CompanyError> {
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
        let change = self.change(Actor::Founder);
        let (draft, receipt) = (self.draft_task(new, &change)?, receipt.cloned());
        let write = move |tx: &mut WriteTx<'_>| {
            if let Some(known) = receipt.as_ref().map(|it| it.known(tx)).transpose()?.flatten() {
                return Ok::<Did, CompanyError>(known.into());
            }
            let task = draft.write(tx, &change)?;
            let sentence = format!("I made a task for {whose}: {}. It waits to be started.", task.title);
            let did = did(sentence, told(&task));
            if let Some(receipt) = &receipt {
                receipt.keep(tx, &did.clone().told(name), change.at)?;
            }
            Ok(did)
        };
        self.store().write(write).await
    }

    async fn begin_debate(
        &self,
        council: Option<Named>,
        topic: String,
        receipt: Option<&Receipt>,
    ) -> Result<Did, CompanyError> {
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
        let client_message_id = receipt.map(Receipt::id);
        let new = NewDebate { topic, client_message_id, ..NewDebate::default() };
        let record = self.start_debate(slug.clone(), new).await?;
        let (id, topic) = (record.debate.id, &record.debate.topic);
        let sentence = format!("The {name} debates: {topic}.");
        let result =
            json!({ "debate_id": id, "council_id": slug, "topic": topic, "status": record.debate.status });
        Ok(Did { session_id: Some(id), ..did(sentence, result) })
    }

    fn ask_back(&self, whom: &Asker) -> Did {
        self.voice.asked.ask(whom, self.chat.clock().now());
        let sentence = "Shall I stop every reply, task and debate? Say yes or no.";
        did(sentence, json!({ "done": false, "confirm": true }))
    }

    /// Whether this one was asked back. Whatever it says next answers that or makes it forgotten.
    pub(super) fn take_asked(&self, from: &Asker) -> bool {
        self.voice.asked.take(from, self.chat.clock().now())
    }

    /// Obeys the answer to what this one was asked back; none where it was not. One at a time: who says it again waits for
    /// what became of the first, and where that failed the question is open anew.
    pub(super) async fn answered(
        &self,
        yes: bool,
        from: &Asker,
        receipt: Option<Receipt>,
    ) -> Result<Option<Obeyed>, CompanyError> {
        let (company, from) = (self.clone(), from.clone());
        let answer = async move {
            let _one_at_a_time = company.voice.answering.lock().await;
            if let Some(known) = company.obeyed_before(receipt.as_ref()).await? {
                return Ok(Some(known));
            }
            if !company.take_asked(&from) {
                return Ok(None);
            }
            let obeyed = company.obey_answer(yes, receipt.as_ref()).await;
            if obeyed.is_err() {
                company.voice.asked.ask(&from, company.chat.clock().now());
            }
            obeyed.map(Some)
        };
        self.to_its_end(answer).await
    }

    async fn obey_answer(&self, yes: bool, receipt: Option<&Receipt>) -> Result<Obeyed, CompanyError> {
        let did = if yes { self.end_everything().await? } else { not_done("Nothing was stopped.") };
        self.kept(receipt, did.told(Command::StopEverything.name())).await
    }

    async fn end_everything(&self) -> Result<Did, CompanyError> {
        self.hush(None);
        let stopped = self.stop_all().await?;
        let replies = if stopped == 1 { "1 reply".to_owned() } else { format!("{stopped} replies") };
        Ok(did(format!("Everything is stopped, {replies} among it."), json!({ "stopped": stopped })))
    }
}

pub(super) fn told(task: &Task) -> Value {
    json!({
        "task_id": task.id, "title": task.title, "status": task.status,
        "department_id": task.department_id, "agent_id": task.agent_id,
    })
}

pub(super) fn unknown(what: &str, named: &Named, there: &[(Slug, String)]) -> Did {
    let called = match named {
        Named::Unknown(called) => called.clone(),
        Named::Department(slug) | Named::Agent(slug) | Named::Council(slug) => slug.to_string(),
    };
    not_done(format!("There is no {what} called {called}. There are {}.", names(there)))
}

/// Names one after the other; of many only the first.
pub(super) fn names(there: &[(Slug, String)]) -> String {
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

pub(super) fn counted(count: impl std::fmt::Display, what: &str) -> String {
    let count = count.to_string();
    if count == "1" { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
