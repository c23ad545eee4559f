//! Two providers, seen from their sockets.

use serde_json::{Value, json};
use testkit::{Builder, DEFAULT_MODEL, Fault, Http, ModelServer, Script};

use super::having;
use crate::api::{DAENA, brain, list, say, text, texts, until_connected};
use crate::company::Company;

const LARGE: &str = "large:70b";
const ROUTING: &str = "/api/v1/system/config/brain.routing";

/// A company with an Ollama of its own, and a server of the OpenAI wire that counts as an api.
struct Pair {
    company: Company,
    api: ModelServer,
}

impl Pair {
    /// The api has only [`LARGE`], which stands in.
    async fn open() -> Self {
        Self::with(having(&[LARGE]), "model = \"large:70b\"\n").await
    }

    async fn with(script: Script, more: &str) -> Self {
        let api = ModelServer::start(script).await;
        let config = provider("far", "openai", &api.url(), &format!("kind = \"api\"\n{more}"));
        let company =
            Company::open_with(having(&[DEFAULT_MODEL]), |start: Builder| start.config(config)).await;
        Self { company, api }
    }

    async fn route(&self, routing: &str) {
        let http = self.company.http();
        http.put(ROUTING, json!({"value": routing})).await.ok();
        until_connected(&http, true).await;
    }

    fn http(&self) -> Http {
        self.company.http()
    }

    fn chats(&self) -> (usize, usize) {
        (self.company.model.chats().len(), self.api.chats().len())
    }
}

fn provider(name: &str, wire: &str, url: &str, more: &str) -> String {
    format!(
        "[brain]\nprobe_interval_ms = 200\n[[brain.providers]]\nname = \"{name}\"\nwire = \"{wire}\"\nurl = \"{url}\"\n{more}"
    )
}

/// Who answered, as the reply says.
async fn answered(http: &Http) -> Value {
    say(http, DAENA, "Hello", None).await["reply"]["model"].clone()
}

#[tokio::test]
async fn each_routing_asks_whom_it_may_and_nobody_else() {
    let pair = Pair::open().await;
    let http = pair.http();
    assert_eq!(brain(&http).await["routing"], "local_only", "what a new company starts with");
    assert_eq!(answered(&http).await, DEFAULT_MODEL);
    assert_eq!(pair.api.stats().requests, 0, "not even probed");

    pair.route("api_only").await;
    let asked = pair.company.model.stats().requests;
    assert_eq!(answered(&http).await, LARGE);
    http.request("POST", "/api/v1/brain/probe").send().await.ok();
    assert_eq!(pair.company.model.stats().requests, asked);

    pair.route("hybrid").await;
    assert_eq!(answered(&http).await, DEFAULT_MODEL, "local ones first");
    let named = http.post(DAENA, json!({"message": "Hello", "model": LARGE})).await.ok();
    assert_eq!(named["reply"]["model"], LARGE, "only the other one has it");
    assert_eq!(pair.chats(), (2, 2));
    let models = http.get("/api/v1/brain/models").await.ok();
    assert_eq!(texts(list(&models["models"]), "provider"), ["far", "ollama"]);
    let used = http.get("/api/v1/brain/usage?group_by=provider").await.ok();
    let calls = |group: &Value| (group["key"].clone(), group["calls"].clone());
    let used: Vec<_> = list(&used["groups"]).iter().map(calls).collect();
    assert_eq!(used, [(json!("far"), json!(2)), (json!("ollama"), json!(2))]);

    let over = json!({"value": "local_only", "reason": "a test"});
    http.put("/api/v1/founder-panel/overrides/brain.routing", over).await.ok();
    let asked = pair.api.stats().requests;
    assert_eq!(answered(&http).await, DEFAULT_MODEL);
    let refused = http.post(DAENA, json!({"message": "Hello", "model": LARGE})).await;
    refused.problem(422, "unprocessable");
    assert_eq!(pair.api.stats().requests, asked, "the override wins over the setting");
}

#[tokio::test]
async fn another_model_stands_in_for_the_general_one_and_never_for_one_that_was_named() {
    let pair = Pair::open().await;
    pair.route("hybrid").await;
    let http = pair.http();
    http.post(super::SELECT, json!({"name": DEFAULT_MODEL})).await.ok();
    pair.company.model.stop().await;
    assert_eq!(answered(&http).await, LARGE);
    let named = http.post(DAENA, json!({"message": "Hello", "model": DEFAULT_MODEL})).await;
    assert_ne!(named.status, 502);
    assert_eq!(pair.api.chats().len(), 1, "who asks for a model does not get another one");
}

#[tokio::test]
async fn nobody_else_is_asked_after_the_first_token() {
    let pair = Pair::with(having(&[DEFAULT_MODEL]), "").await;
    pair.route("hybrid").await;
    let http = pair.http();
    pair.company.model.set(Script { fault: Some(Fault::DropAfter(2)), ..having(&[DEFAULT_MODEL]) });
    let failed = http.post(DAENA, json!({"message": "Hello"})).await.problem(502, "brain_error");
    assert_eq!(failed["reply"]["content"], "Hello from", "what had come is kept");
    assert_eq!(pair.chats(), (1, 0));
    pair.company.model.set(Script { fault: Some(Fault::Drop), ..having(&[DEFAULT_MODEL]) });
    pair.company.model.stop().await;
    assert_eq!(say(&http, DAENA, "Hello", None).await["reply"]["status"], "complete");
    assert_eq!(pair.chats(), (1, 1), "before it, the other one is");
}

#[tokio::test]
async fn the_status_tells_of_each_provider_and_of_no_key() {
    let api = ModelServer::start(having(&[LARGE])).await;
    let config = provider("far", "openai", &api.url(), "key_env = \"FAR_KEY\"\nkind = \"api\"\n");
    let company =
        Company::open_with(Script::default(), |start| start.config(config).env("FAR_KEY", "sk-very-secret"))
            .await;
    let http = company.http();
    http.put(ROUTING, json!({"value": "hybrid"})).await.ok();
    let both = testkit::wait_until("both", crate::api::PATIENCE, async || {
        let status = brain(&http).await;
        (status["providers"][1]["connected"] == true && status["providers"][0]["connected"] == true)
            .then_some(status)
    })
    .await;
    let near = &both["providers"][0];
    assert_eq!(
        (&near["name"], &near["kind"], &near["circuit"]),
        (&json!("ollama"), &json!("local"), &json!("closed"))
    );
    let far = &both["providers"][1];
    assert_eq!(
        (&far["name"], &far["wire"], &far["base_url"]),
        (&json!("far"), &json!("openai"), &json!(api.url()))
    );
    assert_eq!(far["available_models"], json!([LARGE]));
    let asked = api.requests();
    assert!(asked.iter().all(|it| it.headers["authorization"] == "Bearer sk-very-secret"));
    let everything =
        format!("{both} {} {}", http.get("/api/v1/events?limit=200").await.ok(), company.daena.log());
    assert!(!everything.contains("sk-very-secret"));
}

#[tokio::test]
async fn a_provider_that_cannot_be_is_refused_by_its_field() {
    for (more, said) in [
        ("url = \"ftp://h\"\nwire = \"openai\"\n", "url"),
        ("url = \"http://user:word@h\"\nwire = \"openai\"\n", "credentials"),
        ("url = \"http://h\"\nwire = \"openai\"\nkey_file = \"/nowhere\"\n", "key_file"),
        ("url = \"http://h\"\nwire = \"openai\"\nkey_env = \"NOT_THERE\"\n", "key_env"),
    ] {
        let config = format!("[[brain.providers]]\nname = \"far\"\n{more}");
        let start = crate::company::program().config(config);
        let (status, _, errors) = start.run_to_exit().await;
        assert_eq!(status.code(), Some(2), "{errors}");
        assert!(errors.contains("far") && errors.contains(said) && !errors.contains("word@"), "{errors}");
    }
}

#[tokio::test]
async fn an_api_alone_is_asked_without_a_word_of_the_founders() {
    let api = ModelServer::start(having(&[LARGE])).await;
    let config = format!(
        "[brain]\nollama_url = \"\"\n{}",
        &provider("far", "openai", &api.url(), "kind = \"api\"\n")["[brain]\n".len()..]
    );
    let daena = crate::company::program().config(config).start().await;
    let status = until_connected(&daena.http(), true).await;
    assert_eq!((text(&status["routing"]), list(&status["providers"]).len()), ("api_only", 1));
    assert_eq!(answered(&daena.http()).await, LARGE);
}
