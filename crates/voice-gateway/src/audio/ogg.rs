//! Ogg: what its first and its last page tell.

use super::lasts;
use std::time::Duration;

/// Opus counts as if there were always so many samples a second.
const OPUS_RATE: u32 = 48_000;

/// How long the file is; none where it does not say.
pub(super) fn duration(bytes: &[u8]) -> Result<Option<Duration>, &'static str> {
    let segments = usize::from(*bytes.get(26).ok_or("it is cut off")?);
    let packet = bytes.get(27 + segments..).ok_or("it is cut off")?;
    let rate = if packet.starts_with(b"OpusHead") {
        Some(OPUS_RATE)
    } else if packet.starts_with(b"\x01vorbis") {
        packet.get(12..16).and_then(|rate| rate.try_into().ok()).map(u32::from_le_bytes)
    } else if packet.starts_with(b"\x7fFLAC") || packet.starts_with(b"Speex") {
        None
    } else {
        return Err("it holds no sound that is understood");
    };
    let samples = last_granule(bytes).ok_or("it is cut off")?;
    Ok(rate.zip(samples).and_then(|(rate, samples)| lasts(samples, rate)))
}

/// How many samples there were by the end of the last page, which has to be whole.
fn last_granule(bytes: &[u8]) -> Option<Option<u64>> {
    let at = bytes.windows(4).rposition(|mark| mark == b"OggS")?;
    let page = bytes.get(at..)?;
    let granule = u64::from_le_bytes(page.get(6..14)?.try_into().ok()?);
    let segments = usize::from(*page.get(26)?);
    let length: usize = page.get(27..27 + segments)?.iter().copied().map(usize::from).sum();
    page.get(27 + segments + length..)?;
    // All ones: a page on which nothing ends.
    Some((granule != u64::MAX).then_some(granule))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(granule: u64, packet: &[u8]) -> Vec<u8> {
        let mut page = b"OggS\0\0".to_vec();
        page.extend(granule.to_le_bytes());
        page.extend([0; 12]);
        page.extend([1, packet.len() as u8]);
        page.extend(packet);
        page
    }

    #[test]
    fn the_last_page_tells_the_duration() {
        let file = [page(0, b"OpusHead"), page(24_000, b"sound"), page(72_000, b"sound")].concat();
        assert_eq!(duration(&file), Ok(Some(Duration::from_millis(1500))));
        let vorbis = page(8000, b"\x01vorbis\0\0\0\0\x02\x40\x1f\0\0");
        assert_eq!(duration(&vorbis), Ok(Some(Duration::from_secs(1))));
        assert!(duration(&page(0, b"theora")).is_err());
        assert!(duration(b"OggS").is_err());
    }
}
