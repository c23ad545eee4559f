//! The model side, managed: models, pulls, providers, routing, and what is told of them.

mod pulls;
mod routing;
mod told;

use serde_json::{Value, json};
use testkit::{DEFAULT_MODEL, ModelCard, Script};

use crate::api::{DAENA, ENGINEERING, TALENT, list, say, text, texts};
use crate::company::Company;

pub(crate) const MODELS: &str = "/api/v1/brain/models";
pub(crate) const SELECT: &str = "/api/v1/brain/models/select";
/// A name with all that names may hold.
pub(crate) const ODD: &str = "hf.co/you/a model:Q4_K_M";

/// A server that has these models.
pub(crate) fn having(models: &[&str]) -> Script {
    let models = models.iter().map(|name| ModelCard::new(*name, 4096)).collect();
    Script { models, ..Script::default() }
}

#[tokio::test]
async fn models_are_listed_with_all_that_their_provider_tells_and_page_by_page() {
    let mut script = having(&[ODD, DEFAULT_MODEL]);
    script.models[0].loaded = true;
    let company = Company::open(script).await;
    let page = company.http().get(&format!("{MODELS}?limit=1")).await.ok();
    let odd = json!({
        "name": ODD, "provider": "ollama", "kind": "local", "size_bytes": 2_019_393_189,
        "modified_at": page["models"][0]["modified_at"], "family": "llama", "parameter_size": "3.2B",
        "quantization": "Q4_K_M", "context_length": 4096, "loaded": true, "active": true,
    });
    assert_eq!(page["models"], json!([odd]));
    let rest = company.http().get(&format!("{MODELS}?cursor={}", text(&page["next_cursor"]))).await.ok();
    assert_eq!(texts(list(&rest["models"]), "name"), [DEFAULT_MODEL]);
    assert_eq!((&rest["next_cursor"], &rest["models"][0]["active"]), (&Value::Null, &json!(false)));
    assert!(rest["as_of"].is_i64());
    company.http().get(&format!("{MODELS}?cursor=x")).await.problem(400, "invalid_request");
}

#[tokio::test]
async fn a_selected_model_is_used_by_every_door_and_after_a_restart() {
    let mut company = Company::open(having(&[DEFAULT_MODEL, ODD])).await;
    let http = company.http();
    let selected = http.post(SELECT, json!({"name": ODD})).await.ok();
    assert_eq!(selected, json!({"name": ODD, "active_model": ODD}));
    for door in [DAENA, ENGINEERING, TALENT] {
        assert_eq!(say(&http, door, "Hello", None).await["reply"]["model"], ODD);
    }
    company.daena.restart().await;
    let http = company.http();
    crate::api::until_connected(&http, true).await;
    assert_eq!(crate::api::brain(&http).await["active_model"], ODD);
    assert_eq!(say(&http, DAENA, "Hello", None).await["reply"]["model"], ODD);
    assert!(company.model.chats().iter().all(|chat| chat.body["model"] == ODD));
    let over = json!({"value": DEFAULT_MODEL, "reason": "a test"});
    http.put("/api/v1/founder-panel/overrides/brain.model", over).await.ok();
    assert_eq!(say(&http, DAENA, "Hello", None).await["reply"]["model"], DEFAULT_MODEL);
}

#[tokio::test]
async fn a_model_that_is_gone_fails_the_turn_by_name() {
    let company = Company::open(having(&[DEFAULT_MODEL, ODD])).await;
    let http = company.http();
    http.post(SELECT, json!({"name": ODD})).await.ok();
    company.model.set(having(&[DEFAULT_MODEL]));
    let failed = http.post(DAENA, json!({"message": "Hello"})).await.problem(502, "brain_error");
    assert!(text(&failed["reply"]["error"]["detail"]).contains(ODD), "{failed}");
}

#[tokio::test]
async fn nobodys_own_model_is_one_that_is_not_there() {
    const TALENT: &str = "/api/v1/agents/hr-talent";
    const MEMBERS: &str = "/api/v1/councils/tech/members";
    let company = Company::open(having(&[DEFAULT_MODEL, ODD])).await;
    let http = company.http();
    let unheard = http.patch(TALENT, json!({"model": "unheard-of"})).await.problem(422, "unprocessable");
    assert_eq!(unheard["errors"][0]["pointer"], "/model");
    let new = |model: &str| json!({"name": "The Odd", "role": "Oddity", "model": model});
    let unheard = http.post(MEMBERS, new("unheard-of")).await.problem(422, "unprocessable");
    assert_eq!(unheard["errors"][0]["pointer"], "/model");
    company.model.stop().await;
    crate::api::until_connected(&http, false).await;
    assert_eq!(http.patch(TALENT, json!({"model": ODD})).await.ok()["model"], ODD, "it was there last");
    http.patch(TALENT, json!({"model": "unheard-of"})).await.problem(422, "unprocessable");
    http.post(MEMBERS, new(ODD)).await.with_status(201);
}

#[tokio::test]
async fn what_was_never_listed_is_nobodys_own_model() {
    let company = Company::open_offline(Script::default(), |start| start).await;
    let asked = company.http().patch("/api/v1/agents/hr-talent", json!({"model": DEFAULT_MODEL})).await;
    assert!(text(&asked.problem(422, "unprocessable")["detail"]).contains("cannot be checked"));
    let asked = company.http().post(SELECT, json!({"name": DEFAULT_MODEL})).await;
    asked.problem(404, "not_found");
}

#[tokio::test]
async fn a_test_measures_a_real_generation_and_stores_what_it_used_up_alone() {
    let company = Company::open(having(&[DEFAULT_MODEL, ODD])).await;
    let http = company.http();
    let since = crate::api::head(&http).await;
    let tested = http.post("/api/v1/brain/test", json!({"model": ODD, "prompt": "Well?"})).await.ok();
    assert_eq!((&tested["model"], &tested["text"]), (&json!(ODD), &json!("Hello from the model.")));
    assert_eq!(tested["provider"], "ollama");
    assert!(tested["first_token_ms"].is_u64() && tested["tokens_per_second"].as_f64().unwrap() > 0.0);
    assert_eq!(company.model.chats()[0].messages, [("user".to_owned(), "Well?".to_owned())]);
    assert_eq!(crate::api::head(&http).await, since);
    let used = http.get("/api/v1/brain/usage").await.ok();
    assert_eq!((&used["groups"][0]["key"], &used["groups"][0]["calls"]), (&json!(ODD), &json!(1)));
    company.model.set(Script::fault(testkit::Fault::Status(500)));
    http.post("/api/v1/brain/test", json!({})).await.problem(502, "brain_error");
    company.model.stop().await;
    http.post("/api/v1/brain/test", json!({})).await.problem(503, "brain_offline");
}
