//! WebSockets.
//!
//! A socket is the body of its upgrade's answer: the server asks it for bytes when the connection has room for them, and
//! only then does it read its client's frames or take events from its subscription. A client that does not read so costs
//! what the connection buffers, and what it missed comes from the log. There is no task and no queue of a socket's own.

mod body;
mod close;
mod conversation;
mod frame;
mod request;

pub(crate) use conversation::Opening;

use crate::api::Api;
use crate::problem::Problem;
use actix_web::body::BoxBody;
use actix_web::http::header::SEC_WEBSOCKET_PROTOCOL;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use body::SocketBody;
use conversation::Conversation;

/// The protocol a client may name. Besides it, a browser offers its token as one.
const PROTOCOL: &str = "daena";
/// The most bytes of a client's frame.
const FRAME_LIMIT: usize = 64 * 1024;

/// Answers the upgrade; the conversation begins with `hello`.
pub(crate) async fn open(
    api: Api,
    request: HttpRequest,
    payload: Payload,
    opening: Opening,
) -> Result<HttpResponse, Problem> {
    let offers = request.headers().contains_key(SEC_WEBSOCKET_PROTOCOL);
    let protocols: &[&str] = if offers { &[PROTOCOL] } else { &[] };
    let (answer, _session, inbox) = actix_ws::handle_with_protocols(&request, payload, protocols)
        .map_err(|_| Problem::invalid("", "this path takes a WebSocket's upgrade only"))?;
    let inbox =
        inbox.max_frame_size(FRAME_LIMIT).aggregate_continuations().max_continuation_size(FRAME_LIMIT);
    let stall = api.stall;
    let conversation = Conversation::begin(api, opening, inbox).await?;
    // The library's own body stays alive, unread, since its end would be the inbox's.
    Ok(answer.map_body(|_, unread| BoxBody::new(SocketBody::new(conversation, stall, unread))))
}
