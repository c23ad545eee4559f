//! The engines as one, against a scripted speech server.
#![allow(clippy::unwrap_used, reason = "a helper of tests may stop at the first surprise")]

mod recordings;

use async_trait::async_trait;
use domain::{Clock, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use testkit::{DEADLINE, SpeechFault, SpeechScript, SpeechServer, tone, wait_until};
use tokio_util::sync::CancellationToken;
use voice_gateway::{
    Audio, Engine, OpenAiSpeech, SpeechServerSettings, TextToSpeech, Utterance, Voice, VoiceError,
    VoiceGateway, VoiceLimits,
};

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(0)
    }
}

/// An engine of this program, which never fails.
#[derive(Debug)]
struct Parrot;

#[async_trait]
impl Engine for Parrot {
    fn name(&self) -> &str {
        "parrot"
    }

    async fn probe(&self) -> Result<Vec<Voice>, VoiceError> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl TextToSpeech for Parrot {
    async fn speak(&self, utterance: &Utterance) -> Result<Audio, VoiceError> {
        Ok(Audio::read(tone(utterance.text.len()).into()).unwrap())
    }

    fn may_have(&self, voice: &str) -> bool {
        voice == "parrot/one"
    }

    fn heeds(&self) -> &'static [&'static str] {
        &[]
    }
}

fn server(url: String) -> Arc<OpenAiSpeech> {
    let settings = SpeechServerSettings {
        url,
        key: None,
        transcribe_model: "whisper-1".to_owned(),
        speech_model: "tts-1".to_owned(),
        voice: "alloy".to_owned(),
        sample_field: None,
        connect_timeout: Duration::from_millis(500),
        transcribe_timeout: DEADLINE,
        speech_timeout: DEADLINE,
    };
    Arc::new(OpenAiSpeech::new(settings).unwrap())
}

fn hello() -> Utterance {
    Utterance { text: "Hello".to_owned(), voice: None, rate: 1.0, pitch: 1.0, volume: 1.0 }
}

#[tokio::test]
async fn where_an_engine_fails_the_next_one_speaks_and_it_is_told() {
    let speech = SpeechServer::start(SpeechScript::hearing("Hi").mute(SpeechFault::Html)).await;
    let gateway =
        VoiceGateway::builder(Arc::new(Noon)).both(server(speech.url())).speaking(Arc::new(Parrot)).build();
    let spoken = gateway.speak(&hello()).await.unwrap();
    assert_eq!(spoken.engine, "parrot");
    assert!(spoken.instead_of.unwrap().contains("text/html"));
    speech.set(SpeechScript::hearing("Hi"));
    let spoken = gateway.speak(&hello()).await.unwrap();
    assert_eq!((spoken.engine.as_str(), spoken.instead_of), ("server", None));
    let counted: Vec<_> = gateway.status().into_iter().map(|it| (it.name, it.calls, it.failures)).collect();
    assert_eq!(counted, [("server".to_owned(), 2, 1), ("parrot".to_owned(), 1, 0)]);
}

#[tokio::test]
async fn who_is_known_to_be_away_is_not_waited_for() {
    let speech = SpeechServer::start(SpeechScript::hearing("Hi")).await;
    let url = speech.url();
    drop(speech);
    let gateway = VoiceGateway::builder(Arc::new(Noon)).both(server(url)).speaking(Arc::new(Parrot)).build();
    let end = CancellationToken::new();
    let look = async {
        wait_until("the probe", DEADLINE, async || {
            (gateway.status()[0].reachable == Some(false)).then_some(())
        })
        .await;
        end.cancel();
    };
    tokio::join!(gateway.clone().run_probe(end.clone()), look);
    let audio = Audio::read(tone(10).into()).unwrap();
    let refused = gateway.transcribe(&audio).await.unwrap_err();
    assert!(matches!(refused, VoiceError::Unreachable { .. }), "{refused}");
    assert_eq!(gateway.status()[0].calls, 0, "it was not asked");
    assert_eq!(gateway.speak(&hello()).await.unwrap().engine, "parrot");
}

#[tokio::test]
async fn more_than_can_stand_in_line_are_refused_at_once() {
    let speech = SpeechServer::start(SpeechScript::hearing("Hi").held()).await;
    let limits = VoiceLimits { concurrency: 1, waiting: 0, ..VoiceLimits::default() };
    let gateway = VoiceGateway::builder(Arc::new(Noon)).both(server(speech.url())).limits(limits).build();
    let one_more = async {
        speech.asked_to_say(1).await;
        let refused = gateway.speak(&hello()).await;
        speech.release();
        refused
    };
    let utterance = hello();
    let (first, second) = tokio::join!(gateway.speak(&utterance), one_more);
    assert!(first.is_ok());
    assert_eq!(second, Err(VoiceError::Busy));
}
