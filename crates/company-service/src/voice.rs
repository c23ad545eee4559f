//! Speech: who sounds how, what is heard, what is said, and talks by voice.

mod asked;
mod clips;
mod commands;
mod hush;
mod interact;
mod names;
mod obey;
mod receipts;
mod samples;
mod say;
mod sentences;
mod speaker;
mod state;
mod talk;
mod tell;

pub use clips::Clip;
pub use commands::{COMMANDS, CommandInfo};
pub use interact::{Interaction, Said, VoiceScope};
pub use obey::Obeyed;
pub use samples::NewSample;
pub use say::{Say, VoiceListed};
pub use state::VoiceEdit;
pub use talk::{ClipTold, Done, Interacted, InteractionUpdate, Talk, TurnBegun};

use crate::Company;
use asked::Questions;
use clips::Clips;
use domain::{ClipId, SessionId};
use hush::Speeches;
use voice_gateway::{EngineStatus, VoiceGateway};

/// What the company needs to hear and speak. All of it is work under way or a cache: rows are the truth.
#[derive(Debug)]
pub(crate) struct Voices {
    gateway: VoiceGateway,
    clips: Clips,
    speeches: Speeches,
    asked: Questions,
    /// Held while an answer to what was asked back is obeyed.
    answering: tokio::sync::Mutex<()>,
}

impl Voices {
    pub(crate) fn new(gateway: VoiceGateway) -> Self {
        Self {
            gateway,
            clips: Clips::default(),
            speeches: Speeches::default(),
            asked: Questions::default(),
            answering: tokio::sync::Mutex::default(),
        }
    }
}

impl Company {
    /// The same company with speech engines. They are looked at until the service shuts down.
    #[must_use]
    pub fn with_voice(mut self, gateway: VoiceGateway) -> Self {
        let probe = gateway.clone().run_probe(self.chat.closing().clone());
        self.chat.spawn(probe);
        self.voice = std::sync::Arc::new(Voices::new(gateway));
        self
    }

    /// The speech engines, for their limits and for reading audio.
    pub fn voice_gateway(&self) -> &VoiceGateway {
        &self.voice.gateway
    }

    /// How the speech engines stand, from the probe; never a live call.
    pub fn voice_status(&self) -> Vec<EngineStatus> {
        self.voice.gateway.status()
    }

    /// A sound that was spoken lately; none when it is not kept any more.
    pub fn voice_clip(&self, id: ClipId) -> Option<Clip> {
        self.voice.clips.get(id, self.chat.clock().now())
    }

    /// Ends speaking: in a session, or everywhere. Gives how many answers were being spoken. Their texts go on.
    pub fn hush(&self, session: Option<SessionId>) -> usize {
        self.voice.speeches.hush(|it| session.is_none() || it.session_id == session)
    }
}
