//! What every request passes, once: who may ask, whether writes are refused, the request's id, problem documents, headers, the log and the counters.

mod access_log;
mod authority;
mod closed;
mod headers;
mod origin;
mod request_id;

pub(crate) use request_id::RequestId;

use crate::api::{Api, Gate};
use crate::metrics::Pattern;
use crate::problem::{self, Code, Problem};
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, HeaderMap, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse};
use std::time::Instant;

/// The one middleware.
pub(crate) async fn pass(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let begun = Instant::now();
    let Some(api) = request.app_data::<Api>().cloned() else {
        return next.call(request).await;
    };
    let id = RequestId::of(request.headers(), &**api.chat.ids());
    let method = request.method().clone();
    let admitted = admit(&api.gate, &request).and_then(|()| match writes(&method) {
        true => closed::refuse(&api.chat.rules(), &method, request.path()),
        false => Ok(()),
    });
    let mut response = match admitted {
        Ok(()) => {
            request.extensions_mut().insert(id.clone());
            next.call(request).await?
        }
        Err(refused) => ServiceResponse::new(request.into_parts().0, HttpResponse::from_error(refused)),
    };
    write_problem(&mut response, &id);
    headers::set(response.headers_mut(), id.header());
    let pattern = response.request().app_data::<Pattern>();
    let route = pattern.map_or("", |pattern| pattern.as_str());
    let status = response.status().as_u16();
    api.metrics.answered(pattern, &method, status, begun.elapsed());
    access_log::write(&method, route, status, begun.elapsed(), &id);
    Ok(response)
}

/// Host, Origin, token: in this order, before the request is looked at.
fn admit(gate: &Gate, request: &ServiceRequest) -> Result<(), Problem> {
    let headers = request.headers();
    let host = authority::of(request.head());
    let is_own = !gate.loopback || host.is_some_and(authority::is_this_machine);
    let is_proxied = || gate.allowed_origins.iter().any(|origin| host.is_some_and(|host| origin.is_at(host)));
    if !is_own && !is_proxied() {
        return Err(Problem::new(
            Code::Forbidden,
            "this server answers as 127.0.0.1, [::1], localhost and the hosts of its allowed origins only",
        ));
    }
    // Of a name that is answered for its origin's sake, that origin's pages are allowed and no others.
    let host = host.filter(|_| is_own);
    let is_socket = headers.contains_key(UPGRADE);
    if (is_socket || writes(request.method())) && !origin::is_ours(headers, host, &gate.allowed_origins) {
        return Err(Problem::new(Code::Forbidden, "pages of other origins may not do this"));
    }
    let Some(token) = &gate.token else { return Ok(()) };
    let path = request.path();
    if matches!(path, "/healthz" | "/readyz") || gate.page.has(path) {
        return Ok(());
    }
    let offered = bearer(headers).or_else(|| if is_socket { subprotocol(headers) } else { None });
    match offered {
        Some(offered) if token.is(offered) => Ok(()),
        Some(_) => Err(Problem::new(Code::Unauthorized, "the token is not the right one")),
        None => Err(Problem::new(Code::Unauthorized, "send the token as Authorization: Bearer <token>")),
    }
}

fn writes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// A browser cannot set headers on a WebSocket: it offers `bearer.<token>` as a protocol.
fn subprotocol(headers: &HeaderMap) -> Option<&str> {
    let offered = headers.get_all(SEC_WEBSOCKET_PROTOCOL).filter_map(|value| value.to_str().ok());
    offered.flat_map(|value| value.split(',')).find_map(|name| name.trim().strip_prefix("bearer."))
}

/// Turns whatever error is in the response into a problem document.
fn write_problem(response: &mut ServiceResponse<BoxBody>, id: &RequestId) {
    let Some(error) = response.response().error() else { return };
    let path = response.request().path();
    let written = match error.as_error::<Problem>() {
        Some(known) => problem::render(known, path, id.as_str()),
        None => {
            let other = problem::of_status(error.as_response_error().status_code());
            problem::render(&other, path, id.as_str())
        }
    };
    *response.response_mut() = written;
}
