//! Keys together, and the file they are kept in.

use super::KeyError;
use super::key::Key;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

/// Keys: the first one seals, all of them open. `Debug` prints their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyRing(Vec<Key>);

/// What stands above the keys in their file.
const HEAD: &str = "\
# Opens the secrets in the database beside it: whoever has both can read them. Keep a copy apart from the backups;
# without it the secrets have to be entered anew. One key a line: the first one seals, all of them open.
";

impl KeyRing {
    /// Reads keys of 64 hexadecimal digits, one a line or with commas between them. Lines that begin with `#` say nothing.
    ///
    /// # Errors
    /// [`KeyError::Malformed`].
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let mut keys = Vec::new();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with('#'))
        {
            for word in line.split([',', ' ', '\t']).filter(|word| !word.is_empty()) {
                keys.push(Key::parse(word).ok_or(KeyError::Malformed { line: number + 1 })?);
            }
        }
        Ok(Self(keys))
    }

    /// The ids of the keys.
    pub fn ids(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(Key::id)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn of(key: Key) -> Self {
        Self(vec![key])
    }

    pub(super) fn first(&self) -> Option<&Key> {
        self.0.first()
    }

    pub(super) fn get(&self, id: &str) -> Option<&Key> {
        self.0.iter().find(|key| key.id() == id)
    }

    pub(super) fn put_first(&mut self, key: Key) {
        self.0.insert(0, key);
    }

    /// The keys in a file; none if it is not there.
    pub(super) fn read(file: &Path) -> Result<Self, KeyError> {
        match std::fs::read_to_string(file) {
            Ok(text) => {
                if others_can_read(file) {
                    tracing::warn!(file = %file.display(), "others on this machine can read the key file");
                }
                Self::parse(&text)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(KeyError::File { act: "read", source }),
        }
    }

    /// Puts the keys into a file that nobody else can read. A crash leaves the file as it was or as it is to be.
    pub(super) fn write(&self, file: &Path) -> Result<(), KeyError> {
        let keys: String = self.0.iter().map(|key| key.to_text() + "\n").collect();
        replace(file, &(HEAD.to_owned() + &keys)).map_err(|source| KeyError::File { act: "written", source })
    }
}

/// Whether a file can be read by more than its owner.
fn others_can_read(file: &Path) -> bool {
    std::fs::metadata(file).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
}

fn replace(file: &Path, text: &str) -> io::Result<()> {
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    // What a crash left half-written may have other permissions.
    match std::fs::remove_file(&part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    std::fs::rename(&part, file)?;
    match file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_written_for_their_owner_alone_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("k");
        let ring = KeyRing(vec![Key::generate().unwrap(), Key::generate().unwrap()]);
        ring.write(&file).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(KeyRing::read(&file).unwrap(), ring);
        let text = std::fs::read_to_string(&file).unwrap();
        let shown = format!("{ring:?}");
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            assert!(!shown.contains(line), "{shown}");
        }
    }

    #[test]
    fn what_is_no_key_is_told_by_its_line() {
        let good = "ab".repeat(32);
        assert_eq!(KeyRing::parse(&format!("# a\n\n{good}, {good}\n")).unwrap().0.len(), 2);
        for bad in ["x", &good[1..], &format!("{good}0"), &"zz".repeat(32), &"é".repeat(32)] {
            let refused = KeyRing::parse(&format!("{good}\n{bad}")).unwrap_err();
            assert!(matches!(refused, KeyError::Malformed { line: 2 }), "{bad}");
        }
    }
}
