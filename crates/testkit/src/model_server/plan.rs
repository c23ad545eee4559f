//! A chat's answer as the steps it takes, worked out before the first byte.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::{Bytes, BytesMut};

use super::chat_request::ChatRequest;
use super::script::{Fault, Script};
use super::wire::Wire;

/// One thing to do while answering.
#[derive(Debug)]
pub(super) enum Step {
    /// Send the headers, if no byte has done so yet.
    Headers,
    Write(Bytes),
    /// The write before held a token.
    Token,
    Wait(Duration),
    /// Wait at the gate.
    Hold,
    /// Nothing more, ever.
    Silence,
    /// The script's end is reached; only its last bytes follow.
    Finished,
    /// Cut the connection.
    Cut,
}

/// The steps of an answer.
#[derive(Debug, Default)]
pub(super) struct Plan {
    steps: VecDeque<Step>,
}

impl Plan {
    /// An answer token by token.
    pub(super) fn streamed(
        wire: &dyn Wire,
        script: &Script,
        request: &ChatRequest,
        tokens: &[String],
    ) -> Self {
        let mut plan = Self::default();
        if let Some(opening) = wire.opening(request) {
            plan.push(Step::Write(opening));
        }
        for (index, token) in tokens.iter().enumerate() {
            plan.pause(script, index);
            if plan.ends(wire, script, index) {
                return plan.shaped(script);
            }
            plan.hold(script, index);
            plan.push(Step::Write(wire.token(request, token)));
            plan.push(Step::Token);
            if index == 0 && script.fault == Some(Fault::Garbage) {
                plan.push(Step::Write(wire.garbage()));
            }
        }
        if plan.ends(wire, script, usize::MAX) {
            return plan.shaped(script);
        }
        plan.hold(script, tokens.len());
        let calls = if request.wants_calls() { script.calls.as_slice() } else { &[] };
        for (place, (name, arguments)) in calls.iter().enumerate() {
            plan.push(Step::Write(wire.call(request, place, name, arguments)));
        }
        let reason = match (calls.is_empty(), script.cut_off) {
            (false, _) => "tool_calls",
            (true, true) => "length",
            (true, false) => "stop",
        };
        let complete = script.fault != Some(Fault::NoFinalRecord);
        let mut closing = if complete { wire.closing(request, tokens.len(), reason) } else { Vec::new() };
        let last = closing.pop();
        plan.steps.extend(closing.into_iter().map(Step::Write));
        // Only with the last record on its way has a reader that leaves cancelled nothing.
        plan.push(Step::Finished);
        plan.steps.extend(last.map(Step::Write));
        plan.shaped(script)
    }

    /// An answer in one piece, after the time its tokens would have taken.
    pub(super) fn whole(wire: &dyn Wire, script: &Script, request: &ChatRequest, tokens: &[String]) -> Self {
        let mut plan = Self::default();
        for index in 0..tokens.len() {
            plan.pause(script, index);
            plan.hold(script, index);
        }
        plan.hold(script, tokens.len());
        let done = script.fault != Some(Fault::NoFinalRecord);
        let body = Bytes::from(wire.whole(request, tokens, done).to_string());
        let half = body.slice(..body.len() / 2);
        match script.fault {
            Some(Fault::SilentAfter(_)) => plan.push(Step::Silence),
            Some(Fault::DropAfter(_)) => {
                plan.steps.extend([Step::Write(half), Step::Finished, Step::Cut]);
            }
            Some(Fault::Garbage) => plan.steps.extend([Step::Finished, Step::Write(half)]),
            _ => plan.steps.extend([Step::Finished, Step::Write(body)]),
        }
        plan.shaped(script)
    }

    /// What to do, in order.
    pub(super) fn into_steps(self) -> VecDeque<Step> {
        self.steps
    }

    fn push(&mut self, step: Step) {
        self.steps.push_back(step);
    }

    fn pause(&mut self, script: &Script, index: usize) {
        let delay = if index == 0 { script.first_token_delay } else { script.token_delay };
        if !delay.is_zero() {
            self.push(Step::Wait(delay));
        }
    }

    fn hold(&mut self, script: &Script, index: usize) {
        if script.hold_after.is_some_and(|tokens| index >= tokens) {
            self.push(Step::Hold);
        }
    }

    /// Adds the steps of a fault that strikes with `written` tokens out, and says whether there was one.
    fn ends(&mut self, wire: &dyn Wire, script: &Script, written: usize) -> bool {
        match script.fault {
            Some(Fault::SilentAfter(tokens)) if written >= tokens => {
                self.steps.extend([Step::Headers, Step::Silence]);
            }
            Some(Fault::DropAfter(tokens)) if written >= tokens => {
                self.steps.extend([Step::Headers, Step::Finished, Step::Cut]);
            }
            Some(Fault::ErrorLineAfter(tokens)) if written >= tokens => {
                self.steps.extend([Step::Finished, Step::Write(wire.error_record())]);
            }
            _ => return false,
        }
        true
    }

    fn shaped(self, script: &Script) -> Self {
        let plan = if script.coalesce { self.coalesced() } else { self };
        match script.split {
            Some(bytes) => plan.split(bytes.max(1)),
            None => plan,
        }
    }

    /// Joins the writes between one hold, silence or cut and the next.
    fn coalesced(self) -> Self {
        let mut plan = Self::default();
        let mut gathered = BytesMut::new();
        for step in self.steps {
            match step {
                Step::Write(bytes) => gathered.extend_from_slice(&bytes),
                Step::Hold | Step::Silence | Step::Cut => {
                    plan.write(gathered.split().freeze());
                    plan.push(step);
                }
                other => plan.push(other),
            }
        }
        plan.write(gathered.freeze());
        plan
    }

    fn split(self, most: usize) -> Self {
        let mut plan = Self::default();
        for step in self.steps {
            match step {
                Step::Write(mut bytes) => {
                    while bytes.len() > most {
                        plan.push(Step::Write(bytes.split_to(most)));
                    }
                    plan.write(bytes);
                }
                other => plan.push(other),
            }
        }
        plan
    }

    fn write(&mut self, bytes: Bytes) {
        if !bytes.is_empty() {
            self.push(Step::Write(bytes));
        }
    }
}
