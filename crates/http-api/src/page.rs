//! The files of a page, served beside the API.

use crate::metrics::Pattern;
use actix_web::dev::{ServiceFactory, ServiceRequest};
use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, ETAG, HeaderMap, HeaderName,
    IF_NONE_MATCH, VARY,
};
use actix_web::web::{self, Bytes, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource, guard};
use std::collections::BTreeMap;

const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");

/// What a page may ask its browser for: the microphone, to be spoken to, and nothing else.
const MICROPHONE_ONLY: &str =
    "microphone=(self), camera=(), geolocation=(), display-capture=(), payment=(), usb=(), serial=(), hid=()";

/// A page: its files, and what it may do. Anybody may ask for them, also without the token: a browser cannot send it with a
/// page. They hold no data.
#[derive(Debug, Clone, Default)]
pub struct Page {
    files: BTreeMap<&'static str, StaticFile>,
    policy: &'static str,
}

/// One file of a page.
#[derive(Debug, Clone, Copy)]
pub struct StaticFile {
    /// Where it is asked for, such as `/`. None of the API's paths.
    pub path: &'static str,
    /// Its content type.
    pub content_type: &'static str,
    /// Changes when the file does; without quotation marks.
    pub etag: &'static str,
    /// Whether it never changes under this path.
    pub immutable: bool,
    /// The file.
    pub plain: &'static [u8],
    /// The same, compressed with gzip.
    pub gzip: &'static [u8],
}

impl Page {
    /// A page of these files. `policy` is the `Content-Security-Policy` of each.
    pub fn new(policy: &'static str, files: impl IntoIterator<Item = StaticFile>) -> Self {
        Self { files: files.into_iter().map(|file| (file.path, file)).collect(), policy }
    }

    /// Whether this path is one of its files.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// Adds its files to a worker.
    pub(crate) fn configure(&self, config: &mut ServiceConfig) {
        for file in self.files.values() {
            config.service(self.resource(*file));
        }
    }

    fn resource(
        &self,
        file: StaticFile,
    ) -> Resource<
        impl ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = actix_web::dev::ServiceResponse,
            Error = actix_web::Error,
            InitError = (),
        > + use<>,
    > {
        let policy = self.policy;
        let pattern = if file.immutable { "/assets/{file}" } else { file.path };
        let give = move |request: HttpRequest| async move { answer(&request, &file, policy) };
        web::resource(file.path)
            .app_data(Pattern::new(pattern))
            .route(web::route().guard(guard::Any(guard::Get()).or(guard::Head())).to(give))
    }
}

/// The file, or 304 when the browser has it.
fn answer(request: &HttpRequest, file: &StaticFile, policy: &'static str) -> HttpResponse {
    let etag = format!("\"{}\"", file.etag);
    let caching = if file.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    let known = text(request.headers(), &IF_NONE_MATCH).is_some_and(|known| known.contains(&etag));
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((ETAG, etag))
        .insert_header((CACHE_CONTROL, caching))
        .insert_header((CONTENT_SECURITY_POLICY, policy))
        .insert_header((PERMISSIONS, MICROPHONE_ONLY))
        .insert_header((VARY, "accept-encoding"));
    if known {
        return response.finish();
    }
    response.content_type(file.content_type);
    if text(request.headers(), &ACCEPT_ENCODING).is_some_and(takes_gzip) {
        response.insert_header((CONTENT_ENCODING, "gzip")).body(Bytes::from_static(file.gzip))
    } else {
        response.body(Bytes::from_static(file.plain))
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &actix_web::http::header::HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Whether a client takes gzip: named, and not with a weight of zero.
fn takes_gzip(accepted: &str) -> bool {
    accepted.split(',').any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.trim().parse::<f32>() == Ok(0.0));
        name.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::takes_gzip;

    #[test]
    fn gzip_is_given_to_whom_takes_it() {
        for yes in ["gzip", "br, gzip", "GZIP;q=0.5", "deflate,gzip;q=1.0"] {
            assert!(takes_gzip(yes), "{yes}");
        }
        for no in ["", "br", "gzip;q=0", "gzip; q=0.0", "gzipped"] {
            assert!(!takes_gzip(no), "{no}");
        }
    }
}
