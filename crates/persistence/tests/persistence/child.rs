//! This test program again, as a process of its own that can be killed.
#![allow(clippy::unwrap_used, reason = "a helper of tests may stop at the first surprise")]

use crate::company::set;
use persistence::{Store, StoreSettings};
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};

const FILE: &str = "DAENA_TEST_FILE";
/// What stands before a word for the parent; the test runner's own lines have none.
const MARK: &str = "@ ";

pub(crate) struct Child {
    process: std::process::Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Child {
    /// Runs one of the tests below on a file.
    pub(crate) fn start(test: &str, file: &Path) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &format!("child::{test}"), "--ignored", "--nocapture"])
            .env(FILE, file)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, lines }
    }

    /// The next word the child said; none when it is gone.
    pub(crate) fn next_word(&mut self) -> Option<String> {
        self.lines.find_map(|line| line.ok()?.split_once(MARK).map(|(_, word)| word.to_owned()))
    }

    /// Ends it as a power cut does.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

#[expect(clippy::disallowed_methods, reason = "the one word the parent tells its child; no configuration")]
fn file() -> Option<PathBuf> {
    std::env::var_os(FILE).map(PathBuf::from)
}

#[test]
#[ignore = "run by Child::start"]
fn holds_the_file() {
    let Some(file) = file() else { return };
    let _store = Store::open(StoreSettings::new(file)).unwrap();
    println!("{MARK}open");
    loop {
        std::thread::park();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by Child::start"]
async fn writes_until_it_is_killed() {
    let Some(file) = file() else { return };
    let store = Store::open(StoreSettings::new(file)).unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..8 {
        let store = store.clone();
        writers.spawn(async move {
            for number in 0.. {
                let key = format!("{writer}-{number}");
                store.write(set(&key)).await.unwrap();
                println!("{MARK}{key}");
            }
        });
    }
    writers.join_all().await;
}
