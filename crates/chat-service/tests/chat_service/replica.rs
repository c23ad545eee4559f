//! A client's copy of the state, made of events alone, by the rules of the crate's README.

use crate::house::House;
use chat_service::SessionFilter;
use chat_service::domain::view::{LastMessageView, MessageView, SessionView, ToolCallView};
use chat_service::domain::{Event, Limit, Message, Position, Preview, SessionId};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub(crate) struct Replica {
    since: Position,
    sessions: BTreeMap<SessionId, SessionView>,
    trash: BTreeMap<SessionId, SessionView>,
    messages: BTreeMap<SessionId, Vec<MessageView>>,
    /// Sessions of which messages came back that are to be read.
    switched: BTreeSet<SessionId>,
}

impl Replica {
    /// Takes in the events since the last time, and compares with a fresh read of everything.
    pub(crate) async fn follows(&mut self, house: &House) {
        for event in house.events_after(self.since).await {
            self.since = event.position;
            self.apply(event.decode().unwrap());
        }
        for id in std::mem::take(&mut self.switched) {
            self.messages.insert(id, views(house.messages(id).await));
        }
        self.equals(house).await;
    }

    fn apply(&mut self, event: Event) {
        match event {
            Event::ChatSessionCreated(session)
            | Event::ChatSessionUpdated(session)
            | Event::ChatSessionRestored(session) => {
                self.trash.remove(&session.session_id);
                // A smaller count says that the newest are aside.
                let shown = usize::try_from(session.message_count).unwrap();
                self.messages.entry(session.session_id).or_default().truncate(shown);
                self.sessions.insert(session.session_id, session);
            }
            Event::ChatSessionDeleted(deleted) => {
                let session = self.sessions.remove(&deleted.session_id);
                if deleted.permanent {
                    self.trash.remove(&deleted.session_id);
                    self.messages.remove(&deleted.session_id);
                } else {
                    self.trash.insert(deleted.session_id, session.unwrap());
                }
            }
            Event::ChatBranchSelected(selected) => drop(self.switched.insert(selected.session_id)),
            Event::ChatMessage(message)
            | Event::ChatReplyStarted(message)
            | Event::ChatReplyDeferred(message)
            | Event::ChatReplyStopped(message)
            | Event::ChatReplyInterrupted(message)
            | Event::ChatReplyFailed(message) => self.upsert(message),
            Event::ChatToolRequested(call) | Event::ChatToolDecided(call) | Event::ChatToolCalled(call) => {
                self.take(call);
            }
            _ => {}
        }
    }

    fn take(&mut self, call: ToolCallView) {
        let messages = self.messages.get_mut(&call.session_id).unwrap();
        let message = messages.iter_mut().find(|message| message.message_id == call.message_id).unwrap();
        match message.tool_calls.iter_mut().find(|known| known.call_id == call.call_id) {
            Some(known) => *known = call,
            None => message.tool_calls.push(call),
        }
    }

    fn upsert(&mut self, message: MessageView) {
        let id = message.session_id;
        let session = self.sessions.get_mut(&id).or_else(|| self.trash.get_mut(&id)).unwrap();
        let messages = self.messages.entry(id).or_default();
        session.updated_at = message.updated_at;
        let (new, id) = (message.created_at == message.updated_at, message.message_id);
        assert_eq!(new, !messages.iter().any(|known| known.message_id == id), "a new one shows by its times");
        match messages.iter_mut().find(|known| known.message_id == message.message_id) {
            Some(known) => *known = message,
            None => {
                messages.push(message);
                session.message_count += 1;
            }
        }
        let said = messages.iter().rev().find(|message| !message.content.is_empty());
        session.last_message = said.map(|said| LastMessageView {
            role: said.role,
            speaker_name: said.speaker.name.clone(),
            preview: Preview::of(&said.content).as_str().to_owned(),
            created_at: said.created_at,
        });
    }

    async fn equals(&self, house: &House) {
        let list = async |deleted| {
            let filter = SessionFilter { deleted, ..SessionFilter::default() };
            house.chat.sessions(filter, None, Limit::new(200).unwrap()).await.unwrap()
        };
        let (live, trash) = (list(false).await, list(true).await);
        assert_eq!(live.total, i64::try_from(self.sessions.len()).unwrap());
        let fresh: BTreeMap<SessionId, SessionView> =
            live.page.items.into_iter().map(|session| (session.id, session.into())).collect();
        assert_eq!(fresh, self.sessions);
        let in_trash: Vec<SessionId> = trash.page.items.into_iter().rev().map(|session| session.id).collect();
        assert_eq!(in_trash.len(), self.trash.len());
        assert!(in_trash.iter().all(|id| self.trash.contains_key(id)));
        for id in self.sessions.keys() {
            let opened = house.opened(*id).await;
            assert_eq!(&SessionView::from(opened.session), &self.sessions[id]);
            let none = Vec::new();
            assert_eq!(views(opened.messages.items), *self.messages.get(id).unwrap_or(&none));
        }
        for id in self.trash.keys().copied() {
            let read =
                house.chat.store().read(move |tx| tx.messages().page(id, None, Limit::new(200).unwrap()));
            assert_eq!(views(read.await.unwrap().items), self.messages[&id]);
        }
    }
}

fn views(messages: Vec<Message>) -> Vec<MessageView> {
    messages.into_iter().map(MessageView::from).collect()
}
