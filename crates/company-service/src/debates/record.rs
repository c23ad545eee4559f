//! A debate as its rows have it.

use crate::CompanyError;
use chat_service::ReadTx;
use domain::{
    Council, CouncilMember, Debate, Limit, MemberId, Message, MessageState, Role, SessionId, SpeakerKind,
};

/// The name under which a member speaks in a round: nobody speaks twice in one.
pub(super) fn key(debate: SessionId, round: i32, member: MemberId) -> String {
    format!("debate:{debate}:{round}:{member}")
}

/// The name under which Daena sums a debate up.
pub(super) fn synthesis_key(debate: SessionId) -> String {
    format!("debate:{debate}:synthesis")
}

/// A debate, what was said in it, and who sits in the council now; all of one moment.
pub(super) struct Record {
    pub(super) debate: Debate,
    /// The council's name.
    pub(super) council: String,
    members: Vec<CouncilMember>,
    messages: Vec<Message>,
}

/// Something that was said and counts.
pub(super) struct Line<'a> {
    /// The member; none is the Founder.
    pub(super) by: Option<MemberId>,
    pub(super) message: &'a Message,
}

impl Record {
    /// The record of a debate that goes on; none when it does not.
    pub(super) fn read(tx: &mut ReadTx<'_>, id: SessionId) -> Result<Option<Self>, CompanyError> {
        let Some(debate) = tx.debates().get(id)?.filter(|debate| debate.status.is_open()) else {
            return Ok(None);
        };
        // Who spoke is known however much the Founder said since.
        let newest = Limit::new(Limit::MAX.into()).unwrap_or_default();
        let messages = tx.messages().newest_and_all_replies(id, newest)?;
        let members = tx.councils().members(&debate.council_id)?;
        let council = tx.councils().get(&debate.council_id)?;
        let council = council.map_or_else(|| debate.council_id.to_string(), |Council { name, .. }| name);
        Ok(Some(Self { debate, council, members, messages }))
    }

    /// The member as it is now; none when it has left.
    pub(super) fn member(&self, id: MemberId) -> Option<&CouncilMember> {
        self.members.iter().find(|member| member.id == id)
    }

    /// What was said since the topic, oldest first: by the Founder, and by members that did not miss that turn.
    pub(super) fn lines(&self) -> impl DoubleEndedIterator<Item = Line<'_>> {
        self.messages.iter().filter_map(|message| match (message.role, message.speaker.kind) {
            (Role::User, _) if message.created_at > self.debate.created_at => {
                Some(Line { by: None, message })
            }
            (Role::Assistant, SpeakerKind::CouncilMember) if self.counts(message) => {
                Some(Line { by: Some(message.speaker.id.parse().ok()?), message })
            }
            _ => None,
        })
    }

    fn counts(&self, message: &Message) -> bool {
        let ended = matches!(message.state, MessageState::Complete | MessageState::Stopped);
        let missed = self.debate.absences.iter().any(|absence| {
            message.client_message_id.as_deref()
                == Some(&key(self.debate.id, absence.round, absence.member_id))
        });
        ended && !missed && !message.content.trim().is_empty()
    }

    /// What a member said, oldest first.
    pub(super) fn spoken_by(&self, member: MemberId) -> impl Iterator<Item = &str> {
        self.lines().filter(move |line| line.by == Some(member)).map(|line| line.message.content.as_str())
    }

    pub(super) fn anyone_spoke(&self) -> bool {
        self.lines().any(|line| line.by.is_some())
    }

    /// The newest message, which the next one follows.
    pub(super) fn newest(&self) -> Option<&Message> {
        self.messages.last()
    }
}
