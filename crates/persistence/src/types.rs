//! Ids as columns. One wrapper serves every id; each engine says how 16 bytes are kept.

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::SqlType;
use domain::EntityId;

/// The column type of an id: BLOB on SQLite, uuid on PostgreSQL.
#[derive(Debug, Clone, Copy, Default, SqlType, diesel::query_builder::QueryId)]
#[diesel(sqlite_type(name = "Binary"))]
#[cfg_attr(feature = "postgres", diesel(postgres_type(oid = 2950, array_oid = 2951)))]
pub struct KeyType;

/// An id in a query or a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = KeyType)]
pub(crate) struct Key<T: EntityId>(pub(crate) T);
