//! The tools, as they are told of.

use serde_json::{Value, json};

/// All of them.
pub(super) fn all() -> Value {
    let message = json!({"type": "string", "minLength": 1, "description": "What to say, in any language."});
    let session = json!({"type": "string", "format": "uuid", "description":
        "The session_id of an earlier answer, to go on with that conversation. Without it a new one begins."});
    json!([
        {
            "name": "ask_daena", "title": "Ask Daena",
            "description": "Asks Daena, the executive assistant of the company, and waits for her answer.",
            "inputSchema": object(&["message"], json!({"message": message, "session_id": session})),
            "annotations": asks(),
        },
        {
            "name": "ask_department", "title": "Ask a department",
            "description": "Asks a department; its spokesperson answers after asking the colleagues.",
            "inputSchema": object(&["department", "message"], json!({
                "department": slug("The department's slug, such as `engineering`."),
                "message": message, "session_id": session,
            })),
            "annotations": asks(),
        },
        {
            "name": "ask_agent", "title": "Ask an agent",
            "description": "Asks one agent of the company.",
            "inputSchema": object(&["agent", "message"], json!({
                "agent": slug("The agent's slug, such as `hr-talent`."), "message": message, "session_id": session,
            })),
            "annotations": asks(),
        },
        {
            "name": "ask_council", "title": "Ask a council",
            "description": "Has a council of experts debate a topic, waits for the end, and gives one recommendation. This \
                takes minutes: after a time-out, call it again with the debate's session_id alone.",
            "inputSchema": object(&[], json!({
                "council": slug("The council's slug."),
                "topic": {"type": "string", "minLength": 1, "maxLength": 10_000, "description": "What to debate."},
                "rounds": {"type": "integer", "minimum": 1, "maximum": 5, "description": "How often each speaks; 2."},
                "deadline_s": {"type": "integer", "minimum": 10, "maximum": 3600,
                    "description": "How many seconds it may take; 600."},
                "session_id": {"type": "string", "format": "uuid", "description":
                    "A debate that was begun before, to wait for it again; then nothing else is needed."},
            })),
            "annotations": asks(),
        },
        {
            "name": "search_history", "title": "Search the history",
            "description": "Finds messages and titles in all conversations of the company.",
            "inputSchema": object(&["query"], json!({
                "query": {"type": "string", "minLength": 1, "maxLength": 500, "description":
                    "Words that must all be there; \"a phrase\"; begin* for a beginning; -word for what must not be there."},
                "limit": limit(),
            })),
            "annotations": {"readOnlyHint": true, "openWorldHint": false},
        },
        {
            "name": "list_tasks", "title": "List tasks",
            "description": "The company's tasks, the newest first.",
            "inputSchema": object(&[], json!({
                "status": {"type": "string", "enum": ["pending", "running", "completed", "failed", "cancelled"]},
                "limit": limit(),
            })),
            "annotations": {"readOnlyHint": true, "openWorldHint": false},
        },
        {
            "name": "create_task", "title": "Create a task",
            "description": "Writes down a task for a department or an agent, and with `start` has it done.",
            "inputSchema": object(&["title"], json!({
                "title": {"type": "string", "minLength": 1, "maxLength": 200, "description": "One line."},
                "description": {"type": "string", "maxLength": 20_000, "description": "What is to be done."},
                "priority": {"type": "string", "enum": ["low", "medium", "high", "urgent"]},
                "department_id": slug("The department it is for."),
                "agent_id": slug("The agent that does it."),
                "start": {"type": "boolean", "description": "Whether it is to be begun at once."},
            })),
            "annotations": {"readOnlyHint": false, "destructiveHint": false, "openWorldHint": false},
        },
    ])
}

fn object(required: &[&str], properties: Value) -> Value {
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

fn slug(description: &str) -> Value {
    json!({"type": "string", "minLength": 1, "description": description})
}

fn limit() -> Value {
    json!({"type": "integer", "minimum": 1, "maximum": 200, "description": "The most of them; 10."})
}

/// It adds to a conversation, and takes nothing away.
fn asks() -> Value {
    json!({"readOnlyHint": false, "destructiveHint": false, "openWorldHint": false})
}
