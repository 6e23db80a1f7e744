//! The standby wire: what the kernel does with frames between two ports when no gateway handles them.
//!
//! A small program stands on each port's arriving frames, after the place where a worker reads them. While every worker
//! vouches that it is at work, it drops the frame: the worker has it. When one has not vouched for longer than it
//! promised, killed, stopped, hung or starved, the program hands the frame to the other port itself, as a cable would:
//! tags, super-frames and every multicast address included. Nobody needs to notice anything for that to happen.
//!
//! For `on-loss = "closed"` the program drops whatever comes, so that a dead gateway is no way through, and the machine's
//! own network stack never sees a frame of either side.
//!
//! The programs stay when the process ends, and stay when a port is switched off and on. The next gateway replaces them
//! in one step, between two frames. `tc filter show dev PORT ingress` shows them as `sluice`;
//! `tc qdisc del dev PORT clsact` takes one away.

mod program;

pub(crate) use program::to_socket;

use crate::clock::monotonic;
use crate::sys::bpf::{self, Kind};
use crate::sys::shared::{WORDS, Words};
use crate::{Error, Interface, netlink};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// The name of the programs.
const NAME: &str = "sluice";
/// Most workers that can vouch.
pub const WORKERS: u8 = 255;
/// The word that counts frames the program passed on.
const PASSED: u16 = WORDS - 1;
/// The word of the first worker that says what its loss would cost; the others' follow.
const STAKES: u16 = WORDS / 2;

/// What becomes of frames when the gateway is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnLoss {
    /// They pass, unjudged.
    Open,
    /// Nothing passes.
    Closed,
}

/// The wire between two ports. Dropping it changes nothing: what was promised holds until it is over.
#[derive(Clone, Debug)]
pub struct Standby {
    words: Arc<Words>,
    map: Arc<OwnedFd>,
    workers: u8,
}

/// One worker's word that it is at work.
#[derive(Debug)]
pub struct Beat {
    words: Arc<Words>,
    worker: u8,
    workers: u8,
    /// How long a word is good for.
    promise: u64,
}

/// What a worker finds when it vouches again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Every frame was the workers' own.
    Kept,
    /// This worker's own word had run out: until now the wire passed frames on, and those that wait for this worker have
    /// passed already.
    Lapsed,
    /// Another worker's word has run out: the wire passes frames on, and whoever handles one makes it two.
    Open,
}

impl Standby {
    /// Puts programs on both ports for so many workers, in place of what an earlier gateway left there. Every worker is
    /// taken to be at work for `grace`; then it must have vouched for itself.
    ///
    /// # Errors
    /// When the kernel has no such programs, or the process may not.
    pub fn install(
        ports: [&Interface; 2],
        on_loss: OnLoss,
        workers: u8,
        grace: Duration,
    ) -> Result<(Self, Option<Leftover>), Error> {
        let failed = |e| Error::system("put the standby wire's programs in place (kernel 5.5 or newer is needed)", e);
        let left = Leftover::find(ports);
        let map = Arc::new(bpf::map().map_err(failed)?);
        let words = Arc::new(Words::of(map.as_fd()).map_err(failed)?);
        let standby = Self { words, map: map.clone(), workers };
        standby.promise(grace);
        let [a, b] = ports;
        for (port, peer) in [(a, b), (b, a)] {
            let instructions = match on_loss {
                OnLoss::Open => program::open(map.as_fd(), workers, PASSED, peer.index),
                OnLoss::Closed => program::closed(map.as_fd()),
            };
            let loaded = bpf::load(Kind::Classifier, &instructions, *b"sluice\0\0\0\0\0\0\0\0\0\0").map_err(failed)?;
            netlink::attach(port.index, loaded.as_fd(), NAME).map_err(failed)?;
        }
        Ok((standby, left))
    }

    /// The word of one worker, each time good for `promise`.
    pub fn beat(&self, worker: u8, promise: Duration) -> Beat {
        Beat { words: self.words.clone(), worker, workers: self.workers, promise: nanoseconds(promise) }
    }

    /// The words of its workers, for another program.
    pub(crate) fn vouched(&self) -> (BorrowedFd<'_>, u8) {
        (self.map.as_fd(), self.workers)
    }

    /// Vouches for every worker for as long as this, whatever they do: while one gateway hands over to the next. None at
    /// all opens the wire at once.
    pub fn promise(&self, time: Duration) {
        let until = if time.is_zero() { 0 } else { monotonic() + nanoseconds(time) };
        for worker in 0..self.workers {
            self.words.word(u16::from(worker)).store(until, Ordering::Release);
        }
    }

    /// Frames that passed over the wire, unjudged, since it was put in place.
    pub fn passed(&self) -> u64 {
        self.words.word(PASSED).load(Ordering::Relaxed)
    }

    /// Whether some worker's word has run out.
    pub fn lapsed(&self) -> bool {
        let now = monotonic();
        (0..self.workers).any(|worker| self.words.word(u16::from(worker)).load(Ordering::Acquire) <= now)
    }
}

impl Beat {
    /// Says how many connections do not survive the loss of this worker, for the gateway that comes after it.
    pub fn stakes(&self, connections: usize) {
        self.words.word(STAKES + u16::from(self.worker)).store(connections as u64, Ordering::Relaxed);
    }

    /// Vouches from `now` ([`crate::monotonic`]) on, and says what happened until now. To be called at least each third of the promise, and before
    /// frames are read.
    pub fn vouch(&self, now: u64) -> Found {
        let before = self.words.word(u16::from(self.worker)).swap(now + self.promise, Ordering::AcqRel);
        if before <= now {
            return Found::Lapsed;
        }
        let others = (0..self.workers).filter(|worker| *worker != self.worker);
        let mut others = others.map(|worker| self.words.word(u16::from(worker)).load(Ordering::Acquire));
        if others.any(|until| until <= now) { Found::Open } else { Found::Kept }
    }
}

/// What an earlier gateway left on the ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// Frames that passed over its wire, unjudged, in all of its time.
    pub passed: u64,
    /// Connections that do not survive its loss, as it said last ([`Beat::stakes`]).
    pub at_stake: u64,
}

impl Leftover {
    /// Looks; `None` when there is nothing, or it is not to be had any more.
    fn find(ports: [&Interface; 2]) -> Option<Self> {
        let id = ports.iter().find_map(|port| netlink::attached(port.index, NAME).ok().flatten())?;
        let words = bpf::map_of_program(id).and_then(|map| Words::of(map.as_fd())).ok()?;
        let stakes = (0..u16::from(WORKERS)).map(|worker| words.word(STAKES + worker).load(Ordering::Relaxed));
        Some(Self { passed: words.word(PASSED).load(Ordering::Relaxed), at_stake: stakes.sum() })
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX / 2)
}
