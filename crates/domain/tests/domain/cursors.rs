//! Pages and their cursors.
#![allow(clippy::unwrap_used, reason = "a helper of tests may stop at the first surprise")]

use crate::samples::{SESSION, at, slug};
use domain::{InvalidCursor, Limit, MessageCursor, Page, SessionCursor, SlugCursor, Timestamp};

fn session_cursor(updated_at: Timestamp) -> SessionCursor {
    SessionCursor { updated_at, id: SESSION.parse().unwrap() }
}

#[test]
fn cursors_have_their_wire_form() {
    assert_eq!(session_cursor(at(0)).to_string(), format!("6475ef64cf340.{SESSION}"));
    assert_eq!(MessageCursor(300).to_string(), "m12c");
    assert_eq!(SlugCursor { position: 10, slug: slug("hr-harmony") }.to_string(), "a.hr-harmony");
}

#[test]
fn every_cursor_that_is_handed_out_reads_back() {
    for micros in [i64::MIN, -1, 0, 1, i64::MAX] {
        let cursor = session_cursor(Timestamp::from_micros(micros));
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }
    for position in [i64::from(i32::MIN), -1, 0, i64::from(i32::MAX)] {
        let cursor = SlugCursor { position, slug: slug("a") };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }
    for ordinal in [1, i64::MAX] {
        assert_eq!(MessageCursor(ordinal).to_string().parse(), Ok(MessageCursor(ordinal)));
    }
}

#[test]
fn a_cursor_of_another_kind_or_of_nobody_is_refused() {
    let session = session_cursor(at(0)).to_string();
    let message = MessageCursor(300).to_string();
    let department = SlugCursor { position: 3, slug: slug("hr") }.to_string();
    let too_long = format!("{}.{SESSION}", "f".repeat(17));
    for text in [&message, &department, &too_long, "", "6475", "1.2.3", "é.é", "0.", &format!(".{SESSION}")]
    {
        assert_eq!(text.parse::<SessionCursor>(), Err(InvalidCursor), "{text}");
    }
    for text in [&session, &department, "m", "m-", "mm", "12c"] {
        assert_eq!(text.parse::<MessageCursor>(), Err(InvalidCursor), "{text}");
    }
    for text in [&message, "3.", ".hr", "3.HR", "g.hr", "3"] {
        assert_eq!(text.parse::<SlugCursor>(), Err(InvalidCursor), "{text}");
    }
}

#[test]
fn a_page_names_the_next_one_only_when_there_is_one() {
    let limit = Limit::new(2).unwrap();
    let cursor = |last: &i64| MessageCursor(*last);
    assert_eq!(Page::from_rows(vec![1, 2], limit, cursor), Page { items: vec![1, 2], next: None });
    let more = Page::from_rows(vec![1, 2, 3], limit, cursor);
    assert_eq!(more, Page { items: vec![1, 2], next: Some(MessageCursor(2)) });
    assert_eq!(more.map(|n| n * 10).items, [10, 20]);
    assert_eq!(Page::from_rows(Vec::new(), limit, cursor), Page { items: vec![], next: None });
}
