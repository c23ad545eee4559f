//! How a body is packed: not at all.

use crate::problem::Problem;
use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_ENCODING;

/// Refuses a body that says it is packed. Unpacked here, a small one could become a huge one; read as it is, it is nonsense.
pub(super) fn check(request: &HttpRequest) -> Result<(), Problem> {
    let codings = request.headers().get_all(CONTENT_ENCODING);
    let packed = codings.map(|value| String::from_utf8_lossy(value.as_bytes())).find(|value| {
        let mut codings = value.split(',').map(str::trim);
        codings.any(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("identity"))
    });
    packed.map_or(Ok(()), |coding| Err(Problem::packed(&coding)))
}
