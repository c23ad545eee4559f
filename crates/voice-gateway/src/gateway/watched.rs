//! An engine, and what is known of it.

use crate::{Engine, SpeechToText, TextToSpeech, Voice, VoiceError};
use domain::{Clock, Timestamp};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// How an engine stands, as the probe and the requests found it.
#[derive(Debug, Clone, PartialEq)]
pub struct EngineStatus {
    /// Its name.
    pub name: String,
    /// Where it is, if it is elsewhere.
    pub url: Option<String>,
    /// Whether it writes down what is said.
    pub hears: bool,
    /// Whether it speaks.
    pub speaks: bool,
    /// Whether it takes on the voice of a sample.
    pub clones: bool,
    /// What of an utterance it heeds.
    pub heeds: &'static [&'static str],
    /// Whether it is there; none while nobody has looked.
    pub reachable: Option<bool>,
    /// Why it is not, or what went wrong last.
    pub error: Option<String>,
    /// When it was looked at.
    pub checked_at: Option<Timestamp>,
    /// How often it was asked to hear or to speak.
    pub calls: u64,
    /// How often that went wrong.
    pub failures: u64,
}

#[derive(Debug, Default)]
struct Known {
    reachable: Option<bool>,
    error: Option<String>,
    checked_at: Option<Timestamp>,
    voices: Vec<Voice>,
    calls: u64,
    failures: u64,
}

/// An engine, and what is known of it.
pub(super) struct Watched {
    pub(super) engine: Arc<dyn Engine>,
    pub(super) ears: Option<Arc<dyn SpeechToText>>,
    pub(super) mouth: Option<Arc<dyn TextToSpeech>>,
    clock: Arc<dyn Clock>,
    known: Mutex<Known>,
    doubt: Notify,
}

impl std::fmt::Debug for Watched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watched").field("engine", &self.engine).finish_non_exhaustive()
    }
}

impl Watched {
    pub(super) fn new(
        engine: Arc<dyn Engine>,
        ears: Option<Arc<dyn SpeechToText>>,
        mouth: Option<Arc<dyn TextToSpeech>>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { engine, ears, mouth, clock, known: Mutex::default(), doubt: Notify::new() }
    }

    pub(super) fn status(&self) -> EngineStatus {
        let known = self.known();
        EngineStatus {
            name: self.engine.name().to_owned(),
            url: self.engine.url().map(str::to_owned),
            hears: self.ears.is_some(),
            speaks: self.mouth.is_some(),
            clones: self.mouth.as_ref().is_some_and(|mouth| mouth.clones()),
            heeds: self.mouth.as_ref().map_or(&[], |mouth| mouth.heeds()),
            reachable: known.reachable,
            error: known.error.clone(),
            checked_at: known.checked_at,
            calls: known.calls,
            failures: known.failures,
        }
    }

    pub(super) fn voices(&self) -> Vec<Voice> {
        self.known().voices.clone()
    }

    /// Looks at it; gives whether it is there.
    pub(super) async fn probe(&self) -> bool {
        let found = self.engine.probe().await;
        let mut known = self.known();
        let there = found.is_ok();
        if known.reachable != Some(there) {
            let error = found.as_ref().err().map(ToString::to_string);
            tracing::info!(engine = self.engine.name(), there, error, "a speech engine");
        }
        known.reachable = Some(there);
        known.checked_at = Some(self.clock.now());
        match found {
            Ok(voices) => (known.voices, known.error) = (voices, None),
            Err(error) => known.error = Some(error.to_string()),
        }
        there
    }

    /// Returns when a request has found it away.
    pub(super) async fn doubted(&self) {
        self.doubt.notified().await;
    }

    pub(super) fn must_be_there(&self) -> Result<(), VoiceError> {
        let known = self.known();
        match (&known.reachable, &known.error) {
            (Some(false), error) => {
                let detail = error.clone().unwrap_or_else(|| "it is away".to_owned());
                let said = format!("the speech engine {} cannot be reached: ", self.engine.name());
                let detail = detail.strip_prefix(&said).map(str::to_owned).unwrap_or(detail);
                Err(VoiceError::Unreachable { engine: self.engine.name().to_owned(), detail })
            }
            _ => Ok(()),
        }
    }

    /// Counts what came of a request; one that found it away has it looked at soon.
    pub(super) fn noted<T>(&self, answer: Result<T, VoiceError>) -> Result<T, VoiceError> {
        let mut known = self.known();
        known.calls += 1;
        if let Err(error) = &answer {
            known.failures += 1;
            known.error = Some(error.to_string());
            if matches!(error, VoiceError::Unreachable { .. }) {
                known.reachable = Some(false);
                known.checked_at = Some(self.clock.now());
                self.doubt.notify_one();
            }
        }
        answer
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
