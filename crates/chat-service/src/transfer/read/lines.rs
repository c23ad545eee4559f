//! Our JSONL.

use super::{BEGINNING, LARGEST, Talk, skip_mark, unreadable};
use crate::transfer::lossless::{message_of, session_of};
use domain::view::{EXPORT_VERSION, ExportLine, MessageRecord, SessionRecord};
use serde::Deserialize;
use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};

/// What a line says it is.
#[derive(Deserialize)]
struct Kind {
    kind: String,
}

/// Whether a file begins with the first line of an export.
pub(super) fn is_head(file: &mut BufReader<File>) -> Result<bool, String> {
    let mut line = Vec::new();
    file.by_ref().take(BEGINNING).read_until(b'\n', &mut line).map_err(|error| unreadable(&error))?;
    match serde_json::from_slice(&line) {
        Ok(ExportLine::Head(head)) if head.version > EXPORT_VERSION => Err(format!(
            "it has the form {}, and this program knows forms up to {EXPORT_VERSION}",
            head.version
        )),
        Ok(ExportLine::Head(_)) => Ok(true),
        _ => Ok(false),
    }
}

/// A file that is read line by line.
struct Lines<'t> {
    take: &'t mut dyn FnMut(Talk) -> bool,
    /// The session whose messages come.
    talk: Option<Talk>,
    /// How many bytes its lines have.
    size: u64,
}

pub(super) fn each(mut file: BufReader<File>, take: &mut dyn FnMut(Talk) -> bool) -> Result<(), String> {
    skip_mark(&mut file)?;
    let mut lines = Lines { take, talk: None, size: 0 };
    let (mut line, mut offset) = (Vec::new(), 0_u64);
    for number in 1_u64.. {
        let begin = offset;
        let whole = next(&mut file, &mut line, &mut offset).map_err(|error| unreadable(&error))?;
        let Some(whole) = whole else { break };
        let read = match whole {
            true if line.trim_ascii().is_empty() => continue,
            true => serde_json::from_slice(&line).map_err(|error| error.to_string()),
            false => Err(format!("it is longer than {LARGEST} bytes")),
        };
        lines.size += offset - begin;
        let taken = match read {
            Ok(ExportLine::Head(_)) => true,
            Ok(ExportLine::Session(session)) => lines.session(number, begin, session),
            Ok(ExportLine::Message(message)) => lines.message(number, message),
            Err(why) if whole && is_session(&line) => {
                lines.begin(begin, Talk::left_out(format!("line {number}"), why))
            }
            Err(why) => lines.leave_out(number, why),
        };
        if !taken {
            return Ok(());
        }
    }
    lines.flush(offset);
    Ok(())
}

/// The next line; none at the end of the file. Gives whether it is whole: what is too long is passed over.
fn next(file: &mut BufReader<File>, line: &mut Vec<u8>, offset: &mut u64) -> std::io::Result<Option<bool>> {
    line.clear();
    let mut read = file.by_ref().take(LARGEST).read_until(b'\n', line)? as u64;
    *offset += read;
    if read == 0 {
        return Ok(None);
    }
    let whole = read < LARGEST || line.ends_with(b"\n");
    let mut more = !whole;
    while more {
        line.clear();
        read = file.by_ref().take(LARGEST).read_until(b'\n', line)? as u64;
        *offset += read;
        more = read == LARGEST && !line.ends_with(b"\n");
    }
    Ok(Some(whole))
}

fn is_session(line: &[u8]) -> bool {
    serde_json::from_slice::<Kind>(line).is_ok_and(|it| it.kind == "session")
}

impl Lines<'_> {
    fn session(&mut self, number: u64, begin: u64, record: SessionRecord) -> bool {
        let at = format!("line {number}");
        let talk = match session_of(record) {
            Ok(session) => Talk { session: Some((session, Vec::new())), ..Talk::new(at) },
            Err(why) => Talk::left_out(at, why),
        };
        self.begin(begin, talk)
    }

    fn begin(&mut self, offset: u64, talk: Talk) -> bool {
        let taken = self.flush(offset);
        self.talk = Some(talk);
        taken
    }

    /// The session is whole.
    fn flush(&mut self, offset: u64) -> bool {
        self.size = 0;
        let Some(mut talk) = self.talk.take() else { return true };
        talk.done_bytes = i64::try_from(offset).unwrap_or(i64::MAX);
        (self.take)(talk)
    }

    fn message(&mut self, number: u64, record: MessageRecord) -> bool {
        let room = self.size <= LARGEST;
        let Some(talk) = &mut self.talk else {
            return self.leave_out(number, "no session stands before it".to_owned());
        };
        let Some((session, messages)) = &mut talk.session else {
            talk.report.messages.left_out += 1;
            return true;
        };
        let why = match message_of(record) {
            Ok(it) if it.message.session_id != session.id => {
                format!("it is of session {}", it.message.session_id)
            }
            Ok(_) if !room => format!("its session is larger than {LARGEST} bytes"),
            Ok(it) => {
                messages.push(it);
                return true;
            }
            Err(why) => why,
        };
        self.leave_out(number, why)
    }

    /// What a line holds is left out.
    fn leave_out(&mut self, number: u64, why: String) -> bool {
        let talk = self.talk.get_or_insert_with(|| Talk::new(String::new()));
        talk.report.messages.left_out += 1;
        let at = std::mem::replace(&mut talk.at, format!("line {number}"));
        talk.remark(format!("left out: {why}"));
        talk.at = at;
        true
    }
}
