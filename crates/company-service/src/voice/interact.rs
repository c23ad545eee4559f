//! A turn by voice begins: what is heard becomes a command or a message.

use super::asked::Asker;
use super::commands::{Command, Heard, heard};
use super::receipts::{Before, Receipt};
use super::talk::{Answer, Talk};
use crate::{Company, CompanyError};
use chat_service::{Recipient, SendMessage, Within};
use domain::{Scope, SessionId, VoiceOwner};
use std::str::FromStr;
use voice_gateway::{Audio, Transcript};

/// What is said, and to whom.
#[derive(Debug, Clone)]
pub struct Interaction {
    /// What is said.
    pub said: Said,
    /// The session it goes on in; none begins a new one.
    pub session_id: Option<SessionId>,
    /// To whom.
    pub scope: VoiceScope,
    /// The sender's own id of the message.
    pub client_message_id: Option<String>,
    /// Whether the answer is spoken.
    pub speak: bool,
}

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// As it was recorded.
    Audio(Audio),
    /// As it was typed, or put right after it was heard.
    Text(String),
}

/// To whom something is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum VoiceScope {
    /// Whoever the session is with; without one, Daena.
    #[default]
    Auto,
    /// Somebody.
    With(VoiceOwner),
}

impl FromStr for VoiceScope {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" | "" => Ok(Self::Auto),
            "executive" => Ok(Self::With(VoiceOwner::Daena)),
            other => other
                .parse()
                .map(Self::With)
                .map_err(|_| "expected auto, executive, department:SLUG or agent:SLUG".to_owned()),
        }
    }
}

/// What is said in words.
struct Worded {
    text: String,
    session_id: Option<SessionId>,
    scope: VoiceScope,
    client_message_id: Option<String>,
}

impl Company {
    /// Hears what is said, and begins what it asks for. Whatever was still being spoken in the session ends.
    ///
    /// # Errors
    /// As [`Company::transcribe`] and [`ChatService::send`](chat_service::ChatService::send); nothing is stored then.
    pub async fn interact(&self, interaction: Interaction) -> Result<Talk, CompanyError> {
        let Interaction { said, session_id, scope, client_message_id, speak } = interaction;
        let mut to = match &scope {
            VoiceScope::With(owner) => owner.clone(),
            VoiceScope::Auto => VoiceOwner::Daena,
        };
        if let Some(id) = session_id {
            self.hush(session_id);
            let session = self.chat.session(id, Within::Anywhere).await?;
            if scope == VoiceScope::Auto {
                to = owner_of(&session.scope);
            }
        }
        let id = client_message_id.as_deref();
        let receipt = id.map(|id| Receipt::new(id, &said)).transpose()?;
        let before = match self.said_before(receipt.as_ref()).await? {
            Some(before) => before,
            None => self.hear(said, receipt.as_ref()).await?,
        };
        let worded = |heard: &Transcript| {
            let text = heard.text.clone();
            Worded { text, session_id, scope, client_message_id }
        };
        let (transcript, (answer, owner)) = match before {
            Before::Obeyed(transcript, known) => (transcript, (Answer::Command(known), VoiceOwner::Daena)),
            Before::Sent(transcript) => {
                let sent = self.send_on(worded(&transcript)).await?;
                (transcript, sent)
            }
            Before::Heard(transcript) => {
                let receipt = receipt.map(|it| it.of(&transcript));
                let begun = self.begin(worded(&transcript), to, receipt).await?;
                (transcript, begun)
            }
        };
        let session_id = match &answer {
            Answer::Turn(turn) => Some(turn.session.id),
            Answer::Command(obeyed) => obeyed.session_id.or(session_id),
            Answer::Nothing => session_id,
        };
        let spoken = speak
            && match &answer {
                Answer::Nothing => false,
                // Who wants it quiet gets no word more.
                Answer::Command(obeyed) => obeyed.name != Command::Stop.name(),
                Answer::Turn(_) => true,
            };
        let voice = match spoken {
            true => {
                let state = self.voice_state(owner.clone()).await?.state;
                let choice = self.voice_of(&state).await;
                Some((state, choice, self.voice.speeches.begin(session_id, owner)))
            }
            false => None,
        };
        Ok(Talk { company: self.clone(), transcript, session_id, answer, voice })
    }

    /// What is said, in words. What is heard in a recording that may be sent again is kept first.
    async fn hear(&self, said: Said, receipt: Option<&Receipt>) -> Result<Before, CompanyError> {
        match (said, receipt) {
            (Said::Text(text), _) => Ok(Before::Heard(Transcript { text, language: None, duration_s: None })),
            (Said::Audio(audio), receipt) => {
                let transcript = self.transcribe(&audio).await?;
                match receipt.filter(|_| !transcript.text.trim().is_empty()) {
                    Some(receipt) => self.heard_as(receipt.clone().of(&transcript)).await,
                    None => Ok(Before::Heard(transcript)),
                }
            }
        }
    }

    async fn begin(
        &self,
        said: Worded,
        to: VoiceOwner,
        receipt: Option<Receipt>,
    ) -> Result<(Answer, VoiceOwner), CompanyError> {
        if said.text.trim().is_empty() {
            return Ok((Answer::Nothing, VoiceOwner::Daena));
        }
        let wake_words = self.wake_words(to).await?;
        let from = Asker::new(said.session_id, &said.scope);
        let obeyed = match heard(&said.text, &self.names().await?, &wake_words) {
            Heard::Yes => self.answered(true, &from, receipt).await?,
            Heard::No => self.answered(false, &from, receipt).await?,
            Heard::Command(command) => {
                self.take_asked(&from);
                Some(self.obey(command, &from, receipt.as_ref()).await?)
            }
            Heard::Talk => {
                self.take_asked(&from);
                None
            }
        };
        match obeyed {
            Some(obeyed) => Ok((Answer::Command(obeyed), VoiceOwner::Daena)),
            None => self.send_on(said).await,
        }
    }

    /// Sends what is no command as a message; one that was sent joins its turn.
    async fn send_on(&self, said: Worded) -> Result<(Answer, VoiceOwner), CompanyError> {
        let Worded { text, session_id, scope, client_message_id } = said;
        let to = match scope {
            VoiceScope::Auto if session_id.is_some() => Recipient::Session,
            VoiceScope::Auto | VoiceScope::With(VoiceOwner::Daena) => Recipient::Daena,
            VoiceScope::With(VoiceOwner::Department(slug)) => Recipient::Department(slug),
            VoiceScope::With(VoiceOwner::Agent(slug)) => Recipient::Agent(slug),
        };
        let message = SendMessage { to, session_id, text, client_message_id, model: None };
        let turn = self.chat.send(message).await?;
        let owner = owner_of(&turn.session.scope);
        Ok((Answer::Turn(Box::new(turn)), owner))
    }

    /// What one listens to: Daena everywhere, and whom something is said to where it is.
    async fn wake_words(&self, to: VoiceOwner) -> Result<Vec<String>, CompanyError> {
        let mut words = self.voice_state(VoiceOwner::Daena).await?.state.wake_words;
        match self.voice_state(to).await {
            Ok(own) => words.extend(own.state.wake_words),
            // Who is not there is no longer called. What is said is refused where it is sent.
            Err(CompanyError::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
        Ok(words)
    }
}

/// Whose voice a session of a scope is in.
fn owner_of(scope: &Scope) -> VoiceOwner {
    match scope {
        Scope::Department(slug) => VoiceOwner::Department(slug.clone()),
        Scope::Agent { agent, .. } => VoiceOwner::Agent(agent.clone()),
        _ => VoiceOwner::Daena,
    }
}
