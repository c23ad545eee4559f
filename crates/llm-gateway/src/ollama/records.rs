//! An answer of Ollama: one JSON object to a line.

use crate::answer::{Decode, Heard};
use crate::borrowed::Text;
use crate::error::Source;
use crate::lines::Lines;
use crate::server::{Server, error_text};
use crate::{Chunk, GatewayError, Speedometer, ToolCallDelta};
use domain::Usage;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::sync::Arc;
use std::time::Duration;

/// A line of an answer. What it does not name (`thinking`'s text, other timings) is skipped without a copy.
#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    model: Option<Text<'a>>,
    #[serde(borrow)]
    message: Option<Said<'a>>,
    #[serde(default)]
    done: bool,
    #[serde(borrow)]
    done_reason: Option<Text<'a>>,
    prompt_eval_count: Option<i64>,
    eval_count: Option<i64>,
    /// In nanoseconds.
    eval_duration: Option<u64>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Said<'a> {
    #[serde(borrow)]
    content: Option<Text<'a>>,
    #[serde(borrow)]
    thinking: Option<Text<'a>>,
    tool_calls: Option<Vec<Call>>,
}

/// A call, which always comes whole.
#[derive(Deserialize)]
struct Call {
    id: Option<String>,
    function: Function,
}

#[derive(Deserialize)]
struct Function {
    name: String,
    #[serde(default)]
    arguments: Value,
}

/// Reads an answer.
pub(super) struct ChatDecoder {
    lines: Lines,
    server: Arc<Server>,
    asked: String,
    /// How many calls have come.
    calls: usize,
    speed: Option<Speedometer>,
}

impl ChatDecoder {
    pub(super) fn new(server: Arc<Server>, asked: String, speed: Option<Speedometer>) -> Self {
        Self { lines: Lines::new(), server, asked, calls: 0, speed }
    }
}

impl Decode for ChatDecoder {
    fn feed(&mut self, bytes: &[u8], heard: &mut Heard) -> Result<Option<Chunk>, GatewayError> {
        let Self { lines, server, asked, calls, speed } = self;
        lines.push(bytes);
        loop {
            let line = match lines.next_line() {
                Ok(Some(line)) if line.iter().all(u8::is_ascii_whitespace) => continue,
                Ok(Some(line)) => line,
                Ok(None) => return Ok(None),
                Err(error) => return Err(server.protocol(&error.to_string(), None)),
            };
            let record = serde_json::from_slice::<Record<'_>>(line)
                .map_err(|error| server.protocol("a line is no record of an answer", Some(error.into())))?;
            if let Some(done) = record.take(asked, calls, heard, speed.as_ref())? {
                return Ok(Some(done));
            }
        }
    }

    fn end(&mut self, heard: &mut Heard, cause: Option<Source>) -> Result<Chunk, GatewayError> {
        let Self { lines, server, asked, calls, speed } = self;
        // A last line without a line end is whole if it parses; half a record is the sign of a broken connection.
        let last = lines.last_line().and_then(|line| serde_json::from_slice::<Record<'_>>(line).ok());
        let done = last.map_or(Ok(None), |record| record.take(asked, calls, heard, speed.as_ref()))?;
        done.ok_or_else(|| server.disconnected(cause))
    }
}

impl Record<'_> {
    fn take(
        self,
        asked: &str,
        calls: &mut usize,
        heard: &mut Heard,
        speed: Option<&Speedometer>,
    ) -> Result<Option<Chunk>, GatewayError> {
        if let Some(error) = self.error {
            return Err(GatewayError::Model {
                model: asked.to_owned(),
                detail: error_text(error.get().as_bytes()),
            });
        }
        if let Some(said) = self.message {
            heard.text.push_str(said.content.as_ref().map_or("", |content| &content.0));
            heard.alive |= said.thinking.is_some_and(|thought| !thought.0.is_empty());
            for call in said.tool_calls.into_iter().flatten() {
                heard.calls.push(call.delta(*calls));
                *calls += 1;
            }
        }
        if !self.done {
            return Ok(None);
        }
        heard.cut_off = self.done_reason.is_some_and(|reason| reason.0 == "length");
        if let (Some(speed), Some(tokens), Some(nanos)) = (speed, self.eval_count, self.eval_duration) {
            speed.note_tokens(tokens, Duration::from_nanos(nanos));
        }
        let usage = self.eval_count.map(|completion_tokens| Usage {
            prompt_tokens: self.prompt_eval_count.unwrap_or_default(),
            completion_tokens,
        });
        let model = self.model.map(|model| model.0.into_owned()).filter(|model| !model.is_empty());
        Ok(Some(Chunk::Done { usage, model: model.unwrap_or_else(|| asked.to_owned()) }))
    }
}

impl Call {
    fn delta(self, index: usize) -> ToolCallDelta {
        let arguments = match self.function.arguments {
            Value::Null => "{}".to_owned(),
            json => json.to_string(),
        };
        let id = self.id.filter(|id| !id.is_empty());
        ToolCallDelta { index, id, name: Some(self.function.name), arguments }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ClientSettings;
    use crate::base_url::BaseUrl;

    fn decoder() -> ChatDecoder {
        let server =
            Server::new(BaseUrl::parse("http://h").unwrap(), &ClientSettings::default(), None).unwrap();
        ChatDecoder::new(Arc::new(server), "asked".into(), None)
    }

    fn read(parts: &[&[u8]]) -> (String, Result<Chunk, GatewayError>) {
        let (mut decoder, mut heard) = (decoder(), Heard::default());
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
            r#"{"model":"m:8b","message":{"role":"assistant","content":"Hé\"llo\n"},"done":false}"#,
            "\n",
            r#"{"model":"m:8b","message":{"role":"assistant","content":"漢字 🦀\ud83d\ude80","thinking":null},"done":false}"#,
            "\r\n\n",
            r#"{"model":"m:8b","message":{"content":"."},"done":true,"prompt_eval_count":3,"eval_count":5,"total_duration":9}"#,
        );
        let usage = Some(Usage { prompt_tokens: 3, completion_tokens: 5 });
        for split in 0..=body.len() {
            let (before, after) = body.as_bytes().split_at(split);
            let (text, end) = read(&[before, after]);
            assert_eq!(text, "Hé\"llo\n漢字 🦀🚀.", "split at {split}");
            assert_eq!(end.unwrap(), Chunk::Done { usage, model: "m:8b".into() });
        }
    }

    #[test]
    fn half_a_record_is_a_broken_connection_and_a_malformed_one_a_broken_protocol() {
        assert!(matches!(read(&[br#"{"message":{"content":"a"#]).1, Err(GatewayError::Disconnected { .. })));
        assert!(matches!(
            read(&[b"{\"message\":{\"content\":\"a\"}}\n"]).1,
            Err(GatewayError::Disconnected { .. })
        ));
        assert!(matches!(read(&[b"%%%\n"]).1, Err(GatewayError::Protocol { .. })));
        assert!(matches!(
            read(&[b"{\"message\":{\"content\":\"\xff\"}}\n"]).1,
            Err(GatewayError::Protocol { .. })
        ));
    }

    #[test]
    fn an_error_line_is_a_failure_of_the_model() {
        let (text, end) =
            read(&[b"{\"message\":{\"content\":\"a\"}}\n{\"error\":\"CUDA\\u0000 fell over\"}\n"]);
        assert_eq!(text, "a");
        assert!(
            matches!(end, Err(GatewayError::Model { model, detail }) if model == "asked" && detail == "CUDA  fell over")
        );
    }

    #[test]
    fn thinking_is_life_and_not_text() {
        let mut heard = Heard::default();
        let line = b"{\"message\":{\"content\":\"\",\"thinking\":\"hm\"},\"done\":false}\n";
        assert!(matches!(decoder().feed(line, &mut heard), Ok(None)));
        assert!(heard.alive && heard.text.is_empty());
        let mut heard = Heard::default();
        assert!(matches!(
            decoder().feed(b"{\"message\":{\"content\":\"\"},\"done\":false}\n", &mut heard),
            Ok(None)
        ));
        assert!(!heard.alive, "an empty record is no life");
    }

    #[test]
    fn calls_are_counted_over_all_records_and_the_end_says_why() {
        let mut heard = Heard::default();
        let mut decoder = decoder();
        let body = concat!(
            r#"{"message":{"content":"","tool_calls":[{"function":{"name":"time","arguments":{"in":"Rome"}}}]},"done":false}"#,
            "\n",
            r#"{"message":{"content":"","tool_calls":[{"id":"c9","function":{"name":"rain"}}]},"done":true,"done_reason":"length"}"#,
            "\n",
        );
        let done = decoder.feed(body.as_bytes(), &mut heard).unwrap();
        assert!(matches!(done, Some(Chunk::Done { .. })) && heard.cut_off);
        let call = |index, id: Option<&str>, name: &str, arguments: &str| ToolCallDelta {
            index,
            id: id.map(Into::into),
            name: Some(name.into()),
            arguments: arguments.into(),
        };
        let expected = [call(0, None, "time", r#"{"in":"Rome"}"#), call(1, Some("c9"), "rain", "{}")];
        assert_eq!(heard.calls, expected);
    }
}
