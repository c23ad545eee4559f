//! espeak-ng as a process: speech on a machine without a speech server.

use crate::audio::join;
use crate::error::cut;
use crate::{Audio, Engine, TextToSpeech, Utterance, Voice, VoiceChoice, VoiceError};
use async_trait::async_trait;
use bytes::Bytes;
use std::io;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

/// What people call the engine, and what its voices' ids begin with.
const NAME: &str = "espeak-ng";
const PREFIX: &str = "espeak-ng/";
/// The most bytes it may write: about twelve minutes of sound.
const MOST_SOUND: u64 = 32 * 1024 * 1024;
const MOST_TEXT: u64 = 1024 * 1024;
/// Words a minute at a rate of 1, and what it takes.
const NORMAL_SPEED: f64 = domain::VoiceState::NORMAL_WORDS_PER_MINUTE;
const SPEEDS: (f64, f64) = (80.0, 450.0);

/// How espeak-ng is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EspeakSettings {
    /// The program: a name to be found on PATH, or a path.
    pub program: String,
    /// The voice where none is chosen, such as `en-us`.
    pub voice: String,
    /// How long it may take.
    pub timeout: Duration,
}

impl Default for EspeakSettings {
    fn default() -> Self {
        Self { program: NAME.to_owned(), voice: "en".to_owned(), timeout: Duration::from_secs(30) }
    }
}

/// The process. It never sees a shell; the text goes over its standard input.
#[derive(Debug)]
pub struct Espeak {
    settings: EspeakSettings,
    /// The voices it listed last: no other text becomes an argument.
    known: Mutex<Vec<String>>,
}

impl Espeak {
    /// Runs nothing yet.
    pub fn new(settings: EspeakSettings) -> Self {
        Self { settings, known: Mutex::default() }
    }

    async fn run(&self, arguments: &[&str], input: &str, most: u64) -> Result<Bytes, VoiceError> {
        let late = || VoiceError::Timeout {
            engine: NAME.to_owned(),
            seconds: self.settings.timeout.as_secs().max(1),
        };
        let ran = tokio::time::timeout(self.settings.timeout, self.run_unbounded(arguments, input, most));
        // The process is killed when it is dropped.
        ran.await.unwrap_or_else(|_| Err(late()))
    }

    async fn run_unbounded(&self, arguments: &[&str], input: &str, most: u64) -> Result<Bytes, VoiceError> {
        let mut child = Command::new(&self.settings.program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| unreachable(&error))?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let feed = async {
            if let Some(mut stdin) = stdin {
                // A program that ends early says why by its status.
                stdin.write_all(input.as_bytes()).await.ok();
            }
        };
        let ((), out, errors) = tokio::join!(feed, read(stdout, most), read(stderr, MOST_TEXT));
        let (out, errors) = (out.map_err(|error| failed(&error))?, errors.map_err(|error| failed(&error))?);
        if out.len() as u64 >= most {
            return Err(failed(&format!("it wrote more than {most} bytes")));
        }
        let status = child.wait().await.map_err(|error| failed(&error))?;
        if status.success() {
            return Ok(out.into());
        }
        Err(failed(&format!("it ended with {status}: {}", cut(&String::from_utf8_lossy(&errors)))))
    }

    /// What it calls a voice: one it has listed, or the one of the settings.
    fn voice(&self, choice: Option<&VoiceChoice>) -> String {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match choice {
            Some(VoiceChoice::Named(id)) if known.contains(id) => {
                id.strip_prefix(PREFIX).unwrap_or(id).to_owned()
            }
            _ => self.settings.voice.clone(),
        }
    }
}

#[async_trait]
impl Engine for Espeak {
    fn name(&self) -> &str {
        NAME
    }

    /// A program that is installed stays so.
    fn interval(&self) -> Duration {
        Duration::from_secs(600)
    }

    async fn probe(&self) -> Result<Vec<Voice>, VoiceError> {
        let listed = self.run(&["--voices"], "", MOST_TEXT).await?;
        let voices = voices(&String::from_utf8_lossy(&listed));
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) =
            voices.iter().map(|voice| voice.id.clone()).collect();
        Ok(voices)
    }
}

#[async_trait]
impl TextToSpeech for Espeak {
    async fn speak(&self, utterance: &Utterance) -> Result<Audio, VoiceError> {
        let whole = |value: f64, least: f64, most: f64| value.clamp(least, most).round().to_string();
        let speed = whole(NORMAL_SPEED * utterance.rate, SPEEDS.0, SPEEDS.1);
        let pitch = whole(50.0 * utterance.pitch, 0.0, 99.0);
        let volume = whole(100.0 * utterance.volume, 0.0, 200.0);
        let voice = self.voice(utterance.voice.as_ref());
        let arguments =
            ["--stdin", "--stdout", "-b", "1", "-v", &voice, "-s", &speed, "-p", &pitch, "-a", &volume];
        let out = self.run(&arguments, &utterance.text, MOST_SOUND).await?;
        let audio = Audio::read(out).map_err(|error| failed(&error))?;
        // It writes the header before it knows the length.
        join([&audio]).ok_or_else(|| failed(&"it wrote no WAV"))
    }

    fn may_have(&self, voice: &str) -> bool {
        voice.starts_with(PREFIX)
    }

    fn heeds(&self) -> &'static [&'static str] {
        &["rate", "pitch", "volume"]
    }
}

async fn read(from: Option<impl AsyncRead + Unpin>, most: u64) -> io::Result<Vec<u8>> {
    let mut read = Vec::new();
    if let Some(from) = from {
        from.take(most).read_to_end(&mut read).await?;
    }
    Ok(read)
}

fn unreachable(error: &io::Error) -> VoiceError {
    let detail = match error.kind() {
        io::ErrorKind::NotFound => "it is not installed".to_owned(),
        _ => format!("it does not start: {error}"),
    };
    VoiceError::Unreachable { engine: NAME.to_owned(), detail }
}

fn failed(why: &dyn std::fmt::Display) -> VoiceError {
    VoiceError::Failed { engine: NAME.to_owned(), detail: why.to_string() }
}

/// The voices of its table: priority, language, age and gender, name, file.
fn voices(table: &str) -> Vec<Voice> {
    let voice = |line: &str| {
        let mut columns = line.split_whitespace();
        let (language, name) = (columns.nth(1)?, columns.nth(1)?);
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let fits = language.starts_with(|c: char| c.is_ascii_alphanumeric()) && language.chars().all(plain);
        fits.then(|| Voice {
            id: format!("{PREFIX}{language}"),
            name: name.replace('_', " "),
            language: Some(language.to_owned()),
        })
    };
    let mut voices: Vec<Voice> = table.lines().skip(1).filter_map(voice).collect();
    voices.sort_by(|one, other| one.id.cmp(&other.id));
    voices.dedup_by(|one, other| one.id == other.id);
    voices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_table_is_read_by_columns() {
        let table = "Pty Language       Age/Gender VoiceName          File                 Other Languages \n \
            5  en-gb           --/M      English_(Great_Britain) gmw/en      (en 2)\n \
            2  en-us           --/M      English_(America)  gmw/en-US            (en 3)\n \
            5  --help          --/M      Bad    x\nshort\n";
        let voices = voices(table);
        let ids: Vec<_> = voices.iter().map(|voice| voice.id.as_str()).collect();
        assert_eq!(ids, ["espeak-ng/en-gb", "espeak-ng/en-us"]);
        assert_eq!(voices[0].name, "English (Great Britain)");
    }

    #[tokio::test]
    async fn without_the_program_it_says_so() {
        let espeak =
            Espeak::new(EspeakSettings { program: "no-such-program".into(), ..EspeakSettings::default() });
        let error = espeak.probe().await.unwrap_err();
        assert!(error.to_string().contains("not installed"), "{error}");
    }

    #[tokio::test]
    async fn a_program_that_hangs_or_never_stops_is_ended() {
        let of = |program: &str| {
            let (program, timeout) = (program.to_owned(), Duration::from_millis(300));
            Espeak::new(EspeakSettings { program, timeout, ..EspeakSettings::default() })
        };
        let hangs = of("sleep").run(&["60"], "", MOST_TEXT).await;
        assert!(matches!(hangs, Err(VoiceError::Timeout { .. })), "{hangs:?}");
        let patient = Espeak::new(EspeakSettings { program: "yes".into(), ..EspeakSettings::default() });
        let endless = patient.run(&[], "", 1000).await.unwrap_err();
        assert!(endless.to_string().contains("more than"), "{endless}");
        let fails = of("false").run(&[], "", 1000).await.unwrap_err();
        assert!(fails.to_string().contains("exit status: 1"), "{fails}");
    }
}
