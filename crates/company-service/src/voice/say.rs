//! Hearing and saying single things.

use super::sentences::Sentences;
use super::state::within;
use crate::{Company, CompanyError};
use chat_service::ChatError;
use domain::{SampleId, VoiceOwner, VoiceState};
use voice_gateway::{Audio, Spoken, Transcript, Utterance, Voice, VoiceChoice, VoiceError, join};

/// The most characters of a text to be said.
pub(super) const MOST_CHARS: usize = 4000;
/// A longer text is said part by part, so that no part takes long.
const AT_ONCE: usize = 600;
/// What a sample's id as a voice begins with.
const SAMPLE: &str = "sample/";

/// A text to say; what is not named is as Daena's state has it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Say {
    /// The text.
    pub text: String,
    /// The voice.
    pub voice_id: Option<String>,
    /// How fast: 0.5 to 2.
    pub rate: Option<f64>,
    /// How high: 0.5 to 2.
    pub pitch: Option<f64>,
    /// How loud: 0 to 1.
    pub volume: Option<f64>,
}

/// A voice that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoiceListed {
    /// The engine that has it.
    pub engine: String,
    /// The voice.
    pub voice: Voice,
}

impl Company {
    /// The voices that can be chosen: those of the engines, and the samples where an engine takes on voices.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn voices(&self) -> Result<Vec<VoiceListed>, CompanyError> {
        let listed = self.voice.gateway.voices().into_iter();
        let mut voices: Vec<_> = listed.map(|(engine, voice)| VoiceListed { engine, voice }).collect();
        if self.voice.gateway.clones() {
            let samples = self.voice_samples().await?.page.items.into_iter();
            voices.extend(samples.map(|sample| VoiceListed {
                engine: "sample".to_owned(),
                voice: Voice { id: format!("{SAMPLE}{}", sample.id), name: sample.name, language: None },
            }));
        }
        Ok(voices)
    }

    /// Writes down what is said. Nothing heard is an empty text.
    ///
    /// # Errors
    /// [`CompanyError::Unprocessable`] for a recording that is too long; [`CompanyError::Voice`].
    pub async fn transcribe(&self, audio: &Audio) -> Result<Transcript, CompanyError> {
        let most = self.voice.gateway.limits().max_audio;
        if audio.duration().is_some_and(|it| it > most) {
            let detail = format!("is longer than {} s", most.as_secs());
            return Err(CompanyError::Unprocessable { field: "file", detail });
        }
        let mut heard = self.voice.gateway.transcribe(audio).await?;
        if !holds_words(&heard.text) {
            heard.text = String::new();
        }
        Ok(heard)
    }

    /// Says a text. Always WAV.
    ///
    /// # Errors
    /// [`CompanyError::Invalid`] for a blank text; [`ChatError::TooLarge`]; [`CompanyError::Unprocessable`] for what cannot
    /// be; [`CompanyError::NotFound`] for a sample; [`CompanyError::Voice`].
    pub async fn say(&self, say: Say) -> Result<Spoken, CompanyError> {
        let invalid = |detail: &str| CompanyError::Invalid { field: "text", detail: detail.to_owned() };
        if say.text.trim().is_empty() {
            return Err(invalid("is empty"));
        }
        if say.text.contains('\0') {
            return Err(invalid("holds a NUL character"));
        }
        if say.text.chars().count() > MOST_CHARS {
            return Err(CompanyError::Chat(ChatError::TooLarge { field: "text", limit: MOST_CHARS }));
        }
        within("rate", say.rate, 0.5..=2.0)?;
        within("pitch", say.pitch, 0.5..=2.0)?;
        within("volume", say.volume, 0.0..=1.0)?;
        let state = self.voice_state(VoiceOwner::Daena).await?.state;
        let voice = match &say.voice_id {
            Some(voice) => Some(self.chosen(voice).await?),
            None => self.voice_of(&state).await,
        };
        let state = VoiceState {
            rate: say.rate.unwrap_or(state.rate),
            pitch: say.pitch.unwrap_or(state.pitch),
            volume: say.volume.unwrap_or(state.volume),
            ..state
        };
        let mut spoken: Option<Spoken> = None;
        let mut parts = Vec::new();
        for part in parts_of(&say.text) {
            let it = self.speak(&state, voice.clone(), part).await?;
            parts.push(it.audio.clone());
            spoken = Some(spoken.unwrap_or(it));
        }
        let spoken = spoken.ok_or_else(|| invalid("holds nothing that can be said"))?;
        let failed = || VoiceError::Failed {
            engine: spoken.engine.clone(),
            detail: "its parts do not fit".to_owned(),
        };
        let audio = if parts.len() == 1 { spoken.audio.clone() } else { join(&parts).ok_or_else(failed)? };
        Ok(Spoken { audio, ..spoken })
    }

    /// Says a sentence as a state has it.
    pub(super) async fn speak(
        &self,
        state: &VoiceState,
        voice: Option<VoiceChoice>,
        text: String,
    ) -> Result<Spoken, VoiceError> {
        let VoiceState { rate, pitch, volume, .. } = *state;
        self.voice.gateway.speak(&Utterance { text, voice, rate, pitch, volume }).await
    }

    /// The voice of a state, as far as it is there.
    pub(super) async fn voice_of(&self, state: &VoiceState) -> Option<VoiceChoice> {
        let voice = state.voice_id.as_deref()?;
        self.choice(voice).await.ok().flatten()
    }

    /// A voice that was asked for.
    async fn chosen(&self, voice: &str) -> Result<VoiceChoice, CompanyError> {
        let impossible = |detail: String| CompanyError::Unprocessable { field: "voice_id", detail };
        if voice.starts_with(SAMPLE) && !self.voice.gateway.clones() {
            return Err(impossible("no speech engine here takes on the voice of a sample".to_owned()));
        }
        match self.choice(voice).await? {
            Some(VoiceChoice::Named(name)) => {
                self.voice.gateway.check_voice(&name).map_err(|error| impossible(error.to_string()))?;
                Ok(VoiceChoice::Named(name))
            }
            Some(sample) => Ok(sample),
            None => Err(impossible(format!("there is no sample {voice:?}"))),
        }
    }

    async fn choice(&self, voice: &str) -> Result<Option<VoiceChoice>, CompanyError> {
        let Some(id) = voice.strip_prefix(SAMPLE) else {
            return Ok(Some(VoiceChoice::Named(voice.to_owned())));
        };
        let Ok(id) = id.parse::<SampleId>() else { return Ok(None) };
        match self.voice_sample(id).await {
            Ok((sample, audio)) => {
                Ok(Some(VoiceChoice::Sample { audio: audio.into(), format: sample.format }))
            }
            Err(CompanyError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Whether somebody said something. Recognisers write what is no speech in brackets.
fn holds_words(text: &str) -> bool {
    let mut depth = 0_u32;
    text.chars().any(|c| {
        match c {
            '[' | '(' => depth += 1,
            ']' | ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && c.is_alphanumeric()
    })
}

/// A text in parts that are said one after the other.
fn parts_of(text: &str) -> Vec<String> {
    if text.chars().count() <= AT_ONCE {
        return vec![text.to_owned()];
    }
    let mut sentences = Sentences::default();
    let mut whole = sentences.push(text);
    whole.extend(sentences.finish());
    let mut parts: Vec<String> = Vec::new();
    for sentence in whole {
        match parts.last_mut().filter(|last| last.len() + sentence.len() < AT_ONCE) {
            Some(last) => {
                last.push(' ');
                last.push_str(&sentence);
            }
            None => parts.push(sentence),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_speech_holds_no_words() {
        for nothing in ["", " ", "[BLANK_AUDIO]", "(silence)", "♪ ♪", "...", "[Music] (applause)"] {
            assert!(!holds_words(nothing), "{nothing}");
        }
        assert!(holds_words("[coughs] Hello.") && holds_words("Nein"));
    }
}
