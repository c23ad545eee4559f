//! Bringing a file to this program's schema.

use crate::StoreError;
use crate::lock::beside;
use crate::sqlite::{Conn, dialect};
use diesel::migration::{Migration, MigrationSource};
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::path::Path;

pub(crate) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");

/// Refuses a database that another program made, before anything in it changes.
pub(crate) fn refuse_foreign(conn: &mut Conn, path: &Path) -> Result<(), StoreError> {
    let unreadable = |reason: String| StoreError::Unreadable { path: path.to_owned(), reason };
    match dialect::is_foreign(conn) {
        Ok(false) => Ok(()),
        Ok(true) => Err(unreadable("it is another program's database; name another file".to_owned())),
        Err(error) => Err(unreadable(error.to_string())),
    }
}

/// Runs what is pending. A file with data is copied beside itself before anything in it changes; a file that a newer
/// program wrote is refused.
pub(crate) fn migrate(conn: &mut Conn, path: &Path) -> Result<usize, StoreError> {
    let unreadable = |error: &dyn std::fmt::Display| StoreError::Unreadable {
        path: path.to_owned(),
        reason: format!("its schema cannot be read or changed: {error}"),
    };
    let ours: Vec<Box<dyn Migration<Sqlite>>> = MIGRATIONS.migrations().map_err(|e| unreadable(&e))?;
    let known: Vec<String> = ours.iter().map(|migration| migration.name().version().to_string()).collect();
    let applied = conn.applied_migrations().map_err(|e| unreadable(&e))?;
    let newest = applied.iter().map(ToString::to_string).max();
    if let Some(found) = applied.iter().map(ToString::to_string).find(|version| !known.contains(version)) {
        let known = known.last().cloned().unwrap_or_default();
        return Err(StoreError::Newer { path: path.to_owned(), found, known });
    }
    let pending = known.len() - applied.len();
    if pending == 0 {
        return Ok(0);
    }
    if let Some(newest) = newest {
        let known = known.last().map_or("", String::as_str);
        let target = beside(path, &format!(".before-{known}-from-{newest}.bak"));
        take_snapshot(conn, path, &target)?;
        tracing::info!(from = newest, snapshot = %target.display(), "migrating the database");
    }
    let ran = conn.run_pending_migrations(MIGRATIONS).map_err(|e| unreadable(&e))?.len();
    Ok(ran)
}

/// Copies the database beside itself. A copy cut short never stands under the final name, and one of an earlier try from
/// the same schema is replaced.
fn take_snapshot(conn: &mut Conn, path: &Path, target: &Path) -> Result<(), StoreError> {
    let unwritable = |error: std::io::Error| StoreError::NotWritable {
        reason: format!("the copy before migrating: {error}"),
    };
    let part = beside(path, ".bak-part");
    match std::fs::remove_file(&part) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(unwritable(error)),
        _ => {}
    }
    dialect::snapshot(conn, &part)?;
    std::fs::rename(&part, target).map_err(unwritable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use diesel::connection::SimpleConnection;
    use diesel::sql_types::Text;
    use diesel::{QueryableByName, RunQueryDsl};

    /// Rows in every table, written as SQL: the tables as they are at the newest version.
    const FILL: &str = include_str!("../tests/filled.sql");
    const MIGRATED: usize = 19;

    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Text)]
        text: String,
    }

    fn found(conn: &mut Conn, query: &str) -> Vec<String> {
        let found: Vec<Found> = diesel::sql_query(query).load(conn).unwrap();
        found.into_iter().map(|row| row.text).collect()
    }

    fn tables(conn: &mut Conn) -> Vec<String> {
        let query = "SELECT name AS text FROM sqlite_schema WHERE type = 'table' \
            AND name NOT LIKE 'sqlite%' AND name <> '__diesel_schema_migrations' ORDER BY name";
        found(conn, query)
    }

    /// Everything that stands in these tables, by table and column.
    fn contents(conn: &mut Conn, tables: &[String]) -> Vec<(String, Vec<String>)> {
        let mut contents = Vec::new();
        for table in tables {
            for column in found(conn, &format!("SELECT name AS text FROM pragma_table_info('{table}')")) {
                let values = found(conn, &format!("SELECT quote({column}) AS text FROM {table}"));
                contents.push((format!("{table}.{column}"), values));
            }
        }
        contents
    }

    /// The part of some contents that is about columns of others.
    fn of_columns(
        contents: &[(String, Vec<String>)],
        others: &[(String, Vec<String>)],
    ) -> Vec<(String, Vec<String>)> {
        let is_there = |name: &String| others.iter().any(|(other, _)| other == name);
        contents.iter().filter(|(name, _)| is_there(name)).cloned().collect()
    }

    fn filled(path: &Path) -> Conn {
        let mut conn = dialect::connect(path).unwrap();
        dialect::prepare_writer(&mut conn, path).unwrap();
        assert_eq!(migrate(&mut conn, path).unwrap(), MIGRATED);
        conn.batch_execute(FILL).unwrap();
        conn
    }

    #[test]
    fn the_filling_leaves_no_table_empty() {
        let folder = tempfile::tempdir().unwrap();
        let mut conn = filled(&folder.path().join("a.db"));
        let tables = tables(&mut conn);
        for (table, rows) in contents(&mut conn, &tables) {
            assert!(!rows.is_empty(), "{table}");
        }
    }

    #[test]
    fn what_replies_used_up_before_it_was_summed_is_taken_from_their_rows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let mut conn = filled(&path);
        while dialect::has_table(&mut conn, "usage_daily").unwrap() {
            conn.revert_last_migration(MIGRATIONS).unwrap();
        }
        let reply = |n: i64, agent: &str, counters: &str, day: i64| {
            let at = day * 86_400_000_000 + n;
            format!(
                "INSERT INTO messages VALUES ({n}, randomblob(16), x'00112233445566778899aabbccddeeff', {n}, 'assistant', \
                 '{}', '{agent}', 'A', 'A', 'hi', 'complete', 'm', NULL, {counters}, NULL, NULL, NULL, NULL, NULL, {at}, {at}, TRUE);",
                if agent == "daena" { "daena" } else { "agent" },
            )
        };
        for row in [
            reply(2, "daena", "10, 5, 100", 20_000),
            reply(3, "daena", "1, 2, NULL", 20_000),
            reply(4, "daena", "NULL, NULL, 50", 20_000),
            reply(5, "hr-harmony", "7, 8, 30", 20_001),
        ] {
            conn.batch_execute(&row).unwrap();
        }
        migrate(&mut conn, &path).unwrap();
        let sums = "SELECT concat_ws(' ', day, model, agent, calls, uncounted, prompt_tokens, completion_tokens, took_ms) \
            AS text FROM usage_daily ORDER BY day";
        assert_eq!(found(&mut conn, sums), ["20000 m  2 0 11 7 100", "20001 m hr-harmony 1 0 7 8 30"]);
    }

    #[test]
    fn every_migration_goes_down_and_up_on_filled_data_and_the_tables_before_it_keep_theirs() {
        for down in 1..=MIGRATED {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.db");
            let mut conn = filled(&path);
            let (all, newest) = (tables(&mut conn), contents(&mut conn, &["log_identity".to_owned()]));
            let before = contents(&mut conn, &all);
            for _ in 0..down {
                conn.revert_last_migration(MIGRATIONS).unwrap();
            }
            let kept = tables(&mut conn);
            assert!(kept.len() <= all.len(), "a migration that was reverted took its tables with it");
            assert_eq!(kept.is_empty(), down == MIGRATED);
            let left = contents(&mut conn, &kept);
            assert_eq!(left, of_columns(&before, &left), "{down} down");

            assert_eq!(migrate(&mut conn, &path).unwrap(), down);
            assert_eq!(tables(&mut conn), all);
            assert_eq!(of_columns(&contents(&mut conn, &kept), &left), left, "{down} down and up");
            assert_eq!(dialect::quick_check(&mut conn).unwrap(), None);
            if down == MIGRATED {
                assert_ne!(
                    contents(&mut conn, &["log_identity".to_owned()]),
                    newest,
                    "a new log, a new epoch"
                );
            }
        }
    }

    #[test]
    fn stored_messages_become_one_branch_each_behind_the_one_before() {
        const TALKS: &str = "
            INSERT INTO sessions SELECT x'01', title, title_by_hand, category, scope_type, scope_id, department_id,
                pinned, archived, 3, last_role, last_speaker, last_preview, last_at, 1, 1, NULL FROM sessions;
            INSERT INTO sessions SELECT x'02', title, title_by_hand, category, 'council', 'tech', department_id,
                pinned, archived, 2, last_role, last_speaker, last_preview, last_at, 1, 1, NULL FROM sessions
                WHERE id = x'01';
            INSERT INTO messages (id, session_id, ordinal, role, speaker_kind, speaker_id, speaker_name, speaker_role,
                content, status, parent_id, created_at, updated_at)
            SELECT id, session, ordinal, 'user', 'founder', 'f', 'F', 'F', 't', 'complete', parent, 1, 1 FROM (
                SELECT x'a1' AS id, x'01' AS session, 1 AS ordinal, NULL AS parent
                UNION ALL SELECT x'a2', x'01', 2, x'a1' UNION ALL SELECT x'a3', x'01', 3, NULL
                UNION ALL SELECT x'b1', x'02', 1, NULL UNION ALL SELECT x'b2', x'02', 2, NULL);";
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let mut conn = filled(&path);
        while conn.applied_migrations().unwrap().iter().any(|done| done.to_string().contains("000010")) {
            conn.revert_last_migration(MIGRATIONS).unwrap();
        }
        conn.batch_execute(TALKS).unwrap();
        migrate(&mut conn, &path).unwrap();
        let parents = "SELECT hex(id) || COALESCE(hex(parent_id), '') || active AS text FROM messages \
            WHERE session_id IN (x'01', x'02') ORDER BY id";
        assert_eq!(found(&mut conn, parents), ["A11", "A2A11", "A3A21", "B11", "B21"]);
        let tips =
            "SELECT hex(tip) || set_aside AS text FROM sessions WHERE id IN (x'01', x'02') ORDER BY id";
        assert_eq!(found(&mut conn, tips), ["A30", "B20"]);
    }
}
