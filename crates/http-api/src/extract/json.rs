//! JSON bodies.

use super::encoding;
use crate::problem::{Code, Problem};
use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::{FromRequest, HttpRequest};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};
use std::fmt::Write;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// The most bytes of a body: 2 MiB.
const BODY_LIMIT: usize = 2 * 1024 * 1024;
/// How long a body may take to come.
const PATIENCE: Duration = Duration::from_secs(60);

/// A JSON object as the body.
pub(crate) struct Json<T>(pub(crate) T);

/// A JSON object as the body, and the bytes it was read from.
pub(crate) struct JsonAndBytes<T>(pub(crate) T, pub(crate) Bytes);

/// A JSON object as the body, or no body at all.
pub(crate) struct OptionalJson<T>(pub(crate) T);

type Extraction<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = read_body(request, payload);
        let accepted = check_type(request);
        Box::pin(async move {
            accepted?;
            parse(&body.await?).map(Self)
        })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for JsonAndBytes<T> {
    type Error = Problem;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = read_body(request, payload);
        let accepted = check_type(request);
        Box::pin(async move {
            accepted?;
            let body = body.await?;
            Ok(Self(parse(&body)?, body))
        })
    }
}

impl<T: DeserializeOwned + Default + 'static> FromRequest for OptionalJson<T> {
    type Error = Problem;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = read_body(request, payload);
        let accepted = check_type(request);
        Box::pin(async move {
            let body = body.await?;
            if matches!(body.trim_ascii(), b"" | b"null") {
                return Ok(Self(T::default()));
            }
            accepted?;
            parse(&body).map(Self)
        })
    }
}

/// The whole body, up to the limit.
pub(crate) fn read_body(
    request: &HttpRequest,
    payload: &mut Payload,
) -> impl Future<Output = Result<Bytes, Problem>> + use<> {
    let told =
        request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let mut payload = payload.take();
    async move {
        if told.is_some_and(|bytes| bytes > BODY_LIMIT) {
            return Err(too_large());
        }
        match tokio::time::timeout(PATIENCE, collect(&mut payload, told)).await {
            Ok(body) => body,
            Err(_) => Err(Problem::invalid("", "the body took too long to come")),
        }
    }
}

async fn collect(payload: &mut Payload, told: Option<usize>) -> Result<Bytes, Problem> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Problem::invalid("", "the body broke off"))?;
        if body.is_empty() && told == Some(chunk.len()) {
            return Ok(chunk);
        }
        if body.len() + chunk.len() > BODY_LIMIT {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn too_large() -> Problem {
    Problem::new(Code::PayloadTooLarge, format!("a body holds at most {BODY_LIMIT} bytes"))
}

/// JSON, or nothing said: a client that names another type means something else.
fn check_type(request: &HttpRequest) -> Result<(), Problem> {
    encoding::check(request)?;
    let Some(value) = request.headers().get(CONTENT_TYPE) else { return Ok(()) };
    let kind = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let suffix = kind.len().checked_sub(5).and_then(|at| kind.get(at..));
    let is_json = kind.eq_ignore_ascii_case("application/json")
        || suffix.is_some_and(|suffix| suffix.eq_ignore_ascii_case("+json"));
    if is_json {
        return Ok(());
    }
    Err(Problem::new(Code::UnsupportedMediaType, "send the body as application/json"))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // A struct would also be read from an array, field by field.
    if body.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|first| *first == b'[') {
        return Err(Problem::invalid("", "expected a JSON object"));
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let pointer = pointer(error.path(), error.inner());
        Problem::invalid(pointer, said(error.inner()))
    })?;
    reader.end().map_err(|error| Problem::invalid("", said(&error)))?;
    Ok(value)
}

/// A value inside of a body, with the same words for what is wrong with it.
pub(crate) fn field_of<T: DeserializeOwned>(value: serde_json::Value) -> Result<T, Problem> {
    if !value.is_object() {
        return Err(Problem::invalid("", "expected a JSON object"));
    }
    serde_path_to_error::deserialize(value)
        .map_err(|error| Problem::invalid(pointer(error.path(), error.inner()), said(error.inner())))
}

fn said(error: &serde_json::Error) -> String {
    if error.is_data() { error.to_string() } else { format!("this is no JSON: {error}") }
}

/// Where the error is, as a JSON pointer. A missing field is told of at the place where it should be.
fn pointer(path: &Path, error: &serde_json::Error) -> String {
    if !error.is_data() {
        return String::new();
    }
    let mut pointer = String::new();
    for segment in path {
        match segment {
            // Writing to a string does not fail.
            Segment::Seq { index } => {
                write!(pointer, "/{index}").ok();
            }
            Segment::Map { key } => {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    let text = error.to_string();
    if let Some(field) = text.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
        pointer.push('/');
        pointer.push_str(field);
    }
    pointer
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    struct Outer {
        #[serde(rename = "inner")]
        _inner: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    struct Inner {
        #[serde(rename = "text")]
        _text: String,
    }

    #[test]
    fn an_error_points_at_its_value() {
        for (body, expected) in [
            ("{", ""),
            ("[]", ""),
            ("{}", "/inner"),
            (r#"{"inner": 5}"#, "/inner"),
            (r#"{"inner": [{"text": "a"}, {}]}"#, "/inner/1/text"),
            (r#"{"inner": [{"text": 1}]}"#, "/inner/0/text"),
            (r#"{"inner": []} x"#, ""),
        ] {
            let problem = parse::<Outer>(body.as_bytes()).unwrap_err();
            let document: serde_json::Value =
                serde_json::from_slice(&crate::problem::ProblemDocument::new(&problem, "", "").to_json())
                    .unwrap();
            assert_eq!(document["errors"][0]["pointer"], expected, "{body}");
        }
    }
}
