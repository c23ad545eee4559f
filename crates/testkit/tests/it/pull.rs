use serde_json::json;
use testkit::{Fault, Http, ModelServer, PullScript, Script};

use crate::asking::{chunks, lines};

async fn pull(server: &ModelServer, model: &str) -> Vec<serde_json::Value> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let asked = client.post(format!("{}/api/pull", server.url())).json(&json!({"model": model}));
    lines(&chunks(asked.send().await.unwrap()).await.unwrap())
}

#[tokio::test]
async fn a_pull_tells_its_progress_and_brings_the_model() {
    let server = ModelServer::start(Script::default()).await;
    let told = pull(&server, "qwen3:4b").await;
    let completed: Vec<_> = told.iter().filter_map(|line| line["completed"].as_u64()).collect();
    assert_eq!(completed, [100, 200, 300, 400]);
    assert_eq!(
        (&told[0]["status"], &told[told.len() - 1]),
        (&json!("pulling manifest"), &json!({"status": "success"}))
    );
    let tags = Http::new(server.url()).get("/api/tags").await.ok();
    assert_eq!(tags["models"][1]["name"], "qwen3:4b");
}

#[tokio::test]
async fn a_pull_that_failed_goes_on_where_it_was() {
    let failing = Script {
        pull: PullScript { error: "no space left on device".into(), ..PullScript::default() },
        ..Script::fault(Fault::ErrorLineAfter(3))
    };
    let server = ModelServer::start(failing).await;
    let told = pull(&server, "qwen3:4b").await;
    assert_eq!(told[told.len() - 1], json!({"error": "no space left on device"}));
    assert_eq!(Http::new(server.url()).get("/api/tags").await.ok()["models"].as_array().unwrap().len(), 1);
    server.set(Script::default());
    assert_eq!(pull(&server, "qwen3:4b").await[1]["completed"], 400);
}

#[tokio::test]
async fn a_model_can_be_unloaded_and_deleted() {
    let server = ModelServer::start(Script::default()).await;
    let http = Http::new(server.url());
    let unload = |model: &str| json!({"model": model, "keep_alive": 0});
    assert_eq!(
        http.post("/api/generate", unload(testkit::DEFAULT_MODEL)).await.ok()["done_reason"],
        "unload"
    );
    assert_eq!(
        http.post("/api/generate", unload("none")).await.with_status(404)["error"],
        "model 'none' not found"
    );
    let delete = async |model: &str| {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let asked = client.delete(format!("{}/api/delete", server.url())).json(&json!({"model": model}));
        asked.send().await.unwrap().status().as_u16()
    };
    assert_eq!((delete(testkit::DEFAULT_MODEL).await, delete(testkit::DEFAULT_MODEL).await), (200, 404));
}
