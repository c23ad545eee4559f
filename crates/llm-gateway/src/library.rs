//! Models as things that come and go.

use crate::GatewayError;
use async_trait::async_trait;
use futures_util::stream::BoxStream;
use std::collections::HashMap;
use std::fmt;

/// A server whose models can be fetched, put away and deleted. [`crate::ChatModel::library`] tells who can do this; on the
/// OpenAI wire nobody can.
///
/// As with [`crate::ChatModel`], no call sets a time limit of its own, and every future and stream can be dropped at any
/// moment. A name travels in a JSON body and never becomes part of a path.
#[async_trait]
pub trait ModelLibrary: Send + Sync {
    /// Fetches a model from the registry its name means. The future ends when the server has begun.
    ///
    /// The stream gives progress in order, then its end once the server has said `success`; or an error, then its end.
    /// Dropping it cancels the pull at the server. What was fetched until then stays there: asked again, the server goes
    /// on where it was, and its first numbers say so.
    ///
    /// # Errors
    ///
    /// As [`crate::ChatModel::chat`]; [`GatewayError::Model`] with the server's reason when it gives up in the middle,
    /// [`GatewayError::Disconnected`] when the stream ends without its `success`.
    async fn pull(&self, name: &ModelName) -> Result<PullStream, GatewayError>;

    /// Takes a model out of memory. That one was not in memory is no error; it comes back with its next question.
    ///
    /// # Errors
    ///
    /// [`GatewayError::UnknownModel`] when the server has no such model, otherwise as [`crate::ChatModel::chat`].
    async fn unload(&self, name: &ModelName) -> Result<(), GatewayError>;

    /// Deletes a model from disk.
    ///
    /// # Errors
    ///
    /// [`GatewayError::UnknownModel`] when the server has no such model, otherwise as [`crate::ChatModel::chat`].
    async fn delete(&self, name: &ModelName) -> Result<(), GatewayError>;
}

/// A pull on its way. Dropping it cancels the pull at the server.
pub type PullStream = BoxStream<'static, Result<PullProgress, GatewayError>>;

/// How far a pull has come. A model is fetched in several layers, one after the other or together; the numbers are of
/// the layer `digest` names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PullProgress {
    /// What the server is doing, in its words: at most 300 characters, one line. `success` is the last one.
    pub status: String,
    /// The layer the numbers are of.
    pub digest: Option<String>,
    /// How many bytes of the layer are there.
    pub completed_bytes: Option<u64>,
    /// How many bytes the layer has.
    pub total_bytes: Option<u64>,
}

/// The numbers of a whole pull, summed over the layers told of so far. The total grows while layers are still to come.
#[derive(Debug, Clone, Default)]
pub struct PullTotals {
    layers: HashMap<String, (u64, u64)>,
}

impl PullTotals {
    /// No model has that many layers; those beyond are not counted.
    const MOST: usize = 1024;

    /// Takes what was told last.
    pub fn add(&mut self, progress: &PullProgress) {
        let Some(digest) = &progress.digest else { return };
        if self.layers.len() >= Self::MOST && !self.layers.contains_key(digest) {
            return;
        }
        let (completed, total) = self.layers.entry(digest.clone()).or_default();
        *completed = progress.completed_bytes.unwrap_or(*completed);
        *total = progress.total_bytes.unwrap_or(*total);
    }

    /// How many bytes are there, those of earlier pulls included.
    pub fn completed_bytes(&self) -> u64 {
        self.layers.values().fold(0, |sum, (completed, _)| sum.saturating_add(*completed))
    }

    /// How many bytes there will be; none until a layer is told of.
    pub fn total_bytes(&self) -> Option<u64> {
        let total = self.layers.values().fold(0, |sum: u64, (_, total)| sum.saturating_add(*total));
        (total > 0).then_some(total)
    }
}

/// A name that can be a model's: 1 to 256 bytes, no control characters, no white space at either end, no URL, and between
/// slashes and colons neither `.` nor `..`. Slashes, colons and spaces are fine (`hf.co/you/a model:Q4_K_M`), and so is the
/// path of a file, by which some servers call their models.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelName(String);

/// A text that is no model's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a model's name: {reason}")]
pub struct InvalidModelName {
    /// What is wrong with it.
    pub reason: &'static str,
}

impl ModelName {
    /// The longest name, in bytes.
    pub const MAX_BYTES: usize = 256;

    /// Checks a name.
    ///
    /// # Errors
    ///
    /// [`InvalidModelName`] says what is wrong.
    pub fn parse(text: &str) -> Result<Self, InvalidModelName> {
        let refuse = |reason| Err(InvalidModelName { reason });
        if text.is_empty() {
            return refuse("it is empty");
        }
        if text.len() > Self::MAX_BYTES {
            return refuse("it is longer than 256 bytes");
        }
        if text.chars().any(char::is_control) {
            return refuse("it holds control characters");
        }
        if text.trim().len() != text.len() {
            return refuse("it begins or ends with white space");
        }
        if text.split(['/', '\\', ':']).any(|segment| matches!(segment, "." | "..")) {
            return refuse("it holds a segment . or ..");
        }
        if text.contains("://") {
            return refuse("it is a URL");
        }
        Ok(Self(text.to_owned()))
    }

    /// The name as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_slashes_colons_and_spaces() {
        for name in [
            "a",
            "llama3.2:3b",
            "library/llama3",
            "hf.co/bartowski/Llama-3.2-3B-GGUF:Q4_K_M",
            "my model: the second",
            "a..b",
            "..a",
            "/models/a.gguf",
            "C:\\models\\a.gguf",
            "模型",
            &"x".repeat(256),
        ] {
            assert_eq!(ModelName::parse(name).unwrap().to_string(), name);
        }
    }

    #[test]
    fn a_pull_is_the_sum_of_its_layers() {
        let mut totals = PullTotals::default();
        let mut tell = |digest: Option<&str>, completed_bytes, total_bytes| {
            let digest = digest.map(str::to_owned);
            totals.add(&PullProgress { status: String::new(), digest, completed_bytes, total_bytes });
            (totals.completed_bytes(), totals.total_bytes())
        };
        assert_eq!(tell(None, None, None), (0, None));
        assert_eq!(tell(Some("a"), None, Some(100)), (0, Some(100)));
        assert_eq!(tell(Some("a"), Some(60), Some(100)), (60, Some(100)));
        assert_eq!(tell(Some("b"), Some(5), Some(10)), (65, Some(110)));
        assert_eq!(tell(Some("a"), Some(100), Some(100)), (105, Some(110)));
        assert_eq!(tell(Some("c"), Some(u64::MAX), Some(u64::MAX)), (u64::MAX, Some(u64::MAX)));
    }

    #[test]
    fn what_is_no_name_is_refused_with_its_reason() {
        for (text, reason) in [
            ("", "it is empty"),
            (&*"x".repeat(257), "it is longer than 256 bytes"),
            ("a\nb", "it holds control characters"),
            ("a\0", "it holds control characters"),
            ("\u{85}a", "it holds control characters"),
            (" a", "it begins or ends with white space"),
            ("a\u{3000}", "it begins or ends with white space"),
            ("..", "it holds a segment . or .."),
            ("../../etc/passwd", "it holds a segment . or .."),
            ("a/../b", "it holds a segment . or .."),
            ("a\\..\\b", "it holds a segment . or .."),
            ("a:..", "it holds a segment . or .."),
            ("a/./b", "it holds a segment . or .."),
            ("http://host/model", "it is a URL"),
        ] {
            assert_eq!(ModelName::parse(text), Err(InvalidModelName { reason }), "{text:?}");
        }
    }
}
