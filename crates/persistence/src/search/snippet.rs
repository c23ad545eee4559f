//! The part of a text that shows why it was found.

use super::matching::matches;
use super::query::Term;
use super::words::is_attached;
use std::ops::{ControlFlow, Range};

/// About how many characters a snippet has.
const LENGTH: usize = 160;
/// About how many of them stand before the first match.
const BEFORE: usize = 48;

/// The text around the first match as HTML: matches are marked, everything else is escaped, and white space is one space.
pub(crate) fn snippet(text: &str, terms: &[Term]) -> String {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut until = usize::MAX;
    matches(text, terms, |begins, ended| {
        found.extend(ended.map(|found| found.at));
        if let (usize::MAX, Some(first)) = (until, found.first()) {
            until = first.start.saturating_add(4 * LENGTH);
        }
        if begins < until { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    found.sort_by_key(|found| found.start);
    let part = window(text, found.first());
    let mut html = String::with_capacity(2 * LENGTH);
    html.push_str(if part.start > 0 { "…" } else { "" });
    let mut at = part.start;
    for mark in found {
        let mark = mark.start.max(at)..mark.end.min(part.end);
        if mark.is_empty() {
            continue;
        }
        escape(text.get(at..mark.start), &mut html);
        html.push_str("<mark>");
        escape(text.get(mark.clone()), &mut html);
        html.push_str("</mark>");
        at = mark.end;
    }
    escape(text.get(at..part.end), &mut html);
    html.push_str(if part.end < text.len() { "…" } else { "" });
    html
}

/// What to show: cut between words where there are spaces, and never within a character.
fn window(text: &str, first: Option<&Range<usize>>) -> Range<usize> {
    let (found, found_end) = first.map_or((0, 0), |first| (first.start, first.end));
    let before = text.get(..found).unwrap_or_default();
    let mut start = before.char_indices().rev().nth(BEFORE - 1).map_or(0, |(at, _)| at);
    if start > 0 {
        let cut = before.get(start..).unwrap_or_default();
        start += cut.find(char::is_whitespace).unwrap_or(0);
        start = text.len() - text.get(start..).unwrap_or_default().trim_start_matches(starts_no_part).len();
    }
    let rest = text.get(start..).unwrap_or_default();
    let Some((length, _)) = rest.char_indices().nth(LENGTH) else { return start..text.len() };
    let mut end = start + length;
    let after_match = found_end.clamp(start, end);
    match text.get(after_match..end).unwrap_or_default().rfind(char::is_whitespace) {
        Some(space) if space > 0 => end = after_match + space,
        _ => end += attached(text.get(end..).unwrap_or_default()),
    }
    start..end
}

/// How many bytes at the beginning belong to the character before; of endless ones only some.
fn attached(text: &str) -> usize {
    text.chars().take(16).take_while(|c| is_attached(*c)).map(char::len_utf8).sum()
}

/// White space, and what belongs to a character that is cut off.
fn starts_no_part(c: char) -> bool {
    c.is_whitespace() || is_attached(c)
}

fn escape(text: Option<&str>, html: &mut String) {
    for c in text.unwrap_or_default().chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ if c.is_whitespace() || c.is_control() => {
                if !html.ends_with(' ') && !html.is_empty() {
                    html.push(' ');
                }
            }
            _ => html.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SearchQuery;

    fn of(query: &str, text: &str) -> String {
        snippet(text, query.parse::<SearchQuery>().unwrap().wanted())
    }

    #[test]
    fn matches_are_marked_and_everything_else_is_escaped() {
        assert_eq!(
            of("big", "a <b>Big</b> & \"big\" 'un"),
            "a &lt;b&gt;<mark>Big</mark>&lt;/b&gt; &amp; &quot;<mark>big</mark>&quot; &#39;un"
        );
        assert_eq!(of("\"the plan\" plan", "The\n\n plan"), "<mark>The plan</mark>");
        assert_eq!(of("caf*", "Cafe\u{301}s"), "<mark>Cafe\u{301}s</mark>");
        assert_eq!(of("本", "日本語"), "日<mark>本</mark>語");
        assert_eq!(of("本語", "日本語"), "日<mark>本語</mark>");
        assert_eq!(of("👍", "ok👍🏽!"), "ok<mark>👍🏽</mark>!");
    }

    #[test]
    fn long_texts_are_cut_between_words_around_the_first_match() {
        let text = format!("{}needle {}", "before it ".repeat(50), "after it ".repeat(50));
        let html = of("needle", &text);
        assert!(html.starts_with("…before it ") || html.starts_with("…it before "), "{html}");
        assert!(html.contains(" <mark>needle</mark> after it "));
        assert!(html.ends_with("after…") || html.ends_with("it…"), "{html}");
        let shown = html.chars().count() - "<mark></mark>……".chars().count();
        assert!((130..=160).contains(&shown), "{shown}");
    }

    #[test]
    fn a_text_without_spaces_is_cut_between_characters() {
        let text = "ที่".repeat(200) + "หา" + &"นี่".repeat(200);
        let html = of("หา", &text);
        assert!(html.starts_with("…ที่ที่") && html.contains("ที่<mark>หา</mark>นี่"), "{html}");
        assert!(html.ends_with("นี่…") && html.chars().count() < 200, "{html}");
        let one_word = "x".repeat(100_000);
        let html = of(&format!("{}*", "x".repeat(90)), &one_word);
        assert!(html.starts_with("<mark>xxx") && html.ends_with("x</mark>…") && html.len() < 300, "{html}");
    }

    #[test]
    fn a_match_far_down_is_shown_and_a_text_without_one_from_its_beginning() {
        let text = "line\n".repeat(20_000) + "at last: needle.";
        assert!(of("needle", &text).ends_with("line at last: <mark>needle</mark>."));
        assert_eq!(of("needle", "nothing"), "nothing");
        assert_eq!(of("needle", ""), "");
    }
}
