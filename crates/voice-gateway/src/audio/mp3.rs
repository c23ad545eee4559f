//! MP3: frames, each with a head of its own.

use super::lasts;
use std::time::Duration;

/// Kilobits a second of layer III, by the head's index: of MPEG 1, and of MPEG 2 and 2.5.
const RATES: [[u32; 16]; 2] = [
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0],
];
const SAMPLES: [u32; 4] = [44_100, 48_000, 32_000, 0];

/// Where a frame ends, how many samples it holds, and how many of them are a second.
struct Frame {
    length: usize,
    samples: u32,
    rate: u32,
}

/// Whether the bytes begin with a frame, and with a second one if they are that long.
pub(super) fn begins(bytes: &[u8]) -> bool {
    let Some(first) = frame(bytes) else { return false };
    match bytes.get(first.length..) {
        None | Some([]) => true,
        Some(rest) => frame(rest).is_some(),
    }
}

/// How long the file is: the whole frames it begins with, all of one rate. What comes behind them is no sound.
pub(super) fn duration(bytes: &[u8]) -> Result<Option<Duration>, &'static str> {
    let behind = bytes.get(tag(bytes)..).ok_or("it is cut off")?;
    let padding = behind.iter().take_while(|byte| **byte == 0).count();
    let mut rest = behind.get(padding..).unwrap_or_default();
    let (mut samples, mut rate) = (0_u64, None);
    while let Some(next) = frame(rest)
        && *rate.get_or_insert(next.rate) == next.rate
        && let Some(behind) = rest.get(next.length..)
    {
        samples += u64::from(next.samples);
        rest = behind;
    }
    let rate = rate.filter(|_| samples > 0).ok_or("it holds no sound")?;
    Ok(lasts(samples, rate))
}

/// The length of the tag before the sound.
fn tag(bytes: &[u8]) -> usize {
    match bytes {
        [b'I', b'D', b'3', _, _, _, a, b, c, d, ..] => {
            [a, b, c, d].into_iter().fold(0, |length, byte| length << 7 | usize::from(byte & 0x7f)) + 10
        }
        _ => 0,
    }
}

fn frame(bytes: &[u8]) -> Option<Frame> {
    let head = u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?);
    let (version, layer) = (head >> 19 & 3, head >> 17 & 3);
    if head >> 21 != 0x7ff || version == 1 || layer != 1 {
        return None;
    }
    let old = usize::from(version != 3);
    let kilobits = *RATES.get(old)?.get((head >> 12 & 15) as usize)?;
    let rate = *SAMPLES.get((head >> 10 & 3) as usize)?;
    // MPEG 2 halves the rate, 2.5 quarters it.
    let rate = match version {
        3 => rate,
        2 => rate / 2,
        _ => rate / 4,
    };
    let padding = head >> 9 & 1;
    let samples = if version == 3 { 1152 } else { 576 };
    let length = (kilobits * 125 * samples).checked_div(rate)? + padding;
    (kilobits > 0).then_some(Frame { length: length as usize, samples, rate })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_known_and_timed() {
        // MPEG 1, 128 kbit/s, 44,100 Hz: 417 bytes a frame.
        let mut one = vec![0xff, 0xfb, 0x90, 0x00];
        one.resize(417, 0);
        let file = one.repeat(100);
        assert!(begins(&file));
        let lasts_hundred = Ok(lasts(100 * 1152, 44_100));
        assert_eq!(duration(&file), lasts_hundred);
        let tagged = [b"ID3\x04\0\0\0\0\0\x05hello\0\0".as_slice(), &file, b"TAG"].concat();
        assert_eq!(duration(&tagged), lasts_hundred);
        assert_eq!(duration(&file[..417 * 3 - 1]), Ok(lasts(2 * 1152, 44_100)));
        assert!(duration(b"ID3\x04\0\0\0\0\0\0").is_err() && duration(b"ID3\x04\0\0\0\0\x7f\0").is_err());
        one.extend(b"no second frame");
        assert!(!begins(&one));
        assert!(!begins(&[0xff, 0xff, 0xff, 0xff]));
    }
}
