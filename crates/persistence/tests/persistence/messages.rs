//! Messages: their places, their pages, and what the session keeps of them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of tests may stop at the first surprise")]

use crate::company::Company;
use crate::samples::{at, change, message_id, reply, said, session, slug};
use domain::view::MessageView;
use domain::{
    Event, Failure, FailureCode, LastMessage, Limit, Message, MessageCursor, MessageState, Note, NoteStatus,
    Preview, Role, SessionId, Speaker, Usage,
};

async fn with_session() -> (Company, SessionId) {
    let company = Company::new();
    let talk = session(1, 0);
    company.create(&talk).await;
    (company, talk.id)
}

/// A reply with every field set.
fn full(to: &Message) -> Message {
    let failure = Failure { code: FailureCode::BrainTimeout, detail: "no token for 30 s".into() };
    let note = |status| Note {
        agent_id: slug("hr-harmony"),
        agent_name: "Harmony".into(),
        agent_role: "People".into(),
        note: "Fine.".into(),
        status,
    };
    Message {
        speaker: Speaker::agent(&slug("hr-harmony"), "Harmony", "People"),
        content: "Half an ans".into(),
        model: Some("qwen2.5:0.5b".into()),
        usage: Some(Usage { prompt_tokens: 12, completion_tokens: 5 }),
        response_time_ms: Some(321),
        notes: NoteStatus::ALL.iter().map(|status| note(*status)).collect(),
        updated_at: at(77),
        ..reply(900, to, MessageState::Failed(failure))
    }
}

#[tokio::test]
async fn a_message_is_stored_and_told_whole() {
    let (company, talk) = with_session().await;
    let user = Message { client_message_id: Some("c-1".into()), ..said(1, talk, "hello", 1) };
    let failed = full(&user);
    company.append(&[user.clone(), failed.clone()]).await;
    assert_eq!(company.message(user.id).await, user);
    assert_eq!(company.message(failed.id).await, failed);
    let events = company.events().await;
    let told: Vec<Event> = events[1..].iter().map(|event| event.decode().unwrap()).collect();
    assert_eq!(told, [Event::ChatMessage(user.into()), Event::ChatReplyFailed(failed.into())]);
}

#[tokio::test]
async fn text_is_kept_to_the_letter() {
    let (company, talk) = with_session().await;
    let texts = [
        "\u{202e}rtl\u{200f}",
        "🙂👩‍👩‍👧 漢字 é e\u{301}",
        "\u{1}\u{7f}\t\r\n",
        "  a  ",
        "x\0y",
        &"long ".repeat(50_000),
    ];
    for (text, number) in texts.into_iter().zip(1..) {
        let message = said(number, talk, text, 1);
        company.append(std::slice::from_ref(&message)).await;
        assert_eq!(company.message(message.id).await.content, text);
    }
}

#[tokio::test]
async fn messages_take_their_places_in_order_and_are_counted() {
    let (company, talk) = with_session().await;
    let mut places = Vec::new();
    for number in (1..=9).step_by(2) {
        let user = said(number, talk, "ask", 1);
        let reply = reply(number + 1, &user, MessageState::Pending);
        places.push(company.append(&[user, reply]).await.unwrap());
    }
    assert_eq!(places, [1, 3, 5, 7, 9]);
    for number in 1..=10 {
        let placed = company.read(move |tx| tx.messages().placed(message_id(number))).await.unwrap();
        assert_eq!(placed.place.ordinal, i64::try_from(number).unwrap());
    }
    assert_eq!(company.session(talk).await.message_count, 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_the_same_time_each_message_gets_a_place_of_its_own() {
    let (company, talk) = with_session().await;
    let mut callers = tokio::task::JoinSet::new();
    for number in 1..=100 {
        let store = company.store.clone();
        callers.spawn(async move {
            let messages = [said(number, talk, "a", 1)];
            let append = move |tx: &mut persistence::WriteTx<'_>| {
                tx.messages_mut().append(&messages, None, None, &change(1))
            };
            store.write(append).await.unwrap().unwrap()
        });
    }
    let mut places = callers.join_all().await;
    places.sort_unstable();
    assert!(places.into_iter().eq(1..=100));
    assert_eq!(company.session(talk).await.message_count, 100);
}

#[tokio::test]
async fn pages_go_back_from_the_newest_and_together_are_the_session() {
    let (company, talk) = with_session().await;
    let messages: Vec<Message> = (1..=23).map(|number| said(number, talk, "a", 1)).collect();
    company.append(&messages).await;
    company.create(&session(2, 0)).await;
    company.append(&[said(99, session(2, 0).id, "another session's", 1)]).await;
    for limit in [1, 5, 22, 23, 24] {
        let (mut all, mut before) = (Vec::new(), None);
        loop {
            let limit = Limit::new(limit).unwrap();
            let page = company.read(move |tx| tx.messages().page(talk, before, limit)).await;
            all.splice(0..0, page.items);
            let Some(next) = page.next else { break };
            before = Some(next.to_string().parse::<MessageCursor>().unwrap());
            // What comes now never moves what was before.
            if all.len() < 6 {
                let late =
                    said(1000 + u128::try_from(limit.get() * 100 + all.len()).unwrap(), talk, "late", 2);
                company.append(&[late]).await;
            }
        }
        let first: Vec<Message> = all.iter().filter(|message| message.content == "a").cloned().collect();
        assert_eq!(first, messages, "by {limit}");
    }
    let said = company.read(move |tx| tx.messages().said_before(talk, 4, 2)).await;
    let texts = said.into_iter().map(|said| (said.role, said.content));
    assert!(texts.eq(messages[1..3].iter().map(|message| (message.role, message.content.clone()))));
}

#[tokio::test]
async fn a_session_that_is_not_there_takes_no_messages() {
    let company = Company::new();
    assert_eq!(company.append(&[said(1, session(1, 0).id, "a", 1)]).await, None);
    assert_eq!(company.read(|tx| tx.messages().get(message_id(1))).await, None);
    assert_eq!(company.store.head().get(), 0);
}

#[tokio::test]
async fn a_repeated_client_id_is_refused_with_all_of_its_job() {
    let (company, talk) = with_session().await;
    let first = Message { client_message_id: Some("c-1".into()), ..said(1, talk, "first", 1) };
    let answer = reply(2, &first, MessageState::Pending);
    company.append(&[first.clone(), answer.clone()]).await;
    let (head, kept) = (company.store.head(), company.session(talk).await);
    let repeat = Message { client_message_id: Some("c-1".into()), ..said(3, talk, "again", 2) };
    let refused = company
        .store
        .write(move |tx| tx.messages_mut().append(std::slice::from_ref(&repeat), None, None, &change(2)))
        .await;
    assert!(matches!(refused, Err(persistence::StoreError::Database(_))));
    assert_eq!((company.store.head(), company.session(talk).await), (head, kept));
    let turn = company.read(|tx| tx.messages().turn_of("c-1")).await;
    assert_eq!(turn, Some((first, Some(answer))));
    assert_eq!(company.read(|tx| tx.messages().turn_of("c-2")).await, None);
}

#[tokio::test]
async fn a_turn_is_the_message_and_the_newest_reply_to_it() {
    let (company, talk) = with_session().await;
    let user = Message { client_message_id: Some("c".into()), ..said(1, talk, "ask", 1) };
    let failed = Failure { code: FailureCode::BrainError, detail: String::new() };
    let first = reply(2, &user, MessageState::Failed(failed));
    let other = said(3, talk, "next", 2);
    let others_reply = reply(4, &other, MessageState::Complete);
    let second = reply(5, &user, MessageState::Complete);
    company.append(&[user.clone(), first, other, others_reply, second.clone()]).await;
    assert_eq!(company.read(|tx| tx.messages().turn_of("c")).await, Some((user, Some(second))));
}

fn last(message: &Message) -> LastMessage {
    LastMessage {
        role: message.role,
        speaker_name: message.speaker.name.clone(),
        preview: Preview::of(&message.content),
        created_at: message.created_at,
    }
}

#[tokio::test]
async fn the_session_keeps_the_newest_message_that_has_text() {
    let (company, talk) = with_session().await;
    assert_eq!(company.session(talk).await.last_message, None);
    let empty = Message { role: Role::Assistant, ..said(1, talk, "", 1) };
    assert_eq!(company.append(&[empty]).await, Some(1), "a message without text is one too");
    let stored = company.session(talk).await;
    assert_eq!((stored.message_count, stored.last_message), (1, None));

    let user = said(2, talk, "line one\nline two", 2);
    company.append(&[user.clone(), reply(3, &user, MessageState::Pending)]).await;
    assert_eq!(company.session(talk).await.last_message, Some(last(&user)));
    company.append(&[reply(4, &user, MessageState::Pending)]).await;
    let stored = company.session(talk).await;
    assert_eq!((stored.message_count, stored.last_message), (4, Some(last(&user))));
}

#[tokio::test]
async fn an_older_reply_that_ends_later_does_not_take_the_place_of_the_newest_message() {
    let (company, talk) = with_session().await;
    let first = said(1, talk, "first", 1);
    let its_reply =
        Message { content: "The brain is offline.".into(), ..reply(2, &first, MessageState::Deferred) };
    let second = said(3, talk, "second", 1);
    company.append(&[first, its_reply.clone()]).await;
    company.append(&[second.clone(), reply(4, &second, MessageState::Deferred)]).await;
    for (state, text, time) in [(MessageState::Streaming, "", 5), (MessageState::Complete, "Late.", 6)] {
        let next = Message { content: text.into(), state, ..its_reply.clone() };
        assert!(company.write(move |tx| tx.messages_mut().advance(&next, None, &change(time))).await);
    }
    let stored = company.session(talk).await;
    assert_eq!(stored.last_message, Some(last(&second)));
    assert_eq!(stored.updated_at, at(6), "and yet the session changed");

    let answer = Message { content: "Newest.".into(), ..reply(4, &second, MessageState::Streaming) };
    let complete = Message { state: MessageState::Complete, ..answer.clone() };
    for next in [answer, complete.clone()] {
        assert!(company.write(move |tx| tx.messages_mut().advance(&next, None, &change(7))).await);
    }
    assert_eq!(company.session(talk).await.last_message, Some(last(&complete)));
}

#[tokio::test]
async fn a_newer_message_without_text_does_not_keep_a_reply_from_being_the_newest() {
    let (company, talk) = with_session().await;
    let user = said(1, talk, "ask", 1);
    let pending = reply(2, &user, MessageState::Pending);
    company.append(&[user.clone(), pending.clone(), reply(3, &user, MessageState::Pending)]).await;
    let complete = Message { content: "Yes.".into(), state: MessageState::Complete, ..pending };
    let written = complete.clone();
    assert!(company.write(move |tx| tx.messages_mut().advance(&written, None, &change(5))).await);
    assert_eq!(company.session(talk).await.last_message, Some(last(&complete)));
}

#[tokio::test]
async fn the_model_that_was_asked_for_is_kept_with_the_reply_only() {
    let (company, talk) = with_session().await;
    let user = said(1, talk, "ask", 1);
    let messages = [user.clone(), reply(2, &user, MessageState::Pending)];
    company.write(move |tx| tx.messages_mut().append(&messages, Some("phi3"), None, &change(1))).await;
    let asked = company
        .read(|tx| {
            let of = |placed: Option<persistence::OpenReply>| placed.unwrap().place.asked_model;
            Ok((of(tx.messages().placed(message_id(1))?), of(tx.messages().placed(message_id(2))?)))
        })
        .await;
    assert_eq!(asked, (None, Some("phi3".to_owned())));
}

#[tokio::test]
async fn an_event_of_a_message_carries_its_department() {
    let (company, talk) = with_session().await;
    let message = said(1, talk, "a", 1);
    let view = MessageView::from(message.clone());
    company
        .write(move |tx| {
            let messages = std::slice::from_ref(&message);
            tx.messages_mut().append(messages, None, Some(&slug("hr")), &change(1))
        })
        .await;
    let events = company.events().await;
    let event = events.last().unwrap();
    assert_eq!(event.department_id.as_deref(), Some("hr"));
    assert_eq!((&*event.entity_type, &*event.entity_id), ("chat", talk.to_string().as_str()));
    assert_eq!(event.decode().unwrap(), Event::ChatMessage(view));
}
