//! What was heard in a recording and done for a command, for who sends it again: it stands in the book of keys for a day, beside the
//! requests' own.

use super::{COMMANDS, Obeyed, Said};
use crate::{Company, CompanyError, fields};
use chat_service::{ReadTx, StoreError, StoredAnswer, WriteTx};
use domain::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use voice_gateway::Transcript;

/// How long it is kept.
const HOURS: i64 = 24;

/// The place of something said in the book, by its sender's id.
#[derive(Debug, Clone)]
pub(super) struct Receipt {
    id: String,
    said: String,
    is_recorded: bool,
    heard: Transcript,
}

/// What is known of something said that was sent before.
#[derive(Debug)]
pub(super) enum Before {
    /// It was heard, and is to be begun still.
    Heard(Transcript),
    /// It is a message.
    Sent(Transcript),
    /// It was a command.
    Obeyed(Transcript, Obeyed),
}

impl Receipt {
    /// # Errors
    /// [`CompanyError::Invalid`] for an id that cannot be.
    pub(super) fn new(id: &str, said: &Said) -> Result<Self, CompanyError> {
        fields::client_message_id(id)?;
        let (text, is_recorded) = match said {
            Said::Text(text) => (text.clone(), false),
            Said::Audio(_) => (String::new(), true),
        };
        let heard = Transcript { text, language: None, duration_s: None };
        Ok(Self { id: id.to_owned(), said: digest(said), is_recorded, heard })
    }

    /// With what was heard.
    pub(super) fn of(self, heard: &Transcript) -> Self {
        Self { heard: heard.clone(), ..self }
    }

    /// No key of a request holds a space.
    fn key(&self) -> String {
        format!("voice {}", self.id)
    }

    fn used(&self) -> CompanyError {
        CompanyError::Conflict {
            detail: format!("client_message_id {:?} was used for something else", self.id),
        }
    }

    /// What became of it; none where it is new.
    ///
    /// # Errors
    /// [`CompanyError::Conflict`] when something else was said with this id.
    fn before(&self, tx: &mut ReadTx<'_>) -> Result<Option<Before>, CompanyError> {
        // A debate's topic is a message, too: who starts a debate looks for itself.
        let is_sent =
            tx.messages().turn_of(&self.id)?.is_some() && tx.debates().by_client_id(&self.id)?.is_none();
        Ok(match self.noted(tx)? {
            Some((heard, Some(obeyed))) => Some(Before::Obeyed(heard, obeyed)),
            Some((heard, None)) if is_sent => Some(Before::Sent(heard)),
            Some((heard, None)) => Some(Before::Heard(heard)),
            // Words are compared with the message's own.
            None => (is_sent && !self.is_recorded).then(|| Before::Sent(self.heard.clone())),
        })
    }

    /// What was done for it; none where nothing was yet.
    ///
    /// # Errors
    /// [`CompanyError::Conflict`] when something else was said with this id.
    pub(super) fn known(&self, tx: &mut ReadTx<'_>) -> Result<Option<Obeyed>, CompanyError> {
        Ok(self.noted(tx)?.and_then(|(_, obeyed)| obeyed))
    }

    fn noted(&self, tx: &mut ReadTx<'_>) -> Result<Option<(Transcript, Option<Obeyed>)>, CompanyError> {
        let Some(record) = tx.idempotency_keys().get(&self.key())? else { return Ok(None) };
        let body = record.answer.map(|answer| answer.body).unwrap_or_default();
        let kept: Value = serde_json::from_str(&body).unwrap_or_default();
        let is_message = kept.get("command").is_some_and(Value::is_null);
        if record.fingerprint != self.said {
            // What was heard may be sent as words, too.
            return if is_message && !self.is_recorded { Ok(None) } else { Err(self.used()) };
        }
        let known = (|| {
            let word = |field: &str| kept.get(field).and_then(Value::as_str);
            let heard = Transcript {
                text: word("heard")?.to_owned(),
                language: word("language").map(str::to_owned),
                duration_s: kept.get("duration_s").and_then(Value::as_f64),
            };
            if is_message {
                return Some((heard, None));
            }
            let name = COMMANDS.iter().find(|it| Some(it.name) == word("command"))?.name;
            let session_id = word("session_id").and_then(|id| id.parse().ok());
            let (sentence, result) = (word("sentence")?.to_owned(), kept.get("result")?.clone());
            Some((heard, Some(Obeyed { name, sentence, result, session_id })))
        })();
        let corrupt = || StoreError::Corrupt { what: "what was said", value: body };
        Ok(Some(known.ok_or_else(corrupt)?))
    }

    /// Keeps what was done.
    pub(super) fn keep(
        &self,
        tx: &mut WriteTx<'_>,
        obeyed: &Obeyed,
        at: Timestamp,
    ) -> Result<(), CompanyError> {
        let Obeyed { name, sentence, result, session_id } = obeyed;
        let did =
            json!({ "command": name, "sentence": sentence, "result": result, "session_id": session_id });
        self.note(tx, did, at)
    }

    fn note(&self, tx: &mut WriteTx<'_>, mut did: Value, at: Timestamp) -> Result<(), CompanyError> {
        let Transcript { text, language, duration_s } = &self.heard;
        if let Some(fields) = did.as_object_mut() {
            fields.extend([
                ("heard".to_owned(), json!(text)),
                ("language".to_owned(), json!(language)),
                ("duration_s".to_owned(), json!(duration_s)),
            ]);
        }
        let body = did.to_string();
        let answer = StoredAnswer { status: 200, content_type: "application/json".to_owned(), body };
        tx.idempotency_keys_mut().forget_before(at.minus_hours(HOURS))?;
        if tx.idempotency_keys().get(&self.key())?.is_none() {
            tx.idempotency_keys_mut().claim(&self.key(), &self.said, at)?;
        }
        Ok(tx.idempotency_keys_mut().answer(&self.key(), &answer)?)
    }

    /// The id, for what has a place for it.
    pub(super) fn id(&self) -> String {
        self.id.clone()
    }
}

impl Company {
    /// What became of something said when it was sent before; none where it is new.
    pub(super) async fn said_before(
        &self,
        receipt: Option<&Receipt>,
    ) -> Result<Option<Before>, CompanyError> {
        let Some(receipt) = receipt.cloned() else { return Ok(None) };
        self.store().read(move |tx: &mut ReadTx<'_>| receipt.before(tx)).await
    }

    /// What was done for a command when it was sent before; none where nothing was.
    pub(super) async fn obeyed_before(
        &self,
        receipt: Option<&Receipt>,
    ) -> Result<Option<Obeyed>, CompanyError> {
        let Some(receipt) = receipt.cloned() else { return Ok(None) };
        self.store().read(move |tx: &mut ReadTx<'_>| receipt.known(tx)).await
    }

    /// Keeps what was heard in a recording before anything is made of it, unless somebody was faster: then that holds.
    pub(super) async fn heard_as(&self, receipt: Receipt) -> Result<Before, CompanyError> {
        let at = self.chat.clock().now();
        let write = move |tx: &mut WriteTx<'_>| {
            if let Some(before) = receipt.before(tx)? {
                return Ok::<_, CompanyError>(before);
            }
            receipt.note(tx, json!({ "command": null }), at)?;
            // The id may be that of a message all the same.
            Ok(receipt.before(tx)?.unwrap_or_else(|| Before::Heard(receipt.heard.clone())))
        };
        self.store().write(write).await
    }

    /// Keeps what was done for a command, unless somebody was faster: then that holds.
    pub(super) async fn kept(
        &self,
        receipt: Option<&Receipt>,
        obeyed: Obeyed,
    ) -> Result<Obeyed, CompanyError> {
        let Some(receipt) = receipt.cloned() else { return Ok(obeyed) };
        let at = self.chat.clock().now();
        let write = move |tx: &mut WriteTx<'_>| match receipt.known(tx)? {
            Some(known) => Ok(known),
            None => receipt.keep(tx, &obeyed, at).map(|()| obeyed.clone()),
        };
        self.store().write(write).await
    }
}

/// What was said, as a digest: engines do not hear the same words in the same recording each time, and what was said is nobody's to
/// read here.
fn digest(said: &Said) -> String {
    let (kind, bytes): (&[u8], &[u8]) = match said {
        Said::Audio(audio) => (b"audio", audio.bytes()),
        Said::Text(text) => (b"text", text.as_bytes()),
    };
    let mut digest = String::with_capacity(64);
    for byte in Sha256::new().chain_update(kind).chain_update(bytes).finalize() {
        // Writing to a string does not fail.
        write!(digest, "{byte:02x}").ok();
    }
    digest
}
