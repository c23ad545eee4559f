//! The speech engines of the configuration.

use super::providers::{text_of_file, text_of_variable};
use crate::config::Config;
use crate::exit::Failure;
use anyhow::{Context as _, anyhow};
use chat_service::{Secret, SystemClock};
use company_service::{
    Espeak, EspeakSettings, OpenAiSpeech, SpeechServerSettings, VoiceGateway, VoiceLimits,
};
use std::sync::Arc;
use std::time::Duration;

/// All of them: the server first, then espeak-ng.
pub(crate) fn voice(config: &Config) -> Result<VoiceGateway, Failure> {
    let it = &config.voice;
    let limits = VoiceLimits {
        max_audio_bytes: it.max_audio_mb.saturating_mul(1024 * 1024),
        max_audio: Duration::from_secs(it.max_audio_s),
        concurrency: it.concurrency,
        ..VoiceLimits::default()
    };
    let mut builder = VoiceGateway::builder(Arc::new(SystemClock)).limits(limits);
    if let Some(server) = server(config).map_err(Failure::Usage)? {
        builder = builder.both(Arc::new(server));
    }
    if !it.espeak.is_empty() {
        builder = builder.speaking(Arc::new(Espeak::new(EspeakSettings {
            program: it.espeak.clone(),
            voice: it.espeak_voice.clone(),
            timeout: Duration::from_millis(it.speech_timeout_ms),
        })));
    }
    Ok(builder.build())
}

fn server(config: &Config) -> anyhow::Result<Option<OpenAiSpeech>> {
    let it = &config.voice;
    let Some(url) = it.url.clone().filter(|url| !url.is_empty()) else { return Ok(None) };
    let key = match (&it.key_file, &it.key_env) {
        (Some(path), _) => Some(text_of_file(path).context("[voice] key_file")?),
        (None, Some(name)) => Some(text_of_variable(name).context("[voice] key_env")?),
        (None, None) => None,
    };
    let settings = SpeechServerSettings {
        url,
        key: key.map(|key| Secret::trimmed(&key)),
        transcribe_model: it.transcribe_model.clone(),
        speech_model: it.speech_model.clone(),
        voice: it.voice.clone(),
        sample_field: it.sample_field.clone(),
        connect_timeout: Duration::from_millis(it.connect_timeout_ms),
        transcribe_timeout: Duration::from_millis(it.transcribe_timeout_ms),
        speech_timeout: Duration::from_millis(it.speech_timeout_ms),
    };
    OpenAiSpeech::new(settings).map(Some).map_err(|error| anyhow!("--voice-url {error}"))
}
