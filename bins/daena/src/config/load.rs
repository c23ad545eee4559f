//! Putting the configuration together.

use super::url::from_ollama_host;
use super::{Config, providers};
use crate::arguments::Options;
use crate::exit::Failure;
use anyhow::{Context as _, bail, ensure};
use company_service::KeyRing;
use std::path::{Path, PathBuf};

/// Defaults, then the file, then the environment, then flags; checked.
pub(crate) fn load(options: &Options) -> Result<Config, Failure> {
    build(options, &Environment::read()).map_err(Failure::Usage)
}

/// The variables that come with no flag: those of Ollama's own that are understood, and the key of secrets.
#[derive(Debug, Default)]
struct Environment {
    ollama_base_url: Option<String>,
    ollama_host: Option<String>,
    /// It is no flag, which everybody on the machine could read.
    secret_key: Option<String>,
}

impl Environment {
    #[expect(clippy::disallowed_methods, reason = "configuration is read here, once")]
    fn read() -> Self {
        let set = |name| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        Self {
            ollama_base_url: set("OLLAMA_BASE_URL"),
            ollama_host: set("OLLAMA_HOST"),
            secret_key: set("DAENA_SECRET_KEY"),
        }
    }
}

fn build(options: &Options, environment: &Environment) -> anyhow::Result<Config> {
    let mut config = match &options.config {
        Some(path) => from_file(path)?,
        None => Config::default(),
    };
    let ollama = options.ollama_url.clone();
    let ollama = ollama.or_else(|| environment.ollama_base_url.clone());
    if let Some(url) = ollama.or_else(|| environment.ollama_host.as_deref().map(from_ollama_host)) {
        config.brain.ollama_url = url;
    }
    set(&mut config.server.host, options.host.clone());
    set(&mut config.server.port, options.port);
    set(&mut config.log.format, options.log_format);
    set(&mut config.log.filter, options.log_filter.clone());
    set_some(&mut config.server.token_file, options.token_file.clone());
    set_some(&mut config.database.file, options.database.clone());
    set_some(&mut config.voice.url, options.voice_url.clone());
    set_some(&mut config.brain.openai_url, options.openai_url.clone());
    set_some(&mut config.brain.openai_key_file, options.openai_key_file.clone());
    set_some(&mut config.connections.key_file, options.secret_key_file.clone());
    if let Some(keys) = &environment.secret_key {
        ensure!(
            config.connections.key_file.is_none(),
            "DAENA_SECRET_KEY and a key file (--secret-key-file) are given: name one of them"
        );
        config.connections.keys = Some(KeyRing::parse(keys).context("DAENA_SECRET_KEY")?);
    }
    config.database.seed &= !options.no_seed;
    if config.database.file.is_none() {
        config.database.file = Some(default_database()?);
    }
    check(&config)?;
    Ok(config)
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

fn set_some<T>(place: &mut Option<T>, value: Option<T>) {
    if value.is_some() {
        *place = value;
    }
}

fn from_file(path: &Path) -> anyhow::Result<Config> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is not a valid configuration", path.display()))
}

fn default_database() -> anyhow::Result<PathBuf> {
    let directories = directories::ProjectDirs::from("", "", "daena")
        .context("no home directory to keep the database in: name a file with --database")?;
    Ok(directories.data_dir().join("daena.db"))
}

/// A day, a year: nobody waits longer, and what is added to a time stays one.
pub(super) const DAY_S: u64 = 24 * 60 * 60;
pub(super) const YEAR_S: u64 = 366 * DAY_S;
pub(super) const YEAR_MS: u64 = YEAR_S * 1000;
const CENTURY_DAYS: u64 = 36_525;
/// More things than a machine has room for.
pub(super) const MANY: u64 = 1_048_576;
/// As many characters as a gigabyte holds.
const LONG: u64 = 1 << 30;

/// Refuses a number that is 0, or so large that it means nothing.
pub(super) fn between(key: &str, value: u64, most: u64) -> anyhow::Result<()> {
    ensure!(value > 0, "{key} must be above 0");
    ensure!(value <= most, "{key} must be at most {most}");
    Ok(())
}

fn check(config: &Config) -> anyhow::Result<()> {
    let Config { server, brain, chat, backup, retention, tasks, connections, .. } = config;
    let days = |days: Option<u32>| days.map_or(1, u64::from);
    for (key, value, most) in [
        ("[server] heartbeat_s", server.heartbeat_s, DAY_S),
        ("[server] stall_s", server.stall_s, DAY_S),
        ("[brain] connect_timeout_ms", brain.connect_timeout_ms, YEAR_MS),
        ("[brain] first_token_timeout_ms", brain.first_token_timeout_ms, YEAR_MS),
        ("[brain] silence_timeout_ms", brain.silence_timeout_ms, YEAR_MS),
        ("[brain] note_deadline_ms", brain.note_deadline_ms, YEAR_MS),
        ("[brain] probe_interval_ms", brain.probe_interval_ms, YEAR_MS),
        ("[brain] concurrency", brain.concurrency as u64, MANY),
        ("[backup] keep", backup.keep as u64, MANY),
        ("[retention] default_days", days(retention.default_days), CENTURY_DAYS),
        ("[retention] days", days(retention.days.values().copied().min()), CENTURY_DAYS),
        ("[retention] days", days(retention.days.values().copied().max()), CENTURY_DAYS),
        ("[chat] max_message_chars", chat.max_message_chars as u64, LONG),
        ("[chat] max_open_replies", chat.max_open_replies as u64, MANY),
        ("[chat] checkpoint_interval_ms", chat.checkpoint_interval_ms, YEAR_MS),
        ("[chat] max_import_mb", chat.max_import_mb, MANY),
        ("[chat] approval_expires_s", chat.approval_expires_s, YEAR_S),
        ("[chat] tool_calls", chat.tool_calls as u64, MANY),
        ("[chat] tool_rounds", chat.tool_rounds as u64, MANY),
        ("[chat] tool_time_s", chat.tool_time_s, YEAR_S),
        ("[chat] tool_result_chars", chat.tool_result_chars as u64, LONG),
        ("[tasks] per_agent", tasks.per_agent as u64, MANY),
        ("[tasks] in_all", tasks.in_all as u64, MANY),
        ("[connections] connect_timeout_ms", connections.connect_timeout_ms, YEAR_MS),
        ("[connections] call_timeout_ms", connections.call_timeout_ms, YEAR_MS),
        ("[connections] probe_interval_ms", connections.probe_interval_ms, YEAR_MS),
        ("[connections] max_result_kb", connections.max_result_kb as u64, MANY),
    ] {
        between(key, value, most)?;
    }
    ensure!(config.brain.context_tokens >= 512, "[brain] context_tokens must be at least 512");
    config.voice.check()?;
    config.brain.prices()?;
    config.brain.budgets()?;
    let first = match (&config.brain.openai_url, config.brain.ollama_url.as_str()) {
        (Some(_), _) => Some("openai"),
        (None, "") => None,
        (None, _) => Some("ollama"),
    };
    providers::check(&config.brain.providers, first)?;
    if config.brain.openai_key_file.is_some() && config.brain.openai_url.is_none() {
        bail!("a key file is given (--openai-key-file) but no server for it (--openai-url)");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (Options, tempdir::Folder) {
        let folder = tempdir::Folder::new();
        let path = folder.path.join("daena.toml");
        std::fs::write(&path, text).unwrap();
        (Options { config: Some(path), ..Options::default() }, folder)
    }

    /// A folder of its own for each test, gone with it.
    mod tempdir {
        use std::sync::atomic::{AtomicU32, Ordering};

        pub(super) struct Folder {
            pub(super) path: std::path::PathBuf,
        }

        static NEXT: AtomicU32 = AtomicU32::new(0);

        impl Folder {
            pub(super) fn new() -> Self {
                let number = NEXT.fetch_add(1, Ordering::Relaxed);
                let name = format!("daena-config-{}-{number}", std::process::id());
                let path = std::env::temp_dir().join(name);
                std::fs::create_dir_all(&path).unwrap();
                Self { path }
            }
        }

        impl Drop for Folder {
            fn drop(&mut self) {
                std::fs::remove_dir_all(&self.path).unwrap();
            }
        }
    }

    #[test]
    fn flags_win_over_the_environment_and_that_over_the_file() {
        let (mut options, _folder) = file("[brain]\nollama_url = \"http://file:1\"\n[server]\nport = 1\n");
        let environment = Environment {
            ollama_base_url: Some("http://base:2".into()),
            ollama_host: Some("host:3".into()),
            ..Environment::default()
        };
        let of = |options: &Options, environment: &Environment| {
            let config = build(options, environment).unwrap();
            (config.brain.ollama_url, config.server.port)
        };
        assert_eq!(of(&options, &Environment::default()), ("http://file:1".into(), 1));
        assert_eq!(of(&options, &environment), ("http://base:2".into(), 1));
        let host = Environment { ollama_base_url: None, ..environment };
        assert_eq!(of(&options, &host), ("http://host:3".into(), 1));
        options.ollama_url = Some("http://flag:4".into());
        options.port = Some(9);
        assert_eq!(of(&options, &host), ("http://flag:4".into(), 9));
    }

    #[test]
    fn an_unknown_key_and_an_impossible_value_are_refused_by_name() {
        let refused =
            |text: &str| format!("{:#}", build(&file(text).0, &Environment::default()).unwrap_err());
        assert!(refused("[server]\nprot = 1\n").contains("prot"));
        assert!(refused("[brain]\nconcurrency = 0\n").contains("concurrency"));
        let twice = "[[brain.providers]]\nname = \"ollama\"\nwire = \"openai\"\nurl = \"http://h\"\n";
        assert!(refused(twice).contains("\"ollama\" name"), "{}", refused(twice));
        assert!(refused("[[brain.providers]]\nname = \"a\"\nwire = \"smtp\"\nurl = \"\"\n").contains("smtp"));
        assert!(refused("[brain]\nopenai_key_file = \"k\"\n").contains("--openai-url"));
        let price = "model = 'm'\nprompt_per_million = 1\ncompletion_per_million";
        for (text, named) in [
            (format!("[[brain.prices]]\n{price} = 1\n"), "currency"),
            (
                format!("[brain]\ncurrency = 'EUR'\n[[brain.prices]]\n{price} = -1\n"),
                "completion_per_million",
            ),
            (format!("[brain]\ncurrency = 'EUR'\n[[brain.prices]]\n{price} = 0.0000001\n"), "six decimals"),
            (format!("[brain]\ncurrency = 'EUR'\n[[brain.prices]]\nfrom = 'May'\n{price} = 1\n"), "from"),
            (
                format!(
                    "[brain]\ncurrency = 'EUR'\n[[brain.prices]]\n{price} = 1\n[[brain.prices]]\n{price} = 2\n"
                ),
                "twice",
            ),
            ("[brain]\ncurrency = 'euro'\n".to_owned(), "currency"),
            ("[brain.budget]\ndaily_tokens = 0\n".to_owned(), "daily_tokens"),
            ("[brain.budget]\nweekly_tokens = 1\n".to_owned(), "weekly_tokens"),
            ("[brain]\ncurrency = 'EUR'\n[brain.budget]\ndaily_cost = 1\n".to_owned(), "prices"),
        ] {
            assert!(refused(&text).contains(named), "{text}: {}", refused(&text));
        }
    }

    #[test]
    fn the_key_of_secrets_comes_from_one_place_and_is_never_printed() {
        let key = "ab".repeat(32);
        let environment = Environment { secret_key: Some(key.clone()), ..Environment::default() };
        let config = build(&Options::default(), &environment).unwrap();
        assert!(!toml::to_string(&config).unwrap().contains(&key) && !format!("{config:?}").contains(&key));
        let named = Options { secret_key_file: Some("k".into()), ..Options::default() };
        assert!(build(&named, &environment).unwrap_err().to_string().contains("--secret-key-file"));
        let wrong = Environment { secret_key: Some("secret".into()), ..Environment::default() };
        let refused = format!("{:#}", build(&Options::default(), &wrong).unwrap_err());
        assert!(refused.contains("DAENA_SECRET_KEY") && !refused.contains("\"secret\""), "{refused}");
    }

    #[test]
    fn the_example_is_the_default() {
        let uncommented: String = super::super::example()
            .lines()
            .filter_map(|line| match line.strip_prefix("# ") {
                Some(key) if key.contains(" = ") && !key.contains(": ") && !key.starts_with("Example") => {
                    Some(key)
                }
                Some(_) => None,
                None => Some(line),
            })
            .map(|line| format!("{line}\n"))
            .collect();
        let config: Config = toml::from_str(&uncommented).unwrap();
        assert_eq!(Config { ..config }.server.port, Config::default().server.port);
    }
}
