//! An answer that has to keep coming.

use super::GatewaySettings;
use super::health::{Health, Trial};
use crate::{ChatStream, Chunk, GatewayError};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, Stream, StreamExt};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Sleep};

/// A provider's answer under the gateway's rules: it holds its turn until it is over, and gives up on a server that is
/// silent. One timer serves the whole answer. It is set to the first deadline and looked at only when it fires: as long
/// as tokens come, a token costs no more than a look at the clock.
pub(super) struct Paced {
    /// Taken away when the answer is over; that closes its connection unless the body was read to its end.
    answer: Option<ChatStream>,
    permit: Option<OwnedSemaphorePermit>,
    stage: Stage,
    deadline: Instant,
    timer: Pin<Box<Sleep>>,
    /// Held until it is known whether the server answers.
    trial: Option<Trial>,
    rules: Rules,
}

struct Rules {
    health: Arc<Health>,
    asked: String,
    first_token: Duration,
    silence: Duration,
}

enum Stage {
    /// No token yet.
    Waiting,
    /// Tokens come.
    Flowing,
    /// The answer is whole; its body may end a moment later, which keeps the connection.
    Ending,
    /// It broke off before the first token: a probe finds out what that means.
    Judging(BoxFuture<'static, GatewayError>),
}

impl Paced {
    /// How long the body may take to end after the final record.
    const ENDING: Duration = Duration::from_millis(100);

    pub(super) fn new(
        answer: ChatStream,
        (permit, trial): (OwnedSemaphorePermit, Option<Trial>),
        health: Arc<Health>,
        settings: &GatewaySettings,
        asked: String,
        deadline: Instant,
    ) -> Self {
        let (first_token, silence) = (settings.first_token_timeout, settings.silence_timeout);
        Self {
            answer: Some(answer),
            permit: Some(permit),
            stage: Stage::Waiting,
            deadline,
            timer: Box::pin(tokio::time::sleep_until(deadline)),
            trial,
            rules: Rules { health, asked, first_token, silence },
        }
    }

    fn enter(&mut self, stage: Stage, time: Duration) {
        self.stage = stage;
        self.deadline = Instant::now() + time;
        if self.deadline < self.timer.deadline() {
            self.timer.as_mut().reset(self.deadline);
        }
    }

    fn token_came(&mut self) {
        if matches!(self.stage, Stage::Flowing) {
            self.deadline = Instant::now() + self.rules.silence;
        } else {
            self.answered();
            self.enter(Stage::Flowing, self.rules.silence);
        }
    }

    fn answered(&mut self) {
        self.rules.health.answered();
        self.trial = None;
    }

    /// The answer is over: its connection and its turn are given back.
    fn close(&mut self) {
        self.answer = None;
        self.permit = None;
    }

    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.timer.as_mut().poll(cx));
            if Instant::now() >= self.deadline {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(self.deadline);
        }
    }

    fn failed(
        &mut self,
        error: GatewayError,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Chunk, GatewayError>>> {
        self.close();
        if !matches!(self.stage, Stage::Waiting) {
            return Poll::Ready(Some(Err(error)));
        }
        let (health, trial) = (Arc::clone(&self.rules.health), self.trial.take());
        let judge = async move {
            let verdict = health.judge(error).await;
            drop(trial);
            verdict
        };
        self.stage = Stage::Judging(judge.boxed());
        self.poll_verdict(cx)
    }

    fn poll_verdict(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Chunk, GatewayError>>> {
        let Stage::Judging(verdict) = &mut self.stage else { return Poll::Ready(None) };
        let error = ready!(verdict.poll_unpin(cx));
        self.stage = Stage::Ending;
        Poll::Ready(Some(Err(error)))
    }

    fn timed_out(&mut self) -> Option<Result<Chunk, GatewayError>> {
        self.close();
        let model = self.rules.asked.clone();
        match self.stage {
            Stage::Waiting => {
                let error = GatewayError::FirstTokenTimeout { model, after: self.rules.first_token };
                self.rules.health.timed_out(&error);
                self.trial = None;
                Some(Err(error))
            }
            Stage::Flowing => Some(Err(GatewayError::Silence { model, after: self.rules.silence })),
            Stage::Ending | Stage::Judging(_) => None,
        }
    }
}

impl Stream for Paced {
    type Item = Result<Chunk, GatewayError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            let Some(answer) = &mut this.answer else { return this.poll_verdict(cx) };
            match answer.poll_next_unpin(cx) {
                Poll::Ready(Some(Ok(Chunk::Text(text)))) => {
                    this.token_came();
                    if !text.is_empty() {
                        return Poll::Ready(Some(Ok(Chunk::Text(text))));
                    }
                }
                Poll::Ready(Some(Ok(more @ (Chunk::Calls(_) | Chunk::CutOff)))) => {
                    this.token_came();
                    return Poll::Ready(Some(Ok(more)));
                }
                Poll::Ready(Some(Ok(done))) => {
                    if matches!(this.stage, Stage::Waiting) {
                        this.answered();
                    }
                    this.permit = None;
                    this.enter(Stage::Ending, Self::ENDING);
                    return Poll::Ready(Some(Ok(done)));
                }
                Poll::Ready(Some(Err(error))) => return this.failed(error, cx),
                Poll::Ready(None) => {
                    this.close();
                    return Poll::Ready(None);
                }
                Poll::Pending => {
                    ready!(this.poll_deadline(cx));
                    return Poll::Ready(this.timed_out());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Gateway, GatewaySettings};
    use super::*;
    use crate::{ChatRequest, ScriptedModel};
    use domain::{Clock, Timestamp};

    struct Still;
    impl Clock for Still {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(0)
        }
    }

    async fn answer(model: &ScriptedModel) -> ChatStream {
        let gateway = Gateway::builder(Arc::new(model.clone()), Arc::new(Still))
            .settings(GatewaySettings { concurrency: 1, ..GatewaySettings::default() })
            .build();
        gateway.chat(ChatRequest::new("m", Vec::new())).await.unwrap()
    }

    fn text(text: &str) -> Chunk {
        Chunk::Text(text.into())
    }

    #[tokio::test(start_paused = true)]
    async fn silence_counts_from_the_last_token_and_the_first_token_has_its_own_time() {
        let model = ScriptedModel::new(|_| vec!["a".into(), "b".into()]);
        model.hold();
        let begun = Instant::now();
        let mut answer = answer(&model).await;
        tokio::time::advance(Duration::from_secs(119)).await;
        assert!(answer.next().now_or_never().is_none());
        model.release();
        assert_eq!(answer.next().await.unwrap().unwrap(), text("a"));
        model.hold();
        let error = answer.next().await.unwrap().unwrap_err();
        assert!(
            matches!(&error, GatewayError::Silence { after, .. } if *after == Duration::from_secs(60)),
            "{error}"
        );
        assert_eq!(begun.elapsed().as_secs(), 119 + 60);
        assert!(answer.next().await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_quick_first_token_brings_the_deadline_forward() {
        let model = ScriptedModel::new(|_| vec!["a".into(), "b".into()]);
        let begun = Instant::now();
        let mut answer = answer(&model).await;
        assert_eq!(answer.next().await.unwrap().unwrap(), text("a"));
        model.hold();
        assert!(answer.next().await.unwrap().unwrap_err().is_timeout());
        assert_eq!(begun.elapsed().as_secs(), 60);
    }

    #[tokio::test(start_paused = true)]
    async fn a_model_that_thinks_is_not_silent_and_says_nothing() {
        let model = ScriptedModel::new(|_| vec![String::new(), String::new(), "a".into()]);
        let mut answer = answer(&model).await;
        model.hold();
        for _ in 0..3 {
            assert!(answer.next().now_or_never().is_none());
            tokio::time::advance(Duration::from_secs(50)).await;
        }
        model.release();
        assert_eq!(answer.next().await.unwrap().unwrap(), text("a"));
        assert!(matches!(answer.next().await, Some(Ok(Chunk::Done { .. }))));
        assert!(answer.next().await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn no_first_token_in_time_is_its_own_error() {
        let model = ScriptedModel::saying("a");
        model.hold();
        let begun = Instant::now();
        let error = answer(&model).await.next().await.unwrap().unwrap_err();
        assert!(matches!(error, GatewayError::FirstTokenTimeout { .. }), "{error}");
        assert_eq!(begun.elapsed().as_secs(), 120);
    }

    #[tokio::test]
    async fn a_server_that_vanishes_before_the_first_token_was_unreachable() {
        let model = ScriptedModel::saying("a");
        model.hold();
        let mut answer = answer(&model).await;
        model.set_online(false);
        assert!(answer.next().await.unwrap().unwrap_err().is_unreachable());
        assert!(answer.next().await.is_none());
    }

    #[tokio::test]
    async fn a_server_that_vanishes_after_the_first_token_broke_off() {
        let model = ScriptedModel::new(|_| vec!["a".into(), "b".into()]);
        let mut answer = answer(&model).await;
        assert_eq!(answer.next().await.unwrap().unwrap(), text("a"));
        model.set_online(false);
        assert!(matches!(answer.next().await, Some(Err(GatewayError::Disconnected { .. }))));
    }
}
