//! Audio, judged by what it holds and not by what it is called.

mod flac;
mod mp3;
mod mp4;
mod ogg;
mod wav;
mod webm;

pub use wav::join;

use bytes::Bytes;
use domain::AudioFormat;
use std::time::Duration;

/// Why bytes are no audio that can be worked with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AudioError {
    /// There are none.
    #[error("the audio is empty")]
    Empty,
    /// It is nothing we know.
    #[error("this is no audio that is understood: WAV, WebM, Ogg, MP3, MP4 and FLAC are")]
    Unknown,
    /// It begins as audio, and is damaged.
    #[error("this {format} file is damaged: {detail}")]
    Broken {
        /// What it begins as.
        format: AudioFormat,
        /// What is wrong.
        detail: &'static str,
    },
}

/// Audio whose format was read from its own bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audio {
    bytes: Bytes,
    format: AudioFormat,
    duration: Option<Duration>,
    silent: bool,
}

/// What a file tells of itself.
struct Told {
    duration: Option<Duration>,
    silent: bool,
}

impl Audio {
    /// Reads what the bytes are.
    ///
    /// # Errors
    /// [`AudioError`] when they are no audio, or damaged as far as their head tells.
    pub fn read(bytes: Bytes) -> Result<Self, AudioError> {
        if bytes.is_empty() {
            return Err(AudioError::Empty);
        }
        let format = format_of(&bytes).ok_or(AudioError::Unknown)?;
        let broken = |detail| AudioError::Broken { format, detail };
        let told = |duration| Told { duration, silent: false };
        let Told { duration, silent } = match format {
            AudioFormat::Wav => wav::read(&bytes).map(|wav| wav.told()),
            AudioFormat::Ogg => ogg::duration(&bytes).map(told),
            AudioFormat::Flac => flac::duration(&bytes).map(told),
            AudioFormat::Mp3 => mp3::duration(&bytes).map(told),
            AudioFormat::Mp4 => mp4::duration(&bytes).map(told),
            AudioFormat::Webm => webm::duration(&bytes).map(told),
        }
        .map_err(broken)?;
        Ok(Self { bytes, format, duration, silent })
    }

    /// The file.
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// How it is packed.
    pub const fn format(&self) -> AudioFormat {
        self.format
    }

    /// How long it is, where the file tells.
    pub const fn duration(&self) -> Option<Duration> {
        self.duration
    }

    /// Whether it is known to hold nothing but silence.
    pub const fn is_silent(&self) -> bool {
        self.silent
    }
}

fn format_of(bytes: &[u8]) -> Option<AudioFormat> {
    let head = bytes.get(..64).unwrap_or(bytes);
    let holds = |word: &[u8]| head.windows(word.len()).any(|found| found == word);
    if head.starts_with(b"RIFF") {
        return (head.get(8..12) == Some(b"WAVE")).then_some(AudioFormat::Wav);
    }
    if head.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]) {
        return (holds(b"webm") || holds(b"matroska")).then_some(AudioFormat::Webm);
    }
    if head.get(4..8) == Some(b"ftyp") {
        return Some(AudioFormat::Mp4);
    }
    if head.starts_with(b"OggS") {
        return Some(AudioFormat::Ogg);
    }
    if head.starts_with(b"fLaC") {
        return Some(AudioFormat::Flac);
    }
    (head.starts_with(b"ID3") || mp3::begins(bytes)).then_some(AudioFormat::Mp3)
}

/// A duration from a count at so many a second.
fn lasts(count: u64, a_second: u32) -> Option<Duration> {
    let a_second = u64::from(a_second);
    let whole = count.checked_div(a_second)?;
    let rest = (count % a_second).saturating_mul(1_000_000) / a_second;
    Some(Duration::from_secs(whole) + Duration::from_micros(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Audio, AudioError> {
        Audio::read(Bytes::copy_from_slice(bytes))
    }

    #[test]
    fn audio_is_known_by_what_it_holds() {
        let ogg = [b"OggS\0\x02\0\0\0\0\0\0\0\0aaaabbbbcccc\x01\x13OpusHead".as_slice(), &[1; 40]].concat();
        assert_eq!(read(&ogg).unwrap().format(), AudioFormat::Ogg);
        let mp3 = [[0xff, 0xfb, 0x90, 0x00].as_slice(), &[0; 413]].concat();
        assert_eq!(read(&mp3).unwrap().format(), AudioFormat::Mp3);
        for other in
            [b"<!doctype html>".as_slice(), b"\x89PNG\r\n", b"RIFF\0\0\0\0AVI ", b"%PDF-1.7", &[0; 500]]
        {
            assert_eq!(read(other), Err(AudioError::Unknown), "{other:?}");
        }
        assert_eq!(read(b""), Err(AudioError::Empty));
    }

    #[test]
    fn what_is_damaged_says_so() {
        for (bytes, format) in [
            (b"OggS\0\x02 and nothing known behind".as_slice(), AudioFormat::Ogg),
            (b"fLaC\0", AudioFormat::Flac),
            (b"RIFF\0\0\0\0WAVE", AudioFormat::Wav),
            (b"ID3\x04\0\0\0\0\0\0", AudioFormat::Mp3),
            (b"\0\0\0\x10ftypheic\0\0\0\0", AudioFormat::Mp4),
            (b"\x1a\x45\xdf\xa3\x87\x42\x82\x84webm", AudioFormat::Webm),
        ] {
            assert!(
                matches!(read(bytes), Err(AudioError::Broken { format: of, .. }) if of == format),
                "{bytes:?}"
            );
        }
    }
}
