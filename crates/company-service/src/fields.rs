//! What may stand in a field.

use crate::CompanyError;
use domain::{Grantee, Slug};

/// An agent's kinds of work.
const KINDS: [&str; 7] = ["technical", "strategic", "creative", "analytical", "sales", "support", "legal"];

fn impossible(field: &'static str, detail: impl Into<String>) -> CompanyError {
    CompanyError::Unprocessable { field, detail: detail.into() }
}

/// A text on one line, trimmed: 1 to `most` characters, none of them a control character.
pub(crate) fn line(field: &'static str, text: &str, most: usize) -> Result<String, CompanyError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > most || text.chars().any(char::is_control) {
        return Err(impossible(field, format!("is 1 to {most} characters on one line")));
    }
    Ok(text.to_owned())
}

/// A text of at most `most` characters, empty or on many lines, kept to the letter; without NUL.
pub(crate) fn text(field: &'static str, text: &str, most: usize) -> Result<String, CompanyError> {
    if text.chars().count() > most || text.contains('\0') {
        return Err(impossible(field, format!("is at most {most} characters, none of them NUL")));
    }
    Ok(text.to_owned())
}

/// A sender's own id of what it sends: 1 to 200 characters, none of them a control character.
pub(crate) fn client_message_id(id: &str) -> Result<(), CompanyError> {
    if id.is_empty() || id.chars().count() > 200 || id.chars().any(char::is_control) {
        let detail = "is 1 to 200 characters without control characters".to_owned();
        return Err(CompanyError::Invalid { field: "client_message_id", detail });
    }
    Ok(())
}

/// A colour, `#RRGGBB`.
pub(crate) fn color(text: &str) -> Result<String, CompanyError> {
    let digits = text.strip_prefix('#').unwrap_or_default();
    if digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Ok(text.to_owned());
    }
    Err(impossible("color", "is # and six hexadecimal digits, such as #4169E1"))
}

/// An agent's kind of work.
pub(crate) fn kind(word: &str) -> Result<String, CompanyError> {
    if KINDS.contains(&word) {
        return Ok(word.to_owned());
    }
    Err(impossible("type", format!("is one of {}", KINDS.join(", "))))
}

/// A place in a list.
pub(crate) fn position(place: i64) -> Result<i32, CompanyError> {
    match i32::try_from(place) {
        Ok(place) if place >= 0 => Ok(place),
        _ => Err(impossible("position", format!("is 0 to {}", i32::MAX))),
    }
}

/// A slug that was given.
pub(crate) fn slug(text: &str) -> Result<Slug, CompanyError> {
    Slug::parse(text).map_err(|error| impossible("slug", error.to_string()))
}

/// Refuses a slug that means something else: Daena, or one of these words of the API.
pub(crate) fn free_slug(slug: &Slug, words: &[&str]) -> Result<(), CompanyError> {
    match slug.as_str() == Grantee::DAENA || words.contains(&slug.as_str()) {
        true => Err(impossible("slug", format!("{slug} means something else here; name another"))),
        false => Ok(()),
    }
}

/// A slug made from words: their letters and digits in lower case, all else as single hyphens.
pub(crate) fn slug_of(words: &str) -> Result<Slug, CompanyError> {
    let mut made = String::new();
    for c in words.chars() {
        match c.to_ascii_lowercase() {
            c if c.is_ascii_alphanumeric() => made.push(c),
            _ if made.is_empty() || made.ends_with('-') => {}
            _ => made.push('-'),
        }
    }
    made.truncate(64);
    let made = made.trim_end_matches('-');
    Slug::parse(made).map_err(|_| impossible("slug", "cannot be made from the name; name one"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_made_of_a_names_plain_letters() {
        for (name, slug) in [
            ("Research & Development", "research-development"),
            ("  Ünïcode 42!", "n-code-42"),
            (&"x".repeat(100), &"x".repeat(64)),
        ] {
            assert_eq!(slug_of(name).unwrap().as_str(), slug);
        }
        assert!(slug_of("漢字").is_err());
    }

    #[test]
    fn a_colour_is_six_digits_behind_a_hash() {
        assert!(color("#4169E1").is_ok() && color("#ffffff").is_ok());
        for bad in ["", "#fff", "4169E1", "#4169E", "#4169G1", "#4169E12", "red"] {
            assert!(color(bad).is_err(), "{bad}");
        }
    }
}
