//! An answer of this wire: one JSON object to an event.

use super::sse::Events;
use crate::answer::{Decode, Heard};
use crate::borrowed::{First, Text};
use crate::error::Source;
use crate::server::{Server, error_text};
use crate::{Chunk, GatewayError, Speedometer, ToolCallDelta};
use domain::Usage;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;
use std::sync::Arc;

/// The data of one event.
#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    model: Option<Text<'a>>,
    #[serde(borrow)]
    choices: Option<First<Choice<'a>>>,
    usage: Option<Counters>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    /// Beside an error that is not wrapped: `{"object": "error", "message": …}`.
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    /// llama.cpp, with the last record.
    timings: Option<Timings>,
}

#[derive(Deserialize)]
struct Timings {
    predicted_per_second: Option<f64>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(borrow)]
    delta: Option<Delta<'a>>,
    /// In place of `delta` from a server that does not stream.
    #[serde(borrow)]
    message: Option<Delta<'a>>,
    #[serde(borrow)]
    finish_reason: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow)]
    content: Option<Text<'a>>,
    reasoning_content: Option<IgnoredAny>,
    reasoning: Option<IgnoredAny>,
    tool_calls: Option<Vec<CallPiece>>,
}

/// A piece of a call; whole from a server that does not stream, and then without an index.
#[derive(Deserialize)]
struct CallPiece {
    index: Option<usize>,
    id: Option<String>,
    function: Option<FunctionPiece>,
}

#[derive(Deserialize)]
struct FunctionPiece {
    name: Option<String>,
    /// A text of JSON; some servers send the JSON itself.
    arguments: Option<Value>,
}

impl CallPiece {
    fn delta(&self, place: usize) -> ToolCallDelta {
        let function = self.function.as_ref();
        let arguments = match function.and_then(|function| function.arguments.as_ref()) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(json) => json.to_string(),
        };
        let name = function.and_then(|function| function.name.clone()).filter(|name| !name.is_empty());
        let id = self.id.clone().filter(|id| !id.is_empty());
        ToolCallDelta { index: self.index.unwrap_or(place), id, name, arguments }
    }
}

#[derive(Deserialize)]
struct Counters {
    prompt_tokens: Option<i64>,
    completion_tokens: Option<i64>,
}

/// Reads an answer.
pub(super) struct ChatDecoder {
    events: Events,
    server: Arc<Server>,
    reply: Reply,
}

struct Reply {
    asked: String,
    /// The model that answers, once it said so.
    model: Option<String>,
    usage: Option<Usage>,
    /// Whether a reason to finish was given: then nothing but counters can follow.
    finished: bool,
    speed: Option<Speedometer>,
}

impl ChatDecoder {
    pub(super) fn new(server: Arc<Server>, asked: String, speed: Option<Speedometer>) -> Self {
        Self {
            events: Events::new(),
            server,
            reply: Reply { asked, model: None, usage: None, finished: false, speed },
        }
    }
}

impl Decode for ChatDecoder {
    fn feed(&mut self, bytes: &[u8], heard: &mut Heard) -> Result<Option<Chunk>, GatewayError> {
        let Self { events, server, reply } = self;
        events.push(bytes);
        loop {
            let data = match events.next_event() {
                Ok(Some(data)) => data.trim_ascii(),
                Ok(None) => return Ok(None),
                Err(error) => return Err(server.protocol(&error.to_string(), None)),
            };
            if data == b"[DONE]" {
                return Ok(Some(reply.done()));
            }
            if data.is_empty() {
                continue;
            }
            let record = serde_json::from_slice::<Record<'_>>(data)
                .map_err(|error| server.protocol("an event is no record of an answer", Some(error.into())))?;
            reply.take(&record, heard)?;
        }
    }

    fn end(&mut self, heard: &mut Heard, cause: Option<Source>) -> Result<Chunk, GatewayError> {
        let Self { events, server, reply } = self;
        // A last event without its empty line is whole if it parses; half a record is the sign of a broken connection.
        if let Some(data) = events.last_event().map(<[u8]>::trim_ascii) {
            if data == b"[DONE]" {
                return Ok(reply.done());
            }
            if let Ok(record) = serde_json::from_slice::<Record<'_>>(data) {
                reply.take(&record, heard)?;
            }
        }
        if reply.finished { Ok(reply.done()) } else { Err(server.disconnected(cause)) }
    }
}

impl Reply {
    fn take(&mut self, record: &Record<'_>, heard: &mut Heard) -> Result<(), GatewayError> {
        if let Some(error) = record.error.or(record.message) {
            let detail = error_text(error.get().as_bytes());
            return Err(GatewayError::Model { model: self.asked.clone(), detail });
        }
        if let (None, Some(model)) = (&self.model, &record.model) {
            self.model = Some(model.0.clone().into_owned()).filter(|model| !model.is_empty());
        }
        if let Some(counters) = &record.usage {
            self.usage = Some(Usage {
                prompt_tokens: counters.prompt_tokens.unwrap_or_default(),
                completion_tokens: counters.completion_tokens.unwrap_or_default(),
            });
        }
        let said = record.timings.as_ref().and_then(|timings| timings.predicted_per_second);
        if let (Some(speed), Some(said)) = (&self.speed, said) {
            speed.note(said);
        }
        let Some(First(Some(choice))) = &record.choices else { return Ok(()) };
        // Some say "" until the end.
        if let Some(reason) = choice.finish_reason.as_ref().filter(|reason| !reason.0.is_empty()) {
            self.finished = true;
            heard.cut_off |= reason.0 == "length";
        }
        if let Some(delta) = choice.delta.as_ref().or(choice.message.as_ref()) {
            heard.text.push_str(delta.content.as_ref().map_or("", |content| &content.0));
            if let Some(pieces) = &delta.tool_calls {
                heard.calls.extend(pieces.iter().zip(0..).map(|(piece, place)| piece.delta(place)));
            }
            heard.alive |= delta.reasoning_content.is_some() || delta.reasoning.is_some();
        }
        Ok(())
    }

    fn done(&mut self) -> Chunk {
        let model = self.model.take().unwrap_or_else(|| std::mem::take(&mut self.asked));
        Chunk::Done { usage: self.usage.take(), model }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ClientSettings;
    use crate::base_url::BaseUrl;

    fn read(parts: &[&[u8]]) -> (String, Result<Chunk, GatewayError>) {
        let server =
            Server::new(BaseUrl::parse("http://h").unwrap(), &ClientSettings::default(), None).unwrap();
        let mut decoder = ChatDecoder::new(Arc::new(server), "asked".into(), None);
        let mut heard = Heard::default();
        for part in parts {
            match decoder.feed(part, &mut heard) {
                Ok(None) => {}
                Ok(Some(done)) => return (heard.text, Ok(done)),
                Err(error) => return (heard.text, Err(error)),
            }
        }
        let end = decoder.end(&mut heard, None);
        (heard.text, end)
    }

    #[test]
    fn every_way_to_split_an_answer_gives_the_same_text() {
        let body = concat!(
            ": warming up\n\n",
            r#"data: {"id":"1","model":"m-2026","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#,
            "\n\n",
            r#"data: {"model":"m-2026","choices":[{"delta":{"content":"Hé\"llo\n"},"finish_reason":null}],"usage":null}"#,
            "\r\n\r\n",
            r#"data: {"choices":[{"delta":{"content":"漢字 🦀\ud83d\ude80"}}]}"#,
            "\n\n",
            r#"data: {"choices":[{"delta":{},"finish_reason":"stop"}]}"#,
            "\n\n",
            r#"data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":5,"total_tokens":8}}"#,
            "\n\ndata: [DONE]\n\n",
        );
        let done = Chunk::Done {
            usage: Some(Usage { prompt_tokens: 3, completion_tokens: 5 }),
            model: "m-2026".into(),
        };
        for split in 0..=body.len() {
            let (before, after) = body.as_bytes().split_at(split);
            let (text, end) = read(&[before, after]);
            assert_eq!(text, "Hé\"llo\n漢字 🦀🚀", "split at {split}");
            assert_eq!(end.unwrap(), done);
        }
    }

    #[test]
    fn a_reason_to_finish_is_a_final_record_even_without_done() {
        let finish =
            b"data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"length\"}]}\n\n";
        assert!(
            matches!(read(&[finish]), (text, Ok(Chunk::Done { usage: None, model })) if text == "a" && model == "asked")
        );
        assert!(matches!(read(&[b"data: [DONE]"]).1, Ok(Chunk::Done { .. })));
    }

    #[test]
    fn a_server_that_does_not_stream_is_understood_too() {
        let whole = br#"{"model":"m","choices":[{"message":{"role":"assistant","content":"a"},"finish_reason":"stop"}]}"#;
        assert!(
            matches!(read(&[whole]), (text, Ok(Chunk::Done { model, .. })) if text == "a" && model == "m")
        );
    }

    #[test]
    fn without_a_final_record_there_is_no_answer() {
        let empty = b"data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"\"}]}\n\n";
        assert!(read(&[empty]).1.is_err(), "an empty reason is none");
        let text = b"data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";
        assert!(matches!(read(&[text]).1, Err(GatewayError::Disconnected { .. })));
        assert!(matches!(read(&[&text[..30]]).1, Err(GatewayError::Disconnected { .. })));
        assert!(matches!(read(&[b"data: {\"choices\"\n\n"]).1, Err(GatewayError::Protocol { .. })));
    }

    #[test]
    fn an_error_in_any_shape_is_a_failure_of_the_model() {
        for body in [
            "data: {\"error\":{\"message\":\"full\"}}\n\n",
            "data: {\"error\":\"full\"}\n\n",
            "data: {\"object\":\"error\",\"message\":\"full\",\"code\":500}\n\n",
            "error: {\"code\":500,\"message\":\"full\"}\n\n",
            "event: error\ndata: {\"error\":{\"message\":\"full\"}}\n\n",
            "{\"error\":{\"message\":\"full\"}}\n",
        ] {
            let (_, end) = read(&[body.as_bytes()]);
            assert!(matches!(end, Err(GatewayError::Model { detail, .. }) if detail == "full"), "{body}");
        }
    }

    #[test]
    fn calls_come_piece_by_piece_or_whole() {
        let server =
            Server::new(BaseUrl::parse("http://h").unwrap(), &ClientSettings::default(), None).unwrap();
        let mut decoder = ChatDecoder::new(Arc::new(server), "asked".into(), None);
        let mut heard = Heard::default();
        for data in [
            r#"{"choices":[{"delta":{"content":null,"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"time","arguments":""}}]}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"in\""}}]}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"","function":{"arguments":":1}"}}]}}]}"#,
            r#"{"choices":[{"message":{"tool_calls":[{"id":"a","function":{"name":"x","arguments":{"y":2}}},{"id":"b"}]},"finish_reason":"length"}]}"#,
        ] {
            decoder.feed(format!("data: {data}\n\n").as_bytes(), &mut heard).unwrap();
        }
        let piece = |index, id: Option<&str>, name: Option<&str>, arguments: &str| ToolCallDelta {
            index,
            id: id.map(Into::into),
            name: name.map(Into::into),
            arguments: arguments.into(),
        };
        let expected = [
            piece(0, Some("c1"), Some("time"), ""),
            piece(0, None, None, "{\"in\""),
            piece(0, None, None, ":1}"),
            piece(0, Some("a"), Some("x"), "{\"y\":2}"),
            piece(1, Some("b"), None, ""),
        ];
        assert_eq!(heard.calls, expected);
        assert!(heard.cut_off && heard.text.is_empty());
    }
}
