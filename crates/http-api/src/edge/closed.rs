//! What is refused in a lockdown and during maintenance.

use crate::problem::Problem;
use actix_web::http::Method;
use chat_service::Rules;

const EMERGENCY: &str = "/api/v1/founder-panel/emergency/";
const RELEASE: &str = "/api/v1/founder-panel/emergency/release";
const MAINTENANCE: &str = "/api/v1/system/maintenance";
/// What undoes either.
const OVERRIDES: [&str; 2] =
    ["/api/v1/founder-panel/overrides/system.lockdown", "/api/v1/founder-panel/overrides/system.read_only"];

/// Refuses a write while the company is closed for writes. The ways out are open: each undoes what refuses the others.
pub(super) fn refuse(rules: &Rules, method: &Method, path: &str) -> Result<(), Problem> {
    let way_out = path == RELEASE || (*method == Method::DELETE && OVERRIDES.contains(&path));
    let open = way_out
        || match rules.lockdown() {
            Some(_) => path.starts_with(EMERGENCY),
            None => path == MAINTENANCE,
        };
    if open { Ok(()) } else { Ok(rules.admit()?) }
}
