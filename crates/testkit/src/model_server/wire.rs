//! What differs between the two wires.

use bytes::Bytes;
use serde_json::Value;

use super::chat_request::ChatRequest;

/// The moment every answer of the server carries.
pub(super) const CREATED_AT: &str = "2026-01-02T03:04:05.678901234Z";
/// The same moment in seconds since 1970.
pub(super) const CREATED: u64 = 1_767_323_045;

/// The records of a chat's answer, as bytes ready to send.
pub(super) trait Wire: Sync {
    /// Whether a request that does not say so is streamed.
    fn streams_by_default(&self) -> bool;

    /// The content type of a stream.
    fn stream_type(&self) -> &'static str;

    /// The record sent at once, before any token.
    fn opening(&self, request: &ChatRequest) -> Option<Bytes>;

    fn token(&self, request: &ChatRequest, token: &str) -> Bytes;

    /// A call of a tool.
    fn call(&self, request: &ChatRequest, place: usize, name: &str, arguments: &Value) -> Bytes;

    /// The records after the last token, with the reason why it was the last.
    fn closing(&self, request: &ChatRequest, tokens: usize, reason: &str) -> Vec<Bytes>;

    /// The error record in the middle of a stream.
    fn error_record(&self) -> Bytes;

    /// A record no parser takes.
    fn garbage(&self) -> Bytes;

    /// The answer in one piece; without `done`, it lacks what says it is complete.
    fn whole(&self, request: &ChatRequest, tokens: &[String], done: bool) -> Value;

    /// The body of an error answer.
    fn error_body(&self, status: u16, message: &str) -> Value;

    fn unknown_model(&self, model: &str) -> Value;
}
