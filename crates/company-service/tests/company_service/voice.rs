//! What is said is obeyed once, however often it is sent and whatever fails on the way.

use crate::house::{ATLAS, House, is_not_found, slug};
use async_trait::async_trait;
use chat_service::{ChatError, ChatService, ReadTx, ScriptedModel, StoreError, StoreSettings, WriteTx};
use company_service::{
    AgentEdit, Company, CompanyError, Done, Interacted, Interaction, InteractionUpdate, Said, VoiceEdit,
    VoiceScope,
};
use domain::{MessageId, Position, SessionId, VoiceOwner};
use futures_util::future::join_all;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use testkit::tone;
use voice_gateway::{
    Audio, Engine, SpeechToText, TextToSpeech, Transcript, Utterance, Voice, VoiceError, VoiceGateway,
};

/// An engine that hears each recording a little differently each time: a command, or talk.
#[derive(Debug, Default)]
struct Fickle(AtomicUsize, Option<&'static str>);

#[async_trait]
impl Engine for Fickle {
    fn name(&self) -> &str {
        "fickle"
    }
    async fn probe(&self) -> Result<Vec<Voice>, VoiceError> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl SpeechToText for Fickle {
    async fn transcribe(&self, _: &Audio) -> Result<Transcript, VoiceError> {
        let time = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        let text = match self.1 {
            None => format!("Create a task to buy {time} apples"),
            Some(talk) => format!("{talk}{}", "!".repeat(time)),
        };
        Ok(Transcript { text, language: Some("en".to_owned()), duration_s: Some(0.5) })
    }
}

#[async_trait]
impl TextToSpeech for Fickle {
    async fn speak(&self, _: &Utterance) -> Result<Audio, VoiceError> {
        Err(VoiceError::Busy)
    }
    fn may_have(&self, _: &str) -> bool {
        false
    }
    fn heeds(&self) -> &'static [&'static str] {
        &[]
    }
}

/// What is said, with its sender's id.
async fn say(company: &Company, said: Said, id: &str) -> Result<Interacted, CompanyError> {
    say_to(company, VoiceScope::Auto, None, said, Some(id)).await
}

async fn say_to(
    company: &Company,
    scope: VoiceScope,
    session_id: Option<SessionId>,
    said: Said,
    id: Option<&str>,
) -> Result<Interacted, CompanyError> {
    let client_message_id = id.map(str::to_owned);
    let it = Interaction { said, session_id, scope, client_message_id, speak: false };
    let mut updates = company.interact(it).await?.go_on();
    while let Some(update) = updates.recv().await {
        if let InteractionUpdate::Done(done) = update {
            return Ok(*done);
        }
    }
    Err(CompanyError::ShuttingDown)
}

fn words(text: &str) -> Said {
    Said::Text(text.to_owned())
}

/// What the command did that was obeyed.
fn did(talk: &Interacted) -> (&'static str, String) {
    match &talk.done {
        Done::Command(obeyed) => (obeyed.name, obeyed.result.to_string()),
        other => panic!("no command: {other:?}"),
    }
}

/// How many emergencies there were, and how many sessions were begun.
async fn counted(house: &House) -> (usize, usize) {
    let told = house.told_after(Position::new(0)).await;
    let count = |name: &str| told.iter().filter(|it| *it == name).count();
    (count("system.emergency"), count("chat.session.created"))
}

#[tokio::test]
async fn a_yes_that_is_sent_again_while_the_first_is_obeyed_has_its_answer_and_is_no_talk() {
    let house = House::new(&ScriptedModel::saying("Talk.")).await;
    let before = counted(&house).await;
    say(&house.company, words("Stop everything"), "stop").await.unwrap();
    let yes = (0..8).map(|_| say(&house.company, words("Yes"), "yes"));
    let answers: Vec<_> = join_all(yes).await.into_iter().map(|it| did(&it.unwrap())).collect();
    assert_eq!(answers[0].0, "stop_everything");
    assert!(answers.iter().all(|it| *it == answers[0]), "{answers:?}");
    assert_eq!(counted(&house).await, (before.0 + 1, before.1));
    house.end().await;
}

#[tokio::test]
async fn a_yes_that_failed_can_be_said_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("daena.db");
    let model = Arc::new(ScriptedModel::saying("Talk."));
    let store = StoreSettings { queue: 1, ..StoreSettings::new(&file) };
    let chat = ChatService::builder().database(&file).store(store).model(model).start().await.unwrap();
    let company = Company::new(chat.clone());
    let house = House::around(chat.clone(), company.clone(), folder);
    say(&company, words("Stop everything"), "stop").await.unwrap();
    let before = counted(&house).await;

    // The writer has its hands full, and one more write waits: the next one is refused.
    let (begun, is_begun) = tokio::sync::oneshot::channel();
    let (end, ended) = mpsc::sync_channel::<()>(1);
    let mut begun = Some(begun);
    let slow = move |_: &mut WriteTx<'_>| {
        if let Some(begun) = begun.take() {
            begun.send(()).ok();
            ended.recv().ok();
        }
        Ok::<_, StoreError>(())
    };
    let mut slow = Box::pin(chat.store().write(slow));
    assert!(futures_util::poll!(&mut slow).is_pending());
    is_begun.await.unwrap();
    let mut waits = Box::pin(chat.store().write(|_| Ok::<_, StoreError>(())));
    assert!(futures_util::poll!(&mut waits).is_pending());
    let refused = say(&company, words("Yes"), "yes").await;
    assert!(
        matches!(refused, Err(CompanyError::Store(StoreError::Busy) | CompanyError::Busy)),
        "{refused:?}"
    );
    end.send(()).unwrap();
    slow.await.unwrap();
    waits.await.unwrap();

    let obeyed = say(&company, words("Yes"), "yes").await.unwrap();
    assert_eq!(did(&obeyed).0, "stop_everything");
    assert_eq!(counted(&house).await, (before.0 + 1, before.1));
    house.end().await;
}

#[tokio::test]
async fn what_one_was_asked_back_nobody_else_answers_or_makes_forgotten() {
    let house = House::new(&ScriptedModel::saying("Talk.")).await;
    let here = say(&house.company, words("Hello"), "here").await.unwrap().session_id;
    let there = say(&house.company, words("Hello"), "there").await.unwrap().session_id;
    let (auto, daena) = (VoiceScope::Auto, VoiceScope::With(VoiceOwner::Daena));
    let (sales, atlas) = (VoiceOwner::Department(slug("sales")), VoiceOwner::Agent(slug(ATLAS)));
    let (sales, atlas) = (VoiceScope::With(sales), VoiceScope::With(atlas));
    let command = async |scope: &VoiceScope, session, text: &str| {
        let said = say_to(&house.company, scope.clone(), session, words(text), None).await.unwrap();
        matches!(said.done, Done::Command(obeyed) if obeyed.result["confirm"] == true || obeyed.result["done"] == true)
    };
    for (asked, others) in [
        ((&auto, here), [(&auto, there), (&auto, None), (&sales, None)]),
        ((&auto, None), [(&auto, here), (&sales, None), (&atlas, None)]),
        ((&sales, None), [(&auto, here), (&auto, None), (&daena, None)]),
    ] {
        let (before, _) = counted(&house).await;
        assert!(command(asked.0, asked.1, "Stop everything").await);
        for (scope, session) in others {
            for text in ["Sure", "What is the time?", "No"] {
                assert!(!command(scope, session, text).await, "{text:?} to {scope:?} in {session:?}");
            }
        }
        assert_eq!(counted(&house).await.0, before);
        assert!(command(asked.0, asked.1, "Yes").await, "{asked:?}");
        assert_eq!(counted(&house).await.0, before + 1);
    }
    // Without a session, Daena is who is spoken to.
    assert!(command(&auto, None, "Stop everything").await && command(&daena, None, "Yes").await);
    house.end().await;
}

#[tokio::test]
async fn a_recording_that_is_sent_again_is_the_same_whatever_the_engine_hears_in_it() {
    let house = House::new(&ScriptedModel::saying("Talk.")).await;
    let engine = Arc::new(Fickle::default());
    let gateway = VoiceGateway::builder(Arc::clone(house.chat.clock())).both(Arc::clone(&engine)).build();
    let company = house.company.clone().with_voice(gateway);
    let recording = || Said::Audio(Audio::read(tone(20).into()).unwrap());
    let first = say(&company, recording(), "apples").await.unwrap();
    let head = house.head();
    let again = say(&company, recording(), "apples").await.unwrap();
    assert_eq!((did(&again), &again.transcript), (did(&first), &first.transcript));
    assert_eq!((engine.0.load(Ordering::SeqCst), house.head()), (1, head), "nobody listens to it again");
    let other = Said::Audio(Audio::read(tone(21).into()).unwrap());
    for other in [other, words("Create a task to buy 1 apples")] {
        let refused = say(&company, other, "apples").await;
        assert!(matches!(refused, Err(CompanyError::Conflict { .. })), "{refused:?}");
    }
    // At the same time each is heard for itself, and one is obeyed.
    let both = join_all((0..2).map(|_| say(&company, recording(), "more"))).await;
    let both: Vec<_> = both.into_iter().map(|it| did(&it.unwrap())).collect();
    assert_eq!(both[0], both[1]);
    let kept = |tx: &mut ReadTx<'_>| tx.idempotency_keys().get("voice apples");
    let kept = house.chat.store().read(kept).await.unwrap().unwrap();
    assert!(kept.fingerprint.chars().all(|c| c.is_ascii_hexdigit()), "{}", kept.fingerprint);
    house.end().await;
}

fn hearing(house: &House, engine: &Arc<Fickle>) -> Company {
    let gateway = VoiceGateway::builder(Arc::clone(house.chat.clock())).both(Arc::clone(engine)).build();
    house.company.clone().with_voice(gateway)
}

/// The id of this was another's.
#[track_caller]
fn is_taken(answer: Result<Interacted, CompanyError>) {
    let taken =
        matches!(answer, Err(CompanyError::Chat(ChatError::Conflict { .. }) | CompanyError::Conflict { .. }));
    assert!(taken, "{answer:?}");
}

/// The message of a talk that was one.
fn asked(talk: &Interacted) -> (Option<SessionId>, MessageId, String) {
    match &talk.done {
        Done::Turn(Some(reply)) => (talk.session_id, reply.id, talk.transcript.text.clone()),
        other => panic!("no turn: {other:?}"),
    }
}

#[tokio::test]
async fn a_recorded_message_that_is_sent_again_joins_its_turn_and_is_not_heard_again() {
    let model = ScriptedModel::saying("Talk.");
    let mut house = House::new(&model).await;
    let recording = |length| Said::Audio(Audio::read(tone(length).into()).unwrap());
    let engine = Arc::new(Fickle(AtomicUsize::default(), Some("Hello")));
    let first = asked(&say(&hearing(&house, &engine), recording(20), "hello").await.unwrap());
    let made = counted(&house).await.1;
    for restarted in [false, true] {
        if restarted {
            house = house.reopened(&model).await;
        }
        let company = hearing(&house, &engine);
        assert_eq!(asked(&say(&company, recording(20), "hello").await.unwrap()), first);
        // What was heard may be sent as words; nothing else may.
        assert_eq!(asked(&say(&company, words("Hello!"), "hello").await.unwrap()), first);
        for other in [recording(21), words("Hello!!")] {
            is_taken(say(&company, other, "hello").await);
        }
        assert_eq!((engine.0.load(Ordering::SeqCst), counted(&house).await.1), (1, made));
    }
    // At the same time each is heard for itself, and one holds.
    let company = hearing(&house, &engine);
    let all = join_all((0..4).map(|_| say(&company, recording(20), "more"))).await;
    let all: Vec<_> = all.into_iter().map(|it| asked(&it.unwrap())).collect();
    assert!(all.iter().all(|it| *it == all[0]), "{all:?}");
    assert_eq!(counted(&house).await.1, made + 1);
    house.end().await;
}

#[tokio::test]
async fn what_was_a_message_stays_one_whatever_it_would_be_now() {
    let house = House::new(&ScriptedModel::saying("Talk.")).await;
    let recording = || Said::Audio(Audio::read(tone(20).into()).unwrap());
    let yes = hearing(&house, &Arc::new(Fickle(AtomicUsize::default(), Some("Yes"))));
    let recorded = asked(&say(&yes, recording(), "recorded").await.unwrap());
    let typed = asked(&say(&yes, words("Yes"), "typed").await.unwrap());
    let (before, _) = counted(&house).await;
    say(&yes, words("Stop everything"), "stop").await.unwrap();
    assert_eq!(asked(&say(&yes, recording(), "recorded").await.unwrap()), recorded);
    assert_eq!(asked(&say(&yes, words("Yes"), "typed").await.unwrap()), typed);
    assert_eq!(counted(&house).await.0, before);
    assert_eq!(did(&say(&yes, words("Yes"), "now").await.unwrap()).0, "stop_everything");
    // The id of a message is no command's, however that is said.
    let apples = hearing(&house, &Arc::default());
    for said in [recording(), words("Create a task to buy apples")] {
        is_taken(say(&apples, said, "typed").await);
    }
    assert!(house.company.task_stats().await.unwrap().total == 0);
    house.end().await;
}

#[tokio::test]
async fn an_agent_that_has_only_a_voice_of_its_own_does_not_inherit_until_that_is_taken_away() {
    let house = House::new(&ScriptedModel::saying("Talk.")).await;
    let agent = || VoiceOwner::Agent(slug(ATLAS));
    let before = house.company.voice_state(agent()).await.unwrap();
    assert!(before.inherited);
    let edit = AgentEdit { voice_id: Some(Some("echo".to_owned())), ..AgentEdit::default() };
    house.company.edit_agent(slug(ATLAS), edit).await.unwrap();
    let own = house.company.voice_state(agent()).await.unwrap();
    assert_eq!((own.state.voice_id.as_deref(), own.inherited), (Some("echo"), false));
    house.company.clear_voice_state(agent()).await.unwrap();
    assert_eq!(house.company.voice_state(agent()).await.unwrap(), before);
    is_not_found(house.company.clear_voice_state(agent()).await);
    house.end().await;
}

#[tokio::test]
async fn departments_and_agents_listen_to_their_own_wake_words_and_to_daenas() {
    let house = House::new(&ScriptedModel::saying("Talk.")).await;
    let (sales, atlas) = (VoiceOwner::Department(slug("sales")), VoiceOwner::Agent(slug(ATLAS)));
    for (owner, wake) in [(&VoiceOwner::Daena, "boss"), (&sales, "merchant"), (&atlas, "titan")] {
        let edit = VoiceEdit { wake_words: Some(vec![wake.to_owned()]), ..VoiceEdit::default() };
        house.company.set_voice_state(owner.clone(), edit).await.unwrap();
    }
    let (auto, sales, atlas) = (VoiceScope::Auto, VoiceScope::With(sales), VoiceScope::With(atlas));
    let is_command = async |scope: &VoiceScope, session, wake: &str| {
        let said = words(&format!("{wake}, list departments"));
        let talk = say_to(&house.company, scope.clone(), session, said, None).await.unwrap();
        matches!(talk.done, Done::Command(_))
    };
    let session = say_to(&house.company, atlas.clone(), None, words("Hello"), None).await.unwrap().session_id;
    for (scope, session, heard) in [
        (&auto, None, ["boss"].as_slice()),
        (&sales, None, &["boss", "merchant"]),
        (&atlas, None, &["boss", "titan"]),
        (&auto, session, &["boss", "titan"]),
    ] {
        for wake in ["boss", "merchant", "titan"] {
            assert_eq!(is_command(scope, session, wake).await, heard.contains(&wake), "{wake} to {scope:?}");
        }
    }
    let nobody = VoiceScope::With(VoiceOwner::Department(slug("nowhere")));
    assert!(is_command(&nobody, None, "boss").await);
    house.end().await;
}
