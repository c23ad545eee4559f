//! A client that keeps its books from events alone: fresh state is old state and events.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use testkit::{Fault, Http, Script};

use crate::api::{
    DAENA, ENGINEERING, HISTORY, TALENT, events_after, list, number, say, session, sessions, text, turn,
};
use crate::company::Company;

/// How a text begins: white space folded, at most 120 characters.
fn preview(text: &str) -> String {
    let folded = text.split_whitespace().collect::<Vec<_>>().join(" ");
    folded.chars().take(120).collect::<String>().trim_end().to_owned()
}

/// A client's own books: sessions outside the trash, kept true from events alone.
#[derive(Default)]
struct Books {
    sessions: BTreeMap<String, Value>,
    messages: BTreeSet<String>,
}

impl Books {
    fn enter(&mut self, event: &Value) {
        let (event_type, payload) = (text(&event["event_type"]), &event["payload"]);
        let id = text(&event["entity_id"]).to_owned();
        match event_type {
            "chat.session.created" | "chat.session.updated" | "chat.session.restored" => {
                self.sessions.insert(id, payload.clone());
            }
            "chat.session.deleted" => drop(self.sessions.remove(&id)),
            _ if payload["message_id"].is_string() => self.message(&id, payload),
            _ => {}
        }
    }

    fn message(&mut self, session: &str, message: &Value) {
        let Some(session) = self.sessions.get_mut(session) else { return };
        if self.messages.insert(text(&message["message_id"]).to_owned()) {
            session["message_count"] = json!(number(&session["message_count"]) + 1);
        }
        session["updated_at"] = message["updated_at"].clone();
        if message["content"] != "" {
            session["last_message"] = json!({
                "role": message["role"],
                "speaker_name": message["speaker"]["name"],
                "preview": preview(text(&message["content"])),
                "created_at": message["created_at"],
            });
        }
    }

    /// Reads what came since, and compares with what a fresh list says.
    async fn balance(&mut self, http: &Http, since: &mut i64, after: &str) {
        let events = events_after(http, *since).await;
        *since += events.len() as i64;
        events.iter().for_each(|event| self.enter(event));
        let fresh: BTreeMap<String, Value> = sessions(http, "")
            .await
            .into_iter()
            .map(|session| (text(&session["session_id"]).to_owned(), session))
            .collect();
        assert_eq!(self.sessions, fresh, "after {after}");
    }
}

#[tokio::test]
async fn fresh_state_is_old_state_and_events() {
    let company = Company::open(Script::echo()).await;
    let http = company.http();
    let (mut books, mut since) = (Books::default(), 0);
    books.balance(&http, &mut since, "the seed").await;
    let executive = say(&http, DAENA, "First words", None).await;
    books.balance(&http, &mut since, "a turn").await;
    let id = text(&executive["session_id"]);
    say(&http, DAENA, "More words", Some(id)).await;
    books.balance(&http, &mut since, "another turn").await;
    say(&http, ENGINEERING, "What would you do next, and why that?", None).await;
    books.balance(&http, &mut since, "a department's turn").await;
    let started = http.post(&format!("{DAENA}/start"), json!({})).await.with_status(201);
    books.balance(&http, &mut since, "a welcome").await;
    say(&http, DAENA, "Gives the title", Some(text(&started["session_id"]))).await;
    books.balance(&http, &mut since, "a title").await;
    http.patch(&format!("{HISTORY}/{id}"), json!({"title": "By hand", "archived": true})).await.ok();
    books.balance(&http, &mut since, "a change by hand").await;

    company.model.set(Script::fault(Fault::ErrorLineAfter(2)));
    let failed = turn(&http, DAENA, "Fail, please", Some(id)).await.problem(502, "brain_error");
    books.balance(&http, &mut since, "a failure").await;
    company.model.set(Script::echo());
    let retry = format!("/api/v1/messages/{}/retry", text(&failed["reply"]["message_id"]));
    http.request("POST", &retry).send().await.with_status(202);
    crate::api::until_status(&http, text(&failed["reply"]["message_id"]), "complete").await;
    books.balance(&http, &mut since, "a retry").await;
    let (said, answer) = (&executive["user_message"]["message_id"], &executive["reply"]["message_id"]);
    let (said, answer) =
        (format!("/api/v1/messages/{}", text(said)), format!("/api/v1/messages/{}", text(answer)));
    http.post(&format!("{answer}/regenerate"), json!({})).await.ok();
    books.balance(&http, &mut since, "a reply made once more").await;
    http.patch(&said, json!({"content": "Other first words"})).await.ok();
    books.balance(&http, &mut since, "an edit").await;
    http.post(&format!("{answer}/select"), json!({})).await.ok();
    books.balance(&http, &mut since, "a switch").await;
    company.model.set(Script { hold_after: Some(1), ..Script::echo() });
    let stopping = async {
        company.model.wait_for("the generation", |stats| stats.held == 1).await;
        let there = session(&http, id).await;
        assert_eq!(there["message_count"], 8);
        let page = http.get(&format!("{DAENA}/{id}")).await.ok();
        let reply = list(&page["messages"]).last().unwrap()["message_id"].clone();
        http.request("POST", &format!("/api/v1/messages/{}/stop", text(&reply)))
            .send()
            .await
            .with_status(200);
    };
    tokio::join!(say(&http, DAENA, "Stop, please", Some(id)), stopping);
    books.balance(&http, &mut since, "a stop").await;

    company.model.stop().await;
    let deferred = say(&http, TALENT, "Later, please", None).await;
    books.balance(&http, &mut since, "a deferral").await;
    company.model.set(Script::echo());
    company.model.restart().await;
    crate::api::until_status(&http, text(&deferred["reply"]["message_id"]), "complete").await;
    books.balance(&http, &mut since, "the brain's return").await;

    http.delete(&format!("{HISTORY}/{id}")).await.with_status(204);
    books.balance(&http, &mut since, "a deletion").await;
    http.post(&format!("{HISTORY}/{id}/restore"), json!({})).await.with_status(200);
    books.balance(&http, &mut since, "a restoration").await;
    http.delete(&format!("{HISTORY}/{id}?permanent=true")).await.with_status(204);
    books.balance(&http, &mut since, "a deletion for good").await;
    assert_eq!(books.sessions.len(), 3);
}
