//! Where pages come from.

use std::str::FromStr;

/// An origin of pages that is allowed by name, such as `https://daena.example` or `http://box:8080`, in the form in which
/// browsers tell it: lower case, without the port that the scheme implies. One slash at its end is taken off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    text: String,
    /// Where the host stands in it.
    host: std::ops::Range<usize>,
}

/// A text that is no origin. The text itself is left out: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no origin: {0} (expected scheme, host and perhaps a port, such as https://daena.example)")]
pub struct InvalidOrigin(&'static str);

impl Origin {
    /// Whether this is what a browser tells as the origin of a page.
    pub(crate) fn is(&self, told: &str) -> bool {
        self.text.eq_ignore_ascii_case(told)
    }

    /// Whether a request for this host and port, as the client wrote them, is for the same host. Its port is the proxy's.
    pub(crate) fn is_at(&self, authority: &str) -> bool {
        let host = self.text.get(self.host.clone()).unwrap_or_default();
        host.eq_ignore_ascii_case(host_and_port(authority).0)
    }
}

impl FromStr for Origin {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let text = text.to_ascii_lowercase();
        let (scheme, rest) = text.split_once("://").ok_or(InvalidOrigin("it has no scheme"))?;
        let implied = match scheme {
            "http" => "80",
            "https" => "443",
            _ => return Err(InvalidOrigin("its scheme is neither http nor https")),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains('@') {
            return Err(InvalidOrigin("it holds credentials"));
        }
        if rest.contains(['/', '?', '#']) {
            return Err(InvalidOrigin("it goes on behind its host"));
        }
        let (host, port) = host_and_port(rest);
        let of_a_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let is_host = match bracketed {
            Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
            None => !host.is_empty() && host.chars().all(of_a_name),
        };
        if !is_host {
            return Err(InvalidOrigin("its host is none, or not written in ASCII"));
        }
        if port.is_some_and(|port| port.parse::<u16>().is_err()) {
            return Err(InvalidOrigin("its port is none"));
        }
        let port = port.filter(|port| *port != implied).map(|port| format!(":{port}")).unwrap_or_default();
        let begin = scheme.len() + "://".len();
        let range = begin..begin + host.len();
        Ok(Self { text: format!("{scheme}://{host}{port}"), host: range })
    }
}

/// The two parts of what a client asks for; a port is digits alone.
pub(crate) fn host_and_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, Some(port)),
        _ => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_told_as_browsers_tell_it() {
        for (text, told) in [
            ("https://a.b", "https://a.b"),
            ("https://a.b/", "https://a.b"),
            ("HTTPS://A.b:443", "https://a.b"),
            ("http://box:8080", "http://box:8080"),
            ("http://[::1]:80/", "http://[::1]"),
            ("http://a.b:443", "http://a.b:443"),
        ] {
            let origin: Origin = text.parse().unwrap();
            assert!(origin.is(told), "{text}: {origin:?}");
        }
    }

    #[test]
    fn what_is_no_origin_is_refused_and_not_repeated() {
        for text in [
            "",
            "nonsense",
            "null",
            "*",
            "a.b",
            "https://",
            "https:///",
            "https://*",
            "https://a.b//",
            "https://a.b/path",
            "https://a.b?q",
            "https://u:s3cret@a.b",
            "https://a.b:",
            "https://a.b:70000",
            "https://a b",
            "https://bücher.example",
            "ftp://a.b",
            "http://[::g]",
            "http://::1",
        ] {
            let refused = text.parse::<Origin>().unwrap_err().to_string();
            assert!(!refused.contains("s3cret"), "{refused}");
        }
    }

    #[test]
    fn an_origin_is_at_its_host_whatever_the_port() {
        let origin: Origin = "https://daena.example:8443".parse().unwrap();
        for ours in ["daena.example", "Daena.Example:8443", "daena.example:443"] {
            assert!(origin.is_at(ours), "{ours}");
        }
        for other in [
            "",
            "evil.example",
            "daena.example.evil",
            "x.daena.example",
            "x@daena.example",
            "daena.example:x",
        ] {
            assert!(!origin.is_at(other), "{other}");
        }
    }
}
