//! Text of the client's, shown back to it.

use crate::problem::Problem;

/// The most characters of an unknown id that are repeated in a problem.
const SHOWN: usize = 80;

/// Nothing has this id: it is none of ours, so nothing can.
pub(crate) fn unknown_id(what: &str, id: &str) -> Problem {
    let shown: String = id.chars().take(SHOWN).collect();
    Problem::not_found(format!("no {what} {shown:?} here"))
}
