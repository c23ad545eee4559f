//! Connections, their secrets, and what was said of their tools.

use super::Change;
use crate::rows::{ConnectionRow, SecretRow, ToolMarkRow, word};
use crate::sqlite::queries::connections as queries;
use crate::{ReadTx, StoreError, WriteTx};
use domain::{
    Connection, ConnectionDeleted, ConnectionId, Event, Grantee, SealedSecret, SecretField, SecretsResealed,
    ToolMark,
};

/// Connections, for reading.
#[derive(Debug)]
pub struct Connections<'t, 'c>(&'t mut ReadTx<'c>);

/// Connections, for changing.
#[derive(Debug)]
pub struct ConnectionsMut<'t, 'c>(&'t mut WriteTx<'c>);

impl<'c> ReadTx<'c> {
    /// Connections.
    pub fn connections(&mut self) -> Connections<'_, 'c> {
        Connections(self)
    }
}

impl<'c> WriteTx<'c> {
    /// Connections, for changing.
    pub fn connections_mut(&mut self) -> ConnectionsMut<'_, 'c> {
        ConnectionsMut(self)
    }
}

fn field(text: &str) -> Result<SecretField, StoreError> {
    word("field of a connection", text)
}

impl Connections<'_, '_> {
    /// The connection.
    pub fn get(&mut self, id: ConnectionId) -> Result<Option<Connection>, StoreError> {
        let Some(row) = queries::get(self.0.conn, id)? else { return Ok(None) };
        let fields = queries::fields_of(self.0.conn, id)?;
        let fields = fields.iter().map(|text| field(text)).collect::<Result<Vec<_>, _>>()?;
        row.with(&fields).map(Some)
    }

    /// All of them, oldest first; they are few.
    pub fn all(&mut self) -> Result<Vec<Connection>, StoreError> {
        let fields = queries::fields(self.0.conn)?;
        let of = |row: ConnectionRow| {
            let own = fields.iter().filter(|(owner, _)| *owner == row.id);
            let own = own.map(|(_, text)| field(text)).collect::<Result<Vec<_>, _>>()?;
            row.with(&own)
        };
        queries::all(self.0.conn)?.into_iter().map(of).collect()
    }

    /// The secrets of a connection, sealed.
    pub fn secrets_of(&mut self, id: ConnectionId) -> Result<Vec<SealedSecret>, StoreError> {
        queries::secrets_of(self.0.conn, id)?.into_iter().map(TryInto::try_into).collect()
    }

    /// All secrets, sealed.
    pub fn secrets(&mut self) -> Result<Vec<SealedSecret>, StoreError> {
        queries::secrets(self.0.conn)?.into_iter().map(TryInto::try_into).collect()
    }

    /// How many secrets are sealed with each key, by its id.
    pub fn sealed_by_key(&mut self) -> Result<Vec<(String, i64)>, StoreError> {
        Ok(queries::count_sealed(self.0.conn)?)
    }

    /// What the Founder said of tools, of all connections.
    pub fn marks(&mut self) -> Result<Vec<ToolMark>, StoreError> {
        queries::marks(self.0.conn)?.into_iter().map(TryInto::try_into).collect()
    }

    /// What the Founder said of a tool.
    pub fn mark(&mut self, id: ConnectionId, tool: &str) -> Result<Option<ToolMark>, StoreError> {
        queries::mark(self.0.conn, id, tool)?.map(TryInto::try_into).transpose()
    }

    /// Of how many tools of a connection the Founder said something.
    pub fn count_marks(&mut self, id: ConnectionId) -> Result<i64, StoreError> {
        Ok(queries::count_marks(self.0.conn, id)?)
    }
}

impl ConnectionsMut<'_, '_> {
    /// Stores a new connection with its secrets.
    pub fn create(
        &mut self,
        connection: &Connection,
        secrets: &[SealedSecret],
        change: &Change,
    ) -> Result<(), StoreError> {
        queries::insert(self.0.conn(), &connection.try_into()?)?;
        self.put_secrets(secrets)?;
        self.0.record(change.draft(Event::ConnectionCreated(connection.clone().into()), None));
        Ok(())
    }

    /// Stores a changed connection, and secrets that are new; those that it no longer names are removed. Gives whether
    /// there is one.
    pub fn update(
        &mut self,
        connection: &Connection,
        secrets: &[SealedSecret],
        change: &Change,
    ) -> Result<bool, StoreError> {
        let found = queries::update(self.0.conn(), &connection.try_into()?)?;
        if found {
            let kept: Vec<String> = connection.transport.secrets().iter().map(ToString::to_string).collect();
            queries::keep_secrets(self.0.conn(), connection.id, &kept)?;
            self.put_secrets(secrets)?;
            self.0.record(change.draft(Event::ConnectionUpdated(connection.clone().into()), None));
        }
        Ok(found)
    }

    /// Removes a connection, its secrets and what was said of its tools; gives whether there was one.
    pub fn delete(&mut self, id: ConnectionId, change: &Change) -> Result<bool, StoreError> {
        let found = queries::delete(self.0.conn(), id)?;
        if found {
            let deleted = ConnectionDeleted { connection_id: id };
            self.0.record(change.draft(Event::ConnectionDeleted(deleted), None));
        }
        Ok(found)
    }

    /// Stores how a connection stands; gives whether there is one.
    pub fn tell_status(&mut self, connection: &Connection, change: &Change) -> Result<bool, StoreError> {
        let found = queries::update(self.0.conn(), &connection.try_into()?)?;
        if found {
            self.0.record(change.draft(Event::ConnectionStatus(connection.clone().into()), None));
        }
        Ok(found)
    }

    /// Stores what the Founder says of a tool of a connection.
    pub fn mark(
        &mut self,
        connection: &Connection,
        mark: &ToolMark,
        change: &Change,
    ) -> Result<(), StoreError> {
        queries::put_mark(self.0.conn(), &ToolMarkRow::of(mark, change.at))?;
        self.update(connection, &[], change).map(drop)
    }

    /// Takes everything away that is granted to somebody who goes.
    pub fn revoke(&mut self, grantee: &Grantee, change: &Change) -> Result<(), StoreError> {
        for mut connection in self.0.connections().all()? {
            let before = connection.grants.len();
            connection.grants.retain(|granted| granted != grantee);
            if connection.grants.len() != before {
                connection.updated_at = change.at;
                self.update(&connection, &[], change)?;
            }
        }
        Ok(())
    }

    /// Stores all secrets as they are sealed anew with another key.
    pub fn reseal(
        &mut self,
        secrets: &[SealedSecret],
        key_id: &str,
        change: &Change,
    ) -> Result<(), StoreError> {
        self.put_secrets(secrets)?;
        let count = i64::try_from(secrets.len()).unwrap_or(i64::MAX);
        let resealed = SecretsResealed { key_id: key_id.to_owned(), count };
        self.0.record(change.draft(Event::SystemSecrets(resealed), None));
        Ok(())
    }

    fn put_secrets(&mut self, secrets: &[SealedSecret]) -> Result<(), StoreError> {
        for secret in secrets {
            queries::put_secret(self.0.conn(), &SecretRow::from(secret))?;
        }
        Ok(())
    }
}
