//! What a service above has somebody say.

use crate::house::{House, Plan, ollama, read_all, read_to, slug_of, soon, to_daena};
use chat_service::domain::{MemberId, Message, MessageState, ScopeType, SessionId, Speaker};
use chat_service::{
    ChatError, NewSession, PromptMessage, Recipient, ScriptedModel, SendMessage, SpeakError, Utterance,
};
use company_service::NewMember;
use std::time::Duration;
use testkit::{Fault, ModelServer, Script};

/// A session of a council, and a member to speak in it.
async fn council(house: &House) -> (SessionId, Speaker) {
    house.seed().await;
    let new = NewSession { title: None, scope_type: ScopeType::Council, scope_id: Some("tech".into()) };
    let session = house.chat.create_session(new).await.unwrap();
    let company = company_service::Company::new(house.chat.clone());
    let new = NewMember { name: "The Owl".into(), role: "Watcher".into(), ..NewMember::default() };
    let owl = company.create_member(slug_of("tech"), new).await.unwrap();
    (session.id, Speaker::council_member(owl.id, &owl.name, &owl.role))
}

fn utterance((session_id, speaker): &(SessionId, Speaker), key: &str) -> Utterance {
    Utterance {
        session_id: *session_id,
        speaker: speaker.clone(),
        key: key.to_owned(),
        follows: None,
        prompt: vec![
            PromptMessage::system("Be an owl."),
            PromptMessage::user("One said this."),
            PromptMessage::user("Your turn."),
        ],
        spare: Vec::new(),
        model: None,
        max_tokens: Some(50),
        deadline: Duration::from_secs(20),
        postscript: None,
    }
}

/// Says it to its end.
async fn said(house: &House, utterance: Utterance) -> Message {
    let speech = soon(house.chat.speak(utterance)).await.unwrap();
    let (_, ended) = read_all(&mut speech.updates(), 0).await;
    Message::clone(&ended.unwrap())
}

#[tokio::test]
async fn what_is_said_is_a_reply_like_any_other_made_from_the_prompt_that_is_given() {
    let model = ScriptedModel::new(|_| vec!["Who".into(), " goes there?".into()]);
    let house = House::new(model.clone()).await;
    let place = council(&house).await;
    let speech = house.chat.speak(utterance(&place, "a")).await.unwrap();
    assert_eq!((speech.message.state.clone(), speech.message.content.as_str()), (MessageState::Pending, ""));
    let (text, ended) = read_all(&mut speech.updates(), 0).await;
    let ended = ended.unwrap();
    assert_eq!((text.as_str(), ended.content.as_str()), ("Who goes there?", "Who goes there?"));
    assert_eq!(ended.client_message_id.as_deref(), Some("a"));
    assert_eq!(house.story(place.0).await, ["chat.session.created", "chat.reply.started", "chat.message"]);
    let member: MemberId = place.1.id.parse().unwrap();
    let events = house.events_after(chat_service::domain::Position::START).await;
    assert_eq!(&*events.last().unwrap().created_by, format!("council_member:{member}"));
    let asked = model.requests().pop().unwrap();
    assert_eq!(asked.max_tokens, Some(50));
    let turns: Vec<&str> = asked.messages.iter().map(|message| message.content.as_str()).collect();
    assert_eq!(turns, ["Be an owl.", "One said this.\n\nYour turn."], "the roles take turns");
}

#[tokio::test]
async fn nothing_is_said_twice_under_one_key() {
    let model = ScriptedModel::saying("Who?");
    let house = House::new(model.clone()).await;
    let place = council(&house).await;
    model.hold();
    let first = house.chat.speak(utterance(&place, "a")).await.unwrap();
    let joined = house.chat.speak(utterance(&place, "a")).await.unwrap();
    assert_eq!(first.message.id, joined.message.id);
    model.release();
    let (text, _) = read_all(&mut joined.updates(), 0).await;
    assert_eq!(text, "Who?");
    assert_eq!(said(&house, utterance(&place, "a")).await.id, first.message.id);
    assert_eq!(model.requests().len(), 1);
    let mut taken = to_daena("x");
    taken.client_message_id = Some("b".into());
    house.turn(taken).await;
    let refused = house.chat.speak(utterance(&place, "b")).await.unwrap_err();
    assert!(matches!(refused, SpeakError::Chat(ChatError::Conflict { .. })));
}

#[tokio::test]
async fn with_the_brain_away_nothing_is_stored_and_who_asks_is_told() {
    let model = ScriptedModel::saying("Who?");
    let house = House::new(model.clone()).await;
    let place = council(&house).await;
    model.set_online(false);
    house.chat.probe_brain().await.unwrap();
    let head = house.head();
    assert!(matches!(house.chat.speak(utterance(&place, "a")).await, Err(SpeakError::Offline)));
    assert_eq!(house.head(), head);
}

#[tokio::test]
async fn cut_off_by_the_brain_it_is_interrupted_and_said_again_in_place() {
    let model = ScriptedModel::new(|_| vec!["Who".into(), " goes".into()]);
    let house = House::new(model.clone()).await;
    let place = council(&house).await;
    model.hold();
    let speech = house.chat.speak(utterance(&place, "a")).await.unwrap();
    model.asked_times(1).await;
    model.set_online(false);
    let (_, ended) = read_all(&mut speech.updates(), 0).await;
    let ended = ended.unwrap();
    assert_eq!(ended.state, MessageState::Interrupted, "never deferred: nobody here waits for the brain");
    model.set_online(true);
    model.release();
    house.chat.probe_brain().await.unwrap();
    let again = said(&house, utterance(&place, "a")).await;
    assert_eq!((again.id, again.content.as_str()), (ended.id, "Who goes"));
    assert_eq!(again.state, MessageState::Complete);
}

#[tokio::test]
async fn what_is_late_fails_and_what_a_model_refuses_does_too() {
    let server = ModelServer::start(Script::fault(Fault::SilentAfter(2))).await;
    let house = House::new(ollama(&server)).await;
    let place = council(&house).await;
    let late = Utterance { deadline: Duration::from_millis(300), ..utterance(&place, "a") };
    let late = said(&house, late).await;
    assert_eq!((late.state.as_str(), late.content.as_str()), ("failed", "Hello from"));
    server.wait_for("the generation to end", |stats| stats.active == 0).await;
    server.set(Script::fault(Fault::Status(500)));
    assert_eq!(said(&house, utterance(&place, "b")).await.state.as_str(), "failed");
    let unknown = Utterance { model: Some("nobody".into()), ..utterance(&place, "c") };
    server.set(Script::default());
    assert_eq!(said(&house, unknown).await.state.as_str(), "failed");
}

#[tokio::test]
async fn a_postscript_follows_the_models_words_on_every_way() {
    let house = House::new(ScriptedModel::saying("Sell.")).await;
    let place = council(&house).await;
    let utterance = Utterance { postscript: Some("\n\nAbsent: nobody.".into()), ..utterance(&place, "a") };
    let speech = house.chat.speak(utterance).await.unwrap();
    let id = speech.message.id;
    let (text, _) = read_all(&mut speech.updates(), 0).await;
    assert_eq!(text, "Sell.\n\nAbsent: nobody.");
    assert_eq!(house.row(id).await.unwrap().content, text);
}

#[tokio::test]
async fn what_was_being_said_at_a_crash_is_interrupted_and_left_to_who_has_it_said() {
    let server = ModelServer::start(Script { hold_after: Some(2), ..Script::default() }).await;
    let house = House::new(ollama(&server)).await;
    let place = council(&house).await;
    let speech = house.chat.speak(utterance(&place, "a")).await.unwrap();
    let id = speech.message.id;
    let waiting = house.chat.speak(utterance(&place, "b")).await.unwrap().message.id;
    read_to(&mut speech.updates(), "Hello from".len()).await;
    house.row_is(id, "the text to be kept", |row| row.content == "Hello from").await;
    let model = ScriptedModel::saying("Who?");
    let after = House::open(house.wreck(), model.clone(), Plan::default()).await;
    for (id, text) in [(id, "Hello from"), (waiting, "")] {
        let left = after.row_has(id, MessageState::Interrupted).await;
        assert_eq!(left.content, text);
        let retried = after.chat.retry(id).await.unwrap_err();
        assert!(matches!(retried, ChatError::Conflict { .. }));
    }
    assert_eq!(model.requests().len(), 0, "nobody makes it from the conversation");
    after.chat.probe_brain().await.unwrap();
    assert_eq!(said(&after, utterance(&place, "b")).await.content, "Who?");
}

#[tokio::test]
async fn a_councils_session_takes_no_turns_and_hushing_ends_what_is_said() {
    let model = ScriptedModel::saying("Who?");
    let house = House::new(model.clone()).await;
    let place = council(&house).await;
    let turn = SendMessage::new(Recipient::Session, "Hi").in_session(place.0);
    assert!(matches!(house.chat.send(turn).await, Err(ChatError::Conflict { .. })));
    model.hold();
    let speech = house.chat.speak(utterance(&place, "a")).await.unwrap();
    soon(house.chat.hush(place.0)).await;
    let (_, ended) = read_all(&mut speech.updates(), 0).await;
    assert_eq!(ended.unwrap().state, MessageState::Stopped);
}

#[tokio::test]
async fn a_debate_has_no_branches() {
    let house = House::new(ScriptedModel::saying("Who?")).await;
    let place = council(&house).await;
    let first = said(&house, utterance(&place, "a")).await;
    let second = said(&house, Utterance { follows: Some(first.id), ..utterance(&place, "b") }).await;
    let head = house.head();
    for id in [first.id, second.id] {
        let refused = house.chat.regenerate(id, chat_service::Regenerate::default()).await.unwrap_err();
        assert!(matches!(refused, ChatError::Conflict { .. }), "{refused}");
        assert_eq!(house.chat.select_branch(id).await.unwrap().message_count, 2);
        let alone = house.chat.alternatives(id, None, chat_service::domain::Limit::default()).await.unwrap();
        assert_eq!((alone.page.items.len(), alone.count), (1, 1));
    }
    assert_eq!(house.head(), head);
}
