//! Starting, refusing to start, the admin commands, and what the log never says.

use std::net::TcpListener;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use testkit::{Builder, Fault, ModelServer, Script, Socket};

use crate::api::{DAENA, HISTORY, list, new_session, say, turn, until_connected};
use crate::company::program;

/// A start, or a command, that must end with this status; gives what it said on standard error.
async fn ends(start: Builder, status: i32) -> String {
    let (ended, stdout, stderr) = start.run_to_exit().await;
    assert_eq!(ended.code(), Some(status), "{stdout}\n{stderr}");
    assert!(!stdout.contains("daena ready"), "{stdout}");
    stderr
}

/// A command that must succeed; gives what it printed.
async fn prints(command: Builder) -> String {
    let (ended, stdout, stderr) = command.run_to_exit().await;
    assert_eq!(ended.code(), Some(0), "{stdout}\n{stderr}");
    stdout
}

#[tokio::test]
async fn the_ready_line_is_all_that_standard_output_says_whatever_the_log_format() {
    for format in ["pretty", "json"] {
        let mut daena = program().arg("--log-format").arg(format).start().await;
        assert!(daena.base().starts_with("http://127.0.0.1:"));
        let http = daena.http();
        assert_eq!(http.get("/healthz").await.with_status(200)["status"], "ok");
        assert_eq!(http.get("/readyz").await.with_status(200)["status"], "ok");
        http.get("/metrics").await.with_status(200);
        assert!(http.get("/api/openapi.json").await.ok()["paths"]["/api/v1/daena/chat"].is_object());
        let docs = http.get("/api/docs").await;
        assert!(
            docs.status == 200 && docs.header("content-type").unwrap().starts_with("text/html"),
            "{docs}"
        );
        let id = http.request("GET", "/healthz").header("x-request-id", "mine-1").send().await;
        assert_eq!(id.header("x-request-id"), Some("mine-1"));
        assert!(http.get("/healthz").await.header("x-request-id").unwrap().len() > 8);
        assert_eq!(daena.terminate().await.code(), Some(0));
        assert_eq!(daena.stdout(), "");
        let log = daena.log();
        assert!(!log.is_empty());
        if format == "json" {
            assert!(log.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{log}");
        }
    }
}

#[tokio::test]
async fn a_busy_port_is_refused_by_name_and_nothing_is_founded() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let directory = TempDir::new().unwrap();
    let database = directory.path().join("new").join("daena.db");
    let said = ends(program().arg("--port").arg(&port).database(&database), 1).await;
    assert!(said.contains("--port") && said.contains(&port), "{said}");
    let left: Vec<_> = std::fs::read_dir(directory.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn an_address_that_others_can_reach_needs_a_token() {
    for host in ["0.0.0.0", "::"] {
        let said = ends(program().arg("--host").arg(host), 2).await;
        assert!(said.contains("--token-file"), "{said}");
    }
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("token");
    std::fs::write(&file, "open-sesame").unwrap();
    let daena = program().arg("--host").arg("0.0.0.0").token_file(&file).start().await;
    let base = daena.base().replace("0.0.0.0", "127.0.0.1");
    let http = testkit::Http::new(base);
    http.get("/readyz").await.with_status(200);
    http.get(HISTORY).await.problem(401, "unauthorized");
    http.with_token("open-sesame").with_header("host", "daena.example").get(HISTORY).await.with_status(200);

    for (content, word) in [("", "token"), (" \n", "token"), ("with space", "token")] {
        std::fs::write(&file, content).unwrap();
        assert!(ends(program().token_file(&file), 2).await.contains(word));
    }
    let said = ends(program().token_file(directory.path().join("none")), 2).await;
    assert!(said.contains("none"), "{said}");
}

#[tokio::test]
async fn a_configuration_that_cannot_be_is_refused_by_key() {
    for (config, word) in [
        ("[server]\nprot = 1\n", "prot"),
        ("[servr]\nport = 1\n", "servr"),
        ("[server]\nport = \"many\"\n", "port"),
        ("[server]\nport = 70000\n", "port"),
        ("[server]\nhost = \"not a host\"\n", "not a host"),
        ("[brain]\nprobe_interval_ms = 0\n", "probe_interval_ms"),
        ("[brain]\nollama_url = \"ftp://here\"\n", "--ollama-url"),
        ("[brain]\nollama_url = \"here\"\n", "--ollama-url"),
        ("[brain]\nopenai_key_file = \"key\"\n", "--openai-url"),
        ("[log]\nfilter = \"=[=\"\n", "filter"),
        ("not toml", "daena.toml"),
    ] {
        let said = ends(program().config(config).arg("--port").arg("0"), 2).await;
        assert!(said.contains(word), "{config:?}: {said}");
        if !config.contains("port") {
            let said = ends(program().command("check-config").config(config), 2).await;
            assert!(said.contains(word), "{config:?}: {said}");
        }
    }
    let said = ends(program().arg("--config").arg("none.toml"), 2).await;
    assert!(said.contains("none.toml"), "{said}");
    let said = ends(program().arg("--prot").arg("1"), 2).await;
    assert!(said.contains("--prot"), "{said}");
    let said = ends(program().command("dance"), 2).await;
    assert!(said.contains("dance"), "{said}");
    let said = ends(program().env("DAENA_PORT", "many"), 2).await;
    assert!(said.contains("many"), "{said}");
}

#[tokio::test]
async fn a_file_that_is_in_use_newer_or_no_database_is_refused() {
    let mut daena = program().start().await;
    let said = ends(daena.to_builder(), 1).await;
    assert!(said.contains("in use"), "{said}");
    new_session(&daena.http(), "Still working").await;
    daena.terminate().await;

    let database = daena.database();
    let whole = std::fs::read(&database).unwrap();
    // The newest migration's number, with a later year: as a later version of the program would have left it.
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/sqlite");
    let names =
        std::fs::read_dir(migrations).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let newest = names.max().unwrap().split('_').next().unwrap().replace('-', "");
    let mut newer = whole.clone();
    let places: Vec<usize> = newer
        .windows(newest.len())
        .enumerate()
        .filter(|(_, bytes)| *bytes == newest.as_bytes())
        .map(|(place, _)| place)
        .collect();
    assert!(!places.is_empty(), "{newest} is in the file");
    for place in places {
        newer[place..place + 4].copy_from_slice(b"2999");
    }
    std::fs::write(&database, &newer).unwrap();
    let said = ends(daena.to_builder(), 1).await;
    assert!(said.contains("newer version") && said.contains("2999"), "{said}");
    assert_eq!(std::fs::read(&database).unwrap(), newer, "it was left as it is");
    let said = ends(daena.to_builder().command("migrate"), 1).await;
    assert!(said.contains("newer version"), "{said}");

    std::fs::write(&database, "this is a diary, and not a database at all\n".repeat(100)).unwrap();
    let said = ends(daena.to_builder(), 1).await;
    assert!(said.contains("daena.db"), "{said}");
    ends(daena.to_builder().command("doctor"), 1).await;
    std::fs::write(&database, &whole).unwrap();
    daena.restart().await;
    assert_eq!(daena.http().get(HISTORY).await.ok()["total"], 1);
    ends(program().database(daena.directory()), 1).await;
}

#[tokio::test]
async fn the_admin_commands_say_how_things_stand() {
    let version = prints(program().command("version")).await;
    assert_eq!(version.trim(), concat!("daena ", env!("CARGO_PKG_VERSION")));
    for command in ["migrate", "check-config", "doctor", "version", "serve"] {
        let help = prints(program().command(command).arg("--help")).await;
        assert!(help.contains("Usage"), "{help}");
    }
    let valid = prints(program().command("check-config")).await;
    assert!(valid.contains("valid") && valid.contains("[brain]"), "{valid}");

    let model = ModelServer::start(Script::default()).await;
    let mut daena = program().ollama_url(model.url()).start().await;
    new_session(&daena.http(), "Something").await;
    let healthy = prints(daena.to_builder().command("doctor")).await;
    assert!(
        healthy.contains("sound")
            && healthy.contains("connected")
            && healthy.contains(testkit::DEFAULT_MODEL),
        "{healthy}"
    );
    ends(daena.to_builder().command("migrate"), 1).await;
    daena.terminate().await;
    let migrated = prints(daena.to_builder().command("migrate")).await;
    assert!(migrated.contains("up to date"), "{migrated}");
    model.stop().await;
    let offline = prints(daena.to_builder().command("doctor")).await;
    assert!(offline.contains("offline"), "{offline}");

    let directory = TempDir::new().unwrap();
    let fresh = directory.path().join("fresh.db");
    let absent = prints(program().command("doctor").database(&fresh)).await;
    assert!(absent.contains("not there yet") && !fresh.exists(), "{absent}");
    prints(program().command("migrate").database(&fresh)).await;
    assert!(fresh.exists());
}

#[tokio::test]
async fn flags_win_over_the_environment_and_that_over_the_file() {
    let file = "[server]\nport = 1111\n[brain]\nollama_url = \"http://file:1\"\n[log]\nformat = \"json\"\n";
    let in_force = async |vary: fn(Builder) -> Builder| {
        let printed = prints(vary(program().command("check-config").config(file))).await;
        let toml: Vec<String> = printed.lines().map(str::to_owned).collect();
        let value = |key: &str| {
            let line = toml.iter().find(|line| line.starts_with(&format!("{key} = "))).unwrap();
            line.split_once(" = ").unwrap().1.trim_matches('"').to_owned()
        };
        (value("port"), value("ollama_url"), value("format"))
    };
    let values = |port: &str, url: &str, format: &str| (port.to_owned(), url.to_owned(), format.to_owned());
    assert_eq!(in_force(|start| start).await, values("1111", "http://file:1", "json"));
    let environment = |start: Builder| {
        start.env("DAENA_PORT", "2222").env("OLLAMA_HOST", "0.0.0.0:7").env("DAENA_LOG_FORMAT", "pretty")
    };
    assert_eq!(in_force(environment).await, values("2222", "http://127.0.0.1:7", "pretty"));
    let base_url = |start: Builder| start.env("OLLAMA_HOST", "box").env("OLLAMA_BASE_URL", "http://base:2");
    assert_eq!(in_force(base_url).await.1, "http://base:2");
    let ours = |start: Builder| {
        start.env("OLLAMA_BASE_URL", "http://base:2").env("DAENA_OLLAMA_URL", "http://env:3")
    };
    assert_eq!(in_force(ours).await.1, "http://env:3");
    let flags = |start: Builder| {
        start
            .env("DAENA_PORT", "2222")
            .env("DAENA_OLLAMA_URL", "http://env:3")
            .ollama_url("http://flag:4")
            .arg("--port")
            .arg("3333")
    };
    assert_eq!(in_force(flags).await, values("3333", "http://flag:4", "json"));

    // What the environment says is what the server does.
    let directory = TempDir::new().unwrap();
    let database = directory.path().join("elsewhere.db");
    let model = ModelServer::start(Script::default()).await;
    let host = model.url().replace("http://", "");
    let daena = program()
        .env("DAENA_PORT", "0")
        .env("DAENA_DATABASE", database.to_str().unwrap())
        .env("OLLAMA_HOST", host)
        .env("DAENA_NO_SEED", "true")
        .start()
        .await;
    assert_eq!(until_connected(&daena.http(), true).await["base_url"], model.url());
    assert_eq!(list(&daena.http().get("/api/v1/departments").await.ok()["departments"]).len(), 0);
    assert!(database.exists());
}

#[tokio::test]
async fn secrets_are_never_said() {
    const TOKEN: &str = "token-3f9a1c";
    const KEY: &str = "sk-7b2d9e";
    const PASSWORD: &str = "hunter2-c41";
    let directory = TempDir::new().unwrap();
    let (token_file, key_file) = (directory.path().join("token"), directory.path().join("key"));
    std::fs::write(&token_file, TOKEN).unwrap();
    std::fs::write(&key_file, KEY).unwrap();
    let model = ModelServer::start(Script::default()).await;
    let start = program()
        .token_file(&token_file)
        .openai_url(model.openai_url())
        .arg("--openai-key-file")
        .arg(key_file.to_str().unwrap())
        .env("DAENA_LOG_FILTER", "trace");
    let mut daena = start.clone().start().await;
    let http = daena.http().with_token(TOKEN);
    until_connected(&http, true).await;
    say(&http, DAENA, "Hello there", None).await;
    assert!(model.chats()[0].headers["authorization"].ends_with(KEY), "the key is used");
    for fault in [Fault::Status(401), Fault::Html, Fault::Drop] {
        model.set(Script::fault(fault));
        turn(&http, DAENA, "Hello there", None).await.problem(502, "brain_error");
    }
    model.stop().await;
    until_connected(&http, false).await;
    daena.http().with_token(&format!("{TOKEN}-wrong")).get(HISTORY).await.problem(401, "unauthorized");
    let (base, offered) = (daena.base().to_owned(), format!("bearer.{TOKEN}"));
    Socket::connect_with(&base, "/api/v1/ws", &["daena", &offered], &[]).await.close().await;
    let told = [http.get("/api/v1/brain/status").await.text, http.get("/metrics").await.text];
    daena.terminate().await;

    let mut outputs = vec![daena.log(), daena.stdout()];
    outputs.extend(told);
    let with_password = format!("http://user:{PASSWORD}@127.0.0.1:1");
    for command in ["check-config", "doctor"] {
        let vary = start.clone().database(directory.path().join("other.db")).command(command);
        let (_, stdout, stderr) = vary.run_to_exit().await;
        outputs.push(stdout + &stderr);
        outputs.push(ends(program().command(command).ollama_url(&with_password), 2).await);
    }
    // A password has no place in an address, and is not repeated to say so.
    let refused = ends(program().ollama_url(&with_password), 2).await;
    assert!(refused.contains("--ollama-url") && refused.contains("credentials"), "{refused}");
    outputs.push(refused);
    for (place, output) in outputs.iter().enumerate() {
        for secret in [TOKEN, KEY, PASSWORD] {
            let line = output.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "output {place}");
        }
    }
}
