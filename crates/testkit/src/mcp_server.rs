//! A scripted MCP server, as a program of its own.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A scripted MCP server in Python: what it can do stands at the top of `mcp_server/server.py`. As a program for others to
/// start it is [`McpServer::command`]; over HTTP it runs from [`McpServer::http`] until this is dropped.
#[derive(Debug)]
pub struct McpServer {
    folder: TempDir,
    character: String,
    running: Option<(Child, u16)>,
}

impl McpServer {
    /// One of a character: `well`, `silent`, `dead`, `babbling`, `shapeless`, `crooked`, `deaf`, `leaky`,
    /// `stubborn`.
    #[must_use]
    pub fn new(character: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        std::fs::write(folder.path().join("server.py"), include_str!("mcp_server/server.py"))
            .expect("the script can be written");
        Self { folder, character: character.to_owned(), running: None }
    }

    /// One that runs over HTTP.
    #[must_use]
    pub fn http(character: &str) -> Self {
        let mut server = Self::new(character);
        server.start();
        server
    }

    /// The program and its arguments, over standard input and output.
    #[must_use]
    pub fn command(&self) -> (String, Vec<String>) {
        let path = |path: PathBuf| path.to_str().expect("paths of tests are UTF-8").to_owned();
        let script = path(self.folder.path().join("server.py"));
        ("python3".to_owned(), vec![script, self.character.clone(), path(self.diary())])
    }

    /// Where it is over HTTP: any path will do; `/moved`, `/away`, `/locked`, `/liar` and `/endless` have their own ways.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        let (_, port) = self.running.as_ref().expect("it runs over HTTP");
        format!("http://127.0.0.1:{port}{path}")
    }

    /// Starts it over HTTP, at a port of its own.
    pub fn start(&mut self) {
        let (command, args) = self.command();
        let mut child = Command::new(command)
            .args(args)
            .arg("--http")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 is installed");
        let mut port = String::new();
        let output = child.stdout.take().expect("it has an output");
        BufReader::new(output).read_line(&mut port).expect("it says its port");
        self.running = Some((child, port.trim().parse().expect("a port is a number")));
    }

    /// Kills it, if it runs over HTTP.
    pub fn kill(&mut self) {
        if let Some((mut child, _)) = self.running.take() {
            child.kill().ok();
            child.wait().ok();
        }
    }

    /// What it noted: a line for each start and each cancellation.
    #[must_use]
    pub fn diary_lines(&self) -> Vec<String> {
        let diary = std::fs::read_to_string(self.diary()).unwrap_or_default();
        diary.lines().map(str::to_owned).collect()
    }

    fn diary(&self) -> PathBuf {
        self.folder.path().join("diary")
    }
}

impl Drop for McpServer {
    fn drop(&mut self) {
        self.kill();
    }
}
