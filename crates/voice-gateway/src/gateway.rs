//! All engines as one: who is asked, and who is known to be away.

mod watched;

pub use watched::EngineStatus;

use crate::{Audio, SpeechToText, TextToSpeech, Transcript, Utterance, Voice, VoiceChoice, VoiceError};
use domain::Clock;
use futures_util::future::join_all;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;
use watched::Watched;

/// The shortest and the longest time between two looks at an engine that is not there.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30);

/// How much is heard and spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoiceLimits {
    /// The most bytes of a recording. 25 MiB, as the wire has it.
    pub max_audio_bytes: usize,
    /// How long a recording may be. 10 minutes.
    pub max_audio: Duration,
    /// How many engines' answers are waited for at once. 4.
    pub concurrency: usize,
    /// How many more may stand in line. 32.
    pub waiting: usize,
}

impl Default for VoiceLimits {
    fn default() -> Self {
        Self {
            max_audio_bytes: 25 * 1024 * 1024,
            max_audio: Duration::from_secs(600),
            concurrency: 4,
            waiting: 32,
        }
    }
}

/// What was spoken, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// The sound, WAV.
    pub audio: Audio,
    /// The engine's name.
    pub engine: String,
    /// Why an engine that comes before it did not speak, where one failed.
    pub instead_of: Option<String>,
}

/// All engines as one. Cheap to clone. Who is known to be away is not waited for.
#[derive(Debug, Clone)]
pub struct VoiceGateway {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    engines: Vec<Watched>,
    limits: VoiceLimits,
    line: Semaphore,
    places: Semaphore,
}

/// Puts a [`VoiceGateway`] together. Engines are asked in the order in which they were named.
pub struct VoiceGatewayBuilder {
    clock: Arc<dyn Clock>,
    engines: Vec<Watched>,
    limits: VoiceLimits,
}

impl std::fmt::Debug for VoiceGatewayBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VoiceGatewayBuilder").field("engines", &self.engines).finish_non_exhaustive()
    }
}

impl VoiceGatewayBuilder {
    /// An engine that hears and speaks.
    #[must_use]
    pub fn both<E: SpeechToText + TextToSpeech + 'static>(mut self, engine: Arc<E>) -> Self {
        let (ears, mouth) = (Arc::clone(&engine) as _, Arc::clone(&engine) as _);
        self.engines.push(Watched::new(engine, Some(ears), Some(mouth), Arc::clone(&self.clock)));
        self
    }

    /// An engine that speaks.
    #[must_use]
    pub fn speaking<E: TextToSpeech + 'static>(mut self, engine: Arc<E>) -> Self {
        let mouth = Arc::clone(&engine) as _;
        self.engines.push(Watched::new(engine, None, Some(mouth), Arc::clone(&self.clock)));
        self
    }

    /// Other limits.
    #[must_use]
    pub const fn limits(mut self, limits: VoiceLimits) -> Self {
        self.limits = limits;
        self
    }

    /// The gateway. Nobody was asked yet.
    pub fn build(self) -> VoiceGateway {
        let places = self.limits.concurrency.max(1);
        let line = Semaphore::new(places + self.limits.waiting);
        let inner =
            Inner { engines: self.engines, limits: self.limits, line, places: Semaphore::new(places) };
        VoiceGateway { inner: Arc::new(inner) }
    }
}

impl VoiceGateway {
    /// Begins to put one together.
    pub fn builder(clock: Arc<dyn Clock>) -> VoiceGatewayBuilder {
        VoiceGatewayBuilder { clock, engines: Vec::new(), limits: VoiceLimits::default() }
    }

    /// How much is heard and spoken.
    pub fn limits(&self) -> &VoiceLimits {
        &self.inner.limits
    }

    /// How the engines stand, from the probe; never a live call.
    pub fn status(&self) -> Vec<EngineStatus> {
        self.inner.engines.iter().map(Watched::status).collect()
    }

    /// The voices of all engines that speak, with the engine's name.
    pub fn voices(&self) -> Vec<(String, Voice)> {
        let speaking = self.inner.engines.iter().filter(|it| it.mouth.is_some());
        speaking
            .flat_map(|it| it.voices().into_iter().map(|voice| (it.engine.name().to_owned(), voice)))
            .collect()
    }

    /// Whether an engine takes on the voice of a sample.
    pub fn clones(&self) -> bool {
        self.mouths().any(|(_, mouth)| mouth.clones())
    }

    /// Whether an engine has a voice, as far as is known: one that does not list its voices may have any.
    ///
    /// # Errors
    /// [`VoiceError::UnknownVoice`].
    pub fn check_voice(&self, voice: &str) -> Result<(), VoiceError> {
        let has = |(watched, mouth): (&Watched, &Arc<dyn TextToSpeech>)| {
            let voices = watched.voices();
            mouth.may_have(voice) && (voices.is_empty() || voices.iter().any(|it| it.id == voice))
        };
        if self.mouths().any(has) {
            Ok(())
        } else {
            Err(VoiceError::UnknownVoice { voice: voice.to_owned() })
        }
    }

    /// Looks at every engine again and again, until told to end. Who is away is looked for less and less often.
    pub async fn run_probe(self, end: CancellationToken) {
        let look = |watched: usize| {
            let (gateway, end) = (self.clone(), end.clone());
            async move {
                let Some(watched) = gateway.inner.engines.get(watched) else { return };
                let mut away = SHORTEST;
                loop {
                    let there = tokio::select! {
                        there = watched.probe() => there,
                        () = end.cancelled() => return,
                    };
                    let pause = if there { watched.engine.interval() } else { away };
                    away = if there { SHORTEST } else { (away * 2).min(LONGEST) };
                    tokio::select! {
                        () = tokio::time::sleep(pause) => {}
                        () = watched.doubted() => {}
                        () = end.cancelled() => return,
                    }
                }
            }
        };
        join_all((0..self.inner.engines.len()).map(look)).await;
    }

    /// Writes down what is said. Silence is no question for an engine.
    ///
    /// # Errors
    /// [`VoiceError`]; at once for an engine known to be away.
    pub async fn transcribe(&self, audio: &Audio) -> Result<Transcript, VoiceError> {
        if audio.is_silent() {
            let duration_s = audio.duration().map(|it| it.as_secs_f64());
            return Ok(Transcript { text: String::new(), language: None, duration_s });
        }
        let hearing = |it: &&Watched| it.ears.is_some();
        let Some(watched) = self.inner.engines.iter().find(hearing) else {
            return Err(VoiceError::NoEngine { task: "hear: set --voice-url" });
        };
        let Some(ears) = &watched.ears else { return Err(VoiceError::Busy) };
        watched.must_be_there()?;
        let _place = self.place().await?;
        watched.noted(ears.transcribe(audio).await)
    }

    /// Says a text: the engine that has its voice, else the first that can. Where one is away or fails the next one does.
    ///
    /// # Errors
    /// [`VoiceError`] of the first engine, when none can.
    pub async fn speak(&self, utterance: &Utterance) -> Result<Spoken, VoiceError> {
        let fits = |mouth: &Arc<dyn TextToSpeech>| match &utterance.voice {
            Some(VoiceChoice::Named(voice)) => mouth.may_have(voice),
            Some(VoiceChoice::Sample { .. }) => mouth.clones(),
            None => true,
        };
        let mut order: Vec<_> = self.mouths().collect();
        order.sort_by_key(|(_, mouth)| !fits(mouth));
        let mut first = None;
        for (watched, mouth) in order {
            let plain = Utterance { voice: None, ..utterance.clone() };
            let spoken = match watched.must_be_there() {
                Ok(()) => {
                    let _place = self.place().await?;
                    watched.noted(mouth.speak(if fits(mouth) { utterance } else { &plain }).await)
                }
                Err(away) => Err(away),
            };
            match spoken {
                Ok(audio) => {
                    let instead_of = first.map(|error: VoiceError| error.to_string());
                    return Ok(Spoken { audio, engine: watched.engine.name().to_owned(), instead_of });
                }
                Err(error) if error.is_the_engines() => first = first.or(Some(error)),
                Err(error) => return Err(error),
            }
        }
        Err(first.unwrap_or(VoiceError::NoEngine { task: "speak: install espeak-ng or set --voice-url" }))
    }

    fn mouths(&self) -> impl Iterator<Item = (&Watched, &Arc<dyn TextToSpeech>)> {
        self.inner.engines.iter().filter_map(|it| it.mouth.as_ref().map(|mouth| (it, mouth)))
    }

    async fn place(&self) -> Result<(SemaphorePermit<'_>, SemaphorePermit<'_>), VoiceError> {
        let line = self.inner.line.try_acquire().map_err(|_| VoiceError::Busy)?;
        let place = self.inner.places.acquire().await.map_err(|_| VoiceError::Busy)?;
        Ok((line, place))
    }
}
