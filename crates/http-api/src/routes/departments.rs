//! Departments.

use crate::answer::{Created, Json, NoContent};
use crate::api::Api;
use crate::dto::{AgentList, DepartmentList, EditDepartment, NewDepartmentBody};
use crate::extract::{DepartmentPath, FromQuery, Json as Body, Parameters, Query};
use crate::problem::Problem;
use domain::view::DepartmentView;
use domain::{Limit, SlugCursor};
use utoipa::IntoParams;

/// Which departments, and which page of them.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Hidden ones too.
    #[param(value_type = Option<bool>, default = false)]
    include_hidden: bool,
    /// The most departments of a page; above 200 it is clamped.
    #[param(value_type = Option<i64>, default = 50, minimum = 1)]
    limit: Limit,
    /// The `next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<SlugCursor>,
}

impl FromQuery for Wanted {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        Ok(Self {
            include_hidden: parameters.flag("include_hidden")?.unwrap_or(false),
            limit: parameters.limit()?,
            cursor: parameters.get("cursor")?,
        })
    }
}

/// The departments, in their order.
#[utoipa::path(
    get, path = "/api/v1/departments", tag = "company", params(Wanted),
    responses((status = 200, description = "A page of departments", body = DepartmentList)),
)]
pub(super) async fn list_departments(
    api: Api,
    Query(wanted): Query<Wanted>,
) -> Result<Json<DepartmentList>, Problem> {
    let listed = api.company.departments(wanted.include_hidden, wanted.cursor, wanted.limit).await?;
    Ok(Json(DepartmentList::new(listed.page, listed.as_of)))
}

/// A department.
#[utoipa::path(
    get, path = "/api/v1/departments/{slug}", tag = "company", params(DepartmentPath),
    responses((status = 200, description = "The department", body = DepartmentView)),
)]
pub(super) async fn read_department(
    api: Api,
    DepartmentPath(department): DepartmentPath,
) -> Result<Json<DepartmentView>, Problem> {
    Ok(Json(api.company.department(department).await?.into()))
}

/// All agents of a department, in their order.
#[utoipa::path(
    get, path = "/api/v1/departments/{slug}/agents", tag = "company", params(DepartmentPath),
    responses((status = 200, description = "The agents", body = AgentList)),
)]
pub(super) async fn list_department_agents(
    api: Api,
    DepartmentPath(department): DepartmentPath,
) -> Result<Json<AgentList>, Problem> {
    let listed = api.company.agents_of(department).await?;
    Ok(Json(AgentList::new(listed.page, listed.as_of)))
}

/// Makes a department without agents.
#[utoipa::path(
    post, path = "/api/v1/departments", tag = "company", request_body = NewDepartmentBody,
    responses((status = 201, description = "The department", body = DepartmentView)),
)]
pub(super) async fn create_department(
    api: Api,
    Body(body): Body<NewDepartmentBody>,
) -> Result<Created<DepartmentView>, Problem> {
    Ok(Created(api.company.create_department(body.into()).await?.into()))
}

/// Changes a department; its slug stays.
#[utoipa::path(
    patch, path = "/api/v1/departments/{slug}", tag = "company", params(DepartmentPath),
    request_body = EditDepartment,
    responses((status = 200, description = "The department", body = DepartmentView)),
)]
pub(super) async fn edit_department(
    api: Api,
    DepartmentPath(department): DepartmentPath,
    Body(body): Body<EditDepartment>,
) -> Result<Json<DepartmentView>, Problem> {
    Ok(Json(api.company.edit_department(department, body.into()).await?.into()))
}

/// Removes a department without agents; what was said with it stays.
#[utoipa::path(
    delete, path = "/api/v1/departments/{slug}", tag = "company", params(DepartmentPath),
    responses((status = 204, description = "It is gone")),
)]
pub(super) async fn delete_department(
    api: Api,
    DepartmentPath(department): DepartmentPath,
) -> Result<NoContent, Problem> {
    api.company.delete_department(department).await?;
    Ok(NoContent)
}
