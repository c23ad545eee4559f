//! Search over the whole history.

use crate::search::{Marks, SearchQuery, relevance, snippet};
use crate::sqlite::queries::search as rows;
use crate::sqlite::search::{self as engine, Candidate, Wanted};
use crate::{ReadTx, StoreError};
use domain::{Limit, Message, Page, Rank, Role, ScopeType, SearchCursor, Session, Slug, Stretch, Timestamp};
use std::collections::HashMap;

/// How many of the newest messages that match are ranked together, and so are what a page is taken from.
const MESSAGES: i64 = 500;
/// How many titles are ranked with them.
const TITLES: i64 = 100;
/// How many such stretches one page looks through, when a filter leaves few of them.
const STRETCHES: usize = 40;
/// How many characters of a text tell how relevant it is.
const CHARS: i32 = 2_000;
/// What is twice as relevant stands before what is younger by less than this: 30 days.
const TWICE: f64 = 30.0 * 86_400.0 * 1e6;

/// Where is searched; what is not named admits all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchFilter {
    /// In sessions with this kind of counterpart.
    pub scope_type: Option<ScopeType>,
    /// In sessions with this department, agent or council.
    pub scope_id: Option<Slug>,
    /// In messages of this role; in no titles then.
    pub role: Option<Role>,
    /// In what was made at this time or later.
    pub from: Option<Timestamp>,
    /// In what was made before this time.
    pub to: Option<Timestamp>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchHit {
    /// The session.
    pub session: Session,
    /// The message; none when the session's title was found.
    pub message: Option<Message>,
    /// The text around the first match as HTML: `<mark>` around matches, everything else escaped.
    pub snippet: String,
}

/// Search.
#[derive(Debug)]
pub struct Search<'t, 'c>(&'t mut ReadTx<'c>);

impl<'c> ReadTx<'c> {
    /// Search.
    pub fn search(&mut self) -> Search<'_, 'c> {
        Search(self)
    }
}

/// Candidates ranked together, the first one first, and where they were taken from.
struct Ranked {
    hits: Vec<Rank>,
    messages: Stretch,
    titles: Stretch,
}

impl Search<'_, '_> {
    /// The page of hits after the cursor, the most relevant and freshest first. Messages that are still to come, failures,
    /// offline notices and sessions in the trash are not found.
    ///
    /// Of very many hits the newest 500 are ranked, then the next 500, and so on. A page looks through 20,000 at most: when
    /// the filter leaves few of them it may hold fewer hits than the limit, and still name a next one.
    pub fn find(
        &mut self,
        query: &SearchQuery,
        filter: &SearchFilter,
        after: Option<SearchCursor>,
        limit: Limit,
    ) -> Result<Page<SearchHit, SearchCursor>, StoreError> {
        let newest = Stretch { top: i64::MAX, floor: 0 };
        let titles = if filter.role.is_none() { newest } else { Stretch { top: 0, floor: 0 } };
        let mut cursor = after.unwrap_or(SearchCursor { messages: newest, titles, after: None });
        let mut hits: Vec<Rank> = Vec::with_capacity(limit.get());
        let mut next = None;
        for _ in 0..STRETCHES {
            let ranked = self.ranked(query, filter, cursor)?;
            let SearchCursor { after, .. } = cursor;
            let mut left = ranked.hits.iter().filter(|hit| after.is_none_or(|after| **hit < after));
            hits.extend(left.by_ref().take(limit.get() - hits.len()));
            next = match (left.next(), hits.last()) {
                (Some(_), last) => Some(SearchCursor {
                    messages: ranked.messages,
                    titles: ranked.titles,
                    after: last.copied(),
                }),
                (None, _) => below(&ranked),
            };
            match next {
                Some(below) if hits.len() < limit.get() => cursor = below,
                _ => break,
            }
        }
        Ok(Page { items: self.hits(query, &hits)?, next })
    }

    fn ranked(
        &mut self,
        query: &SearchQuery,
        filter: &SearchFilter,
        at: SearchCursor,
    ) -> Result<Ranked, StoreError> {
        let word = |role: Role| role.as_str();
        let marks = Marks::new(
            filter.role.map_or("", word),
            filter.scope_type.map_or("", |kind| kind.as_str()),
            filter.scope_id.as_ref().map_or("", |slug| slug.as_str()),
        );
        let expression = query.expression(&marks);
        let times = (
            filter.from.map_or(i64::MIN, Timestamp::as_micros),
            filter.to.map_or(i64::MAX, Timestamp::as_micros),
        );
        let wanted = |within: Stretch, limit: i64| {
            // What came into a stretch since it was ranked first is there beside the others.
            let limit = if within.floor > 0 { 2 * limit } else { limit };
            Wanted { expression: &expression, times, within, limit, chars: CHARS }
        };
        let mut ranked = Ranked { hits: Vec::new(), messages: at.messages, titles: at.titles };
        if at.messages.top > 0 {
            let found = engine::messages(self.0.conn, wanted(at.messages, MESSAGES))?;
            ranked.messages = covered(at.messages, &found, MESSAGES);
            ranked.hits.extend(found.iter().filter_map(|one| rank(one, false, query)));
        }
        if at.titles.top > 0 {
            let found = engine::titles(self.0.conn, wanted(at.titles, TITLES))?;
            ranked.titles = covered(at.titles, &found, TITLES);
            ranked.hits.extend(found.iter().filter_map(|one| rank(one, true, query)));
        }
        ranked.hits.sort_unstable_by(|one, other| other.cmp(one));
        Ok(ranked)
    }

    /// The things themselves, in order.
    fn hits(&mut self, query: &SearchQuery, hits: &[Rank]) -> Result<Vec<SearchHit>, StoreError> {
        let numbers = |is_title: bool| -> Vec<i64> {
            hits.iter().filter(|hit| hit.is_title == is_title).map(|hit| hit.n).collect()
        };
        let mut found = HashMap::with_capacity(hits.len());
        let (messages, titles) = (numbers(false), numbers(true));
        if !messages.is_empty() {
            for (n, message, session) in rows::found_messages(self.0.conn, &messages)? {
                let message = super::tools::whole(self.0.conn, message)?;
                let snippet = snippet(&message.content, query.wanted());
                let hit = SearchHit { session: session.try_into()?, message: Some(message), snippet };
                found.insert((false, n), hit);
            }
        }
        if !titles.is_empty() {
            for (n, session) in rows::found_titles(self.0.conn, &titles)? {
                let session = Session::try_from(session)?;
                let snippet = snippet(session.title.as_str(), query.wanted());
                found.insert((true, n), SearchHit { session, message: None, snippet });
            }
        }
        Ok(hits.iter().filter_map(|hit| found.remove(&(hit.is_title, hit.n))).collect())
    }
}

/// The stretch that these candidates are all hits of. One that is ranked for the first time ends where it is full.
fn covered(asked: Stretch, found: &[Candidate], limit: i64) -> Stretch {
    if asked.floor > 0 {
        return asked;
    }
    let numbers = || found.iter().map(|one| one.n);
    let is_full = i64::try_from(found.len()).is_ok_and(|found| found >= limit);
    let floor = if is_full { numbers().min() } else { None };
    Stretch { top: numbers().max().unwrap_or(0), floor: floor.unwrap_or(1) }
}

/// Where the next older candidates begin, if there may be any.
fn below(ranked: &Ranked) -> Option<SearchCursor> {
    let older = |stretch: Stretch| match stretch {
        Stretch { top: 1.., floor: 2.. } => Stretch { top: stretch.floor - 1, floor: 0 },
        _ => Stretch { top: 0, floor: 0 },
    };
    let (messages, titles) = (older(ranked.messages), older(ranked.titles));
    (messages.top > 0 || titles.top > 0).then_some(SearchCursor { messages, titles, after: None })
}

/// A candidate's place, from itself and the query alone: it stays where it is while others come and time goes by.
fn rank(candidate: &Candidate, is_title: bool, query: &SearchQuery) -> Option<Rank> {
    let (text, created_at) = (candidate.text.as_ref()?, candidate.created_at?);
    let score = relevance(text, query.wanted()).log2() + created_at as f64 / TWICE;
    Some(Rank { score: (score * 1e6) as i64, is_title, n: candidate.n })
}
