//! Server-sent events.

use actix_web::HttpResponse;
use actix_web::http::header::HeaderValue;
use bytes::{BufMut, Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream};
use serde::Serialize;
use std::convert::Infallible;
use std::fmt::{Display, Write};
use std::pin::Pin;
use std::time::Duration;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use utoipa::ToSchema;

/// One block of a server-sent stream.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written by hand")]
pub(crate) struct ServerSentEvent {
    /// Its name; none means `message`.
    #[schema(nullable = false)]
    event: Option<String>,
    /// What to send as `Last-Event-ID` to go on behind it.
    #[schema(nullable = false)]
    id: Option<String>,
    /// JSON.
    data: String,
}

/// An event with a name and JSON data.
pub(crate) fn event(name: &str, id: Option<&dyn Display>, data: &impl Serialize) -> Bytes {
    // Views and strings: this cannot fail.
    raw_event(Some(name), id, &serde_json::to_vec(data).unwrap_or_default())
}

/// An event from JSON that is there already. JSON text holds no line break.
pub(crate) fn raw_event(name: Option<&str>, id: Option<&dyn Display>, json: &[u8]) -> Bytes {
    let mut block = BytesMut::with_capacity(json.len() + 64);
    // Writing to a buffer that grows does not fail.
    if let Some(name) = name {
        writeln!(block, "event: {name}").ok();
    }
    if let Some(id) = id {
        writeln!(block, "id: {id}").ok();
    }
    block.put_slice(b"data: ");
    block.put_slice(json);
    block.put_slice(b"\n\n");
    block.freeze()
}

/// The answer that sends these blocks as they come, and a comment now and then to keep the line open.
pub(crate) fn answer(blocks: impl Stream<Item = Bytes> + 'static, comment_every: Duration) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/event-stream")
        // For proxies: each event is to arrive when it is sent.
        .insert_header(("x-accel-buffering", HeaderValue::from_static("no")))
        .streaming(kept_open(Box::pin(blocks), comment_every).map(Ok::<_, Infallible>))
}

fn kept_open<S: Stream<Item = Bytes>>(blocks: Pin<Box<S>>, every: Duration) -> impl Stream<Item = Bytes> {
    let mut comments = interval_at(Instant::now() + every, every);
    comments.set_missed_tick_behavior(MissedTickBehavior::Delay);
    stream::unfold((blocks, comments), next_block)
}

async fn next_block<S>(
    (mut blocks, mut comments): (Pin<Box<S>>, Interval),
) -> Option<(Bytes, (Pin<Box<S>>, Interval))>
where
    S: Stream<Item = Bytes>,
{
    let block = tokio::select! {
        biased;
        block = blocks.next() => block?,
        _ = comments.tick() => Bytes::from_static(b": still here\n\n"),
    };
    Some((block, (blocks, comments)))
}
