//! A pull as Ollama tells of it: one JSON object to a line, the last one `success`.

use crate::error::detail;
use crate::lines::Lines;
use crate::server::{Server, error_text};
use crate::{GatewayError, PullProgress};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use ollama_rs::models::pull::PullModelStatus;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// The body of `POST /api/pull`; `name` is what older servers call the model.
#[derive(Serialize)]
pub(super) struct PullBody<'a> {
    model: &'a str,
    name: &'a str,
    stream: bool,
}

impl<'a> PullBody<'a> {
    pub(super) fn bytes(model: &'a str) -> Vec<u8> {
        serde_json::to_vec(&Self { model, name: model, stream: true }).unwrap_or_default()
    }
}

/// A line: an error wins over whatever stands beside it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Record {
    Error { error: Value },
    Progress(PullModelStatus),
}

/// A pull that is read.
pub(super) struct Pull<B> {
    body: B,
    lines: Lines,
    server: Arc<Server>,
    model: String,
    /// Nothing more is read: the server said `success`, or something failed.
    over: bool,
}

impl<B> Pull<B>
where
    B: Stream<Item = Result<Bytes, reqwest::Error>> + Send + Unpin + 'static,
{
    pub(super) fn new(body: B, server: Arc<Server>, model: String) -> Self {
        Self { body, lines: Lines::new(), server, model, over: false }
    }

    pub(super) fn progress(self) -> impl Stream<Item = Result<PullProgress, GatewayError>> + Send {
        stream::unfold(self, |mut pull| async move {
            if pull.over {
                return None;
            }
            let next = pull.next().await;
            pull.over = next.as_ref().map_or(true, |progress| progress.status == "success");
            Some((next, pull))
        })
    }

    async fn next(&mut self) -> Result<PullProgress, GatewayError> {
        loop {
            let line = self.lines.next_line();
            match line.map_err(|error| self.server.protocol(&error.to_string(), None))? {
                Some(line) if line.iter().all(u8::is_ascii_whitespace) => continue,
                Some(line) => return read(line, &self.server, &self.model),
                None => {}
            }
            let cause = match self.body.next().await {
                Some(Ok(bytes)) => {
                    self.lines.push(&bytes);
                    continue;
                }
                Some(Err(error)) => Some(error.without_url().into()),
                None => None,
            };
            // A last line without a line end counts if it is whole and says how the pull ended.
            let last = self.lines.last_line().map(|line| read(line, &self.server, &self.model));
            return match last {
                Some(Ok(progress)) if progress.status == "success" => Ok(progress),
                Some(Err(error @ GatewayError::Model { .. })) => Err(error),
                _ => Err(self.server.disconnected(cause)),
            };
        }
    }
}

fn read(line: &[u8], server: &Server, model: &str) -> Result<PullProgress, GatewayError> {
    match serde_json::from_slice(line) {
        Ok(Record::Error { error }) => Err(GatewayError::Model {
            model: model.to_owned(),
            detail: error_text(error.to_string().as_bytes()),
        }),
        Ok(Record::Progress(told)) => Ok(PullProgress {
            status: detail(&told.message),
            digest: told.digest.as_deref().map(detail),
            completed_bytes: told.completed,
            total_bytes: told.total,
        }),
        Err(error) => Err(server.protocol("a line is no record of a pull", Some(error.into()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ClientSettings;
    use crate::base_url::BaseUrl;

    async fn pulled(parts: Vec<Vec<u8>>) -> (Vec<PullProgress>, Option<GatewayError>) {
        let base = BaseUrl::parse("http://h").unwrap();
        let server = Arc::new(Server::new(base, &ClientSettings::default(), None).unwrap());
        let body = stream::iter(parts.into_iter().map(|part| Ok(Bytes::from(part))));
        let mut progress = Box::pin(Pull::new(body, server, "m".into()).progress());
        let mut told = Vec::new();
        while let Some(next) = progress.next().await {
            match next {
                Ok(next) => told.push(next),
                Err(error) => {
                    assert!(progress.next().await.is_none(), "nothing follows an error");
                    return (told, Some(error));
                }
            }
        }
        (told, None)
    }

    #[tokio::test]
    async fn every_way_to_split_a_pull_tells_the_same() {
        let body = concat!(
            r#"{"status":"pulling manifest"}"#,
            "\r\n\n",
            r#"{"status":"pulling é漢","digest":"sha256:a8","total":7,"completed":null}"#,
            "\n",
            r#"{"status":"pulling é漢","digest":"sha256:a8","total":7,"completed":5}"#,
            "\n",
            r#"{"status":"success"}"#,
        );
        let step = |status: &str, digest: Option<&str>, completed_bytes, total_bytes| PullProgress {
            status: status.into(),
            digest: digest.map(str::to_owned),
            completed_bytes,
            total_bytes,
        };
        let expected = [
            step("pulling manifest", None, None, None),
            step("pulling é漢", Some("sha256:a8"), None, Some(7)),
            step("pulling é漢", Some("sha256:a8"), Some(5), Some(7)),
            step("success", None, None, None),
        ];
        for split in 0..=body.len() {
            let (before, after) = body.as_bytes().split_at(split);
            let (told, error) = pulled(vec![before.to_vec(), after.to_vec()]).await;
            assert_eq!(told, expected, "split at {split}");
            assert!(error.is_none());
        }
    }

    #[tokio::test]
    async fn whatever_is_no_success_is_a_failure() {
        let failed = async |body: &str| pulled(vec![body.into()]).await.1.unwrap();
        for (body, reason) in [
            (
                "{\"error\":\"pull model manifest: file does not exist\"}\n",
                "pull model manifest: file does not exist",
            ),
            ("{\"status\":\"pulling\",\"error\":{\"message\":\"no space left\"}}", "no space left"),
        ] {
            let error = failed(body).await;
            assert!(
                matches!(&error, GatewayError::Model { model, detail } if model == "m" && detail == reason),
                "{error}"
            );
        }
        for body in ["", "{\"status\":\"pulling\"}\n", "{\"status\":\"success", "{\"status\":\"pulling\"}"] {
            assert!(matches!(failed(body).await, GatewayError::Disconnected { .. }), "{body}");
        }
        for body in ["%%%\n", "{}\n", "[]\n", "{\"status\":7}\n"] {
            assert!(matches!(failed(body).await, GatewayError::Protocol { .. }), "{body}");
        }
        assert!(matches!(failed(&"x".repeat(2 << 20)).await, GatewayError::Protocol { .. }));
    }

    #[tokio::test]
    async fn a_servers_words_are_bounded_and_printable() {
        let (told, error) = pulled(vec![
            format!("{{\"status\":\"a\\u001b[31m{}\"}}\n{{\"status\":\"success\"}}\n", "b".repeat(1000))
                .into(),
        ])
        .await;
        assert!(error.is_none());
        assert_eq!(told[0].status.chars().count(), 300);
        assert!(told[0].status.starts_with("a [31mb"));
    }
}
