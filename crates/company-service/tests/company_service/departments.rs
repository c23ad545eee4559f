//! Departments, made and changed.

use crate::house::{ATLAS, House, is_conflict, is_not_found, refused_in, slug};
use chat_service::ScriptedModel;
use company_service::{AgentEdit, DepartmentEdit, NewDepartment, SetOverride};
use domain::DepartmentStatus;
use serde_json::json;

fn research() -> NewDepartment {
    NewDepartment { name: "Research & Labs".into(), ..NewDepartment::default() }
}

#[tokio::test]
async fn a_department_is_made_changed_and_deleted_with_one_event_each() {
    let house = House::new(&ScriptedModel::saying("Hello.")).await;
    let head = house.head();
    let made = house.company.create_department(research()).await.unwrap();
    assert_eq!((made.slug.as_str(), made.position, made.agent_count), ("research-labs", 8, 0));
    let edit = DepartmentEdit {
        name: Some(" Labs ".into()),
        color: Some("#00ff00".into()),
        status: Some(DepartmentStatus::Disabled),
        hidden: Some(true),
        position: Some(3),
        ..DepartmentEdit::default()
    };
    let changed = house.company.edit_department(made.slug.clone(), edit.clone()).await.unwrap();
    assert_eq!(changed.slug, made.slug, "the slug stays");
    assert_eq!((changed.name.as_str(), changed.hidden, changed.position), ("Labs", true, 3));
    assert_eq!(house.company.department(made.slug.clone()).await.unwrap(), changed);
    assert_eq!(house.company.edit_department(made.slug.clone(), edit).await.unwrap(), changed);
    house.company.delete_department(made.slug.clone()).await.unwrap();
    is_not_found(house.company.department(made.slug).await);
    assert_eq!(
        house.told_after(head).await,
        ["department.created", "department.updated", "department.deleted"],
        "the second edit changed nothing"
    );
    house.end().await;
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_field_and_writes_nothing() {
    let house = House::new(&ScriptedModel::saying("Hello.")).await;
    let head = house.head();
    let make = |new| house.company.create_department(new);
    for (new, field) in [
        (NewDepartment { name: " ".into(), ..research() }, "name"),
        (NewDepartment { name: "x".repeat(81), ..research() }, "name"),
        (NewDepartment { name: "漢字".into(), ..research() }, "slug"),
        (NewDepartment { slug: Some("Not a slug".into()), ..research() }, "slug"),
        (NewDepartment { color: Some("red".into()), ..research() }, "color"),
        (NewDepartment { position: Some(-1), ..research() }, "position"),
        (NewDepartment { description: Some("x".repeat(2001)), ..research() }, "description"),
    ] {
        assert_eq!(refused_in(make(new).await), field);
    }
    is_conflict(make(NewDepartment { slug: Some("legal".into()), ..research() }).await);
    is_conflict(house.company.delete_department(slug("legal")).await);
    is_not_found(house.company.delete_department(slug("magic")).await);
    let edit = |spokesperson: &str| DepartmentEdit {
        spokesperson_id: Some(Some(slug(spokesperson))),
        name: Some("Renamed".into()),
        ..DepartmentEdit::default()
    };
    for stranger in [ATLAS, "nobody"] {
        let answer = house.company.edit_department(slug("legal"), edit(stranger)).await;
        assert_eq!(refused_in(answer), "spokesperson_id");
    }
    assert_eq!(house.head(), head);
    house.end().await;
}

#[tokio::test]
async fn a_spokesperson_that_moves_or_is_deleted_no_longer_speaks() {
    let house = House::new(&ScriptedModel::saying("Hello.")).await;
    let speaker = async || house.company.department(slug("engineering")).await.unwrap().spokesperson_id;
    assert_eq!(speaker().await, Some(slug(ATLAS)));
    let head = house.head();
    let to_legal = AgentEdit { department_id: Some("legal".into()), ..AgentEdit::default() };
    let moved = house.company.edit_agent(slug(ATLAS), to_legal).await.unwrap();
    assert_eq!((moved.slug.as_str(), moved.department_id.as_str(), moved.position), (ATLAS, "legal", 6));
    assert_eq!(speaker().await, None);
    assert_eq!(house.told_after(head).await, ["department.updated", "agent.updated"]);

    let nexus = DepartmentEdit {
        spokesperson_id: Some(Some(slug("engineering-nexus"))),
        ..DepartmentEdit::default()
    };
    house.company.edit_department(slug("engineering"), nexus).await.unwrap();
    let head = house.head();
    house.company.delete_agent(slug("engineering-nexus")).await.unwrap();
    assert_eq!(speaker().await, None);
    assert_eq!(house.told_after(head).await, ["department.updated", "agent.deleted"]);
    house.end().await;
}

#[tokio::test]
async fn a_department_made_under_the_name_of_one_that_was_locked_is_not() {
    let house = House::new(&ScriptedModel::saying("Hello.")).await;
    let made = house.company.create_department(research()).await.unwrap();
    let lock = SetOverride { value: json!(true), reason: "a review".into(), expires_at: None };
    house.company.set_override("department.research-labs.locked", lock).await.unwrap();
    let head = house.head();
    house.company.delete_department(made.slug).await.unwrap();
    assert_eq!(house.told_after(head).await, ["founder.override.cleared", "department.deleted"]);
    house.company.create_department(research()).await.unwrap();
    assert_eq!(house.chat.rules().in_force().count(), 0);
    assert!(house.company.overrides().await.unwrap().page.items.is_empty());
    house.end().await;
}
