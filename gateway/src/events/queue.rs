//! The bounded queue between everything that happens and the thread that tells it.

use super::event::Event;
use super::notice::Notice;
use super::recorder::Recorder;
use crate::clock::{Clock, unix_millis};
use crate::metrics::Metrics;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::broadcast;

/// Notices that may wait for the recorder.
const ROOM: usize = 4096;
/// Events that a subscriber may be behind; a slower one misses some and is told how many.
const BEHIND: usize = 1024;
/// How long the recorder sleeps when nothing happens.
const NAP: Duration = Duration::from_millis(100);

/// Where events are written. Opened anew when a log rotation asks for it.
pub(crate) type Sink = Box<dyn FnMut() -> io::Result<Box<dyn Write + Send>> + Send>;

/// A notice with when it happened, in milliseconds since 1970.
pub(super) struct Told {
    pub(super) at: u64,
    pub(super) notice: Notice,
}

/// The way to tell. Cloned freely; the recorder ends when [`Events::stop`] is called.
#[derive(Clone)]
pub(crate) struct Events {
    queue: SyncSender<Told>,
    state: Arc<State>,
}

struct State {
    /// What found no room, by severity.
    lost: [AtomicU64; 5],
    stop: AtomicBool,
    reopen: AtomicBool,
    subscribers: broadcast::Sender<Arc<Event>>,
    /// What is told when everything else is.
    last: Mutex<Option<Notice>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// Starts the recorder's thread; `learned` is the folder for what conduits in learn mode teach.
///
/// # Errors
/// When the sink cannot be opened, or the system gives no thread.
pub(crate) fn start(
    gateway: &str,
    mut sink: Sink,
    clock: Clock,
    metrics: Arc<Metrics>,
    learned: Option<PathBuf>,
) -> io::Result<Events> {
    let (queue, notices) = sync_channel(ROOM);
    let subscribers = broadcast::Sender::new(BEHIND);
    let state = Arc::new(State {
        lost: [const { AtomicU64::new(0) }; 5],
        stop: AtomicBool::new(false),
        reopen: AtomicBool::new(false),
        subscribers: subscribers.clone(),
        last: Mutex::new(None),
        thread: Mutex::new(None),
    });
    let recorder = Recorder::new(gateway, sink()?, subscribers, metrics, learned)?;
    let shared = state.clone();
    let life = move || record(recorder, &notices, &shared, sink, clock);
    let thread = std::thread::Builder::new().name("events".to_owned()).spawn(life)?;
    *state.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
    Ok(Events { queue, state })
}

impl Events {
    /// Tells, or counts what found no room; never waits.
    pub(crate) fn tell(&self, notice: Notice) {
        let told = Told { at: unix_millis(), notice };
        if let Err(TrySendError::Full(told) | TrySendError::Disconnected(told)) = self.queue.try_send(told) {
            self.state.lost[told.notice.severity() as usize].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The events from now on, as they are written.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Arc<Event>> {
        self.state.subscribers.subscribe()
    }

    /// Asks for the sink to be opened anew before the next event.
    pub(crate) fn reopen(&self) {
        self.state.reopen.store(true, Ordering::Release);
    }

    /// Writes what was told until now, counted repetitions included, then `last`, and ends the recorder.
    pub(crate) fn stop(&self, last: Option<Notice>) {
        *self.state.last.lock().unwrap_or_else(PoisonError::into_inner) = last;
        self.state.stop.store(true, Ordering::Release);
        let thread = self.state.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // Its panic, if any, was reported when it happened.
            let _ = thread.join();
        }
    }
}

/// The recorder's life.
fn record(mut recorder: Recorder, notices: &Receiver<Told>, state: &State, mut sink: Sink, clock: Clock) {
    loop {
        let next = notices.recv_timeout(NAP);
        let now = clock.now();
        if state.reopen.swap(false, Ordering::AcqRel)
            && let Ok(opened) = sink()
        {
            recorder.reopen(opened);
        }
        let ended = matches!(next, Err(RecvTimeoutError::Disconnected));
        if let Ok(told) = next {
            recorder.take(now, told);
            // What has piled up is written in one go.
            for told in notices.try_iter().take(ROOM) {
                recorder.take(now, told);
            }
        }
        recorder.settle(now, unix_millis(), state.lost.each_ref().map(|lost| lost.swap(0, Ordering::Relaxed)));
        if ended || state.stop.load(Ordering::Acquire) {
            for told in notices.try_iter().take(ROOM) {
                recorder.take(now, told);
            }
            let last = state.last.lock().unwrap_or_else(PoisonError::into_inner).take();
            return recorder.finish(unix_millis(), last);
        }
    }
}
