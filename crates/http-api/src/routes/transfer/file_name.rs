//! The name under which a file is kept: a title never reaches a header, or a disk, as it stands.

use domain::Session;
use std::fmt::Write as _;

/// The most characters of a title that a name keeps.
const TITLE: usize = 80;

/// The `Content-Disposition` of a session's file: its title and the day it was begun.
pub(super) fn of_session(session: &Session, ending: &str) -> String {
    let day: String = session.created_at.stamp().chars().take(8).collect();
    let title: String = session.title.as_str().chars().take(TITLE).map(harmless).collect();
    let title = title.trim_matches(['.', ' ', '-', '_']);
    match title.is_empty() {
        true => disposition(&format!("chat-{day}.{ending}")),
        false => disposition(&format!("{title}-{day}.{ending}")),
    }
}

/// A download under a name: in plain letters, and to the letter (RFC 6266, RFC 8187).
pub(super) fn disposition(name: &str) -> String {
    let plain: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    let mut header = format!("attachment; filename=\"{plain}\"");
    if plain != name {
        header.push_str("; filename*=UTF-8''");
        for byte in name.bytes() {
            match char::from(byte) {
                c if c.is_ascii() && is_plain(c) && c != ' ' => header.push(c),
                // Writing to a string does not fail.
                _ => drop(write!(header, "%{byte:02X}")),
            }
        }
    }
    header
}

const fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ')
}

/// No separator of folders, nothing a file system or a shell gives a meaning to.
fn harmless(c: char) -> char {
    match c {
        '/'
        | '\\'
        | ':'
        | '*'
        | '?'
        | '"'
        | '<'
        | '>'
        | '|'
        | '\u{200e}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' => '_',
        c if c.is_control() => '_',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::{disposition, of_session};
    use domain::{Scope, Session, SessionId, Timestamp, Title};

    fn named(title: &str) -> String {
        let id: SessionId = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
        let title = Title::stored(title.to_owned());
        let at = Timestamp::from_micros(1_767_323_045_678_901);
        of_session(&Session::new(id, title, true, Scope::General, at), "md")
    }

    #[test]
    fn a_title_becomes_a_name_that_harms_nobody() {
        assert_eq!(named("Plan B"), "attachment; filename=\"Plan B-20260102.md\"");
        let umlaut = "attachment; filename=\"_ber-20260102.md\"; filename*=UTF-8''%C3%9Cber-20260102.md";
        assert_eq!(named("Über"), umlaut);
        assert_eq!(named("../..\\"), "attachment; filename=\"chat-20260102.md\"");
        let quoted = named("a\"; filename=\"x\r\nSet-Cookie: y");
        assert!(quoted.is_ascii() && !quoted.contains(['\r', '\n']) && quoted.matches('"').count() == 2);
        assert_eq!(disposition("a.jsonl"), "attachment; filename=\"a.jsonl\"");
    }
}
