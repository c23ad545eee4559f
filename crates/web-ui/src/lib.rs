#![doc = include_str!("../README.md")]

/// One file of the page.
#[derive(Debug)]
pub struct File {
    /// Where it is asked for.
    pub path: &'static str,
    /// What it is.
    pub content_type: &'static str,
    /// Changes when the file does.
    pub etag: &'static str,
    /// Whether its path changes when any file of the page does, so that it may be kept for ever.
    pub immutable: bool,
    /// Whether it belongs to the first load: the others are asked for when something on a page needs them.
    pub first: bool,
    /// The file.
    pub plain: &'static [u8],
    /// The same, compressed.
    pub gzip: &'static [u8],
}

/// Every file of the page; `/` is the page itself.
pub static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// What the page may do, as a `Content-Security-Policy`: run its own files and talk to the server it came from, nothing else.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; manifest-src 'self'; worker-src 'self'; media-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'";

#[cfg(test)]
mod tests {
    use super::{FILES, POLICY};
    use std::collections::BTreeSet;

    #[test]
    fn every_path_is_named_once_and_the_page_is_one_of_them() {
        let paths: BTreeSet<_> = FILES.iter().map(|file| file.path).collect();
        assert_eq!(paths.len(), FILES.len());
        assert!(paths.contains("/") && paths.contains("/sw.js"));
    }

    #[test]
    fn nothing_foreign_and_nothing_inline_may_run() {
        assert!(!POLICY.contains("unsafe") && !POLICY.contains("http"));
        let page = FILES.iter().find(|file| file.path == "/").expect("the page");
        let page = std::str::from_utf8(page.plain).expect("text");
        assert!(!page.contains("{{"), "a place was not filled in");
        assert!(!page.contains("<style") && !page.contains(" style=") && !page.contains(" on"));
        for script in page.split("<script").skip(1) {
            assert!(script.contains(" src=\"/assets/"), "an inline script");
        }
    }

    #[test]
    fn only_what_names_the_others_is_asked_for_anew() {
        for file in FILES {
            assert_eq!(file.immutable, file.path.starts_with("/assets/"), "{}", file.path);
            assert!(!file.gzip.is_empty() && !file.etag.is_empty());
        }
    }

    /// What the first view loads.
    #[test]
    fn the_first_load_is_small() {
        let first = FILES.iter().filter(|file| file.first);
        let bytes: usize = first.map(|file| file.gzip.len()).sum();
        assert!((50_000..150_000).contains(&bytes), "{bytes} bytes");
        assert!(FILES.iter().all(|file| !file.first || !file.path.contains("/uplot")), "charts come later");
    }
}
