//! What is known before anything is opened.

use super::{api_settings, chat_builder, company_limits, upkeep, voice};
use crate::config::Config;
use crate::exit::Failure;
use crate::telemetry;
use chat_service::ChatServiceBuilder;
use company_service::{CompanyLimits, UpkeepSettings, VoiceGateway};
use http_api::ApiSettings;

/// A server as the configuration describes it. Making one is the whole check of a configuration: what has a plan is served.
pub(crate) struct Plan {
    pub(super) api: ApiSettings,
    pub(super) chat: ChatServiceBuilder,
    pub(super) limits: CompanyLimits,
    pub(super) books: UpkeepSettings,
    pub(super) speech: VoiceGateway,
    pub(super) seed: bool,
}

impl Plan {
    /// Reads the files and variables that the configuration names, and opens nothing else.
    pub(crate) fn of(config: &Config) -> Result<Self, Failure> {
        telemetry::filter(&config.log)?;
        Ok(Self {
            api: api_settings(config)?,
            books: upkeep(config)?,
            speech: voice(config)?,
            limits: company_limits(config)?,
            chat: chat_builder(config)?,
            seed: config.database.seed,
        })
    }
}
