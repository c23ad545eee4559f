//! Files that are not ours, or not yet.
#![allow(clippy::unwrap_used, reason = "a helper of tests may stop at the first surprise")]

use crate::company::Company;
use crate::opening::open;
use crate::sql;
use persistence::StoreError;

#[tokio::test]
async fn a_file_of_a_newer_program_is_refused_with_what_to_do_and_left_alone() {
    let company = Company::new();
    company.store.close().await;
    let path = company.path();
    sql::run(&path, "INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231000001')");
    let refused = open(&path).unwrap_err();
    assert!(matches!(&refused, StoreError::Newer { found, .. } if found == "99991231000001"));
    let text = refused.to_string();
    assert!(text.contains("newer version of this program") && text.contains("99991231000001"), "{text}");
    assert!(text.contains("use that version or restore a backup"), "{text}");
    sql::run(&path, "DELETE FROM __diesel_schema_migrations WHERE version = '99991231000001'");
    open(&path).unwrap();
}

#[test]
fn another_programs_database_is_refused_and_not_one_byte_of_it_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cookies.db");
    sql::run(&path, "CREATE TABLE cookies (name TEXT); INSERT INTO cookies VALUES ('a');");
    let before = std::fs::read(&path).unwrap();
    let refused = open(&path).unwrap_err();
    assert!(refused.to_string().contains("another program's database"), "{refused}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn an_empty_file_becomes_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daena.db");
    std::fs::write(&path, b"").unwrap();
    open(&path).unwrap().close().await;
    assert_eq!(sql::number(&path, "SELECT count(*) AS number FROM log_identity"), 1);
}
