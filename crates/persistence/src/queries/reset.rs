//! Emptying tables.

use super::Conn;
use crate::schema::{
    agents, categories, connection_secrets, connection_tools, connections, council_members, councils,
    debates, departments, idempotency_keys, imports, messages, overrides, pulls, session_tallies, sessions,
    settings, tasks, tool_calls, voice_samples, voice_states,
};
use diesel::prelude::*;

/// Empties the tables of what a company has become, each before those it refers to; gives how many rows each had. The log
/// and what belongs to it stay, and so do the keys of requests and the pulls that are under way.
pub(crate) fn empty(conn: &mut Conn) -> QueryResult<Vec<(&'static str, usize)>> {
    let keys = idempotency_keys::table.filter(idempotency_keys::status.is_not_null());
    let emptied = vec![
        ("tasks", diesel::delete(tasks::table).execute(conn)?),
        ("debates", diesel::delete(debates::table).execute(conn)?),
        ("tool_calls", diesel::delete(tool_calls::table).execute(conn)?),
        ("messages", diesel::delete(messages::table).execute(conn)?),
        ("sessions", diesel::delete(sessions::table).execute(conn)?),
        ("agents", diesel::delete(agents::table).execute(conn)?),
        ("departments", diesel::delete(departments::table).execute(conn)?),
        ("council_members", diesel::delete(council_members::table).execute(conn)?),
        ("councils", diesel::delete(councils::table).execute(conn)?),
        ("connection_tools", diesel::delete(connection_tools::table).execute(conn)?),
        ("connection_secrets", diesel::delete(connection_secrets::table).execute(conn)?),
        ("connections", diesel::delete(connections::table).execute(conn)?),
        ("categories", diesel::delete(categories::table).execute(conn)?),
        ("overrides", diesel::delete(overrides::table).execute(conn)?),
        ("settings", diesel::delete(settings::table).execute(conn)?),
        ("pulls", diesel::delete(pulls::table.filter(pulls::finished_at.is_not_null())).execute(conn)?),
        ("imports", diesel::delete(imports::table).execute(conn)?),
        ("voice_states", diesel::delete(voice_states::table).execute(conn)?),
        ("voice_samples", diesel::delete(voice_samples::table).execute(conn)?),
        ("idempotency_keys", diesel::delete(keys).execute(conn)?),
    ];
    // Counts of what is gone: no rows of their own.
    diesel::delete(session_tallies::table).execute(conn)?;
    Ok(emptied)
}
