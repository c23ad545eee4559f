//! Debates of councils.

use crate::answer::{Accepted, Created, Json};
use crate::api::Api;
use crate::dto::{DebateList, DebateMessageBody, DebateRecordView, NewDebateBody};
use crate::extract::{CouncilPath, DebatePath, FromQuery, Json as Body, Parameters, Query};
use crate::problem::Problem;
use domain::view::MessageView;
use domain::{Limit, SessionId};
use utoipa::IntoParams;

/// A page of debates.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageOfDebates {
    /// The most debates of a page; above 200 it is clamped.
    #[param(value_type = Option<i64>, default = 50, minimum = 1)]
    limit: Limit,
    /// The `next_cursor` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<SessionId>,
}

impl FromQuery for PageOfDebates {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        Ok(Self { limit: parameters.limit()?, cursor: parameters.get("cursor")? })
    }
}

/// Begins a debate. Sent again with the same `client_message_id` it gives the same debate.
#[utoipa::path(
    post, path = "/api/v1/councils/{slug}/debates", tag = "councils", params(CouncilPath),
    request_body = NewDebateBody,
    responses((status = 202, description = "The debate, running or deferred", body = DebateRecordView)),
)]
pub(super) async fn start_debate(
    api: Api,
    CouncilPath(council): CouncilPath,
    Body(body): Body<NewDebateBody>,
) -> Result<Accepted<DebateRecordView>, Problem> {
    Ok(Accepted(api.company.start_debate(council, body.into()).await?.into()))
}

/// The debates of a council, the newest first.
#[utoipa::path(
    get, path = "/api/v1/councils/{slug}/debates", tag = "councils", params(CouncilPath, PageOfDebates),
    responses((status = 200, description = "A page of debates", body = DebateList)),
)]
pub(super) async fn list_debates(
    api: Api,
    CouncilPath(council): CouncilPath,
    Query(page): Query<PageOfDebates>,
) -> Result<Json<DebateList>, Problem> {
    Ok(Json(api.company.debates_of(council, page.cursor, page.limit).await?.into()))
}

/// A debate with what was said in it, text that is still coming included.
#[utoipa::path(
    get, path = "/api/v1/debates/{id}", tag = "councils", params(DebatePath),
    responses((status = 200, description = "The debate", body = DebateRecordView)),
)]
pub(super) async fn read_debate(
    api: Api,
    DebatePath(debate): DebatePath,
) -> Result<Json<DebateRecordView>, Problem> {
    Ok(Json(api.company.debate_record(debate).await?.into()))
}

/// The Founder says something in a debate; who speaks next has heard it.
#[utoipa::path(
    post, path = "/api/v1/debates/{id}/messages", tag = "councils", params(DebatePath),
    request_body = DebateMessageBody,
    responses((status = 201, description = "The message", body = MessageView)),
)]
pub(super) async fn join_debate(
    api: Api,
    DebatePath(debate): DebatePath,
    Body(body): Body<DebateMessageBody>,
) -> Result<Created<MessageView>, Problem> {
    Ok(Created(api.company.join_debate(debate, body.message).await?.into()))
}

/// Ends a debate early: who speaks is stopped, what it said stays, and Daena sums up.
#[utoipa::path(
    post, path = "/api/v1/debates/{id}/synthesize", tag = "councils", params(DebatePath),
    responses((status = 202, description = "The debate, about to be summed up", body = DebateRecordView)),
)]
pub(super) async fn synthesize_debate(
    api: Api,
    DebatePath(debate): DebatePath,
) -> Result<Accepted<DebateRecordView>, Problem> {
    Ok(Accepted(api.company.synthesize_debate(debate).await?.into()))
}

/// Ends a debate without a synthesis, here and at the model server.
#[utoipa::path(
    post, path = "/api/v1/debates/{id}/stop", tag = "councils", params(DebatePath),
    responses((status = 200, description = "The debate, cancelled", body = DebateRecordView)),
)]
pub(super) async fn stop_debate(
    api: Api,
    DebatePath(debate): DebatePath,
) -> Result<Json<DebateRecordView>, Problem> {
    Ok(Json(api.company.stop_debate(debate).await?.into()))
}
