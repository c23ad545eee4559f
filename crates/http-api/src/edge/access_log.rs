//! One line for each request.

use super::RequestId;
use actix_web::http::Method;
use std::time::Duration;

/// Logs a request that was answered. What went well is told at debug level, so that a busy server's log stays readable.
pub(super) fn write(method: &Method, route: &str, status: u16, took: Duration, id: &RequestId) {
    let duration_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    let (method, request_id) = (method.as_str(), id.as_str());
    match status {
        500.. => tracing::warn!(target: "daena::access", method, route, status, duration_us, request_id),
        400.. => tracing::info!(target: "daena::access", method, route, status, duration_us, request_id),
        _ => tracing::debug!(target: "daena::access", method, route, status, duration_us, request_id),
    }
}
