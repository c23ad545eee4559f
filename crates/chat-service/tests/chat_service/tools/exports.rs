//! Calls in exports.

use super::*;
use crate::transfer;

#[tokio::test]
async fn who_reads_an_export_sees_which_tools_were_called_and_nothing_of_them_is_markup() {
    let calls = vec![
        call(0, "house__look", "{}"),
        call(1, "<b>*bold*</b>", "{}"),
        call(2, "house__write", "{}"),
        call(3, "house__burn", "{}"),
    ];
    let tools = Box3::default();
    let house = house(asking(calls), &tools).await;
    let turn = house.send(to_daena("Look")).await;
    let [burn, write] = house.waiting(2).await.try_into().unwrap();
    house.chat.refuse(burn.call.id, None).await.unwrap();
    house.chat.approve(write.call.id, false).await.unwrap();
    let session = turn.session.id;
    soon(turn.finished()).await.unwrap();
    let read = async |format| {
        let (_, export) = house.chat.export_session(session, format).await.unwrap();
        transfer::text(export).await
    };
    let page = read(chat_service::ExportFormat::Html).await;
    for line in [
        "<p class=\"remark\">Tool <b>house: look</b>: answered</p>",
        "<p class=\"remark\">Tool <b>&lt;b&gt;*bold*&lt;/b&gt;</b>: failed</p>",
        "<p class=\"remark\">Tool <b>house: write</b>: answered with an error</p>",
        "<p class=\"remark\">Tool <b>house: burn</b>: refused by the Founder</p>",
    ] {
        assert!(page.contains(line), "{line}: {page}");
    }
    assert!(!page.contains("<b>*bold*"), "{page}");
    let text = read(chat_service::ExportFormat::Markdown).await;
    let told = "> Tool **house: look**: answered\n\n> Tool **\\<b\\>\\*bold\\*\\</b\\>**: failed\n\n\
        > Tool **house: write**: answered with an error\n\n> Tool **house: burn**: refused by the Founder\n\n\
        Let me see.";
    assert!(text.contains(told), "{text}");
}

#[tokio::test]
async fn calls_go_with_their_session_into_an_export_and_out_of_it_and_away_for_good() {
    let (tools, model) = (Box3::default(), asking(vec![call(0, "house__look", "{}"), call(1, "x", "{")]));
    let house = house(model, &tools).await;
    let ended = house.turn(to_daena("Look")).await.reply;
    let (_, export) =
        house.chat.export_session(ended.session_id, chat_service::ExportFormat::Jsonl).await.unwrap();
    let file = transfer::text(export).await;
    let count = || {
        house.chat.store().read({
            let id = ended.id;
            move |tx| tx.tools().of(id)
        })
    };
    assert_eq!(count().await.unwrap().len(), 2);
    house.chat.delete_session(ended.session_id, chat_service::Within::Anywhere).await.unwrap();
    house.chat.purge_session(ended.session_id).await.unwrap();
    assert!(count().await.unwrap().is_empty());
    transfer::import(&house, &file).await;
    let back = house.message(ended.id).await;
    assert_eq!(MessageView::from(back), MessageView::from(Message::clone(&ended)));
}
