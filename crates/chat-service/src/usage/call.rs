//! One question to a model, measured.

use crate::live::LiveReply;
use crate::service::Inner;
use domain::{Clock, ModelCall, Timestamp, Usage};
use llm_gateway::{ChatStream, GatewayError};

/// A question to a model, from when it is put until it is dropped; then it stands on the reply it was put for, however it
/// ended. It counts once the server took it up: an answer has begun, or its time ran out.
pub(crate) struct Call<'a> {
    live: &'a LiveReply,
    clock: &'a dyn Clock,
    began: Timestamp,
    counts: bool,
    call: ModelCall,
}

impl<'a> Call<'a> {
    /// A question is about to be put to a model, for an agent or for nobody in particular.
    pub(crate) fn put(
        inner: &'a Inner,
        live: &'a LiveReply,
        model: &str,
        agent: Option<&str>,
        department: Option<&str>,
    ) -> Self {
        let call = ModelCall {
            provider: inner.gateway.status().provider.to_owned(),
            model: model.to_owned(),
            agent: agent.map(str::to_owned),
            department: department.map(str::to_owned),
            usage: None,
            took_ms: 0,
        };
        Self { live, clock: &*inner.clock, began: inner.clock.now(), counts: false, call }
    }

    /// Takes note of who answers the question, or why nobody does.
    pub(crate) fn taken_up(
        &mut self,
        answer: Result<(ChatStream, &str), GatewayError>,
    ) -> Result<ChatStream, GatewayError> {
        self.counts = match &answer {
            Ok(_) => true,
            Err(error) => error.is_timeout(),
        };
        let (stream, provider) = answer?;
        provider.clone_into(&mut self.call.provider);
        Ok(stream)
    }

    /// The answer is whole: the model that gave it, and the server's counters.
    pub(crate) fn answered(&mut self, model: &str, usage: Option<Usage>) {
        model.clone_into(&mut self.call.model);
        self.call.usage = usage;
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        if self.counts {
            self.call.took_ms = self.clock.now().millis_since(self.began);
            self.live.add_call(self.call.clone());
        }
    }
}
