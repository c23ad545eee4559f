//! Who is meant by a name as it was said.

use super::words::words;
use super::{Named, Names};
use domain::Slug;

pub(super) const DEPARTMENTS: &[&str] = &["departments", "department"];
pub(super) const COUNCILS: &[&str] =
    &["councils", "council", "counsels", "counsel", "councills", "consuls", "console", "consoles"];

pub(super) fn somebody(called: &str, names: &Names) -> Option<Named> {
    let department = find(called, &names.departments).map(Named::Department);
    department.or_else(|| find(called, &names.agents).map(Named::Agent))
}

/// Whose name or slug this is, or nearly is; a name may be said without its last word ("tech" for "Tech Council").
pub(super) fn find(called: &str, there: &[(Slug, String)]) -> Option<Slug> {
    if called.is_empty() {
        return None;
    }
    let spoken = |name: &str| words(&name.replace('-', " ").replace('&', "and")).text();
    let short = |name: &str| {
        let name = spoken(name);
        let kind = |word: &str| COUNCILS.contains(&word) || DEPARTMENTS.contains(&word);
        name.split(' ').filter(|word| !kind(word)).collect::<Vec<_>>().join(" ")
    };
    let exact = there.iter().find(|(slug, name)| {
        [spoken(name), short(name), spoken(slug.as_str())].iter().any(|it| it == called)
    });
    let begins = || {
        // "human resources" of "Human Resources (HR)", "technology" for "Tech".
        there.iter().find(|(slug, _)| {
            called.len() >= 4
                && !called.contains(' ')
                && slug.as_str().len() >= 4
                && called.starts_with(slug.as_str())
        })
    };
    let near = || {
        let close = |name: &str| {
            let name = short(name);
            name.len() >= 5
                && name.len().abs_diff(called.len()) <= 2
                && distance(&name, called) <= 1 + name.len() / 8
        };
        there.iter().find(|(_, name)| close(name))
    };
    exact.or_else(begins).or_else(near).map(|(slug, _)| slug.clone())
}

/// How many letters have to be changed, put in or left out.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut next = vec![i + 1];
        for (b, pair) in other.iter().zip(row.windows(2)) {
            let (diagonal, above) = (pair.first().copied().unwrap_or(0), pair.last().copied().unwrap_or(0));
            let left = next.last().copied().unwrap_or(0);
            next.push((diagonal + usize::from(a != *b)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
