//! What a socket says, frame by frame.

use super::close::Close;
use super::frame;
use super::inbox::{Heard, Inbox};
use super::request::{Filter, Request};
use crate::api::Api;
use crate::metrics::OpenSocket;
use crate::problem::{Code, Problem};
use bytes::Bytes;
use chat_service::{Item, LogError, Subscribe, Subscription};
use domain::{Epoch, EventFilter, Position};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_util::sync::WaitForCancellationFutureOwned;

/// The malformed frame that ends a socket.
const STRIKES: u8 = 3;
/// How long to wait before a log that could not be read is tried again.
const AGAIN: Duration = Duration::from_millis(500);

/// How a socket begins.
#[derive(Debug, Default)]
pub(crate) struct Opening {
    /// What its path admits at all.
    pub(crate) preset: EventFilter,
    /// Where to resume.
    pub(crate) since: Option<Position>,
    /// The log that `since` is of, as far as the client knows.
    pub(crate) epoch: Option<String>,
    /// Whether signals are wanted from the beginning.
    pub(crate) signals: bool,
}

/// A socket's state.
pub(super) struct Conversation {
    api: Api,
    inbox: Inbox,
    subscription: Subscription,
    preset: EventFilter,
    signals: bool,
    /// Whether the client has asked for a position, and so is told when it is caught up.
    tells_caught_up: bool,
    strikes: u8,
    /// Frames that are due before anything else.
    due: VecDeque<Bytes>,
    ended: bool,
    heartbeat: Interval,
    closing: Pin<Box<WaitForCancellationFutureOwned>>,
    _open: OpenSocket,
}

/// What happened.
enum Happening {
    Item(Result<Item, LogError>),
    Heard(Heard),
    Heartbeat,
    Closing,
}

impl Conversation {
    /// Registers the subscription first, then reads what `hello` says: nothing falls between the two.
    pub(super) async fn begin(api: Api, opening: Opening, inbox: Inbox) -> Result<Self, Problem> {
        let Opening { preset, since, epoch, signals } = opening;
        let subscribe = |since| Subscribe { since, filter: preset.clone(), signals };
        let mut subscription = api.chat.bus().subscribe(subscribe(since));
        let (log, floor) = api.chat.bus().identity().await?;
        let other_epoch = since.is_some() && epoch.is_some_and(|epoch| epoch != log.as_str());
        if other_epoch {
            subscription = api.chat.bus().subscribe(subscribe(None));
        }
        let live = since.is_none() || other_epoch;
        // What is live comes behind the head that is told.
        let head = if live { subscription.position() } else { api.chat.bus().head() };
        let mut due = VecDeque::from([hello(&api, &log, head, floor)]);
        if other_epoch {
            due.push_back(reset("other_epoch", head));
        }
        let mut heartbeat = interval(api.heartbeat);
        heartbeat.reset();
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Self {
            inbox,
            subscription,
            preset,
            signals,
            tells_caught_up: !live,
            strikes: 0,
            due,
            ended: false,
            heartbeat,
            closing: Box::pin(api.closing.clone().cancelled_owned()),
            _open: api.metrics.open_socket(),
            api,
        })
    }

    /// The next frame to send; waits for one. None after the closing one. Cancel-safe.
    pub(super) async fn next_frame(&mut self) -> Option<Bytes> {
        loop {
            if let Some(frame) = self.due.pop_front() {
                return Some(frame);
            }
            if self.ended {
                return None;
            }
            match self.happening().await {
                Happening::Item(Ok(item)) => self.tell(item),
                Happening::Item(Err(error)) => {
                    tracing::warn!(%error, "a socket waits for the log");
                    tokio::time::sleep(AGAIN).await;
                }
                Happening::Heard(heard) => self.hear(heard),
                Happening::Heartbeat => {
                    let head = self.api.chat.bus().head();
                    self.due.push_back(frame::json(&json!({"type": "heartbeat", "head": head})));
                }
                Happening::Closing => self.end(Close::SHUTTING_DOWN),
            }
        }
    }

    async fn happening(&mut self) -> Happening {
        tokio::select! {
            () = &mut self.closing => Happening::Closing,
            item = self.subscription.next() => Happening::Item(item),
            heard = self.inbox.next() => Happening::Heard(heard),
            _ = self.heartbeat.tick() => Happening::Heartbeat,
        }
    }

    fn tell(&mut self, item: Item) {
        let frame = match item {
            Item::Event(delivery) => frame::text(delivery.tagged_json()),
            Item::Signal(signal) => frame::text(signal.json()),
            Item::CaughtUp(position) if self.tells_caught_up => {
                frame::json(&json!({"type": "caught_up", "event_id": position}))
            }
            Item::CaughtUp(_) => return,
            Item::Reset { reason, head } => reset(reason.as_str(), head),
        };
        self.due.push_back(frame);
    }

    fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Text(text) => match Request::read(&text) {
                Ok(Request::Ping { timestamp }) => self.pong(timestamp),
                Ok(Request::Subscribe { since, filter, signals }) => {
                    self.signals = signals.unwrap_or(self.signals);
                    self.subscribe(since.map(Position::new), filter.unwrap_or_default());
                }
                Err(detail) => self.strike(&detail),
            },
            Heard::Binary => self.strike("expected a text frame"),
            Heard::Ping(payload) => self.due.push_back(frame::pong(&payload)),
            Heard::Pong => {}
            Heard::Close => self.end(Close::NORMAL),
            Heard::TooBig => self.end(Close::TOO_BIG),
            Heard::Nonsense => self.end(Close::PROTOCOL),
            // The connection is gone: nobody hears a goodbye.
            Heard::Nothing => self.ended = true,
        }
    }

    /// Replaces the subscription. Without a position it goes on where the old one has come to, so that nothing is lost
    /// between the two.
    fn subscribe(&mut self, since: Option<Position>, filter: Filter) {
        let filter = match filter.within(&self.preset) {
            Ok(filter) => filter,
            Err(detail) => return self.strike(&detail),
        };
        let since = since.unwrap_or_else(|| self.subscription.position());
        let bus = self.api.chat.bus();
        self.subscription = bus.subscribe(Subscribe { since: Some(since), filter, signals: self.signals });
        self.tells_caught_up = true;
        let head = bus.head();
        self.due.push_back(frame::json(&json!({"type": "subscribed", "since": since, "head": head})));
    }

    fn pong(&mut self, timestamp: Option<Value>) {
        let timestamp = timestamp.unwrap_or_else(|| json!(self.api.chat.clock().now()));
        self.due.push_back(frame::json(&json!({"type": "pong", "timestamp": timestamp})));
    }

    fn strike(&mut self, detail: &str) {
        let code = Code::InvalidRequest.as_str();
        self.due.push_back(frame::json(&json!({"type": "error", "code": code, "detail": detail})));
        self.strikes += 1;
        if self.strikes >= STRIKES {
            self.end(Close::MALFORMED);
        }
    }

    fn end(&mut self, close: Close) {
        self.due.push_back(frame::close(close));
        self.ended = true;
    }
}

fn hello(api: &Api, epoch: &Epoch, head: Position, floor: Position) -> Bytes {
    let heartbeat_ms = u64::try_from(api.heartbeat.as_millis()).unwrap_or(u64::MAX);
    frame::json(&json!({
        "type": "hello",
        "connection_id": api.chat.ids().next_id().to_string(),
        "epoch": epoch,
        "head": head,
        "floor": floor,
        "heartbeat_ms": heartbeat_ms,
    }))
}

fn reset(reason: &str, head: Position) -> Bytes {
    frame::json(&json!({"type": "reset", "reason": reason, "head": head}))
}
