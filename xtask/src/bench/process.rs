//! The programs that are started: each ends with its handle, by its id.

use std::ffi::OsStr;
use std::fs::{File, read_to_string};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use super::connection::{Connection, request};
use crate::workspace;

const START_DEADLINE: Duration = Duration::from_secs(60);

/// A program that serves. Dropped, it is killed.
pub(super) struct Process {
    child: Child,
    pub(super) address: SocketAddr,
    /// From the start to the line that said where it listens.
    pub(super) ready_after: Duration,
    // held open: a program that writes to a closed pipe fails
    _lines: Lines<BufReader<ChildStdout>>,
}

/// How the measured server is started.
pub(super) struct DaenaStart<'a> {
    /// The binary, if it is not the workspace's own.
    pub(super) binary: Option<&'a Path>,
    pub(super) database: &'a Path,
    pub(super) model: SocketAddr,
    pub(super) concurrency: Option<usize>,
    pub(super) environment: &'a [(String, String)],
}

impl DaenaStart<'_> {
    /// Starts it and waits until it is ready.
    pub(super) async fn start(&self) -> anyhow::Result<Process> {
        let mut command = match self.binary {
            Some(binary) => Command::new(binary),
            None => tokio_command(&workspace::built("release", "daena")?),
        };
        command.arg("--database").arg(self.database);
        command.args(["--port", "0", "--ollama-url", &format!("http://{}", self.model)]);
        if let Some(concurrency) = self.concurrency {
            let config = self.database.with_extension("toml");
            std::fs::write(&config, format!("[brain]\nconcurrency = {concurrency}\n"))?;
            command.arg("--config").arg(config);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        start(command, &self.database.with_extension("log"), "daena ready http://").await
    }
}

/// Starts the scripted model server.
pub(super) async fn start_model(directory: &Path) -> anyhow::Result<Process> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("bench-model");
    start(command, &directory.join("model.log"), "listening on ").await
}

/// Starts the floor, a program that is called as `limits turn` is.
pub(super) async fn start_floor(
    program: &OsStr,
    directory: &Path,
    model: SocketAddr,
    environment: &[(String, String)],
) -> anyhow::Result<Process> {
    // free a moment ago; who takes it in between makes the start fail, loudly
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string();
    let mut command = Command::new(program);
    command.args(["turn", "--port", &port, "--upstream", &model.to_string(), "--dir"]).arg(directory);
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    start(command, &directory.join("floor.log"), "listening on ").await
}

/// Tells the model server how to answer.
pub(super) async fn script(model: SocketAddr, tokens: usize, hang: bool) -> anyhow::Result<()> {
    let body = format!(r#"{{"tokens":{tokens},"hang":{hang}}}"#);
    Connection::new(model).send(&request("PUT", "/script", Some(&body)), None).await?;
    Ok(())
}

async fn start(mut command: Command, log: &Path, says: &str) -> anyhow::Result<Process> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(log)?).kill_on_drop(true);
    let started = Instant::now();
    let name = command.as_std().get_program().to_owned();
    let mut child = command.spawn().with_context(|| format!("could not start {}", name.display()))?;
    let stdout = child.stdout.take().context("standard output is piped")?;
    let mut lines = BufReader::new(stdout).lines();
    let ready = async {
        while let Some(line) = lines.next_line().await? {
            if let Some(address) = line.strip_prefix(says) {
                return Ok(address.trim().parse::<SocketAddr>()?);
            }
        }
        bail!("it ended:\n{}", read_to_string(log).unwrap_or_default())
    };
    let address =
        timeout(START_DEADLINE, ready).await.context("it did not get ready").and_then(|ready| ready);
    let address = address.with_context(|| format!("{} does not serve", name.display()))?;
    Ok(Process { child, address, ready_after: started.elapsed(), _lines: lines })
}

fn tokio_command(program: &std::process::Command) -> Command {
    let mut command = Command::new(program.get_program());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

impl Process {
    /// The memory it holds, in MiB.
    pub(super) fn resident_mib(&self) -> anyhow::Result<f64> {
        let status = read_to_string(format!("/proc/{}/status", self.id()?))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kib / 1024.0)
    }

    /// The processor time it has used so far, in seconds.
    pub(super) fn cpu_seconds(&self) -> anyhow::Result<f64> {
        let mut nanoseconds = 0_u64;
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.id()?))? {
            let Ok(text) = read_to_string(thread?.path().join("schedstat")) else { continue };
            let used = text.split(' ').next().and_then(|used| used.parse::<u64>().ok());
            nanoseconds += used.unwrap_or_default();
        }
        Ok(Duration::from_nanos(nanoseconds).as_secs_f64())
    }

    /// Ends it and waits for its end.
    pub(super) async fn end(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }

    fn id(&self) -> anyhow::Result<u32> {
        self.child.id().context("the process has ended")
    }
}
