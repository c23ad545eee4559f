//! Sealing all secrets with another key.

use crate::vault::KeySource;
use crate::{Company, CompanyError};
use chat_service::{ReadTx, WriteTx};
use domain::Actor;

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRotation {
    /// How many secrets were sealed anew.
    pub secrets: usize,
    /// The id of the key they are sealed with now.
    pub key_id: String,
}

impl Company {
    /// Seals all secrets anew, in one transaction. With keys in a file that is with a new key, which stands there beside the
    /// old ones until all is stored; whenever this ends, what is stored can be opened. With keys that were handed over it is
    /// with the first of them.
    ///
    /// # Errors
    /// [`CompanyError::Key`] when a secret cannot be opened, or the file cannot be written: then all is as it was.
    pub async fn rotate_key(&self) -> Result<KeyRotation, CompanyError> {
        let connections = std::sync::Arc::clone(&self.connections);
        let change = self.change(Actor::Founder);
        self.to_its_end(async move {
            let _turn = connections.turn.lock().await;
            let read = |tx: &mut ReadTx<'_>| tx.connections().secrets();
            let secrets = connections.store.read(read).await?;
            let rotation = connections.vault.reseal(&secrets)?;
            let (sealed, key_id) = (rotation.sealed.clone(), rotation.key_id());
            let write = move |tx: &mut WriteTx<'_>| {
                tx.connections_mut().reseal(&sealed, &key_id, &change)?;
                Ok::<_, CompanyError>(())
            };
            connections.store.write(write).await?;
            connections.vault.finish(&rotation)?;
            Ok(KeyRotation { secrets: secrets.len(), key_id: rotation.key_id() })
        })
        .await
    }

    /// Where the keys of secrets are.
    pub fn key_source(&self) -> &KeySource {
        self.connections.vault.source()
    }
}
