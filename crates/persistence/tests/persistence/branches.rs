//! Branches of a session: the tree, what of it is shown, and what a page says of it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests may stop at the first surprise"
)]

use crate::company::Company;
use crate::samples::{Numbers, at, change, message_id, reply, said, session};
use domain::{
    Alternatives, Event, Limit, Message, MessageCursor, MessageId, MessageState, Position, Session,
};
use std::collections::BTreeMap;

/// A session, and a model of its tree.
struct Tree {
    company: Company,
    session: Session,
    /// Every message's parent and its number, in the order in which they were written.
    written: Vec<(u128, Option<u128>)>,
    /// The branch shown.
    shown: Vec<u128>,
}

impl Tree {
    async fn new() -> Self {
        let (company, session) = (Company::new(), session(1, 0));
        company.create(&session).await;
        Self { company, session, written: Vec::new(), shown: Vec::new() }
    }

    fn time(&self) -> i64 {
        i64::try_from(self.written.len()).unwrap() + 1
    }

    /// A message of this number behind another one, shown up to there before.
    async fn branch(&mut self, number: u128, parent: Option<u128>) {
        let micros = self.time();
        let message = Message {
            parent_id: parent.map(message_id),
            ..said(number, self.session.id, &format!("text {number}"), micros)
        };
        let (session, end) = (self.session.clone(), parent.map(message_id));
        self.company
            .write(move |tx| {
                tx.branches_mut().show(&session, end, &change(micros))?;
                tx.messages_mut().append(std::slice::from_ref(&message), None, None, &change(micros))
            })
            .await
            .unwrap();
        self.shown = self.path(parent);
        self.shown.push(number);
        self.written.push((number, parent));
    }

    async fn select(&mut self, number: u128) {
        let (session, micros) = (self.session.clone(), self.time());
        self.company
            .write(move |tx| tx.branches_mut().select(&session, message_id(number), &change(micros)))
            .await;
        if !self.shown.contains(&number) {
            let newest = self.written.iter().rev().find(|(leaf, _)| self.path(Some(*leaf)).contains(&number));
            self.shown = self.path(newest.map(|(leaf, _)| *leaf));
        }
    }

    fn parent(&self, number: u128) -> Option<u128> {
        self.written.iter().find(|(known, _)| *known == number).and_then(|(_, parent)| *parent)
    }

    /// From the beginning to a message.
    fn path(&self, end: Option<u128>) -> Vec<u128> {
        let mut path: Vec<u128> = std::iter::successors(end, |number| self.parent(*number)).collect();
        path.reverse();
        path
    }

    fn siblings(&self, number: u128) -> Vec<u128> {
        let parent = self.parent(number);
        let of = |(other, with): &(u128, Option<u128>)| (*with == parent).then_some(*other);
        self.written.iter().filter_map(of).collect()
    }

    fn alternatives(&self, number: u128) -> Option<Alternatives> {
        let siblings = self.siblings(number);
        let position = siblings.iter().position(|other| *other == number).unwrap();
        let count = |of: usize| i64::try_from(of).unwrap();
        (siblings.len() > 1)
            .then(|| Alternatives { position: count(position) + 1, count: count(siblings.len()) })
    }

    /// Everything that is stored is as the model has it.
    async fn assert_true(&self, step: &str) {
        let id = self.session.id;
        let stored = self.company.session(id).await;
        let (shown, all) = (self.shown.len(), self.written.len());
        let counts = (usize::try_from(stored.message_count), usize::try_from(stored.set_aside));
        assert_eq!(counts, (Ok(shown), Ok(all - shown)), "{step}");
        assert_eq!(stored.tip, self.shown.last().copied().map(message_id), "{step}");
        let preview = self.shown.last().map(|number| format!("text {number}"));
        let last = stored.last_message.as_ref().map(|last| last.preview.as_str().to_owned());
        assert_eq!(last, preview, "{step}");

        let limit = Limit::new(3).unwrap();
        let (mut numbers, mut alternatives, mut before) = (Vec::new(), BTreeMap::new(), None);
        loop {
            let session = stored.clone();
            let page = self.company.read(move |tx| tx.branches().page(&session, before, limit)).await;
            let ids: Vec<MessageId> = page.messages.items.iter().map(|message| message.id).collect();
            numbers.splice(0..0, ids);
            alternatives.extend(page.alternatives.into_iter().map(|(id, of)| (id.to_string(), of)));
            before = page.messages.next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(numbers, self.shown.iter().copied().map(message_id).collect::<Vec<_>>(), "{step}");
        let expected: BTreeMap<String, Alternatives> = self
            .shown
            .iter()
            .filter_map(|number| Some((message_id(*number).to_string(), self.alternatives(*number)?)))
            .collect();
        assert_eq!(alternatives, expected, "{step}");
        for (number, _) in &self.written {
            let message = self.company.message(message_id(*number)).await;
            assert_eq!(message.active, self.shown.contains(number), "{step}: {number}");
        }
    }

    async fn assert_siblings(&self, number: u128) {
        let id = message_id(number);
        let of = self.company.read(move |tx| tx.branches().alternatives_of(id)).await;
        assert_eq!(of, self.alternatives(number), "{number}");
        let (mut found, mut after): (Vec<MessageId>, Option<MessageCursor>) = (Vec::new(), None);
        loop {
            let limit = Limit::new(2).unwrap();
            let page = self.company.read(move |tx| tx.branches().alternatives(id, after, limit)).await;
            found.extend(page.items.iter().map(|message| message.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, self.siblings(number).into_iter().map(message_id).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_tree_of_random_branches_is_as_a_plain_model_has_it_at_every_step() {
    for seed in 1..=4 {
        let (mut tree, mut numbers) = (Tree::new().await, Numbers(seed));
        for step in 0..60 {
            let any = |numbers: &mut Numbers, of: &Tree| {
                let written = u64::try_from(of.written.len()).unwrap();
                (written > 0).then(|| of.written[usize::try_from(numbers.below(written)).unwrap()].0)
            };
            let number = u128::try_from(tree.written.len()).unwrap() + 1;
            let what = match (numbers.below(6), any(&mut numbers, &tree)) {
                // On and on, mostly.
                (0..=2, _) | (_, None) => {
                    let tip = tree.shown.last().copied();
                    tree.branch(number, tip).await;
                    format!("{seed}.{step}: {number} at the end")
                }
                (3, Some(other)) => {
                    let parent = tree.parent(other);
                    tree.branch(number, parent).await;
                    format!("{seed}.{step}: {number} instead of {other}")
                }
                (_, Some(other)) => {
                    tree.select(other).await;
                    format!("{seed}.{step}: {other} selected")
                }
            };
            tree.assert_true(&what).await;
        }
        for number in 1..=u128::try_from(tree.written.len()).unwrap() {
            tree.assert_siblings(number).await;
        }
    }
}

#[tokio::test]
async fn what_changes_is_told_and_what_does_not_is_not() {
    let mut tree = Tree::new().await;
    tree.branch(1, None).await;
    tree.branch(2, Some(1)).await;
    let names = async |since: Position, tree: &Tree| {
        let events = tree.company.events_after(since).await;
        events.iter().map(|event| event.event_type.to_string()).collect::<Vec<_>>()
    };
    let head = tree.company.store.head();
    tree.branch(3, Some(2)).await;
    assert_eq!(names(head, &tree).await, ["chat.message"], "a message at the tip puts nothing aside");
    let head = tree.company.store.head();
    tree.branch(4, Some(1)).await;
    assert_eq!(names(head, &tree).await, ["chat.session.updated", "chat.message"]);
    let head = tree.company.store.head();
    tree.select(4).await;
    assert_eq!(names(head, &tree).await, [""; 0]);
    tree.select(2).await;
    assert_eq!(names(head, &tree).await, ["chat.session.updated", "chat.branch.selected"]);
    let Event::ChatBranchSelected(told) = tree.company.newest_event().await else { panic!() };
    assert_eq!((told.selected, told.tip), (message_id(2), message_id(3)));
    assert_eq!(told.follows, Some(message_id(1)));
}

#[tokio::test]
async fn what_is_aside_never_changes() {
    let (company, session) = (Company::new(), session(1, 0));
    company.create(&session).await;
    let user = said(1, session.id, "ask", 1);
    let pending = reply(2, &user, MessageState::Pending);
    company.append(&[user.clone(), pending.clone()]).await;
    let (talk, asked) = (session.clone(), user.id);
    company.write(move |tx| tx.branches_mut().show(&talk, Some(asked), &change(2))).await;
    let done = Message { content: "late".into(), state: MessageState::Complete, ..pending.clone() };
    let taken = company.write(move |tx| tx.messages_mut().advance(&done, None, &change(3))).await;
    assert!(!taken);
    let stored = company.message(pending.id).await;
    assert_eq!((stored.state, stored.content.as_str()), (MessageState::Pending, ""));
    assert_eq!(company.session(session.id).await.updated_at, at(2));
}

#[tokio::test]
async fn a_model_hears_the_branch_shown_and_a_known_id_finds_the_reply_shown() {
    let (company, session) = (Company::new(), session(1, 0));
    company.create(&session).await;
    let user = Message { client_message_id: Some("c".into()), ..said(1, session.id, "ask", 1) };
    let answer = |number: u128, text: &str| Message {
        content: text.to_owned(),
        ..reply(number, &user, MessageState::Complete)
    };
    company.append(&[user.clone(), answer(2, "first")]).await;
    let (talk, asked) = (session.clone(), user.id);
    company.write(move |tx| tx.branches_mut().show(&talk, Some(asked), &change(2)).map(drop)).await;
    company.append(&[answer(3, "second")]).await;
    let id = session.id;
    let heard = async || {
        let said = company.read(move |tx| tx.messages().said_before(id, 9, 20)).await;
        said.into_iter().map(|said| said.content).collect::<Vec<_>>()
    };
    let found = async || company.read(|tx| tx.messages().turn_of("c")).await.unwrap().1.unwrap().content;
    assert_eq!(
        (heard().await, found().await),
        (vec!["ask".to_owned(), "second".into()], "second".to_owned())
    );
    let talk = session.clone();
    company.write(move |tx| tx.branches_mut().select(&talk, message_id(2), &change(3)).map(drop)).await;
    assert_eq!((heard().await, found().await), (vec!["ask".to_owned(), "first".into()], "first".to_owned()));
}

#[tokio::test]
async fn messages_of_all_branches_are_counted_when_they_are_stored_together() {
    let (company, session) = (Company::new(), session(1, 0));
    company.create(&session).await;
    let user = said(1, session.id, "ask", 1);
    let aside = Message { active: false, ..reply(2, &user, MessageState::Complete) };
    let aside = Message { content: "aside".into(), ..aside };
    let shown = Message { content: "shown".into(), ..reply(3, &user, MessageState::Complete) };
    let later = Message { active: false, content: "later".into(), ..reply(4, &user, MessageState::Complete) };
    assert_eq!(company.append(&[user, aside, shown.clone(), later]).await, Some(1));
    let stored = company.session(session.id).await;
    assert_eq!((stored.message_count, stored.set_aside, stored.tip), (2, 2, Some(shown.id)));
    assert_eq!(stored.last_message.unwrap().preview.as_str(), "shown");
    assert_eq!(company.append(&[said(5, session.id, "on", 2)]).await, Some(5));
}
