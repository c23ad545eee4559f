//! WebM: elements, one in another. Browsers write it while they record, so its head tells no length: its blocks do.

use std::time::Duration;

const CUT_OFF: &str = "it is cut off";

const SEGMENT: u64 = 0x1853_8067;
const INFO: u64 = 0x1549_a966;
const SCALE: u64 = 0x2a_d7b1;
const DURATION: u64 = 0x4489;
const TRACKS: u64 = 0x1654_ae6b;
const TRACK: u64 = 0xae;
const TRACK_NUMBER: u64 = 0xd7;
const TRACK_KIND: u64 = 0x83;
const CODEC: u64 = 0x86;
const CLUSTER: u64 = 0x1f43_b675;
const CLUSTER_TIME: u64 = 0xe7;
const GROUP: u64 = 0xa0;
const BLOCK: u64 = 0xa1;
const SIMPLE_BLOCK: u64 = 0xa3;
const BLOCK_DURATION: u64 = 0x9b;

/// The kind of a track of sound.
const SOUND: u64 = 2;
/// The most tracks: each block is held against them.
const MOST_TRACKS: usize = 64;

#[derive(Default)]
struct Track {
    number: u64,
    kind: u64,
    is_opus: bool,
}

/// What has been read of a file. Times are in nanoseconds.
struct Read {
    scale: u64,
    told: Option<f64>,
    tracks: Vec<Track>,
    cluster: u64,
    first: Option<u64>,
    last: u64,
    end: u64,
}

/// How long the file is: as its head says, and at least from its first block of sound to the end of its last.
pub(super) fn duration(bytes: &[u8]) -> Result<Option<Duration>, &'static str> {
    let mut read =
        Read { scale: 1_000_000, told: None, tracks: Vec::new(), cluster: 0, first: None, last: 0, end: 0 };
    let mut rest = bytes;
    while !rest.is_empty() {
        let (id, size, content) = head(rest).ok_or(CUT_OFF)?;
        let whole = size.map(|size| content.get(..size).ok_or(CUT_OFF)).transpose()?;
        // What holds others is entered; those of a cluster whose end nobody knew when it began just follow.
        if matches!(id, SEGMENT | INFO | TRACKS | TRACK | CLUSTER | GROUP) {
            if id == TRACK {
                if read.tracks.len() == MOST_TRACKS {
                    return Err("it holds too many tracks");
                }
                read.tracks.push(Track::default());
            }
            rest = content;
            continue;
        }
        let whole = whole.ok_or("it holds something without an end")?;
        read.take(id, whole).ok_or("it holds something that cannot be")?;
        rest = content.get(whole.len()..).unwrap_or_default();
    }
    let first = read.first.ok_or("it holds no sound")?;
    let told = read.told.filter(|told| *told > 0.0).and_then(|told| {
        #[expect(clippy::cast_precision_loss, reason = "a length needs no more than 52 bits")]
        let seconds = told * read.scale as f64 / 1e9;
        Duration::try_from_secs_f64(seconds).ok()
    });
    let counted = Duration::from_nanos(read.end.saturating_sub(first));
    Ok(Some(told.map_or(counted, |told| told.max(counted))))
}

impl Read {
    /// Takes an element that holds no others; none where it is none.
    fn take(&mut self, id: u64, content: &[u8]) -> Option<()> {
        match id {
            SCALE => self.scale = whole(content)?,
            DURATION => self.told = Some(fraction(content)?),
            TRACK_NUMBER => self.tracks.last_mut()?.number = whole(content)?,
            TRACK_KIND => self.tracks.last_mut()?.kind = whole(content)?,
            CODEC => self.tracks.last_mut()?.is_opus = content.starts_with(b"A_OPUS"),
            CLUSTER_TIME => self.cluster = whole(content)?,
            BLOCK | SIMPLE_BLOCK => self.block(content)?,
            BLOCK_DURATION => {
                let lasts = whole(content)?.saturating_mul(self.scale);
                self.end = self.end.max(self.last.saturating_add(lasts));
            }
            _ => {}
        }
        Some(())
    }

    /// Takes a block: whose it is, when it begins after its cluster, how frames are laced in it, and the frame.
    fn block(&mut self, content: &[u8]) -> Option<()> {
        let (number, length) = number(content, true)?;
        let (after, frame) = (content.get(length..length + 2)?, content.get(length + 3..)?);
        let is_laced = content.get(length + 2)? & 0x06 != 0;
        let Some(track) = self.tracks.iter().find(|it| it.number == number && it.kind == SOUND) else {
            return Some(());
        };
        let after = i16::from_be_bytes(after.try_into().ok()?);
        let begins = self.cluster.saturating_add_signed(after.into()).saturating_mul(self.scale);
        let lasts = if track.is_opus && !is_laced { opus_nanos(frame) } else { 0 };
        self.first.get_or_insert(begins);
        self.last = begins;
        self.end = self.end.max(begins.saturating_add(lasts));
        Some(())
    }
}

/// How long a packet of Opus is, as its first bytes say (RFC 6716, 3.1).
fn opus_nanos(packet: &[u8]) -> u64 {
    let head = packet.first().copied().unwrap_or(0);
    let shape = head >> 3;
    let micros = match (shape, shape & 3) {
        (..12, 0) => 10_000,
        (..12, 1) => 20_000,
        (..12, 2) => 40_000,
        (..12, _) => 60_000,
        (12..16, 0 | 2) => 10_000,
        (12..16, _) => 20_000,
        (_, 0) => 2500,
        (_, 1) => 5000,
        (_, 2) => 10_000,
        (_, _) => 20_000,
    };
    let frames = match head & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => packet.get(1).copied().unwrap_or(0) & 0x3f,
    };
    micros * 1000 * u64::from(frames)
}

/// An element's id, its size (none: it ends where another one begins), and what comes behind these.
fn head(bytes: &[u8]) -> Option<(u64, Option<usize>, &[u8])> {
    let (id, id_length) = number(bytes, false)?;
    let rest = bytes.get(id_length..)?;
    let (size, size_length) = number(rest, true)?;
    let unknown = size == (1 << (7 * size_length)) - 1;
    // More than there can be is as cut off as any.
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    Some((id, (!unknown).then_some(size), rest.get(size_length..)?))
}

/// A number that says its own length by the zeros it begins with; with or without the one behind them. And that length.
fn number(bytes: &[u8], is_bare: bool) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    let length = first.leading_zeros() as usize + 1;
    let whole = bytes.get(..length).filter(|_| length <= 8)?;
    let value = whole.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    Some((if is_bare { value & !(1 << (7 * length)) } else { value }, length))
}

/// A whole number of at most eight bytes.
fn whole(content: &[u8]) -> Option<u64> {
    (content.len() <= 8).then(|| content.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}

fn fraction(content: &[u8]) -> Option<f64> {
    match content.len() {
        4 => Some(f32::from_be_bytes(content.try_into().ok()?).into()),
        8 => Some(f64::from_be_bytes(content.try_into().ok()?)),
        _ => None,
    }
}
