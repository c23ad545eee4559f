//! Councils and their members.

use crate::answer::{Created, Json, NoContent};
use crate::api::Api;
use crate::dto::{CouncilList, CouncilMemberList, EditCouncil, EditMember, NewCouncilBody, NewMemberBody};
use crate::extract::{CouncilPath, FromQuery, Json as Body, MemberPath, Parameters, Query};
use crate::problem::Problem;
use domain::view::{CouncilMemberView, CouncilView};
use domain::{Limit, MemberCursor, SlugCursor};
use utoipa::IntoParams;

/// A page of councils.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageOfCouncils {
    /// The most councils of a page; above 200 it is clamped.
    #[param(value_type = Option<i64>, default = 50, minimum = 1)]
    limit: Limit,
    /// The `next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<SlugCursor>,
}

/// A page of members.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageOfMembers {
    /// The most members of a page; above 200 it is clamped.
    #[param(value_type = Option<i64>, default = 50, minimum = 1)]
    limit: Limit,
    /// The `next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<MemberCursor>,
}

impl FromQuery for PageOfCouncils {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        Ok(Self { limit: parameters.limit()?, cursor: parameters.get("cursor")? })
    }
}

impl FromQuery for PageOfMembers {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        Ok(Self { limit: parameters.limit()?, cursor: parameters.get("cursor")? })
    }
}

/// The councils, in their order.
#[utoipa::path(
    get, path = "/api/v1/councils", tag = "councils", params(PageOfCouncils),
    responses((status = 200, description = "A page of councils", body = CouncilList)),
)]
pub(super) async fn list_councils(
    api: Api,
    Query(page): Query<PageOfCouncils>,
) -> Result<Json<CouncilList>, Problem> {
    Ok(Json(api.company.councils(page.cursor, page.limit).await?.into()))
}

/// Makes a council without members.
#[utoipa::path(
    post, path = "/api/v1/councils", tag = "councils", request_body = NewCouncilBody,
    responses((status = 201, description = "The council", body = CouncilView)),
)]
pub(super) async fn create_council(
    api: Api,
    Body(body): Body<NewCouncilBody>,
) -> Result<Created<CouncilView>, Problem> {
    Ok(Created(api.company.create_council(body.into()).await?.into()))
}

/// A council.
#[utoipa::path(
    get, path = "/api/v1/councils/{slug}", tag = "councils", params(CouncilPath),
    responses((status = 200, description = "The council", body = CouncilView)),
)]
pub(super) async fn read_council(
    api: Api,
    CouncilPath(council): CouncilPath,
) -> Result<Json<CouncilView>, Problem> {
    Ok(Json(api.company.council(council).await?.into()))
}

/// Changes a council; its slug stays.
#[utoipa::path(
    patch, path = "/api/v1/councils/{slug}", tag = "councils", params(CouncilPath), request_body = EditCouncil,
    responses((status = 200, description = "The council", body = CouncilView)),
)]
pub(super) async fn edit_council(
    api: Api,
    CouncilPath(council): CouncilPath,
    Body(body): Body<EditCouncil>,
) -> Result<Json<CouncilView>, Problem> {
    Ok(Json(api.company.edit_council(council, body.into()).await?.into()))
}

/// Removes a council and its members, unless a debate goes on. What it debated stays.
#[utoipa::path(
    delete, path = "/api/v1/councils/{slug}", tag = "councils", params(CouncilPath),
    responses((status = 204, description = "It is gone")),
)]
pub(super) async fn delete_council(
    api: Api,
    CouncilPath(council): CouncilPath,
) -> Result<NoContent, Problem> {
    api.company.delete_council(council).await?;
    Ok(NoContent)
}

/// The members of a council, in the order in which they speak.
#[utoipa::path(
    get, path = "/api/v1/councils/{slug}/members", tag = "councils", params(CouncilPath, PageOfMembers),
    responses((status = 200, description = "A page of members", body = CouncilMemberList)),
)]
pub(super) async fn list_members(
    api: Api,
    CouncilPath(council): CouncilPath,
    Query(page): Query<PageOfMembers>,
) -> Result<Json<CouncilMemberList>, Problem> {
    Ok(Json(api.company.members(council, page.cursor, page.limit).await?.into()))
}

/// Takes a member into a council, which has at most 12.
#[utoipa::path(
    post, path = "/api/v1/councils/{slug}/members", tag = "councils", params(CouncilPath),
    request_body = NewMemberBody,
    responses((status = 201, description = "The member", body = CouncilMemberView)),
)]
pub(super) async fn create_member(
    api: Api,
    CouncilPath(council): CouncilPath,
    Body(body): Body<NewMemberBody>,
) -> Result<Created<CouncilMemberView>, Problem> {
    Ok(Created(api.company.create_member(council, body.into()).await?.into()))
}

/// A member of a council.
#[utoipa::path(
    get, path = "/api/v1/councils/{slug}/members/{id}", tag = "councils", params(CouncilPath, MemberPath),
    responses((status = 200, description = "The member", body = CouncilMemberView)),
)]
pub(super) async fn read_member(
    api: Api,
    CouncilPath(council): CouncilPath,
    MemberPath(member): MemberPath,
) -> Result<Json<CouncilMemberView>, Problem> {
    Ok(Json(api.company.member(council, member).await?.into()))
}

/// Changes a member; its id stays.
#[utoipa::path(
    patch, path = "/api/v1/councils/{slug}/members/{id}", tag = "councils", params(CouncilPath, MemberPath),
    request_body = EditMember,
    responses((status = 200, description = "The member", body = CouncilMemberView)),
)]
pub(super) async fn edit_member(
    api: Api,
    CouncilPath(council): CouncilPath,
    MemberPath(member): MemberPath,
    Body(body): Body<EditMember>,
) -> Result<Json<CouncilMemberView>, Problem> {
    Ok(Json(api.company.edit_member(council, member, body.into()).await?.into()))
}

/// Removes a member. What it said stays.
#[utoipa::path(
    delete, path = "/api/v1/councils/{slug}/members/{id}", tag = "councils", params(CouncilPath, MemberPath),
    responses((status = 204, description = "It is gone")),
)]
pub(super) async fn delete_member(
    api: Api,
    CouncilPath(council): CouncilPath,
    MemberPath(member): MemberPath,
) -> Result<NoContent, Problem> {
    api.company.delete_member(council, member).await?;
    Ok(NoContent)
}
