//! How the company sounds and listens, and samples of voices.

use super::Change;
use crate::rows::{VoiceSampleRow, VoiceStateRow};
use crate::sqlite::queries::voice as queries;
use crate::{ReadTx, StoreError, WriteTx};
use domain::view::VoiceStateView;
use domain::{Event, SampleId, Slug, VoiceOwner, VoiceSample, VoiceSampleDeleted, VoiceState};

/// Voices, for reading.
#[derive(Debug)]
pub struct Voices<'t, 'c>(&'t mut ReadTx<'c>);

/// Voices, for changing.
#[derive(Debug)]
pub struct VoicesMut<'t, 'c>(&'t mut WriteTx<'c>);

impl<'c> ReadTx<'c> {
    /// Voices.
    pub fn voices(&mut self) -> Voices<'_, 'c> {
        Voices(self)
    }
}

impl<'c> WriteTx<'c> {
    /// Voices, for changing.
    pub fn voices_mut(&mut self) -> VoicesMut<'_, 'c> {
        VoicesMut(self)
    }
}

impl Voices<'_, '_> {
    /// The state that was set for its owner; none where nobody has.
    pub fn state(&mut self, owner: &VoiceOwner) -> Result<Option<VoiceState>, StoreError> {
        queries::state(self.0.conn, &owner.to_string())?.map(TryInto::try_into).transpose()
    }

    /// All samples, the oldest first.
    pub fn samples(&mut self) -> Result<Vec<VoiceSample>, StoreError> {
        queries::samples(self.0.conn)?.into_iter().map(TryInto::try_into).collect()
    }

    /// A sample.
    pub fn sample(&mut self, id: SampleId) -> Result<Option<VoiceSample>, StoreError> {
        queries::sample(self.0.conn, id)?.map(TryInto::try_into).transpose()
    }

    /// The audio of a sample, as it was stored.
    pub fn audio(&mut self, id: SampleId) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(queries::audio(self.0.conn, id)?)
    }

    /// The sample that has this very audio.
    pub fn same_sample(&mut self, audio: &[u8]) -> Result<Option<VoiceSample>, StoreError> {
        queries::same_sample(self.0.conn, audio)?.map(TryInto::try_into).transpose()
    }
}

impl VoicesMut<'_, '_> {
    /// Stores how somebody sounds and listens from now on. An agent's own voice is no part of its row. `told`: the whole
    /// state, as the event tells of it; `department`: whose view shows it.
    pub fn set(
        &mut self,
        owner: &VoiceOwner,
        state: &VoiceState,
        told: VoiceStateView,
        department: Option<&Slug>,
        change: &Change,
    ) -> Result<(), StoreError> {
        queries::put_state(self.0.conn(), &VoiceStateRow::new(owner, state, change.at))?;
        self.0.record(change.draft(Event::VoiceState(told), department.cloned()));
        Ok(())
    }

    /// Removes what was set for somebody. `told`: what holds from now on, as the event tells of it; `department`: whose view
    /// shows it.
    pub fn clear(
        &mut self,
        owner: &VoiceOwner,
        told: VoiceStateView,
        department: Option<&Slug>,
        change: &Change,
    ) -> Result<(), StoreError> {
        queries::delete_state(self.0.conn(), &owner.to_string())?;
        self.0.record(change.draft(Event::VoiceState(told), department.cloned()));
        Ok(())
    }

    /// Stores a sample.
    pub fn create_sample(
        &mut self,
        sample: &VoiceSample,
        audio: &[u8],
        change: &Change,
    ) -> Result<(), StoreError> {
        queries::insert_sample(self.0.conn(), &VoiceSampleRow::from(sample), audio)?;
        self.0.record(change.draft(Event::VoiceSampleCreated(sample.clone().into()), None));
        Ok(())
    }

    /// Removes a sample; gives whether there was one.
    pub fn delete_sample(&mut self, id: SampleId, change: &Change) -> Result<bool, StoreError> {
        let found = queries::delete_sample(self.0.conn(), id)?;
        if found {
            let event = Event::VoiceSampleDeleted(VoiceSampleDeleted { sample_id: id });
            self.0.record(change.draft(event, None));
        }
        Ok(found)
    }
}
