//! Metrics.

use crate::api::Api;
use crate::problem::Problem;
use actix_web::HttpResponse;

const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Counters and gauges for Prometheus.
#[utoipa::path(
    get, path = "/metrics", tag = "server",
    responses((status = 200, description = "OpenMetrics text", body = String, content_type = "application/openmetrics-text")),
)]
pub(super) async fn read_metrics(api: Api) -> Result<HttpResponse, Problem> {
    let text = api.metrics.text(&api.chat, api.company.voice_status()).await?;
    Ok(HttpResponse::Ok().content_type(CONTENT_TYPE).body(text))
}
