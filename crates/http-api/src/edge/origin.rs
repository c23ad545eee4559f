//! Whose page a request comes from.

use crate::Origin;
use actix_web::http::header::{HeaderMap, ORIGIN};

/// Whether a request may come from where it says: from no page, from a page of this server (`host`, where that is a name
/// of its own), or from one that is allowed by name. `null` is anybody.
pub(super) fn is_ours(headers: &HeaderMap, host: Option<&str>, allowed: &[Origin]) -> bool {
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    if allowed.iter().any(|allowed| allowed.is(origin)) {
        return true;
    }
    let (Some(from), Some(host)) = (without_scheme(origin), host) else { return false };
    from.eq_ignore_ascii_case(host)
}

fn without_scheme(origin: &str) -> Option<&str> {
    origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"))
}
