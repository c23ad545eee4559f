//! Pulls, and what is told of the model side.
#![allow(clippy::unwrap_used, reason = "a helper of tests may stop at the first surprise")]

use crate::company::Company;
use crate::samples::{at, change};
use domain::view::{BrainState, ProviderState};
use domain::{EventFilter, Limit, Position, Pull, PullId, PullStatus, Routing};
use persistence::{KnownBrain, StoreError};

fn pull(number: u128) -> Pull {
    Pull {
        id: PullId::new(uuid::Uuid::from_u128(number)),
        name: format!("hf.co/you/model {number}:Q4"),
        provider: "ollama".into(),
        status: PullStatus::Running,
        completed_bytes: 0,
        total_bytes: None,
        error: None,
        created_at: at(i64::try_from(number).unwrap()),
        updated_at: at(0),
        finished_at: None,
    }
}

async fn told(company: &Company) -> Vec<String> {
    let read =
        |tx: &mut persistence::ReadTx<'_>| tx.events().after(Position::START, &EventFilter::default(), 100);
    company.read(read).await.into_iter().map(|event| event.event_type.to_string()).collect()
}

#[tokio::test]
async fn a_pull_ends_once_and_a_checkpoint_is_no_event() {
    let company = Company::new();
    let begun = pull(1);
    let kept = Pull { completed_bytes: 5, total_bytes: Some(10), ..begun.clone() };
    let over = Pull { status: PullStatus::Completed, finished_at: Some(at(9)), ..kept.clone() };
    let late = Pull { status: PullStatus::Cancelled, ..over.clone() };
    let (first, second, third, fourth) = (begun.clone(), kept.clone(), over.clone(), late.clone());
    company.write(move |tx| tx.brain_mut().begin_pull(&first, &change(1))).await;
    assert!(company.write(move |tx| tx.brain_mut().checkpoint_pull(&second)).await);
    assert_eq!(company.read(|tx| tx.brain().running_pulls()).await, std::slice::from_ref(&kept));
    assert!(company.write(move |tx| tx.brain_mut().end_pull(&third, &change(2))).await);
    assert!(!company.write(move |tx| tx.brain_mut().end_pull(&fourth, &change(3))).await);
    assert!(!company.write(move |tx| tx.brain_mut().checkpoint_pull(&kept)).await);
    assert_eq!(company.read(move |tx| tx.brain().pull(begun.id)).await, Some(over));
    assert_eq!(told(&company).await, ["brain.pull.started", "brain.model.pulled"]);
}

#[tokio::test]
async fn pulls_are_paged_from_the_newest_on() {
    let company = Company::new();
    company
        .write(|tx| {
            (1..=5).try_for_each(|number| tx.brain_mut().begin_pull(&pull(number), &change(1)))?;
            Ok::<_, StoreError>(())
        })
        .await;
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = company.read(move |tx| tx.brain().pulls(cursor, Limit::new(2).unwrap())).await;
        seen.extend(page.items.into_iter().map(|pull| pull.id));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, (1..=5).rev().map(|number| pull(number).id).collect::<Vec<_>>());
}

#[tokio::test]
async fn only_what_has_changed_of_the_brain_is_told() {
    let company = Company::new();
    let provider = |connected| ProviderState { name: "ollama".into(), connected };
    let away = BrainState {
        connected: false,
        enabled: true,
        active_model: None,
        routing: Routing::LocalOnly,
        providers: vec![provider(false)],
    };
    let there = BrainState {
        connected: true,
        active_model: Some("a".into()),
        providers: vec![provider(true)],
        ..away.clone()
    };
    let rerouted = BrainState { routing: Routing::Hybrid, ..there.clone() };
    let both = BrainState { routing: Routing::ApiOnly, ..away.clone() };
    let models = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let steps: [(&BrainState, Vec<String>, &[&str]); 7] = [
        (&away, models(&[]), &[]),
        (&there, models(&["a"]), &["brain.status"]),
        (&there, models(&["a"]), &[]),
        (&there, models(&["a", "b"]), &[]),
        (&rerouted, models(&["a", "b"]), &["brain.routing.changed"]),
        (&both, models(&["a", "b"]), &["brain.routing.changed", "brain.status"]),
        (&both, models(&["a", "b"]), &[]),
    ];
    let mut all: Vec<String> = Vec::new();
    for (state, models, events) in steps {
        let known = KnownBrain { state: state.clone(), models };
        let now = known.clone();
        company.write(move |tx| tx.brain_mut().tell(&now, &change(1))).await;
        all.extend(events.iter().map(|event| (*event).to_owned()));
        assert_eq!(told(&company).await, all);
        assert_eq!(company.read(|tx| tx.brain().known()).await, Some(known));
    }
}

#[tokio::test]
async fn a_selected_model_is_a_setting_with_an_event_of_its_own() {
    let company = Company::new();
    assert_eq!(company.read(|tx| tx.settings().selected_model()).await, None);
    for name in ["a", "b"] {
        company.write(move |tx| tx.settings_mut().select_model(name, &change(1))).await;
        assert_eq!(company.read(|tx| tx.settings().selected_model()).await.as_deref(), Some(name));
    }
    assert_eq!(told(&company).await, ["brain.model.selected"; 2]);
}
