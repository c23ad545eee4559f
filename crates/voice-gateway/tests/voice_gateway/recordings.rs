//! Real recordings, whole, cut short and damaged.
//!
//! Made by us: `espeak-ng -w said.wav "Hello there, list the departments"`, 2.29 s long, and from that by ffmpeg
//!
//! - `said.m4a`: `-c:a aac -b:a 12k -ar 16000`
//! - `fragments.mp4`, as Safari's recorder writes: the same with `-frag_duration 500000 -movflags empty_moov+default_base_moof`
//! - `said.mp3`: `-c:a libmp3lame -b:a 16k -ar 16000`
//! - `said.ogg`: `-c:a libopus -b:a 12k`
//! - `live.webm`, as browsers' recorders write: the same with `-f webm -live 1`

use domain::AudioFormat;
use std::time::Duration;
use voice_gateway::{Audio, AudioError};

const RECORDINGS: [(&str, &[u8], AudioFormat); 5] = [
    ("said.m4a", include_bytes!("recordings/said.m4a"), AudioFormat::Mp4),
    ("fragments.mp4", include_bytes!("recordings/fragments.mp4"), AudioFormat::Mp4),
    ("live.webm", include_bytes!("recordings/live.webm"), AudioFormat::Webm),
    ("said.mp3", include_bytes!("recordings/said.mp3"), AudioFormat::Mp3),
    ("said.ogg", include_bytes!("recordings/said.ogg"), AudioFormat::Ogg),
];

fn read(bytes: &[u8]) -> Result<Audio, AudioError> {
    Audio::read(bytes.to_vec().into())
}

#[test]
fn a_recording_is_known_and_its_length_too_also_where_no_head_tells_it() {
    for (name, bytes, format) in RECORDINGS {
        let audio = read(bytes).unwrap();
        assert_eq!(audio.format(), format, "{name}");
        let lasts = audio.duration().unwrap();
        let expected = Duration::from_millis(2250)..Duration::from_millis(2450);
        assert!(expected.contains(&lasts), "{name}: {lasts:?}");
    }
}

/// A head that tells of less than there is shortens nothing: a limit on the length would be passed by it.
#[test]
fn a_recording_is_as_long_as_its_sound_whatever_its_head_tells() {
    let live = RECORDINGS[2].1;
    let info = live.windows(4).rposition(|id| id == [0x15, 0x49, 0xa9, 0x66]).unwrap() + 4;
    let within = info + live[info].leading_zeros() as usize + 1;
    let told = [&[0x44, 0x89, 0x84], 1_f32.to_be_bytes().as_slice()].concat();
    let shortened = [&live[..within], &told, &live[within..]].concat();
    assert_eq!(read(&shortened).unwrap().duration(), read(live).unwrap().duration());
}

/// A file that is cut anywhere is refused, or is a shorter recording: never a longer one.
#[test]
fn a_recording_that_is_cut_short_says_so_or_is_shorter() {
    for (name, bytes, format) in RECORDINGS {
        let whole = read(bytes).unwrap().duration();
        let mut refused = 0;
        for cut in 8..bytes.len() {
            match read(&bytes[..cut]) {
                Ok(audio) => {
                    assert!(audio.duration() <= whole, "{name} cut at {cut}: {:?}", audio.duration())
                }
                Err(AudioError::Broken { format: of, .. }) => {
                    assert_eq!(of, format);
                    refused += 1;
                }
                Err(AudioError::Unknown) => assert!(cut < 64, "{name} cut at {cut}"),
                Err(error) => panic!("{name} cut at {cut}: {error}"),
            }
        }
        // Frames of MP3 stand for themselves: only one that is no file at all is refused.
        let most = format == AudioFormat::Mp3 || refused * 10 > bytes.len() * 9;
        assert!(most, "{name}: {refused} of {}", bytes.len());
    }
}

/// Whatever is done to a file, reading it ends, and without a panic.
#[test]
fn a_recording_that_is_damaged_ends_no_reader() {
    for (_, bytes, _) in RECORDINGS {
        for at in 0..bytes.len() {
            for value in [0, 0x01, 0x7f, 0xff] {
                let mut damaged = bytes.to_vec();
                damaged[at] = value;
                read(&damaged).ok();
            }
        }
    }
}
