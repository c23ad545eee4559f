//! Search, as a program that embeds the service asks it.

use crate::house::{House, to_agent, to_daena};
use chat_service::domain::{Limit, Role, ScopeType, Timestamp};
use chat_service::{ChatError, ScriptedModel, SearchFilter, SearchRequest, Within};

fn request(text: &str) -> SearchRequest {
    let query = text.parse().unwrap();
    SearchRequest { query, filter: SearchFilter::default(), after: None, limit: Limit::default() }
}

#[tokio::test]
async fn what_was_said_is_found_where_it_was_said_until_it_is_deleted() {
    let house = House::staffed(ScriptedModel::saying("A needle, for sure.")).await;
    let daena = house.turn(to_daena("where is it?")).await.reply;
    let agent = house.turn(to_agent("engineering-byte", "where is it?")).await.reply;
    let found = house.chat.search(request("needle")).await.unwrap();
    let ids: Vec<_> = found.page.items.iter().map(|hit| hit.message.as_ref().unwrap().id).collect();
    assert_eq!(ids, [agent.id, daena.id], "the newer one first");
    assert_eq!(found.as_of, house.chat.store().head());
    assert_eq!(found.page.items[0].snippet, "A <mark>needle</mark>, for sure.");

    let filter = SearchFilter {
        scope_type: Some(ScopeType::Agent),
        role: Some(Role::Assistant),
        ..SearchFilter::default()
    };
    let found = house.chat.search(SearchRequest { filter, ..request("needle") }).await.unwrap();
    assert_eq!(found.page.items.len(), 1);
    house.chat.delete_session(daena.session_id, Within::Anywhere).await.unwrap();
    assert_eq!(house.chat.search(request("needle")).await.unwrap().page.items.len(), 1);
    house.chat.purge_session(agent.session_id).await.unwrap();
    assert!(house.chat.search(request("needle")).await.unwrap().page.items.is_empty());
    house.chat.restore_session(daena.session_id).await.unwrap();
    assert_eq!(house.chat.search(request("needle")).await.unwrap().page.items.len(), 1);
}

#[tokio::test]
async fn an_offline_notice_is_not_found_and_the_answer_that_takes_its_place_is() {
    let model = ScriptedModel::saying("Here I am.");
    let house = House::new(model.clone()).await;
    model.set_online(false);
    house.chat.probe_brain().await.unwrap();
    let notice = house.send(to_daena("hello")).await.reply;
    let word = notice.content.split_whitespace().last().unwrap().to_owned();
    let found = house.chat.search(request(&word)).await.unwrap();
    assert!(
        found.page.items.iter().all(|hit| hit.message.as_ref().is_none_or(|message| message.id != notice.id))
    );
    assert!(
        house.chat.search(request("hello")).await.unwrap().page.items.len() == 2,
        "the question and the title"
    );
}

#[tokio::test]
async fn a_time_that_ends_before_it_begins_is_refused() {
    let house = House::new(ScriptedModel::saying("Yes.")).await;
    let (from, to) = (Some(Timestamp::from_micros(2)), Some(Timestamp::from_micros(1)));
    let filter = SearchFilter { from, to, ..SearchFilter::default() };
    let refused = house.chat.search(SearchRequest { filter, ..request("a") }).await;
    assert!(matches!(refused, Err(ChatError::Unprocessable { field: "to", .. })));
}
