//! A conversation of another program, as a session of ours.

use super::talk::Talk;
use domain::{
    Message, MessageId, MessageState, Role, Scope, Session, SessionId, Speaker, SpeakerKind, Timestamp, Title,
};
use persistence::Transferred;
use sha2::{Digest, Sha256};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use uuid::Uuid;

/// A conversation: a tree of nodes, some of which are messages.
#[derive(Debug)]
pub(super) struct Conversation {
    /// The program, for ids and names.
    pub(super) program: &'static str,
    pub(super) id: String,
    pub(super) title: Option<String>,
    pub(super) created_at: Option<Timestamp>,
    pub(super) updated_at: Option<Timestamp>,
    pub(super) pinned: bool,
    pub(super) archived: bool,
    pub(super) nodes: Vec<Node>,
    /// The last node of the branch shown.
    pub(super) current: Option<String>,
}

/// A node.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) id: String,
    pub(super) parent: Option<String>,
    pub(super) at: Option<Timestamp>,
    /// What was said; none for a node that is left out.
    pub(super) said: Option<Said>,
}

/// What was said.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) role: Role,
    /// Who, where the program names somebody.
    pub(super) name: Option<String>,
    pub(super) text: String,
    pub(super) model: Option<String>,
}

/// A time as other programs write it: seconds since 1970, or thousandths, millionths, billionths of it. What none of these can be, as
/// it would lie behind the year 5000, is no time.
pub(super) fn time(seconds: f64) -> Option<Timestamp> {
    let micros = match seconds {
        s if !s.is_finite() || s <= 0.0 => return None,
        s if s < 1e11 => s * 1e6,
        s if s < 1e14 => s * 1e3,
        s if s < 1e17 => s,
        s if s < 1e20 => s / 1e3,
        _ => return None,
    };
    #[allow(clippy::cast_possible_truncation, reason = "below the year 5000, as was just seen")]
    let micros = micros.round() as i64;
    Some(Timestamp::from_micros(micros))
}

/// The same for the same parts, whenever a file is read: what is imported twice is there once.
fn id(parts: &[&str]) -> Uuid {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    }
    let mut bytes = [0; 16];
    for (byte, of) in bytes.iter_mut().zip(digest.finalize()) {
        *byte = of;
    }
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

impl Conversation {
    fn message_id(&self, node: &str) -> MessageId {
        MessageId::new(id(&[self.program, &self.id, node]))
    }

    /// As a session with nobody in particular, with its messages in the order in which they were written.
    pub(super) fn into_talk(self, mut talk: Talk) -> Talk {
        let written = order(&self.nodes);
        let earliest = self.nodes.iter().filter_map(|node| node.at).min();
        let created_at = self.created_at.or(earliest).unwrap_or(Timestamp::from_micros(0));
        let shown = self.shown();
        let session_id = SessionId::new(id(&[self.program, &self.id]));
        // The message that stands for each node: its own, or that of the nearest node before it.
        let mut stands: HashMap<&str, Option<MessageId>> = HashMap::new();
        let mut times: HashMap<&str, Timestamp> = HashMap::new();
        let mut messages = Vec::new();
        for node in &written {
            let parent = node.parent.as_deref();
            let parent_id = parent.and_then(|parent| stands.get(parent).copied().flatten());
            let before = parent.and_then(|parent| times.get(parent).copied()).unwrap_or(created_at);
            let at = node.at.unwrap_or(before);
            times.insert(&node.id, at);
            let Some(said) = &node.said else {
                stands.insert(&node.id, parent_id);
                continue;
            };
            let message_id = self.message_id(&node.id);
            stands.insert(&node.id, Some(message_id));
            let message = Message {
                id: message_id,
                session_id,
                role: said.role,
                speaker: speaker(self.program, said),
                content: said.text.clone(),
                state: MessageState::Complete,
                model: said.model.clone(),
                usage: None,
                response_time_ms: None,
                notes: Vec::new(),
                tool_calls: Vec::new(),
                parent_id,
                active: shown.contains(node.id.as_str()),
                client_message_id: None,
                created_at: at,
                updated_at: at,
            };
            messages.push(Transferred { message, asked_model: None });
        }
        let title = self.title.as_deref().filter(|title| !title.trim().is_empty());
        let by_hand = title.map(|title| Title::by_hand(title).unwrap_or_else(|| Title::from_text(title)));
        let titled = by_hand.is_some();
        let mut session = Session::new(
            session_id,
            by_hand.unwrap_or_else(Title::untitled),
            titled,
            Scope::General,
            created_at,
        );
        let latest = messages.iter().map(|it| it.message.created_at).max();
        session.updated_at = self.updated_at.or(latest).unwrap_or(created_at);
        session.pinned = self.pinned;
        session.archived = self.archived;
        talk.session = Some((session, messages));
        talk
    }

    /// The nodes of the branch shown. Without a current node: up from the node written last.
    fn shown(&self) -> HashSet<&str> {
        let parents: HashMap<&str, Option<&str>> =
            self.nodes.iter().map(|node| (node.id.as_str(), node.parent.as_deref())).collect();
        let current = self.current.as_deref().filter(|id| parents.contains_key(id));
        let last = || order(&self.nodes).last().map(|node| node.id.as_str());
        let mut shown = HashSet::new();
        let mut next = current.or_else(last);
        // A circle ends where it begins.
        while let Some(id) = next.filter(|id| shown.insert(*id)) {
            next = parents.get(id).copied().flatten();
        }
        shown
    }
}

fn speaker(program: &str, said: &Said) -> Speaker {
    let named = |default: &str| said.name.clone().unwrap_or_else(|| default.to_owned());
    match said.role {
        Role::User => Speaker::founder(),
        Role::Assistant => {
            Speaker { name: named(program), role: "Language model".to_owned(), ..Speaker::daena() }
        }
        Role::System => Speaker {
            kind: SpeakerKind::System,
            id: "system".to_owned(),
            name: named("System"),
            role: "System".to_owned(),
        },
    }
}

/// The nodes in the order in which they were written: by time, and none before the one it follows. Where they follow each
/// other in a circle, it is cut open.
fn order(nodes: &[Node]) -> Vec<&Node> {
    let places: HashMap<&str, usize> =
        nodes.iter().enumerate().map(|(at, node)| (node.id.as_str(), at)).collect();
    let mut followers: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut ready = BinaryHeap::new();
    for (at, node) in nodes.iter().enumerate() {
        match node.parent.as_deref().and_then(|parent| places.get(parent)) {
            Some(parent) => followers.entry(*parent).or_default().push(at),
            None => ready.push(Reverse((node.at, at))),
        }
    }
    let mut written = Vec::with_capacity(nodes.len());
    let mut seen = HashSet::with_capacity(nodes.len());
    let mut rest = 0..nodes.len();
    loop {
        while let Some(Reverse((since, at))) = ready.pop() {
            if !seen.insert(at) {
                continue;
            }
            written.extend(nodes.get(at));
            for follower in followers.remove(&at).unwrap_or_default() {
                // One without a time was written right behind the one it follows.
                let own = nodes.get(follower).and_then(|node| node.at);
                ready.push(Reverse((own.or(since), follower)));
            }
        }
        match rest.find(|at| !seen.contains(at)) {
            Some(cut) => ready.push(Reverse((None, cut))),
            None => return written,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str, parent: &str, at: f64) -> Node {
        let said = Said { role: Role::User, name: None, text: id.to_owned(), model: None };
        let parent = Some(parent.to_owned()).filter(|parent| !parent.is_empty());
        Node { id: id.to_owned(), parent, at: time(at), said: Some(said) }
    }

    fn texts(nodes: Vec<Node>, current: &str) -> Vec<(String, bool)> {
        let conversation = Conversation {
            program: "Test",
            id: "1".to_owned(),
            title: None,
            created_at: None,
            updated_at: None,
            pinned: false,
            archived: false,
            nodes,
            current: Some(current.to_owned()),
        };
        let talk = conversation.into_talk(Talk::new(String::new()));
        let (_, messages) = talk.session.unwrap();
        messages.into_iter().map(|it| (it.message.content, it.message.active)).collect()
    }

    #[test]
    fn messages_come_in_the_order_in_which_they_were_written_and_none_before_its_parent() {
        let nodes =
            vec![node("late", "a", 9.0), node("b", "a", 2.0), node("a", "", 1.0), node("early", "b", 0.5)];
        let shown = [("a", true), ("b", true), ("early", true), ("late", false)];
        let shown = shown.map(|(id, is)| (id.to_owned(), is));
        assert_eq!(texts(nodes, "early"), shown);
    }

    #[test]
    fn a_circle_and_a_very_deep_tree_have_an_end() {
        let circle = vec![node("a", "b", 1.0), node("b", "a", 2.0)];
        assert_eq!(texts(circle, "b").len(), 2);
        let id = |n: u32| if n == 0 { String::new() } else { n.to_string() };
        let deep = (1..=20_000).rev().map(|n| node(&id(n), &id(n - 1), 1.0)).collect();
        let texts = texts(deep, "20000");
        assert!(texts.len() == 20_000 && texts.iter().all(|(_, shown)| *shown));
        assert_eq!(texts[19_999].0, "20000");
    }

    #[test]
    fn times_are_read_in_whatever_unit() {
        for (given, micros) in
            [(1.5, 1_500_000), (1.7e12, 1_700_000_000_000_000), (1.7e18, 1_700_000_000_000_000)]
        {
            assert_eq!(time(given), Some(Timestamp::from_micros(micros)));
        }
        for none in [0.0, -1.0, 1e20, 1e25, f64::MAX, f64::INFINITY, f64::NAN] {
            assert_eq!(time(none), None, "{none}");
        }
        for last in [1e11, 1e14, 1e17, 1e20] {
            let at = time(last - last / 1e6).unwrap();
            assert_eq!(at.to_string().parse(), Ok(at), "it has a wire form");
        }
    }
}
