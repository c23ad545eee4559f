//! Speaks an answer, sentence by sentence, while it comes.

use super::hush::Speech;
use super::say::MOST_CHARS;
use super::sentences::Sentences;
use super::talk::{Answer, ClipTold, Done, Interacted, InteractionUpdate, Talk};
use crate::Company;
use chat_service::{ChatService, Finished, ReplyUpdate, Turn};
use domain::{ClipId, Message, SessionId, VoiceState};
use std::collections::VecDeque;
use std::future::{Future, pending};
use std::pin::{Pin, pin};
use std::sync::Arc;
use tokio::sync::mpsc;
use voice_gateway::{Audio, Spoken, Transcript, VoiceChoice, VoiceError, join};

/// The most bytes of an answer's sound: hours of it would have to be said.
const MOST_SOUND: usize = 64 * 1024 * 1024;

type Speaking = Pin<Box<dyn Future<Output = Result<Spoken, VoiceError>> + Send>>;

/// A talk under way.
pub(super) struct Speaker {
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
    sound_bytes: usize,
    speech_error: Option<String>,
    /// A reply that waits for the Founder is answered with as it is then.
    as_it_waits: bool,
}

/// Nobody watches any more.
pub(super) struct Gone;

impl Speaker {
    pub(super) fn new(talk: Talk, updates: mpsc::Sender<InteractionUpdate>) -> Self {
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
            sound_bytes: 0,
            speech_error: None,
            as_it_waits: false,
        }
    }

    /// For whoever cannot wait for the Founder as well.
    pub(super) const fn answering_early(mut self) -> Self {
        self.as_it_waits = true;
        self
    }

    pub(super) async fn run(mut self) -> Result<(), Gone> {
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

    /// The reply as it comes, spoken behind it; gives its end, or how it is when it begins to wait for the Founder.
    async fn follow(&mut self, turn: Turn) -> Result<Option<Arc<Message>>, Gone> {
        let (message_id, mut heard) = (turn.reply.id, 0);
        let mut updates = turn.updates();
        let (chat, as_it_waits) = (self.company.chat.clone(), self.as_it_waits);
        let mut waiting = pin!(waiting(turn, chat, as_it_waits));
        loop {
            self.speak_next();
            let update = tokio::select! {
                biased;
                update = updates.next() => update,
                reply = &mut waiting => {
                    self.hear(reply.content.get(heard..).unwrap_or_default());
                    return Ok(Some(reply));
                }
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
                    heard = offset + text.len();
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
        self.sound_bytes += spoken.audio.bytes().len();
        if self.sound_bytes > MOST_SOUND {
            self.speech_error = Some(format!("its sound has more than {MOST_SOUND} bytes"));
            self.line.clear();
            return Ok(());
        }
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
        let whole = match self.clips.as_slice() {
            [] => None,
            [only] => Some(only.clip),
            _ => join(&self.sounds).map(|all| self.keep(all)),
        };
        if whole.is_none() && !self.clips.is_empty() {
            // Another engine took over, and sounds at another rate.
            self.speech_error
                .get_or_insert_with(|| "its sentences sound as several pieces, not as one".to_owned());
        }
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

/// The reply when it begins to wait for the Founder; never where it ends without, or that is nothing to whoever asked.
async fn waiting(turn: Turn, chat: ChatService, matters: bool) -> Arc<Message> {
    if matters
        && let Ok(Finished { reply }) = turn.answered(&chat).await
        && reply.state.is_open()
    {
        return reply;
    }
    pending().await
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
