//! Search: what is found, in which order, and that the index says what the rows say.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of tests may stop at the first surprise"
)]

use crate::company::Company;
use crate::samples::{Numbers, at, change, message_id, reply, said, session, session_id, slug};
use crate::sql;
use domain::{
    Failure, FailureCode, Limit, Message, MessageState, Page, Role, Scope, ScopeType, SearchCursor, Session,
    SessionId, Title,
};
use persistence::{Change, SearchFilter, SearchHit, SearchQuery, StoreError};

const DAY: i64 = 86_400_000_000;

async fn page(
    company: &Company,
    text: &str,
    filter: &SearchFilter,
    after: Option<SearchCursor>,
    limit: i64,
) -> Page<SearchHit, SearchCursor> {
    let query: SearchQuery = text.parse().unwrap();
    let (filter, limit) = (filter.clone(), Limit::new(limit).unwrap());
    let find = move |tx: &mut persistence::ReadTx<'_>| tx.search().find(&query, &filter, after, limit);
    company.store.search::<_, StoreError, _>(find).await.unwrap()
}

async fn find(company: &Company, text: &str) -> Vec<SearchHit> {
    page(company, text, &SearchFilter::default(), None, 200).await.items
}

/// What was found, short: a message's text, or a title in brackets.
fn short(hits: &[SearchHit]) -> Vec<String> {
    hits.iter()
        .map(|hit| match &hit.message {
            Some(message) => message.content.clone(),
            None => format!("[{}]", hit.session.title.as_str()),
        })
        .collect()
}

async fn found(company: &Company, text: &str) -> Vec<String> {
    short(&find(company, text).await)
}

fn titled(number: u128, title: &str) -> Session {
    Session { title: Title::by_hand(title).unwrap(), title_by_hand: true, ..session(number, 0) }
}

async fn talk_of(texts: &[&str]) -> Company {
    let company = Company::new();
    company.create(&session(1, 0)).await;
    let messages = texts.iter().zip(1..).map(|(text, number)| said(number, session_id(1), text, 1));
    company.append(&messages.collect::<Vec<_>>()).await;
    company
}

#[tokio::test]
async fn texts_of_any_script_are_found() {
    let table = [
        ("Ein schönes Café in der Straße", &["cafe", "STRASSE", "schones", "\"cafe in\"", "scho*"][..]),
        ("Съешь ещё этих мягких французских булок", &["еще", "БУЛОК", "\"этих мягких\"", "францу*"]),
        ("Ο Οδυσσέας και οι σοφός", &["οδυσσεας", "ΣΟΦΟΣ"]),
        ("مرحبًا بالعالم، كَيْفَ الحال", &["مرحبا", "كيف", "\"بالعالم كيف\""]),
        ("שָׁלוֹם עולם", &["שלום", "עול*"]),
        ("हिन्दी में एक वाक्य", &["हिन्दी", "वाक्य"]),
        ("今天天气很好，我们去公园吧", &["天气", "天", "公园吧", "\"天气很好\"", "我们 公园"]),
        ("昨日の会議で予算を決めました", &["会議", "予算を", "決めました", "の"]),
        ("สวัสดีครับ วันนี้อากาศดี", &["สวัสดี", "อากาศ", "ครับ"]),
        ("오늘 회의에서 예산을 정했다", &["회의에서", "예산*"]),
        ("Ship it 🎉 now 👍🏽", &["🎉", "👍", "\"it 🎉 now\""]),
    ];
    let texts: Vec<&str> = table.iter().map(|(text, _)| *text).collect();
    let company = talk_of(&texts).await;
    for (text, queries) in table {
        for query in queries {
            let hits = find(&company, query).await;
            assert_eq!(short(&hits), [text], "{query}");
            assert!(hits[0].snippet.contains("<mark>"), "{query}: {}", hits[0].snippet);
        }
    }
    for none in ["天好", "気天", "cafes", "\"in cafe\"", "булоk", "👎", "天气 -公园"] {
        assert_eq!(found(&company, none).await, [""; 0], "{none}");
    }
}

#[tokio::test]
async fn words_phrases_beginnings_and_exclusions_mean_what_they_say() {
    let company = talk_of(&["the big plan", "a plan, big", "planning it big", "big old plan"]).await;
    let sorted = async |query: &str| {
        let mut texts = found(&company, query).await;
        texts.sort_unstable();
        texts
    };
    assert_eq!(sorted("BIG plan").await, ["a plan, big", "big old plan", "the big plan"]);
    assert_eq!(sorted("\"big plan\"").await, ["the big plan"]);
    assert_eq!(sorted("plan*").await, ["a plan, big", "big old plan", "planning it big", "the big plan"]);
    assert_eq!(sorted("big -plan").await, ["planning it big"]);
    assert_eq!(sorted("plan -old -\"big plan\"").await, ["a plan, big"]);
    assert_eq!(sorted("\"the big pl\"*").await, ["the big plan"]);
    assert_eq!(find(&company, "\"big plan\"").await[0].snippet, "the <mark>big plan</mark>");
}

#[tokio::test]
async fn nothing_that_is_typed_breaks_the_search() {
    let company = talk_of(&["AND OR NOT NEAR words", "a b c"]).await;
    let parts = [
        "\"",
        "'",
        "(",
        ")",
        "*",
        "^",
        "-",
        "+",
        ":",
        "{",
        "}",
        ",",
        ";",
        "--",
        "/*",
        "%",
        "_",
        "\\",
        "AND",
        "OR",
        "NOT",
        "NEAR(",
        "NEAR/2",
        "words:",
        "rowid",
        "rank",
        "a",
        "é",
        "日",
        "ก",
        "\u{301}",
        "🎉",
        "\u{200d}",
        " ",
        "\t",
        "\u{202e}",
        "\u{e000}",
        "\u{feff}",
        "\u{10ffff}",
        "\u{1}",
        "?",
        "$1",
        "@x",
        "#",
        "delete-all",
    ];
    let mut numbers = Numbers(7);
    let mut pick = || parts[usize::try_from(numbers.below(parts.len() as u64)).unwrap()];
    let mut searched = 0;
    for round in 0..1_500 {
        let text: String = (0..=round % 9).map(|_| pick()).collect();
        let Ok(query) = text.parse::<SearchQuery>() else { continue };
        let find = move |tx: &mut persistence::ReadTx<'_>| {
            tx.search().find(&query, &SearchFilter::default(), None, Limit::default())
        };
        let hits = company.store.search::<_, StoreError, _>(find).await;
        assert!(hits.is_ok(), "{text:?}: {:?}", hits.err());
        searched += 1;
    }
    assert!(searched > 500, "{searched}");
    assert_eq!(found(&company, "near").await, ["AND OR NOT NEAR words"]);
}

#[tokio::test]
async fn filters_leave_out_the_rest() {
    let company = Company::new();
    let agent = Scope::Agent { agent: slug("hr-harmony"), department: slug("hr") };
    let scopes = [Scope::Executive, Scope::Department(slug("hr")), agent];
    for (scope, number) in scopes.into_iter().zip(1..) {
        let talk =
            Session { category: scope.category(), scope, ..titled(number, &format!("Budget {number}")) };
        company.create(&talk).await;
        let micros = i64::try_from(number).unwrap() * DAY;
        let user = said(number * 10, talk.id, &format!("budget asked {number}"), micros);
        let answer = Message {
            content: format!("budget told {number}"),
            ..reply(number * 10 + 1, &user, MessageState::Complete)
        };
        company.append(&[user, answer]).await;
    }
    let none = SearchFilter::default;
    let table = [
        (none(), 9),
        (SearchFilter { role: Some(Role::User), ..none() }, 3),
        (SearchFilter { role: Some(Role::Assistant), ..none() }, 3),
        (SearchFilter { role: Some(Role::System), ..none() }, 0),
        (SearchFilter { scope_type: Some(ScopeType::Executive), ..none() }, 3),
        (
            SearchFilter { scope_type: Some(ScopeType::Agent), scope_id: Some(slug("hr-harmony")), ..none() },
            3,
        ),
        (
            SearchFilter {
                scope_type: Some(ScopeType::Department),
                scope_id: Some(slug("hr-harmony")),
                ..none()
            },
            0,
        ),
        (SearchFilter { scope_id: Some(slug("hr")), role: Some(Role::User), ..none() }, 1),
        (SearchFilter { scope_id: Some(slug("harmony")), ..none() }, 0),
        (SearchFilter { from: Some(at(2 * DAY)), ..none() }, 4),
        (SearchFilter { from: Some(at(DAY)), to: Some(at(3 * DAY)), ..none() }, 4),
        (SearchFilter { to: Some(at(1)), ..none() }, 3),
    ];
    for (filter, count) in table {
        let hits = page(&company, "budget", &filter, None, 200).await.items;
        assert_eq!(hits.len(), count, "{filter:?}: {:?}", short(&hits));
        for hit in &hits {
            let role = hit.message.as_ref().map(|message| message.role);
            assert!(filter.role.is_none_or(|wanted| role == Some(wanted)));
            let kind = hit.session.scope.scope_type();
            assert!(filter.scope_type.is_none_or(|wanted| kind == wanted));
        }
    }
}

#[tokio::test]
async fn the_more_relevant_and_the_fresher_come_first() {
    let company = Company::new();
    company.create(&session(1, 0)).await;
    let long = format!("budget {}", "and so on ".repeat(100));
    let texts = [("budget of old", 0), (&*long, 400), ("budget last year", 200), ("budget now", 400)];
    for ((text, day), number) in texts.into_iter().zip(1..) {
        company.append(&[said(number, session_id(1), text, day * DAY)]).await;
    }
    let hits = found(&company, "budget").await;
    assert_eq!(hits, ["budget now", &*long, "budget last year", "budget of old"]);
    company.append(&[said(9, session_id(1), "budget budget budget", 395 * DAY)]).await;
    assert_eq!(
        found(&company, "budget").await[0],
        "budget budget budget",
        "five days count less than three matches"
    );
}

#[tokio::test]
async fn a_reply_is_found_only_when_it_is_said() {
    let company = Company::new();
    company.create(&session(1, 0)).await;
    let user = said(1, session_id(1), "question", 1);
    let failed = MessageState::Failed(Failure { code: FailureCode::BrainError, detail: "needle".into() });
    let pending = reply(2, &user, MessageState::Pending);
    company.append(&[user.clone(), pending.clone()]).await;
    let step = async |state: MessageState, content: &str| {
        let message = Message { state, content: content.into(), ..pending.clone() };
        assert!(company.write(move |tx| tx.messages_mut().advance(&message, None, &change(5))).await);
        found(&company, "needle").await
    };
    company.write(|tx| tx.messages_mut().checkpoint(message_id(2), "a needle", &[], at(2))).await;
    assert_eq!(found(&company, "needle").await, [""; 0]);
    assert_eq!(step(MessageState::Interrupted, "a needle").await, ["a needle"]);
    assert_eq!(step(MessageState::Pending, "").await, [""; 0]);
    assert_eq!(step(MessageState::Stopped, "a needle in").await, ["a needle in"]);
    assert_eq!(step(MessageState::Pending, "").await, [""; 0]);
    assert_eq!(step(failed, "half a needle").await, [""; 0]);
    assert_eq!(step(MessageState::Pending, "").await, [""; 0]);
    assert_eq!(step(MessageState::Deferred, "needle: the brain is offline").await, [""; 0]);
    assert_eq!(step(MessageState::Streaming, "a needle").await, [""; 0]);
    assert_eq!(step(MessageState::Complete, "a needle at last").await, ["a needle at last"]);
    assert_eq!(found(&company, "question").await, ["question"]);
}

#[tokio::test]
async fn a_title_is_found_as_it_is_now() {
    let company = Company::new();
    let talk = titled(1, "Harvest plan");
    company.create(&talk).await;
    company.create(&session(2, 0)).await;
    assert_eq!(found(&company, "chat").await, [""; 0], "what nobody has named has no title");
    let hits = find(&company, "harvest").await;
    assert_eq!((hits[0].snippet.as_str(), &hits[0].message), ("<mark>Harvest</mark> plan", &None));
    let renamed = Session { title: Title::by_hand("Winter plan").unwrap(), ..talk.clone() };
    company.write(move |tx| tx.sessions_mut().update(&renamed, &change(1))).await;
    assert_eq!(found(&company, "harvest").await, [""; 0]);
    assert_eq!(found(&company, "plan").await, ["[Winter plan]"]);
}

#[tokio::test]
async fn what_lies_in_the_trash_is_not_found_and_what_comes_back_is() {
    let company = Company::new();
    let talk = titled(1, "Old plan");
    company.create(&talk).await;
    company.append(&[said(1, talk.id, "the plan", 1)]).await;
    let (trashed, back, gone) = (talk.clone(), talk.clone(), talk.clone());
    company.write(move |tx| tx.sessions_mut().delete(&trashed, &change(2))).await;
    assert_eq!(found(&company, "plan").await, [""; 0]);
    company.write(move |tx| tx.sessions_mut().restore(&back, &change(3))).await;
    assert_eq!(found(&company, "plan").await, ["[Old plan]", "the plan"]);
    company.write(move |tx| tx.sessions_mut().purge(&gone, &change(4))).await;
    assert_eq!(found(&company, "plan").await, [""; 0]);
    company.create(&session(2, 0)).await;
    company.append(&[said(2, session_id(2), "another", 5)]).await;
    assert_eq!(found(&company, "plan").await, [""; 0], "numbers are given again, words are not");
    assert_eq!(found(&company, "another").await, ["another"]);
    assert_eq!(indexed(&company), [1, 0, 1], "the new session has no name yet");
}

/// How many messages and how many titles the index holds, and how many titles have a number in it.
fn indexed(company: &Company) -> [i64; 3] {
    ["message_search_docsize", "title_search_docsize", "search_titles"]
        .map(|table| sql::number(&company.path(), &format!("SELECT count(*) AS number FROM {table}")))
}

#[tokio::test]
async fn a_reset_leaves_nothing_in_the_index() {
    let company = Company::new();
    company.create(&titled(1, "Old plan")).await;
    company.append(&[said(1, session_id(1), "the plan", 1)]).await;
    assert_eq!(found(&company, "plan").await, ["[Old plan]", "the plan"]);
    assert_eq!(indexed(&company), [1, 1, 1]);
    company
        .write(|tx| {
            // What was said in the same change goes with the rest.
            tx.messages_mut().append(&[said(2, session_id(1), "more plans", 2)], None, None, &change(2))?;
            tx.reset("backup.db", &change(3))
        })
        .await;
    assert_eq!(indexed(&company), [0, 0, 0]);
    assert_eq!(found(&company, "plan*").await, [""; 0]);
    company.create(&titled(2, "Anew")).await;
    company.append(&[said(3, session_id(2), "another", 5)]).await;
    assert_eq!(found(&company, "plan*").await, [""; 0], "numbers are given again, words are not");
    assert_eq!(found(&company, "an*").await, ["[Anew]", "another"]);
    assert_eq!(company.store.check().await.unwrap(), None);
}

/// All hits of a query, page by page; `between` runs after each page.
async fn paged(
    company: &Company,
    text: &str,
    limit: i64,
    mut between: impl AsyncFnMut(usize),
) -> Vec<String> {
    let (mut all, mut after) = (Vec::new(), None);
    for number in 0.. {
        let page = page(company, text, &SearchFilter::default(), after, limit).await;
        all.extend(short(&page.items));
        let Some(next) = page.next else { break };
        after = Some(next.to_string().parse::<SearchCursor>().unwrap());
        between(number).await;
    }
    all
}

#[tokio::test]
async fn pages_neither_repeat_nor_miss_a_hit_while_others_come() {
    let company = Company::new();
    company.create(&titled(1, "Common ground")).await;
    let user = said(1, session_id(1), "ask", 1);
    let late = reply(5_000, &user, MessageState::Pending);
    company.append(&[user, late.clone()]).await;
    let texts: Vec<String> = (0..1_200).map(|number| format!("common {}", "x ".repeat(number % 7))).collect();
    let messages: Vec<Message> = texts
        .iter()
        .zip(10..)
        .map(|(text, number)| {
            said(number, session_id(1), &format!("{text}{number}"), i64::try_from(number).unwrap())
        })
        .collect();
    company.append(&messages).await;
    let mut expected: Vec<String> = messages.iter().map(|message| message.content.clone()).collect();
    expected.push("[Common ground]".into());
    expected.sort_unstable();
    for limit in [200, 499, 73] {
        let newer = limit as u128 * 10_000;
        let all = paged(&company, "common", limit, async |number| {
            let number = newer + number as u128;
            company.append(&[said(number, session_id(1), &format!("common and new {number}"), 9)]).await;
        });
        let mut all: Vec<String> = all.await.into_iter().filter(|text| !text.contains("new")).collect();
        all.sort_unstable();
        assert_eq!(all, expected, "by {limit}");
    }
    let said_late = Message { state: MessageState::Complete, content: "late common".into(), ..late };
    let all = paged(&company, "common", 200, async |_| {
        let late = said_late.clone();
        company.write(move |tx| tx.messages_mut().advance(&late, None, &change(9))).await;
    });
    let all = all.await;
    assert_eq!(all.iter().filter(|text| **text == "late common").count(), 1, "what is said late comes once");
    assert_eq!(all.len(), expected.len() + 1 + all.iter().filter(|text| text.contains("new")).count());
}

#[tokio::test]
async fn a_filter_that_leaves_little_is_searched_further_down_page_by_page() {
    let company = Company::new();
    company.create(&session(1, 0)).await;
    company.append(&[said(1, session_id(1), "common and old", -DAY)]).await;
    for chunk in 0..5 {
        let messages: Vec<Message> =
            (0..500).map(|number| said(10 + chunk * 500 + number, session_id(1), "common", 1)).collect();
        company.append(&messages).await;
    }
    let filter = SearchFilter { to: Some(at(0)), ..SearchFilter::default() };
    let hits = page(&company, "common", &filter, None, 10).await;
    assert_eq!((short(&hits.items), hits.next), (vec!["common and old".to_owned()], None));
}

#[tokio::test]
async fn the_index_is_there_after_the_file_is_opened_again_and_filled_where_it_was_not() {
    let company = Company::new();
    company.create(&titled(1, "Title here")).await;
    let user = said(1, session_id(1), "words here", 1);
    company.append(&[user.clone(), reply(2, &user, MessageState::Pending)]).await;
    let company = company.reopened().await;
    assert_eq!(found(&company, "here").await.len(), 2);
    company.store.close().await;
    let empty = "INSERT INTO message_search (message_search) VALUES ('delete-all'); \
        DELETE FROM search_titles; UPDATE search_rules SET version = 0;";
    sql::run(&company.path(), empty);
    let company = company.reopened().await;
    assert_eq!(found(&company, "here").await.len(), 2, "made by other rules, it is filled anew");
    let company = company.reopened().await;
    assert_eq!(found(&company, "here").await.len(), 2);
}

/// Every word that was ever used, with the rows that hold it and are to be found.
async fn assert_index_says_what_the_rows_say(company: &Company, words: &[String]) {
    for word in words {
        let like = format!("' ' || content || ' ' LIKE '% {word} %'");
        let rows = sql::number(
            &company.path(),
            &format!(
                "SELECT (SELECT count(*) FROM messages JOIN sessions ON sessions.id = session_id \
                 WHERE deleted_at IS NULL AND {like} AND status IN ('complete', 'stopped', 'interrupted')) \
                 + (SELECT count(*) FROM sessions WHERE deleted_at IS NULL AND {}) AS number",
                like.replace("content", "title")
            ),
        );
        let hits = find(company, word).await;
        assert_eq!(i64::try_from(hits.len()).unwrap(), rows, "{word}: {:?}", short(&hits));
    }
    let rows = "SELECT count(*) AS number FROM messages WHERE content <> '' \
        AND status IN ('complete', 'stopped', 'interrupted')";
    let [messages, titles, numbers] = indexed(company);
    assert_eq!(messages, sql::number(&company.path(), rows));
    let sessions = sql::number(&company.path(), "SELECT count(*) AS number FROM sessions");
    assert_eq!((titles, numbers), (sessions, sessions), "each was named");
}

#[tokio::test]
async fn after_any_walk_the_index_says_what_the_rows_say() {
    let company = Company::new();
    let mut numbers = Numbers(42);
    let words: Vec<String> = (0..12).map(|number| format!("word{number}")).collect();
    let mut states: Vec<(SessionId, bool)> = Vec::new();
    let mut replies: Vec<Message> = Vec::new();
    for step in 1..=400_u32 {
        let number = u128::from(step) * 10;
        let mut text = || {
            let word = |_| words[usize::try_from(numbers.below(12)).unwrap()].clone();
            (0..3).map(word).collect::<Vec<_>>().join(" ")
        };
        let (one, other) = (text(), text());
        let which = |below: usize, number: u64| usize::try_from(number).unwrap() % below.max(1);
        let (pick, kind) = (numbers.below(1 << 20), numbers.below(10));
        let at_step = change(step.into());
        match kind {
            0 | 1 => {
                company.create(&titled(number, &one)).await;
                states.push((session_id(number), false));
            }
            2..=4 if !states.is_empty() => {
                let (id, _) = states[which(states.len(), pick)];
                let user = said(number, id, &one, step.into());
                let answer = reply(number + 1, &user, MessageState::Pending);
                company.append(&[user, answer.clone()]).await;
                replies.push(answer);
            }
            5 | 6 if !replies.is_empty() => {
                let which = which(replies.len(), pick);
                let states = [
                    MessageState::Complete,
                    MessageState::Stopped,
                    MessageState::Interrupted,
                    MessageState::Pending,
                ];
                let state = states[usize::try_from(pick % 4).unwrap()].clone();
                let content = if state == MessageState::Pending { String::new() } else { other };
                let next = Message { state, content, ..replies[which].clone() };
                company.write(move |tx| tx.messages_mut().advance(&next, None, &at_step)).await;
            }
            9 if pick % 8 == 7 => {
                company.write(move |tx| tx.reset("backup.db", &at_step)).await;
                states.clear();
                replies.clear();
            }
            7..=9 if !states.is_empty() => {
                let which = which(states.len(), pick);
                let (id, deleted) = states[which];
                let mut talk = company.session(id).await;
                if kind == 9 && pick % 3 == 0 {
                    company.write(move |tx| tx.sessions_mut().purge(&talk, &at_step)).await;
                    states.remove(which);
                } else if kind == 7 {
                    talk.title = Title::by_hand(&other).unwrap();
                    company.write(move |tx| tx.sessions_mut().update(&talk, &at_step)).await;
                } else if deleted {
                    company.write(move |tx| tx.sessions_mut().restore(&talk, &at_step).map(drop)).await;
                    states[which].1 = false;
                } else {
                    company.write(move |tx| tx.sessions_mut().delete(&talk, &at_step)).await;
                    states[which].1 = true;
                }
            }
            _ => {}
        }
        if step % 50 == 0 {
            assert_index_says_what_the_rows_say(&company, &words).await;
        }
    }
    let company = company.reopened().await;
    assert_index_says_what_the_rows_say(&company, &words).await;
    assert_eq!(company.store.check().await.unwrap(), None);
}

#[tokio::test]
async fn a_job_that_fails_leaves_nothing_in_the_index_and_the_others_do() {
    let company = Company::new();
    company.create(&session(1, 0)).await;
    let jobs = (1..=4_u128)
        .map(|number| {
            move |tx: &mut persistence::WriteTx<'_>| {
                let message = said(number, session_id(1), &format!("needle {number}"), 1);
                let change = Change::new(domain::Actor::Founder, at(1));
                tx.messages_mut().append(&[message], None, None, &change)?;
                if number == 3 { Err(StoreError::Panicked) } else { Ok(()) }
            }
        })
        .collect();
    crate::company::together(&company.store, jobs).await;
    let mut texts = found(&company, "needle").await;
    texts.sort_unstable();
    assert_eq!(texts, ["needle 1", "needle 2", "needle 4"]);
    let rows = "SELECT count(*) AS number FROM message_search_docsize";
    assert_eq!(sql::number(&company.path(), rows), 3);
}

/// The database as a crash would leave it now.
fn crashed(company: &Company) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("daena.db");
    for end in ["", "-wal"] {
        let file = format!("{}{end}", company.path().display());
        std::fs::copy(file, format!("{}{end}", copy.display())).unwrap();
    }
    (folder, copy)
}

const INDEXED: &str = "SELECT count(*) AS number FROM message_search_docsize";

#[tokio::test]
async fn what_a_crash_left_unindexed_is_found_after_the_next_start() {
    let company = talk_of(&["an early needle"]).await;
    assert_eq!(found(&company, "needle").await.len(), 1);
    company.create(&titled(2, "needles galore")).await;
    company.append(&[said(7, session_id(1), "a late needle", 2)]).await;
    assert_eq!(sql::number(&company.path(), INDEXED), 1, "nobody has searched since");
    let (_folder, copy) = crashed(&company);

    let store = crate::opening::open(&copy).unwrap();
    assert_eq!(sql::number(&copy, INDEXED), 2);
    let query: SearchQuery = "needle*".parse().unwrap();
    let limit = Limit::new(10).unwrap();
    let hits = store
        .search::<_, StoreError, _>(move |tx| tx.search().find(&query, &SearchFilter::default(), None, limit))
        .await
        .unwrap();
    let mut hits = short(&hits.items);
    hits.sort_unstable();
    assert_eq!(hits, ["[needles galore]", "a late needle", "an early needle"]);
    store.close().await;
}

#[tokio::test]
async fn much_that_waits_is_indexed_though_nobody_searches() {
    let company = talk_of(&["needle"]).await;
    for number in 2..=600 {
        company.append(&[said(number, session_id(1), "needle", 1)]).await;
    }
    let indexed = sql::number(&company.path(), INDEXED);
    assert!((500..600).contains(&indexed), "{indexed}");
}

#[tokio::test]
async fn after_a_clean_end_the_index_is_whole() {
    let company = talk_of(&["needle"]).await;
    assert_eq!(sql::number(&company.path(), INDEXED), 0);
    let path = company.path();
    company.store.close().await;
    assert_eq!(sql::number(&path, INDEXED), 1);
    let behind = "SELECT (SELECT max(position) FROM events) - reaches AS number FROM search_rules";
    assert_eq!(sql::number(&path, behind), 0);
}

#[tokio::test]
async fn an_index_that_cannot_follow_takes_no_write_with_it() {
    let company = talk_of(&["an early needle"]).await;
    sql::run(&company.path(), "ALTER TABLE search_titles RENAME TO search_titles_away");
    company.append(&[said(7, session_id(1), "a late needle", 2)]).await;
    company.store.search::<_, StoreError, _>(|_| Ok(())).await.unwrap();
    company.append(&[said(8, session_id(1), "the last needle", 3)]).await;
    sql::run(&company.path(), "ALTER TABLE search_titles_away RENAME TO search_titles");
    assert_eq!(found(&company, "needle").await.len(), 3, "what it missed it finds in the log");
}
