//! MP3: frames, each with a head of its own.

use std::time::Duration;

/// Kilobits a second of layer III, by the head's index: of MPEG 1, and of MPEG 2 and 2.5.
const RATES: [[u32; 16]; 2] = [
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0],
];
const SAMPLES: [u32; 4] = [44_100, 48_000, 32_000, 0];

/// Where a frame ends, and how many kilobits a second it has.
struct Frame {
    length: usize,
    kilobits: u32,
}

/// Whether the bytes begin with a frame, and with a second one if they are that long.
pub(super) fn begins(bytes: &[u8]) -> bool {
    let Some(first) = frame(bytes) else { return false };
    match bytes.get(first.length..) {
        None | Some([]) => true,
        Some(rest) => frame(rest).is_some(),
    }
}

/// How long the file is, as its first frame has it: true where all are alike.
pub(super) fn duration(bytes: &[u8]) -> Option<Duration> {
    let sound = bytes.get(tag(bytes)..)?;
    let bits = u64::try_from(sound.len()).ok()?.checked_mul(8)?;
    let kilobits = u64::from(frame(sound)?.kilobits);
    Some(Duration::from_millis(bits.checked_div(kilobits)?))
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
    let samples = *SAMPLES.get((head >> 10 & 3) as usize)?;
    // MPEG 2 halves the rate, 2.5 quarters it.
    let samples = match version {
        3 => samples,
        2 => samples / 2,
        _ => samples / 4,
    };
    let padding = head >> 9 & 1;
    let of_samples = if version == 3 { 144_000 } else { 72_000 };
    let length = (kilobits * of_samples).checked_div(samples)? + padding;
    (kilobits > 0).then_some(Frame { length: length as usize, kilobits })
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
        assert_eq!(duration(&file), Some(Duration::from_millis(41_700 * 8 / 128)));
        let tagged = [b"ID3\x04\0\0\0\0\0\x05hello".as_slice(), &file].concat();
        assert_eq!(duration(&tagged), duration(&file));
        one.extend(b"no second frame");
        assert!(!begins(&one));
        assert!(!begins(&[0xff, 0xff, 0xff, 0xff]));
    }
}
