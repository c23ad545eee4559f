//! The admin commands: what they refuse, what they print, and to whom nobody listens; and what a configuration may say.

use tempfile::TempDir;
use testkit::Builder;
use tokio::process::Command;

use crate::api::list;
use crate::company::program;

/// Runs it to its end; gives its status and all it said.
async fn run(start: Builder) -> (Option<i32>, String) {
    let (ended, stdout, stderr) = start.run_to_exit().await;
    (ended.code(), stdout + &stderr)
}

#[tokio::test]
async fn what_serving_refuses_of_a_configuration_checking_it_refuses_too_and_no_password_is_repeated() {
    const PASSWORD: &str = "secretpw";
    let with_password = format!("http://user:{PASSWORD}@127.0.0.1:1");
    for (config, words) in [
        (format!("[voice]\nurl = \"{with_password}\"\n"), ["--voice-url", "credentials"]),
        ("[voice]\nurl = \"ftp://here\"\n".to_owned(), ["--voice-url", "http"]),
        ("[voice]\nurl = \"http://here\"\nkey_env = \"NOPE\"\n".to_owned(), ["key_env", "NOPE"]),
        ("[voice]\nurl = \"http://here\"\nkey_file = \"none\"\n".to_owned(), ["key_file", "none"]),
        (format!("[server]\nallowed_origins = [\"{with_password}\"]\n"), ["allowed_origins", "credentials"]),
        (
            "[server]\nallowed_origins = [\"https://a.b\", \"nonsense\"]\n".to_owned(),
            ["allowed_origins", "nonsense"],
        ),
        ("[server]\nallowed_origins = [\"https://a.b/path\"]\n".to_owned(), ["allowed_origins", "a.b/path"]),
        ("[log]\nfilter = \"=[=\"\n".to_owned(), ["filter", "=[="]),
    ] {
        let directory = TempDir::new().unwrap();
        let database = directory.path().join("daena.db");
        for start in [program(), program().command("check-config"), program().command("doctor")] {
            let (code, said) = run(start.config(&config).database(&database)).await;
            assert_eq!(code, Some(2), "{config}: {said}");
            assert!(words.iter().all(|word| said.contains(word)), "{config}: {said}");
            assert!(!said.contains(PASSWORD), "{said}");
            assert!(!database.exists(), "{config}");
        }
    }
    // An address that is not used is not shown with its password either.
    let unused =
        program().command("check-config").ollama_url(&with_password).openai_url("http://127.0.0.1:2/v1");
    let (code, said) = run(unused).await;
    assert!(code == Some(0) && said.contains("http://127.0.0.1:1") && !said.contains(PASSWORD), "{said}");
    let (code, said) = run(program().command("mcp").arg("--url").arg(&with_password)).await;
    assert!(code == Some(2) && !said.contains(PASSWORD), "{said}");
    let slash = "[server]\nallowed_origins = [\"https://a.b/\"]\n";
    assert_eq!(run(program().command("check-config").config(slash)).await.0, Some(0));
}

#[tokio::test]
async fn a_number_beyond_all_sense_is_refused_by_its_field_before_anything_is_founded() {
    for (section, field) in [
        ("server", "heartbeat_s"),
        ("server", "stall_s"),
        ("brain", "connect_timeout_ms"),
        ("brain", "first_token_timeout_ms"),
        ("brain", "silence_timeout_ms"),
        ("brain", "note_deadline_ms"),
        ("brain", "probe_interval_ms"),
        ("brain", "concurrency"),
        ("chat", "max_open_replies"),
        ("chat", "checkpoint_interval_ms"),
        ("chat", "approval_expires_s"),
        ("chat", "tool_time_s"),
        ("connections", "connect_timeout_ms"),
        ("connections", "call_timeout_ms"),
        ("connections", "probe_interval_ms"),
        ("voice", "connect_timeout_ms"),
        ("voice", "transcribe_timeout_ms"),
        ("voice", "speech_timeout_ms"),
        ("voice", "max_audio_s"),
    ] {
        let config = format!("[{section}]\n{field} = 9223372036854775807\n");
        let (code, said) = run(program().command("check-config").config(&config)).await;
        assert!(code == Some(2) && said.contains(&format!("[{section}] {field} must be at most")), "{said}");
    }
    let days = "[retention.days]\n\"chat.message\" = 4294967295\n";
    let (code, said) = run(program().command("check-config").config(days)).await;
    assert!(code == Some(2) && said.contains("[retention] days must be at most"), "{said}");

    let directory = TempDir::new().unwrap();
    let database = directory.path().join("daena.db");
    let stall = "[server]\nstall_s = 9223372036854775807\n";
    let (code, said) = run(program().config(stall).database(&database)).await;
    assert!(code == Some(2) && said.contains("stall_s") && !said.contains("panicked"), "{said}");
    assert!(!database.exists());
    // The largest that are taken are served with.
    let largest = "[server]\nheartbeat_s = 86400\nstall_s = 86400\n[brain]\nconcurrency = 1048576\n\
        probe_interval_ms = 31622400000\nfirst_token_timeout_ms = 31622400000\n\
        [chat]\napproval_expires_s = 31622400\ncheckpoint_interval_ms = 31622400000\n";
    let mut daena = program().config(largest).start().await;
    daena.http().get("/readyz").await.with_status(200);
    assert_eq!(daena.terminate().await.code(), Some(0), "{}", daena.log());
}

#[tokio::test]
async fn the_switch_for_an_empty_company_takes_what_people_write() {
    for (word, departments) in [("1", 0), ("YES", 0), ("0", 8), ("no", 8), ("", 8)] {
        let daena = program().env("DAENA_NO_SEED", word).start().await;
        let found = daena.http().get("/api/v1/departments").await.ok();
        assert_eq!(list(&found["departments"]).len(), departments, "{word:?}");
    }
    let (code, said) = run(program().env("DAENA_NO_SEED", "perhaps")).await;
    assert!(code == Some(2) && said.contains("1, true, yes or on"), "{said}");
}

#[tokio::test]
async fn a_command_for_a_company_that_is_there_founds_none() {
    let directory = TempDir::new().unwrap();
    let (missing, empty) = (directory.path().join("missing.db"), directory.path().join("empty.db"));
    std::fs::write(&empty, "").unwrap();
    let copy = directory.path().join("copy.db");
    for (database, why) in [(&missing, "is not there"), (&empty, "is empty")] {
        for words in [&["rotate-key"][..], &["audit", "verify"], &["backup", copy.to_str().unwrap()]] {
            let command = words.iter().skip(1).fold(program().command(words[0]), |it, word| it.arg(*word));
            let (code, said) = run(command.database(database)).await;
            assert!(code == Some(1) && said.contains(why), "{words:?}: {said}");
        }
    }
    let left: Vec<_> = std::fs::read_dir(directory.path()).unwrap().map(|it| it.unwrap().path()).collect();
    assert_eq!(left, std::slice::from_ref(&empty));
    assert_eq!(std::fs::read(&empty).unwrap(), b"");
}

/// Runs a line of the shell in which `$daena` is the program, with a database of its own; gives its status and standard error.
async fn shell(line: &str) -> (Option<i32>, String) {
    let directory = TempDir::new().unwrap();
    let mut command = Command::new("bash");
    command.args(["-c", line]).current_dir(directory.path()).env("daena", env!("CARGO_BIN_EXE_daena"));
    command
        .env("DAENA_DATABASE", directory.path().join("daena.db"))
        .env("DAENA_OLLAMA_URL", "http://127.0.0.1:1");
    let output = command.kill_on_drop(true).output().await.unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[tokio::test]
async fn a_command_whose_reader_went_away_ends_as_it_would_have_and_one_on_a_full_disk_with_1() {
    for command in ["doctor", "check-config", "version", "migrate", "print-openapi", "print-example-config"] {
        let (code, said) = shell(&format!("$daena {command} > /dev/full")).await;
        assert!(code == Some(1) && said.contains("standard output cannot be written"), "{command}: {said}");
        assert!(!said.contains("panicked"), "{command}: {said}");
        // The reader is gone before the first word.
        let (code, said) =
            shell(&format!("(sleep 0.3; exec $daena {command}) | true; exit ${{PIPESTATUS[0]}}")).await;
        assert_eq!((code, said.as_str()), (Some(0), ""), "{command}");
    }
    let verify = "$daena migrate >&2 && (sleep 0.3; exec $daena audit verify) | true; exit ${PIPESTATUS[0]}";
    let (code, said) = shell(verify).await;
    assert!(code == Some(0) && !said.contains("panicked"), "{said}");
    let (code, said) = shell("$daena backup none.db 2> /dev/full").await;
    assert_eq!((code, said.as_str()), (Some(1), ""), "a failure keeps its status where it cannot be told");
}
