//! Lists of sessions, page by page.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of tests may stop at the first surprise"
)]

use crate::company::Company;
use crate::samples::{Numbers, at, change, said, session, slug};
use domain::{Limit, Scope, ScopeType, Session, SessionCategory, SessionCursor, SessionId, Title};
use persistence::SessionFilter;
use std::collections::HashSet;

fn scope(number: u64) -> Scope {
    match number {
        0 => Scope::Executive,
        1 => Scope::Department(slug("hr")),
        2 => Scope::Agent { agent: slug("hr-harmony"), department: slug("hr") },
        3 => Scope::Agent { agent: slug("legal-vera"), department: slug("legal") },
        _ => Scope::General,
    }
}

/// 150 sessions of every kind, many of them changed at the same time.
async fn filled() -> Company {
    let company = Company::new();
    let mut numbers = Numbers(7);
    let mut sessions = Vec::new();
    for number in 1..=150 {
        let scope = scope(numbers.below(5));
        let title = ["Budget 100%", "budget", "a_b", "axb", "New chat"][number as usize % 5];
        sessions.push(Session {
            title: Title::by_hand(title).unwrap(),
            category: if numbers.below(4) == 0 { SessionCategory::General } else { scope.category() },
            scope,
            pinned: numbers.below(3) == 0,
            archived: numbers.below(3) == 0,
            ..session(number, i64::try_from(numbers.below(40)).unwrap())
        });
    }
    let deleted: Vec<Session> = sessions.iter().filter(|_| numbers.below(4) == 0).cloned().collect();
    company
        .write(move |tx| {
            for session in &sessions {
                tx.sessions_mut().create(session, &change(0))?;
            }
            for session in &deleted {
                tx.sessions_mut().delete(session, &change(50))?;
            }
            Ok(())
        })
        .await;
    company
}

fn filters() -> Vec<SessionFilter> {
    let none = SessionFilter::default;
    let text = |text: &str| Some(text.to_owned());
    vec![
        none(),
        SessionFilter { deleted: true, ..none() },
        SessionFilter { category: Some(SessionCategory::General), ..none() },
        SessionFilter { category: Some(SessionCategory::Agents), deleted: true, ..none() },
        SessionFilter { scope_type: Some(ScopeType::Agent), ..none() },
        SessionFilter { scope_type: Some(ScopeType::Agent), scope_id: text("hr-harmony"), ..none() },
        SessionFilter { scope_type: Some(ScopeType::Executive), deleted: true, ..none() },
        SessionFilter { scope_id: text("hr"), ..none() },
        SessionFilter { department_id: text("hr"), ..none() },
        SessionFilter { department_id: text("hr"), deleted: true, pinned: Some(true), ..none() },
        SessionFilter { pinned: Some(true), ..none() },
        SessionFilter { pinned: Some(false), archived: Some(true), ..none() },
        SessionFilter { archived: Some(false), ..none() },
        SessionFilter { title: text("budget"), ..none() },
        SessionFilter { title: text("100%"), department_id: text("hr"), ..none() },
        SessionFilter { department_id: text("nobody"), ..none() },
    ]
}

fn admits(filter: &SessionFilter, session: &Session) -> bool {
    let title = session.title.as_str().to_lowercase();
    session.deleted_at.is_some() == filter.deleted
        && filter.category.is_none_or(|want| want == session.category)
        && filter.scope_type.is_none_or(|want| want == session.scope.scope_type())
        && filter.scope_id.as_deref().is_none_or(|want| session.scope.scope_id() == Some(want))
        && filter
            .department_id
            .as_deref()
            .is_none_or(|want| session.scope.department().is_some_and(|slug| slug.as_str() == want))
        && filter.pinned.is_none_or(|want| want == session.pinned)
        && filter.archived.is_none_or(|want| want == session.archived)
        && filter.title.as_deref().is_none_or(|want| title.contains(&want.to_lowercase()))
}

async fn page(
    company: &Company,
    filter: &SessionFilter,
    after: Option<SessionCursor>,
    limit: i64,
) -> (Vec<Session>, Option<SessionCursor>) {
    let filter = filter.clone();
    let limit = Limit::new(limit).unwrap();
    let page = company.read(move |tx| tx.sessions().list(&filter, after, limit)).await;
    // As a client gives it back.
    (page.items, page.next.map(|cursor| cursor.to_string().parse().unwrap()))
}

async fn walk(company: &Company, filter: &SessionFilter, limit: i64) -> Vec<Session> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let (items, next) = page(company, filter, after, limit).await;
        all.extend(items);
        after = next;
        if after.is_none() {
            return all;
        }
    }
}

/// All sessions, in and out of the trash, newest first.
async fn all(company: &Company) -> Vec<Session> {
    let mut sessions = walk(company, &SessionFilter::default(), 200).await;
    sessions.extend(walk(company, &SessionFilter { deleted: true, ..SessionFilter::default() }, 200).await);
    sessions.sort_by_key(|session| std::cmp::Reverse((session.updated_at, session.id)));
    sessions
}

#[tokio::test]
async fn pages_together_are_the_list_in_every_filter_and_page_size() {
    let company = filled().await;
    let everything = all(&company).await;
    assert_eq!(everything.len(), 150);
    for filter in filters() {
        let expected: Vec<&Session> = everything.iter().filter(|session| admits(&filter, session)).collect();
        for limit in [1, 7, 49, 200] {
            let walked = walk(&company, &filter, limit).await;
            assert!(walked.iter().eq(expected.iter().copied()), "{filter:?} by {limit}");
        }
    }
}

#[tokio::test]
async fn while_others_are_updated_no_session_is_lost_or_doubled() {
    let company = filled().await;
    let everything = all(&company).await;
    let mut numbers = Numbers(3);
    for (filter, round) in filters().into_iter().zip(1..) {
        let (mut seen, mut touched) = (Vec::new(), HashSet::new());
        let mut after = None;
        loop {
            let (items, next) = page(&company, &filter, after, 5).await;
            seen.extend(items.into_iter().map(|session| session.id));
            after = next;
            if after.is_none() {
                break;
            }
            for _ in 0..3 {
                let id = everything[usize::try_from(numbers.below(150)).unwrap()].id;
                let message =
                    u128::from(numbers.below(u64::MAX >> 33)) << 32 | u128::from(numbers.0 & 0xffff_ffff);
                company.append(&[said(message, id, "again", 100 + round)]).await;
                touched.insert(id);
            }
        }
        let once: HashSet<SessionId> = seen.iter().copied().collect();
        assert_eq!(once.len(), seen.len(), "{filter:?} gave a session twice");
        for session in everything.iter().filter(|session| admits(&filter, session)) {
            assert!(once.contains(&session.id) || touched.contains(&session.id), "{filter:?} lost a session");
        }
    }
}

#[tokio::test]
async fn a_search_in_titles_takes_every_sign_to_the_letter() {
    let company = Company::new();
    let titles = ["100% sure", "100 sure", "a_b", "axb", r"c:\temp", "c:/temp", "it's", "\"q\"", "Straße"];
    for (title, number) in titles.into_iter().zip(1..) {
        let session = Session { title: Title::by_hand(title).unwrap(), ..session(number, 0) };
        company.create(&session).await;
    }
    let table: [(&str, &[&str]); 12] = [
        ("100%", &["100% sure"]),
        ("%", &["100% sure"]),
        ("_", &["a_b"]),
        ("a_b", &["a_b"]),
        ("A_B", &["a_b"]),
        ("\\", &[r"c:\temp"]),
        (r"c:\t", &[r"c:\temp"]),
        (r"\%", &[]),
        ("'", &["it's"]),
        ("\"", &["\"q\""]),
        ("straß", &["Straße"]),
        ("%%", &[]),
    ];
    for (text, expected) in table {
        let filter = SessionFilter { title: Some(text.to_owned()), ..SessionFilter::default() };
        let found = walk(&company, &filter, 200).await;
        let found: Vec<&str> = found.iter().map(|session| session.title.as_str()).collect();
        assert_eq!(found, expected, "{text}");
    }
}

#[tokio::test]
async fn an_appended_message_moves_its_session_to_the_front() {
    let company = Company::new();
    for number in 1..=3 {
        company.create(&session(number, i64::try_from(number).unwrap())).await;
    }
    company.append(&[said(1, session(1, 0).id, "hello", 9)]).await;
    let order: Vec<SessionId> =
        walk(&company, &SessionFilter::default(), 2).await.iter().map(|session| session.id).collect();
    assert_eq!(order, [1, 3, 2].map(|number| session(number, 0).id));
    assert_eq!(company.session(order[0]).await.updated_at, at(9));
}
