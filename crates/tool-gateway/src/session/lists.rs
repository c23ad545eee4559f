//! What a server offers.

use super::Session;
use crate::schema::compile;
use crate::words::Words;
use crate::{GatewaySettings, Prompt, PromptArgument, Resource, Tool, ToolHints};
use jsonschema::Validator;
use rmcp::model::{
    ClientRequest, ListPromptsRequest, ListResourcesRequest, ListToolsRequest, PaginatedRequestParams,
    ServerCapabilities, ServerResult,
};
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// How many pages of a list are asked for at most.
const MAX_PAGES: usize = 64;
const MAX_NAME: usize = 128;
const MAX_DESCRIPTION: usize = 8 * 1024;

/// What a server offered when it was last asked.
#[derive(Default)]
pub(super) struct Lists {
    pub(super) tools: Arc<[Tool]>,
    pub(super) resources: Arc<[Resource]>,
    pub(super) prompts: Arc<[Prompt]>,
    /// By the tool's name.
    pub(super) validators: HashMap<String, Arc<Validator>>,
    /// What was left out, and why.
    pub(super) remark: Option<String>,
}

impl Session {
    /// Reads the server's lists anew. What it does not offer is not asked for; a list that it refuses counts as empty, but the
    /// one of its tools.
    pub(crate) async fn list(&self, settings: &GatewaySettings, within: Duration) -> Result<(), String> {
        let offered = self.peer.peer_info().map(|info| info.capabilities.clone()).unwrap_or_default();
        let ServerCapabilities { tools, resources, prompts, .. } = offered;
        let mut lists = Lists::default();
        if tools.is_some() {
            let listed = self.pages(settings, within, Page::tools).await?;
            lists.take_tools(listed, &self.words, settings);
        }
        if resources.is_some() {
            let listed = self.pages(settings, within, Page::resources).await.unwrap_or_default();
            lists.resources = listed.into_iter().map(|it| Resource::of(it, &self.words)).collect();
        }
        if prompts.is_some() {
            let listed = self.pages(settings, within, Page::prompts).await.unwrap_or_default();
            lists.prompts = listed.into_iter().map(|it| Prompt::of(it, &self.words)).collect();
        }
        *self.lists.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(lists);
        Ok(())
    }

    /// One list, page by page, until it ends or is long enough.
    async fn pages<T>(
        &self,
        settings: &GatewaySettings,
        within: Duration,
        ask: impl Fn(PaginatedRequestParams) -> Question<T>,
    ) -> Result<Vec<T>, String> {
        let mut listed = Vec::new();
        let mut cursor = None;
        for _ in 0..MAX_PAGES {
            let (request, read) = ask(PaginatedRequestParams::default().with_cursor(cursor.take()));
            let answer = self.ask(request, within).await.map_err(|error| self.why(&error))?;
            let page = read(answer).ok_or("its answer is not the list it was asked for")?;
            listed.extend(page.items);
            // One more than is kept tells that there are more.
            listed.truncate(settings.listed_limit + 1);
            cursor = page.next;
            if cursor.is_none() || listed.len() > settings.listed_limit {
                break;
            }
        }
        Ok(listed)
    }
}

/// One page of a list.
struct Page<T> {
    items: Vec<T>,
    next: Option<String>,
}

type Question<T> = (ClientRequest, fn(ServerResult) -> Option<Page<T>>);

impl Page<rmcp::model::Tool> {
    fn tools(page: PaginatedRequestParams) -> Question<rmcp::model::Tool> {
        (ClientRequest::ListToolsRequest(ListToolsRequest::with_param(page)), |answer| match answer {
            ServerResult::ListToolsResult(list) => Some(Self { items: list.tools, next: list.next_cursor }),
            _ => None,
        })
    }
}

impl Page<rmcp::model::Resource> {
    fn resources(page: PaginatedRequestParams) -> Question<rmcp::model::Resource> {
        (ClientRequest::ListResourcesRequest(ListResourcesRequest::with_param(page)), |answer| match answer {
            ServerResult::ListResourcesResult(list) => {
                Some(Self { items: list.resources, next: list.next_cursor })
            }
            _ => None,
        })
    }
}

impl Page<rmcp::model::Prompt> {
    fn prompts(page: PaginatedRequestParams) -> Question<rmcp::model::Prompt> {
        (ClientRequest::ListPromptsRequest(ListPromptsRequest::with_param(page)), |answer| match answer {
            ServerResult::ListPromptsResult(list) => {
                Some(Self { items: list.prompts, next: list.next_cursor })
            }
            _ => None,
        })
    }
}

impl Lists {
    /// Keeps the tools that can be called, and says which cannot.
    fn take_tools(&mut self, listed: Vec<rmcp::model::Tool>, words: &Words, settings: &GatewaySettings) {
        let mut left_out = Vec::new();
        let mut names = HashSet::new();
        let mut tools = Vec::new();
        for (place, tool) in listed.into_iter().enumerate() {
            if place == settings.listed_limit {
                left_out.push(format!("all after the first {place}"));
                break;
            }
            let name = words.clean(&tool.name);
            match self.usable(tool, words, settings) {
                Ok(tool) if !names.insert(tool.name.clone()) => {
                    left_out.push(format!("{name:?}: it is listed twice"))
                }
                Ok(tool) => tools.push(tool),
                Err(why) => left_out.push(format!("{name:?}: {why}")),
            }
        }
        self.tools = tools.into();
        self.remark =
            (!left_out.is_empty()).then(|| words.clean(&format!("tools left out: {}", left_out.join("; "))));
    }

    fn usable(
        &mut self,
        tool: rmcp::model::Tool,
        words: &Words,
        settings: &GatewaySettings,
    ) -> Result<Tool, String> {
        let name = tool.name.into_owned();
        if name.is_empty() || name.len() > MAX_NAME || name.chars().any(char::is_control) {
            return Err(format!("its name is not one of 1 to {MAX_NAME} bytes"));
        }
        let mut input_schema = Value::Object(Arc::unwrap_or_clone(tool.input_schema));
        words.blacken_schema(&mut input_schema);
        if input_schema.to_string().len() > settings.schema_limit {
            return Err(format!("its schema has more than {} bytes", settings.schema_limit));
        }
        let validator = compile(&input_schema).map_err(|error| error.to_string())?;
        self.validators.entry(name.clone()).or_insert_with(|| Arc::new(validator));
        let hints = tool.annotations.unwrap_or_default();
        Ok(Tool {
            name,
            title: tool.title.or(hints.title).map(|title| words.clean(&title)),
            description: tool.description.map(|text| words.beginning(&text, MAX_DESCRIPTION)),
            input_schema,
            hints: ToolHints {
                read_only: hints.read_only_hint,
                destructive: hints.destructive_hint,
                idempotent: hints.idempotent_hint,
                open_world: hints.open_world_hint,
            },
        })
    }
}

impl Resource {
    fn of(resource: rmcp::model::Resource, words: &Words) -> Self {
        Self {
            uri: words.beginning(&resource.uri, MAX_DESCRIPTION),
            name: words.clean(&resource.name),
            title: resource.title.map(|title| words.clean(&title)),
            description: resource.description.map(|text| words.beginning(&text, MAX_DESCRIPTION)),
            mime_type: resource.mime_type.map(|kind| words.clean(&kind)),
        }
    }
}

impl Prompt {
    fn of(prompt: rmcp::model::Prompt, words: &Words) -> Self {
        const MAX_ARGUMENTS: usize = 64;
        let arguments = prompt.arguments.unwrap_or_default().into_iter().take(MAX_ARGUMENTS);
        Self {
            name: words.clean(&prompt.name),
            title: prompt.title.map(|title| words.clean(&title)),
            description: prompt.description.map(|text| words.beginning(&text, MAX_DESCRIPTION)),
            arguments: arguments
                .map(|argument| PromptArgument {
                    name: words.clean(&argument.name),
                    description: argument.description.map(|text| words.clean(&text)),
                    required: argument.required.unwrap_or_default(),
                })
                .collect(),
        }
    }
}

impl fmt::Debug for Lists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lists").field("tools", &self.tools.len()).finish_non_exhaustive()
    }
}
