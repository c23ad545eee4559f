//! What was spoken lately. A cache: it can be spoken again.

use domain::{ClipId, Timestamp};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use voice_gateway::Audio;

/// The most clips, the most bytes of all together, and for how long one is kept.
const MOST: usize = 256;
const MOST_BYTES: usize = 64 * 1024 * 1024;
const MINUTES: i64 = 10;

/// A sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clip {
    /// Its id.
    pub id: ClipId,
    /// What is heard.
    pub audio: Audio,
    made_at: Timestamp,
}

/// The newest clips.
#[derive(Debug, Default)]
pub(super) struct Clips(Mutex<VecDeque<Clip>>);

impl Clips {
    /// Keeps a clip; the oldest ones make room.
    pub(super) fn keep(&self, id: ClipId, audio: Audio, now: Timestamp) {
        let mut clips = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        clips.push_back(Clip { id, audio, made_at: now });
        let mut bytes: usize = clips.iter().map(|clip| clip.audio.bytes().len()).sum();
        while clips.len() > 1
            && (clips.len() > MOST || bytes > MOST_BYTES || clips.front().is_some_and(|it| it.is_old(now)))
        {
            bytes -= clips.pop_front().map_or(0, |clip| clip.audio.bytes().len());
        }
    }

    pub(super) fn get(&self, id: ClipId, now: Timestamp) -> Option<Clip> {
        let clips = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        clips.iter().find(|clip| clip.id == id && !clip.is_old(now)).cloned()
    }
}

impl Clip {
    fn is_old(&self, now: Timestamp) -> bool {
        now.millis_since(self.made_at) > MINUTES * 60_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::EntityId;

    fn audio(bytes: usize) -> Audio {
        let mut ogg = b"OggS\0\x02\0\0\0\0\0\0\0\0aaaabbbbcccc\x01\x13OpusHead".to_vec();
        ogg.resize(bytes, 0);
        Audio::read(ogg.into()).unwrap()
    }

    fn id(n: u8) -> ClipId {
        ClipId::from_bytes([n; 16])
    }

    #[test]
    fn what_is_old_or_too_much_goes() {
        let clips = Clips::default();
        let (start, minute) = (Timestamp::from_micros(0), |n: i64| Timestamp::from_micros(n * 60_000_000));
        clips.keep(id(1), audio(100), start);
        assert!(clips.get(id(1), minute(10)).is_some());
        assert!(clips.get(id(1), minute(11)).is_none());
        for n in 2..5 {
            clips.keep(id(n), audio(30 * 1024 * 1024), start);
        }
        let there: Vec<bool> = (1..5).map(|n| clips.get(id(n), start).is_some()).collect();
        assert_eq!(there, [false, false, true, true]);
    }
}
