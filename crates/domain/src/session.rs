//! One conversation.

use crate::{MessageId, Role, Scope, SessionCategory, SessionId, Timestamp};

/// One conversation, with what a list needs kept on it, so that no list asks for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// What it is called.
    pub title: Title,
    /// Whether the title was set by hand; the first message no longer changes it then.
    pub title_by_hand: bool,
    /// The drawer it lies in.
    pub category: SessionCategory,
    /// Whom it is with.
    pub scope: Scope,
    /// Kept at the top by the Founder.
    pub pinned: bool,
    /// Put away by the Founder; still readable, still found.
    pub archived: bool,
    /// How many messages the branch shown holds, replies in the making included.
    pub message_count: i64,
    /// How many messages are on other branches.
    pub set_aside: i64,
    /// The newest message of the branch shown: the one that the next message follows.
    pub tip: Option<MessageId>,
    /// The newest message of the branch shown that has text.
    pub last_message: Option<LastMessage>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed; lists are in this order.
    pub updated_at: Timestamp,
    /// When it was put into the trash.
    pub deleted_at: Option<Timestamp>,
}

impl Session {
    /// A session as it is when it is made: empty, in the drawer of its scope.
    pub const fn new(id: SessionId, title: Title, title_by_hand: bool, scope: Scope, at: Timestamp) -> Self {
        Self {
            id,
            title,
            title_by_hand,
            category: scope.category(),
            scope,
            pinned: false,
            archived: false,
            message_count: 0,
            set_aside: 0,
            tip: None,
            last_message: None,
            created_at: at,
            updated_at: at,
            deleted_at: None,
        }
    }
}

/// The newest message of a session in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastMessage {
    /// Who spoke, as a role.
    pub role: Role,
    /// Who spoke, by name.
    pub speaker_name: String,
    /// How the text begins.
    pub preview: Preview,
    /// When it was said.
    pub created_at: Timestamp,
}

/// A session's title: one line, at most 200 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title(String);

impl Title {
    /// The most characters a title set by hand may have.
    pub const MAX_CHARS: usize = 200;
    const FROM_TEXT_CHARS: usize = 60;

    /// The title of a session nobody has spoken in.
    pub fn untitled() -> Self {
        Self("New chat".to_owned())
    }

    /// A title set by hand: trimmed; `None` when blank, longer than [`Self::MAX_CHARS`] or with control characters.
    pub fn by_hand(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = !text.is_empty()
            && text.chars().count() <= Self::MAX_CHARS
            && !text.chars().any(char::is_control);
        fits.then(|| Self(text.to_owned()))
    }

    /// The title that a first message gives: its first line with text, at most 60 characters.
    pub fn from_text(text: &str) -> Self {
        let visible = |c: &char| !c.is_control();
        let line = text.lines().map(str::trim).find(|line| line.chars().any(|c| visible(&c) && c != ' '));
        let mut title: String =
            line.unwrap_or_default().chars().filter(visible).take(Self::FROM_TEXT_CHARS).collect();
        title.truncate(title.trim_end().len());
        if title.is_empty() { Self::untitled() } else { Self(title) }
    }

    /// A title read back from the database.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How a text begins: at most 120 characters, white space folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview(String);

impl Preview {
    const CHARS: usize = 120;

    /// The beginning of a text.
    pub fn of(text: &str) -> Self {
        let mut preview = String::with_capacity(Self::CHARS);
        let mut left = Self::CHARS;
        for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty())
        {
            if !preview.is_empty() {
                if left <= 1 {
                    break;
                }
                preview.push(' ');
                left -= 1;
            }
            for c in word.chars().take(left) {
                preview.push(c);
                left -= 1;
            }
            if left == 0 {
                break;
            }
        }
        Self(preview)
    }

    /// A preview read back from the database.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_of_the_first_message_gives_the_title() {
        assert_eq!(Title::from_text("\n  Hello there  \nmore").as_str(), "Hello there");
        assert_eq!(Title::from_text(&"é".repeat(80)).as_str(), "é".repeat(60));
        assert_eq!(Title::from_text("\u{1}\u{2}").as_str(), "New chat");
        assert_eq!(Title::by_hand("  Budget "), Some(Title("Budget".into())));
        assert_eq!(Title::by_hand(" \n "), None);
        assert_eq!(Title::by_hand(&"x".repeat(201)), None);
    }

    #[test]
    fn a_preview_is_one_line_of_at_most_120_characters() {
        assert_eq!(Preview::of(" a\n\n b\tc ").as_str(), "a b c");
        assert_eq!(Preview::of(&"漢".repeat(500)).as_str().chars().count(), 120);
        assert_eq!(Preview::of(&"ab ".repeat(500)).as_str().chars().count(), 119);
    }
}
