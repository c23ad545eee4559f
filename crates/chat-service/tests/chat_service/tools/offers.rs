//! What a model is told of the tools that are granted.

use super::*;

/// A tool whose description and schema have so many bytes.
fn tool(name: &str, description: usize, schema: usize) -> GrantedTool {
    GrantedTool {
        connection_id: connection(),
        connection: "house".into(),
        tool: name.into(),
        name: name.into(),
        description: "é".repeat(description / 2),
        input_schema: json!({"type": "object", "description": "x".repeat(schema)}),
        access: ToolAccess::Read,
        approval: ToolApproval::Never,
        form: String::new(),
    }
}

fn offered(request: &ChatRequest) -> Vec<String> {
    let tools = request.tools.iter().flat_map(|tools| &tools.offered);
    tools.map(|tool| tool["function"]["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn tools_take_a_quarter_of_the_context_at_most_and_the_founder_is_told_of_the_others_once() {
    let tools = Box3::default();
    // A quarter of 8192 tokens is room for some 6,100 bytes.
    *tools.more.lock().unwrap() = vec![
        tool("vast", 0, 100_000),
        tool("large", 0, 3_000),
        tool("too_large_by_now", 0, 3_000),
        tool("small", 0, 500),
        tool("also_too_large", 0, 3_000),
        tool("and_this", 0, 3_000),
    ];
    let model = ScriptedModel::of_chunks(|_| vec![text("Yes.")]);
    let house = house(model.clone(), &tools).await;
    let first = house.turn(to_daena("Are you there?")).await.reply;
    let fitting = ["house__look", "house__write", "house__burn", "large", "small"];
    assert_eq!(offered(&model.requests()[0]), fitting, "in the order in which they are granted");
    assert_eq!(
        first.content,
        "Yes.\n\n(The model was not told of 4 of 9 tools, having no room for them: \
         vast, too_large_by_now, also_too_large, ….)"
    );
    let second = house.turn(to_daena("Still?").in_session(first.session_id)).await.reply;
    assert_eq!(second.content, "Yes.", "once in a session is enough");
    assert_eq!(offered(&model.requests()[1]), fitting);
}

#[tokio::test]
async fn where_the_model_refuses_tools_nobody_is_told_that_room_was_short() {
    let tools = Box3::default();
    *tools.more.lock().unwrap() = vec![tool("vast", 0, 100_000)];
    let server = ModelServer::start(Script::fault(Fault::NoTools)).await;
    let house = house(ollama(&server), &tools).await;
    let ended = house.turn(to_daena("Are you there?")).await.reply;
    assert_eq!(server.stats().chats, 2, "with tools, and without");
    assert!(!ended.content.is_empty() && !ended.content.contains("room"), "{ended:?}");
}

#[tokio::test]
async fn a_tool_that_was_not_offered_cannot_be_called() {
    let tools = Box3::default();
    *tools.more.lock().unwrap() = vec![tool("vast", 0, 100_000)];
    let house = house(asking(vec![call(0, "vast", "{}")]), &tools).await;
    let ended = house.turn(to_daena("Call it")).await.reply;
    assert_eq!(states(&ended), [S::Failed]);
    assert!(tools.called().is_empty() && ended.content.contains("there is no tool \"vast\""), "{ended:?}");
}

#[tokio::test]
async fn of_a_long_description_the_model_reads_the_beginning() {
    let tools = Box3::default();
    *tools.more.lock().unwrap() = vec![tool("wordy", 5_001, 10)];
    let model = ScriptedModel::of_chunks(|_| vec![text("Yes.")]);
    let house = house(model.clone(), &tools).await;
    assert_eq!(house.turn(to_daena("Are you there?")).await.reply.content, "Yes.");
    let request = &model.requests()[0];
    let told = &request.tools.as_ref().unwrap().offered[3]["function"];
    assert_eq!(told["description"], "é".repeat(512));
}
