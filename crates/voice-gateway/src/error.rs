//! What can go wrong with speech.

/// Why an engine did not do what it was asked for. What an engine says is quoted, cut short.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VoiceError {
    /// No engine can do this at all.
    #[error("no speech engine here can {task}")]
    NoEngine {
        /// What was wanted, to stand after "can".
        task: &'static str,
    },
    /// The engine cannot be reached. Told at once where the probe knows it.
    #[error("the speech engine {engine} cannot be reached: {detail}")]
    Unreachable {
        /// Which.
        engine: String,
        /// As far as it is known.
        detail: String,
    },
    /// The engine took too long.
    #[error("the speech engine {engine} gave no answer within {seconds} s")]
    Timeout {
        /// Which.
        engine: String,
        /// How long it had.
        seconds: u64,
    },
    /// The engine failed, or its answer is none.
    #[error("the speech engine {engine} failed: {detail}")]
    Failed {
        /// Which.
        engine: String,
        /// What it answered.
        detail: String,
    },
    /// The engine cannot make sense of the audio.
    #[error("the speech engine {engine} cannot read this audio: {detail}")]
    Unreadable {
        /// Which.
        engine: String,
        /// What it answered.
        detail: String,
    },
    /// No engine has this voice.
    #[error("no speech engine here has the voice {voice:?}")]
    UnknownVoice {
        /// As it was asked for.
        voice: String,
    },
    /// Too much is being heard or spoken; try again shortly.
    #[error("too much is being heard or spoken: try again shortly")]
    Busy,
}

impl VoiceError {
    /// Whether another engine may do better.
    pub(crate) const fn is_the_engines(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Timeout { .. } | Self::Failed { .. })
    }
}

/// What an engine said, as a part of a line.
pub(crate) fn cut(text: &str) -> String {
    const LONGEST: usize = 200;
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}
