//! The SQLite engine: its connection, its own text, and the shared queries compiled for it.

pub(crate) mod dialect;
#[path = "queries/every.rs"]
pub(crate) mod queries;
pub(crate) mod search;

pub(crate) use diesel::SqliteConnection as Conn;
type Backend = Sqlite;

use crate::types::{Key, KeyType};
use diesel::deserialize::{self, FromSql};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::Binary;
use diesel::sqlite::{Sqlite, SqliteValue};
use domain::EntityId;

impl<T: EntityId> ToSql<KeyType, Sqlite> for Key<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.bytes().to_vec());
        Ok(IsNull::No)
    }
}

impl<T: EntityId> FromSql<KeyType, Sqlite> for Key<T> {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        let bytes = <Vec<u8> as FromSql<Binary, Sqlite>>::from_sql(value)?;
        let bytes = <[u8; 16]>::try_from(bytes).map_err(|_| "an id is 16 bytes")?;
        Ok(Self(T::from_bytes(bytes)))
    }
}
