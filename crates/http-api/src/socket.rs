//! WebSockets.
//!
//! A socket is the body of its upgrade's answer: the server asks it for bytes when the connection has room for them, and
//! only then does it read its client's frames or take events from its subscription. A client that does not read so costs
//! what the connection buffers, and what it missed comes from the log. There is no task and no queue of a socket's own.

mod body;
mod close;
mod conversation;
mod frame;
mod inbox;
mod request;

pub(crate) use conversation::Opening;

use crate::api::Api;
use crate::problem::Problem;
use actix_http::ws::handshake;
use actix_web::body::BoxBody;
use actix_web::http::header::{HeaderValue, SEC_WEBSOCKET_PROTOCOL};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use body::SocketBody;
use conversation::Conversation;
use inbox::Inbox;

/// The protocol a client may name. Besides it, a browser offers its token as one.
const PROTOCOL: &str = "daena";

/// Answers the upgrade; the conversation begins with `hello`.
pub(crate) async fn open(
    api: Api,
    request: HttpRequest,
    payload: Payload,
    opening: Opening,
) -> Result<HttpResponse, Problem> {
    let mut answer = handshake(request.head())
        .map_err(|_| Problem::invalid("", "this path takes a WebSocket's upgrade only"))?;
    if offers_protocol(&request) {
        answer.insert_header((SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(PROTOCOL)));
    }
    let stall = api.stall;
    let conversation = Conversation::begin(api, opening, Inbox::new(payload)).await?;
    let body = BoxBody::new(SocketBody::new(conversation, stall));
    Ok(answer.message_body(body).map_err(Problem::internal)?.into())
}

fn offers_protocol(request: &HttpRequest) -> bool {
    let offered = request.headers().get_all(SEC_WEBSOCKET_PROTOCOL).filter_map(|value| value.to_str().ok());
    offered.flat_map(|value| value.split(',')).any(|name| name.trim() == PROTOCOL)
}
