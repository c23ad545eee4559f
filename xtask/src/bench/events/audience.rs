//! Sockets that listen, and note when they have heard what.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use memchr::memmem::Finder;
use tokio::task::JoinSet;
use tokio::time::{sleep, sleep_until};

use super::{Heard, Publisher};
use crate::bench::samples::Samples;
use crate::bench::socket::Socket;

/// What comes before an event's number in its text.
const MARK: &str = "bench-";
/// How long the last event may take to everybody.
const PATIENCE: Duration = Duration::from_secs(20);

/// Open sockets, each read by a task of its own.
pub(in crate::bench) struct Audience {
    notes: Rc<Notes>,
    sockets: usize,
    readers: JoinSet<()>,
}

/// What all have heard together.
struct Notes {
    /// When each event was published, by its number.
    published: RefCell<Vec<Instant>>,
    delay: RefCell<Samples>,
    deliveries: Cell<u64>,
    latest: Cell<Instant>,
    /// How many sockets have heard of the newest event.
    up_to_date: Cell<usize>,
}

impl Audience {
    /// Opens so many sockets.
    pub(in crate::bench) async fn gather(
        address: SocketAddr,
        path: &str,
        sockets: usize,
    ) -> anyhow::Result<Self> {
        let notes = Rc::new(Notes {
            published: RefCell::default(),
            delay: RefCell::default(),
            deliveries: Cell::new(0),
            latest: Cell::new(Instant::now()),
            up_to_date: Cell::new(0),
        });
        let mut readers = JoinSet::new();
        for _ in 0..sockets {
            let socket = Socket::open(address, path, None).await?;
            readers.spawn_local(listen(socket, Rc::clone(&notes)));
        }
        // a subscription begins with the handshake or a moment later
        sleep(Duration::from_millis(300)).await;
        Ok(Self { notes, sockets, readers })
    }

    /// Publishes for so long, and waits until everybody has heard the last of it.
    pub(super) async fn hear(
        &self,
        publisher: &mut Publisher,
        duration: Duration,
        pace: Option<f64>,
    ) -> anyhow::Result<Heard> {
        self.notes.delay.take();
        self.notes.deliveries.set(0);
        let started = Instant::now();
        let mut published = 0_u32;
        while started.elapsed() < duration || published == 0 {
            if let Some(pace) = pace {
                sleep_until((started + Duration::from_secs_f64(f64::from(published) / pace)).into()).await;
            }
            let number = self.notes.publish();
            publisher.publish(&format!("{MARK}{number}-")).await.context("could not publish")?;
            published += 1;
        }
        let publishing = started.elapsed();
        self.all_up_to_date().await?;
        let hearing = self.notes.latest.get() - started;
        Ok(Heard {
            deliveries_per_second: self.notes.deliveries.get() as f64 / hearing.as_secs_f64(),
            published_per_second: f64::from(published) / publishing.as_secs_f64(),
            delay: self.notes.delay.take(),
        })
    }

    async fn all_up_to_date(&self) -> anyhow::Result<()> {
        let since = Instant::now();
        while self.notes.up_to_date.get() < self.sockets {
            let late = self.sockets - self.notes.up_to_date.get();
            ensure!(
                since.elapsed() < PATIENCE,
                "{late} of {} sockets did not hear the last event",
                self.sockets
            );
            sleep(Duration::from_millis(5)).await;
        }
        // one turn is several events: what follows the last mark
        sleep(Duration::from_millis(100)).await;
        ensure!(self.readers.len() == self.sockets, "a reader ended");
        Ok(())
    }
}

impl Notes {
    /// The number of an event that is published now.
    fn publish(&self) -> usize {
        let mut published = self.published.borrow_mut();
        published.push(Instant::now());
        self.up_to_date.set(0);
        published.len() - 1
    }

    /// A socket has heard of this event for the first time.
    fn heard(&self, number: usize, now: Instant) {
        let published = self.published.borrow();
        if let Some(at) = published.get(number) {
            self.delay.borrow_mut().push(now - *at);
        }
        if number + 1 == published.len() {
            self.up_to_date.set(self.up_to_date.get() + 1);
        }
    }
}

async fn listen(mut socket: Socket, notes: Rc<Notes>) {
    let (mark, beat) = (Finder::new(MARK), Finder::new("heartbeat"));
    let mut newest = None;
    while let Ok(frame) = socket.next().await {
        // hello and heartbeats are no events
        if !frame.starts_with(br#"{"type":"event""#) && beat.find(&frame).is_some() {
            continue;
        }
        let now = Instant::now();
        notes.deliveries.set(notes.deliveries.get() + 1);
        notes.latest.set(now);
        let Some(at) = mark.find(&frame) else { continue };
        let digits = frame.iter().skip(at + MARK.len()).take_while(|byte| byte.is_ascii_digit());
        let number = digits.fold(0, |number, digit| number * 10 + usize::from(digit - b'0'));
        if newest.is_none_or(|newest| number > newest) {
            newest = Some(number);
            notes.heard(number, now);
        }
    }
}
