//! A session to read, as one page: nothing of it comes from elsewhere, and no text of a talk becomes markup.

use super::markdown::{call_state, moment, remark, tool};
use domain::{Message, Role, Session};
use std::fmt::Write as _;

const HEAD: &str = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
<style>\n\
body { font: 16px/1.5 system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; color: #1d2330; }\n\
header { border-bottom: 1px solid #d5d9e2; margin-bottom: 1.5rem; }\n\
section { margin: 0 0 1.25rem; padding: .75rem 1rem; border-radius: .5rem; background: #f3f5f9; }\n\
section.user { background: #e8f0ff; }\n\
h2 { font-size: 1rem; margin: 0 0 .5rem; }\n\
h2 time, header p, .remark { font-weight: normal; color: #5a6478; }\n\
.text, aside { white-space: pre-wrap; overflow-wrap: anywhere; }\n\
aside { border-left: 3px solid #c3cad8; margin: 0 0 .5rem; padding-left: .75rem; }\n\
</style>\n";

/// The end of the page.
pub(super) const TAIL: &str = "</main>\n</body>\n</html>\n";

pub(super) fn head(out: &mut String, session: &Session) {
    let title = escape(session.title.as_str());
    out.push_str(HEAD);
    // Writing to a string does not fail.
    write!(out, "<title>{title}</title>\n</head>\n<body>\n<header>\n<h1>{title}</h1>\n").ok();
    let (from, to) = (moment(session.created_at), moment(session.updated_at));
    write!(out, "<p>{from} to {to}, {} messages", session.message_count).ok();
    if session.set_aside > 0 {
        write!(out, ", {} more on other branches", session.set_aside).ok();
    }
    out.push_str("</p>\n</header>\n<main>\n");
}

pub(super) fn message(out: &mut String, message: &Message) {
    let class = match message.role {
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::System => "system",
    };
    let (name, at) = (escape(&message.speaker.name), message.created_at);
    writeln!(out, "<section class=\"{class}\">").ok();
    writeln!(out, "<h2>{name} <time datetime=\"{at}\">{}</time></h2>", moment(at)).ok();
    for note in message.notes.iter().filter(|note| !note.note.is_empty()) {
        let (name, role) = (escape(&note.agent_name), escape(&note.agent_role));
        writeln!(out, "<aside><b>{name}</b> ({role}): {}</aside>", escape(&note.note)).ok();
    }
    for call in &message.tool_calls {
        writeln!(out, "<p class=\"remark\">Tool <b>{}</b>: {}</p>", escape(&tool(call)), call_state(call))
            .ok();
    }
    if let Some(remark) = remark(&message.state) {
        writeln!(out, "<p class=\"remark\">{}</p>", escape(&remark)).ok();
    }
    writeln!(out, "<div class=\"text\">{}</div>\n</section>", escape(&message.content)).ok();
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 16);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // No character of a page.
            '\0' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn no_text_is_markup() {
        assert_eq!(escape("<a href='x'>\"&\0"), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;\u{fffd}");
    }
}
