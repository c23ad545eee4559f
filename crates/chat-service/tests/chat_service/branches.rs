//! Replies made once more, messages written anew, and the way back.

use crate::house::{House, Plan, ollama, read_to, soon, to_agent, to_daena, to_department};
use crate::replica::Replica;
use chat_service::domain::{Alternatives, Limit, Message, MessageId, MessageState, Role, SessionId};
use chat_service::{
    ChatError, EditMessage, Regenerate, ReplyUpdate, ScriptedModel, SendMessage, Turn, Within,
};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use testkit::{ModelServer, Script};

/// A model that counts its answers.
fn counting() -> ScriptedModel {
    let count = AtomicUsize::new(0);
    ScriptedModel::new(move |_| vec![format!("Answer {}.", count.fetch_add(1, Ordering::SeqCst) + 1)])
}

fn anew(text: &str) -> EditMessage {
    EditMessage { text: text.to_owned(), client_message_id: None, model: None }
}

fn keyed(key: &str) -> Regenerate {
    Regenerate { model: None, client_message_id: Some(key.to_owned()) }
}

impl House {
    async fn regenerate(&self, id: MessageId) -> Arc<Message> {
        let turn = self.chat.regenerate(id, Regenerate::default()).await.unwrap();
        assert!(turn.user_message.active && turn.reply.active);
        soon(turn.finished()).await.unwrap().reply
    }

    /// An edit and its answer, by their ids.
    async fn edit(&self, id: MessageId, text: &str) -> (MessageId, MessageId) {
        let turn = self.chat.edit(id, anew(text)).await.unwrap();
        let user = turn.user_message.id;
        (user, soon(turn.finished()).await.unwrap().reply.id)
    }

    async fn texts(&self, id: SessionId) -> Vec<String> {
        self.messages(id).await.into_iter().map(|message| message.content).collect()
    }

    /// What is refused as a conflict, and leaves nothing.
    async fn conflicts<T: std::fmt::Debug>(
        &self,
        what: impl Future<Output = Result<T, ChatError>>,
    ) -> String {
        let head = self.head();
        let refused = what.await.unwrap_err();
        assert!(matches!(refused, ChatError::Conflict { .. }), "{refused}");
        assert_eq!(self.head(), head);
        refused.to_string()
    }
}

fn ids(turn: &Turn) -> (SessionId, MessageId, MessageId) {
    (turn.session.id, turn.user_message.id, turn.reply.id)
}

/// Two turns: the session, and the ids of question, answer, question, answer.
async fn two_turns(house: &House) -> (SessionId, [MessageId; 4]) {
    let turn = house.send(to_daena("One?")).await;
    let (session, first, answer) = ids(&turn);
    soon(turn.finished()).await.unwrap();
    let turn = house.send(to_daena("Two?").in_session(session)).await;
    let (_, second, last) = ids(&turn);
    soon(turn.finished()).await.unwrap();
    (session, [first, answer, second, last])
}

#[tokio::test]
async fn each_message_of_a_talk_names_the_one_before_it() {
    let house = House::new(counting()).await;
    let (begun, welcome) = house.chat.start_session(None).await.unwrap();
    house.turn(to_daena("One?").in_session(begun.id)).await;
    house.turn(to_daena("Two?").in_session(begun.id)).await;
    let messages = house.messages(begun.id).await;
    assert_eq!((messages[0].id, messages[0].parent_id), (welcome.id, None));
    for pair in messages.windows(2) {
        assert_eq!(pair[1].parent_id, Some(pair[0].id));
    }
    assert_eq!(house.session(begun.id).await.tip, messages.last().map(|last| last.id));
}

#[tokio::test]
async fn a_reply_made_once_more_stands_beside_the_first_and_what_followed_is_aside() {
    let model = counting();
    let house = House::new(model.clone()).await;
    let (session, [first, answer, second, last]) = two_turns(&house).await;
    let head = house.head();
    let turn = house.chat.regenerate(answer, Regenerate::default()).await.unwrap();
    assert_eq!((turn.user_message.id, turn.session.message_count), (first, 2));
    assert_eq!((turn.reply.state.as_str(), turn.reply.parent_id), ("pending", Some(first)));
    let again = soon(turn.finished()).await.unwrap().reply;
    assert_eq!((again.content.as_str(), again.parent_id), ("Answer 3.", Some(first)));
    assert_eq!(house.texts(session).await, ["One?", "Answer 3."]);
    let said: Vec<_> = model.requests()[2].messages[1..].iter().map(|said| said.content.clone()).collect();
    assert_eq!(said, ["One?"], "neither the first answer nor what followed it is heard");
    for id in [answer, second, last] {
        assert!(!house.message(id).await.active);
    }
    assert_eq!(house.message(answer).await.content, "Answer 1.");
    let events = house.events_after(head).await;
    let names: Vec<_> = events.iter().map(|event| event.event_type.to_string()).collect();
    assert_eq!(names, ["chat.session.updated", "chat.reply.started", "chat.message"]);
    let opened = house.opened(session).await;
    assert_eq!(opened.alternatives[&again.id], Alternatives { position: 2, count: 2 });
    assert_eq!(opened.alternatives.len(), 1);
    assert_eq!((opened.session.message_count, opened.session.set_aside), (2, 3));
    // The talk goes on from there.
    house.turn(to_daena("Three?").in_session(session)).await;
    assert_eq!(house.texts(session).await, ["One?", "Answer 3.", "Three?", "Answer 4."]);
}

#[tokio::test]
async fn a_message_written_anew_begins_a_branch_and_the_old_one_can_be_shown_again() {
    let model = counting();
    let house = House::new(model.clone()).await;
    let (session, [first, _, second, last]) = two_turns(&house).await;
    let title = house.session(session).await.title;
    let head = house.head();
    let (new, reply) = house.edit(first, "Uno?").await;
    assert_eq!(house.texts(session).await, ["Uno?", "Answer 3."]);
    let events = house.events_after(head).await;
    let names: Vec<_> = events.iter().map(|event| event.event_type.to_string()).collect();
    let told =
        ["chat.session.updated", "chat.message.edited", "chat.message", "chat.reply.started", "chat.message"];
    assert_eq!(names, told);
    let edited: serde_json::Value = serde_json::from_str(events[1].payload.get()).unwrap();
    assert_eq!((&edited["instead_of"], &edited["message_id"]), (&json!(first), &json!(new)));
    assert_eq!((&edited["content"], &edited["parent_id"]), (&json!("Uno?"), &json!(null)));
    assert_eq!(house.session(session).await.title, title);

    let shown = house.chat.select_branch(second).await.unwrap();
    assert_eq!((shown.message_count, shown.tip), (4, Some(last)));
    assert_eq!(house.texts(session).await, ["One?", "Answer 1.", "Two?", "Answer 2."]);
    assert_eq!(shown.last_message.unwrap().preview.as_str(), "Answer 2.");
    let page = house.chat.alternatives(new, None, Limit::default()).await.unwrap();
    let found: Vec<_> = page.page.items.iter().map(|message| (message.id, message.active)).collect();
    assert_eq!(found, [(first, true), (new, false)]);
    assert_eq!((page.first, page.count), (1, 2));
    assert_eq!(house.chat.message_among(new).await.unwrap().1, Some(Alternatives { position: 2, count: 2 }));
    assert_eq!(house.chat.message_among(reply).await.unwrap().1, None);
    // A model hears the branch that is shown.
    house.turn(to_daena("Three?").in_session(session)).await;
    let said: Vec<_> = model.requests()[3].messages[1..].iter().map(|said| said.content.clone()).collect();
    assert_eq!(said, ["One?", "Answer 1.", "Two?", "Answer 2.", "Three?"]);
}

#[tokio::test]
async fn branches_are_told_by_their_events() {
    let house = House::new(counting()).await;
    let mut replica = Replica::default();
    let (session, [first, answer, second, last]) = two_turns(&house).await;
    replica.follows(&house).await;
    let again = house.regenerate(last).await.id;
    replica.follows(&house).await;
    let (second_anew, _) = house.edit(second, "Deux?").await;
    replica.follows(&house).await;
    house.chat.select_branch(again).await.unwrap();
    replica.follows(&house).await;
    house.edit(first, "Un?").await;
    replica.follows(&house).await;
    // From what is aside.
    house.regenerate(last).await;
    replica.follows(&house).await;
    house.edit(second_anew, "Zwei?").await;
    replica.follows(&house).await;
    house.regenerate(answer).await;
    replica.follows(&house).await;
    house.chat.select_branch(second_anew).await.unwrap();
    replica.follows(&house).await;
    let head = house.head();
    house.chat.select_branch(first).await.unwrap();
    assert_eq!(house.head(), head, "what is shown is not shown again");
    let deleted = house.chat.delete_session(session, Within::Anywhere).await;
    deleted.unwrap();
    replica.follows(&house).await;
}

#[tokio::test]
async fn every_door_answers_once_more_and_a_department_asks_its_colleagues_again() {
    let house = House::staffed(ScriptedModel::new(|asked| {
        vec![if asked.max_tokens.is_some() { "a view".to_owned() } else { "Yes.".to_owned() }]
    }))
    .await;
    for message in [
        to_daena("Is the release ready?"),
        to_department("engineering", "Is the release ready?"),
        to_agent("sales-hunter", "Is the release ready?"),
    ] {
        let first = house.turn(message).await.reply;
        let again = house.regenerate(first.id).await;
        assert_eq!((again.state.as_str(), &again.speaker), ("complete", &first.speaker));
        assert_eq!(again.notes.len(), first.notes.len());
        assert_eq!(house.messages(first.session_id).await.len(), 2);
    }
}

#[tokio::test]
async fn what_failed_or_was_stopped_is_made_once_more_beside_it() {
    let server = ModelServer::start(Script::default()).await;
    let house = House::new(ollama(&server)).await;
    let failed = house.turn_that_fails(&server).await;
    let again = house.regenerate(failed.id).await;
    assert_eq!(again.state, MessageState::Complete);
    let refused = house.conflicts(house.chat.retry(failed.id)).await;
    assert!(refused.contains("select it first"), "{refused}");
    house.chat.select_branch(failed.id).await.unwrap();
    house.chat.retry(failed.id).await.unwrap();
    house.row_has(failed.id, MessageState::Complete).await;
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_and_leaves_nothing() {
    let server = ModelServer::start(Script::default()).await;
    let house = House::new(ollama(&server)).await;
    let (begun, welcome) = house.chat.start_session(None).await.unwrap();
    let (_, [first, answer, ..]) = two_turns(&house).await;
    server.set(Script { hold_after: Some(1), ..Script::default() });
    let running = house.send(to_daena("Speak").in_session(begun.id)).await;
    let again = |id| house.chat.regenerate(id, Regenerate::default());
    let refused = house.conflicts(again(running.reply.id)).await;
    assert!(refused.contains("has ended"), "{refused}");
    house.conflicts(again(first)).await;
    house.conflicts(again(welcome.id)).await;
    house.conflicts(house.chat.edit(answer, anew("Mine now"))).await;
    let head = house.head();
    for text in [" \n", "nul\0"] {
        let refused = house.chat.edit(first, anew(text)).await.unwrap_err();
        assert!(matches!(refused, ChatError::Invalid { field: "message", .. }), "{refused}");
    }
    let too_long = house.chat.edit(first, anew(&"x".repeat(100_001))).await.unwrap_err();
    assert!(matches!(too_long, ChatError::TooLarge { .. }), "{too_long}");
    let unknown = Regenerate { model: Some("nobody".into()), client_message_id: None };
    let unknown = house.chat.regenerate(answer, unknown).await.unwrap_err();
    assert!(matches!(unknown, ChatError::Unprocessable { field: "model", .. }), "{unknown}");
    assert_eq!(house.head(), head);
    house.chat.stop(running.reply.id).await.unwrap();
    house.chat.delete_session(begun.id, Within::Anywhere).await.unwrap();
    for refused in [
        again(running.reply.id).await.unwrap_err(),
        house.chat.edit(running.user_message.id, anew("a")).await.unwrap_err(),
        house.chat.select_branch(running.reply.id).await.unwrap_err(),
        house.chat.alternatives(running.reply.id, None, Limit::default()).await.unwrap_err(),
    ] {
        assert!(matches!(refused, ChatError::NotFound { .. }), "{refused}");
    }
}

#[tokio::test]
async fn an_edit_stops_what_is_being_answered_there_and_its_watchers_hear_of_it() {
    let server = ModelServer::start(Script { hold_after: Some(1), ..Script::default() }).await;
    let house = House::new(ollama(&server)).await;
    let running = house.send(to_daena("One?")).await;
    let (session, first, reply) = ids(&running);
    let waiting = house.send(to_daena("Two?").in_session(session)).await;
    let behind = waiting.reply.id;
    let mut updates = running.updates();
    assert_eq!(read_to(&mut updates, 5).await, "Hello");
    server.set(Script::default());
    let edited = house.chat.edit(first, anew("Uno?")).await.unwrap();
    let Some(ReplyUpdate::Done(stopped)) = soon(updates.next()).await else { panic!("it goes on") };
    assert_eq!((stopped.state.as_str(), stopped.content.as_str()), ("stopped", "Hello"));
    assert!(!stopped.active);
    assert_eq!(soon(waiting.finished()).await.unwrap().reply.state, MessageState::Stopped);
    let answer = soon(edited.finished()).await.unwrap().reply;
    assert_eq!((answer.state.as_str(), answer.content.as_str()), ("complete", "Hello from the model."));
    assert_eq!(house.texts(session).await, ["Uno?", "Hello from the model."]);
    for id in [reply, behind] {
        let row = house.row(id).await.unwrap();
        assert_eq!((row.state, row.active), (MessageState::Stopped, false));
    }
    server.wait_for("the first answer to be given up", |stats| stats.streams_cancelled == 1).await;
    let story = house.story(session).await;
    assert_eq!(story.iter().filter(|name| *name == "chat.reply.stopped").count(), 2);
}

#[tokio::test]
async fn a_reply_on_another_branch_is_made_behind_what_is_still_to_come_before_it() {
    let server = ModelServer::start(Script::default()).await;
    let house = House::new(ollama(&server)).await;
    let failed = house.turn_that_fails(&server).await;
    let later = house.turn(to_daena("Two?").in_session(failed.session_id)).await.reply;
    server.set(Script { hold_after: Some(1), ..Script::default() });
    house.chat.retry(failed.id).await.unwrap();
    server.wait_for("the retry to be held", |stats| stats.held == 1).await;
    let again = house.chat.regenerate(later.id, Regenerate::default()).await.unwrap();
    server.release();
    soon(again.finished()).await.unwrap();
    assert_eq!(house.row(failed.id).await.unwrap().state, MessageState::Complete);
    let heard = server.chats().last().unwrap().messages.clone();
    let heard: Vec<_> = heard[1..].iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(heard, ["Speak", "Hello from the model.", "Two?"]);
}

#[tokio::test]
async fn no_branch_is_left_while_a_reply_of_it_is_being_made() {
    let server = ModelServer::start(Script::default()).await;
    let house = House::new(ollama(&server)).await;
    let first = house.turn(to_daena("One?")).await.reply;
    server.set(Script { hold_after: Some(1), ..Script::default() });
    let again = house.chat.regenerate(first.id, Regenerate::default()).await.unwrap();
    let refused = house.conflicts(house.chat.select_branch(first.id)).await;
    assert!(refused.contains(&again.reply.id.to_string()), "{refused}");
    house.chat.stop(again.reply.id).await.unwrap();
    house.chat.select_branch(first.id).await.unwrap();
    assert!(house.message(first.id).await.active);
}

#[tokio::test]
async fn offline_a_message_is_written_anew_and_only_the_new_one_is_answered() {
    let model = counting();
    let house = House::new(model.clone()).await;
    let mut replica = Replica::default();
    model.set_online(false);
    house.chat.probe_brain().await.unwrap();
    let first = house.send(to_daena("One?")).await;
    let session = first.session.id;
    let edited = house.chat.edit(first.user_message.id, anew("Uno?")).await.unwrap();
    replica.follows(&house).await;
    assert_eq!(edited.reply.state, MessageState::Deferred);
    let aside = house.row(first.reply.id).await.unwrap();
    assert_eq!((aside.state, aside.content.as_str(), aside.model), (MessageState::Stopped, "", None));
    house.conflicts(house.chat.regenerate(edited.reply.id, Regenerate::default())).await;
    let last = house.session(session).await.last_message.unwrap();
    assert_eq!(last.role, Role::Assistant, "the notice is the newest text");
    // Leaving the branch ends the waiting there, too.
    house.chat.select_branch(first.user_message.id).await.unwrap();
    replica.follows(&house).await;
    assert_eq!(house.row(edited.reply.id).await.unwrap().state, MessageState::Stopped);
    let again = house.chat.regenerate(first.reply.id, Regenerate::default()).await.unwrap();
    assert_eq!(house.chat.brain().await.unwrap().deferred_replies, 1);
    model.set_online(true);
    house.chat.probe_brain().await.unwrap();
    let answered = house.row_has(again.reply.id, MessageState::Complete).await;
    assert_eq!(answered.content, "Answer 1.");
    assert_eq!(model.requests().len(), 1);
    replica.follows(&house).await;
}

#[tokio::test]
async fn a_repeat_joins_what_was_begun_and_other_work_under_its_id_is_refused() {
    let house = House::new(counting()).await;
    let (session, [first, answer, second, last]) = two_turns(&house).await;
    let one = house.chat.regenerate(last, keyed("again")).await.unwrap();
    let two = house.chat.regenerate(last, keyed("again")).await.unwrap();
    assert_eq!((one.reply.id, two.user_message.id), (two.reply.id, second));
    let done = soon(one.finished()).await.unwrap().reply;
    assert_eq!(soon(two.finished()).await.unwrap().reply.id, done.id);
    house.conflicts(house.chat.regenerate(answer, keyed("again"))).await;
    let other_model = Regenerate { model: Some("scripted".into()), ..keyed("again") };
    house.conflicts(house.chat.regenerate(last, other_model)).await;

    let identified = || EditMessage { client_message_id: Some("edit".into()), ..anew("Zwei?") };
    let one = house.chat.edit(second, identified()).await.unwrap();
    let two = house.chat.edit(second, identified()).await.unwrap();
    assert_eq!((one.user_message.id, one.reply.id), (two.user_message.id, two.reply.id));
    soon(one.finished()).await.unwrap();
    house.conflicts(house.chat.edit(first, identified())).await;
    house.conflicts(house.chat.edit(second, EditMessage { text: "Tres?".into(), ..identified() })).await;
    let sent = SendMessage { client_message_id: Some("again".into()), ..to_daena("Answer 3.") };
    house.conflicts(house.chat.send(sent.in_session(session))).await;
    assert_eq!(house.session(session).await.set_aside, 3);
}

#[tokio::test]
async fn a_crash_in_a_reply_made_once_more_leaves_it_interrupted_on_its_branch() {
    let server = ModelServer::start(Script::default()).await;
    let house = House::new(ollama(&server)).await;
    let first = house.turn(to_daena("One?")).await.reply;
    server.set(Script { hold_after: Some(2), ..Script::default() });
    let again = house.chat.regenerate(first.id, Regenerate::default()).await.unwrap().reply;
    house.row_is(again.id, "a checkpoint", |row| row.content == "Hello from").await;
    let wreck = house.wreck();
    let house = House::open(wreck, counting(), Plan::default()).await;
    let interrupted = house.row_has(again.id, MessageState::Interrupted).await;
    assert_eq!((interrupted.content.as_str(), interrupted.active), ("Hello from", true));
    assert_eq!(house.texts(first.session_id).await, ["One?", "Hello from"]);
    house.chat.select_branch(first.id).await.unwrap();
    assert_eq!(house.texts(first.session_id).await, ["One?", "Hello from the model."]);
}

#[tokio::test]
async fn what_the_founder_locks_is_locked_on_every_branch() {
    let house = House::staffed(counting()).await;
    let (_, [first, _, _, last]) = two_turns(&house).await;
    let other = house.regenerate(last).await;
    house.rule("daena.paused", json!(true)).await;
    let head = house.head();
    for refused in [
        house.chat.regenerate(other.id, Regenerate::default()).await.unwrap_err(),
        house.chat.edit(first, anew("Uno?")).await.unwrap_err(),
    ] {
        assert!(matches!(refused, ChatError::Forbidden { .. }), "{refused}");
    }
    assert_eq!(house.head(), head);
    house.unrule("daena.paused").await;
    house.rule("system.lockdown", json!(true)).await;
    let refused = house.chat.select_branch(last).await.unwrap_err();
    assert!(matches!(refused, ChatError::Forbidden { .. }), "{refused}");
}

#[tokio::test]
async fn turns_edits_and_switches_at_once_leave_one_true_branch() {
    let house = Arc::new(House::new(counting()).await);
    let (session, [first, answer, second, last]) = two_turns(&house).await;
    let mut running = tokio::task::JoinSet::new();
    for round in 0..30 {
        let house = Arc::clone(&house);
        running.spawn(async move {
            match round % 5 {
                0 => drop(
                    house.chat.send(to_daena("More?").in_session(session)).await.unwrap().finished().await,
                ),
                1 => drop(house.chat.edit(second, anew("Zwei?")).await.unwrap().finished().await),
                2 => drop(house.chat.regenerate(last, Regenerate::default()).await),
                3 => drop(house.chat.select_branch(if round % 2 == 0 { first } else { last }).await),
                _ => drop(house.chat.edit(first, anew("Uno?")).await.unwrap().finished().await),
            }
        });
    }
    while let Some(done) = running.join_next().await {
        done.unwrap();
    }
    let open = async || house.chat.store().read(|tx| tx.messages().open()).await.unwrap();
    testkit::wait_until("all replies to end", testkit::DEADLINE, async || {
        open().await.is_empty().then_some(())
    })
    .await;
    let messages = house.messages(session).await;
    assert!(messages.iter().all(|message| message.active));
    assert_eq!(messages[0].parent_id, None);
    for pair in messages.windows(2) {
        assert_eq!(pair[1].parent_id, Some(pair[0].id));
    }
    let stored = house.session(session).await;
    assert_eq!(usize::try_from(stored.message_count).unwrap(), messages.len());
    assert_eq!(stored.tip, messages.last().map(|tip| tip.id));
    assert!(house.message(answer).await.parent_id == Some(first));
    let said = messages.iter().rev().find(|message| !message.content.is_empty()).unwrap();
    assert_eq!(stored.last_message.unwrap().created_at, said.created_at);
}
