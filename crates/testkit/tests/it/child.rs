//! The child process, with a shell script in place of the program.

use std::sync::Arc;

use tempfile::TempDir;
use testkit::{Builder, Daena};

/// A start of `sh SCRIPT --database …`.
fn script(text: &str) -> Builder {
    let directory = Arc::new(TempDir::new().unwrap());
    let path = directory.path().join("script.sh");
    std::fs::write(&path, text).unwrap();
    Daena::builder("sh").command(path.to_str().unwrap()).in_directory(directory)
}

const SERVER: &str = "
echo starting >&2
trap 'echo stopping >&2; exit 0' TERM
echo \"$@\" > args
echo run >> \"$2\"
echo daena ready http://127.0.0.1:$(wc -l < \"$2\" | tr -d ' ')
while :; do sleep 0.01; done
";

#[tokio::test]
async fn a_server_is_terminated_and_restarted_on_its_database() {
    let mut daena = script(SERVER).no_seed().env("DAENA_LOG_FORMAT", "json").start().await;
    assert_eq!(daena.base(), "http://127.0.0.1:1");
    let args = std::fs::read_to_string(daena.directory().join("args")).unwrap();
    assert_eq!(args.trim(), format!("--database {} --no-seed", daena.database().display()));
    assert!(daena.terminate().await.success());
    assert!(daena.log().ends_with("stopping\n"));
    daena.restart().await;
    assert_eq!(daena.base(), "http://127.0.0.1:2");
    daena.restart().await;
    assert_eq!(daena.base(), "http://127.0.0.1:3");
    daena.kill().await;
    daena.kill().await;
    let again = daena.to_builder().start().await;
    assert_eq!(again.base(), "http://127.0.0.1:4");
}

#[tokio::test]
#[should_panic(expected = "the disk is on fire")]
async fn a_start_that_fails_shows_the_log() {
    script("echo the disk is on fire >&2; exit 3").start().await;
}

#[tokio::test]
async fn a_run_to_the_end_returns_status_and_output() {
    let (status, stdout, stderr) = script("echo out; echo err >&2; exit 2").run_to_exit().await;
    assert_eq!((status.code(), &*stdout, &*stderr), (Some(2), "out\n", "err\n"));
}
