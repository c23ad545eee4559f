//! What was done for a command, for who sends it again: it stands in the book of keys for a day, beside the requests' own.

use super::{COMMANDS, Obeyed};
use crate::{Company, CompanyError, fields};
use chat_service::{ReadTx, StoreError, StoredAnswer, WriteTx};
use domain::Timestamp;
use serde_json::{Value, json};

/// How long it is kept.
const HOURS: i64 = 24;

/// A command's place in the book, by its sender's id.
#[derive(Debug, Clone)]
pub(super) struct Receipt {
    id: String,
    said: String,
}

impl Receipt {
    /// # Errors
    /// [`CompanyError::Invalid`] for an id that cannot be.
    pub(super) fn new(id: &str, said: &str) -> Result<Self, CompanyError> {
        fields::client_message_id(id)?;
        Ok(Self { id: id.to_owned(), said: said.to_owned() })
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

    /// What was done for it; none where it is new.
    ///
    /// # Errors
    /// [`CompanyError::Conflict`] when something else was said with this id.
    pub(super) fn known(&self, tx: &mut ReadTx<'_>) -> Result<Option<Obeyed>, CompanyError> {
        let Some(record) = tx.idempotency_keys().get(&self.key())? else { return Ok(None) };
        if record.fingerprint != self.said {
            return Err(self.used());
        }
        let body = record.answer.map(|answer| answer.body).unwrap_or_default();
        let kept: Value = serde_json::from_str(&body).unwrap_or_default();
        let known = (|| {
            let word = |field: &str| kept.get(field).and_then(Value::as_str);
            let name = COMMANDS.iter().find(|it| Some(it.name) == word("command"))?.name;
            let session_id = word("session_id").and_then(|id| id.parse().ok());
            let (sentence, result) = (word("sentence")?.to_owned(), kept.get("result")?.clone());
            Some(Obeyed { name, sentence, result, session_id })
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
        let kept =
            json!({ "command": name, "sentence": sentence, "result": result, "session_id": session_id });
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
    /// What was done for a command when it was sent before; none where it is new.
    pub(super) async fn obeyed_before(
        &self,
        receipt: Option<&Receipt>,
    ) -> Result<Option<Obeyed>, CompanyError> {
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
            Some(known) => Ok(known),
            None => receipt.keep(tx, &obeyed, at).map(|()| obeyed.clone()),
        };
        self.store().write(write).await
    }
}
