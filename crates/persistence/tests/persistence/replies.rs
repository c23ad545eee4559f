//! The life of a reply in the database.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of tests may stop at the first surprise")]

use crate::company::Company;
use crate::samples::{agent, at, change, department, message_id, reply, said, session, session_id, slug};
use domain::view::MessageView;
use domain::{
    Event, Failure, FailureCode, Message, MessageState, Note, NoteStatus, SessionId, Speaker, Usage,
};

fn states() -> Vec<MessageState> {
    let failure = Failure { code: FailureCode::BrainTimeout, detail: "silence".into() };
    vec![
        MessageState::Complete,
        MessageState::Pending,
        MessageState::Streaming,
        MessageState::Deferred,
        MessageState::Stopped,
        MessageState::Interrupted,
        MessageState::Failed(failure),
    ]
}

fn note() -> Note {
    Note {
        agent_id: slug("hr-harmony"),
        agent_name: "Harmony".into(),
        agent_role: "People".into(),
        note: "Fine.".into(),
        status: NoteStatus::Complete,
    }
}

/// A session with a reply in each state, in the order above.
async fn with_replies() -> (Company, Vec<Message>) {
    let company = Company::new();
    let talk = session(1, 0);
    company.create(&talk).await;
    let user = said(1, talk.id, "ask", 1);
    let replies: Vec<Message> =
        states().into_iter().zip(10..).map(|(state, number)| reply(number, &user, state)).collect();
    company.append(&[user]).await;
    company.append(&replies).await;
    (company, replies)
}

async fn advance(company: &Company, message: &Message, micros: i64) -> bool {
    let message = message.clone();
    company.write(move |tx| tx.messages_mut().advance(&message, None, &change(micros))).await
}

#[tokio::test]
async fn a_step_is_taken_exactly_when_life_has_it_and_told_as_it_is_stored() {
    for next in states() {
        let (company, replies) = with_replies().await;
        for before in replies {
            let after = Message {
                content: "So far".into(),
                state: next.clone(),
                model: Some("qwen".into()),
                usage: Some(Usage { prompt_tokens: 1, completion_tokens: 2 }),
                response_time_ms: Some(3),
                notes: vec![note()],
                ..before.clone()
            };
            let (head, kept) = (company.store.head(), company.session(before.session_id).await);
            let taken = advance(&company, &after, 50).await;
            assert_eq!(
                taken,
                before.state.become_state(next.clone()).is_ok(),
                "{:?} to {next:?}",
                before.state
            );
            let stored = company.message(before.id).await;
            if taken {
                assert_eq!(stored, Message { updated_at: at(50), ..after });
                assert_eq!(company.store.head(), head.next());
                let view = MessageView::from(stored);
                let event = company.newest_event().await;
                assert_eq!(event.event_type(), name_of(&next));
                let told = event.payload().unwrap();
                assert_eq!(serde_json::from_str::<MessageView>(told.get()).unwrap(), view);
            } else {
                assert_eq!(stored, before);
                assert_eq!((company.store.head(), company.session(before.session_id).await), (head, kept));
            }
        }
    }
}

fn name_of(state: &MessageState) -> &'static str {
    match state {
        MessageState::Complete => "chat.message",
        MessageState::Pending | MessageState::Streaming => "chat.reply.started",
        MessageState::Deferred => "chat.reply.deferred",
        MessageState::Stopped => "chat.reply.stopped",
        MessageState::Interrupted => "chat.reply.interrupted",
        MessageState::Failed(_) => "chat.reply.failed",
    }
}

#[tokio::test]
async fn a_reply_that_is_not_there_takes_no_step() {
    let (company, replies) = with_replies().await;
    let head = company.store.head();
    let nowhere = Message { id: message_id(999), state: MessageState::Complete, ..replies[1].clone() };
    assert!(!advance(&company, &nowhere, 5).await);
    assert_eq!(company.store.head(), head);
}

#[tokio::test]
async fn a_retried_reply_loses_its_error_and_what_was_used_up() {
    let (company, replies) = with_replies().await;
    let again = Message { state: MessageState::Pending, ..replies[6].clone() };
    assert!(advance(&company, &again, 9).await);
    let stored = company.message(again.id).await;
    assert_eq!(MessageView::from(stored).error, None);
}

#[tokio::test]
async fn of_two_ends_at_once_one_is_taken() {
    let (company, replies) = with_replies().await;
    let stopped = Message { state: MessageState::Stopped, ..replies[2].clone() };
    let complete = Message { content: "Done.".into(), state: MessageState::Complete, ..replies[2].clone() };
    let jobs = [stopped, complete].map(|next| {
        move |tx: &mut persistence::WriteTx<'_>| tx.messages_mut().advance(&next, None, &change(9))
    });
    let results = crate::company::together(&company.store, jobs.into()).await;
    assert_eq!(results.into_iter().map(Result::unwrap).collect::<Vec<_>>(), [true, false]);
    assert_eq!(company.message(replies[2].id).await.state, MessageState::Stopped);
}

#[tokio::test]
async fn a_checkpoint_keeps_the_text_of_replies_in_the_making_and_tells_nobody() {
    let (company, replies) = with_replies().await;
    let (head, kept) = (company.store.head(), company.session(session_id(1)).await);
    for before in replies {
        let id = before.id;
        company.write(move |tx| tx.messages_mut().checkpoint(id, "So f", &[note()], at(30))).await;
        let expected = match before.state {
            MessageState::Pending | MessageState::Streaming => Message {
                content: "So f".into(),
                state: MessageState::Streaming,
                notes: vec![note()],
                updated_at: at(30),
                ..before
            },
            _ => before,
        };
        assert_eq!(company.message(id).await, expected);
    }
    company.write(|tx| tx.messages_mut().checkpoint(message_id(999), "x", &[], at(30))).await;
    assert_eq!((company.store.head(), company.session(session_id(1)).await), (head, kept));
}

#[tokio::test]
async fn open_replies_are_found_oldest_first_outside_the_trash() {
    let company = Company::new();
    let ids = |replies: Vec<persistence::OpenReply>| -> Vec<_> {
        replies.into_iter().map(|reply| reply.message.id).collect()
    };
    for number in 1..=3_u128 {
        let talk = session(number, 0);
        company.create(&talk).await;
        let user = said(number * 100, talk.id, "ask", 1);
        company.append(std::slice::from_ref(&user)).await;
        let replies: Vec<Message> =
            states().into_iter().zip(1..).map(|(state, n)| reply(number * 100 + n, &user, state)).collect();
        company.append(&replies).await;
    }
    let trashed = company.session(session_id(2)).await;
    company.write(move |tx| tx.sessions_mut().delete(&trashed, &change(2))).await;
    let open_of = |number: u128| [number * 100 + 2, number * 100 + 3, number * 100 + 4].map(message_id);
    let open = company.read(|tx| tx.messages().open()).await;
    assert_eq!(ids(open), [open_of(1), open_of(3)].concat());
    let in_trash: SessionId = session_id(2);
    assert_eq!(ids(company.read(move |tx| tx.messages().open_in(in_trash)).await), open_of(2));
    assert_eq!(company.read(|tx| tx.messages().deferred()).await, 2);
}

#[tokio::test]
async fn a_reply_that_is_complete_dates_the_agent_that_gave_it() {
    let company = Company::new();
    let talk = session(1, 0);
    company
        .write(|tx| {
            tx.departments_mut().create(&department("hr", 0), &change(0))?;
            tx.agents_mut().create(&agent("hr-harmony", "hr"), &change(0))?;
            tx.agents_mut().create(&agent("hr-lee", "hr"), &change(0))
        })
        .await;
    company.create(&talk).await;
    let user = said(1, talk.id, "ask", 1);
    let pending = Message {
        speaker: Speaker::agent(&slug("hr-harmony"), "Harmony", "People"),
        ..reply(2, &user, MessageState::Pending)
    };
    company.append(&[user, pending.clone()]).await;
    let streaming = Message { state: MessageState::Streaming, ..pending.clone() };
    assert!(advance(&company, &streaming, 20).await);
    let seen = |slug| company.read(move |tx| Ok(tx.agents().get(&slug)?.unwrap().last_seen));
    assert_eq!(seen(slug("hr-harmony")).await, None);
    let complete = Message { content: "Yes.".into(), state: MessageState::Complete, ..pending };
    assert!(advance(&company, &complete, 30).await);
    assert_eq!(seen(slug("hr-harmony")).await, Some(at(30)));
    assert_eq!(seen(slug("hr-lee")).await, None);
    assert!(matches!(company.newest_event().await, Event::ChatMessage(_)));
}
