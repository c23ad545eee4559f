//! Departments, agents, drawers, settings and the book of idempotency keys.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of tests may stop at the first surprise")]

use crate::company::{Company, keys_of};
use crate::samples::{agent, at, change, department, slug};
use domain::{Agent, AgentStatus, Category, Department, DepartmentStatus, Event, Limit, SlugCursor};
use persistence::{AgentFilter, StoreError, StoredAnswer};
use serde_json::json;

async fn filled() -> Company {
    let company = Company::new();
    company
        .write(|tx| {
            for (name, position) in [("ops", 2), ("hr", -3), ("legal", 0), ("art", 0), ("lab", 7)] {
                let hidden = name == "lab";
                let department = Department { hidden, ..department(name, position) };
                tx.departments_mut().create(&department, &change(0))?;
            }
            for (name, department) in [("hr-lee", "hr"), ("hr-ada", "hr"), ("ops-max", "ops")] {
                tx.agents_mut().create(&agent(name, department), &change(0))?;
            }
            Ok(())
        })
        .await;
    company
}

async fn department_pages(company: &Company, include_hidden: bool, limit: i64) -> Vec<Department> {
    let (mut all, mut after) = (Vec::new(), None::<SlugCursor>);
    loop {
        let limit = Limit::new(limit).unwrap();
        let page = company.read(move |tx| tx.departments().list(include_hidden, after.as_ref(), limit)).await;
        all.extend(page.items);
        after = page.next.map(|cursor| cursor.to_string().parse().unwrap());
        if after.is_none() {
            return all;
        }
    }
}

#[tokio::test]
async fn departments_are_listed_by_place_and_name_with_their_agents_counted() {
    let company = filled().await;
    for limit in 1..=6 {
        let shown = department_pages(&company, false, limit).await;
        let shown: Vec<_> = shown.iter().map(|d| (d.slug.as_str(), d.agent_count)).collect();
        assert_eq!(shown, [("hr", 2), ("art", 0), ("legal", 0), ("ops", 1)], "by {limit}");
        let all = department_pages(&company, true, limit).await;
        assert_eq!(all.last().map(|d| d.slug.as_str()), Some("lab"));
    }
    let hr = company.read(|tx| tx.departments().get(&slug("hr"))).await.unwrap();
    assert_eq!(hr, Department { agent_count: 2, ..department("hr", -3) });
    assert_eq!(company.read(|tx| tx.departments().get(&slug("nobody"))).await, None);
}

#[tokio::test]
async fn a_changed_department_is_stored_and_told_whole() {
    let company = filled().await;
    let full = Department {
        name: "People".into(),
        status: DepartmentStatus::Disabled,
        hidden: true,
        spokesperson_id: Some(slug("hr-lee")),
        updated_at: at(5),
        agent_count: 2,
        ..department("hr", 4)
    };
    let bare = Department { spokesperson_id: None, ..full.clone() };
    for changed in [full, bare] {
        let written = changed.clone();
        assert!(company.write(move |tx| tx.departments_mut().update(&written, &change(5))).await);
        assert_eq!(company.read(|tx| tx.departments().get(&slug("hr"))).await, Some(changed.clone()));
        assert_eq!(company.newest_event().await, Event::DepartmentUpdated(changed.into()));
    }
}

#[tokio::test]
async fn a_department_with_agents_cannot_be_deleted() {
    let company = filled().await;
    let head = company.store.head();
    let refused = company.store.write(|tx| tx.departments_mut().delete(&slug("hr"), &change(1))).await;
    assert!(matches!(refused, Err(StoreError::Database(_))));
    assert_eq!(company.store.head(), head);
    assert!(company.write(|tx| tx.departments_mut().delete(&slug("art"), &change(1))).await);
    assert_eq!(company.newest_event().await.event_type(), "department.deleted");
}

#[tokio::test]
async fn a_change_of_what_is_not_there_says_so_and_leaves_no_event() {
    let company = filled().await;
    let head = company.store.head();
    let changed = company
        .write(|tx| {
            Ok([
                tx.departments_mut().update(&department("nobody", 0), &change(1))?,
                tx.departments_mut().delete(&slug("nobody"), &change(1))?,
                tx.agents_mut().update(&agent("hr-nobody", "hr"), &change(1))?,
                tx.agents_mut().delete(&agent("hr-nobody", "hr"), &change(1))?,
            ])
        })
        .await;
    assert_eq!((changed, company.store.head()), ([false; 4], head));
}

#[tokio::test]
async fn an_agent_is_stored_and_told_whole_and_can_be_cleared_again() {
    let company = filled().await;
    let full = Agent {
        name: "Lee".into(),
        status: AgentStatus::Paused,
        model: Some("phi3".into()),
        system_prompt: Some("Be brief.".into()),
        params: serde_json::from_str(r#"{"temperature":0.1}"#).unwrap(),
        voice_id: Some("amber".into()),
        last_seen: Some(at(3)),
        position: 9,
        ..agent("hr-lee", "hr")
    };
    for changed in [full, agent("hr-lee", "ops")] {
        let written = changed.clone();
        assert!(company.write(move |tx| tx.agents_mut().update(&written, &change(5))).await);
        assert_eq!(company.read(|tx| tx.agents().get(&slug("hr-lee"))).await, Some(changed.clone()));
        assert_eq!(company.newest_event().await, Event::AgentUpdated(changed.into()));
    }
    let of = |name| company.read(move |tx| tx.agents().of(&slug(name)));
    assert_eq!((of("hr").await.len(), of("ops").await.len()), (1, 2));
    assert!(company.write(|tx| tx.agents_mut().delete(&agent("hr-lee", "ops"), &change(6))).await);
    assert_eq!(of("ops").await.len(), 1);
}

#[tokio::test]
async fn agents_are_found_by_department_status_and_text() {
    let company = filled().await;
    company
        .write(|tx| {
            let odd = Agent { name: "50% Max_".into(), role: r"a\b".into(), ..agent("ops-odd", "ops") };
            tx.agents_mut().create(&odd, &change(1))?;
            let paused = Agent { status: AgentStatus::Paused, ..agent("hr-lee", "hr") };
            tx.agents_mut().update(&paused, &change(1)).map(drop)
        })
        .await;
    let none = AgentFilter::default;
    let text = |text: &str| AgentFilter { text: Some(text.to_owned()), ..none() };
    // Who is paused finishes what it has begun, and is paused.
    let at_work = |status| AgentFilter {
        status: Some(status),
        working: vec!["hr-ada".into(), "hr-lee".into()],
        ..none()
    };
    let table: [(AgentFilter, &[&str]); 11] = [
        (none(), &["hr-ada", "hr-lee", "ops-max", "ops-odd"]),
        (AgentFilter { department: Some(slug("hr")), ..none() }, &["hr-ada", "hr-lee"]),
        (AgentFilter { status: Some(AgentStatus::Paused), ..none() }, &["hr-lee"]),
        (at_work(AgentStatus::Working), &["hr-ada"]),
        (at_work(AgentStatus::Idle), &["ops-max", "ops-odd"]),
        (AgentFilter { department: Some(slug("ops")), ..text("max") }, &["ops-max", "ops-odd"]),
        (text("clerk"), &["hr-ada", "hr-lee", "ops-max"]),
        (text("%"), &["ops-odd"]),
        (text("_"), &["ops-odd"]),
        (text("\\"), &["ops-odd"]),
        (text("%_"), &[]),
    ];
    for (filter, expected) in table {
        for limit in [1, 50] {
            let (mut found, mut after) = (Vec::new(), None);
            loop {
                let (filter, limit) = (filter.clone(), Limit::new(limit).unwrap());
                let page = company.read(move |tx| tx.agents().list(&filter, after.as_ref(), limit)).await;
                found.extend(page.items.into_iter().map(|agent| agent.slug.to_string()));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(found, expected, "{filter:?}");
        }
    }
}

#[tokio::test]
async fn drawers_come_in_their_order_and_are_told_as_configuration() {
    let company = Company::new();
    let drawer = |name: &str, position| Category {
        name: name.to_owned(),
        title: name.to_uppercase(),
        color: "#000000".into(),
        position,
    };
    let drawers = [drawer("agents", 2), drawer("general", 1), drawer("executive", 1)];
    let [third, second, first] = drawers.clone();
    company
        .write(move |tx| drawers.iter().try_for_each(|drawer| tx.categories_mut().create(drawer, &change(0))))
        .await;
    assert_eq!(company.read(|tx| tx.categories().all()).await, [first, second, third]);
    let keys = keys_of(&company.events().await);
    assert_eq!(keys, ["chat.category.agents", "chat.category.general", "chat.category.executive"]);
}

#[tokio::test]
async fn a_setting_keeps_its_newest_value_and_each_change_is_told() {
    let company = Company::new();
    for value in [json!({"b": [1, null], "a": "é"}), json!("local_only"), json!(null)] {
        let written = value.clone();
        company.write(move |tx| tx.settings_mut().set("routing", &written, &change(1))).await;
        let read = company.read(|tx| tx.settings().get("routing")).await;
        assert_eq!(read, Some(value.clone()));
        let Event::SystemConfig(told) = company.newest_event().await else {
            panic!("a change of configuration")
        };
        assert_eq!((told.key.as_str(), told.value), ("routing", value));
    }
    assert_eq!(company.store.head().get(), 3);
    assert_eq!(company.read(|tx| tx.settings().get("nothing")).await, None);
}

#[tokio::test]
async fn the_book_of_idempotency_keys_remembers_answers_and_tells_nobody() {
    let company = Company::new();
    let get = |key: &'static str| company.read(move |tx| tx.idempotency_keys().get(key));
    assert_eq!(get("k").await, None);
    company.write(|tx| tx.idempotency_keys_mut().claim("k", "fingerprint", at(1))).await;
    let record = get("k").await.unwrap();
    assert_eq!((record.fingerprint.as_str(), record.answer, record.created_at), ("fingerprint", None, at(1)));
    let twice = company.store.write(|tx| tx.idempotency_keys_mut().claim("k", "other", at(2))).await;
    assert!(twice.is_err());

    let answer =
        StoredAnswer { status: 201, content_type: "application/json".into(), body: "{\"é\":1}".into() };
    let kept = answer.clone();
    company.write(move |tx| tx.idempotency_keys_mut().answer("k", &kept)).await;
    assert_eq!(get("k").await.unwrap().answer, Some(answer));

    company.write(|tx| tx.idempotency_keys_mut().claim("young", "f", at(9))).await;
    company.write(|tx| tx.idempotency_keys_mut().forget_before(at(9))).await;
    assert_eq!((get("k").await.is_some(), get("young").await.is_some()), (false, true));
    company.write(|tx| tx.idempotency_keys_mut().release("young")).await;
    assert_eq!(get("young").await, None);
    assert_eq!(company.store.head().get(), 0);
}
