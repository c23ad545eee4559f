//! A task that is made once, however often it is sent.

use crate::{Company, CompanyError, NewTask};
use chat_service::{ReadTx, StoreError, StoredAnswer, WriteTx};
use domain::view::TaskView;
use domain::{Actor, Timestamp};

/// How long the answer is kept.
const HOURS: i64 = 24;

/// A task's place in the book of keys.
#[derive(Clone)]
struct Once {
    id: String,
    /// What was asked for, as a digest.
    asked: String,
}

impl Company {
    /// As [`Company::create_task`], once for an id of the sender's: for a day a repeat has the first one's answer, also after a
    /// restart. `asked` is a digest of what is asked for.
    ///
    /// # Errors
    /// As [`Company::create_task`], and nothing is kept then; [`CompanyError::Conflict`] when something else was asked for with
    /// this id.
    pub async fn create_task_once(
        &self,
        new: NewTask,
        id: &str,
        asked: String,
    ) -> Result<TaskView, CompanyError> {
        let once = Once { id: id.to_owned(), asked };
        let repeated = once.clone();
        // What is known needs no budget any more.
        if let Some(known) = self.store().read(move |tx: &mut ReadTx<'_>| repeated.known(tx)).await? {
            return Ok(known);
        }
        let change = self.change(Actor::Founder);
        let (starts, draft) = (new.start, self.draft_task(new, &change)?);
        let write = move |tx: &mut WriteTx<'_>| {
            if let Some(known) = once.known(tx)? {
                return Ok(known);
            }
            let made = TaskView::from(draft.write(tx, &change)?);
            once.keep(tx, &made, change.at)?;
            Ok::<_, CompanyError>(made)
        };
        let company = self.clone();
        let create = async move {
            let made = company.store().write(write).await?;
            if starts {
                company.tasks.release();
            }
            Ok(made)
        };
        self.to_its_end(create).await
    }
}

impl Once {
    /// No key of a request holds a space.
    fn key(&self) -> String {
        format!("task {}", self.id)
    }

    fn used(&self) -> CompanyError {
        CompanyError::Conflict { detail: format!("the key {:?} was used for something else", self.id) }
    }

    fn known(&self, tx: &mut ReadTx<'_>) -> Result<Option<TaskView>, CompanyError> {
        let Some(record) = tx.idempotency_keys().get(&self.key())? else {
            return if tx.messages().turn_of(&self.id)?.is_some() { Err(self.used()) } else { Ok(None) };
        };
        if record.fingerprint != self.asked {
            return Err(self.used());
        }
        let body = record.answer.map(|answer| answer.body).unwrap_or_default();
        match serde_json::from_str(&body) {
            Ok(known) => Ok(Some(known)),
            Err(_) => Err(StoreError::Corrupt { what: "a task that was made", value: body }.into()),
        }
    }

    fn keep(&self, tx: &mut WriteTx<'_>, made: &TaskView, at: Timestamp) -> Result<(), CompanyError> {
        let body = serde_json::json!(made).to_string();
        let answer = StoredAnswer { status: 200, content_type: "application/json".to_owned(), body };
        tx.idempotency_keys_mut().forget_before(at.minus_hours(HOURS))?;
        tx.idempotency_keys_mut().claim(&self.key(), &self.asked, at)?;
        Ok(tx.idempotency_keys_mut().answer(&self.key(), &answer)?)
    }
}
