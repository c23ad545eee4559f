//! A debate that goes well.

use super::house::{House, but, civil, civil_server, debate, said};
use chat_service::domain::MessageState;
use company_service::NewDebate;
use domain::{SessionCategory, SpeakerKind};
use testkit::{ModelServer, Script};

const NAMES: [&str; 5] = ["The Oracle", "The Macro", "The Quant", "The Venture", "The Crypto"];

#[tokio::test]
async fn each_member_speaks_once_a_round_and_daena_sums_up() {
    let server = civil_server().await;
    let house = House::new(&server).await;
    let id = house.start(NewDebate { rounds: Some(2), ..debate("Sell the house?") }).await;
    let (record, synthesis) = house.synthesized(id).await;
    let names: Vec<&str> = record.messages.iter().map(|message| message.speaker.name.as_str()).collect();
    let expected = [&["Founder"][..], &NAMES, &NAMES, &["Daena"]].concat();
    assert_eq!(names, expected);
    assert!(record.messages.iter().all(|message| message.state == MessageState::Complete));
    assert!(record.messages[1..11].iter().all(|message| message.speaker.kind == SpeakerKind::CouncilMember));
    assert_eq!(synthesis.recommendation, "Sell the house.");
    assert_eq!((synthesis.agreements, synthesis.disagreements), (vec!["Rates are high".to_owned()], vec![]));
    assert_eq!((synthesis.caveats, synthesis.absent), (vec!["Taxes".to_owned()], Vec::<String>::new()));
    let session = house.chat.session(id, chat_service::Within::Anywhere).await.unwrap();
    assert_eq!((session.title.as_str(), session.category), ("Sell the house?", SessionCategory::Councils));
    house.chat.shutdown().await;
}

#[tokio::test]
async fn each_member_hears_the_topic_and_all_that_was_said_before_it() {
    let server = civil_server().await;
    let house = House::new(&server).await;
    let id = house.start(NewDebate { rounds: Some(2), ..debate("Sell the house?") }).await;
    house.synthesized(id).await;
    let asked = server.chats();
    assert_eq!(asked.len(), 11);
    for (place, request) in asked.iter().enumerate() {
        assert!(request.messages[0].1.contains("Sell the house?"));
        let heard: String = request.messages.iter().skip(1).map(|(_, text)| text.as_str()).collect();
        for (earlier, name) in NAMES.iter().cycle().take(10).enumerate() {
            let told = heard.matches(&format!("{name} thinks so.")).count();
            let times = (0..place.min(10)).filter(|said| said % 5 == earlier % 5).count();
            assert_eq!(told, times, "{name} at {place}: {heard}");
        }
    }
    assert!(asked[10].messages[0].1.starts_with("You are Daena"));
    let own: Vec<_> = asked[5]
        .messages
        .iter()
        .filter(|(role, text)| role == "assistant" && text.contains("thinks"))
        .collect();
    assert_eq!(own.len(), 1, "its own words are its own");
    house.chat.shutdown().await;
}

#[tokio::test]
async fn the_founder_joins_and_who_speaks_next_has_heard_it() {
    let server = civil_server().await;
    server.set(testkit::Script { hold_after: Some(1), ..testkit::Script::by(super::house::civil) });
    let house = House::new(&server).await;
    let id = house.start(debate("Sell the house?")).await;
    house.until(id, "somebody to speak", |record| record.messages.len() == 2).await;
    house.company.join_debate(id, "Mind the children.".into()).await.unwrap();
    server.release();
    let (record, _) = house.synthesized(id).await;
    assert_eq!(said(&record.messages)[2], ("Founder", "Mind the children."));
    let heard =
        |place: usize| server.chats()[place].messages.iter().any(|(_, text)| text.contains("children"));
    assert!(!heard(0), "it was being said already");
    assert!((1..6).all(heard));
    house.chat.shutdown().await;
}

#[tokio::test]
async fn each_step_is_one_event_beside_those_of_the_session() {
    let server = civil_server().await;
    let house = House::new(&server).await;
    let id = house.start(debate("Sell the house?")).await;
    house.synthesized(id).await;
    let started = "council.debate.started";
    let (updated, message) = ("council.debate.updated", "council.debate.message");
    let expected =
        [started, updated, message, message, message, message, message, "council.debate.synthesized"];
    assert_eq!(house.story(id).await, expected);
    let events = house.events().await;
    let of = |kind: &str| {
        events
            .iter()
            .filter(|event| *event.event_type == *kind && *event.entity_id == *id.to_string())
            .count()
    };
    assert_eq!((of("chat.session.created"), of("chat.message"), of("chat.reply.started")), (1, 7, 6));
    let by: Vec<&str> =
        events.iter().filter(|event| &*event.event_type == message).map(|event| &*event.created_by).collect();
    assert!(by.iter().all(|actor| actor.starts_with("council_member:")), "{by:?}");
    assert!(
        events
            .iter()
            .filter(|event| event.event_type.starts_with("council.debate."))
            .all(|event| &*event.entity_id == "finance")
    );
    house.chat.shutdown().await;
}

#[tokio::test]
async fn however_much_the_founder_says_who_spoke_is_known_and_their_words_go_before_his() {
    let server = ModelServer::start(but(|name| {
        (name == "The Macro").then(|| Script { hold_after: Some(1), ..Script::by(civil) })
    }))
    .await;
    let house = House::new(&server).await;
    let id = house.start(debate("Sell the house?")).await;
    server.wait_for("the second to speak", |stats| stats.held == 1).await;
    for number in 1..=205 {
        let long = format!("Point {number}: {}", "think of it again. ".repeat(15));
        house.company.join_debate(id, long).await.unwrap();
    }
    server.set(Script::by(civil));
    server.release();
    let (_, synthesis) = house.synthesized(id).await;
    assert!(synthesis.absent.is_empty(), "{synthesis:#?}");
    assert_eq!(synthesis.caveats, ["Taxes"]);
    let asked = server.chats().pop().unwrap();
    let told: String = asked.messages.iter().map(|(_, text)| text.as_str()).collect();
    for name in ["The Oracle", "The Macro", "The Quant", "The Venture", "The Crypto"] {
        assert!(told.contains(&format!("{name} thinks so.")), "{name} is missing");
    }
    assert!(
        told.contains("Point 205:") && !told.contains("Point 1:"),
        "the newest of what there is room for"
    );
    house.chat.shutdown().await;
}
