//! Two hundred thousand messages of words as common and as rare as those of a language, searched: alone, and while turns
//! are made.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;

use anyhow::Context;
use tokio::task::JoinSet;

use super::clients::{Reader, Turns};
use super::fleet::Bench;
use super::load::{Measured, Span, askers, drive};
use super::process::Process;
use super::report::Beside::Undisturbed;
use super::report::Target;

const TURNS: u32 = 100_000;
const WRITERS: u32 = 64;
const WORDS: u32 = 35;
const VOCABULARY: f64 = 30_000.0;
/// Who says something while others search, and who searches.
const TALKERS: usize = 4;
const SEARCHERS: usize = 2;
/// What a machine's mood may take from a ratio, and a thread that searches from two cores that do everything here.
const NOT_MUCH_MORE: f64 = 2.0;

pub(super) async fn measure(bench: &mut Bench<'_>) -> anyhow::Result<()> {
    bench.script(1, false).await?;
    let server = bench.fresh("search").await?;
    let turns = if bench.options.quick { TURNS / 10 } else { TURNS };
    eprintln!("search: making {turns} turns");
    fill(server.address, turns).await?;
    let span = bench.span(2.0);
    let messages = 2 * turns;
    for round in 1..=bench.rounds() {
        eprintln!("search: round {round}");
        for (what, queries, most) in searches() {
            let mut found = search(&server, &queries, 1, span).await?;
            let case = format!("search: {what}, among {messages} messages");
            bench.report.row(&case, "p50", "ms").ours(found.took.quantile_ms(0.5));
            let row = bench.report.row(&case, "p99", "ms").ours(found.took.quantile_ms(0.99));
            if let Some(most) = most {
                row.target(Target::Most(most));
            }
        }
        beside_turns(bench, &server, span).await?;
    }
    server.end().await
}

/// Turns alone, and the same while others search for the commonest word.
async fn beside_turns(bench: &mut Bench<'_>, server: &Process, span: Span) -> anyhow::Result<()> {
    let talkers = || askers(TALKERS, || Turns::new(server.address, false));
    let mut alone = drive(server, talkers(), span).await?;
    let common = [word(1)];
    let (turns, found) =
        tokio::try_join!(drive(server, talkers(), span), search(server, &common, SEARCHERS, span))?;
    let (mut turns, mut found) = (turns, found);
    let case = format!("search: {TALKERS} who talk while {SEARCHERS} search for the commonest word");
    let row = bench.report.row(&case, "turns", "/s").ours(turns.per_second);
    row.beside(Undisturbed, Some(alone.per_second));
    for (measure, part) in [("turn p50", 0.5), ("turn p99", 0.99)] {
        let row = bench.report.row(&case, measure, "ms").ours(turns.took.quantile_ms(part));
        row.beside(Undisturbed, Some(alone.took.quantile_ms(part)));
        row.target(Target::MostOf(Undisturbed, NOT_MUCH_MORE));
    }
    bench.report.row(&case, "searches", "/s").ours(found.per_second);
    bench.report.row(&case, "search p99", "ms").ours(found.took.quantile_ms(0.99));
    Ok(())
}

/// What is looked for, and the most milliseconds that 99 of 100 searches may take.
fn searches() -> Vec<(&'static str, Vec<String>, Option<f64>)> {
    let rare = (0..200).map(|number| word(20_000 + 37 * number)).collect();
    let common = || word(1);
    let filtered = ["&role=user", "&role=assistant", "&scope_type=department"];
    vec![
        ("rare words", rare, Some(5.0)),
        ("the commonest word", vec![common()], Some(20.0)),
        ("the two commonest words", vec![format!("{}%20{}", common(), word(2))], Some(20.0)),
        ("a phrase of common words", vec![format!("%22{}%20{}%22", common(), word(2))], Some(20.0)),
        ("a beginning of three letters", vec![format!("{}b*", common())], None),
        ("a beginning of two letters", vec![format!("{}*", common())], None),
        ("the commonest word, filtered", filtered.map(|more| common() + more).to_vec(), Some(20.0)),
    ]
}

async fn search(
    server: &Process,
    queries: &[String],
    clients: usize,
    span: Span,
) -> anyhow::Result<Measured> {
    let path = |query: &String| format!("/api/v1/chat-history/search?limit=50&q={query}");
    let paths: Vec<String> = queries.iter().map(path).collect();
    drive(server, askers(clients, || Reader::new(server.address, &paths, 0)), span).await
}

/// Makes so many turns, ten to a session.
async fn fill(address: SocketAddr, turns: u32) -> anyhow::Result<()> {
    let said = Rc::new(RefCell::new(Said { left: turns, random: 7 }));
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        let said = Rc::clone(&said);
        writers.spawn_local(async move {
            let mut turns = Turns::new(address, false);
            loop {
                let Some(text) = said.borrow_mut().next() else { return anyhow::Ok(()) };
                turns.say(&text).await?;
            }
        });
    }
    while let Some(ended) = writers.join_next().await {
        ended.context("a writer panicked")??;
    }
    Ok(())
}

/// What is said, the same in every run.
struct Said {
    left: u32,
    random: u64,
}

impl Iterator for Said {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        self.left = self.left.checked_sub(1)?;
        let words = (0..WORDS).map(|_| {
            self.random =
                self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let part = (self.random >> 11) as f64 / (1_u64 << 53) as f64;
            // a word is as common as its number is small, as in a language
            word(VOCABULARY.powf(part) as u32)
        });
        Some(words.collect::<Vec<_>>().join(" "))
    }
}

/// The word of a number: syllables, as digits to the base of a hundred.
fn word(number: u32) -> String {
    let mut word = String::new();
    let mut rest = number;
    loop {
        let syllable = rest % 100;
        word.extend("bcdfghjklmnpqrstvwxz".chars().nth((syllable / 5) as usize));
        word.extend("aeiou".chars().nth((syllable % 5) as usize));
        rest /= 100;
        if rest == 0 {
            return word;
        }
    }
}
