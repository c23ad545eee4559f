//! Having one thing said in a debate, and listening to it.

use super::repetition::Repetition;
use super::run::Run;
use crate::CompanyError;
use chat_service::{ChatError, ReplyUpdate, SpeakError, Speech, Utterance};
use domain::{Message, MessageState};
use std::sync::Arc;

/// How it ended.
pub(super) enum Said {
    /// It has ended; whether it was stopped for going round in circles.
    Ended { message: Arc<Message>, circling: bool },
    /// It could not be begun, and will not be.
    Refused(String),
    /// Nothing came of it; it may be tried again shortly.
    Again,
    /// The brain is away, or may not be asked.
    Away,
}

impl Run {
    /// Says it, listening for circles. What a member says is stopped when the debate is to be summed up, and all is when it
    /// is over.
    pub(super) async fn utter(
        &self,
        utterance: Utterance,
        circles: Repetition,
        for_synthesis: bool,
    ) -> Result<Said, CompanyError> {
        match self.company.chat.speak(utterance).await {
            Ok(speech) => self.listen(speech, circles, for_synthesis).await,
            Err(SpeakError::Offline) => Ok(Said::Away),
            // A lockdown, maintenance, or a spent budget: the brain may not be asked until that ends.
            Err(SpeakError::Chat(
                ChatError::Forbidden { .. } | ChatError::Maintenance { .. } | ChatError::Spent { .. },
            )) => Ok(Said::Away),
            Err(SpeakError::Chat(ChatError::Busy | ChatError::NotFound { .. })) => Ok(Said::Again),
            Err(SpeakError::Chat(error @ (ChatError::ShuttingDown | ChatError::Store(_)))) => {
                Err(error.into())
            }
            Err(SpeakError::Chat(error)) => Ok(Said::Refused(error.to_string())),
        }
    }

    async fn listen(
        &self,
        speech: Speech,
        mut circles: Repetition,
        for_synthesis: bool,
    ) -> Result<Said, CompanyError> {
        let id = speech.message.id;
        let mut updates = speech.updates();
        let mut circling = false;
        loop {
            let update = tokio::select! {
                biased;
                update = updates.next() => update,
                () = self.changed.notified() => {
                    if self.is_in_vain(for_synthesis).await? {
                        self.company.chat.stop(id).await.ok();
                    }
                    continue;
                }
            };
            match update {
                Some(ReplyUpdate::Delta { text, .. }) => {
                    if !circling && circles.hear(&text) {
                        circling = true;
                        // It may have ended by itself meanwhile.
                        self.company.chat.stop(id).await.ok();
                    }
                }
                Some(ReplyUpdate::Note(_)) => {}
                Some(ReplyUpdate::Done(message)) if message.state == MessageState::Interrupted => {
                    return Ok(if self.company.chat.is_offline() { Said::Away } else { Said::Again });
                }
                Some(ReplyUpdate::Done(message)) => return Ok(Said::Ended { message, circling }),
                None if self.company.chat.closing().is_cancelled() => return Err(CompanyError::ShuttingDown),
                None => return Ok(Said::Again),
            }
        }
    }

    /// Whether nobody waits for what is being said: the debate is over, or the members are to say no more.
    async fn is_in_vain(&self, for_synthesis: bool) -> Result<bool, CompanyError> {
        let id = self.id;
        let debate = self.company.store().read(move |tx| tx.debates().get(id)).await?;
        Ok(debate
            .is_none_or(|debate| !debate.status.is_open() || (!for_synthesis && debate.closing.is_some())))
    }
}
