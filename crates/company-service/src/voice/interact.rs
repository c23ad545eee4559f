//! A turn by voice: what is heard becomes a command or a message, and the answer is spoken sentence by sentence while it comes.

use super::Obeyed;
use super::commands::{Command, Heard, heard};
use super::hush::Speech;
use super::say::MOST_CHARS;
use super::sentences::Sentences;
use crate::{Company, CompanyError};
use chat_service::{Recipient, ReplyUpdate, SendMessage, Turn, Within};
use domain::{ClipId, Message, MessageId, Scope, SessionId, Slug, VoiceOwner, VoiceState};
use std::collections::VecDeque;
use std::future::{Future, pending};
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;
use tokio::sync::mpsc;
use voice_gateway::{Audio, Spoken, Transcript, VoiceChoice, VoiceError, join};

/// How many updates a slow watcher may be behind before the talk waits for it.
const AHEAD: usize = 64;

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

/// A talk whose beginning is done: what was said is known, the command is carried out or the turn stored.
#[derive(Debug)]
pub struct Talk {
    company: Company,
    transcript: Transcript,
    session_id: Option<SessionId>,
    answer: Answer,
    /// As it sounds; none: nothing is spoken.
    voice: Option<(VoiceState, Option<VoiceChoice>, Speech)>,
}

#[derive(Debug)]
enum Answer {
    /// Nobody said anything.
    Nothing,
    Command(Obeyed),
    Turn(Box<Turn>),
}

/// A turn that was begun.
#[derive(Debug, Clone)]
pub struct TurnBegun {
    /// Its session.
    pub session_id: SessionId,
    /// The Founder's message.
    pub user_message: Message,
    /// The reply as it was stored first.
    pub reply: Message,
}

/// A sentence that was spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClipTold {
    /// Its place, from 0.
    pub index: usize,
    /// Its words.
    pub sentence: String,
    /// Its sound.
    pub clip: ClipId,
    /// Who spoke.
    pub engine: String,
}

/// What happens in a talk, in its order.
#[derive(Debug, Clone)]
pub enum InteractionUpdate {
    /// Text of the reply, and where its first byte stands.
    Delta {
        /// The reply.
        message_id: MessageId,
        /// Where.
        offset: usize,
        /// What.
        text: String,
    },
    /// A sentence was spoken.
    Audio(ClipTold),
    /// The talk is over. Always the last.
    Done(Box<Interacted>),
}

/// How a turn or command ended.
#[derive(Debug, Clone)]
pub enum Done {
    /// Nobody said anything.
    Nothing,
    /// A command.
    Command(Obeyed),
    /// A turn, with its reply: complete, deferred, stopped, interrupted or failed. None where the service shut down first.
    Turn(Option<Arc<Message>>),
}

/// A talk that is over.
#[derive(Debug, Clone)]
pub struct Interacted {
    /// The session; none for a command that was given in none.
    pub session_id: Option<SessionId>,
    /// What was heard.
    pub transcript: Transcript,
    /// What came of it.
    pub done: Done,
    /// The whole answer as text.
    pub response: String,
    /// Its sentences as sound.
    pub clips: Vec<ClipTold>,
    /// All of it as one sound.
    pub whole: Option<ClipId>,
    /// Why it was not spoken, or not to its end.
    pub speech_error: Option<String>,
}

impl Company {
    /// Hears what is said, and begins what it asks for. Whatever was still being spoken in the session ends.
    ///
    /// # Errors
    /// As [`Company::transcribe`] and [`ChatService::send`](chat_service::ChatService::send); nothing is stored then.
    pub async fn interact(&self, interaction: Interaction) -> Result<Talk, CompanyError> {
        let Interaction { said, session_id, scope, client_message_id, speak } = interaction;
        if session_id.is_some() {
            self.hush(session_id);
        }
        let transcript = match said {
            Said::Audio(audio) => self.transcribe(&audio).await?,
            Said::Text(text) => Transcript { text, language: None, duration_s: None },
        };
        if let Some(id) = session_id {
            self.chat.session(id, Within::Anywhere).await?;
        }
        let (answer, owner) = self.begin(&transcript, session_id, scope, client_message_id).await?;
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

    async fn begin(
        &self,
        transcript: &Transcript,
        session_id: Option<SessionId>,
        scope: VoiceScope,
        client_message_id: Option<String>,
    ) -> Result<(Answer, VoiceOwner), CompanyError> {
        if transcript.text.trim().is_empty() {
            return Ok((Answer::Nothing, VoiceOwner::Daena));
        }
        let wake_words = self.voice_state(VoiceOwner::Daena).await?.state.wake_words;
        let asked = self.was_asked(session_id);
        let obeyed = match heard(&transcript.text, &self.names().await?, &wake_words) {
            Heard::Command(command) => Some(self.obey(command, session_id).await?),
            Heard::Yes if asked => Some(self.answered(true).await?),
            Heard::No if asked => Some(self.answered(false).await?),
            _ => None,
        };
        if let Some(obeyed) = obeyed {
            return Ok((Answer::Command(obeyed), VoiceOwner::Daena));
        }
        let to = match scope {
            VoiceScope::Auto if session_id.is_some() => Recipient::Session,
            VoiceScope::Auto | VoiceScope::With(VoiceOwner::Daena) => Recipient::Daena,
            VoiceScope::With(VoiceOwner::Department(slug)) => Recipient::Department(slug),
            VoiceScope::With(VoiceOwner::Agent(slug)) => Recipient::Agent(slug),
        };
        let text = transcript.text.clone();
        let message = SendMessage { to, session_id, text, client_message_id, model: None };
        let turn = self.chat.send(message).await?;
        let owner = match &turn.session.scope {
            Scope::Department(slug) => VoiceOwner::Department(Slug::clone(slug)),
            Scope::Agent { agent, .. } => VoiceOwner::Agent(agent.clone()),
            _ => VoiceOwner::Daena,
        };
        Ok((Answer::Turn(Box::new(turn)), owner))
    }
}

impl Talk {
    /// What was heard.
    pub const fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// The session; none for a command that was given in none.
    pub const fn session_id(&self) -> Option<SessionId> {
        self.session_id
    }

    /// The turn, if it is one.
    pub fn turn(&self) -> Option<TurnBegun> {
        let Answer::Turn(turn) = &self.answer else { return None };
        Some(TurnBegun {
            session_id: turn.session.id,
            user_message: turn.user_message.clone(),
            reply: turn.reply.clone(),
        })
    }

    /// The command, if it was one: it is carried out already.
    pub const fn command(&self) -> Option<&Obeyed> {
        match &self.answer {
            Answer::Command(obeyed) => Some(obeyed),
            _ => None,
        }
    }

    /// Speaks, and tells what happens as it does. Who lets go of the receiver ends the speaking, not the reply.
    pub fn go_on(self) -> mpsc::Receiver<InteractionUpdate> {
        let (updates, watched) = mpsc::channel(AHEAD);
        let company = self.company.clone();
        company.chat.spawn(async move {
            let closing = self.company.chat.closing().clone();
            let speaker = Speaker::new(self, updates);
            closing.run_until_cancelled(speaker.run()).await;
        });
        watched
    }
}

type Speaking = Pin<Box<dyn Future<Output = Result<Spoken, VoiceError>> + Send>>;

/// A talk under way.
struct Speaker {
    company: Company,
    transcript: Transcript,
    session_id: Option<SessionId>,
    voice: Option<(VoiceState, Option<VoiceChoice>, Speech)>,
    answer: Option<Answer>,
    updates: mpsc::Sender<InteractionUpdate>,
    sentences: Option<Sentences>,
    line: VecDeque<String>,
    speaking: Option<(String, Speaking)>,
    said_chars: usize,
    clips: Vec<ClipTold>,
    sounds: Vec<Audio>,
    speech_error: Option<String>,
}

/// Nobody watches any more.
struct Gone;

impl Speaker {
    fn new(talk: Talk, updates: mpsc::Sender<InteractionUpdate>) -> Self {
        let Talk { company, transcript, session_id, answer, voice } = talk;
        Self {
            company,
            transcript,
            session_id,
            sentences: voice.is_some().then(Sentences::default),
            voice,
            answer: Some(answer),
            updates,
            line: VecDeque::new(),
            speaking: None,
            said_chars: 0,
            clips: Vec::new(),
            sounds: Vec::new(),
            speech_error: None,
        }
    }

    async fn run(mut self) -> Result<(), Gone> {
        let (done, response) = match self.answer.take() {
            Some(Answer::Command(obeyed)) => {
                let sentence = obeyed.sentence.clone();
                self.hear(&sentence);
                (Done::Command(obeyed), sentence)
            }
            Some(Answer::Turn(turn)) => {
                let reply = self.follow(*turn).await?;
                let response = reply.as_ref().map(|it| it.content.clone()).unwrap_or_default();
                (Done::Turn(reply), response)
            }
            _ => (Done::Nothing, "I heard nothing.".to_owned()),
        };
        if let Some(last) = self.sentences.take().and_then(Sentences::finish) {
            self.enqueue(last);
        }
        self.speak_the_rest().await?;
        self.tell_the_end(done, response).await
    }

    /// The reply as it comes, spoken behind it; gives its end.
    async fn follow(&mut self, turn: Turn) -> Result<Option<Arc<Message>>, Gone> {
        let message_id = turn.reply.id;
        let mut updates = turn.updates();
        loop {
            self.speak_next();
            let update = tokio::select! {
                biased;
                update = updates.next() => update,
                spoken = spoken(&mut self.speaking) => {
                    self.take(spoken).await?;
                    continue;
                }
                () = hushed(&self.voice), if self.is_speaking() => {
                    self.be_quiet();
                    continue;
                }
                () = self.updates.closed() => return Err(Gone),
            };
            match update {
                Some(ReplyUpdate::Delta { offset, text }) => {
                    self.hear(&text);
                    self.send(InteractionUpdate::Delta { message_id, offset, text }).await?;
                }
                Some(ReplyUpdate::Note(_)) => {}
                Some(ReplyUpdate::Done(reply)) => {
                    if self.clips.is_empty() && reply.state == domain::MessageState::Deferred {
                        self.hear(&reply.content);
                    }
                    return Ok(Some(reply));
                }
                None => return Ok(None),
            }
        }
    }

    /// Takes more of the answer's text.
    fn hear(&mut self, text: &str) {
        let whole = self.sentences.as_mut().map(|sentences| sentences.push(text)).unwrap_or_default();
        whole.into_iter().for_each(|sentence| self.enqueue(sentence));
    }

    fn enqueue(&mut self, sentence: String) {
        if self.voice.is_none() || self.speech_error.is_some() {
            return;
        }
        self.said_chars += sentence.chars().count();
        if self.said_chars > MOST_CHARS {
            self.speech_error = Some(format!("only the first {MOST_CHARS} characters are spoken"));
            return;
        }
        self.line.push_back(sentence);
    }

    fn is_speaking(&self) -> bool {
        self.speaking.is_some() || !self.line.is_empty()
    }

    /// Begins the next sentence, if none is being spoken.
    fn speak_next(&mut self) {
        let Some((state, choice, speech)) = &self.voice else { return };
        if speech.is_hushed() {
            return self.be_quiet();
        }
        if self.speaking.is_some() {
            return;
        }
        let Some(sentence) = self.line.pop_front() else { return };
        let (company, state, choice, text) =
            (self.company.clone(), state.clone(), choice.clone(), sentence.clone());
        let speaking = async move { company.speak(&state, choice, text).await };
        self.speaking = Some((sentence, Box::pin(speaking)));
    }

    /// Speaks what stands in line.
    async fn speak_the_rest(&mut self) -> Result<(), Gone> {
        loop {
            self.speak_next();
            if !self.is_speaking() {
                return Ok(());
            }
            tokio::select! {
                biased;
                () = hushed(&self.voice) => self.be_quiet(),
                spoken = spoken(&mut self.speaking) => self.take(spoken).await?,
                () = self.updates.closed() => return Err(Gone),
            }
        }
    }

    /// A sentence was spoken, or not.
    async fn take(&mut self, spoken: Result<Spoken, VoiceError>) -> Result<(), Gone> {
        let Some((sentence, _)) = self.speaking.take() else { return Ok(()) };
        let spoken = match spoken {
            Ok(spoken) => spoken,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "an answer is not spoken");
                self.speech_error = Some(error.to_string());
                self.line.clear();
                return Ok(());
            }
        };
        let clip = self.keep(spoken.audio.clone());
        self.sounds.push(spoken.audio);
        let told = ClipTold { index: self.clips.len(), sentence, clip, engine: spoken.engine };
        self.clips.push(told.clone());
        self.send(InteractionUpdate::Audio(told)).await
    }

    /// Nothing more is spoken.
    fn be_quiet(&mut self) {
        self.line.clear();
        self.speaking = None;
        self.voice = None;
        self.sentences = None;
        self.speech_error.get_or_insert_with(|| "speaking was ended".to_owned());
    }

    fn keep(&self, audio: Audio) -> ClipId {
        let id = ClipId::new(self.company.chat.ids().next_id());
        self.company.voice.clips.keep(id, audio, self.company.chat.clock().now());
        id
    }

    async fn tell_the_end(mut self, done: Done, response: String) -> Result<(), Gone> {
        let whole = match (self.clips.as_slice(), join(&self.sounds)) {
            ([], _) => None,
            ([only], _) => Some(only.clip),
            (_, Some(all)) => Some(self.keep(all)),
            ([first, ..], None) => Some(first.clip),
        };
        let interacted = Interacted {
            session_id: self.session_id,
            transcript: self.transcript.clone(),
            done,
            response,
            clips: std::mem::take(&mut self.clips),
            whole,
            speech_error: self.speech_error.take(),
        };
        self.send(InteractionUpdate::Done(Box::new(interacted))).await
    }

    async fn send(&mut self, update: InteractionUpdate) -> Result<(), Gone> {
        self.updates.send(update).await.map_err(|_| Gone)
    }
}

/// What comes of the sentence that is being spoken; for ever nothing where there is none.
async fn spoken(speaking: &mut Option<(String, Speaking)>) -> Result<Spoken, VoiceError> {
    match speaking {
        Some((_, speaking)) => speaking.as_mut().await,
        None => pending().await,
    }
}

/// Returns when the speaking is to end; never where nothing is spoken.
async fn hushed(voice: &Option<(VoiceState, Option<VoiceChoice>, Speech)>) {
    match voice {
        Some((_, _, speech)) => speech.hushed().await,
        None => pending().await,
    }
}
