//! What others wrote and stands in this project: listed, licensed, and to the letter.

use crate::workspace;
use anyhow::{Context as _, bail};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo xtask vendor-check    each folder has its list, vendor.toml";

const FOLDERS: &[&str] = &["crates/web-ui/vendor", "tests/vendor"];
const LIST: &str = "vendor.toml";

#[derive(Deserialize)]
struct List {
    package: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    licence: String,
    licence_file: String,
    integrity: String,
    files: BTreeMap<String, File>,
}

#[derive(Deserialize)]
struct File {
    from: String,
    sha256: String,
}

/// Fails with every file that is missing, changed or not listed.
pub(crate) fn run() -> anyhow::Result<()> {
    let (mut files, mut packages) = (0, 0);
    for name in FOLDERS {
        let folder = workspace::root().join(name);
        let text = fs::read_to_string(folder.join(LIST)).with_context(|| format!("{name}/{LIST}"))?;
        let list: List = toml::from_str(&text).with_context(|| format!("{name}/{LIST}"))?;
        let wrong = problems(&folder, &list)?;
        if !wrong.is_empty() {
            bail!("{name} is not what its list says:\n  {}", wrong.join("\n  "));
        }
        files += list.package.iter().map(|package| package.files.len()).sum::<usize>();
        packages += list.package.len();
    }
    println!("{files} files of {packages} packages, as they were published");
    Ok(())
}

fn problems(folder: &Path, list: &List) -> anyhow::Result<Vec<String>> {
    let mut wrong = Vec::new();
    let mut listed = BTreeSet::from([LIST.to_owned()]);
    for package in &list.package {
        let Package { name, version, licence, licence_file, integrity, files } = package;
        if version.is_empty() || licence.is_empty() || !integrity.starts_with("sha512-") {
            wrong.push(format!("{name}: without version, licence or integrity"));
        }
        listed.insert(licence_file.clone());
        if !folder.join(licence_file).is_file() {
            wrong.push(format!("{name}: its licence is missing ({licence_file})"));
        }
        for (path, file) in files {
            listed.insert(path.clone());
            match fs::read(folder.join(path)) {
                Ok(bytes) if digest(&bytes) == file.sha256 => {}
                Ok(_) => wrong.push(format!("{path}: differs from {} of {name} {version}", file.from)),
                Err(error) => wrong.push(format!("{path}: {error}")),
            }
        }
    }
    let mut there = Vec::new();
    collect(folder, "", &mut there)?;
    wrong.extend(
        there.iter().filter(|path| !listed.contains(*path)).map(|path| format!("{path}: is not listed")),
    );
    Ok(wrong)
}

fn collect(folder: &Path, before: &str, found: &mut Vec<String>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{before}{}", entry.file_name().to_string_lossy());
        match entry.file_type()?.is_dir() {
            true => collect(&entry.path(), &format!("{name}/"), found)?,
            false => found.push(name),
        }
    }
    Ok(())
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{List, digest, problems};
    use std::fs;

    #[test]
    fn what_is_changed_missing_or_not_listed_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("vendor.toml", "");
        write("licence.txt", "free");
        write("one.mjs", "1");
        let list: List = toml::from_str(&format!(
            "[[package]]\nname = 'p'\nversion = '1'\nlicence = 'MIT'\nlicence_file = 'licence.txt'\n\
             integrity = 'sha512-x'\n[package.files]\n'one.mjs' = {{ from = 'a.js', sha256 = '{}' }}\n",
            digest(b"1")
        ))
        .unwrap();
        assert_eq!(problems(folder.path(), &list).unwrap(), Vec::<String>::new());
        write("one.mjs", "2");
        write("two.mjs", "");
        assert_eq!(
            problems(folder.path(), &list).unwrap(),
            ["one.mjs: differs from a.js of p 1", "two.mjs: is not listed"]
        );
        fs::remove_file(folder.path().join("one.mjs")).unwrap();
        assert!(problems(folder.path(), &list).unwrap().first().unwrap().starts_with("one.mjs: "));
    }
}
