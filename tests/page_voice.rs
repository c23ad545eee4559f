//! Talking to the company in a real browser, with a microphone that hears a file.

use std::path::PathBuf;

use serde_json::{Value, json};
use testkit::{Http, Script, SpeechScript, SpeechServer, wait_until};

use crate::api::{PATIENCE, text};
use crate::browser::Browser;
use crate::company::Company;
use crate::page::page;

/// No other engine than the scripted server.
const ALONE: &str = "[voice]\nespeak = \"\"\n";
/// What voice is doing, in words.
const BAR: &str = "document.querySelector('.voicebar')?.innerText";

/// A microphone that hears a second of silence, a voice, and three seconds of silence, again and again.
struct Microphone {
    folder: tempfile::TempDir,
}

impl Microphone {
    fn new() -> Self {
        const RATE: u32 = 48_000;
        let folder = tempfile::tempdir().unwrap();
        let voice = (0..RATE * 3 / 2).map(|at| if at % 260 < 130 { 12_000_i16 } else { -12_000 });
        let silent = |seconds: u32| std::iter::repeat_n(0_i16, usize::try_from(RATE * seconds).unwrap());
        let data: Vec<u8> = silent(1).chain(voice).chain(silent(3)).flat_map(i16::to_le_bytes).collect();
        let length = u32::try_from(data.len()).unwrap();
        let mut file = b"RIFF".to_vec();
        file.extend((length + 36).to_le_bytes());
        file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
        file.extend(RATE.to_le_bytes());
        file.extend((RATE * 2).to_le_bytes());
        file.extend(b"\x02\0\x10\0data");
        file.extend(length.to_le_bytes());
        file.extend(data);
        std::fs::write(folder.path().join("voice.wav"), file).unwrap();
        Self { folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("voice.wav")
    }

    /// A browser that has it, and lets every page use it.
    async fn browser(&self) -> Option<Browser> {
        Browser::open_with(&[
            "--use-fake-device-for-media-stream".to_owned(),
            "--use-fake-ui-for-media-stream".to_owned(),
            format!("--use-file-for-fake-audio-capture={}", self.file().display()),
        ])
        .await
    }
}

/// A company that hears these words in whatever is said, answers at length, and speaks.
async fn talking(hears: &str) -> (Company, SpeechServer) {
    let server = SpeechServer::start(SpeechScript::hearing(hears)).await;
    let url = server.url();
    let answer = format!("{}. {}.", "It is four and stays four".repeat(12), "That is all of it".repeat(12));
    let company =
        Company::open_with(Script::tokens([answer]), |start| start.config(ALONE).arg("--voice-url").arg(url))
            .await;
    let http = company.http();
    wait_until("the speech engine", PATIENCE, async || {
        let status = http.get("/api/v1/voice/status").await.ok();
        (status["can_hear"] == true && status["can_speak"] == true).then_some(())
    })
    .await;
    set_talk(&http, true).await;
    (company, server)
}

async fn set_talk(http: &Http, is: bool) {
    http.put("/api/v1/voice/state", json!({ "talk_active": is })).await.with_status(200);
}

/// What is said is shown, can be put right, is answered aloud, and writing ends the sound at once.
#[tokio::test]
async fn what_is_said_is_shown_answered_and_interrupted() {
    let microphone = Microphone::new();
    let Some(browser) = microphone.browser().await else { return };
    let (company, server) = talking("What is two and two").await;
    browser.go(&page(&company, "office?new=1")).await;
    browser.write(".talk", "\u{e007}").await;
    browser.until("the level", "document.querySelector('.voicebar .level')?.value > 0.05").await;
    browser.write(".talk", "\u{e007}").await;
    browser
        .until("what was heard", "document.querySelector('#write')?.value === 'What is two and two'")
        .await;
    assert!(server.recordings().iter().all(|bytes| *bytes > 1000));
    browser.write("#write", "?\n").await;
    browser.until("the answer sounds", &format!("{BAR}?.includes('Speaking')")).await;
    server.asked_to_say(1).await;
    browser.write("#write", "Wait").await;
    browser.until("silence", &format!("!{BAR}?.includes('Speaking')")).await;
    let said = "[...document.querySelectorAll('.message.user .body')].map((body) => body.innerText.trim())";
    browser
        .until("what was put right", &format!("JSON.stringify({said}) === '[\"What is two and two?\"]'"))
        .await;
    browser
        .until(
            "the whole answer as text",
            "document.querySelector('.message.assistant .body')?.innerText.includes('That is all')",
        )
        .await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

/// What is said as a command is obeyed: a page is opened.
#[tokio::test]
async fn a_spoken_command_opens_a_page() {
    let microphone = Microphone::new();
    let Some(browser) = microphone.browser().await else { return };
    let (company, _server) = talking("Hey Dina, open the tasks page.").await;
    browser.go(&page(&company, "office?new=1")).await;
    browser.write(".talk", "\u{e007}").await;
    browser.until("the level", "document.querySelector('.voicebar .level')?.value > 0.05").await;
    browser.write(".talk", "\u{e007}").await;
    browser.until("what was heard", "document.querySelector('#write')?.value.includes('tasks page')").await;
    browser.write("#write", "\n").await;
    browser.until("the page", "location.hash === '#/tasks'").await;
}

/// In a call nobody presses anything; the talk switched off elsewhere ends its sound, and another window takes the microphone.
#[tokio::test]
async fn a_call_listens_by_itself_in_one_window_only() {
    const STATE: &str = "document.querySelector('.call-view [role=status]')?.innerText";
    let microphone = Microphone::new();
    let Some(browser) = microphone.browser().await else { return };
    let (company, _server) = talking("What is two and two?").await;
    browser.go(&page(&company, "call/agents/engineering-atlas")).await;
    browser.press(".call-view .decide .button.first").await;
    browser.until("the answer sounds", &format!("{STATE} === 'Speaking'")).await;
    set_talk(&company.http(), false).await;
    browser.until("silence", &format!("{STATE} !== 'Speaking'")).await;
    let sessions = company.http().get("/api/v1/agents/engineering-atlas/chat/sessions").await.ok();
    assert_eq!(text(&sessions["sessions"][0]["scope_id"]), "engineering-atlas");

    let first = browser.second_window().await;
    browser.go(&page(&company, "call/daena")).await;
    browser.press(".call-view .decide .button.first").await;
    browser.until("this window listens", "document.querySelector('.call-view .danger')").await;
    browser.to_window(first).await;
    browser.until_text("Another window listens now").await;
}

/// A microphone that is refused is explained, and writing goes on.
#[tokio::test]
async fn a_refused_microphone_is_explained() {
    let Some(browser) = Browser::open_with(&["--deny-permission-prompts".to_owned()]).await else { return };
    let (company, _server) = talking("Nothing").await;
    browser.go(&page(&company, "office?new=1")).await;
    browser.write(".talk", "\u{e007}").await;
    let told = browser.until("why", "document.querySelector('.voicebar [role=alert]')?.innerText").await;
    assert!(["refused", "no microphone"].iter().any(|word| text(&told).contains(word)), "{told}");
    browser.write("#write", "Then I write\n").await;
    browser
        .until("an answer", "document.querySelector('.message.assistant .body')?.innerText.includes('four')")
        .await;
}

/// How Daena sounds is set in one window and seen in the other.
#[tokio::test]
async fn the_voice_is_the_same_in_two_windows() {
    let Some(browser) = Browser::open().await else { return };
    let (company, _server) = talking("Nothing").await;
    browser.go(&page(&company, "settings")).await;
    browser
        .until("the form", "document.querySelector('.voiceform [name=talk_active]')?.checked === true")
        .await;
    let first = browser.second_window().await;
    browser.go(&page(&company, "office?new=1")).await;
    browser
        .until("spoken", "document.querySelector('.composer .hint button')?.innerText.includes('are spoken')")
        .await;
    browser.press(".composer .hint button").await;
    browser
        .until("silent", "document.querySelector('.composer .hint button')?.innerText.includes('are silent')")
        .await;
    browser.to_window(first).await;
    browser
        .until("the same here", "document.querySelector('.voiceform [name=talk_active]')?.checked === false")
        .await;
    assert_eq!(company.http().get("/api/v1/voice/state").await.ok()["talk_active"], Value::Bool(false));
}

/// An agent's own voice is set on its page, and taken away again there.
#[tokio::test]
async fn an_agents_own_voice_can_be_taken_away_again() {
    let Some(browser) = Browser::open().await else { return };
    let (company, _server) = talking("Nothing").await;
    let http = company.http();
    let voice = "/api/v1/agents/hr-talent/voice";
    let inherited = http.get(voice).await.ok();
    browser.go(&page(&company, "agents/hr-talent")).await;
    browser.press_named("Voice").await;
    browser.until("the form", "document.querySelector('dialog[open] .voiceform [name=rate]')").await;
    let again = "document.querySelector('dialog[open]').innerText.includes('As the department again')";
    assert_eq!(
        browser.run(&format!("return {again}"), Value::Null).await,
        false,
        "it has nothing of its own"
    );
    browser.press_named("Close").await;
    http.put(voice, json!({"rate": 1.7})).await.ok();
    browser.press_named("Voice").await;
    browser.press_named("As the department again").await;
    browser.until("the end", "!document.querySelector('dialog[open]')").await;
    assert_eq!(http.get(voice).await.ok(), inherited);
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}
