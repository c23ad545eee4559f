//! An OpenAPI-driven fuzzer (schemathesis) against the real binary.

use std::time::{Duration, Instant};

use testkit::Script;
use tokio::process::Command;
use tokio::time::timeout;

use crate::company::Company;

/// Streams do not end, and sockets are no HTTP.
const ENDLESS: &str = "/stream$|/ws(/|$)";
const DEADLINE: Duration = Duration::from_secs(110);

/// A variable of the surrounding shell.
#[expect(clippy::disallowed_methods, reason = "says where the fuzzer is; no setting of the program")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The fuzzer, if it is there and runs.
async fn schemathesis() -> Option<String> {
    let binary = variable("SCHEMATHESIS").unwrap_or_else(|| "schemathesis".to_owned());
    let asked = Command::new(&binary).arg("--version").output().await;
    asked.is_ok_and(|output| output.status.success()).then_some(binary)
}

#[tokio::test]
async fn a_fuzzer_finds_no_server_error() {
    let Some(schemathesis) = schemathesis().await else {
        assert!(variable("CI").is_none(), "in CI schemathesis must be there: .ci/run installs it");
        println!("skipped: no schemathesis (name it in SCHEMATHESIS, or put it on the PATH)");
        return;
    };
    let company = Company::open(Script::echo()).await;
    let directory = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    let run = Command::new(schemathesis)
        .args(["run", &format!("{}/api/openapi.json", company.daena.base())])
        .args(["--url", company.daena.base()])
        .args([
            "--checks",
            "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
        ])
        .args(["--phases", "examples,coverage,fuzzing", "--max-examples", "20", "--workers", "2"])
        .args(["--exclude-path-regex", ENDLESS, "--request-timeout", "10", "--seed", "1"])
        .args(["--generation-database", "none", "--no-shrink", "--no-color", "--continue-on-failure"])
        .current_dir(directory.path())
        .kill_on_drop(true)
        .output();
    let output = timeout(DEADLINE, run).await.expect("the fuzzer ends in time").unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let summary: Vec<&str> = said.lines().rev().take(12).collect();
    println!(
        "fuzzed in {:?}:\n{}",
        begun.elapsed(),
        summary.into_iter().rev().collect::<Vec<_>>().join("\n")
    );
    company.http().get("/readyz").await.with_status(200);
    assert!(!company.daena.log().contains("panicked"), "{}", company.daena.log());
}
