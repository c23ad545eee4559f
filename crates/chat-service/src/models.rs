//! The models there are: listing, selecting, putting away, deleting, testing.

use crate::ChatError;
use crate::service::{ChatService, Inner};
use crate::turn::check_text;
use domain::view::ModelDeleted;
use domain::{Actor, InvalidCursor, Limit, ModelCall, Page};
use llm_gateway::{
    BrainStatus, ChatRequest, GatewayError, ModelInfo, ModelName, ModelTest, PromptMessage, ProviderKind,
};
use persistence::StoreError;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// How long providers may take to describe their models; what the probe knows is given otherwise.
const DESCRIBING: Duration = Duration::from_secs(5);
/// What a model is asked when a test names no prompt.
const TEST_PROMPT: &str = "Introduce yourself in one sentence.";
/// The most tokens of a test's answer.
const TEST_TOKENS: u32 = 256;

/// A model that a provider has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedModel {
    /// The provider's name.
    pub provider: String,
    /// Where it runs.
    pub kind: ProviderKind,
    /// What the provider tells of it.
    pub info: ModelInfo,
    /// Whether it is the one used where none is named.
    pub active: bool,
}

/// Where a page of models ended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ModelCursor {
    /// The last model.
    pub name: String,
    /// Its provider.
    pub provider: String,
}

impl ListedModel {
    fn place(&self) -> ModelCursor {
        ModelCursor { name: self.info.name.clone(), provider: self.provider.clone() }
    }
}

impl fmt::Display for ModelCursor {
    /// In hexadecimal digits: names hold what means something in a URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        format!("{}\n{}", self.name, self.provider).bytes().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for ModelCursor {
    type Err = InvalidCursor;
    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let digits: Vec<u8> = text
            .chars()
            .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()).ok_or(InvalidCursor))
            .collect::<Result<_, _>>()?;
        let bytes = digits.chunks(2).map(|pair| match pair {
            [high, low] => Ok(high * 16 + low),
            _ => Err(InvalidCursor),
        });
        let text = String::from_utf8(bytes.collect::<Result<_, _>>()?).map_err(|_| InvalidCursor)?;
        let (name, provider) = text.split_once('\n').ok_or(InvalidCursor)?;
        Ok(Self { name: name.to_owned(), provider: provider.to_owned() })
    }
}

impl ChatService {
    /// A page of the models of all providers that may be asked, by name and then by provider. A provider that does not
    /// describe them in time gives what the probe knows; one that is away gives nothing.
    pub async fn models(&self, after: Option<ModelCursor>, limit: Limit) -> Page<ListedModel, ModelCursor> {
        let mut models = self.all_models().await;
        if let Some(after) = after {
            models.retain(|model| model.place() > after);
        }
        Page::from_rows(models, limit, ListedModel::place)
    }

    async fn all_models(&self) -> Vec<ListedModel> {
        let gateway = &self.inner.gateway;
        if !gateway.status().probed {
            gateway.probe().await;
        }
        let described = tokio::time::timeout(DESCRIBING, gateway.models()).await.unwrap_or_default();
        let (status, active) = (gateway.status(), self.inner.active_model());
        let mut models = Vec::new();
        for provider in status.providers.iter().filter(|provider| provider.connected) {
            let found = described.iter().find(|list| list.provider == provider.name);
            let infos = found.and_then(|list| list.models.as_ref().ok()).unwrap_or(&provider.models);
            models.extend(infos.iter().map(|info| ListedModel {
                provider: provider.name.clone(),
                kind: provider.kind,
                info: info.clone(),
                active: active.as_deref().is_some_and(|active| info.answers_to(active)),
            }));
        }
        models.sort_by_key(ListedModel::place);
        models
    }

    /// The model used where none is named.
    pub fn active_model(&self) -> Option<String> {
        self.inner.active_model()
    }

    /// Selects the model that is used where none is named, from the next turn on. Gives its whole name. While nobody can be
    /// asked, the models that were there last may be selected.
    ///
    /// # Errors
    /// [`ChatError::Unprocessable`] for what is no model's name, [`ChatError::NotFound`] when no provider has it.
    pub async fn select_model(&self, name: &str) -> Result<String, ChatError> {
        let name = model_name("name", name)?;
        self.inner.rules.now().admit()?;
        let full = self.inner.known_model(name.as_str()).await;
        let full = full.ok_or_else(|| ChatError::not_found("model", &name))?;
        let inner = Arc::clone(&self.inner);
        self.inner
            .to_its_end(async move {
                let (change, selected) = (inner.change(Actor::Founder), full.clone());
                let write = move |tx: &mut persistence::WriteTx<'_>| {
                    if tx.settings().selected_model()?.as_deref() != Some(&selected) {
                        tx.settings_mut().select_model(&selected, &change)?;
                    }
                    Ok::<_, StoreError>(())
                };
                inner.store.write(write).await?;
                ChatService { inner }.reload_rules().await;
                Ok(full)
            })
            .await
    }

    /// Whether a model may become somebody's own: it has a name that a model can have, and a provider that can be asked has it,
    /// or, while none can be asked, had it when one could. What was never listed cannot be checked, and is refused.
    ///
    /// # Errors
    /// Why it may not.
    pub async fn check_model(&self, name: &str) -> Result<(), String> {
        ModelName::parse(name).map_err(|error| error.reason)?;
        match self.inner.known_model(name).await {
            Some(_) => Ok(()),
            None if self.inner.gateway.status().connected => Err(format!("no model {name:?} here")),
            None if self.inner.told.models().is_empty() => Err(format!(
                "{name:?} cannot be checked: the brain is offline, and no provider has listed its models yet"
            )),
            None => Err(format!("no model {name:?} was here when the brain was last online")),
        }
    }

    /// Has a model taken out of memory; it comes back with its next question.
    ///
    /// # Errors
    /// [`ChatError::Unprocessable`] for what is no model's name and a provider that does not manage models,
    /// [`ChatError::NotFound`] when the provider has no such model, [`ChatError::Brain`] when it is away or fails.
    pub async fn unload_model(&self, name: &str, provider: Option<&str>) -> Result<(), ChatError> {
        let name = model_name("name", name)?;
        self.inner.rules.now().admit()?;
        self.inner.gateway.unload(&name, provider).await.map_err(managing)
    }

    /// Deletes a model from its provider's disk.
    ///
    /// # Errors
    /// As [`ChatService::unload_model`], and [`ChatError::Conflict`] for the model that is used where none is named.
    pub async fn delete_model(&self, name: &str, provider: Option<&str>) -> Result<(), ChatError> {
        let name = model_name("name", name)?;
        self.inner.rules.now().admit()?;
        let named = ModelInfo { name: name.to_string(), ..ModelInfo::default() };
        if self.inner.active_model().is_some_and(|active| named.answers_to(&active)) {
            let detail = format!("{name} is the active model: select another one first");
            return Err(ChatError::Conflict { detail });
        }
        let (inner, provider) = (Arc::clone(&self.inner), provider.map(str::to_owned));
        self.inner
            .to_its_end(async move {
                let provider = inner.gateway.delete(&name, provider.as_deref()).await.map_err(managing)?;
                let change = inner.change(Actor::Founder);
                let deleted = ModelDeleted { name: name.to_string(), provider };
                let write = move |tx: &mut persistence::WriteTx<'_>| {
                    tx.brain_mut().model_deleted(deleted.clone(), &change);
                    Ok::<_, StoreError>(())
                };
                Ok(inner.store.write(write).await?)
            })
            .await
    }

    /// Has a model, or else the active one, generate something, and measures it. It takes its turn like any other question;
    /// of it nothing is stored but what it used up.
    ///
    /// # Errors
    /// [`ChatError::Unprocessable`] for a model that is not there, [`ChatError::Brain`] when the brain is offline or the
    /// model fails, [`ChatError::Conflict`] when everything was stopped meanwhile, [`ChatError::Spent`].
    pub async fn test_model(
        &self,
        model: Option<&str>,
        prompt: Option<&str>,
    ) -> Result<ModelTest, ChatError> {
        let inner = &self.inner;
        let rules = inner.rules.now();
        rules.admit()?;
        rules.within_budget()?;
        let prompt = prompt.unwrap_or(TEST_PROMPT);
        check_text("prompt", prompt, inner.limits.max_message_chars)?;
        if let Some(model) = model {
            model_name("model", model)?;
        }
        if !inner.gateway.status().probed {
            inner.gateway.probe().await;
        }
        let status = inner.gateway.status();
        let Some(name) = model.map(str::to_owned).or_else(|| inner.active_model()) else {
            return Err(ChatError::Brain(no_model(&status)));
        };
        if model.is_some() && status.connected && !status.may_have(&name) {
            return Err(ChatError::Unprocessable {
                field: "model",
                detail: format!("no model {name:?} here"),
            });
        }
        let context = inner.gateway.context_tokens(&name).await;
        let mut request = ChatRequest::new(name, vec![PromptMessage::user(prompt)]);
        request.context_tokens = Some(context);
        request.max_tokens = Some(TEST_TOKENS);
        request.may_stand_in = model.is_none();
        let tested = tokio::select! {
            tested = inner.gateway.test(request) => tested.map_err(ChatError::Brain)?,
            () = self.halted() => return Err(ChatError::Conflict { detail: "the test was stopped".to_owned() }),
            () = inner.shutdown.cancelled() => return Err(ChatError::ShuttingDown),
        };
        let call = ModelCall {
            provider: tested.provider.clone(),
            model: tested.model.clone(),
            agent: None,
            department: None,
            usage: tested.usage,
            took_ms: i64::try_from(tested.total.as_millis()).unwrap_or(i64::MAX),
        };
        let inner = Arc::clone(&self.inner);
        self.inner.to_its_end(async move { inner.count_calls(vec![call]).await }).await?;
        Ok(tested)
    }
}

impl Inner {
    /// The whole name of a model that is there, or, while nobody can be asked, was there last.
    async fn known_model(&self, name: &str) -> Option<String> {
        if !self.gateway.status().probed {
            self.gateway.probe().await;
        }
        let status = self.gateway.status();
        if status.connected {
            let found = status.find(name).map(|model| model.name.clone());
            return found.or_else(|| status.may_have(name).then(|| name.to_owned()));
        }
        let known =
            |known: &String| ModelInfo { name: known.clone(), ..ModelInfo::default() }.answers_to(name);
        self.told.models().into_iter().find(known)
    }
}

/// Checks a name before it reaches a provider.
pub(crate) fn model_name(field: &'static str, text: &str) -> Result<ModelName, ChatError> {
    ModelName::parse(text)
        .map_err(|error| ChatError::Unprocessable { field, detail: error.reason.to_owned() })
}

/// What a provider refuses of what is done with its models.
pub(crate) fn managing(error: GatewayError) -> ChatError {
    match error {
        GatewayError::UnknownModel { model, .. } => ChatError::not_found("model", model),
        GatewayError::NotManaged { .. } => {
            ChatError::Unprocessable { field: "provider", detail: error.to_string() }
        }
        other => ChatError::Brain(other),
    }
}

/// Nobody can be asked for lack of a model.
fn no_model(status: &BrainStatus) -> GatewayError {
    let why = status.error.clone().unwrap_or_else(|| "it has no model".to_owned());
    GatewayError::Unreachable { base_url: status.base_url.clone(), source: why.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_whatever_the_name() {
        let cursor = ModelCursor { name: "hf.co/you/a modél:Q4".into(), provider: "work shop".into() };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for text in ["", "x", "6", "61", "ff0a61"] {
            assert_eq!(text.parse::<ModelCursor>(), Err(InvalidCursor), "{text:?}");
        }
    }
}
