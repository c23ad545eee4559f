//! One call of a tool.

use super::{ProgressSink, Session};
use crate::schema::check;
use crate::words::{Words, beginning, detail};
use crate::{Content, Embedded, ToolError, ToolResult};
use rmcp::model::{
    CallToolRequest, CallToolRequestParams, CallToolResult, ClientRequest, ContentBlock, ResourceContents,
    ServerResult,
};
use rmcp::service::{PeerRequestOptions, ServiceError};
use serde_json::Value;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How long it may take to tell a server that an answer is not wanted any more.
const TELL: Duration = Duration::from_secs(2);

/// A call that is to be made.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) tool: String,
    pub(crate) arguments: Value,
    pub(crate) progress: ProgressSink,
    pub(crate) within: Duration,
    pub(crate) result_limit: usize,
}

impl Session {
    /// Whether a tool's schema allows these arguments.
    pub(crate) fn check(&self, tool: &str, arguments: &Value) -> Result<(), ToolError> {
        let unknown = || ToolError::UnknownTool { tool: detail(tool) };
        let validator = self.lists().validators.get(tool).cloned().ok_or_else(unknown)?;
        check(&validator, arguments)
    }

    /// Makes a call. Once it is cancelled or late, the server is told to stop, and its answer is not waited for.
    pub(crate) async fn call(&self, call: Call, cancel: CancellationToken) -> Result<ToolResult, ToolError> {
        let Call { tool, arguments, progress, within, result_limit } = call;
        self.check(&tool, &arguments)?;
        let busy = ToolError::Busy { running: self.calls_at_once };
        let _permit = self.calls.try_acquire().map_err(|_| busy)?;

        let mut params = CallToolRequestParams::new(tool);
        if let Value::Object(arguments) = arguments {
            params = params.with_arguments(arguments);
        }
        let mut request = CallToolRequest::new(params);
        request.extensions.insert(progress);
        let begun = Instant::now();
        let late = sleep(within);
        tokio::pin!(late);
        let sending = self.peer.send_request_with_option(
            ClientRequest::CallToolRequest(request),
            PeerRequestOptions::no_options(),
        );
        let mut asked = tokio::select! {
            asked = sending => asked.map_err(|error| self.refused(error))?,
            () = &mut late => return Err(ToolError::TimedOut { after: within }),
            () = cancel.cancelled() => return Err(ToolError::Cancelled),
        };
        let (stopped, reason) = tokio::select! {
            answer = &mut asked.rx => {
                let answer = answer.unwrap_or(Err(ServiceError::TransportClosed));
                let result = answer.map_err(|error| self.refused(error))?;
                return self.result(result, begun.elapsed(), result_limit);
            }
            () = &mut late => (ToolError::TimedOut { after: within }, "it took too long"),
            () = cancel.cancelled() => (ToolError::Cancelled, "it is not wanted any more"),
        };
        timeout(TELL, asked.cancel(Some(reason.to_owned()))).await.ok();
        Err(stopped)
    }

    fn result(
        &self,
        answer: ServerResult,
        duration: Duration,
        limit: usize,
    ) -> Result<ToolResult, ToolError> {
        match answer {
            ServerResult::CallToolResult(result) => Ok(within_limit(result, &self.words, duration, limit)),
            _ => Err(self.refused(ServiceError::UnexpectedResponse)),
        }
    }

    fn refused(&self, error: ServiceError) -> ToolError {
        match error {
            ServiceError::McpError(error) => {
                ToolError::Refused { code: error.code.0.into(), detail: self.words.clean(&error.message) }
            }
            error => ToolError::Lost { detail: self.words.clean(&self.why(&error)) },
        }
    }
}

/// A result with what fits into the limit, without the connection's secrets. Of text the beginning is kept; a part that makes
/// no sense by half is left out.
fn within_limit(result: CallToolResult, words: &Words, duration: Duration, limit: usize) -> ToolResult {
    let mut left = limit;
    let mut cut = false;
    let mut content = Vec::new();
    for block in result.content {
        let Some(mut part) = part(block) else { continue };
        // Before anything is cut: a cut could leave a part of a secret that is not known any more.
        words.blacken_content(&mut part);
        let length = part.length();
        if length > left {
            cut = true;
            match &mut part {
                Content::Text { text } => {
                    *text = beginning(text, left).to_owned();
                    content.push(part);
                }
                _ => content.push(Content::Text { text: format!("[left out: {length} bytes]") }),
            }
            left = 0;
        } else {
            left -= length;
            content.push(part);
        }
        if left == 0 && cut {
            break;
        }
    }
    let structured = result.structured_content.map(|mut value| {
        words.blacken_json(&mut value);
        value
    });
    let structured = structured.filter(|value| {
        let fits = value.to_string().len() <= limit;
        cut |= !fits;
        fits
    });
    ToolResult { content, structured, is_error: result.is_error.unwrap_or_default(), cut, duration }
}

fn part(block: ContentBlock) -> Option<Content> {
    Some(match block {
        ContentBlock::Text(text) => Content::Text { text: text.text },
        ContentBlock::Image(image) => Content::Image { data: image.data, mime_type: image.mime_type },
        ContentBlock::Audio(audio) => Content::Audio { data: audio.data, mime_type: audio.mime_type },
        ContentBlock::ResourceLink(link) => Content::ResourceLink { uri: link.uri, name: link.name },
        ContentBlock::Resource(embedded) => Content::Resource {
            resource: match embedded.resource {
                ResourceContents::TextResourceContents { uri, mime_type, text, .. } => {
                    Embedded { uri, mime_type, text: Some(text), blob: None }
                }
                ResourceContents::BlobResourceContents { uri, mime_type, blob, .. } => {
                    Embedded { uri, mime_type, text: None, blob: Some(blob) }
                }
                _ => return None,
            },
        },
        _ => return None,
    })
}

impl Content {
    /// How many bytes it has, and never none: parts without bytes are not without cost.
    fn length(&self) -> usize {
        const PART: usize = 16;
        let bytes = match self {
            Self::Text { text } => return text.len().max(1),
            Self::Image { data, mime_type } | Self::Audio { data, mime_type } => data.len() + mime_type.len(),
            Self::Resource { resource: Embedded { uri, mime_type, text, blob } } => {
                let all = [Some(uri), mime_type.as_ref(), text.as_ref(), blob.as_ref()];
                all.into_iter().flatten().map(String::len).sum()
            }
            Self::ResourceLink { uri, name } => uri.len() + name.len(),
        };
        bytes + PART
    }
}
