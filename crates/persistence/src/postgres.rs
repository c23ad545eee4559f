//! The PostgreSQL engine as far as it goes today: the shared queries are type-checked against it (`cargo check --features
//! postgres` needs no libpq). Running on it joins with the scale-out work.

#[expect(clippy::duplicate_mod, reason = "one source, compiled once per engine")]
#[path = "queries/every.rs"]
pub(crate) mod queries;

pub(crate) use diesel::PgConnection as Conn;

use crate::types::{Key, KeyType};
use diesel::deserialize::{self, FromSql};
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use domain::EntityId;
use std::io::Write as _;

impl<T: EntityId> ToSql<KeyType, Pg> for Key<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&self.0.bytes())?;
        Ok(IsNull::No)
    }
}

impl<T: EntityId> FromSql<KeyType, Pg> for Key<T> {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let bytes = <[u8; 16]>::try_from(value.as_bytes()).map_err(|_| "an id is 16 bytes")?;
        Ok(Self(T::from_bytes(bytes)))
    }
}
