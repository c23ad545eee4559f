//! What the Founder does when something goes wrong: stop all, lock down, maintain, release.

use crate::overrides::{check_reason, clear};
use crate::{Company, CompanyError};
use chat_service::WriteTx;
use domain::view::{Emergency, Maintenance};
use domain::{Actor, Debate, DebateStatus, EmergencyAction, Override, OverrideKey, Task};
use serde_json::json;

/// What a lockdown did.
#[derive(Debug, Clone, PartialEq)]
pub struct Locked {
    /// How many replies it stopped.
    pub stopped: usize,
    /// The override that holds from now on.
    pub lockdown: Override,
}

impl Company {
    /// Ends every reply in the making, those that wait for their turn included, and cancels the debates and tasks that would
    /// go on to ask the model. Gives how many replies.
    ///
    /// # Errors
    /// When the database fails; the replies are ended all the same.
    pub async fn stop_all(&self) -> Result<usize, CompanyError> {
        let company = self.clone();
        let stop = async move {
            // At the same time: no generation goes on because the database is slow. What was begun between the two is stopped
            // by the second round.
            let (ended, stopped) = tokio::join!(company.end_work(), company.chat.stop_all());
            let stopped = stopped + company.chat.stop_all().await;
            for task in ended? {
                company.abandon(&task).await;
            }
            let done = Emergency { action: EmergencyAction::StopAll, reason: None, stopped: Some(stopped) };
            let change = company.change(Actor::Founder);
            let write = move |tx: &mut WriteTx<'_>| {
                tx.overrides_mut().emergency(done.clone(), &change);
                Ok::<_, CompanyError>(())
            };
            company.store().write(write).await?;
            Ok(stopped)
        };
        self.to_its_end(stop).await
    }

    /// Allows only reads from now on, and ends every reply in the making.
    ///
    /// # Errors
    /// As [`Company::set_override`] for the reason.
    pub async fn lock_down(&self, reason: &str) -> Result<Locked, CompanyError> {
        let lockdown = self.flag(OverrideKey::SystemLockdown, reason)?;
        let company = self.clone();
        let lock = async move {
            let change = company.change(Actor::Founder);
            let stored = lockdown.clone();
            let write = move |tx: &mut WriteTx<'_>| {
                tx.overrides_mut().set(&stored, &change)?;
                let reason = Some(stored.reason.clone());
                let done = Emergency { action: EmergencyAction::Lockdown, reason, stopped: None };
                tx.overrides_mut().emergency(done, &change);
                Ok::<_, CompanyError>(())
            };
            company.store().write(write).await?;
            // What is begun after this is refused, so that what is stopped now is all there is.
            company.chat.reload_rules().await;
            Ok(Locked { stopped: company.chat.stop_all().await, lockdown })
        };
        self.to_its_end(lock).await
    }

    /// Ends a lockdown and maintenance, and gives what was in force. Nothing in force changes nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release(&self) -> Result<Vec<Override>, CompanyError> {
        let company = self.clone();
        let release = async move {
            let change = company.change(Actor::Founder);
            let write = move |tx: &mut WriteTx<'_>| {
                let mut released = Vec::new();
                for key in [OverrideKey::SystemLockdown, OverrideKey::SystemReadOnly] {
                    released.extend(clear(tx, &key, &change)?);
                }
                if !released.is_empty() {
                    let done = Emergency { action: EmergencyAction::Release, reason: None, stopped: None };
                    tx.overrides_mut().emergency(done, &change);
                }
                Ok::<_, CompanyError>(released)
            };
            let released = company.store().write(write).await?;
            company.chat.reload_rules().await;
            Ok(released)
        };
        self.to_its_end(release).await
    }

    /// Begins maintenance: while it lasts, what would change something is refused. Gives its override.
    ///
    /// # Errors
    /// As [`Company::set_override`] for the reason.
    pub async fn maintain(&self, reason: &str) -> Result<Option<Override>, CompanyError> {
        let it = self.flag(OverrideKey::SystemReadOnly, reason)?;
        let change = self.change(Actor::Founder);
        let write = move |tx: &mut WriteTx<'_>| {
            tx.overrides_mut().set(&it, &change)?;
            let done = Maintenance { enabled: true, reason: it.reason.clone() };
            tx.overrides_mut().maintenance(done, &change);
            Ok::<_, CompanyError>(Some(it.clone()))
        };
        self.written_and_ruled(write).await
    }

    /// Ends maintenance. What has not begun changes nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_maintenance(&self) -> Result<Option<Override>, CompanyError> {
        let change = self.change(Actor::Founder);
        let write = move |tx: &mut WriteTx<'_>| {
            if let Some(was) = clear(tx, &OverrideKey::SystemReadOnly, &change)? {
                let done = Maintenance { enabled: false, reason: was.reason };
                tx.overrides_mut().maintenance(done, &change);
            }
            Ok::<_, CompanyError>(None)
        };
        self.written_and_ruled(write).await
    }

    /// Writes, and has the rules read again before anybody hears of it.
    async fn written_and_ruled<T, F>(&self, write: F) -> Result<T, CompanyError>
    where
        T: Send + 'static,
        F: FnMut(&mut WriteTx<'_>) -> Result<T, CompanyError> + Send + 'static,
    {
        let company = self.clone();
        self.to_its_end(async move {
            let written = company.store().write(write).await?;
            company.chat.reload_rules().await;
            Ok(written)
        })
        .await
    }

    /// Ends what would go on to ask the model: debates, and tasks that are worked on or wanted.
    async fn end_work(&self) -> Result<Vec<Task>, CompanyError> {
        let change = self.change(Actor::Founder);
        let write = move |tx: &mut WriteTx<'_>| {
            let debates = tx.debates().open()?;
            for debate in &debates {
                let status = DebateStatus::Cancelled;
                let ended = Debate { status, updated_at: change.at, ..debate.clone() };
                tx.debates_mut().update(&ended, &change)?;
            }
            let mut tasks = tx.tasks().running()?;
            tasks.extend(tx.tasks().wanted()?);
            for task in &tasks {
                crate::tasks::cancel(tx, task.clone(), &change)?;
            }
            Ok::<_, CompanyError>((debates, tasks))
        };
        let (debates, tasks) = self.store().write(write).await?;
        for debate in debates {
            self.debates.tell(debate.id);
        }
        Ok(tasks)
    }

    fn flag(&self, key: OverrideKey, reason: &str) -> Result<Override, CompanyError> {
        check_reason(reason)?;
        let set_at = self.chat.clock().now();
        Ok(Override { key, value: json!(true), reason: reason.to_owned(), expires_at: None, set_at })
    }
}
