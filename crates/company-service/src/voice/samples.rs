//! Samples of voices: recorded speech for engines that take on a voice.

use crate::{Company, CompanyError, Listed, fields};
use chat_service::{ReadTx, WriteTx};
use domain::{Actor, Page, SampleId, VoiceSample};
use voice_gateway::Audio;

/// The most samples, and the most bytes of one: 5 MiB.
const MOST: usize = 20;
pub(super) const MOST_BYTES: usize = 5 * 1024 * 1024;
const NAME: usize = 100;

/// A sample to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSample {
    /// What people call it, on one line.
    pub name: String,
    /// The recording.
    pub audio: Audio,
}

impl Company {
    /// The most bytes of a sample.
    pub const MAX_SAMPLE_BYTES: usize = MOST_BYTES;

    /// All samples, the oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn voice_samples(&self) -> Result<Listed<VoiceSample, SampleId>, CompanyError> {
        let as_of = self.store().head();
        let items = self.store().read(|tx: &mut ReadTx<'_>| tx.voices().samples()).await?;
        Ok(Listed { page: Page { items, next: None }, as_of })
    }

    /// A sample and its audio, as it was stored.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`].
    pub async fn voice_sample(&self, id: SampleId) -> Result<(VoiceSample, Vec<u8>), CompanyError> {
        let read = move |tx: &mut ReadTx<'_>| {
            let missing = || CompanyError::not_found("voice sample", id);
            let sample = tx.voices().sample(id)?.ok_or_else(missing)?;
            let audio = tx.voices().audio(id)?.ok_or_else(missing)?;
            Ok::<_, CompanyError>((sample, audio))
        };
        self.store().read(read).await
    }

    /// Stores a sample. The same audio again gives the one that is there.
    ///
    /// # Errors
    /// [`CompanyError::Unprocessable`] for the name or audio that is too large; [`CompanyError::Conflict`] when there are
    /// as many as there can be.
    pub async fn create_voice_sample(&self, new: NewSample) -> Result<VoiceSample, CompanyError> {
        let audio = new.audio;
        if audio.bytes().len() > MOST_BYTES {
            let detail = format!("is at most {MOST_BYTES} bytes");
            return Err(CompanyError::Unprocessable { field: "file", detail });
        }
        let change = self.change(Actor::Founder);
        let sample = VoiceSample {
            id: SampleId::new(self.chat.ids().next_id()),
            name: fields::line("name", &new.name, NAME)?,
            format: audio.format(),
            bytes: i64::try_from(audio.bytes().len()).unwrap_or(i64::MAX),
            duration_ms: audio.duration().and_then(|it| i64::try_from(it.as_millis()).ok()),
            created_at: change.at,
        };
        let write = move |tx: &mut WriteTx<'_>| {
            if let Some(same) = tx.voices().same_sample(audio.bytes())? {
                return Ok(same);
            }
            if tx.voices().samples()?.len() >= MOST {
                let detail = format!("there are {MOST} samples already: delete one first");
                return Err(CompanyError::Conflict { detail });
            }
            tx.voices_mut().create_sample(&sample, audio.bytes(), &change)?;
            Ok(sample.clone())
        };
        self.store().write(write).await
    }

    /// Deletes a sample. Who had it as a voice has the engine's own then.
    ///
    /// # Errors
    /// [`CompanyError::NotFound`].
    pub async fn delete_voice_sample(&self, id: SampleId) -> Result<(), CompanyError> {
        let change = self.change(Actor::Founder);
        let write = move |tx: &mut WriteTx<'_>| match tx.voices_mut().delete_sample(id, &change)? {
            true => Ok(()),
            false => Err(CompanyError::not_found("voice sample", id)),
        };
        self.store().write(write).await
    }
}
