//! The words of every enum: the same on the wire, in the database and in queries.
#![allow(clippy::unwrap_used, reason = "a helper of tests may stop at the first surprise")]

use crate::samples::states;
use domain::view::MessageStatus;
use domain::{
    AccessSource, AgentStatus, Cleared, Closing, ConnectionStatus, DebateStatus, DepartmentStatus,
    EmergencyAction, EntityType, FailureCode, ImportForm, ImportStatus, NoteStatus, PullStatus, Role,
    Routing, ScopeType, SessionCategory, SpeakerKind, ToolAccess, ToolApproval, ToolCallStatus,
    TransportKind,
};

/// The words of an enum, each checked to be the same on all its ways.
macro_rules! words_of {
    ($($name:ident),+) => {
        [$({
            let words: Vec<&str> = $name::ALL.iter().map(|value| value.as_str()).collect();
            for (value, word) in $name::ALL.iter().zip(&words) {
                assert_eq!(serde_json::to_string(value).unwrap(), format!("\"{word}\""));
                assert_eq!(serde_json::from_str::<$name>(&format!("\"{word}\"")).unwrap(), *value);
                assert_eq!(word.parse::<$name>().as_ref(), Ok(value));
                assert_eq!($name::from_word(word), Some(*value));
                assert_eq!(value.to_string(), *word);
            }
            assert!($name::from_word("nonsense").is_none());
            let refused = "nonsense".parse::<$name>().unwrap_err();
            assert!(words.iter().all(|word| refused.contains(word)), "{refused}");
            format!("{}: {}", stringify!($name), words.join(" "))
        }),+].join("\n")
    };
}

#[test]
fn each_enum_has_one_word_for_each_value_everywhere() {
    insta::assert_snapshot!(
        "words",
        words_of!(
            AccessSource,
            AgentStatus,
            Cleared,
            Closing,
            ConnectionStatus,
            DebateStatus,
            DepartmentStatus,
            EmergencyAction,
            EntityType,
            FailureCode,
            ImportForm,
            ImportStatus,
            NoteStatus,
            Role,
            Routing,
            PullStatus,
            ScopeType,
            SessionCategory,
            SpeakerKind,
            ToolAccess,
            ToolApproval,
            ToolCallStatus,
            TransportKind
        )
    );
}

#[test]
fn a_messages_state_has_the_same_word_stored_and_on_the_wire() {
    for state in states() {
        let wire = serde_json::to_string(&MessageStatus::from(&state)).unwrap();
        assert_eq!(wire, format!("\"{}\"", state.as_str()));
    }
}

#[test]
fn a_replys_life_has_these_steps_and_no_others() {
    let mut lines = Vec::new();
    for from in states() {
        let steps = states().into_iter().filter_map(|to| from.become_state(to).ok());
        let steps: Vec<&str> = steps.map(|state| state.as_str()).collect();
        lines.push(format!("{} -> {}", from.as_str(), steps.join(" ")));
    }
    insta::assert_snapshot!("steps", lines.join("\n"));
}
