//! What the Founder may call things of a council.

use crate::CompanyError;
use domain::Slug;

/// The most characters of a name or role.
const LINE: usize = 80;

fn unprocessable(field: &'static str, detail: String) -> CompanyError {
    CompanyError::Unprocessable { field, detail }
}

/// A text of one line, trimmed.
pub(super) fn line(field: &'static str, text: &str) -> Result<String, CompanyError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LINE || text.chars().any(char::is_control) {
        return Err(unprocessable(field, format!("is 1 to {LINE} characters on one line")));
    }
    Ok(text.to_owned())
}

/// A text of any number of lines, which may be empty.
pub(super) fn paragraph(field: &'static str, text: &str, most: usize) -> Result<String, CompanyError> {
    if text.contains('\0') {
        return Err(CompanyError::Invalid { field, detail: "holds a NUL character".to_owned() });
    }
    if text.chars().count() > most {
        return Err(unprocessable(field, format!("is at most {most} characters")));
    }
    Ok(text.trim().to_owned())
}

/// `#RRGGBB`.
pub(super) fn color(text: &str) -> Result<String, CompanyError> {
    let digits = text.strip_prefix('#').filter(|rest| rest.len() == 6);
    match digits.is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit())) {
        true => Ok(text.to_owned()),
        false => Err(unprocessable("color", "is # and six hexadecimal digits, such as #4169E1".to_owned())),
    }
}

/// A place in a list.
pub(super) fn position(number: i64) -> Result<i32, CompanyError> {
    let place = i32::try_from(number).ok().filter(|place| (0..=1_000_000).contains(place));
    place.ok_or_else(|| unprocessable("position", "is 0 to 1000000".to_owned()))
}

/// The slug that a name gives: its letters and digits in lower case, joined by hyphens.
pub(super) fn slug_of(name: &str) -> Result<Slug, CompanyError> {
    let lower = name.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let mut slug = words.join("-");
    slug.truncate(64);
    Slug::parse(slug.trim_end_matches('-')).map_err(|_| {
        unprocessable("name", "has no letters or digits to make a slug of: send a slug with it".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_gives_its_slug() {
        assert_eq!(slug_of("Green  Energy & Risk").unwrap().as_str(), "green-energy-risk");
        assert!(slug_of("漢字").is_err());
        assert!(slug_of(&"long ".repeat(16)).unwrap().as_str().len() <= 64);
    }

    #[test]
    fn a_colour_is_six_digits() {
        assert!(color("#00CED1").is_ok());
        for bad in ["", "red", "#12345", "#1234567", "#GGGGGG", "#éé"] {
            assert!(color(bad).is_err(), "{bad}");
        }
    }
}
