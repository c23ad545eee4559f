//! A yes is for the tool as it was when it was asked for.

use super::*;

impl Box3 {
    fn becomes(&self, form: &str) {
        *self.form.lock().unwrap() = form.to_owned();
    }
}

#[tokio::test]
async fn a_tool_that_became_another_one_is_not_allowed_in_the_place_of_the_first() {
    let (tools, model) = (Box3::default(), asking(vec![call(0, "house__write", "{}")]));
    tools.becomes("first");
    let house = house(model, &tools).await;
    let turn = house.send(to_daena("Write")).await;
    let [put] = house.waiting(1).await.try_into().unwrap();
    assert_eq!(put.call.form.as_deref(), Some("first"));
    tools.becomes("second");
    for always in [true, false] {
        match house.chat.approve(put.call.id, always).await {
            Err(ChatError::Conflict { detail }) => assert!(detail.contains("has changed"), "{detail}"),
            other => panic!("{other:?}"),
        }
    }
    assert!(tools.always.lock().unwrap().is_empty());
    house.waiting(1).await;
    tools.becomes("first");
    house.chat.approve(put.call.id, true).await.unwrap();
    assert_eq!(states(&soon(turn.finished()).await.unwrap().reply), [S::Complete]);
    assert_eq!(*tools.always.lock().unwrap(), ["write"]);
}

#[tokio::test]
async fn a_yes_for_always_that_comes_too_late_allows_nothing() {
    let (tools, model) = (Box3::default(), asking(vec![call(0, "house__write", "{}")]));
    let house = house(model, &tools).await;
    let turn = house.send(to_daena("Write")).await;
    let [put] = house.waiting(1).await.try_into().unwrap();
    *tools.rival.lock().unwrap() = Some((house.chat.clone(), put.call.id));
    let late = house.chat.approve(put.call.id, true).await;
    assert!(matches!(late, Err(ChatError::Conflict { .. })), "{late:?}");
    assert!(tools.always.lock().unwrap().is_empty());
    assert_eq!(states(&soon(turn.finished()).await.unwrap().reply), [S::Refused]);
}

#[tokio::test]
async fn a_tool_that_changes_between_the_yes_and_its_call_is_not_called() {
    let calls = vec![call(0, "house__look", "{}"), call(1, "house__write", "{}")];
    let (tools, model) = (Box3::default(), asking(calls));
    *tools.hangs.lock().unwrap() = true;
    tools.becomes("first");
    let first = house(model.clone(), &tools).await;
    let reply = first.send(to_daena("Write")).await.reply.id;
    first.has_calls(reply, &[S::Running, S::Waiting]).await;
    let [put] = first.waiting(1).await.try_into().unwrap();
    // Allowed while another call runs, it is made only after the restart.
    first.chat.approve(put.call.id, false).await.unwrap();
    let folder = first.wreck();
    *tools.hangs.lock().unwrap() = false;
    tools.becomes("second");
    let second = open(folder, model, &tools, ToolLimits::default()).await;
    let ended = second.row_has(reply, MessageState::Complete).await;
    assert_eq!(states(&ended), [S::Failed, S::Failed]);
    assert!(ended.tool_calls[1].error.as_deref().unwrap().contains("has changed"), "{ended:?}");
    assert_eq!(tools.called(), ["look"]);
}

#[tokio::test]
async fn a_call_that_an_earlier_version_put_to_the_founder_is_to_be_asked_for_again() {
    let (tools, model) = (Box3::default(), asking(vec![call(0, "house__write", "{}")]));
    tools.becomes("first");
    let first = house(model.clone(), &tools).await;
    let reply = first.send(to_daena("Write")).await.reply.id;
    let [put] = first.waiting(1).await.try_into().unwrap();
    let folder = first.wreck();
    let forget = "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute('UPDATE tool_calls SET form = NULL'); c.commit()";
    let file = folder.path().join("daena.db");
    let done = std::process::Command::new("python3").args(["-c", forget]).arg(file).status();
    assert!(done.unwrap().success());
    let second = open(folder, model, &tools, ToolLimits::default()).await;
    match second.chat.approve(put.call.id, false).await {
        Err(ChatError::Conflict { detail }) => assert_eq!(
            detail,
            "the tool \"write\" was asked for by an earlier version of Daena, which did not keep what it was: it is to be asked \
             for again"
        ),
        other => panic!("{other:?}"),
    }
    second.chat.refuse(put.call.id, None).await.unwrap();
    assert_eq!(states(&second.row_has(reply, MessageState::Complete).await), [S::Refused]);
    assert!(tools.called().is_empty());
}
