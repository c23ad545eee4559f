//! A debate: all of its state, so that it can be taken up from its row.

use crate::scope::words;
use crate::{MemberId, SessionId, Slug, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

words!(
    /// Where in its life a debate is.
    DebateStatus {
        /// Members speak, or it waits for its turn to begin (round 0).
        Running = "running",
        /// It has its synthesis.
        Synthesized = "synthesized",
        /// The Founder ended it without a synthesis.
        Cancelled = "cancelled",
        /// It waits for the brain to return.
        Deferred = "deferred",
    }
);

impl DebateStatus {
    /// Whether the debate still goes on.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Running | Self::Deferred)
    }
}

words!(
    /// Why no member speaks any more.
    Closing {
        /// All rounds are done.
        Rounds = "rounds",
        /// The Founder asked for the synthesis.
        Founder = "founder",
        /// The time is used up.
        Time = "time",
        /// The tokens are used up.
        Tokens = "tokens",
    }
);

/// A place in a debate, and whose it is; as it was when the debate began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// The member.
    pub member_id: MemberId,
    /// Its name.
    pub name: String,
    /// Its expertise.
    pub role: String,
}

/// A member that did not speak when it was its turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    /// The member.
    pub member_id: MemberId,
    /// In which round.
    pub round: i32,
    /// Why, for people: "took too long".
    pub reason: String,
}

/// What a debate came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Synthesis {
    /// What to do.
    pub recommendation: String,
    /// What the members agree on.
    pub agreements: Vec<String>,
    /// What they do not agree on.
    pub disagreements: Vec<String>,
    /// What to keep in mind: doubts of the members, and what went wrong in the debate.
    pub caveats: Vec<String>,
    /// The names of the members that missed a turn.
    pub absent: Vec<String>,
}

/// A debate of a council. It lives in a session of its own, whose id is the debate's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debate {
    /// Its id, and that of its session.
    pub id: SessionId,
    /// The council.
    pub council_id: Slug,
    /// What it is about.
    pub topic: String,
    /// Where in its life it is.
    pub status: DebateStatus,
    /// How many rounds are planned.
    pub rounds: i32,
    /// The round it is in; 0 until it begins.
    pub round: i32,
    /// Whose turn it is: a place in the panel.
    pub seat: i32,
    /// Why no member speaks any more; what is left is the synthesis.
    pub closing: Option<Closing>,
    /// Who debates, in the order of speaking.
    pub panel: Vec<Seat>,
    /// Who missed a turn.
    pub absences: Vec<Absence>,
    /// How long it may take in all, in seconds.
    pub deadline_s: i32,
    /// How much of that is left. While the server is down or the brain away, it stays.
    pub time_left_ms: i64,
    /// The most tokens its members may write in all.
    pub token_budget: i64,
    /// How many they have written.
    pub tokens_spent: i64,
    /// What it came to.
    pub synthesis: Option<Synthesis>,
    /// The sender's own id of the request; unique in the database.
    pub client_message_id: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Debate {
    /// The member whose turn it is; none when the round is over.
    pub fn at_turn(&self) -> Option<&Seat> {
        self.panel.get(usize::try_from(self.seat).ok()?)
    }

    /// Passes the turn on: to the next seat, the next round, or to the synthesis.
    pub fn pass_on(&mut self) {
        self.seat += 1;
        if self.at_turn().is_some() {
            return;
        }
        if self.round >= self.rounds {
            self.closing = self.closing.or(Some(Closing::Rounds));
        } else {
            self.round += 1;
            self.seat = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn debate(seats: usize, rounds: i32) -> Debate {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        let seat = Seat { member_id: id.parse().unwrap(), name: "A".into(), role: "B".into() };
        Debate {
            id: id.parse().unwrap(),
            council_id: "tech".parse().unwrap(),
            topic: "Why?".into(),
            status: DebateStatus::Running,
            rounds,
            round: 1,
            seat: 0,
            closing: None,
            panel: vec![seat; seats],
            absences: Vec::new(),
            deadline_s: 600,
            time_left_ms: 600_000,
            token_budget: 1,
            tokens_spent: 0,
            synthesis: None,
            client_message_id: None,
            created_at: Timestamp::from_micros(0),
            updated_at: Timestamp::from_micros(0),
        }
    }

    #[test]
    fn the_turn_goes_round_the_panel_and_closes_after_the_last_round() {
        let mut debate = debate(2, 2);
        let mut turns = Vec::new();
        while debate.closing.is_none() {
            turns.push((debate.round, debate.seat));
            debate.pass_on();
        }
        assert_eq!(turns, [(1, 0), (1, 1), (2, 0), (2, 1)]);
        assert_eq!(debate.closing, Some(Closing::Rounds));
    }

    #[test]
    fn what_closed_a_debate_first_stays() {
        let mut debate = debate(1, 1);
        debate.closing = Some(Closing::Founder);
        debate.pass_on();
        assert_eq!(debate.closing, Some(Closing::Founder));
    }
}
