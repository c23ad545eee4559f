//! What was done for a command, for who sends it again: it stands in the book of keys for a day, beside the requests' own.

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

/// A command's place in the book, by its sender's id.
#[derive(Debug, Clone)]
pub(super) struct Receipt {
    id: String,
    said: String,
    heard: Transcript,
}

impl Receipt {
    /// # Errors
    /// [`CompanyError::Invalid`] for an id that cannot be.
    pub(super) fn new(id: &str, said: &Said) -> Result<Self, CompanyError> {
        fields::client_message_id(id)?;
        let heard = Transcript { text: String::new(), language: None, duration_s: None };
        Ok(Self { id: id.to_owned(), said: digest(said), heard })
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

    /// What was heard and done for it; none where it is new.
    ///
    /// # Errors
    /// [`CompanyError::Conflict`] when something else was said with this id.
    pub(super) fn known(&self, tx: &mut ReadTx<'_>) -> Result<Option<(Transcript, Obeyed)>, CompanyError> {
        let Some(record) = tx.idempotency_keys().get(&self.key())? else { return Ok(None) };
        if record.fingerprint != self.said {
            return Err(self.used());
        }
        let body = record.answer.map(|answer| answer.body).unwrap_or_default();
        let kept: Value = serde_json::from_str(&body).unwrap_or_default();
        let known = (|| {
            let word = |field: &str| kept.get(field).and_then(Value::as_str);
            let heard = Transcript {
                text: word("heard")?.to_owned(),
                language: word("language").map(str::to_owned),
                duration_s: kept.get("duration_s").and_then(Value::as_f64),
            };
            let name = COMMANDS.iter().find(|it| Some(it.name) == word("command"))?.name;
            let session_id = word("session_id").and_then(|id| id.parse().ok());
            let (sentence, result) = (word("sentence")?.to_owned(), kept.get("result")?.clone());
            Some((heard, Obeyed { name, sentence, result, session_id }))
        })();
        let corrupt = || StoreError::Corrupt { what: "what a command did", value: body };
        Ok(Some(known.ok_or_else(corrupt)?))
    }

    /// Refuses the id of a message. A debate's topic is one: who starts a debate looks for itself.
    pub(super) fn is_no_messages(&self, tx: &mut ReadTx<'_>) -> Result<(), CompanyError> {
        let of_message = tx.messages().turn_of(&self.id)?.is_some();
        if of_message && tx.debates().by_client_id(&self.id)?.is_none() {
            return Err(self.used());
        }
        Ok(())
    }

    /// Keeps what was done.
    pub(super) fn keep(
        &self,
        tx: &mut WriteTx<'_>,
        obeyed: &Obeyed,
        at: Timestamp,
    ) -> Result<(), CompanyError> {
        let Obeyed { name, sentence, result, session_id } = obeyed;
        let Transcript { text, language, duration_s } = &self.heard;
        let kept = json!({
            "heard": text, "language": language, "duration_s": duration_s,
            "command": name, "sentence": sentence, "result": result, "session_id": session_id,
        });
        let body = kept.to_string();
        let answer = StoredAnswer { status: 200, content_type: "application/json".to_owned(), body };
        tx.idempotency_keys_mut().forget_before(at.minus_hours(HOURS))?;
        tx.idempotency_keys_mut().claim(&self.key(), &self.said, at)?;
        Ok(tx.idempotency_keys_mut().answer(&self.key(), &answer)?)
    }

    /// The id, for what has a place for it.
    pub(super) fn id(&self) -> String {
        self.id.clone()
    }
}

impl Company {
    /// What was heard and done for a command when it was sent before; none where it is new.
    pub(super) async fn obeyed_before(
        &self,
        receipt: Option<&Receipt>,
    ) -> Result<Option<(Transcript, Obeyed)>, CompanyError> {
        let Some(receipt) = receipt.cloned() else { return Ok(None) };
        self.store().read(move |tx: &mut ReadTx<'_>| receipt.known(tx)).await
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
            Some((_, known)) => Ok(known),
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
