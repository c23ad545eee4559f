//! Sessions out of one house and into another.

use crate::house::{House, Plan, slug_of, soon, to_agent, to_daena, to_department};
use chat_service::domain::{Import, ImportStatus, MessageState, Session};
use chat_service::{ChatError, Export, Regenerate, ScriptedModel, SessionEdit, Transferred, Within};
use testkit::{ModelServer, Script};

pub(crate) async fn text(mut export: Export) -> String {
    let mut text = String::new();
    while let Some(part) = export.next().await.unwrap() {
        text.push_str(&part);
    }
    text
}

/// A file, in parts that are cut anywhere.
async fn upload(house: &House, file: &str) -> Result<chat_service::RunningImport, ChatError> {
    let mut upload = house.chat.upload().unwrap();
    for part in file.as_bytes().chunks(1000) {
        upload.write(bytes::Bytes::copy_from_slice(part)).await.unwrap();
    }
    upload.import().await
}

pub(crate) async fn import(house: &House, file: &str) -> Import {
    soon(upload(house, file).await.unwrap().ended()).await.unwrap()
}

async fn refused(house: &House, file: &str) -> String {
    match upload(house, file).await {
        Err(ChatError::Unprocessable { detail, .. }) => detail,
        other => panic!("{other:?}"),
    }
}

/// Every row of every session.
async fn rows(house: &House) -> Vec<(Session, Vec<Transferred>)> {
    house
        .chat
        .store()
        .read(|tx| {
            let mut rows = Vec::new();
            for session in tx.transfer().sessions(None, 1_000_000)? {
                let (messages, _) = tx.transfer().messages(session.id, 0, 1_000_000)?;
                rows.push((session, messages));
            }
            Ok::<_, chat_service::StoreError>(rows)
        })
        .await
        .unwrap()
}

fn echo() -> ScriptedModel {
    ScriptedModel::new(|request| {
        let said = request.messages.last().map(|message| message.content.clone()).unwrap_or_default();
        vec!["You said: ".to_owned(), said]
    })
}

/// A house in which about everything happened that can be kept.
async fn lived_in(server: &ModelServer) -> House {
    let house = House::staffed(crate::house::ollama(server)).await;
    house.turn(to_department("hr", "What do you all think of the plan for the next quarter?")).await;
    house.turn(to_agent("hr-talent", "Hello \u{1F600} \u{7}")).await;
    let first = house.turn(to_daena("Say it again")).await.reply;
    let again = house.chat.regenerate(first.id, Regenerate { model: None, client_message_id: None });
    soon(again.await.unwrap().finished()).await.unwrap();
    house.turn(to_daena("And on").in_session(first.session_id)).await;
    house.turn_that_fails(server).await;
    let trashed = house.turn(to_daena("Away with it")).await.reply.session_id;
    house.chat.delete_session(trashed, Within::Anywhere).await.unwrap();
    let edit = SessionEdit { title: Some("Kept".into()), pinned: Some(true), ..SessionEdit::default() };
    house.chat.edit_session(first.session_id, edit).await.unwrap();
    house.chat.start_session(None).await.unwrap();
    house
}

#[tokio::test]
async fn what_goes_out_comes_in_row_by_row() {
    let server = ModelServer::start(Script::default()).await;
    let from = lived_in(&server).await;
    let file = text(from.chat.export_all()).await;
    let to = House::staffed(echo()).await;
    let before = to.head();
    let done = import(&to, &file).await;
    assert_eq!(done.status, ImportStatus::Completed, "{done:?}");
    assert_eq!((done.report.remark_count, done.done_bytes), (0, done.bytes), "{done:?}");
    let (there, here) = (rows(&from).await, rows(&to).await);
    assert_eq!(here, there);
    assert_eq!(done.report.sessions.imported, i64::try_from(there.len()).unwrap());
    let tallies = async |house: &House| house.chat.store().read(|tx| tx.sessions().tallies()).await.unwrap();
    let sorted = |mut tallies: Vec<_>| {
        tallies.sort_by_key(|tally| format!("{tally:?}"));
        tallies
    };
    let live =
        |tallies: Vec<_>| tallies.into_iter().filter(|it: &chat_service::SessionTally| it.live > 0).collect();
    let (counted, expected): (Vec<_>, Vec<_>) = (live(tallies(&to).await), live(tallies(&from).await));
    assert_eq!(sorted(counted), sorted(expected));
    assert_eq!(to.chat.stats().await.unwrap().totals, from.chat.stats().await.unwrap().totals);
    let events = to.events_after(before).await;
    let made = events.iter().filter(|event| &*event.event_type == "chat.session.created").count();
    assert_eq!((made, events.len()), (there.len(), there.len() + 2), "one event for each session");

    let again = import(&to, &file).await;
    assert_eq!((again.report.sessions.imported, again.report.messages.imported), (0, 0));
    assert_eq!(again.report.sessions.skipped, done.report.sessions.imported);
    assert_eq!(rows(&to).await, there);
}

#[tokio::test]
async fn a_document_comes_in_as_its_lines_do_and_the_talk_goes_on() {
    let server = ModelServer::start(Script::default()).await;
    let from = lived_in(&server).await;
    let to = House::staffed(echo()).await;
    for (session, _) in rows(&from).await {
        let (_, export) =
            from.chat.export_session(session.id, chat_service::ExportFormat::Json).await.unwrap();
        let done = import(&to, &text(export).await).await;
        assert_eq!((done.report.sessions.imported, done.report.remark_count), (1, 0), "{done:?}");
    }
    assert_eq!(rows(&to).await, rows(&from).await);
    let (session, _) = rows(&to).await.into_iter().find(|(it, _)| it.title.as_str() == "Kept").unwrap();
    let reply = to.turn(to_daena("Where were we?").in_session(session.id)).await.reply;
    assert_eq!(reply.state, MessageState::Complete);
    let messages = to.messages(session.id).await;
    let asked = &messages[messages.len() - 2];
    assert_eq!(asked.parent_id, session.tip, "it follows what came in");
}

/// An export with one session of so many messages in line.
fn long_file(messages: usize) -> String {
    let session = "01890a5d-ac96-774b-bcce-b302099a8057";
    let id = |n: usize| format!("01890a5d-ac96-774b-bcce-{n:012x}");
    let at = "2026-01-02T03:04:05.678901Z";
    let mut file = format!("{{\"kind\":\"daena.export\",\"version\":1,\"exported_at\":\"{at}\"}}\n");
    let line = serde_json::json!({"kind": "session", "session_id": session, "title": "Long", "category": "general",
        "scope_type": "general", "is_active": true, "pinned": false, "archived": false, "message_count": 7,
        "created_at": at, "updated_at": at, "title_by_hand": true});
    file.push_str(&format!("{line}\n"));
    for n in 1..=messages {
        let parent = (n > 1).then(|| id(n - 1));
        let line = serde_json::json!({"kind": "message", "message_id": id(n), "session_id": session, "role": "user",
            "speaker": {"kind": "founder", "id": "founder", "name": "Founder", "role": "Founder"},
            "content": format!("message {n}"), "status": "complete", "notes": [], "parent_id": parent,
            "active": true, "created_at": at, "updated_at": at});
        file.push_str(&format!("{line}\n"));
    }
    file
}

#[tokio::test]
async fn an_import_goes_on_after_a_crash_wherever_it_was() {
    const MESSAGES: usize = 1_000;
    let house = House::new(echo()).await;
    let running = upload(&house, &long_file(MESSAGES)).await.unwrap();
    let id = running.import.id;
    let name = format!("daena.db.imports/{id}");
    let kept = std::fs::read(house.file().parent().unwrap().join(&name)).unwrap();
    // Some commits are in, and it is not at its end: the writer answers them one by one.
    testkit::wait_until("a first step", testkit::DEADLINE, async || {
        let import = house.chat.import(id).await.unwrap();
        (import.messages > 0 || import.status == ImportStatus::Completed).then_some(())
    })
    .await;
    let blocked = house.block_writer().await;
    let wreck = house.wreck();
    drop(blocked);
    std::fs::create_dir(wreck.path().join("daena.db.imports")).unwrap();
    std::fs::write(wreck.path().join(&name), kept).unwrap();
    std::fs::write(wreck.path().join("daena.db.imports/stray"), "left by nobody").unwrap();

    let after = House::open(wreck, echo(), Plan::default()).await;
    let import = testkit::wait_until("the import to end", testkit::DEADLINE, async || {
        let import = after.chat.import(id).await.unwrap();
        (import.status != ImportStatus::Running).then_some(import)
    })
    .await;
    assert_eq!((import.status, import.report.messages.imported), (ImportStatus::Completed, 1_000));
    assert_eq!(import.report.sessions.imported, 1);
    let rows = rows(&after).await;
    assert_eq!((rows[0].0.message_count, rows[0].1.len()), (1_000, MESSAGES));
    let texts: Vec<&str> = rows[0].1.iter().map(|it| it.message.content.as_str()).collect();
    let expected: Vec<String> = (1..=MESSAGES).map(|n| format!("message {n}")).collect();
    assert_eq!(texts, expected);
    assert!(!after.file().parent().unwrap().join("daena.db.imports/stray").exists());
    soon(running.ended()).await.unwrap();
}

#[tokio::test]
async fn what_is_broken_is_told_of_by_line_and_the_rest_comes_in() {
    let house = House::new(echo()).await;
    let sound = long_file(6);
    let mut lines: Vec<String> = sound.lines().map(str::to_owned).collect();
    lines[2] = "{broken".into();
    // The fourth message is its own parent, the fifth has the id of the third.
    lines[5] = lines[5].replace("000000000003", "000000000004");
    lines[6] = lines[6].replace(
        "\"message_id\":\"01890a5d-ac96-774b-bcce-000000000005\"",
        "\"message_id\":\"01890a5d-ac96-774b-bcce-000000000003\"",
    );
    lines[7] = lines[7].replace("\"status\":\"complete\"", "\"status\":\"streaming\"");
    let done = import(&house, &lines.join("\n")).await;
    assert_eq!(done.status, ImportStatus::Completed);
    assert_eq!((done.report.messages.imported, done.report.messages.left_out), (4, 2), "{done:?}");
    assert_eq!(done.report.remarks[0].at, "line 3");
    let rows = rows(&house).await;
    let texts: Vec<(&str, bool)> =
        rows[0].1.iter().map(|it| (it.message.content.as_str(), it.message.active)).collect();
    assert_eq!(texts, ["message 2", "message 3", "message 4", "message 6"].map(|text| (text, true)));
    assert_eq!(rows[0].1[3].message.state, MessageState::Interrupted);
}

#[tokio::test]
async fn a_file_that_is_none_is_refused_and_leaves_nothing() {
    let house = House::new(echo()).await;
    let head = house.head();
    for (file, why) in [
        ("", "empty"),
        ("hello", "neither JSON"),
        ("{\"a\": 1}", "no conversations"),
        ("[]", "no conversations"),
        ("[1, 2]", "no export of Daena"),
        ("[{\"mapping\": {}}, {\"map", "not to its end"),
        (
            "{\"kind\":\"daena.export\",\"version\":9,\"exported_at\":\"2026-01-02T03:04:05Z\"}\n",
            "knows forms up to 1",
        ),
        ("{\"kind\":\"daena.export\",\"version\":1,\"sessions\":[{}", "not to its end"),
    ] {
        let refused = refused(&house, file).await;
        assert!(refused.contains(why), "{file}: {refused}");
    }
    assert_eq!(house.head(), head);
    let left = std::fs::read_dir(house.file().parent().unwrap().join("daena.db.imports")).unwrap().count();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_session_of_a_stranger_is_with_nobody_in_particular() {
    let server = ModelServer::start(Script::default()).await;
    let from = lived_in(&server).await;
    let file = text(from.chat.export_all()).await;
    // Nobody works here.
    let to = House::new(echo()).await;
    let done = import(&to, &file).await;
    assert_eq!(done.report.remark_count, 2, "{done:?}");
    assert!(done.report.remarks.iter().all(|it| it.detail.contains("nobody in particular")), "{done:?}");
    assert_eq!(rows(&to).await.len(), rows(&from).await.len());
    let department = slug_of("hr");
    assert!(rows(&to).await.iter().all(|(session, _)| session.scope.department() != Some(&department)));
}

#[tokio::test]
async fn a_file_that_was_cut_or_garbled_anywhere_harms_nobody() {
    let house = House::new(echo()).await;
    let sound = long_file(3);
    for at in (0..sound.len()).step_by(61) {
        let Some((kept, lost)) = sound.split_at_checked(at) else { continue };
        let garbled = format!("{kept}\u{0}]}}\"{lost}");
        for file in [kept, &garbled] {
            match upload(&house, file).await {
                Ok(running) => {
                    assert_eq!(soon(running.ended()).await.unwrap().status, ImportStatus::Completed)
                }
                Err(ChatError::Unprocessable { .. }) => {}
                Err(other) => panic!("{at}: {other:?}"),
            }
        }
    }
    let rows = rows(&house).await;
    let (session, messages) = &rows[0];
    assert_eq!(session.message_count + session.set_aside, i64::try_from(messages.len()).unwrap());
}

#[tokio::test]
#[ignore = "takes minutes"]
async fn ten_thousand_sessions_go_out_and_come_in_row_by_row() {
    let from = House::new(echo()).await;
    let one = long_file(4);
    let (head, rest) = one.split_once('\n').unwrap();
    let mut file = format!("{head}\n");
    for n in 0..10_000 {
        // The third part of each id is the session's own.
        file.push_str(&rest.replace("-774b-", &format!("-{n:04x}-")));
    }
    let done = import(&from, &file).await;
    assert_eq!((done.report.sessions.imported, done.report.messages.imported), (10_000, 40_000));
    let to = House::new(echo()).await;
    import(&to, &text(from.chat.export_all()).await).await;
    assert!(rows(&to).await == rows(&from).await);
    assert_eq!(to.session_count().await, 10_000);
}
