//! One session of a file, on its way in.

use domain::{
    ImportRemark, ImportReport, Message, MessageId, MessageState, Scope, ScopeType, Session, Slug,
    ToolCallStatus,
};
use persistence::{ReadTx, StoreError, Transferred};
use std::collections::{HashMap, HashSet};

/// A session of a file as it was read, or what is to be said of one that could not be.
#[derive(Debug)]
pub(super) struct Talk {
    /// Where in the file it is.
    pub(super) at: String,
    /// The session and its messages, in the order in which they were written.
    pub(super) session: Option<(Session, Vec<Transferred>)>,
    /// What is left out of it, and why.
    pub(super) report: ImportReport,
    /// How much of the file is done with, this included.
    pub(super) done_bytes: i64,
}

impl Talk {
    pub(super) fn new(at: String) -> Self {
        Self { at, session: None, report: ImportReport::default(), done_bytes: 0 }
    }

    /// One that cannot be read.
    pub(super) fn left_out(at: String, why: impl Into<String>) -> Self {
        let mut talk = Self::new(at);
        talk.report.sessions.left_out = 1;
        talk.remark(format!("left out: {}", why.into()));
        talk
    }

    pub(super) fn remark(&mut self, detail: impl Into<String>) {
        self.report.remark(ImportRemark { at: self.at.clone(), detail: detail.into() });
    }
}

/// Ids that are given away.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) sessions: HashSet<domain::SessionId>,
    messages: HashSet<MessageId>,
    client_ids: HashSet<String>,
}

/// What there is in the database decides how a session comes in: none when it is here already. Otherwise its counterpart
/// is one that there is, its messages have ids of their own, form a tree, and one branch of it is shown.
pub(super) fn settle(talk: &mut Talk, tx: &mut ReadTx<'_>, taken: &mut Taken) -> Result<(), StoreError> {
    let Some((mut session, messages)) = talk.session.take() else { return Ok(()) };
    if let Some(scope) = counterpart(tx, &session.scope)? {
        session.scope = scope;
    } else {
        let (kind, id) = (session.scope.scope_type(), session.scope.scope_id().unwrap_or_default());
        talk.remark(format!("there is no {kind} {id:?} here: the session is with nobody in particular"));
        session.scope = Scope::General;
    }
    let ids: Vec<MessageId> = messages.iter().map(|it| it.message.id).collect();
    let client_ids: Vec<&str> =
        messages.iter().filter_map(|it| it.message.client_message_id.as_deref()).collect();
    let taken_ids = tx.transfer().taken_ids(session.id, &ids)?;
    let taken_client_ids = tx.transfer().taken_client_ids(session.id, &client_ids)?;
    taken.messages.extend(taken_ids);
    taken.client_ids.extend(taken_client_ids);
    let mut messages = own_ids(talk, messages, taken);
    // A debate's members answer whom they like.
    if session.scope.scope_type() != ScopeType::Council && !is_one_branch(&messages) {
        show_one_branch(&mut messages);
    }
    taken.sessions.insert(session.id);
    talk.session = Some((session, messages));
    Ok(())
}

/// The scope as it is here; none when there is no such counterpart.
fn counterpart(tx: &mut ReadTx<'_>, scope: &Scope) -> Result<Option<Scope>, StoreError> {
    let known = |slug: &Slug, is_known: bool, make: fn(Slug) -> Scope| is_known.then(|| make(slug.clone()));
    Ok(match scope {
        Scope::Executive => Some(Scope::Executive),
        Scope::General => Some(Scope::General),
        Scope::Department(slug) => known(slug, tx.departments().get(slug)?.is_some(), Scope::Department),
        Scope::Council(slug) => known(slug, tx.councils().get(slug)?.is_some(), Scope::Council),
        Scope::Agent { agent, .. } => tx
            .agents()
            .get(agent)?
            .map(|agent| Scope::Agent { agent: agent.slug, department: agent.department_id }),
    })
}

/// Leaves out messages whose ids are given away, and has what followed them follow what they followed. A message follows
/// one that stands before it.
fn own_ids(talk: &mut Talk, messages: Vec<Transferred>, taken: &mut Taken) -> Vec<Transferred> {
    let mut kept: Vec<Transferred> = Vec::with_capacity(messages.len());
    let mut instead: HashMap<MessageId, Option<MessageId>> = HashMap::new();
    let mut places: HashSet<MessageId> = HashSet::with_capacity(messages.len());
    for mut it in messages {
        let id = it.message.id;
        let parent = it.message.parent_id.map(|parent| match instead.get(&parent) {
            Some(instead) => *instead,
            None => Some(parent),
        });
        let parent = parent.flatten();
        it.message.parent_id = match parent {
            Some(parent) if !places.contains(&parent) => {
                let before = kept.last().map(|before| before.message.id);
                talk.remark(format!("message {id} follows {parent}, which is not before it"));
                before
            }
            sound => sound,
        };
        if places.contains(&id) || taken.messages.contains(&id) {
            talk.report.messages.left_out += 1;
            talk.remark(format!("message {id} is left out: its id is given away"));
            if !places.contains(&id) {
                instead.insert(id, it.message.parent_id);
            }
            continue;
        }
        if let Some(client_id) = it.message.client_message_id.take_if(|id| taken.client_ids.contains(id)) {
            talk.remark(format!("message {id} loses its client_message_id {client_id:?}: it is given away"));
        }
        if it.message.state.is_open() {
            it.message.state = MessageState::Interrupted;
        }
        // Nothing is called here that was asked for elsewhere.
        for call in it.message.tool_calls.iter_mut().filter(|call| call.status.is_open()) {
            call.status = ToolCallStatus::Cancelled;
        }
        places.insert(id);
        taken.client_ids.extend(it.message.client_message_id.clone());
        kept.push(it);
    }
    taken.messages.extend(places);
    kept
}

/// Whether those that are shown follow each other.
fn is_one_branch(messages: &[Transferred]) -> bool {
    let mut before = None;
    messages.iter().filter(|it| it.message.active).all(|it| {
        let follows = it.message.parent_id == before;
        before = Some(it.message.id);
        follows
    })
}

/// Shows the branch that ends with the last message that is shown, else with the last one there is.
fn show_one_branch(messages: &mut [Transferred]) {
    let shown = |it: &&Transferred| it.message.active;
    let tip: Option<&Message> = messages.iter().rfind(shown).or(messages.last()).map(|it| &it.message);
    let parents: HashMap<MessageId, Option<MessageId>> =
        messages.iter().map(|it| (it.message.id, it.message.parent_id)).collect();
    // Each one's parent stands before it: the walk ends.
    let path: HashSet<MessageId> =
        std::iter::successors(tip.map(|tip| tip.id), |id| *parents.get(id)?).collect();
    for it in messages {
        it.message.active = path.contains(&it.message.id);
    }
}
