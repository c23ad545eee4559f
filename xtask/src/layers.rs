//! Who may depend on whom. The table is in `layers/table.rs`; this reads what the manifests say and compares.
//!
//! Only what is shipped counts: normal and build dependencies. Tests may depend on anything.

mod rules;
mod table;

use anyhow::bail;
use cargo_metadata::{DependencyKind, Package};

use crate::workspace;
use rules::{Edge, violations};

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo xtask layers    the table is in xtask/src/layers/table.rs";

/// Fails with every forbidden edge by name.
pub(crate) fn run() -> anyhow::Result<()> {
    let metadata = workspace::metadata()?;
    let packages = metadata.workspace_packages();
    let members: Vec<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let edges: Vec<Edge<'_>> = packages.iter().flat_map(|package| shipped_edges(package)).collect();

    let violations = violations(&members, &edges);
    if !violations.is_empty() {
        bail!("the layers are broken (xtask/src/layers/table.rs):\n  {}", violations.join("\n  "));
    }
    println!("{} dependencies of {} packages, each one allowed", edges.len(), members.len());
    Ok(())
}

fn shipped_edges(package: &Package) -> impl Iterator<Item = Edge<'_>> {
    package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind != DependencyKind::Development)
        .map(|dependency| Edge { from: &package.name, to: &dependency.name, optional: dependency.optional })
}
