//! Calls that wait: for the Founder, over restarts, for the brain; and what ends them.

use super::*;

#[tokio::test]
async fn a_crash_while_a_call_waits_loses_nothing_and_the_reply_goes_on_from_its_rows() {
    let calls = vec![call(0, "house__look", "{}"), call(1, "house__write", "{}")];
    for wrecked in [true, false] {
        let (tools, model) = (Box3::default(), asking(calls.clone()));
        let first = house(model.clone(), &tools).await;
        let turn = first.send(to_daena("Do it")).await;
        let (reply, session) = (turn.reply.id, turn.session.id);
        let behind = first.send(to_daena("And then?").in_session(session)).await.reply.id;
        first.has_calls(reply, &[S::Complete, S::Waiting]).await;
        let folder = match wrecked {
            true => first.wreck(),
            false => {
                first.chat.shutdown().await;
                first.into_folder()
            }
        };
        let second = open(folder, model.clone(), &tools, ToolLimits::default()).await;
        let [put] = second.waiting(1).await.try_into().unwrap();
        let row = second.row(reply).await.unwrap();
        assert_eq!((row.state, row.content.as_str()), (MessageState::Streaming, "Let me see."));
        assert!(!second.story(session).await.contains(&"chat.reply.interrupted".to_owned()));
        second.chat.approve(put.call.id, false).await.unwrap();
        let ended = second.row_has(reply, MessageState::Complete).await;
        assert_eq!(ended.content, "Let me see.\n\nIt is so: sunny; Error: no room");
        // The next turn asks for the same calls, and may have begun.
        let called = tools.called();
        assert_eq!(called[..2], ["look", "write"]);
        assert!(
            called[2..].iter().all(|tool| tool == "look") && called.len() <= 3,
            "{called:?}: nothing is called twice"
        );
        second.row_has(behind, MessageState::Streaming).await;
        second.chat.stop(behind).await.unwrap();
    }
}

#[tokio::test]
async fn a_call_that_ran_at_the_crash_failed_and_is_not_made_again() {
    let (tools, model) = (Box3::default(), asking(vec![call(0, "house__look", "{}")]));
    *tools.hangs.lock().unwrap() = true;
    let first = house(model.clone(), &tools).await;
    let reply = first.send(to_daena("Look")).await.reply.id;
    wait_until("the call", DEADLINE, async || (!tools.called().is_empty()).then_some(())).await;
    first.has_calls(reply, &[S::Running]).await;
    let folder = first.wreck();
    *tools.hangs.lock().unwrap() = false;
    let second = open(folder, model.clone(), &tools, ToolLimits::default()).await;
    let ended = second.row_has(reply, MessageState::Complete).await;
    assert_eq!(states(&ended), [S::Failed]);
    assert!(ended.content.contains("the server ended while it ran: it may have happened"), "{ended:?}");
    assert_eq!(tools.called().len(), 1);
}

#[tokio::test]
async fn a_call_that_nobody_decides_on_expires_and_the_model_is_told() {
    let (tools, model) = (Box3::default(), asking(vec![call(0, "house__burn", "{}")]));
    let clock = HandClock(Arc::new(AtomicI64::new(1_000_000)));
    let folder = tempfile::tempdir().unwrap();
    let chat = builder(&folder, model, &tools, ToolLimits::default()).clock(Arc::new(clock.clone()));
    let house = House::around(chat.start().await.unwrap(), folder);
    let turn = house.send(to_daena("Burn")).await;
    let [put] = house.waiting(1).await.try_into().unwrap();
    let until = put.call.expires_at.unwrap();
    assert_eq!(until.as_micros(), 1_000_000 + 24 * 3600 * 1_000_000);
    clock.0.store(until.as_micros(), Ordering::SeqCst);
    let late = house.chat.approve(put.call.id, false).await;
    assert!(matches!(late, Err(ChatError::Conflict { .. })), "{late:?}");
    let ended = soon(turn.finished()).await.unwrap().reply;
    assert_eq!(states(&ended), [S::Expired]);
    assert!(ended.content.ends_with("Not called: the Founder did not allow it in time."), "{ended:?}");
    assert_eq!(house.kinds_of_call(put.call.id).await, ["chat.tool.requested", "chat.tool.decided"]);
    assert!(tools.called().is_empty());
}

#[tokio::test]
async fn a_stop_ends_what_waits_and_what_runs() {
    let calls = vec![call(0, "house__look", "{}"), call(1, "house__burn", "{}")];
    let (tools, model) = (Box3::default(), asking(calls));
    *tools.hangs.lock().unwrap() = true;
    let house = house(model, &tools).await;
    let reply = house.send(to_daena("Look")).await.reply.id;
    house.has_calls(reply, &[S::Running, S::Waiting]).await;
    let [put] = house.waiting(1).await.try_into().unwrap();
    let stopped = soon(house.chat.stop(reply)).await.unwrap();
    assert_eq!(states(&stopped), [S::Cancelled, S::Cancelled]);
    assert_eq!((stopped.state, stopped.content.as_str()), (MessageState::Stopped, "Let me see."));
    assert_eq!(tools.cancelled.load(Ordering::SeqCst), 1);
    let late = house.chat.approve(put.call.id, false).await;
    assert!(matches!(late, Err(ChatError::Conflict { .. })), "{late:?}");
    // Made again, it goes on behind its calls.
    let again = house.chat.retry(reply).await.unwrap();
    assert_eq!((again.content.as_str(), states(&again).len()), ("Let me see.", 2));
    let ended = house.row_has(reply, MessageState::Complete).await;
    assert!(ended.content.contains("Ended by the Founder while it ran"), "{ended:?}");
    assert_eq!(tools.called().len(), 1);
}

#[tokio::test]
async fn with_the_brain_away_between_rounds_the_reply_is_deferred_and_goes_on_behind_its_calls() {
    let (tools, model) = (Box3::default(), asking(vec![call(0, "house__write", "{}")]));
    let house = house(model.clone(), &tools).await;
    let reply = house.send(to_daena("Write")).await.reply.id;
    let [put] = house.waiting(1).await.try_into().unwrap();
    model.set_online(false);
    house.chat.probe_brain().await.unwrap();
    house.chat.approve(put.call.id, false).await.unwrap();
    let deferred = house.row_has(reply, MessageState::Deferred).await;
    assert_eq!(states(&deferred), [S::Complete]);
    model.set_online(true);
    house.chat.probe_brain().await.unwrap();
    let ended = house.row_has(reply, MessageState::Complete).await;
    assert_eq!(ended.content, "Let me see.\n\nIt is so: Error: no room");
    assert_eq!(tools.called(), ["write"]);
}

#[tokio::test]
async fn a_deferred_reply_that_is_stopped_keeps_what_it_said_before_its_calls() {
    let (tools, model) = (Box3::default(), asking(vec![call(0, "house__write", "{}")]));
    let house = house(model.clone(), &tools).await;
    let reply = house.send(to_daena("Write")).await.reply.id;
    let [put] = house.waiting(1).await.try_into().unwrap();
    model.set_online(false);
    house.chat.probe_brain().await.unwrap();
    house.chat.approve(put.call.id, false).await.unwrap();
    house.row_has(reply, MessageState::Deferred).await;
    let stopped = house.chat.stop(reply).await.unwrap();
    assert_eq!((stopped.state.as_str(), stopped.content.as_str()), ("stopped", "Let me see."));
    assert_eq!(house.row(reply).await.unwrap().content, stopped.content);
}

#[tokio::test]
async fn while_a_reply_waits_others_are_made_even_by_a_model_that_is_asked_one_at_a_time() {
    let tools = Box3::default();
    let model = ScriptedModel::of_chunks(|request| {
        let burns = request.messages.iter().any(|message| message.content == "Burn");
        match (burns, rounds(request)) {
            (true, 0) => vec![Chunk::Calls(vec![call(0, "house__burn", "{}")])],
            _ => vec![text("Yes.")],
        }
    });
    let chat = ChatService::builder()
        .database(tempfile::tempdir().unwrap().keep().join("daena.db"))
        .model(Arc::new(model))
        .limits(Plan::default().limits)
        .gateway(chat_service::GatewaySettings { concurrency: 1, ..Plan::default().gateway })
        .toolbox(Arc::new(tools.clone()));
    let house = House::around(chat.start().await.unwrap(), tempfile::tempdir().unwrap());
    house.chat.probe_brain().await.unwrap();
    let waits = house.send(to_daena("Burn")).await;
    house.waiting(1).await;
    assert_eq!(house.turn(to_daena("Are you there?")).await.reply.content, "Yes.");
    // Who asked does not wait for the Founder with it.
    let reply = soon(waits.answered(&house.chat)).await.unwrap().reply;
    assert_eq!((reply.state.clone(), states(&reply)), (MessageState::Streaming, vec![S::Waiting]));
    assert_eq!(house.chat.stop_all().await, 1);
    let stopped = house.row(reply.id).await.unwrap();
    assert_eq!((stopped.state.clone(), states(&stopped)), (MessageState::Stopped, vec![S::Cancelled]));
}
