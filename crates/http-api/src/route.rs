//! A route: what its documentation says it is, and its handler.

use crate::idempotency;
use crate::metrics::Pattern;
use crate::problem::Problem;
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Handler, Resource, Responder, guard};
use futures_util::FutureExt;
use std::collections::BTreeMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use utoipa::openapi::HttpMethod;

/// A method and a path that are answered. Both are taken from the handler's documentation, so that none can be answered
/// without being in the OpenAPI document.
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: String,
    build: Box<dyn Fn() -> actix_web::Route>,
    kind: Kind,
}

/// How a route deals with repeats and with HEAD.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A read that ends; HEAD is answered too.
    Read,
    /// A stream or a socket; it cannot be asked for its head.
    Endless,
    /// A write, run once for each idempotency key.
    Write,
    /// A write that brings a file. Sent again it does nothing anew, so it needs no key.
    Upload,
    /// A turn: the key becomes the message's own id, which is unique in the database.
    Turn,
}

impl Route {
    /// The route of a handler, as `P` documents it.
    pub(crate) fn new<P, H, Args>(kind: Kind, handler: H) -> Self
    where
        P: utoipa::Path,
        H: Handler<Args>,
        H::Output: Responder,
        Args: FromRequest + 'static,
    {
        let method = P::methods().first().map_or(Method::GET, method);
        let build = {
            let method = method.clone();
            move || {
                let route = match kind {
                    Kind::Read => web::route().guard(guard::Any(guard::Get()).or(guard::Head())),
                    _ => web::method(method.clone()),
                };
                let route = route.to(Contained(handler.clone()));
                if kind == Kind::Write { route.wrap(from_fn(idempotency::once)) } else { route }
            }
        };
        Self { method, path: P::path(), build: Box::new(build), kind }
    }
}

/// Adds the routes, grouped by path: a known path answers other methods with 405 and what it takes. Paths of fixed words
/// come before those with parameters, so that no parameter captures a word.
pub(crate) fn register(routes: Vec<Route>, config: &mut ServiceConfig) {
    let mut scopes: BTreeMap<String, BTreeMap<String, Vec<Route>>> = BTreeMap::new();
    for route in routes {
        let (scope, rest) = split(&route.path);
        // A brace sorts behind every letter.
        scopes.entry(scope.to_owned()).or_default().entry(rest.to_owned()).or_default().push(route);
    }
    for (scope, paths) in scopes {
        if scope.is_empty() {
            for (path, routes) in paths {
                config.service(resource(&path, &routes));
            }
        } else {
            let resources = paths.into_iter().map(|(path, routes)| resource(&path, &routes));
            config.service(resources.fold(web::scope(&scope), actix_web::Scope::service));
        }
    }
}

/// The first three words of a path under the base, which are fixed, and the rest. A request is then compared with the
/// routes of its own corner only.
fn split(path: &str) -> (&str, &str) {
    let Some(under) = path.strip_prefix("/api/v1/") else { return ("", path) };
    let word = under.find('/').unwrap_or(under.len());
    path.split_at(path.len() - under.len() + word)
}

fn resource(path: &str, routes: &[Route]) -> Resource {
    let allow = allow(routes);
    let refuse = move || {
        let refused = Problem::method_not_allowed(&allow);
        async move { Err::<actix_web::HttpResponse, _>(refused) }
    };
    let pattern = routes.first().map_or(path, |route| route.path.as_str());
    // A model's name may hold slashes.
    let resource = web::resource(path.replace("{model}", "{model:.+}")).app_data(Pattern::new(pattern));
    let resource = routes.iter().fold(resource, |resource, route| resource.route((route.build)()));
    resource.default_service(web::to(refuse))
}

fn allow(routes: &[Route]) -> String {
    let mut methods: Vec<&str> = routes.iter().map(|route| route.method.as_str()).collect();
    if routes.iter().any(|route| route.kind == Kind::Read) {
        methods.push("HEAD");
    }
    methods.sort_unstable();
    methods.join(", ")
}

fn method(method: &HttpMethod) -> Method {
    match method {
        HttpMethod::Get => Method::GET,
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Delete => Method::DELETE,
        HttpMethod::Options => Method::OPTIONS,
        HttpMethod::Head => Method::HEAD,
        HttpMethod::Patch => Method::PATCH,
        HttpMethod::Trace => Method::TRACE,
    }
}

/// A handler whose panic is an answer of 500, not a broken connection.
#[derive(Clone)]
struct Contained<H>(H);

impl<H, Args> Handler<Args> for Contained<H>
where
    H: Handler<Args>,
    Args: 'static,
{
    type Output = Result<H::Output, Problem>;
    type Future = Pin<Box<dyn Future<Output = Self::Output>>>;

    fn call(&self, args: Args) -> Self::Future {
        let handler = self.0.clone();
        let handling = async move { handler.call(args).await };
        Box::pin(AssertUnwindSafe(handling).catch_unwind().map(|ended| ended.map_err(panicked)))
    }
}

/// What was said is the log's: the panic hook has written it already.
fn panicked(_: Box<dyn std::any::Any + Send>) -> Problem {
    Problem::internal("a handler panicked")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_in_a_handler_is_a_problem_that_does_not_tell_of_it() {
        let panics = async || -> Result<(), Problem> { panic!("secret") };
        let problem = Contained(panics).call(()).await.unwrap_err();
        assert_eq!(problem.to_string(), "internal: the request failed here; the log says why");
    }
}
