//! The address of Ollama as Ollama itself is told it.

/// `OLLAMA_HOST` as a URL: the scheme, the port and a listening address may be left out or general.
pub(super) fn from_ollama_host(host: &str) -> String {
    let host = host.trim().trim_end_matches('/');
    let (scheme, rest) = host.split_once("://").unwrap_or(("http", host));
    let default_port =
        if host.contains("://") { if scheme == "https" { "443" } else { "80" } } else { "11434" };
    let bracketed = rest.starts_with('[');
    let (name, port) = match rest.rsplit_once(':') {
        Some((name, port)) if !bracketed || name.ends_with(']') => (name, port),
        _ => (rest, default_port),
    };
    let name = match name {
        "" | "0.0.0.0" => "127.0.0.1",
        "[::]" => "[::1]",
        other => other,
    };
    format!("{scheme}://{name}:{port}")
}

/// A URL as it may be shown: without user, password and query. What is no URL is shown by the same rules.
pub(crate) fn without_credentials(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    let shown = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = match shown.find(['/', '\\']) {
        Some(end) => shown.split_at(end),
        None => (shown, ""),
    };
    let host = authority.rsplit('@').next().unwrap_or_default();
    let separator = if scheme.is_empty() { "" } else { "://" };
    format!("{scheme}{separator}{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_its_secrets() {
        for (url, shown) in [
            ("http://127.0.0.1:11434", "http://127.0.0.1:11434"),
            ("https://user:secret@h.example:8/v1/", "https://h.example:8/v1/"),
            ("https://h/v1@2?key=secret#secret", "https://h/v1@2"),
            ("http://us@er:secret@h\\x", "http://h\\x"),
            ("user:secret@h", "h"),
            ("", ""),
        ] {
            assert_eq!(without_credentials(url), shown);
        }
    }

    #[test]
    fn what_ollama_understands_is_understood() {
        for (host, url) in [
            ("127.0.0.1", "http://127.0.0.1:11434"),
            ("0.0.0.0", "http://127.0.0.1:11434"),
            ("0.0.0.0:8080", "http://127.0.0.1:8080"),
            (":8080", "http://127.0.0.1:8080"),
            ("box.local:1234/", "http://box.local:1234"),
            ("[::]:5", "http://[::1]:5"),
            ("[::1]", "http://[::1]:11434"),
            ("https://models.example", "https://models.example:443"),
            ("http://models.example:81", "http://models.example:81"),
        ] {
            assert_eq!(from_ollama_host(host), url, "{host}");
        }
    }
}
