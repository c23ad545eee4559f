//! What stands between a server's messages and the protocol.

use super::pace::Pace;
use crate::Progress;
use crate::words::Words;
use rmcp::RoleClient;
use rmcp::model::{
    ClientJsonRpcMessage, ClientNotification, ClientRequest, GetMeta, JsonRpcMessage,
    ProgressNotificationParam, ProgressToken, RequestId, ServerJsonRpcMessage, ServerNotification,
};
use rmcp::transport::Transport;
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How many of a server's own questions are answered at a time; more are dropped.
const MAX_QUESTIONS: usize = 32;

/// Where a call's progress goes. Travels with the request, and not onto the wire.
#[derive(Clone)]
pub(crate) struct ProgressSink(pub(crate) Arc<dyn Fn(Progress) + Send + Sync>);

/// What is known of a session's end, and of its lists, beside its messages.
#[derive(Debug, Default)]
pub(crate) struct Signs {
    /// Cancelled when nothing comes from the server any more.
    pub(crate) ended: CancellationToken,
    /// The server says that its lists have changed.
    pub(crate) lists_changed: Notify,
    fault: Mutex<Option<String>>,
}

impl Signs {
    /// Notes what went wrong on the wire, for whoever tells of the end.
    pub(crate) fn blame(&self, fault: String) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
    }

    /// What went wrong last.
    pub(crate) fn fault(&self) -> Option<String> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A transport that takes messages at a bounded pace, hands on progress in its order, and lets through only what the
/// protocol's own loop has an answer to: so a server can make it hold no more than a few messages.
pub(crate) struct Guard<T> {
    inner: T,
    pace: Pace,
    signs: Arc<Signs>,
    words: Words,
    calls: HashMap<RequestId, (ProgressToken, ProgressSink)>,
    questions: Arc<AtomicUsize>,
}

impl<T> Guard<T> {
    pub(crate) fn new(inner: T, pace: Pace, signs: Arc<Signs>, words: Words) -> Self {
        Self { inner, pace, signs, words, calls: HashMap::new(), questions: Arc::default() }
    }

    fn tell(&self, news: &ProgressNotificationParam) {
        let sink = self.calls.values().find(|(token, _)| *token == news.progress_token);
        if let Some((_, sink)) = sink {
            let message = news.message.as_deref().map(|message| self.words.clean(message));
            (sink.0)(Progress { progress: news.progress, total: news.total, message });
        }
    }

    /// Whether the protocol's loop is to see a message.
    fn admits(&mut self, message: &ServerJsonRpcMessage) -> bool {
        match message {
            JsonRpcMessage::Notification(told) => {
                match &told.notification {
                    ServerNotification::ProgressNotification(news) => self.tell(&news.params),
                    ServerNotification::ToolListChangedNotification(_)
                    | ServerNotification::ResourceListChangedNotification(_)
                    | ServerNotification::PromptListChangedNotification(_) => {
                        self.signs.lists_changed.notify_one();
                    }
                    _ => {}
                }
                false
            }
            JsonRpcMessage::Request(_) => {
                let running = self.questions.fetch_add(1, Ordering::Relaxed);
                if running >= MAX_QUESTIONS {
                    self.questions.fetch_sub(1, Ordering::Relaxed);
                }
                running < MAX_QUESTIONS
            }
            JsonRpcMessage::Response(answer) => {
                self.calls.remove(&answer.id);
                true
            }
            JsonRpcMessage::Error(error) => {
                error.id.as_ref().map(|id| self.calls.remove(id));
                true
            }
        }
    }

    /// Notes who is to hear of a call's progress.
    fn note(&mut self, message: &ClientJsonRpcMessage) {
        match message {
            JsonRpcMessage::Request(asked) => {
                let ClientRequest::CallToolRequest(call) = &asked.request else { return };
                let sink = call.extensions.get::<ProgressSink>().cloned();
                if let (Some(sink), Some(token)) = (sink, asked.request.get_meta().get_progress_token()) {
                    self.calls.insert(asked.id.clone(), (token, sink));
                }
            }
            JsonRpcMessage::Notification(told) => {
                if let ClientNotification::CancelledNotification(cancelled) = &told.notification {
                    cancelled.params.request_id.as_ref().map(|id| self.calls.remove(id));
                }
            }
            JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_) => {}
        }
    }
}

impl<T: Transport<RoleClient>> Transport<RoleClient> for Guard<T> {
    type Error = T::Error;

    fn send(
        &mut self,
        message: ClientJsonRpcMessage,
    ) -> impl Future<Output = Result<(), T::Error>> + Send + 'static {
        self.note(&message);
        let answers = matches!(message, JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_));
        let questions = answers.then(|| Arc::clone(&self.questions));
        let sent = self.inner.send(message);
        async move {
            let sent = sent.await;
            if let Some(questions) = questions {
                // More answers than questions: the protocol's own, to what it refuses.
                let less = |running: usize| running.checked_sub(1);
                questions.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).ok();
            }
            sent
        }
    }

    async fn receive(&mut self) -> Option<ServerJsonRpcMessage> {
        loop {
            self.pace.ready().await;
            let Some(message) = self.inner.receive().await else {
                self.signs.ended.cancel();
                return None;
            };
            self.pace.spend(0);
            if self.admits(&message) {
                return Some(message);
            }
        }
    }

    async fn close(&mut self) -> Result<(), T::Error> {
        self.signs.ended.cancel();
        self.inner.close().await
    }
}

impl<T> Drop for Guard<T> {
    fn drop(&mut self) {
        self.signs.ended.cancel();
    }
}

impl fmt::Debug for ProgressSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProgressSink")
    }
}
