//! The host a request asks for.

use crate::origin::host_and_port;
use actix_web::dev::RequestHead;
use actix_web::http::header::HOST;

/// Host and port as the client wrote them: of the request's own URL when that is a full one, else the Host header.
pub(super) fn of(head: &RequestHead) -> Option<&str> {
    match head.uri.authority() {
        Some(authority) => Some(authority.as_str()),
        None => head.headers.get(HOST)?.to_str().ok(),
    }
}

/// Whether the host is a name of this machine that no other machine can take: a page elsewhere cannot point a name of
/// its own at this server and read its answers.
pub(super) fn is_this_machine(authority: &str) -> bool {
    let (host, _) = host_and_port(authority);
    matches!(host, "127.0.0.1" | "[::1]") || host.eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests {
    use super::is_this_machine;

    #[test]
    fn only_three_names_are_this_machine() {
        for ours in ["127.0.0.1", "127.0.0.1:8000", "[::1]:1", "[::1]", "localhost", "LocalHost:80"] {
            assert!(is_this_machine(ours), "{ours}");
        }
        for other in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil",
            "127.0.0.2",
            "x@localhost",
            "[::2]",
        ] {
            assert!(!is_this_machine(other), "{other}");
        }
    }
}
