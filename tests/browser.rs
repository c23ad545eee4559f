//! A real browser, driven over WebDriver.

use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::process::Stdio;
use std::time::Duration;
use testkit::wait_until;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// A page does what is waited for at once; a loaded machine gets some more.
const PATIENCE: Duration = Duration::from_secs(30);

/// A browser with one window. Dropped, it is killed.
pub(crate) struct Browser {
    client: Client,
    _driver: Child,
    /// It writes a few lines, and would fail with nobody there to read them.
    _said: Lines<BufReader<ChildStdout>>,
}

/// What the surrounding shell says.
#[expect(clippy::disallowed_methods, reason = "says whether this is CI; no setting of the program")]
fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty())
}

/// A driver, what it says, and its port. One that loses the race for a port ends, and another is started.
async fn start_driver() -> Option<(Child, Lines<BufReader<ChildStdout>>, u16)> {
    for _ in 0..5 {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut driver = command.spawn().ok()?;
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        while let Some(line) = lines.next_line().await.unwrap() {
            if let Some((_, port)) = line.rsplit_once("started successfully on port ") {
                return Some((driver, lines, port.trim_end_matches('.').parse().unwrap()));
            }
        }
    }
    panic!("ChromeDriver names no port");
}

impl Browser {
    /// Opens one; none where no ChromeDriver is, which CI does not forgive.
    pub(crate) async fn open() -> Option<Self> {
        Self::open_with(&[]).await
    }

    /// As [`open`](Self::open), with more arguments.
    pub(crate) async fn open_with(more: &[String]) -> Option<Self> {
        let Some((driver, lines, port)) = start_driver().await else {
            assert!(!in_ci(), "in CI a browser must be there: .ci/run installs it");
            println!("skipped: no chromedriver on the PATH (Debian: chromium-driver)");
            return None;
        };
        let usual = [
            "--headless=new",
            // A browser whose driver is gone ends.
            "--remote-debugging-pipe",
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--lang=en-US",
        ];
        let arguments: Vec<&str> = usual.into_iter().chain(more.iter().map(String::as_str)).collect();
        let mut capabilities = Capabilities::new();
        capabilities.insert("goog:chromeOptions".to_owned(), json!({ "args": arguments }));
        capabilities.insert("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" }));
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("the browser starts");
        let browser = Self { client, _driver: driver, _said: lines };
        browser.client.set_window_size(1280, 900).await.unwrap();
        Some(browser)
    }

    pub(crate) async fn resize(&self, width: u32, height: u32) {
        self.client.set_window_size(width, height).await.unwrap();
    }

    pub(crate) async fn go(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    pub(crate) async fn reload(&self) {
        self.client.refresh().await.unwrap();
    }

    /// Runs a script in the page; `arguments[0]` is the argument, and what it returns comes back.
    pub(crate) async fn run(&self, script: &str, argument: Value) -> Value {
        self.client.execute(script, vec![argument]).await.unwrap()
    }

    /// As [`run`](Self::run); the script calls `arguments[1]` with what comes back.
    pub(crate) async fn run_async(&self, script: &str, argument: Value) -> Value {
        self.client.execute_async(script, vec![argument]).await.unwrap()
    }

    /// Waits until an expression in the page is neither null nor false, and gives it.
    pub(crate) async fn until(&self, what: &str, expression: &str) -> Value {
        let script = format!("return ({expression}) ?? null");
        wait_until(what, PATIENCE, async || {
            let found = self.client.execute(&script, vec![]).await.unwrap_or(Value::Null);
            Some(found).filter(|found| !matches!(found, Value::Null | Value::Bool(false)))
        })
        .await
    }

    /// Waits until the page shows this text.
    pub(crate) async fn until_text(&self, text: &str) {
        self.until(text, &format!("document.body.innerText.includes({})", json!(text))).await;
    }

    /// Types into the field that a selector names.
    pub(crate) async fn write(&self, selector: &str, text: &str) {
        // What a dialog covers takes no keys.
        let free = format!(
            "(() => {{
                const field = document.querySelector({});
                return field !== null && (!document.querySelector('dialog[open]') || field.closest('dialog[open]') !== null);
            }})()",
            json!(selector)
        );
        self.until(selector, &free).await;
        let field = self.client.find(fantoccini::Locator::Css(selector)).await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Presses what a selector names.
    pub(crate) async fn press(&self, selector: &str) {
        self.until(selector, &format!("document.querySelector({}) !== null", json!(selector))).await;
        self.client.find(fantoccini::Locator::Css(selector)).await.unwrap().click().await.unwrap();
    }

    /// Presses the button or link with this name: in the open dialog, or else in the page.
    pub(crate) async fn press_named(&self, name: &str) {
        self.press_in("document.querySelector('dialog[open]') ?? document.body", name).await;
    }

    /// As [`press_named`](Self::press_named), within what an expression gives.
    pub(crate) async fn press_in(&self, place: &str, name: &str) {
        let press = format!(
            "(() => {{
                const named = (it) => (it.getAttribute('aria-label') ?? it.innerText ?? it.textContent).trim() === {};
                const found = [...({place}).querySelectorAll('button:not(:disabled), a[href], summary')].find((it) => named(it) && it.checkVisibility());
                found?.click();
                return found !== undefined;
            }})()",
            json!(name)
        );
        self.until(&format!("a button named {name}"), &press).await;
    }

    /// Says yes to what a dialog warns of.
    pub(crate) async fn confirm(&self) {
        self.press("dialog[open] .button.danger.first").await;
    }

    /// Gives a field its value, whatever was in it; a choice is made.
    pub(crate) async fn fill(&self, selector: &str, value: &str) {
        let fill = format!(
            "(() => {{
                const field = document.querySelector({});
                if (!field || field.closest('dialog:not([open])')) return false;
                field.value = {};
                for (const name of ['input', 'change']) field.dispatchEvent(new Event(name, {{ bubbles: true }}));
                return true;
            }})()",
            json!(selector),
            json!(value)
        );
        self.until(selector, &fill).await;
    }

    /// Presses keys where the focus is.
    pub(crate) async fn keys(&self, keys: &str) {
        let focused = self.client.active_element().await.unwrap();
        focused.send_keys(keys).await.unwrap();
    }

    /// A second window; the driver speaks to it from now on. Gives the handle of the one before.
    pub(crate) async fn second_window(&self) -> fantoccini::wd::WindowHandle {
        let first = self.client.window().await.unwrap();
        let second = self.client.new_window(true).await.unwrap();
        self.client.switch_to_window(second.handle).await.unwrap();
        first
    }

    pub(crate) async fn to_window(&self, window: fantoccini::wd::WindowHandle) {
        self.client.switch_to_window(window).await.unwrap();
    }

    pub(crate) async fn url(&self) -> String {
        self.client.current_url().await.unwrap().to_string()
    }

    pub(crate) async fn screenshot(&self) -> Vec<u8> {
        self.client.screenshot().await.unwrap()
    }

    /// Light or dark, as a system would say it.
    pub(crate) async fn prefer(&self, theme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": theme }]);
        let command =
            ToDevtools { name: "Emulation.setEmulatedMedia", params: json!({ "features": features }) };
        self.client.issue_cmd(command).await.unwrap();
    }

    /// What the page complained of since the last time: warnings and errors of the console.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let log = self.client.issue_cmd(ReadLog).await.unwrap();
        let entries = log.as_array().cloned().unwrap_or_default();
        let loud =
            entries.iter().filter(|entry| matches!(entry["level"].as_str(), Some("SEVERE" | "WARNING")));
        loud.map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

/// A command of the browser's developer tools.
#[derive(Debug)]
struct ToDevtools {
    name: &'static str,
    params: Value,
}

impl WebDriverCompatibleCommand for ToDevtools {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({ "cmd": self.name, "params": self.params }).to_string()))
    }
}

/// The console.
#[derive(Debug)]
struct ReadLog;

impl WebDriverCompatibleCommand for ReadLog {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({ "type": "browser" }).to_string()))
    }
}
