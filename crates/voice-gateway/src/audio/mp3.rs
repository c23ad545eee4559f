//! MP3: frames, each with a head of its own.

use super::lasts;
use std::time::Duration;

/// Kilobits a second of layer III, by the head's index: of MPEG 1, and of MPEG 2 and 2.5.
const RATES: [[u32; 16]; 2] = [
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0],
];
const SAMPLES: [u32; 4] = [44_100, 48_000, 32_000, 0];
/// A second in the longest parts that each of these, their halves and their quarters are whole ones of.
const TICKS: u32 = 14_112_000;

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

/// How long the file is: its whole frames, wherever they are. What stands between them is no sound. None where there are none.
pub(super) fn duration(bytes: &[u8]) -> Result<Option<Duration>, &'static str> {
    let mut rest = bytes;
    while let Some(length) = tag(rest) {
        rest = rest.get(length..).ok_or("it is cut off")?;
    }
    if rest.iter().all(|byte| *byte == 0) {
        return Err("it holds no sound");
    }
    let (mut ticks, mut in_step) = (0_u64, false);
    while !rest.is_empty() {
        // After anything else, a frame is one only before another one or the end: its mark may be there by chance.
        let next = frame(rest).and_then(|next| Some((rest.get(next.length..)?, next)));
        match next.filter(|(behind, _)| in_step || behind.is_empty() || frame(behind).is_some()) {
            Some((behind, next)) => {
                ticks += u64::from(next.samples) * u64::from(TICKS / next.rate);
                (rest, in_step) = (behind, true);
            }
            None => (rest, in_step) = (rest.get(1..).unwrap_or_default(), false),
        }
    }
    Ok(if ticks == 0 { None } else { lasts(ticks, TICKS) })
}

/// The length of a tag at the beginning, with its head and the repetition of that at its end.
fn tag(bytes: &[u8]) -> Option<usize> {
    let [b'I', b'D', b'3', _, _, flags, a, b, c, d, ..] = bytes else { return None };
    let length = [a, b, c, d].into_iter().fold(0, |length, byte| length << 7 | usize::from(byte & 0x7f));
    Some(length + if flags & 0x10 == 0 { 10 } else { 20 })
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
        for tag in [
            b"ID3\x04\0\0\0\0\0\x02\0\0ID3\x03\0\0\0\0\0\x01\0".as_slice(),
            b"ID3\x04\0\x10\0\0\0\x02\0\x003DI\x04\0\x10\0\0\0\x02",
            b"ID3\x04\0\0\0\0\0\0APETAGEX\xd0\x07\0\0\xff\xfb\x90\0 by chance",
        ] {
            assert_eq!(duration(&[tag, &file].concat()), lasts_hundred, "{tag:?}");
            assert_eq!(duration(&[tag, b"no frame at all"].concat()), Ok(None));
        }
        // A byte between two frames ends no counting, nor does another rate: 48,000 Hz, 384 bytes a frame.
        assert_eq!(duration(&[&file[..417 * 50], b"x", &file[417 * 50..]].concat()), lasts_hundred);
        let mut other = vec![0xff, 0xfb, 0x94, 0x00];
        other.resize(384, 0);
        let both = [one.repeat(1225), other.repeat(1000)].concat();
        assert_eq!(duration(&both), Ok(Some(Duration::from_secs(32 + 24))));
        one.extend(b"no second frame");
        assert!(!begins(&one));
        assert!(!begins(&[0xff, 0xff, 0xff, 0xff]));
    }
}
