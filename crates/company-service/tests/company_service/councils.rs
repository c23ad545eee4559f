//! Councils and their members.

use crate::house::{ATLAS, House, refused_in, slug};
use crate::seeding::{company, event_types_after};
use chat_service::ModelName;
use company_service::{AgentEdit, CompanyError, CouncilEdit, MemberEdit, NewCouncil, NewMember, SetOverride};
use domain::{Limit, Position};
use serde_json::json;
use testkit::{ModelCard, ModelServer, Script};

fn new_council(name: &str) -> NewCouncil {
    NewCouncil { name: name.to_owned(), ..NewCouncil::default() }
}

fn new_member(name: &str) -> NewMember {
    NewMember { name: name.to_owned(), role: "Expert".to_owned(), ..NewMember::default() }
}

#[tokio::test]
async fn the_seed_has_4_councils_of_5_that_speak_from_a_school_of_thought() {
    let folder = tempfile::tempdir().unwrap();
    let (chat, company) = company(&folder).await;
    company.seed().await.unwrap();
    let councils = company.councils(None, Limit::default()).await.unwrap().page.items;
    let slugs: Vec<&str> = councils.iter().map(|council| council.slug.as_str()).collect();
    assert_eq!(slugs, ["finance", "tech", "strategy", "psychology"]);
    for council in &councils {
        let members = company.members(council.slug.clone(), None, Limit::default()).await.unwrap().page.items;
        assert_eq!(members.len(), 5, "{}", council.slug);
        assert!(members.iter().all(|member| member.enabled && !member.persona_source.is_empty()));
        assert!(members.iter().all(|member| member.persona.len() > 40), "{}", council.slug);
    }
    chat.shutdown().await;
}

#[tokio::test]
async fn seeding_brings_back_members_and_councils_and_leaves_the_renamed() {
    let folder = tempfile::tempdir().unwrap();
    let (chat, company) = company(&folder).await;
    company.seed().await.unwrap();
    let members = company.members(slug("tech"), None, Limit::default()).await.unwrap().page.items;
    let renamed = MemberEdit { name: Some("The Locksmith".into()), ..MemberEdit::default() };
    company.edit_member(slug("tech"), members[4].id, renamed).await.unwrap();
    company.delete_member(slug("tech"), members[0].id).await.unwrap();
    company.delete_council(slug("finance")).await.unwrap();
    let head = chat.store().head();
    let made: Vec<String> = company.seed().await.unwrap().made.into_iter().map(|thing| thing.id).collect();
    assert_eq!(made[0], "finance");
    assert_eq!(made.iter().filter(|id| id.starts_with("finance/")).count(), 5);
    assert_eq!(made.last().map(String::as_str), Some("tech/the-architect"));
    assert_eq!(made.len(), 7);
    assert_eq!(event_types_after(&chat, head).await.len(), 7);
    let healed = company.members(slug("tech"), None, Limit::default()).await.unwrap().page.items;
    assert_eq!((healed[0].name.as_str(), healed[4].name.as_str()), ("The Architect", "The Locksmith"));
    assert_eq!(healed[4].id, members[4].id);
    assert!(company.seed().await.unwrap().made.is_empty());
    chat.shutdown().await;
}

#[tokio::test]
async fn a_council_is_made_renamed_and_deleted_and_each_step_is_one_event() {
    let folder = tempfile::tempdir().unwrap();
    let (chat, company) = company(&folder).await;
    let made = company.create_council(new_council("Green  Energy & Risk")).await.unwrap();
    assert_eq!((made.slug.as_str(), made.position), ("green-energy-risk", 0));
    let renamed = CouncilEdit { name: Some("Energy".into()), ..CouncilEdit::default() };
    let renamed = company.edit_council(made.slug.clone(), renamed).await.unwrap();
    assert_eq!((renamed.slug.as_str(), renamed.name.as_str()), ("green-energy-risk", "Energy"));
    company.edit_council(made.slug.clone(), CouncilEdit::default()).await.unwrap();
    let member = company.create_member(made.slug.clone(), new_member("The Sun")).await.unwrap();
    let asleep = MemberEdit {
        enabled: Some(false),
        model: Some(Some("scripted".into())),
        name: Some("The Moon".into()),
        ..MemberEdit::default()
    };
    let asleep = company.edit_member(made.slug.clone(), member.id, asleep).await.unwrap();
    assert_eq!((asleep.id, asleep.enabled, asleep.model.as_deref()), (member.id, false, Some("scripted")));
    let no_model = MemberEdit { model: Some(None), ..MemberEdit::default() };
    assert_eq!(company.edit_member(made.slug.clone(), member.id, no_model).await.unwrap().model, None);
    company.delete_member(made.slug.clone(), member.id).await.unwrap();
    company.delete_council(made.slug.clone()).await.unwrap();
    assert!(matches!(company.council(made.slug).await, Err(CompanyError::NotFound { .. })));
    assert_eq!(
        event_types_after(&chat, Position::START).await,
        [
            "council.created",
            "council.updated",
            "council.member.created",
            "council.member.updated",
            "council.member.updated",
            "council.member.deleted",
            "council.deleted",
        ]
    );
    chat.shutdown().await;
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (chat, company) = company(&folder).await;
    company.create_council(new_council("Tech")).await.unwrap();
    let head = chat.store().head();
    let refused = async |new| company.create_council(new).await.unwrap_err();
    assert!(matches!(refused(new_council("tech")).await, CompanyError::Conflict { .. }));
    assert!(matches!(refused(new_council(" ")).await, CompanyError::Unprocessable { field: "name", .. }));
    let bad_slug = NewCouncil { slug: Some("No Slug".into()), ..new_council("A") };
    assert!(matches!(refused(bad_slug).await, CompanyError::Unprocessable { field: "slug", .. }));
    let bad_color = NewCouncil { color: Some("red".into()), ..new_council("A") };
    assert!(matches!(refused(bad_color).await, CompanyError::Unprocessable { field: "color", .. }));
    let nowhere = company.create_member(slug("nowhere"), new_member("A")).await.unwrap_err();
    assert!(matches!(nowhere, CompanyError::NotFound { what: "council", .. }));
    assert_eq!(chat.store().head(), head);
    for place in 0..12 {
        company.create_member(slug("tech"), new_member(&format!("Member {place}"))).await.unwrap();
    }
    let thirteenth = company.create_member(slug("tech"), new_member("Unlucky")).await.unwrap_err();
    assert!(matches!(thirteenth, CompanyError::Conflict { .. }));
    chat.shutdown().await;
}

#[tokio::test]
async fn members_are_listed_page_by_page_in_the_order_they_speak() {
    let folder = tempfile::tempdir().unwrap();
    let (chat, company) = company(&folder).await;
    company.seed().await.unwrap();
    let (mut names, mut after) = (Vec::new(), None);
    loop {
        let page = company.members(slug("finance"), after, Limit::new(2).unwrap()).await.unwrap().page;
        names.extend(page.items.into_iter().map(|member| member.name));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(names, ["The Oracle", "The Macro", "The Quant", "The Venture", "The Crypto"]);
    chat.shutdown().await;
}

#[tokio::test]
async fn a_model_that_is_listed_can_be_anybodys_however_long_its_name_up_to_the_same_limit() {
    let longest = format!("hf.co/you/{}", "x".repeat(ModelName::MAX_BYTES - 10));
    let too_long = format!("{longest}x");
    let models = [&longest, &too_long].map(|name| ModelCard::new(name.as_str(), 8192));
    let server = ModelServer::start(Script { models: models.to_vec(), ..Script::default() }).await;
    let house = House::with_server(&server).await;
    let company = &house.company;
    let new = |model: &str| NewMember { model: Some(model.to_owned()), ..new_member("The Owl") };
    let edit = |model: &str| MemberEdit { model: Some(Some(format!(" {model} "))), ..MemberEdit::default() };
    let set = |model: &str| SetOverride { value: json!(model), reason: "a try".into(), expires_at: None };
    let owl = company.create_member(slug("tech"), new(&longest)).await.unwrap();
    assert_eq!(owl.model.as_ref(), Some(&longest));
    assert_eq!(company.edit_member(slug("tech"), owl.id, edit(&longest)).await.unwrap(), owl);
    let own = |model: &str| AgentEdit { model: Some(Some(model.to_owned())), ..AgentEdit::default() };
    assert_eq!(company.edit_agent(slug(ATLAS), own(&longest)).await.unwrap().model.as_ref(), Some(&longest));
    company.set_override("brain.model", set(&longest)).await.unwrap();
    company.configure("brain.recommended_models", json!([longest])).await.unwrap();
    let head = house.head();
    assert_eq!(refused_in(company.create_member(slug("tech"), new(&too_long)).await), "model");
    assert_eq!(refused_in(company.edit_member(slug("tech"), owl.id, edit(&too_long)).await), "model");
    assert_eq!(refused_in(company.edit_agent(slug(ATLAS), own(&too_long)).await), "model");
    for name in [too_long.as_str(), "", " m", "a\nb"] {
        assert_eq!(refused_in(company.set_override("brain.model", set(name)).await), "value", "{name:?}");
        let names = json!([longest, name]);
        assert_eq!(
            refused_in(company.configure("brain.recommended_models", names).await),
            "value",
            "{name:?}"
        );
    }
    assert_eq!(house.head(), head);
    house.end().await;
}
