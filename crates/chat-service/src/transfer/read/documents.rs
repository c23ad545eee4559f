//! Files that are one JSON document: a list of conversations, or our own with its list of sessions.

use super::{LARGEST, Talk, skip_mark};
use crate::transfer::lossless::{message_of, session_of};
use crate::transfer::{chatgpt, open_webui};
use domain::view::{EXPORT_KIND, MessageRecord, SessionRecord};
use domain::{ImportForm, ImportRemark};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use std::cell::Cell;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::rc::Rc;

/// What a conversation is known by.
#[derive(Deserialize)]
struct Marks {
    mapping: Option<IgnoredAny>,
    chat: Option<IgnoredAny>,
    session_id: Option<IgnoredAny>,
}

fn form_of(first: &str) -> Option<ImportForm> {
    let marks: Marks = serde_json::from_str(first).ok()?;
    match marks {
        Marks { mapping: Some(_), .. } => Some(ImportForm::Chatgpt),
        Marks { chat: Some(_), .. } => Some(ImportForm::OpenWebui),
        Marks { session_id: Some(_), .. } => Some(ImportForm::DaenaJson),
        _ => None,
    }
}

/// Reads the whole document once: it is JSON to its end, and of a form that is known.
pub(super) fn check(file: BufReader<File>) -> Result<ImportForm, String> {
    let (mut first, mut ours) = (None, false);
    walk(file, &mut ours, &mut |item, _| {
        if first.is_none() {
            first = Some(form_of(item.get()));
        }
        true
    })?;
    match (first, ours) {
        (Some(Some(form)), _) => Ok(form),
        (None, true) => Ok(ImportForm::DaenaJson),
        (None, false) => Err("it holds no conversations".to_owned()),
        (Some(None), _) => {
            Err("it is no export of Daena, nor ChatGPT's conversations.json, nor an export of Open WebUI"
                .to_owned())
        }
    }
}

/// Hands over the sessions, until there are no more or nobody takes them.
pub(super) fn each(
    file: BufReader<File>,
    form: ImportForm,
    take: &mut dyn FnMut(Talk) -> bool,
) -> Result<(), String> {
    let mut number = 0_u64;
    walk(file, &mut false, &mut |item, done_bytes| {
        number += 1;
        let at = match form {
            ImportForm::DaenaJson | ImportForm::DaenaJsonl => format!("session {number}"),
            ImportForm::Chatgpt | ImportForm::OpenWebui => format!("conversation {number}"),
        };
        let read = match form {
            ImportForm::Chatgpt => chatgpt::read(item.get(), at.clone()),
            ImportForm::OpenWebui => open_webui::read(item.get(), at.clone()),
            ImportForm::DaenaJson | ImportForm::DaenaJsonl => ours(item.get(), at.clone()),
        };
        let mut talk = read.unwrap_or_else(|why| Talk::left_out(at, why));
        talk.done_bytes = i64::try_from(done_bytes).unwrap_or(i64::MAX);
        take(talk)
    })
}

#[derive(Deserialize)]
struct Document {
    #[serde(flatten)]
    session: SessionRecord,
    messages: Vec<Value>,
}

fn ours(text: &str, at: String) -> Result<Talk, String> {
    let Document { session, messages } = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let session = session_of(session)?;
    let mut talk = Talk::new(at);
    let mut read = Vec::with_capacity(messages.len());
    for (number, message) in (1_u64..).zip(messages) {
        let record = serde_json::from_value::<MessageRecord>(message).map_err(|error| error.to_string());
        match record.and_then(message_of) {
            Ok(it) if it.message.session_id == session.id => read.push(it),
            Ok(_) => leave_out(&mut talk, number, "it is of another session"),
            Err(why) => leave_out(&mut talk, number, &why),
        }
    }
    talk.session = Some((session, read));
    Ok(talk)
}

fn leave_out(talk: &mut Talk, number: u64, why: &str) {
    talk.report.messages.left_out += 1;
    talk.remark(format!("message {number} is left out: {why}"));
}

type Take<'t> = dyn FnMut(Box<RawValue>, u64) -> bool + 't;

/// Walks the list, each item as the text it is.
fn walk(mut file: BufReader<File>, ours: &mut bool, take: &mut Take<'_>) -> Result<(), String> {
    skip_mark(&mut file)?;
    let meter = Rc::new(Meter::default());
    let mut json = serde_json::Deserializer::from_reader(Metered { file, meter: Rc::clone(&meter) });
    let mut stopped = false;
    let list = List { take, meter: &meter, stopped: &mut stopped, ours };
    let walked = list.deserialize(&mut json).and_then(|()| json.end());
    match walked {
        Err(_) if stopped => Ok(()),
        Err(_) if meter.since.get() > LARGEST => {
            Err(format!("a conversation in it is larger than {LARGEST} bytes"))
        }
        walked => {
            walked.map_err(|error| ImportRemark::brief(format!("it is no JSON, or not to its end: {error}")))
        }
    }
}

/// How much was read, in all and of the present item.
#[derive(Default)]
struct Meter {
    all: Cell<u64>,
    since: Cell<u64>,
}

struct Metered {
    file: BufReader<File>,
    meter: Rc<Meter>,
}

impl Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.meter.all.set(self.meter.all.get() + read as u64);
        self.meter.since.set(self.meter.since.get() + read as u64);
        match self.meter.since.get() > LARGEST {
            true => Err(io::Error::other("too large")),
            false => Ok(read),
        }
    }
}

/// The list, or the object that holds it as `sessions`.
struct List<'a, 't> {
    take: &'a mut Take<'t>,
    meter: &'a Meter,
    stopped: &'a mut bool,
    ours: &'a mut bool,
}

impl<'de> DeserializeSeed<'de> for List<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for List<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of conversations")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<Box<RawValue>>()? {
            self.meter.since.set(0);
            if !(self.take)(item, self.meter.all.get()) {
                *self.stopped = true;
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let Self { take, meter, stopped, ours } = self;
        while let Some(field) = fields.next_key::<String>()? {
            match field.as_str() {
                "kind" => *ours = fields.next_value::<String>()? == EXPORT_KIND,
                "sessions" => {
                    fields.next_value_seed(List {
                        take: &mut *take,
                        meter,
                        stopped: &mut *stopped,
                        ours: &mut *ours,
                    })?;
                }
                _ => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}
