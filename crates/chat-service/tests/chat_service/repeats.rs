//! The same message sent again joins the first turn.

use crate::house::{House, identified, ollama, soon, to_agent, to_daena, to_department};
use chat_service::domain::{MessageState, Position};
use chat_service::{ChatError, ScriptedModel, Within};
use testkit::{ModelServer, Script};

#[tokio::test]
async fn a_repeat_gets_the_first_turn_also_after_a_restart() {
    let model = ScriptedModel::saying("Yes.");
    let house = House::new(model.clone()).await;
    let first = house.turn(identified("id-1", to_daena("Once"))).await.reply;
    let again = house.send(identified("id-1", to_daena("Once"))).await;
    assert_eq!((again.session.id, again.reply.clone()), (first.session_id, (*first).clone()));
    assert_eq!(again.finished().await.unwrap().reply, first);

    let house = house.restart(model.clone()).await;
    let again = house.turn(identified("id-1", to_daena("Once"))).await.reply;
    assert_eq!(again, first);
    assert_eq!((house.messages(first.session_id).await.len(), model.requests().len()), (2, 1));
    assert_eq!(house.story(first.session_id).await.len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_two_at_once_are_one_turn_and_all_get_its_end() {
    let model = ScriptedModel::new(|_| vec!["Yes".into(), ".".into()]);
    let house = House::new(model.clone()).await;
    for round in 0..20 {
        let id = format!("round-{round}");
        let sends: Vec<_> = (0..32)
            .map(|_| {
                let (chat, message) = (house.chat.clone(), identified(&id, to_daena("Once")));
                tokio::spawn(async move { chat.send(message).await?.finished().await })
            })
            .collect();
        let mut replies = Vec::new();
        for send in sends {
            replies.push(soon(send).await.unwrap().unwrap().reply);
        }
        assert_eq!(replies[0].state, MessageState::Complete);
        assert!(replies.iter().all(|reply| *reply == replies[0]), "one got something else: {replies:?}");
        assert_eq!(house.messages(replies[0].session_id).await.len(), 2);
    }
    assert_eq!(house.session_count().await, 20);
    assert_eq!(model.requests().len(), 20);
    assert_eq!(house.events_after(Position::START).await.len(), 80);
}

#[tokio::test]
async fn a_repeat_joins_a_reply_in_the_making_with_the_text_that_is_there() {
    let server = ModelServer::start(Script { hold_after: Some(2), ..Script::default() }).await;
    let house = House::new(ollama(&server)).await;
    let first = house.send(identified("id-1", to_daena("Once"))).await;
    let mut updates = first.updates();
    assert_eq!(crate::house::read_to(&mut updates, "Hello from".len()).await, "Hello from");
    let again = house.send(identified("id-1", to_daena("Once"))).await;
    assert_eq!((again.reply.state.as_str(), again.reply.content.as_str()), ("streaming", "Hello from"));
    server.release();
    let (text, reply) = crate::house::read_all(&mut again.updates(), 0).await;
    assert_eq!((text.as_str(), reply.unwrap().state.as_str()), ("Hello from the model.", "complete"));
}

#[tokio::test]
async fn a_repeat_into_a_deleted_session_finds_nothing() {
    let house = House::new(ScriptedModel::saying("Yes.")).await;
    let session = house.turn(identified("id-1", to_daena("Once"))).await.reply.session_id;
    house.chat.delete_session(session, Within::Anywhere).await.unwrap();
    let error = house.chat.send(identified("id-1", to_daena("Once"))).await.unwrap_err();
    assert!(matches!(error, chat_service::ChatError::NotFound { .. }), "{error}");
}

#[tokio::test]
async fn a_repeat_through_another_door_or_for_another_session_is_a_conflict() {
    let house = House::new(ScriptedModel::saying("Yes.")).await;
    let first = house.turn(identified("id-1", to_daena("Once"))).await.reply;
    let other = house.turn(to_daena("Another talk")).await.reply;
    let events = house.events_after(Position::START).await.len();
    let elsewhere = [
        identified("id-1", to_department("engineering", "Once")),
        identified("id-1", to_agent("engineering-atlas", "Once")),
        identified("id-1", to_daena("Once")).in_session(other.session_id),
    ];
    for message in elsewhere {
        let refused = house.chat.send(message.clone()).await;
        assert!(matches!(refused, Err(ChatError::Conflict { .. })), "{message:?}: {refused:?}");
    }
    let named = identified("id-1", to_daena("Once")).in_session(first.session_id);
    assert_eq!(house.turn(named).await.reply, first);
    assert_eq!(house.events_after(Position::START).await.len(), events);
}
