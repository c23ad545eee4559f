//! One turn: its rows, its events, its session.

use crate::house::{House, slug_of, soon, to_agent, to_daena, to_department};
use chat_service::domain::view::MessageView;
use chat_service::domain::{Event, MessageState, Position, Role, Scope, Speaker};
use chat_service::{Recipient, ScriptedModel, SendMessage, SessionEdit};

#[tokio::test]
async fn a_turn_is_two_rows_and_four_events_in_order() {
    let house = House::new(ScriptedModel::new(|_| vec!["Hello".into(), ", Founder.".into()])).await;
    let since = house.head();
    let turn = house.send(to_daena("Good day")).await;
    let (session, user, pending) = (turn.session.clone(), turn.user_message.clone(), turn.reply.clone());
    let reply = soon(turn.finished()).await.unwrap().reply;

    assert_eq!((session.title.as_str(), session.scope.clone()), ("Good day", Scope::Executive));
    assert_eq!(session.message_count, 2);
    assert_eq!(
        (user.role, &user.speaker, user.content.as_str()),
        (Role::User, &Speaker::founder(), "Good day")
    );
    assert_eq!((pending.state.clone(), pending.content.as_str()), (MessageState::Pending, ""));
    assert_eq!((reply.id, reply.parent_id, &reply.speaker), (pending.id, Some(user.id), &Speaker::daena()));
    assert_eq!((reply.state.clone(), reply.content.as_str()), (MessageState::Complete, "Hello, Founder."));
    assert_eq!(reply.model.as_deref(), Some("scripted"));
    assert!(reply.response_time_ms.is_some());
    assert_eq!(house.messages(session.id).await, [user.clone(), (*reply).clone()]);

    let events = house.events_after(since).await;
    let names: Vec<_> = events.iter().map(|event| &*event.event_type).collect();
    assert_eq!(names, ["chat.session.created", "chat.message", "chat.reply.started", "chat.message"]);
    assert!(events.iter().all(|event| *event.entity_id == session.id.to_string()));
    let authors: Vec<_> = events.iter().map(|event| &*event.created_by).collect();
    assert_eq!(authors, ["founder", "founder", "founder", "daena"]);
    let told = |place: usize| events[place].decode().unwrap();
    assert_eq!(told(1), Event::ChatMessage(MessageView::from(user)));
    assert_eq!(told(2), Event::ChatReplyStarted(MessageView::from(pending)));
    assert_eq!(told(3), Event::ChatMessage(MessageView::from((*reply).clone())));

    let after = house.session(session.id).await;
    let last = after.last_message.unwrap();
    assert_eq!((last.role, last.preview.as_str()), (Role::Assistant, "Hello, Founder."));
    assert_eq!((after.message_count, after.updated_at), (2, reply.updated_at));
}

#[tokio::test]
async fn five_messages_make_one_session_of_ten_whichever_the_counterpart() {
    let house = House::staffed(ScriptedModel::saying("Certainly.")).await;
    let department_agent =
        Recipient::DepartmentAgent { department: slug_of("sales"), agent: slug_of("sales-hunter") };
    for first in [
        to_daena("1"),
        to_department("engineering", "1"),
        to_agent("product-nova", "1"),
        SendMessage::new(department_agent, "1"),
    ] {
        let turn = house.send(first.clone()).await;
        let (session, since) = (turn.session.id, house.session_count().await);
        soon(turn.finished()).await.unwrap();
        for text in ["2", "3", "4", "5"] {
            let to = if text == "4" { Recipient::Session } else { first.to.clone() };
            house.turn(SendMessage::new(to, text).in_session(session)).await;
        }
        let messages = house.messages(session).await;
        assert_eq!(messages.len(), 10, "{first:?}");
        let asked: Vec<_> = messages.iter().step_by(2).map(|message| message.content.as_str()).collect();
        assert_eq!(asked, ["1", "2", "3", "4", "5"]);
        for pair in messages.chunks(2) {
            assert_eq!(pair[1].parent_id, Some(pair[0].id));
        }
        assert_eq!(house.session(session).await.message_count, 10);
        assert_eq!(house.session_count().await, since, "no other session was made");
    }
}

#[tokio::test]
async fn each_message_is_told_by_exactly_one_chat_message() {
    let house = House::new(ScriptedModel::saying("Yes.")).await;
    let session = house.turn(to_daena("One")).await.reply.session_id;
    house.turn(to_daena("Two").in_session(session)).await;
    let mut told: Vec<_> = house
        .events_after(Position::START)
        .await
        .iter()
        .filter_map(|event| match event.decode().unwrap() {
            Event::ChatMessage(message) => Some(message.message_id),
            _ => None,
        })
        .collect();
    told.sort();
    let mut stored: Vec<_> = house.messages(session).await.iter().map(|message| message.id).collect();
    stored.sort();
    assert_eq!(told, stored);
}

#[tokio::test]
async fn a_title_set_by_hand_stays() {
    let house = House::new(ScriptedModel::saying("Yes.")).await;
    let turn = house.send(to_daena("  \nFirst line\nsecond")).await;
    assert_eq!(turn.session.title.as_str(), "First line");
    let id = turn.session.id;
    soon(turn.finished()).await.unwrap();
    house.turn(to_daena("Another").in_session(id)).await;
    assert_eq!(house.session(id).await.title.as_str(), "First line");
    let edit = SessionEdit { title: Some("By hand".into()), ..SessionEdit::default() };
    house.chat.edit_session(id, edit).await.unwrap();
    house.turn(to_daena("A third").in_session(id)).await;
    assert_eq!(house.session(id).await.title.as_str(), "By hand");
}

#[tokio::test]
async fn the_first_user_message_gives_a_begun_session_its_title_unless_it_has_one() {
    let house = House::new(ScriptedModel::saying("Yes.")).await;
    let (begun, welcome) = house.chat.start_session(None).await.unwrap();
    assert_eq!((begun.title.as_str(), begun.message_count), ("New chat", 1));
    assert_eq!(house.messages(begun.id).await, [welcome]);
    let turn = house.send(to_daena("Plan the launch").in_session(begun.id)).await;
    assert_eq!((turn.session.title.as_str(), turn.session.message_count), ("Plan the launch", 3));
    assert_eq!(house.session(begun.id).await.title.as_str(), "Plan the launch");
    assert_eq!(
        house.story(begun.id).await[..5],
        [
            "chat.session.created",
            "chat.message",
            "chat.session.updated",
            "chat.message",
            "chat.reply.started"
        ]
    );

    let (named, _) = house.chat.start_session(Some("Launch".into())).await.unwrap();
    house.turn(to_daena("Something else").in_session(named.id)).await;
    assert_eq!(house.session(named.id).await.title.as_str(), "Launch");
}

#[tokio::test]
async fn a_text_is_kept_to_the_letter() {
    let house = House::new(ScriptedModel::saying("Yes.")).await;
    let text = " \u{202e}سلام\u{7}\t漢字 👩‍👩‍👧‍👦\r\n";
    let turn = house.send(to_daena(text)).await;
    assert_eq!(house.row(turn.user_message.id).await.unwrap().content, text);
}
