//! FLAC: what its first block tells.

use super::lasts;
use std::time::Duration;

/// How long the file is; none where it does not say.
pub(super) fn duration(bytes: &[u8]) -> Result<Option<Duration>, &'static str> {
    // The mark, a block's head, and the block: its last eight bytes but the checksum hold the rate and the samples.
    let block = bytes.get(8..42).ok_or("it is cut off")?;
    if bytes.get(4).is_some_and(|kind| kind & 0x7f != 0) {
        return Err("it does not begin with what it is");
    }
    let packed = block.get(10..18).and_then(|packed| packed.try_into().ok()).map(u64::from_be_bytes);
    let packed = packed.ok_or("it is cut off")?;
    let rate = u32::try_from(packed >> 44).unwrap_or_default();
    if rate == 0 {
        return Err("it names no samples a second");
    }
    let samples = packed & 0xf_ffff_ffff;
    Ok(if samples == 0 { None } else { lasts(samples, rate) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_block_tells_the_duration() {
        let mut file = b"fLaC\0\0\0\x22".to_vec();
        file.extend([0; 10]);
        let packed: u64 = 44_100 << 44 | 1 << 41 | 15 << 36 | 66_150;
        file.extend(packed.to_be_bytes());
        file.extend([0; 16]);
        assert_eq!(duration(&file), Ok(Some(Duration::from_millis(1500))));
        assert!(duration(&file[..30]).is_err());
    }
}
