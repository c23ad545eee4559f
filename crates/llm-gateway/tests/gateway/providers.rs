//! Several providers, and who is asked.

use crate::{Law, MODEL, Still, Wire, hear, listen, patient, question};
use futures_util::{FutureExt, StreamExt};
use llm_gateway::{
    ChatRequest, Chunk, Gateway, GatewayBuilder, GatewayError, GatewaySettings, ModelName, PromptMessage,
    Provider, ProviderKind, Routing,
};
use std::sync::Arc;
use testkit::{Fault, ModelCard, ModelServer, Script};
use tokio_util::sync::CancellationToken;

/// What only the api has.
const LARGE: &str = "large:70b";

fn says(text: &str, models: &[&str]) -> Script {
    let models = models.iter().map(|name| ModelCard::new(*name, 4096)).collect();
    Script { models, ..Script::tokens(text.split_inclusive(' ')) }
}

/// An Ollama as the local one and a server of the OpenAI wire as an api; the local one has [`MODEL`], the api that and
/// [`LARGE`].
struct Pair {
    local: ModelServer,
    api: ModelServer,
    law: Law,
    gateway: Gateway,
}

impl Pair {
    async fn start() -> Self {
        Self::with(|builder| builder.settings(patient())).await
    }

    /// The api is given first: what is local goes first all the same.
    async fn with(settings: impl FnOnce(GatewayBuilder) -> GatewayBuilder) -> Self {
        let local = ModelServer::start(says("I am local.", &[MODEL])).await;
        let api = ModelServer::start(says("I am far away.", &[MODEL, LARGE])).await;
        let far = Provider::new("far", Wire::OpenAi.model(&api.url())).kind(ProviderKind::Api);
        let near = Provider::new("near", Wire::Ollama.model(&local.url()));
        let law = Law::default();
        let builder = Gateway::to(far, Arc::new(Still)).provider(near);
        let gateway = law.over(settings(builder)).build();
        Self { local, api, law, gateway }
    }

    async fn probed() -> Self {
        let pair = Self::start().await;
        assert!(pair.gateway.probe().await.connected);
        pair
    }

    async fn ask(&self, model: &str) -> Result<String, GatewayError> {
        let (text, end) = hear(&self.gateway, ChatRequest::new(model, vec![PromptMessage::user("?")])).await;
        end.map(|_| text)
    }

    /// How many chats each was asked.
    fn chats(&self) -> (usize, usize) {
        (self.local.chats().len(), self.api.chats().len())
    }
}

#[tokio::test]
async fn each_routing_asks_whom_it_may_and_nobody_else() {
    let pair = Pair::start().await;
    let Pair { local, api, law, gateway } = &pair;

    law.route(Routing::LocalOnly);
    let status = gateway.probe().await;
    assert!(status.connected && status.probed && status.permission.routing == Routing::LocalOnly);
    assert_eq!((status.provider, &status.base_url), ("ollama", &local.url()));
    assert_eq!(pair.ask(MODEL).await.unwrap(), "I am local.");
    assert!(matches!(pair.ask(LARGE).await, Err(GatewayError::UnknownModel { .. })));
    gateway.context_tokens(LARGE).await;
    assert_eq!(gateway.models().await.len(), 1);
    assert_eq!(api.stats().requests, 0, "not even probed");

    law.route(Routing::ApiOnly);
    let asked = local.stats().requests;
    let status = gateway.probe().await;
    assert_eq!((status.provider, status.models.len()), ("openai", 2));
    assert_eq!(pair.ask(MODEL).await.unwrap(), "I am far away.");
    let near = &status.providers[1];
    assert!(!near.allowed && !near.connected && near.error.as_deref().unwrap().contains("api_only"));
    assert_eq!(local.stats().requests, asked);

    law.route(Routing::Hybrid);
    assert!(gateway.probe().await.connected);
    assert_eq!(pair.ask(MODEL).await.unwrap(), "I am local.");
    assert_eq!(pair.ask(LARGE).await.unwrap(), "I am far away.");
    assert_eq!(pair.chats(), (3, 2), "each was asked only what it has");
}

#[tokio::test]
async fn a_routing_that_leaves_nobody_says_so() {
    let server = ModelServer::start(Script::default()).await;
    let law = Law::default();
    let gateway = law.gateway(&server, patient());
    law.route(Routing::ApiOnly);
    let status = gateway.probe().await;
    assert!(status.probed && !status.connected, "known, and away");
    let error = hear(&gateway, question("?")).await.1.unwrap_err();
    assert!(error.is_unreachable() && format!("{error:?}").contains("api_only"), "{error:?}");
    assert_eq!(server.stats().requests, 0);
}

#[tokio::test]
async fn the_whole_is_told_from_its_parts() {
    let pair = Pair::probed().await;
    let status = pair.gateway.status();
    let names = |models: &[llm_gateway::ModelInfo]| -> Vec<String> {
        models.iter().map(|model| model.name.clone()).collect()
    };
    assert_eq!((status.provider, &status.base_url), ("ollama", &pair.local.url()), "local ones first");
    assert_eq!(names(&status.models), [MODEL, LARGE], "its own, then what the other has besides");
    let [far, near] = &status.providers[..] else { panic!("two providers") };
    assert_eq!(
        (&*far.name, far.kind, &*near.name, near.kind),
        ("far", ProviderKind::Api, "near", ProviderKind::Local)
    );
    assert_eq!(
        (names(&far.models), names(&near.models)),
        (vec![MODEL.to_owned(), LARGE.into()], vec![MODEL.into()])
    );

    pair.local.stop().await;
    let status = pair.gateway.probe().await;
    assert!(status.connected && status.probed);
    assert_eq!((status.provider, &status.base_url, status.error.clone()), ("openai", &pair.api.url(), None));
    assert!(!status.providers[1].connected && status.providers[1].error.is_some());

    pair.api.stop().await;
    let status = pair.gateway.probe().await;
    assert!(!status.connected && status.models.is_empty());
    assert!(status.error.as_deref().unwrap().contains(&pair.local.url()), "{status:?}");
}

#[tokio::test]
async fn the_other_is_asked_when_one_is_gone() {
    let pair = Pair::probed().await;
    pair.local.stop().await;
    assert!(pair.gateway.status().providers[1].connected, "nobody knows yet");
    assert_eq!(pair.ask(MODEL).await.unwrap(), "I am far away.");
    assert!(!pair.gateway.status().providers[1].connected, "now it is known");
    assert_eq!(pair.ask(MODEL).await.unwrap(), "I am far away.");
}

#[tokio::test]
async fn the_other_is_asked_when_one_lacks_the_model_after_all() {
    let pair = Pair::probed().await;
    pair.local.set(says("I am local.", &["another"]));
    assert_eq!(pair.ask(MODEL).await.unwrap(), "I am far away.");
    assert_eq!(pair.chats(), (1, 1));
}

#[tokio::test]
async fn the_other_is_asked_when_one_dies_before_the_first_token() {
    for wire in Wire::BOTH {
        let held = Script { hold_after: Some(0), ..Script::default() };
        let (dying, other) =
            (ModelServer::start(held).await, ModelServer::start(says("Still here.", &[MODEL])).await);
        let gateway = Gateway::to(Provider::new("dying", wire.model(&dying.url())), Arc::new(Still))
            .provider(Provider::new("other", wire.model(&other.url())))
            .settings(patient())
            .build();
        gateway.probe().await;
        let ((text, end), ()) = tokio::join!(hear(&gateway, question("?")), async {
            dying.wait_for("the chat", |stats| stats.held == 1).await;
            dying.stop().await;
        });
        assert_eq!((&*text, end.is_ok()), ("Still here.", true), "{wire:?}");
    }
}

#[tokio::test]
async fn nobody_else_is_asked_after_the_first_token() {
    let pair = Pair::probed().await;
    pair.local.set(Script { hold_after: Some(1), ..says("I am local.", &[MODEL]) });
    let mut answer = pair.gateway.chat(question("?")).await.unwrap();
    assert_eq!(answer.next().await.unwrap().unwrap(), Chunk::Text("I ".into()));
    pair.local.stop().await;
    let (text, end) = listen(answer).await;
    assert_eq!(text, "");
    assert!(matches!(end, Err(GatewayError::Disconnected { .. })));
    assert_eq!(pair.chats(), (1, 0));
}

#[tokio::test]
async fn a_failure_of_the_model_is_no_reason_to_ask_another() {
    for fault in [Fault::Status(500), Fault::ErrorLineAfter(0), Fault::Html, Fault::DropAfter(0)] {
        let pair = Pair::probed().await;
        pair.local.set(Script { fault: Some(fault), ..says("I am local.", &[MODEL]) });
        assert!(pair.ask(MODEL).await.is_err(), "{fault:?}");
        assert_eq!(pair.chats(), (1, 0), "{fault:?}");
    }
}

#[tokio::test]
async fn a_question_goes_to_nobody_who_lists_only_other_models() {
    let pair = Pair::probed().await;
    pair.api.set(says("I am far away.", &[LARGE]));
    pair.local.stop().await;
    pair.gateway.probe().await;
    assert!(pair.ask(MODEL).await.unwrap_err().is_unreachable(), "it waits for the one that may have it");
    assert_eq!(pair.api.chats().len(), 0);
    pair.local.restart().await;
    pair.gateway.probe().await;
    assert!(matches!(pair.ask("nowhere").await, Err(GatewayError::UnknownModel { .. })));
    assert_eq!(pair.chats(), (1, 0), "one is asked: it may have got the model since its probe");
}

#[tokio::test]
async fn who_is_away_outweighs_who_lacks_the_model() {
    let pair = Pair::probed().await;
    pair.local.stop().await;
    pair.api.set(says("I am far away.", &["another"]));
    assert!(pair.ask(MODEL).await.unwrap_err().is_unreachable());
}

#[tokio::test]
async fn each_provider_has_its_own_turns() {
    let pair = Pair::with(|builder| {
        let narrow = GatewaySettings { concurrency: 1, queue: 0, ..patient() };
        builder.settings(narrow)
    })
    .await;
    pair.gateway.probe().await;
    pair.local.set(Script { hold_after: Some(1), ..says("I am local.", &[MODEL]) });
    let mut first = pair.gateway.chat(question("?")).await.unwrap();
    assert!(first.next().await.unwrap().is_ok());
    assert!(matches!(pair.ask(MODEL).await, Err(GatewayError::Busy)));
    assert_eq!(pair.ask(LARGE).await.unwrap(), "I am far away.");
}

#[tokio::test]
async fn the_context_is_that_of_the_provider_that_has_the_model() {
    let pair = Pair::probed().await;
    assert_eq!(pair.gateway.context_tokens(MODEL).await, 4096);
    assert_eq!(pair.gateway.context_tokens(LARGE).await, 8192, "its wire does not tell");
    assert!(pair.local.requests().iter().filter(|asked| asked.route == "/api/show").count() == 1);
}

#[tokio::test]
async fn models_are_managed_where_they_are() {
    let pair = Pair::probed().await;
    let large = ModelName::parse(LARGE).unwrap();
    let lists = pair.gateway.models().await;
    assert_eq!(lists.iter().map(|list| &*list.provider).collect::<Vec<_>>(), ["far", "near"]);
    while pair.gateway.pull(&large, None).await.unwrap().next().await.is_some_and(|_| false) {}
    assert_eq!(pair.local.requests().iter().filter(|asked| asked.route == "/api/pull").count(), 1);
    let error = pair.gateway.delete(&large, Some("far")).await.unwrap_err();
    assert!(matches!(&error, GatewayError::NotManaged { provider, .. } if provider == "far"), "{error}");
    let tested = pair.gateway.test(ChatRequest::new(LARGE, vec![PromptMessage::user("?")])).await.unwrap();
    assert_eq!((&*tested.provider, &*tested.text), ("far", "I am far away."));
}

#[tokio::test]
async fn a_brain_switched_off_calls_nobody() {
    let pair = Pair::probed().await;
    let (gateway, law) = (&pair.gateway, &pair.law);
    let asked = (pair.local.stats().requests, pair.api.stats().requests);
    law.forbid();
    let off = |error: &GatewayError| error.is_unreachable() && format!("{error:?}").contains("switched off");
    let model = ModelName::parse(MODEL).unwrap();
    assert!(off(&pair.ask(MODEL).await.unwrap_err()));
    assert!(off(&gateway.test(question("?")).await.unwrap_err()));
    assert!(off(&gateway.pull(&model, None).await.err().unwrap()));
    assert!(off(&gateway.delete(&model, Some("near")).await.unwrap_err()));
    assert!(off(&gateway.unload(&model, None).await.unwrap_err()));
    assert!(gateway.models().await.is_empty());
    assert_eq!(gateway.context_tokens(LARGE).await, 8192);
    let status = gateway.probe().await;
    assert!(
        status.permission.refusal.is_some() && status.probed && !status.connected && status.models.is_empty()
    );
    assert_eq!(status.error.as_deref(), Some("the brain is switched off"));
    assert_eq!((pair.local.stats().requests, pair.api.stats().requests), asked);

    law.allow();
    assert!(!gateway.status().probed, "found out anew");
    assert!(gateway.probe().await.connected);
    assert_eq!(pair.ask(MODEL).await.unwrap(), "I am local.");
}

#[tokio::test]
async fn one_server_switched_off_is_not_called_either() {
    let server = ModelServer::start(Script::default()).await;
    let law = Law::default();
    let gateway = law.gateway(&server, patient());
    law.forbid();
    let error = hear(&gateway, question("?")).await.1.unwrap_err();
    assert!(error.is_unreachable() && format!("{error:?}").contains("switched off"), "{error:?}");
    assert_eq!(server.stats().requests, 0);
    law.allow();
    assert!(hear(&gateway, question("?")).await.1.is_ok());
}

#[tokio::test]
async fn who_waits_for_a_turn_is_told_when_the_brain_is_switched_off() {
    let server = ModelServer::start(Script { hold_after: Some(1), ..Script::default() }).await;
    let law = Law::default();
    let gateway = law.gateway(&server, GatewaySettings { concurrency: 1, ..patient() });
    let mut first = gateway.chat(question("?")).await.unwrap();
    assert!(first.next().await.unwrap().is_ok());
    let mut second = std::pin::pin!(gateway.chat(question("?")));
    assert!((&mut second).now_or_never().is_none());
    law.forbid();
    gateway.look_again();
    assert!(second.await.err().unwrap().is_unreachable());
    server.release();
    assert!(listen(first).await.1.is_ok(), "what is under way is its reader's");
    assert_eq!(server.chats().len(), 1);
}

#[tokio::test]
async fn the_loop_pauses_while_switched_off_and_looks_at_once_when_on() {
    let pair = Pair::start().await;
    let (gateway, law, cancel) = (&pair.gateway, &pair.law, CancellationToken::new());
    tokio::join!(gateway.clone().run_probe(cancel.clone()), async {
        let mut status = gateway.watch();
        status.wait_for(|status| status.probed && status.connected).await.unwrap();
        law.forbid();
        gateway.look_again();
        status.wait_for(|status| !status.connected).await.unwrap();
        let asked = pair.local.stats().requests;
        law.allow();
        gateway.look_again();
        status.wait_for(|status| status.probed && status.connected).await.unwrap();
        assert_eq!(pair.local.stats().requests, asked + 2, "one probe, an hour before its time");
        cancel.cancel();
    });
}

#[tokio::test]
async fn a_provider_answers_with_a_model_of_its_own_where_any_will_do() {
    let local = ModelServer::start(says("I am local.", &[MODEL])).await;
    let api = ModelServer::start(says("I stand in.", &[LARGE])).await;
    let near = Provider::new("near", Wire::Ollama.model(&local.url()));
    let far = Provider::new("far", Wire::OpenAi.model(&api.url())).kind(ProviderKind::Api).stand_in(LARGE);
    let gateway = Gateway::to(near, Arc::new(Still)).provider(far).settings(patient()).build();
    assert!(gateway.probe().await.connected);
    let any = || ChatRequest { may_stand_in: true, ..question("?") };
    assert_eq!(hear(&gateway, any()).await.0, "I am local.", "who has it goes first");
    local.stop().await;
    let (text, end) = hear(&gateway, any()).await;
    assert_eq!(text, "I stand in.");
    assert!(matches!(end, Ok(Chunk::Done { model, .. }) if model == LARGE));
    assert!(hear(&gateway, question("?")).await.1.unwrap_err().is_unreachable(), "it was asked for by name");
    assert_eq!(api.chats().len(), 1);
}
