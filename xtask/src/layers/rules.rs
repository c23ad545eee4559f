//! Compares dependencies with the table.

use super::table::{LAYERS, OWNED, Owned};

/// One line of a manifest's `[dependencies]` or `[build-dependencies]`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge<'a> {
    pub(super) from: &'a str,
    pub(super) to: &'a str,
    pub(super) optional: bool,
}

/// One sentence for each edge that the table does not allow, and for each member that it does not know.
pub(super) fn violations(members: &[&str], edges: &[Edge<'_>]) -> Vec<String> {
    let strangers = members.iter().filter(|member| allowed(member).is_none());
    let strangers = strangers.map(|member| format!("{member} has no row in the table"));
    strangers.chain(edges.iter().filter_map(|edge| violation(members, edge))).collect()
}

fn violation(members: &[&str], edge: &Edge<'_>) -> Option<String> {
    let Edge { from, to, .. } = edge;
    if members.contains(to) {
        let allowed = allowed(from)?;
        return (!allowed.contains(to))
            .then(|| format!("{from} -> {to}: ours that {from} may use: {}", list(allowed)));
    }
    let owned = OWNED.iter().find(|owned| owned.covers(to))?;
    (!owned.permits(edge)).then(|| format!("{from} -> {to}: {to} belongs to {}", list(owned.owners)))
}

/// What a package may use of the workspace; `None` if it has no row.
fn allowed(package: &str) -> Option<&'static [&'static str]> {
    LAYERS.iter().find(|(name, _)| *name == package).map(|(_, allowed)| *allowed)
}

impl Owned {
    fn covers(&self, library: &str) -> bool {
        self.libraries.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(family) => library.starts_with(family),
            None => library == *pattern,
        })
    }

    fn permits(&self, edge: &Edge<'_>) -> bool {
        self.owners.contains(&edge.from) || (edge.optional && self.optionally.contains(&edge.from))
    }
}

fn list(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(from: &'static str, to: &'static str) -> Edge<'static> {
        Edge { from, to, optional: false }
    }

    fn optional(from: &'static str, to: &'static str) -> Edge<'static> {
        Edge { from, to, optional: true }
    }

    /// What is wrong in a workspace of a few members with these edges.
    fn wrong(edges: &[Edge<'_>]) -> Vec<String> {
        violations(&["domain", "persistence", "event-bus", "chat-service", "testkit", "xtask"], edges)
    }

    #[test]
    fn an_edge_downward_is_allowed() {
        let none: [&str; 0] = [];
        assert_eq!(wrong(&[edge("chat-service", "persistence"), edge("persistence", "domain")]), none);
    }

    #[test]
    fn an_edge_sideways_is_reported_by_name() {
        let wrong = wrong(&[edge("persistence", "domain"), edge("persistence", "event-bus")]);
        assert_eq!(wrong, ["persistence -> event-bus: ours that persistence may use: domain"]);
    }

    #[test]
    fn an_edge_upward_is_reported_by_name() {
        let wrong = wrong(&[edge("domain", "chat-service")]);
        assert_eq!(wrong, ["domain -> chat-service: ours that domain may use: none"]);
    }

    #[test]
    fn testkit_is_shipped_with_nothing_but_the_bench() {
        let wrong = wrong(&[edge("xtask", "testkit"), edge("event-bus", "testkit")]);
        assert_eq!(wrong, ["event-bus -> testkit: ours that event-bus may use: domain"]);
    }

    #[test]
    fn a_library_belongs_to_its_owner() {
        let wrong = wrong(&[
            edge("persistence", "diesel"),
            edge("chat-service", "diesel_migrations"),
            edge("chat-service", "serde"),
        ]);
        assert_eq!(wrong, ["chat-service -> diesel_migrations: diesel_migrations belongs to persistence"]);
    }

    #[test]
    fn domain_knows_utoipa_behind_a_feature_only() {
        let wrong =
            wrong(&[optional("domain", "utoipa"), edge("domain", "utoipa"), optional("event-bus", "utoipa")]);
        let belongs = "utoipa: utoipa belongs to http-api";
        assert_eq!(wrong, [format!("domain -> {belongs}"), format!("event-bus -> {belongs}")]);
    }

    #[test]
    fn a_member_without_a_row_is_reported() {
        assert_eq!(violations(&["domain", "newcomer"], &[]), ["newcomer has no row in the table"]);
    }
}
