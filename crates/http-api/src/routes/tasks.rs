//! Tasks.

use crate::answer::{Accepted, Created, Json, NoContent};
use crate::api::Api;
use crate::dto::{AssignTask, EditTask, NewTaskBody, TaskList, TaskStatsView};
use crate::extract::{FromQuery, Json as Body, Parameters, Query, TaskPath, unknown_id};
use crate::problem::Problem;
use chat_service::TaskFilter;
use domain::view::TaskView;
use domain::{Limit, Slug, TaskCursor, TaskPriority, TaskStatus};
use utoipa::IntoParams;

/// Which tasks, and which page of them.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// With this status.
    #[param(value_type = Option<TaskStatus>, inline)]
    status: Option<TaskStatus>,
    /// With this priority.
    #[param(value_type = Option<TaskPriority>, inline)]
    priority: Option<TaskPriority>,
    /// For this department.
    #[param(value_type = Option<String>)]
    department: Option<Slug>,
    /// Of this agent.
    #[param(value_type = Option<String>)]
    agent: Option<Slug>,
    /// With this text in the title or the description.
    q: Option<String>,
    /// The most tasks of a page; above 200 it is clamped.
    #[param(value_type = Option<i64>, default = 50, minimum = 1)]
    limit: Limit,
    /// The `next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<TaskCursor>,
}

impl FromQuery for Wanted {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        let known = |what: &'static str| {
            let slug = |text: &str| Slug::parse(text).map_err(|_| unknown_id(what, text));
            parameters.text(what).map(slug).transpose()
        };
        Ok(Self {
            status: parameters.get("status")?,
            priority: parameters.get("priority")?,
            department: known("department")?,
            agent: known("agent")?,
            q: parameters.filled("q"),
            limit: parameters.limit()?,
            cursor: parameters.get("cursor")?,
        })
    }
}

/// The tasks, the newest first.
#[utoipa::path(
    get, path = "/api/v1/tasks", tag = "tasks", params(Wanted),
    responses((status = 200, description = "A page of tasks", body = TaskList)),
)]
pub(super) async fn list_tasks(api: Api, Query(wanted): Query<Wanted>) -> Result<Json<TaskList>, Problem> {
    let Wanted { status, priority, department, agent, q, limit, cursor } = wanted;
    let filter = TaskFilter { status, priority, department, agent, text: q };
    let listed = api.company.tasks(filter, cursor, limit).await?;
    Ok(Json(TaskList::new(listed.page, listed.as_of)))
}

/// Makes a task, and starts it if that is wanted.
#[utoipa::path(
    post, path = "/api/v1/tasks", tag = "tasks", request_body = NewTaskBody,
    responses((status = 201, description = "The task", body = TaskView)),
)]
pub(super) async fn create_task(
    api: Api,
    Body(body): Body<NewTaskBody>,
) -> Result<Created<TaskView>, Problem> {
    Ok(Created(api.company.create_task(body.into()).await?.into()))
}

/// Counts over all tasks.
#[utoipa::path(
    get, path = "/api/v1/tasks/stats", tag = "tasks",
    responses((status = 200, description = "The counts", body = TaskStatsView)),
)]
pub(super) async fn read_task_stats(api: Api) -> Result<Json<TaskStatsView>, Problem> {
    Ok(Json(api.company.task_stats().await?.into()))
}

/// A task.
#[utoipa::path(
    get, path = "/api/v1/tasks/{id}", tag = "tasks", params(TaskPath),
    responses((status = 200, description = "The task", body = TaskView)),
)]
pub(super) async fn read_task(api: Api, TaskPath(task): TaskPath) -> Result<Json<TaskView>, Problem> {
    Ok(Json(api.company.task(task).await?.into()))
}

/// Changes a task that is not being worked on.
#[utoipa::path(
    patch, path = "/api/v1/tasks/{id}", tag = "tasks", params(TaskPath), request_body = EditTask,
    responses((status = 200, description = "The task", body = TaskView)),
)]
pub(super) async fn edit_task(
    api: Api,
    TaskPath(task): TaskPath,
    Body(body): Body<EditTask>,
) -> Result<Json<TaskView>, Problem> {
    Ok(Json(api.company.edit_task(task, body.into()).await?.into()))
}

/// Removes a task that is not being worked on; its session stays.
#[utoipa::path(
    delete, path = "/api/v1/tasks/{id}", tag = "tasks", params(TaskPath),
    responses((status = 204, description = "It is gone")),
)]
pub(super) async fn delete_task(api: Api, TaskPath(task): TaskPath) -> Result<NoContent, Problem> {
    api.company.delete_task(task).await?;
    Ok(NoContent)
}

/// Has a task done as soon as its agent can and the brain is there; one that failed or was cancelled is begun anew.
#[utoipa::path(
    post, path = "/api/v1/tasks/{id}/start", tag = "tasks", params(TaskPath),
    responses((status = 202, description = "The task; its `error` says what it waits for", body = TaskView)),
)]
pub(super) async fn start_task(api: Api, TaskPath(task): TaskPath) -> Result<Accepted<TaskView>, Problem> {
    Ok(Accepted(api.company.start_task(task).await?.into()))
}

/// Ends a task, and its generation here and at the model server.
#[utoipa::path(
    post, path = "/api/v1/tasks/{id}/cancel", tag = "tasks", params(TaskPath),
    responses((status = 200, description = "The task, cancelled", body = TaskView)),
)]
pub(super) async fn cancel_task(api: Api, TaskPath(task): TaskPath) -> Result<Json<TaskView>, Problem> {
    Ok(Json(api.company.cancel_task(task).await?.into()))
}

/// Gives a task to an agent or a department.
#[utoipa::path(
    post, path = "/api/v1/tasks/{id}/assign", tag = "tasks", params(TaskPath), request_body = AssignTask,
    responses((status = 200, description = "The task", body = TaskView)),
)]
pub(super) async fn assign_task(
    api: Api,
    TaskPath(task): TaskPath,
    Body(body): Body<AssignTask>,
) -> Result<Json<TaskView>, Problem> {
    Ok(Json(api.company.assign_task(task, body.into()).await?.into()))
}
