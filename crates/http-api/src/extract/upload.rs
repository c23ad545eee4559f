//! Files as bodies: kept as they come, never whole in memory.

use super::encoding;
use crate::api::Api;
use crate::problem::{Code, Problem};
use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// How long the next part of a file may take to come.
const PATIENCE: Duration = Duration::from_secs(60);
/// What files of sessions are sent as.
const TYPES: [&str; 6] = [
    "application/json",
    "application/jsonl",
    "application/ndjson",
    "application/x-ndjson",
    "application/octet-stream",
    "text/plain",
];

/// A file of sessions that has come whole.
pub(crate) struct Upload(pub(crate) chat_service::Upload);

impl FromRequest for Upload {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move { receive(&request, payload).await.map(Self) })
    }
}

async fn receive(request: &HttpRequest, mut payload: Payload) -> Result<chat_service::Upload, Problem> {
    let api = Api::extract(request).await?;
    encoding::check(request)?;
    check_type(request)?;
    let limit = api.chat.limits().max_import_bytes;
    let too_large = || Problem::new(Code::PayloadTooLarge, format!("a file holds at most {limit} bytes"));
    let told =
        request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if told.is_some_and(|bytes| bytes > limit) {
        return Err(too_large());
    }
    let mut upload = api.chat.upload()?;
    loop {
        let chunk = match tokio::time::timeout(PATIENCE, payload.next()).await {
            Ok(Some(Ok(chunk))) => chunk,
            Ok(Some(Err(_))) => return Err(Problem::invalid("", "the file broke off")),
            Ok(None) => return Ok(upload),
            Err(_) => return Err(Problem::invalid("", "the file took too long to come")),
        };
        if upload.bytes() + chunk.len() as u64 > limit {
            return Err(too_large());
        }
        upload.write(chunk).await?;
    }
}

/// What the file is, it says itself; a form of a page, or a packed file, is none.
fn check_type(request: &HttpRequest) -> Result<(), Problem> {
    let Some(value) = request.headers().get(CONTENT_TYPE) else { return Ok(()) };
    let kind = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    match TYPES.iter().any(|known| kind.eq_ignore_ascii_case(known)) {
        true => Ok(()),
        false => Err(Problem::new(
            Code::UnsupportedMediaType,
            "send the file itself as the body, as application/json or application/x-ndjson",
        )),
    }
}
