//! A growing text as sentences, and as one says them.

/// A sentence that goes on this long is cut at a space, and one without any at twice that: what is whole is not looked at again.
const LONGEST: usize = 300;
/// What ends with a dot and no sentence.
const SHORT: &[&str] =
    &["mr", "mrs", "ms", "dr", "prof", "st", "vs", "etc", "e.g", "i.e", "no", "inc", "ltd", "approx"];

/// Cuts a text that is still coming into sentences.
#[derive(Debug, Default)]
pub(super) struct Sentences {
    rest: String,
    in_code: bool,
}

impl Sentences {
    /// Takes more of the text; gives the sentences that are whole now, as one says them.
    pub(super) fn push(&mut self, text: &str) -> Vec<String> {
        self.rest.push_str(text);
        let mut whole = Vec::new();
        while let Some(end) = end(&self.rest) {
            let sentence: String = self.rest.drain(..end).collect();
            whole.extend(self.said(&sentence));
        }
        whole
    }

    /// What is left when no more comes.
    pub(super) fn finish(mut self) -> Option<String> {
        let rest = std::mem::take(&mut self.rest);
        self.said(&rest)
    }

    /// A sentence without marks that nobody says; code is left out.
    fn said(&mut self, sentence: &str) -> Option<String> {
        let mut said = String::new();
        for (n, part) in sentence.split("```").enumerate() {
            self.in_code ^= n > 0;
            if !self.in_code {
                said.push_str(part);
            }
        }
        let said = unlinked(&said);
        let marks = |c: char| matches!(c, '*' | '#' | '`' | '_' | '|' | '>' | '~' | '\u{0}');
        let words =
            said.split_whitespace().map(|word| word.trim_matches(marks)).filter(|word| !word.is_empty());
        let line = words.collect::<Vec<_>>().join(" ");
        let line = line.trim_start_matches("- ").trim();
        line.chars().any(char::is_alphanumeric).then(|| line.to_owned())
    }
}

/// Where the first sentence ends, if it is whole: behind its mark and the white space after it.
fn end(text: &str) -> Option<usize> {
    let mut chars = text.char_indices().peekable();
    let mut space = None;
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().copied();
        match c {
            '\n' => return Some(at + 1),
            '.' | '!' | '?' | '…' | '。' | '！' | '？' => {
                let wide = matches!(c, '。' | '！' | '？');
                match next {
                    Some((behind, space))
                        if wide || (space.is_whitespace() && !is_short(text.get(..at)?, c)) =>
                    {
                        return Some(if wide { behind } else { behind + space.len_utf8() });
                    }
                    _ => {}
                }
            }
            c if c.is_whitespace() => space = Some(at + c.len_utf8()),
            _ => {}
        }
        if at > LONGEST && space.is_some() {
            return space;
        }
        if at > 2 * LONGEST {
            return Some(at);
        }
    }
    None
}

/// Whether a dot belongs to the word before it: "Dr.", "1."
fn is_short(before: &str, mark: char) -> bool {
    let word = before.rsplit(char::is_whitespace).next().unwrap_or_default().to_lowercase();
    mark == '.'
        && (SHORT.contains(&word.as_str()) || (word.len() <= 2 && word.bytes().all(|c| c.is_ascii_digit())))
}

/// Links as their words alone: `[words](address)`.
fn unlinked(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, link)) = rest.split_once('[') {
        plain.push_str(before);
        let words =
            link.split_once("](").and_then(|(words, behind)| Some((words, behind.split_once(')')?.1)));
        match words {
            Some((words, behind)) => {
                plain.push_str(words);
                rest = behind;
            }
            None => rest = link,
        }
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sentences of a text that comes letter by letter, which have to be those of the text that comes at once.
    fn of(text: &str) -> Vec<String> {
        let all = |parts: &mut dyn Iterator<Item = String>| {
            let mut sentences = Sentences::default();
            let mut whole: Vec<String> = Vec::new();
            parts.for_each(|part| whole.extend(sentences.push(&part)));
            whole.extend(sentences.finish());
            whole
        };
        let slowly = all(&mut text.chars().map(String::from));
        assert_eq!(all(&mut std::iter::once(text.to_owned())), slowly);
        slowly
    }

    #[test]
    fn sentences_end_at_their_marks() {
        assert_eq!(of("One. Two! Three? Four"), ["One.", "Two!", "Three?", "Four"]);
        assert_eq!(of("Dr. Who has 3.14 apples. Fine."), ["Dr. Who has 3.14 apples.", "Fine."]);
        assert_eq!(of("1. First\n2. Second"), ["1. First", "2. Second"]);
        assert_eq!(of("漢字。二つ。"), ["漢字。", "二つ。"]);
        assert_eq!(of(""), [""; 0]);
        assert_eq!(of("…\n\n---\n"), [""; 0]);
    }

    #[test]
    fn marks_links_and_code_are_not_said() {
        assert_eq!(
            of("## **Bold** claim\n- see [the page](http://x/y). Done."),
            ["Bold claim", "see the page.", "Done."]
        );
        assert_eq!(of("Run this:\n```sh\nrm -rf x. Now!\n```\nThen rest."), ["Run this:", "Then rest."]);
    }

    #[test]
    fn a_sentence_without_end_is_cut_at_a_space() {
        let cut = of(&"word ".repeat(200));
        assert!(cut.len() > 2 && cut.iter().all(|it| it.len() <= LONGEST + 10), "{cut:?}");
    }
}
