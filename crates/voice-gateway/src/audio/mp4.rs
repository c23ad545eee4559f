//! MP4: boxes, one in another, as phones and Safari record.

use super::lasts;
use std::time::Duration;

const CUT_OFF: &str = "it is cut off";
const NO_SOUND: &str = "it holds no sound";

/// What a file tells of its track of sound.
struct Track {
    id: u32,
    /// How many units of time a second has.
    scale: u32,
    /// How long it is in these; 0 where the file was written before that was known.
    length: u64,
    /// How long a sample is, where it does not say itself.
    of_sample: u32,
}

/// How long the file is: as its track of sound says, and at least as long as its fragments are together.
pub(super) fn duration(bytes: &[u8]) -> Result<Option<Duration>, &'static str> {
    let (mut track, mut fragments) = (None, 0_u64);
    for found in Boxes(bytes) {
        let (name, content) = found?;
        match (name, &track) {
            (b"moov", None) => track = Some(sound(content)?),
            (b"moof", Some(track)) => fragments = fragments.saturating_add(fragment(content, track)?),
            _ => {}
        }
    }
    let track = track.ok_or(NO_SOUND)?;
    match (track.length, fragments) {
        (0 | u64::MAX, 0) => Err(NO_SOUND),
        (0 | u64::MAX, length) => Ok(lasts(length, track.scale)),
        (told, counted) => Ok(lasts(told.max(counted), track.scale)),
    }
}

/// The first track of sound.
fn sound(movie: &[u8]) -> Result<Track, &'static str> {
    for found in Boxes(movie) {
        let (name, content) = found?;
        if name == b"trak"
            && let Some(media) = within(content, b"mdia")?
            && within(media, b"hdlr")?.and_then(|it| it.get(8..12)) == Some(b"soun")
        {
            let (head, media) = (within(content, b"tkhd")?, within(media, b"mdhd")?);
            let id = head.and_then(|it| number(it, if is_wide(it) { 20 } else { 12 }));
            let told = media.and_then(|it| {
                if is_wide(it) {
                    return Some((number(it, 20)?, wide(it, 24)?));
                }
                let length = number(it, 16)?;
                Some((number(it, 12)?, if length == u32::MAX { 0 } else { length.into() }))
            });
            let (id, (scale, length)) = id.zip(told).ok_or(CUT_OFF)?;
            return Ok(Track { id, scale, length, of_sample: of_sample(movie, id)? });
        }
    }
    Err(NO_SOUND)
}

/// How long a sample of a track is in fragments; 0 where the movie does not say.
fn of_sample(movie: &[u8], track: u32) -> Result<u32, &'static str> {
    for found in Boxes(within(movie, b"mvex")?.unwrap_or_default()) {
        let (name, content) = found?;
        if name == b"trex" && number(content, 4) == Some(track) {
            return Ok(number(content, 12).unwrap_or(0));
        }
    }
    Ok(0)
}

/// How long the sound of a fragment is.
fn fragment(fragment: &[u8], track: &Track) -> Result<u64, &'static str> {
    let mut length = 0_u64;
    for found in Boxes(fragment) {
        let (name, content) = found?;
        if name != b"traf" {
            continue;
        }
        let Some(head) = within(content, b"tfhd")?.filter(|it| number(it, 4) == Some(track.id)) else {
            continue;
        };
        let of_sample = usual(head).unwrap_or(track.of_sample);
        for found in Boxes(content) {
            let (name, run) = found?;
            if name == b"trun" {
                length = length.saturating_add(run_of(run, of_sample).ok_or(CUT_OFF)?);
            }
        }
    }
    Ok(length)
}

/// How long a sample of a fragment is, where its head says it.
fn usual(head: &[u8]) -> Option<u32> {
    let flags = number(head, 0)?;
    if flags & 0x8 == 0 {
        return None;
    }
    // Before it: the place of its bytes and the form of its samples, where it names them.
    let before = if flags & 0x1 == 0 { 0 } else { 8 } + if flags & 0x2 == 0 { 0 } else { 4 };
    number(head, 8 + before)
}

/// How long a run of samples is.
fn run_of(run: &[u8], of_sample: u32) -> Option<u64> {
    let (flags, samples) = (number(run, 0)?, number(run, 4)?);
    if flags & 0x100 == 0 {
        return Some(u64::from(samples).saturating_mul(of_sample.into()));
    }
    let before = if flags & 0x1 == 0 { 0 } else { 4 } + if flags & 0x4 == 0 { 0 } else { 4 };
    // Of each sample: its length first, then up to three other numbers.
    let each = (flags >> 8 & 0xf).count_ones() as usize * 4;
    let table = run.get(8 + before..)?;
    let told = table.get(..each.checked_mul(samples as usize)?)?;
    Some(told.chunks_exact(each).filter_map(|sample| number(sample, 0)).map(u64::from).sum())
}

/// Boxes one after the other: the name of each and what it holds. The last item is an error where one is cut off.
struct Boxes<'a>(&'a [u8]);

impl<'a> Boxes<'a> {
    fn take(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        let name = self.0.get(4..8)?;
        let (head, end) = match number(self.0, 0)? {
            0 => (8, self.0.len()),
            1 => (16, usize::try_from(wide(self.0, 8)?).ok()?),
            end => (8, end as usize),
        };
        let content = self.0.get(head..end)?;
        self.0 = self.0.get(end..)?;
        Some((name, content))
    }
}

impl<'a> Iterator for Boxes<'a> {
    type Item = Result<(&'a [u8], &'a [u8]), &'static str>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let taken = self.take();
        if taken.is_none() {
            self.0 = &[];
        }
        Some(taken.ok_or(CUT_OFF))
    }
}

/// What the first box of a name holds.
fn within<'a>(content: &'a [u8], wanted: &[u8; 4]) -> Result<Option<&'a [u8]>, &'static str> {
    let found = Boxes(content).find(|it| it.is_err() || it.is_ok_and(|(name, _)| name == wanted));
    Ok(found.transpose()?.map(|(_, content)| content))
}

/// Whether a box has times of eight bytes.
fn is_wide(content: &[u8]) -> bool {
    content.first() == Some(&1)
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn wide(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let length = 8 + content.len() as u32;
        [&length.to_be_bytes(), name.as_slice(), content].concat()
    }

    fn numbers<const N: usize>(numbers: [u32; N]) -> Vec<u8> {
        numbers.into_iter().flat_map(u32::to_be_bytes).collect()
    }

    #[test]
    fn a_track_is_counted_by_its_own_defaults() {
        let trex = |track, of_sample| packed(b"trex", &numbers([0, track, 1, of_sample, 0, 0]));
        let movie = packed(b"mvex", &[trex(1, 40), trex(2, 1024)].concat());
        assert_eq!(
            (of_sample(&movie, 1), of_sample(&movie, 2), of_sample(&movie, 3)),
            (Ok(40), Ok(1024), Ok(0))
        );
        assert_eq!(of_sample(b"", 1), Ok(0));
    }

    #[test]
    fn what_else_is_in_a_fragment_may_hold_anything() {
        let track = Track { id: 2, scale: 1000, length: 0, of_sample: 20 };
        let ours = [packed(b"tfhd", &numbers([0, 2])), packed(b"trun", &numbers([0, 50]))].concat();
        for other in [b"free", b"uuid", b"pssh"] {
            let boxes = [packed(other, b"no boxes in this"), packed(b"traf", &ours)].concat();
            assert_eq!(fragment(&boxes, &track), Ok(1000));
        }
    }
}
