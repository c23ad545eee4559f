//! Files that the server's binary writes about itself, committed so that a change to them shows in review.

use std::process::Command;
use std::{fs, io};

use anyhow::{Context, bail, ensure};

use crate::workspace;

/// The OpenAPI document of every route.
pub(crate) const OPENAPI: Generated = Generated {
    path: "docs/openapi.json",
    printed_by: "print-openapi",
    chore: "cargo xtask openapi",
    examples: "\
Examples:
  cargo xtask openapi            after a change to a route or a DTO
  cargo xtask openapi --check    fail if docs/openapi.json is out of date",
};

/// The configuration with its defaults and their explanations.
pub(crate) const EXAMPLE_CONFIG: Generated = Generated {
    path: "daena.example.toml",
    printed_by: "print-example-config",
    chore: "cargo xtask example-config",
    examples: "\
Examples:
  cargo xtask example-config            after a change to the configuration
  cargo xtask example-config --check    fail if daena.example.toml is out of date",
};

/// A file of the repository that a hidden subcommand of `daena` prints.
pub(crate) struct Generated {
    path: &'static str,
    printed_by: &'static str,
    chore: &'static str,
    /// Shown below the chore's `--help`.
    pub(crate) examples: &'static str,
}

impl Generated {
    /// Builds `daena`, then writes the file or, with `check`, compares it.
    pub(crate) fn run(&self, check: bool) -> anyhow::Result<()> {
        let daena = workspace::cargo("run --quiet --bin daena --");
        if check { self.check(daena) } else { self.write(daena) }
    }

    /// Fails with the first line that differs if the file is not what `daena` prints today.
    pub(crate) fn check(&self, daena: Command) -> anyhow::Result<()> {
        let fresh = self.printed(daena)?;
        let committed = match fs::read_to_string(workspace::root().join(self.path)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            read => read.with_context(|| format!("could not read {}", self.path))?,
        };
        if let Some(difference) = first_difference(&committed, &fresh) {
            bail!("{} is out of date; run `{}`\n{difference}", self.path, self.chore);
        }
        println!("{} is up to date", self.path);
        Ok(())
    }

    fn write(&self, daena: Command) -> anyhow::Result<()> {
        let fresh = self.printed(daena)?;
        fs::write(workspace::root().join(self.path), fresh)
            .with_context(|| format!("could not write {}", self.path))?;
        println!("wrote {}", self.path);
        Ok(())
    }

    /// What the subcommand prints, with exactly one line end at its end.
    fn printed(&self, mut daena: Command) -> anyhow::Result<String> {
        let output = daena.arg(self.printed_by).stderr(std::process::Stdio::inherit()).output();
        let output = output.with_context(|| format!("could not start {:?}", daena.get_program()))?;
        ensure!(output.status.success(), "`daena {}` failed: {}", self.printed_by, output.status);
        let text = String::from_utf8(output.stdout)
            .with_context(|| format!("`daena {}` printed bytes that are not UTF-8", self.printed_by))?;
        ensure!(!text.trim().is_empty(), "`daena {}` printed nothing", self.printed_by);
        Ok(format!("{}\n", text.trim_end()))
    }
}

/// Names the first line where the two texts part; `None` if they are the same.
fn first_difference(committed: &str, fresh: &str) -> Option<String> {
    if committed == fresh {
        return None;
    }
    let (mut old, mut new) = (committed.lines(), fresh.lines());
    for number in 1.. {
        match (old.next(), new.next()) {
            (None, None) => break,
            (old, new) if old == new => {}
            (old, new) => {
                let (old, new) = (old.unwrap_or("(end of file)"), new.unwrap_or("(end of file)"));
                return Some(format!("line {number}:\n  committed: {old}\n  now:       {new}"));
            }
        }
    }
    Some("only the line ends differ".to_owned())
}

#[cfg(test)]
mod tests {
    use super::first_difference;

    #[test]
    fn equal_texts_do_not_differ() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
    }

    #[test]
    fn the_first_line_that_differs_is_named() {
        let difference = first_difference("a\nb\nc\n", "a\nB\nC\n").unwrap();
        assert_eq!(difference, "line 2:\n  committed: b\n  now:       B");
    }

    #[test]
    fn a_missing_end_differs() {
        let difference = first_difference("a\n", "a\nb\n").unwrap();
        assert_eq!(difference, "line 2:\n  committed: (end of file)\n  now:       b");
    }

    #[test]
    fn a_missing_line_end_differs() {
        assert_eq!(first_difference("a", "a\n").unwrap(), "only the line ends differ");
    }
}
