//! WAV: RIFF chunks with PCM samples.

use super::{Audio, Told, lasts};
use bytes::{BufMut, Bytes, BytesMut};
use domain::AudioFormat;

/// Below this loudest sample of 32,768 nobody speaks.
const QUIET: u16 = 200;
/// Lengths from here on stand for "until the end": they are written by who streams.
const UNKNOWN_LENGTH: u32 = 0x7fff_0000;
const PCM: u16 = 1;
const EXTENSIBLE: u16 = 0xfffe;

/// A WAV file, taken apart.
pub(super) struct Wav<'a> {
    /// The content of its `fmt ` chunk.
    head: &'a [u8],
    samples: &'a [u8],
}

impl Wav<'_> {
    pub(super) fn told(&self) -> Told {
        Told {
            duration: lasts(self.samples.len() as u64, number(self.head, 8).unwrap_or_default()),
            silent: self.is_silent(),
        }
    }

    fn is_silent(&self) -> bool {
        let plain = matches!(short(self.head, 0), Some(PCM | EXTENSIBLE)) && short(self.head, 14) == Some(16);
        plain
            && self
                .samples
                .chunks_exact(2)
                .all(|sample| short(sample, 0).is_some_and(|it| it.cast_signed().unsigned_abs() < QUIET))
    }
}

/// Takes a file apart that begins as one.
pub(super) fn read(bytes: &[u8]) -> Result<Wav<'_>, &'static str> {
    let mut rest = bytes.get(12..).unwrap_or_default();
    let mut head = None;
    while let (Some(name), Some(length)) = (rest.get(..4), number(rest, 4)) {
        let content = rest.get(8..).unwrap_or_default();
        let unknown = length == 0 || length >= UNKNOWN_LENGTH;
        let whole = content.get(..length as usize);
        match name {
            b"fmt " => head = Some(format(whole.ok_or("its format is cut off")?)?),
            b"data" => {
                let head = head.ok_or("its samples come before their format")?;
                let samples = match whole {
                    _ if unknown => content,
                    Some(samples) => samples,
                    None => return Err("it holds less sound than its header says"),
                };
                if samples.is_empty() {
                    return Err("it holds no sound");
                }
                return Ok(Wav { head, samples });
            }
            _ => {}
        }
        // Chunks begin at even places.
        let next = (length as usize).saturating_add(length as usize % 2);
        rest = content.get(next..).unwrap_or_default();
    }
    Err("its sound is missing")
}

fn format(head: &[u8]) -> Result<&[u8], &'static str> {
    let zero = |value: Option<u32>| value.is_none_or(|value| value == 0);
    if head.len() < 16 || short(head, 2).is_none_or(|channels| channels == 0) {
        return Err("its format is cut off or names no channel");
    }
    if zero(number(head, 4)) || zero(number(head, 8)) {
        return Err("its format names no samples a second");
    }
    Ok(head)
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// One file of several, one after the other. None when one of them is no WAV, or sounds in another format. The header of
/// what comes out is true, also where those of the parts were written before their end was known.
pub fn join<'a>(parts: impl IntoIterator<Item = &'a Audio>) -> Option<Audio> {
    let wavs = parts.into_iter().map(|part| match part.format() {
        AudioFormat::Wav => read(part.bytes()).ok(),
        _ => None,
    });
    let wavs = wavs.collect::<Option<Vec<_>>>()?;
    let head = wavs.first()?.head;
    if wavs.iter().any(|wav| wav.head != head) {
        return None;
    }
    let length: usize = wavs.iter().map(|wav| wav.samples.len()).sum();
    let told = |length: usize| u32::try_from(length).ok();
    let mut file = BytesMut::with_capacity(length + head.len() + 28);
    file.put_slice(b"RIFF");
    file.put_u32_le(told(length + head.len() + 20)?);
    file.put_slice(b"WAVEfmt ");
    file.put_u32_le(told(head.len())?);
    file.put_slice(head);
    file.put_slice(b"data");
    file.put_u32_le(told(length)?);
    wavs.iter().for_each(|wav| file.put_slice(wav.samples));
    Audio::read(Bytes::from(file)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AudioError;
    use std::time::Duration;

    /// A file of 16-bit samples, 8,000 a second, whose header tells these lengths.
    fn file(samples: &[i16], told: Option<u32>) -> Vec<u8> {
        let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let told = told.unwrap_or(data.len() as u32);
        let mut file = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0\x01\0\x01\0".to_vec();
        file.extend(8000_u32.to_le_bytes());
        file.extend(16_000_u32.to_le_bytes());
        file.extend([2, 0, 16, 0]);
        file.extend(b"data");
        file.extend(told.to_le_bytes());
        file.extend(data);
        file
    }

    fn audio(file: Vec<u8>) -> Result<Audio, AudioError> {
        Audio::read(file.into())
    }

    #[test]
    fn a_header_tells_the_duration_and_samples_the_silence() {
        let loud = audio(file(&[9000; 4000], None)).unwrap();
        assert_eq!((loud.duration(), loud.is_silent()), (Some(Duration::from_millis(500)), false));
        let quiet = audio(file(&[-150; 8000], None)).unwrap();
        assert_eq!((quiet.duration(), quiet.is_silent()), (Some(Duration::from_secs(1)), true));
        for streamed in [0, u32::MAX, 0x7fff_f000] {
            let audio = audio(file(&[9000; 4000], Some(streamed))).unwrap();
            assert_eq!(audio.duration(), Some(Duration::from_millis(500)), "{streamed}");
        }
    }

    #[test]
    fn what_its_header_promises_has_to_be_there() {
        assert!(audio(file(&[9000; 10], Some(5000))).is_err());
        assert!(audio(file(&[], None)).is_err());
        let whole = file(&[1; 10], None);
        for cut in 12..whole.len() {
            assert!(audio(whole[..cut].to_vec()).is_err(), "{cut}");
        }
    }

    #[test]
    fn parts_are_joined_under_one_true_header() {
        let (one, two) = (audio(file(&[1, 2], Some(u32::MAX))).unwrap(), audio(file(&[3], None)).unwrap());
        let joined = join([&one, &two]).unwrap();
        let wav = read(joined.bytes()).unwrap();
        assert_eq!(wav.samples, [1, 0, 2, 0, 3, 0]);
        assert_eq!(number(joined.bytes(), 4).unwrap() as usize, joined.bytes().len() - 8);
        assert!(join([]).is_none());
    }
}
