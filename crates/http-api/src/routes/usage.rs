//! What asking models used up.

use crate::answer::Json;
use crate::api::Api;
use crate::dto::UsageView;
use crate::extract::{FromQuery, Parameters, Query};
use crate::problem::Problem;
use chat_service::UsageKey;
use utoipa::IntoParams;

/// Over which days, and by what.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// How many days back, today included.
    #[param(default = 30, minimum = 1, maximum = 366)]
    days: i64,
    /// `model`, `agent`, `department`, `day` or `provider`.
    #[param(value_type = Option<String>, default = "model")]
    group_by: UsageKey,
}

impl FromQuery for Wanted {
    fn read(parameters: &Parameters) -> Result<Self, Problem> {
        let group_by = match parameters.text("group_by") {
            None => UsageKey::default(),
            Some(word) => {
                let key = UsageKey::ALL.into_iter().find(|key| key.as_str() == word);
                let words = UsageKey::ALL.map(UsageKey::as_str).join(", ");
                key.ok_or_else(|| Problem::invalid("/group_by", format!("expected one of {words}")))?
            }
        };
        Ok(Self { days: parameters.number("days")?.unwrap_or(30), group_by })
    }
}

/// What asking models used up on the last days: calls, tokens, time, and what they cost at the prices of the
/// configuration; and the budgets.
#[utoipa::path(
    get, path = "/api/v1/brain/usage", tag = "brain", params(Wanted),
    responses((status = 200, description = "The sums, from what model servers counted", body = UsageView)),
)]
pub(super) async fn read_usage(api: Api, Query(wanted): Query<Wanted>) -> Result<Json<UsageView>, Problem> {
    let report = api.chat.usage(wanted.days, wanted.group_by).await?;
    Ok(Json(UsageView::new(wanted.group_by, report)))
}
