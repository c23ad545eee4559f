//! How the binary is to be started.

use std::path::{Path, PathBuf, absolute};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;

use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::{Daena, EXIT_DEADLINE};

/// Nobody listens on port 1: a start that names no model server must not find the developer's own.
const NO_MODEL_SERVER: &str = "http://127.0.0.1:1";

/// Variables of the surrounding shell that would change what the child does; `DAENA_*` are removed too.
const REMOVED: [&str; 8] = [
    "OLLAMA_HOST",
    "OLLAMA_BASE_URL",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
];

/// A start of the binary: its flags, environment and files. Clones share the temporary directory once it is
/// made.
#[derive(Clone, Debug)]
#[must_use = "a builder starts nothing by itself"]
pub struct Builder {
    binary: String,
    command: Option<String>,
    directory: Option<Arc<TempDir>>,
    database: Option<PathBuf>,
    ollama_url: Option<String>,
    openai_url: Option<String>,
    token_file: Option<PathBuf>,
    config: Option<String>,
    no_seed: bool,
    args: Vec<String>,
    env: Vec<(String, String)>,
}

impl Builder {
    pub(super) fn new(binary: &str) -> Self {
        Self {
            binary: binary.to_owned(),
            command: None,
            directory: None,
            database: None,
            ollama_url: None,
            openai_url: None,
            token_file: None,
            config: None,
            no_seed: false,
            args: Vec::new(),
            env: Vec::new(),
        }
    }

    /// Puts a subcommand first, such as `migrate`; it gets `--database` and what is set here, but no
    /// `--port`.
    pub fn command(mut self, command: &str) -> Self {
        self.command = Some(command.to_owned());
        self
    }

    /// Uses this file instead of `daena.db` in the temporary directory.
    pub fn database(mut self, path: impl AsRef<Path>) -> Self {
        self.database = Some(absolute(path).expect("a path"));
        self
    }

    /// Uses this directory for the database, the config and as the working directory.
    pub fn in_directory(mut self, directory: Arc<TempDir>) -> Self {
        self.directory = Some(directory);
        self
    }

    /// Sets `--ollama-url`. Without it, and without another sign of one in the environment or the config, the
    /// server gets the address of a closed port.
    pub fn ollama_url(mut self, url: impl Into<String>) -> Self {
        self.ollama_url = Some(url.into());
        self
    }

    /// Sets `--openai-url`.
    pub fn openai_url(mut self, url: impl Into<String>) -> Self {
        self.openai_url = Some(url.into());
        self
    }

    /// Sets `--token-file`.
    pub fn token_file(mut self, path: impl AsRef<Path>) -> Self {
        self.token_file = Some(absolute(path).expect("a path"));
        self
    }

    /// Sets `--config` to a file with this text, written at each start.
    pub fn config(mut self, text: impl Into<String>) -> Self {
        self.config = Some(text.into());
        self
    }

    /// Sets `--no-seed`.
    pub fn no_seed(mut self) -> Self {
        self.no_seed = true;
        self
    }

    /// Adds an argument after all others; `--port` given here takes the place of `--port 0`.
    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Sets an environment variable; `DAENA_PORT` and `DAENA_DATABASE` keep the builder from passing those
    /// flags.
    pub fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.push((name.to_owned(), value.into()));
        self
    }

    /// Starts the server and waits until it is ready.
    ///
    /// # Panics
    ///
    /// Panics with the log when it ends before, or is not ready within 30 s.
    pub async fn start(self) -> Daena {
        Daena::start(self).await
    }

    /// Runs the program until it ends by itself; returns its status, standard output and standard error.
    ///
    /// # Panics
    ///
    /// Panics when it still runs after 30 s.
    pub async fn run_to_exit(mut self) -> (ExitStatus, String, String) {
        let _directory = self.keep_directory();
        let child = self.spawn();
        let Ok(output) = timeout(EXIT_DEADLINE, child.wait_with_output()).await else {
            panic!("the program still runs after {EXIT_DEADLINE:?}: {self:?}");
        };
        let output = output.expect("a child can be waited for");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status, text(&output.stdout), text(&output.stderr))
    }

    /// Makes the temporary directory unless there is one.
    pub(super) fn keep_directory(&mut self) -> Arc<TempDir> {
        let directory =
            self.directory.get_or_insert_with(|| Arc::new(TempDir::new().expect("a temporary directory")));
        Arc::clone(directory)
    }

    /// Where the database is; `None` before there is a directory.
    pub(super) fn database_path(&self) -> Option<PathBuf> {
        self.database.clone().or_else(|| Some(self.directory.as_ref()?.path().join("daena.db")))
    }

    #[allow(clippy::disallowed_methods, reason = "reads the environment to keep it from the child")]
    pub(super) fn spawn(&self) -> Child {
        let directory = self.directory.as_ref().expect("the directory is made first").path();
        let mut command = Command::new(&self.binary);
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("DAENA_") || REMOVED.contains(&&*name) {
                command.env_remove(&*name);
            }
        }
        command
            .args(&self.command)
            .args(self.flags(directory))
            .args(&self.args)
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .current_dir(directory)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command.spawn().unwrap_or_else(|error| panic!("{} does not start: {error}", self.binary))
    }

    fn flags(&self, directory: &Path) -> Vec<String> {
        let mut flags = Vec::new();
        let mut flag = |name: &str, value: String| flags.extend([name.to_owned(), value]);
        if self.command.is_none() && !self.says("--port", "DAENA_PORT") {
            flag("--port", "0".to_owned());
        }
        if !self.says("--database", "DAENA_DATABASE") {
            flag("--database", path_text(&self.database_path().expect("the directory is made first")));
        }
        if let Some(url) = self.ollama_url.clone().or_else(|| self.closed_ollama_url()) {
            flag("--ollama-url", url);
        }
        if let Some(url) = &self.openai_url {
            flag("--openai-url", url.clone());
        }
        if let Some(path) = &self.token_file {
            flag("--token-file", path_text(path));
        }
        if let Some(text) = &self.config {
            let path = directory.join("daena.toml");
            std::fs::write(&path, text).expect("the temporary directory takes files");
            flag("--config", path_text(&path));
        }
        if self.no_seed {
            flags.push("--no-seed".to_owned());
        }
        flags
    }

    /// The address to give a server whose test says nothing about Ollama.
    fn closed_ollama_url(&self) -> Option<String> {
        let said = self.command.is_some()
            || self.says("--ollama-url", "DAENA_OLLAMA_URL")
            || self.env.iter().any(|(name, _)| name.starts_with("OLLAMA_"))
            || self.config.as_ref().is_some_and(|text| text.contains("ollama"));
        (!said).then(|| NO_MODEL_SERVER.to_owned())
    }

    /// Whether the test itself gave this flag, or set this variable.
    fn says(&self, flag: &str, variable: &str) -> bool {
        let given = |arg: &String| {
            arg.strip_prefix(flag).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
        };
        self.args.iter().any(given) || self.env.iter().any(|(name, _)| name == variable)
    }
}

fn path_text(path: &Path) -> String {
    path.to_str().expect("a path in UTF-8").to_owned()
}
