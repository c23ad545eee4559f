//! The turns of one session, one behind the other; sessions side by side.

use crate::house::{House, Plan, ollama, soon, to_daena};
use chat_service::domain::{MessageState, Role};
use chat_service::{GatewaySettings, ScriptedModel};
use testkit::{ModelServer, Script};

#[tokio::test]
async fn a_second_turn_is_stored_at_once_and_answered_after_the_first() {
    let model = ScriptedModel::new(|asked| vec![format!("re: {}", asked.messages.last().unwrap().content)]);
    let house = House::new(model.clone()).await;
    model.hold();
    let first = house.send(to_daena("one")).await;
    model.asked_times(1).await;
    let second = house.send(to_daena("two").in_session(first.session.id)).await;
    assert_eq!(second.session.message_count, 4);
    let stored = house.messages(first.session.id).await;
    assert_eq!((stored[2].content.as_str(), stored[3].state.as_str()), ("two", "pending"));
    assert_eq!(model.requests().len(), 1, "the second waits for the first");
    model.release();
    let first = soon(first.finished()).await.unwrap().reply;
    let second = soon(second.finished()).await.unwrap().reply;
    assert_eq!((first.content.as_str(), second.content.as_str()), ("re: one", "re: two"));
    let prompt: Vec<_> = model.requests()[1].messages.iter().map(|it| it.content.clone()).collect();
    assert_eq!(prompt[1..], ["one", "re: one", "two"]);
}

#[tokio::test]
async fn stopping_one_in_the_line_lets_nobody_overtake() {
    let model = ScriptedModel::saying("Yes.");
    let house = House::new(model.clone()).await;
    model.hold();
    let first = house.send(to_daena("one")).await;
    model.asked_times(1).await;
    let session = first.session.id;
    let second = house.send(to_daena("two").in_session(session)).await;
    let stopped = house.chat.stop(second.reply.id).await.unwrap();
    assert_eq!((stopped.state, stopped.content.as_str()), (MessageState::Stopped, ""));
    let third = house.send(to_daena("three").in_session(session)).await;
    let reply = third.reply.id;
    // What the third would do now, it has done when a turn elsewhere has come as far as the model.
    let elsewhere = house.send(to_daena("elsewhere")).await;
    model.asked_times(2).await;
    let asked: Vec<_> =
        model.requests().iter().map(|it| it.messages.last().unwrap().content.clone()).collect();
    assert_eq!(asked, ["one", "elsewhere"], "the third runs beside the first");
    assert_eq!(house.message(reply).await.state, MessageState::Pending);
    model.release();
    for turn in [first, third, elsewhere] {
        assert_eq!(soon(turn.finished()).await.unwrap().reply.state, MessageState::Complete);
    }
    let asked = model.requests()[2].messages.clone();
    let asked: Vec<_> = asked.iter().skip(1).map(|it| it.content.as_str()).collect();
    assert_eq!(asked, ["one", "Yes.", "two", "three"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_sends_at_once_are_answered_in_the_order_of_their_rows() {
    let model = ScriptedModel::saying("Yes.");
    let house = House::new(model.clone()).await;
    let session = house.turn(to_daena("begin")).await.reply.session_id;
    let sends: Vec<_> = (0..16)
        .map(|number| {
            let (chat, message) = (house.chat.clone(), to_daena(&format!("n{number}")).in_session(session));
            tokio::spawn(async move { chat.send(message).await?.finished().await })
        })
        .collect();
    for send in sends {
        assert_eq!(soon(send).await.unwrap().unwrap().reply.state, MessageState::Complete);
    }
    let messages = house.messages(session).await;
    let rows: Vec<_> = messages.iter().filter(|it| it.role == Role::User).map(|it| &it.content).collect();
    let requests = model.requests();
    let asked: Vec<_> = requests.iter().map(|it| &it.messages.last().unwrap().content).collect();
    assert_eq!(rows, asked);
    let times: Vec<_> = messages.iter().map(|message| message.created_at).collect();
    assert!(times.is_sorted(), "times rise with the rows");
    // Each prompt holds all that was said before.
    let lengths: Vec<_> = requests.iter().map(|it| it.messages.len()).collect();
    assert_eq!(lengths, (0..17).map(|turn| 2 * turn + 2).collect::<Vec<_>>());
}

#[tokio::test]
async fn sessions_do_not_wait_for_each_other() {
    let held = Script { hold_after: Some(0), ..Script::default() };
    let server = ModelServer::start(Script::choose(move |asked| {
        asked.last_user().starts_with("slow").then(|| held.clone())
    }))
    .await;
    let house = House::new(ollama(&server)).await;
    let slow = house.send(to_daena("slow one")).await;
    server.wait_for("the slow one to be held", |stats| stats.held == 1).await;
    for text in ["a", "b", "c"] {
        assert_eq!(house.turn(to_daena(text)).await.reply.state, MessageState::Complete);
    }
    server.release();
    assert_eq!(soon(slow.finished()).await.unwrap().reply.state, MessageState::Complete);
}

#[tokio::test]
async fn two_hundred_turns_on_a_model_that_hangs_slow_no_read() {
    let model = ScriptedModel::saying("Yes.");
    let gateway = GatewaySettings { concurrency: 2, ..Plan::default().gateway };
    let house = House::planned(model.clone(), Plan { gateway, ..Plan::default() }).await;
    model.hold();
    let mut turns = Vec::new();
    for number in 0..200 {
        turns.push(house.send(to_daena(&format!("n{number}"))).await);
    }
    model.asked_times(2).await;
    assert_eq!(house.chat.brain().await.unwrap().running_replies, 200);
    assert_eq!(house.messages(turns[199].session.id).await.len(), 2);
    assert_eq!(house.session_count().await, 200);
    model.release();
    for turn in turns {
        assert_eq!(soon(turn.finished()).await.unwrap().reply.state, MessageState::Complete);
    }
    assert_eq!(house.chat.brain().await.unwrap().running_replies, 0);
}
