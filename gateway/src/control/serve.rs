//! The gateway's end of the socket.

use super::desk::{Desk, Done, Outcome, names, words};
use super::people::Person;
use super::request::{LONGEST, Order, Reply, Request, What};
use super::{key_switch, status};
use crate::clock::Clock;
use crate::events::{Events, Notice, Severity};
use crate::metrics::{Metrics, Ordered};
use crate::policy::Live;
use crate::state::Keeper;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream as Blocking;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::timeout;

/// Callers at a time; one more is let go.
const CALLERS: usize = 8;
/// How long a caller may take to say something or to hear the answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks whoever can for the policy to be read again; what came of it in a sentence, `Err` when it was rejected.
pub(crate) type Reload = mpsc::Sender<oneshot::Sender<Result<String, String>>>;

/// What the socket gives its callers.
pub(crate) struct Means {
    pub(crate) gateway: String,
    pub(crate) live: Arc<Live>,
    pub(crate) keeper: Arc<Keeper>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) events: Events,
    pub(crate) clock: Clock,
    pub(crate) key_switch: Option<PathBuf>,
    pub(crate) reload: Option<Reload>,
    pub(crate) desk: Mutex<Desk>,
}

/// Listens at `path`, in the place of a gateway that is no more; for the user and the group of the process alone.
pub(crate) fn bind(path: &Path) -> io::Result<UnixListener> {
    if Blocking::connect(path).is_ok() {
        return Err(io::Error::new(io::ErrorKind::AddrInUse, "another gateway listens there"));
    }
    match std::fs::symlink_metadata(path) {
        Ok(found) if std::os::unix::fs::FileTypeExt::is_socket(&found.file_type()) => std::fs::remove_file(path)?,
        Ok(_) => return Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is something that is no socket")),
        Err(_) => {}
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))?;
    Ok(listener)
}

/// Answers callers until it is dropped.
pub(crate) async fn serve(listener: UnixListener, means: Arc<Means>) {
    let room = Arc::new(Semaphore::new(CALLERS));
    loop {
        match (listener.accept().await, room.clone().try_acquire_owned()) {
            (Ok((caller, _)), Ok(place)) => {
                let means = means.clone();
                tokio::spawn(async move {
                    // A caller that is too slow, or goes, has said enough.
                    let _ = converse(caller, &means).await;
                    drop(place);
                });
            }
            (Ok(_), Err(_)) => {}
            (Err(_), _) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

async fn converse(caller: UnixStream, means: &Means) -> io::Result<()> {
    let person = Person::of(caller.peer_cred()?.uid());
    let (read, mut write) = caller.into_split();
    let mut lines = BufReader::new(read);
    loop {
        let mut line = Vec::new();
        let mut bounded = (&mut lines).take(LONGEST as u64);
        if timeout(PATIENCE, bounded.read_until(b'\n', &mut line)).await?? == 0 {
            return Ok(());
        }
        let reply = match serde_json::from_slice(&line) {
            Ok(request) => means.answer(request, &person).await,
            Err(error) => refused(format!("that is no request: {error}")),
        };
        let mut text = serde_json::to_vec(&reply)?;
        text.push(b'\n');
        timeout(PATIENCE, write.write_all(&text)).await??;
    }
}

fn refused(message: String) -> Reply {
    Reply { outcome: "refused".to_owned(), message, status: None }
}

fn done(message: String) -> Reply {
    Reply { outcome: "done".to_owned(), message, status: None }
}

impl Means {
    async fn answer(&self, request: Request, person: &Person) -> Reply {
        let reply = match request {
            Request::Status => self.status(),
            Request::Reload => self.reload(person).await,
            Request::Order(order) => self.order(&order, person),
        };
        self.metrics.ordered(match reply.outcome.as_str() {
            "done" => Ordered::Done,
            "waiting" => Ordered::Waiting,
            _ => Ordered::Refused,
        });
        reply
    }

    fn status(&self) -> Reply {
        let now = self.clock.now();
        let waiting = self.desk().waiting(now);
        let status = status::status(&self.gateway, &self.live.current(), &self.keeper.state().summary(now), &waiting);
        Reply { status: Some(status), ..done("the gateway runs".to_owned()) }
    }

    async fn reload(&self, person: &Person) -> Reply {
        let Some(reload) = &self.reload else { return refused("this gateway has no files to read again".to_owned()) };
        self.tell(Severity::Informational, format!("{} asked for the policy to be read again", person.name));
        let (answer, answered) = oneshot::channel();
        if reload.send(answer).await.is_err() {
            return refused("the gateway is about to stop".to_owned());
        }
        match answered.await {
            Ok(Ok(message)) => done(message),
            Ok(Err(message)) => refused(message),
            Err(_) => refused("the gateway is about to stop".to_owned()),
        }
    }

    fn order(&self, order: &Order, person: &Person) -> Reply {
        let (now, loaded) = (self.clock.now(), self.live.current());
        let wall = self.keeper.state().clock().wall(now);
        let turned = || key_switch::turned(self.key_switch.as_deref());
        let outcome = self.desk().order(loaded.policy.site(), order, person, (now, wall), turned);
        let who = format!("{} (user {}) as {}", person.name, person.user, order.role);
        match outcome {
            Outcome::Do(what) => match self.obey(&what) {
                Ok(message) => done(message),
                Err(message) => {
                    self.tell(Severity::Medium, format!("{} was refused to {who}: {message}", order.what.words()));
                    refused(message)
                }
            },
            Outcome::Waits(message) => {
                self.tell(Severity::Medium, format!("{message}; ordered by {who}"));
                Reply { outcome: "waiting".to_owned(), message, status: None }
            }
            Outcome::Refused(message) => {
                self.tell(Severity::Medium, format!("{} was refused to {who}: {message}", order.what.words()));
                refused(message)
            }
        }
    }

    /// Does what was ordered, and says so in an event that nobody misses.
    fn obey(&self, order: &Done) -> Result<String, String> {
        let (state, now) = (self.keeper.state(), self.clock.now());
        let ticket = order.ticket.as_ref().map(|t| format!(", ticket {t}")).unwrap_or_default();
        let lasts = words(order.lasts);
        let locked = || "the plant is locked down".to_owned();
        let message = match &order.what {
            What::WindowOpen(name) => {
                if !state.open_window(name, now, order.lasts) {
                    return Err(locked());
                }
                format!("window {name} is open for {lasts}")
            }
            What::WindowClose(name) if state.close_window(name) => format!("window {name} is closed"),
            What::WindowClose(name) => return Err(format!("window {name} is not open")),
            What::BreakGlass => {
                if !state.break_glass(now, order.lasts) {
                    return Err(locked());
                }
                format!("the glass is broken for {lasts}: the conduits that [break-glass] covers only alert")
            }
            What::MendGlass if state.mend_glass() => "break-glass ended: conduits enforce again".to_owned(),
            What::MendGlass => return Err("the glass is not broken".to_owned()),
            What::Lockdown | What::EndLockdown => {
                let on = order.what == What::Lockdown;
                let closed = state.lock_down(on).len();
                match (on, closed) {
                    (false, _) => "the lockdown has ended".to_owned(),
                    (true, 0) => "the plant is locked down: only what the policy keeps passes".to_owned(),
                    (true, n) => format!("the plant is locked down, and what was open ({n}) is closed"),
                }
            }
        };
        self.tell(severity(&order.what), format!("{message}, ordered by {}{ticket}", names(&order.by)));
        if matches!(order.what, What::Lockdown | What::EndLockdown)
            && let Err(error) = self.keeper.keep(false)
        {
            self.tell(Severity::High, format!("the lockdown will not outlive the gateway: {error}"));
        }
        self.metrics.state(&state.summary(now));
        Ok(message)
    }

    fn tell(&self, severity: Severity, message: String) {
        self.events.tell(Notice::Condition { severity, message });
    }

    fn desk(&self) -> std::sync::MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What opens or locks is loud; what ends it matters, too.
fn severity(what: &What) -> Severity {
    match what {
        What::BreakGlass | What::Lockdown => Severity::Critical,
        What::WindowOpen(_) | What::EndLockdown => Severity::High,
        What::WindowClose(_) | What::MendGlass => Severity::Medium,
    }
}
