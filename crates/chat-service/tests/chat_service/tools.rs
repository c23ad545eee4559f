//! Replies that use tools: rounds, the Founder's yes and no, limits, restarts, and whatever else can happen in between.

mod exports;
mod forms;
mod offers;
mod rounds;
mod waits;

use crate::house::{House, Plan, ollama, openai, soon, to_agent, to_daena, to_department};
use crate::replica::Replica;
use crate::rules::HandClock;
use ToolCallStatus as S;
use async_trait::async_trait;
use chat_service::domain::view::MessageView;
use chat_service::domain::{
    ConnectionId, EntityId, Limit, Message, MessageId, MessageState, Position, Scope, Speaker, SpeakerKind,
    ToolAccess, ToolApproval, ToolCallId, ToolCallStatus,
};
use chat_service::{
    ChatError, ChatModel, ChatRequest, ChatService, ChatServiceBuilder, Chunk, Decision, GrantedTool,
    PromptRole, PutCall, ScriptedModel, Store, ToolAnswer, ToolCallDelta, ToolFailure, ToolLimits,
    ToolProgress, ToolRequest, Toolbox,
};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use tempfile::TempDir;
use testkit::{DEADLINE, Fault, ModelServer, Script, wait_until};
use tokio_util::sync::CancellationToken;

/// Three tools: `look` reads, `write` and `burn` want a yes.
#[derive(Clone, Default)]
struct Box3 {
    called: Arc<Mutex<Vec<ToolRequest>>>,
    always: Arc<Mutex<Vec<String>>>,
    /// What `look` gives.
    look: Arc<Mutex<Option<String>>>,
    /// Calls hang until they are cancelled; how many were.
    hangs: Arc<Mutex<bool>>,
    cancelled: Arc<AtomicI64>,
    /// Tools besides the three.
    more: Arc<Mutex<Vec<GrantedTool>>>,
    /// What each of them is.
    form: Arc<Mutex<String>>,
    store: Arc<OnceLock<Store>>,
    /// A window that says no in the moment before a yes for always is written.
    rival: Arc<Mutex<Option<(ChatService, ToolCallId)>>>,
}

impl Box3 {
    fn called(&self) -> Vec<String> {
        self.called.lock().unwrap().iter().map(|call| call.tool.clone()).collect()
    }

    fn gives(&self, text: &str) {
        *self.look.lock().unwrap() = Some(text.to_owned());
    }
}

struct Cancelled(Arc<AtomicI64>);

impl Drop for Cancelled {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn connection() -> ConnectionId {
    ConnectionId::from_bytes([7; 16])
}

#[async_trait]
impl Toolbox for Box3 {
    fn granted(&self, _: &Scope, speaker: &Speaker) -> Vec<GrantedTool> {
        assert!(matches!(speaker.kind, SpeakerKind::Daena | SpeakerKind::Agent));
        let tool = |tool: &str, access, approval| GrantedTool {
            connection_id: connection(),
            connection: "house".into(),
            tool: tool.into(),
            name: format!("house__{tool}"),
            description: format!("To {tool}."),
            input_schema: json!({"type": "object"}),
            access,
            approval,
            form: self.form.lock().unwrap().clone(),
        };
        let always = |name: &str| self.always.lock().unwrap().iter().any(|it| it == name);
        let asks = |name: &str| if always(name) { ToolApproval::Always } else { ToolApproval::Ask };
        let three = [
            tool("look", ToolAccess::Read, ToolApproval::Never),
            tool("write", ToolAccess::Write, asks("write")),
            tool("burn", ToolAccess::Destructive, asks("burn")),
        ];
        three.into_iter().chain(self.more.lock().unwrap().clone()).collect()
    }

    fn check(&self, call: &ToolRequest) -> Result<(), ToolFailure> {
        match call.arguments.get("bad") {
            Some(_) => Err(ToolFailure::new("/bad: is not allowed")),
            None => Ok(()),
        }
    }

    async fn call(
        &self,
        call: &ToolRequest,
        progress: &(dyn Fn(ToolProgress) + Send + Sync),
        _: CancellationToken,
    ) -> Result<ToolAnswer, ToolFailure> {
        self.called.lock().unwrap().push(call.clone());
        progress(ToolProgress { progress: 1.0, total: Some(2.0), message: None });
        let hangs = *self.hangs.lock().unwrap();
        if hangs {
            let _counted = Cancelled(Arc::clone(&self.cancelled));
            std::future::pending::<()>().await;
        }
        let look = self.look.lock().unwrap().clone();
        match call.tool.as_str() {
            "look" => Ok(ToolAnswer { text: look.unwrap_or_else(|| "sunny".into()), is_error: false }),
            "write" => Ok(ToolAnswer { text: "no room".into(), is_error: true }),
            _ => Err(ToolFailure::new("the server died")),
        }
    }

    fn form(&self, _: ConnectionId, _: &str) -> Option<String> {
        Some(self.form.lock().unwrap().clone())
    }

    async fn always(
        &self,
        connection_id: ConnectionId,
        tool: &str,
        form: &str,
        yes: Decision,
    ) -> Result<(), ToolFailure> {
        assert_eq!(connection_id, connection());
        assert_eq!(form, *self.form.lock().unwrap());
        let rival = self.rival.lock().unwrap().take();
        if let Some((chat, call)) = rival {
            chat.refuse(call, None).await.unwrap();
        }
        let written = self.store.get().unwrap().write(move |tx| yes.write(tx)).await;
        written.map_err(|error| ToolFailure::new(error.to_string()))?;
        self.always.lock().unwrap().push(tool.to_owned());
        Ok(())
    }
}

fn call(index: usize, name: &str, arguments: &str) -> ToolCallDelta {
    let id = Some(format!("c{index}"));
    ToolCallDelta { index, id, name: Some(name.into()), arguments: arguments.into() }
}

/// How many rounds of calls a question has behind it.
fn rounds(request: &ChatRequest) -> usize {
    request.messages.iter().filter(|message| !message.calls.is_empty()).count()
}

/// What tools gave, as the question tells it.
fn gave(request: &ChatRequest) -> Vec<String> {
    let tools = request.messages.iter().filter(|message| message.role == PromptRole::Tool);
    tools.map(|message| message.content.clone()).collect()
}

fn text(text: &str) -> Chunk {
    Chunk::Text(text.to_owned())
}

/// Says something and asks for these calls, and then says what they gave.
fn asking(calls: Vec<ToolCallDelta>) -> ScriptedModel {
    ScriptedModel::of_chunks(move |request| match rounds(request) {
        0 => vec![text("Let me see."), Chunk::Calls(calls.clone())],
        _ => vec![text("It is so: "), text(&gave(request).join("; "))],
    })
}

fn builder(folder: &TempDir, model: impl ChatModel, tools: &Box3, limits: ToolLimits) -> ChatServiceBuilder {
    ChatService::builder()
        .database(folder.path().join("daena.db"))
        .model(Arc::new(model))
        .limits(chat_service::ChatLimits { tools: limits, ..Plan::default().limits })
        .gateway(Plan::default().gateway)
        .toolbox(Arc::new(tools.clone()))
}

async fn open(folder: TempDir, model: impl ChatModel, tools: &Box3, limits: ToolLimits) -> House {
    let house = House::around(builder(&folder, model, tools, limits).start().await.unwrap(), folder);
    tools.store.set(house.chat.store().clone()).ok();
    house
}

async fn house(model: impl ChatModel, tools: &Box3) -> House {
    let house = open(tempfile::tempdir().unwrap(), model, tools, ToolLimits::default()).await;
    house.chat.probe_brain().await.unwrap();
    house
}

impl House {
    async fn waiting(&self, count: usize) -> Vec<PutCall> {
        let look = async || {
            let list = self.chat.approvals(Some(S::Waiting), None, Limit::default()).await.unwrap();
            Some(list.page.items).filter(|items| items.len() == count)
        };
        wait_until("calls that wait", DEADLINE, look).await
    }

    async fn has_calls(&self, id: MessageId, statuses: &[S]) -> Message {
        let is = |row: &Message| states(row) == statuses;
        self.row_is(id, &format!("{id} to have {statuses:?}"), is).await
    }

    async fn kinds_of_call(&self, id: ToolCallId) -> Vec<String> {
        let events = self.events_after(Position::START).await;
        let about = events.iter().filter(|event| {
            event.event_type.starts_with("chat.tool.") && event.payload.get().contains(&id.to_string())
        });
        about.map(|event| event.event_type.to_string()).collect()
    }
}

fn states(message: &Message) -> Vec<S> {
    message.tool_calls.iter().map(|call| call.status).collect()
}
