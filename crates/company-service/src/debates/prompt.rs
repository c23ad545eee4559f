//! What the members and Daena are told in a debate.

use super::record::{Line, Record};
use chat_service::{PromptMessage, PromptRole};
use domain::CouncilMember;

/// A prompt, and the places in it of what the Founder threw in: where there is no room for all, what the members said goes
/// before that.
pub(super) struct Prompt {
    pub(super) messages: Vec<PromptMessage>,
    pub(super) spare: Vec<usize>,
}

/// What a member is told when it is its turn: who it is, what is debated, and all that was said so far.
pub(super) fn turn(record: &Record, member: &CouncilMember) -> Prompt {
    let debate = &record.debate;
    let mut system = format!("You are {}, {}, a member of the {}.", member.name, member.role, record.council);
    if !member.persona_source.is_empty() {
        system.push_str(&format!(" You think in the tradition of {}.", member.persona_source));
    }
    if !member.persona.is_empty() {
        system.push('\n');
        system.push_str(&member.persona);
    }
    let task = match debate.round {
        1 => "Give your position and your reasons.",
        _ => "Answer what the others said, and say where you have changed your mind.",
    };
    system.push_str(&format!(
        "\nThe council debates a question of the Founder, who owns the company and may join in:\n{}\n\nThis is round {} \
         of {}. {task} At most 150 words, in the language of the question, for yourself only. Do not greet, and do not \
         repeat what was said. Never invent facts or figures.",
        debate.topic, debate.round, debate.rounds
    ));
    let words = |line: &Line<'_>| {
        let text = &line.message.content;
        match line.by {
            Some(by) if by == member.id => PromptMessage::assistant(text.clone()),
            _ => PromptMessage::user(format!("{}: {text}", line.message.speaker.name)),
        }
    };
    conversation(system, record, words, format!("It is your turn, {}.", member.name))
}

/// What Daena is told when the debate is to be summed up.
pub(super) fn synthesis(record: &Record, absent: &[String]) -> Prompt {
    let mut system = format!(
        "You are Daena, the executive assistant of an AI company. The {} has debated a question of the Founder, who owns \
         the company:\n{}\n\nSum the debate up for the Founder, in the language of the question, in four sections under \
         exactly these headings:\nRECOMMENDATION\nwhat to do, and why, in a few sentences\nAGREEMENTS\n- what the members \
         agree on\nDISAGREEMENTS\n- what they do not agree on, and who holds what\nCAVEATS\n- what remains doubtful\nUse \
         only what was said; never invent facts or figures. Write \"none\" where there is nothing.",
        record.council, record.debate.topic
    );
    if !absent.is_empty() {
        system.push_str(&format!("\nThese members missed a turn: {}.", absent.join(", ")));
    }
    let words = |line: &Line<'_>| {
        let speaker = &line.message.speaker;
        PromptMessage::user(format!("{} ({}): {}", speaker.name, speaker.role, line.message.content))
    };
    conversation(system, record, words, "Write the synthesis now.".to_owned())
}

/// What was said between an opening and what is asked for, which stands alone: user and assistant take turns, as many models
/// are taught.
fn conversation(
    system: String,
    record: &Record,
    words: impl Fn(&Line<'_>) -> PromptMessage,
    ask: String,
) -> Prompt {
    let mut messages = vec![PromptMessage::system(system), PromptMessage::user("The debate is open.")];
    let mut spare = Vec::new();
    for line in record.lines() {
        if line.by.is_none() {
            spare.push(messages.len());
        }
        messages.push(words(&line));
    }
    if messages.last().is_some_and(|last| last.role == PromptRole::User) {
        messages.push(PromptMessage::assistant("I have listened."));
    }
    messages.push(PromptMessage::user(ask));
    Prompt { messages, spare }
}
