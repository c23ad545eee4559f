//! Where a server is.

use reqwest::Url;
use std::fmt;
use std::net::IpAddr;

/// A text that is no base URL of a model server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a base URL of a model server: {reason} (expected something like http://127.0.0.1:11434)")]
pub struct InvalidBaseUrl {
    /// What is wrong with it. The text itself is left out: it may hold a password.
    pub reason: &'static str,
}

/// A checked base URL: http or https, a host, perhaps a path; no credentials, query or fragment, no slash at the end.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct BaseUrl(String);

impl BaseUrl {
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidBaseUrl> {
        let refuse = |reason| Err(InvalidBaseUrl { reason });
        let Ok(url) = Url::parse(text.trim()) else { return refuse("it cannot be parsed as a URL") };
        if !matches!(url.scheme(), "http" | "https") {
            return refuse("the scheme is neither http nor https");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("it holds credentials, which belong into a key file");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse("it has a query or a fragment");
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The URL of a path below this one. `path` begins with a slash.
    pub(crate) fn join(&self, path: &str) -> Result<Url, InvalidBaseUrl> {
        Url::parse(&format!("{}{path}", self.0))
            .map_err(|_| InvalidBaseUrl { reason: "no path can be added to it" })
    }

    /// Whether a segment of the path names a version of an API, such as `v1` or `v1beta`.
    pub(crate) fn is_versioned(&self) -> bool {
        let path =
            self.0.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
        path.split('/').any(|segment| {
            segment.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        })
    }
}

/// Whether a server at this URL is on this machine or in its own network, as far as the URL alone tells: no name is
/// resolved. A URL without a host is no way out of this process.
pub(crate) fn is_near(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return true };
    let Some(host) = url.host_str() else { return true };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match host.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(v4)) => {
            v4.is_loopback() || v4.is_private() || v4.is_link_local() || v4.is_unspecified()
        }
        Ok(IpAddr::V6(v6)) => {
            v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local() || v6.is_unspecified()
        }
        Err(_) => {
            let name = host.trim_end_matches('.');
            !name.contains('.')
                || [".localhost", ".local", ".internal", ".home.arpa"].iter().any(|end| name.ends_with(end))
        }
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_at_the_end_does_not_matter() {
        for text in ["http://127.0.0.1:11434", "http://127.0.0.1:11434/", " http://127.0.0.1:11434// "] {
            let base = BaseUrl::parse(text).unwrap();
            assert_eq!(base.as_str(), "http://127.0.0.1:11434");
            assert_eq!(base.join("/api/chat").unwrap().as_str(), "http://127.0.0.1:11434/api/chat");
        }
    }

    #[test]
    fn what_would_leak_or_mislead_is_refused() {
        for text in [
            "",
            "127.0.0.1:11434",
            "localhost:11434",
            "file:///etc/passwd",
            "ftp://host",
            "http://",
            "http://user:word@host",
            "http://user@host",
            "http://host?key=1",
            "http://host#x",
        ] {
            let error = BaseUrl::parse(text).unwrap_err();
            assert!(!error.to_string().contains("word@"), "{error}");
        }
    }

    #[test]
    fn a_version_is_found_in_the_path_only() {
        for (text, versioned) in [
            ("http://h", false),
            ("http://v1/", false),
            ("http://h/v1/", true),
            ("http://h/openai/v1", true),
            ("https://h/v1beta/openai", true),
            ("https://h/video", false),
        ] {
            assert_eq!(BaseUrl::parse(text).unwrap().is_versioned(), versioned, "{text}");
        }
    }

    #[test]
    fn what_is_near_is_read_from_the_address() {
        for url in [
            "http://127.0.0.1:11434",
            "http://localhost/",
            "http://LOCALHOST.:8080/v1",
            "http://[::1]:80",
            "http://[::ffff:10.1.2.3]",
            "http://10.0.0.5",
            "http://172.31.0.1",
            "http://192.168.1.9/v1",
            "http://169.254.0.1",
            "http://[fd00::1]",
            "http://[fe80::1]",
            "http://0.0.0.0:1",
            "http://ollama:11434",
            "http://gpu.local",
            "http://host.docker.internal:11434",
            "scripted:",
        ] {
            assert!(is_near(url), "{url}");
        }
        for url in [
            "https://api.openai.com/v1",
            "http://8.8.8.8",
            "http://172.32.0.1",
            "http://[2001:db8::1]",
            "http://localhost.example.com",
            "http://notlocal.net",
            "https://127.0.0.1.example.org",
        ] {
            assert!(!is_near(url), "{url}");
        }
    }
}
