//! Tools that look up and write down.

use super::Outcome;
use crate::api::Api;
use crate::dto::{NewTaskBody, SearchPageView, TaskList};
use crate::extract::field_of;
use crate::idempotency;
use crate::problem::Problem;
use chat_service::{SearchFilter, SearchQuery, SearchRequest, TaskFilter};
use domain::view::{MessageView, TaskView};
use domain::{Limit, TaskStatus};
use serde::Deserialize;
use serde_json::Value;

/// As many as a model likes to read.
const FEW: i64 = 10;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Search {
    query: String,
    limit: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tasks {
    status: Option<TaskStatus>,
    limit: Option<i64>,
}

pub(super) async fn search(api: &Api, given: Value) -> Result<Outcome, Problem> {
    let Search { query, limit } = field_of(given)?;
    let query: SearchQuery = query.parse().map_err(|error| Problem::invalid("/query", format!("{error}")))?;
    let request = SearchRequest { query, filter: SearchFilter::default(), after: None, limit: few(limit)? };
    let found = api.chat.search(request).await?;
    let lines: Vec<String> = found
        .page
        .items
        .iter()
        .map(|hit| {
            let said =
                hit.message.clone().map(|message| MessageView::from(message).content).unwrap_or_default();
            format!("{} (session {}): {}", hit.session.title.as_str(), hit.session.id, beginning(&said))
        })
        .collect();
    Outcome::new(or_nothing(lines), SearchPageView::from(found))
}

pub(super) async fn tasks(api: &Api, given: Value) -> Result<Outcome, Problem> {
    let Tasks { status, limit } = field_of(given)?;
    let filter = TaskFilter { status, ..TaskFilter::default() };
    let listed = api.company.tasks(filter, None, few(limit)?).await?;
    let lines = listed.page.items.iter().map(|task| line(&task.clone().into())).collect();
    Outcome::new(or_nothing(lines), TaskList::new(listed.page, listed.as_of))
}

/// Made once for a client's id of it.
pub(super) async fn create_task(
    api: &Api,
    given: Value,
    client_id: Option<String>,
) -> Result<Outcome, Problem> {
    let asked = idempotency::digest([given.to_string().as_bytes()]);
    let new = field_of::<NewTaskBody>(given)?.into();
    let task = match client_id {
        Some(id) => api.company.create_task_once(new, &id, asked).await?,
        None => api.company.create_task(new).await?.into(),
    };
    Outcome::new(line(&task), task)
}

fn line(task: &TaskView) -> String {
    format!("{} ({}, {}): {}", task.title, task.status.as_str(), task.priority.as_str(), task.task_id)
}

fn or_nothing(lines: Vec<String>) -> String {
    if lines.is_empty() { "Nothing.".to_owned() } else { lines.join("\n") }
}

/// The first words of a message, on one line.
fn beginning(text: &str) -> String {
    const MOST: usize = 300;
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MOST).collect()
}

fn few(limit: Option<i64>) -> Result<Limit, Problem> {
    Limit::new(limit.unwrap_or(FEW)).map_err(|error| Problem::invalid("/limit", error.to_string()))
}
