//! Calls of tools that wait for the Founder, or did.

use crate::answer::Json;
use crate::api::Api;
use crate::dto::{ApprovalList, ApproveBody, RefuseBody, approval};
use crate::extract::{ApprovalPath, FromQuery, OptionalJson, Parameters, Query};
use crate::problem::Problem;
use domain::view::ApprovalView;
use domain::{Limit, ToolCallCursor, ToolCallStatus};
use utoipa::IntoParams;

/// Which approvals.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Only calls in this state.
    #[param(inline)]
    status: Option<ToolCallStatus>,
    /// The most approvals of a page; above 200 it is clamped.
    #[param(value_type = Option<i64>, default = 50, minimum = 1)]
    limit: Limit,
    /// The `next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<ToolCallCursor>,
}

impl FromQuery for Wanted {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        Ok(Self {
            status: parameters.get("status")?,
            limit: parameters.limit()?,
            cursor: parameters.get("cursor")?,
        })
    }
}

/// The calls of tools that were put to the Founder, the newest first.
#[utoipa::path(
    get, path = "/api/v1/approvals", tag = "approvals", params(Wanted),
    responses((status = 200, description = "A page of approvals", body = ApprovalList)),
)]
pub(super) async fn list_approvals(
    api: Api,
    Query(wanted): Query<Wanted>,
) -> Result<Json<ApprovalList>, Problem> {
    Ok(Json(api.chat.approvals(wanted.status, wanted.cursor, wanted.limit).await?.into()))
}

/// A call that was put to the Founder.
#[utoipa::path(
    get, path = "/api/v1/approvals/{call_id}", tag = "approvals", params(ApprovalPath),
    responses((status = 200, description = "The approval", body = ApprovalView)),
)]
pub(super) async fn read_approval(
    api: Api,
    ApprovalPath(call): ApprovalPath,
) -> Result<Json<ApprovalView>, Problem> {
    Ok(Json(approval(api.chat.approval(call).await?)))
}

/// Says yes to a call: it is made, and its reply goes on. With `always`, this tool is not asked about any more, for as long
/// as it stays as it is. Refused (409) for a tool that has changed since it was asked for.
#[utoipa::path(
    post, path = "/api/v1/approvals/{call_id}/approve", tag = "approvals", params(ApprovalPath),
    request_body = Option<ApproveBody>,
    responses((status = 200, description = "The approval, decided", body = ApprovalView)),
)]
pub(super) async fn approve_call(
    api: Api,
    ApprovalPath(call): ApprovalPath,
    OptionalJson(body): OptionalJson<ApproveBody>,
) -> Result<Json<ApprovalView>, Problem> {
    Ok(Json(approval(api.chat.approve(call, body.always.unwrap_or_default()).await?)))
}

/// Says no to a call: it is not made, and the model is told so, with the reason if there is one.
#[utoipa::path(
    post, path = "/api/v1/approvals/{call_id}/refuse", tag = "approvals", params(ApprovalPath),
    request_body = Option<RefuseBody>,
    responses((status = 200, description = "The approval, decided", body = ApprovalView)),
)]
pub(super) async fn refuse_call(
    api: Api,
    ApprovalPath(call): ApprovalPath,
    OptionalJson(body): OptionalJson<RefuseBody>,
) -> Result<Json<ApprovalView>, Problem> {
    Ok(Json(approval(api.chat.refuse(call, body.reason).await?)))
}
