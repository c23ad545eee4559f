//! Secrets: sealed before they are stored, opened when a server is given them. Nothing else ever sees one.

mod key;
mod ring;

pub use ring::KeyRing;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use domain::{ConnectionId, SealedSecret, SecretField};
use key::{Key, random};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Where the keys are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// In a file, which is made with the first secret.
    File(PathBuf),
    /// They were handed over with the configuration, and stand in no file of ours.
    Given(KeyRing),
}

impl KeySource {
    /// The file of a database's keys: the one that is set, or `<database>.key`.
    pub fn file(database: &Path, set: Option<&Path>) -> Self {
        Self::File(set.map_or_else(
            || {
                let mut name = database.as_os_str().to_owned();
                name.push(".key");
                name.into()
            },
            Path::to_owned,
        ))
    }

    /// The keys that are there now; a file that is not there holds none.
    ///
    /// # Errors
    /// [`KeyError`] for a file that cannot be read or holds something else.
    pub fn keys(&self) -> Result<KeyRing, KeyError> {
        match self {
            Self::File(file) => KeyRing::read(file),
            Self::Given(ring) => Ok(ring.clone()),
        }
    }
}

/// Why there is no key to work with.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("the key file cannot be {act}: {source}")]
    File {
        /// What was to be done.
        act: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// What stands there is no key.
    #[error("line {line} of the keys is not 64 hexadecimal digits")]
    Malformed {
        /// Where.
        line: usize,
    },
    /// The system gives no random bytes.
    #[error("the system has no random bytes to give")]
    NoRandomness,
    /// No key opens what was sealed, or what was sealed is not as it was.
    #[error("the secret {field} cannot be opened: the key it was sealed with ({key_id}) is not there")]
    Missing {
        /// Which secret.
        field: SecretField,
        /// The key's id.
        key_id: String,
    },
    /// The sealed value is not as it was written, or was written for something else.
    #[error("the secret {field} cannot be opened: what is stored is not what was sealed")]
    Broken {
        /// Which secret.
        field: SecretField,
    },
}

/// Seals and opens secrets. A value is sealed together with the id of its connection and the name of its field, so that
/// it opens nowhere else.
#[derive(Debug)]
pub(crate) struct Vault {
    source: KeySource,
    keys: Mutex<KeyRing>,
    /// Held while the first key is made: two would shut out what the other one seals.
    making: Mutex<()>,
}

/// The bytes of a nonce: enough that random ones never meet.
const NONCE: usize = 24;

impl Vault {
    /// A vault with the keys of a source. What is wrong with them is told when they are needed.
    pub(crate) fn new(source: KeySource) -> Self {
        Self { source, keys: Mutex::default(), making: Mutex::default() }
    }

    pub(crate) const fn source(&self) -> &KeySource {
        &self.source
    }

    /// Seals a value. The first one ever makes the key and its file.
    pub(crate) fn seal(
        &self,
        connection_id: ConnectionId,
        field: SecretField,
        value: &str,
    ) -> Result<SealedSecret, KeyError> {
        seal(&self.sealing_key()?, connection_id, field, value)
    }

    /// Opens a value. A key that is not known may be in the file by now.
    pub(crate) fn open(&self, secret: &SealedSecret) -> Result<String, KeyError> {
        let known = self.keys().get(&secret.key_id).cloned();
        let key = match known {
            Some(key) => Some(key),
            None => self.read_again()?.get(&secret.key_id).cloned(),
        };
        open(key.as_ref(), secret)
    }

    fn sealing_key(&self) -> Result<Key, KeyError> {
        let _one = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = self.keys().first() {
            return Ok(key.clone());
        }
        let mut ring = self.read_again()?;
        if let Some(key) = ring.first() {
            return Ok(key.clone());
        }
        let key = Key::generate()?;
        ring.put_first(key.clone());
        self.keep(ring)?;
        Ok(key)
    }

    /// Reads the source again.
    fn read_again(&self) -> Result<KeyRing, KeyError> {
        let ring = self.source.keys()?;
        *self.keys() = ring.clone();
        Ok(ring)
    }

    /// Has these keys from now on; those in a file are on disk when this returns.
    fn keep(&self, ring: KeyRing) -> Result<(), KeyError> {
        if let KeySource::File(file) = &self.source {
            ring.write(file)?;
        }
        *self.keys() = ring;
        Ok(())
    }

    fn keys(&self) -> std::sync::MutexGuard<'_, KeyRing> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a rotation: seals all secrets anew. With keys in a file the key is a new one, which stands in the file beside
    /// the old ones from now on, so that whatever is stored can be opened whenever this ends. Handed-over keys are the
    /// owner's: the first of them is used.
    pub(crate) fn reseal(&self, secrets: &[SealedSecret]) -> Result<Rotation, KeyError> {
        let mut ring = self.read_again()?;
        let opened: Vec<String> =
            secrets.iter().map(|secret| open(ring.get(&secret.key_id), secret)).collect::<Result<_, _>>()?;
        let key = match (&self.source, ring.first()) {
            (KeySource::Given(_), Some(first)) => first.clone(),
            _ => Key::generate()?,
        };
        let sealed = secrets
            .iter()
            .zip(&opened)
            .map(|(secret, value)| seal(&key, secret.connection_id, secret.field.clone(), value))
            .collect::<Result<Vec<_>, _>>()?;
        if matches!(self.source, KeySource::File(_)) {
            ring.put_first(key.clone());
            self.keep(ring)?;
        }
        Ok(Rotation { key, sealed })
    }

    /// Ends a rotation, once what was sealed anew is stored: the old keys are removed from the file.
    pub(crate) fn finish(&self, rotation: &Rotation) -> Result<(), KeyError> {
        match self.source {
            KeySource::File(_) => self.keep(KeyRing::of(rotation.key.clone())),
            KeySource::Given(_) => Ok(()),
        }
    }
}

/// Secrets that were sealed anew.
#[derive(Debug)]
pub(crate) struct Rotation {
    key: Key,
    /// They.
    pub(crate) sealed: Vec<SealedSecret>,
}

impl Rotation {
    /// The id of the key they are sealed with.
    pub(crate) fn key_id(&self) -> String {
        self.key.id()
    }
}

/// What a value is bound to.
fn bound_to(connection_id: ConnectionId, field: &SecretField) -> String {
    format!("{connection_id} {field}")
}

fn seal(
    key: &Key,
    connection_id: ConnectionId,
    field: SecretField,
    value: &str,
) -> Result<SealedSecret, KeyError> {
    let nonce: [u8; NONCE] = random()?;
    let aad = bound_to(connection_id, &field);
    let payload = Payload { msg: value.as_bytes(), aad: aad.as_bytes() };
    let cipher = XChaCha20Poly1305::new(key.bytes().into());
    let text = cipher
        .encrypt(XNonce::from_slice(&nonce), payload)
        .map_err(|_| KeyError::Broken { field: field.clone() })?;
    let sealed = [nonce.as_slice(), &text].concat();
    Ok(SealedSecret { connection_id, field, key_id: key.id(), sealed })
}

fn open(key: Option<&Key>, secret: &SealedSecret) -> Result<String, KeyError> {
    let field = || secret.field.clone();
    let missing = || KeyError::Missing { field: field(), key_id: secret.key_id.clone() };
    let broken = || KeyError::Broken { field: field() };
    let key = key.ok_or_else(missing)?;
    let (nonce, text) = secret.sealed.split_at_checked(NONCE).ok_or_else(broken)?;
    let aad = bound_to(secret.connection_id, &secret.field);
    let payload = Payload { msg: text, aad: aad.as_bytes() };
    let cipher = XChaCha20Poly1305::new(key.bytes().into());
    let value = cipher.decrypt(XNonce::from_slice(nonce), payload).map_err(|_| broken())?;
    String::from_utf8(value).map_err(|_| broken())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::EntityId as _;

    fn id(number: u8) -> ConnectionId {
        ConnectionId::from_bytes([number; 16])
    }

    fn token() -> SecretField {
        SecretField::Env("TOKEN".into())
    }

    fn vault(folder: &Path) -> Vault {
        Vault::new(KeySource::file(&folder.join("a.db"), None))
    }

    #[test]
    fn a_secret_opens_where_it_was_sealed_and_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let vault = vault(folder.path());
        let sealed = vault.seal(id(1), token(), "s3cret ü").unwrap();
        assert!(!sealed.sealed.windows(6).any(|bytes| bytes == b"s3cret"));
        assert_eq!(vault.open(&sealed).unwrap(), "s3cret ü");
        assert_ne!(vault.seal(id(1), token(), "s3cret ü").unwrap().sealed, sealed.sealed, "a nonce each");
        let elsewhere = SealedSecret { connection_id: id(2), ..sealed.clone() };
        assert!(matches!(vault.open(&elsewhere), Err(KeyError::Broken { .. })));
        let renamed = SealedSecret { field: SecretField::Header("TOKEN".into()), ..sealed.clone() };
        assert!(matches!(vault.open(&renamed), Err(KeyError::Broken { .. })));
        let mut changed = sealed.clone();
        *changed.sealed.last_mut().unwrap() ^= 1;
        assert!(matches!(vault.open(&changed), Err(KeyError::Broken { .. })));
        let cut = SealedSecret { sealed: vec![1; 5], ..sealed };
        assert!(matches!(vault.open(&cut), Err(KeyError::Broken { .. })));
    }

    #[test]
    fn first_secrets_that_are_sealed_at_the_same_moment_have_one_key() {
        const AT_ONCE: u8 = 16;
        let folder = tempfile::tempdir().unwrap();
        let (vault, start) = (vault(folder.path()), std::sync::Barrier::new(AT_ONCE.into()));
        let sealed: Vec<SealedSecret> = std::thread::scope(|threads| {
            let sealing = |number| {
                let (vault, start) = (&vault, &start);
                threads.spawn(move || {
                    start.wait();
                    vault.seal(id(number), token(), &number.to_string()).unwrap()
                })
            };
            let threads: Vec<_> = (0..AT_ONCE).map(sealing).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let later = self::vault(folder.path());
        for (number, secret) in sealed.iter().enumerate() {
            assert_eq!(secret.key_id, sealed[0].key_id);
            assert_eq!(later.open(secret).unwrap(), number.to_string());
        }
    }

    #[test]
    fn without_its_key_a_secret_is_missing_and_with_it_back_it_opens_again() {
        let folder = tempfile::tempdir().unwrap();
        let sealed = vault(folder.path()).seal(id(1), token(), "v").unwrap();
        let (key, aside) = (folder.path().join("a.db.key"), folder.path().join("aside"));
        std::fs::rename(&key, &aside).unwrap();
        let moved = vault(folder.path());
        let refused = moved.open(&sealed).unwrap_err();
        assert!(
            matches!(&refused, KeyError::Missing { key_id, .. } if *key_id == sealed.key_id),
            "{refused}"
        );
        std::fs::rename(&aside, &key).unwrap();
        assert_eq!(moved.open(&sealed).unwrap(), "v");
    }

    #[test]
    fn a_key_file_that_is_none_is_told_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.db.key");
        std::fs::write(&file, "not a key\n").unwrap();
        assert!(matches!(
            vault(folder.path()).seal(id(1), token(), "v"),
            Err(KeyError::Malformed { line: 1 })
        ));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "not a key\n");
    }

    #[test]
    fn at_any_moment_of_a_rotation_the_file_opens_what_is_stored() {
        let folder = tempfile::tempdir().unwrap();
        let before = vault(folder.path());
        let old = [before.seal(id(1), token(), "one").unwrap(), before.seal(id(2), token(), "two").unwrap()];
        let rotation = before.reseal(&old).unwrap();
        // Had it ended here, with the old ones stored or with the new ones: another start opens either.
        for (stored, value) in old.iter().chain(&rotation.sealed).zip(["one", "two", "one", "two"]) {
            assert_eq!(vault(folder.path()).open(stored).unwrap(), value);
        }
        before.finish(&rotation).unwrap();
        let after = vault(folder.path());
        assert_eq!(after.open(&rotation.sealed[1]).unwrap(), "two");
        assert!(after.open(&old[0]).is_err(), "the old key is gone");
        assert_ne!(rotation.key_id(), old[0].key_id);
    }

    #[test]
    fn a_rotation_with_a_key_missing_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let other = tempfile::tempdir().unwrap();
        let mine = vault(folder.path()).seal(id(1), token(), "mine").unwrap();
        let foreign = vault(other.path()).seal(id(2), token(), "foreign").unwrap();
        let file = folder.path().join("a.db.key");
        let before = std::fs::read(&file).unwrap();
        assert!(vault(folder.path()).reseal(&[mine, foreign]).is_err());
        assert_eq!(std::fs::read(&file).unwrap(), before);
    }

    #[test]
    fn keys_that_were_handed_over_make_no_file_and_rotate_to_the_first() {
        let (old, new) = ("1".repeat(64), "2".repeat(64));
        let with = |keys: &str| Vault::new(KeySource::Given(KeyRing::parse(keys).unwrap()));
        let sealed = with(&old).seal(id(1), token(), "v").unwrap();
        let both = with(&format!("{new},{old}"));
        let rotation = both.reseal(std::slice::from_ref(&sealed)).unwrap();
        both.finish(&rotation).unwrap();
        assert_eq!(with(&new).open(&rotation.sealed[0]).unwrap(), "v");
        assert!(with(&new).open(&sealed).is_err());
    }
}
