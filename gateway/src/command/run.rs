//! `sluice run`: a gateway in service, from its start to its drain.

use super::call::Run;
use super::failure::Failure;
use super::{Outcome, Terminal, site};
use crate::config::{self, Config};
use crate::gateway::Gateway;
use crate::memory::{self, Arena};
use crate::policy::{self, Compiled, Rejected};
use jiff::Timestamp;
use rustix::process::{Resource, getrlimit, setrlimit};
use sluice_hardware::handover::Manager;
use std::collections::BTreeSet;
use std::future::pending;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, timeout_at};

/// A change on disk is read when nothing more has changed for this long: an editor writes in several steps.
const QUIET: Duration = Duration::from_millis(300);
/// And after this long at the latest.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) fn run(call: &Run, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let config = configuration(call.config.as_deref())?;
    // Before the files are read: what changes while they are is read again.
    let changed = Arc::new(Notify::new());
    let watcher = policy::watch(&call.site, changed.clone());
    let compiled = site::load_approved(&call.site, call.trust.as_deref(), terminal)?;
    let name = site::gateway(&compiled, call.gateway.as_deref())?;
    raise_descriptors();
    let arenas = Arenas::with(Arena::own());
    arenas.give_back();
    terminal.release();
    let runtime = Builder::new_current_thread().enable_all().build().map_err(|e| Failure::System(e.to_string()))?;
    if let Err(error) = &watcher {
        terminal.say(format_args!("the site's files cannot be watched ({error}); SIGHUP reloads them"));
    }
    runtime.block_on(serve(call, &name, compiled, &config, (changed, arenas), terminal))
}

fn configuration(path: Option<&Path>) -> Result<Config, Failure> {
    let mut config = match path {
        None => Config::default(),
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|e| Failure::File(path.into(), e))?;
            config::read(&text).map_err(|mistakes| Failure::BadConfig(path.into(), mistakes))?
        }
    };
    config.control.socket = config.control.socket.or_else(|| Some(given("RUNTIME_DIRECTORY")?.join("control.sock")));
    config.state.folder = config.state.folder.or_else(|| given("STATE_DIRECTORY"));
    Ok(config)
}

/// A folder that the service manager made for the program; of several the first.
fn given(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os(name)?;
    std::env::split_paths(&folders).next().filter(|folder| folder.is_absolute())
}

/// Two descriptors a connection: as many as the system lets this process have.
fn raise_descriptors() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // When it fails the limit stays what it was, and running out is counted and reported.
    let _ = setrlimit(Resource::Nofile, limit);
}

/// The arenas that policies lie in: each is read by whichever thread is free, and let go by another.
struct Arenas(BTreeSet<Arena>);

impl Arenas {
    fn with(first: Option<Arena>) -> Self {
        Self(first.into_iter().collect())
    }

    fn give_back(&self) {
        memory::let_go();
        for arena in &self.0 {
            arena.give_back();
        }
    }
}

/// What asks a running gateway for something.
struct Requests {
    hangup: Signal,
    terminate: Signal,
    interrupt: Signal,
    changed: Arc<Notify>,
    asked: mpsc::Receiver<Asked>,
}

/// Where the answer to somebody who asked for a reload goes.
type Asked = oneshot::Sender<Result<String, String>>;

enum Request {
    /// Read the files again; log files were rotated too, perhaps.
    Reload(Option<Asked>),
    /// Enforce what was suspended until now.
    Lapse,
    /// End.
    Stop,
}

impl Requests {
    fn new(changed: Arc<Notify>, asked: mpsc::Receiver<Asked>) -> std::io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            changed,
            asked,
        })
    }

    /// The next one; `ends` is when something in the policy lapses.
    async fn next(&mut self, ends: Option<Timestamp>) -> Request {
        tokio::select! {
            () = passed(ends) => Request::Lapse,
            _ = self.terminate.recv() => Request::Stop,
            _ = self.interrupt.recv() => Request::Stop,
            _ = self.hangup.recv() => Request::Reload(None),
            Some(asked) = self.asked.recv() => Request::Reload(Some(asked)),
            () = self.changed.notified() => {
                self.quiet().await;
                Request::Reload(None)
            }
        }
    }

    /// Waits until nothing changes any more.
    async fn quiet(&self) {
        let latest = Instant::now() + PATIENCE;
        while Instant::now() < latest {
            let quiet = timeout_at(Instant::now() + QUIET, self.changed.notified()).await;
            if quiet.is_err() {
                return;
            }
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// A second request to end.
    async fn impatient(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Waits until a date has passed; for ever when there is none.
async fn passed(at: Option<Timestamp>) {
    let Some(at) = at else { return pending().await };
    while let Some(pause) = pause(at, Timestamp::now()) {
        sleep(pause).await;
    }
}

/// How long to wait before the clock is looked at again; `None` when `at` has come. Never long, for a clock may be set.
fn pause(at: Timestamp, now: Timestamp) -> Option<Duration> {
    let left = Duration::try_from(at.duration_since(now)).unwrap_or_default();
    (!left.is_zero()).then(|| left.min(Duration::from_secs(30)))
}

async fn serve(
    call: &Run,
    name: &str,
    compiled: Compiled,
    config: &Config,
    (changed, mut arenas): (Arc<Notify>, Arenas),
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let (ask, asked) = mpsc::channel(1);
    let mut requests = Requests::new(changed, asked).map_err(|e| Failure::System(e.to_string()))?;
    let mut gateway = Gateway::start(name, compiled, config, None).await?;
    if let Err(error) = gateway.listen(&config.control, Some(ask)) {
        gateway.shutdown().await;
        return Err(error.into());
    }
    introduce(&gateway, name, terminal);
    notify("READY=1");
    loop {
        let ends = gateway.policy().site().unmatched.ends;
        let request = tokio::select! {
            request = requests.next(ends) => request,
            why = gateway.lost() => {
                gateway.shutdown().await;
                return Err(Failure::Lost(why));
            }
        };
        match request {
            Request::Reload(asked) => {
                let came_of_it = reload(call, &mut gateway, &mut arenas, terminal).await;
                if let Some(asked) = asked {
                    // Whoever asked may be gone.
                    let _ = asked.send(came_of_it);
                }
            }
            Request::Lapse => {
                gateway.lapse();
                terminal.say("the date of [unmatched] has passed: pairs without a conduit are enforced again");
            }
            Request::Stop => break,
        }
        arenas.give_back();
    }
    notify("STOPPING=1");
    terminal.say("draining: no new connections, answers that are on their way still arrive");
    tokio::select! {
        all = gateway.shutdown() => {
            terminal.say(if all { "stopped" } else { "stopped; some connections had to be cut" });
        }
        () = requests.impatient() => terminal.say("stopped at once"),
    }
    Ok(Outcome::Holds)
}

/// Tells the service manager, if one started the program.
fn notify(state: &str) {
    if let Some(manager) = Manager::of_environment() {
        // It does not listen: then it does not want to know.
        let _ = manager.tell(state);
    }
}

fn introduce(gateway: &Gateway, name: &str, terminal: &mut Terminal) {
    let policy = gateway.policy();
    terminal.say(format_args!("gateway {name} of {}", policy.site().name));
    for (asset, listen) in gateway.addresses() {
        terminal.say(format_args!("  {asset} at {listen}"));
    }
    if let Some(bridge) = gateway.bridged() {
        terminal.say(format_args!("  bridge {bridge}"));
    }
    for (port, interface) in gateway.overheard() {
        terminal.say(format_args!("  listens to {port} ({interface})"));
    }
    terminal.say(format_args!("  metrics at http://{}/metrics", gateway.metrics_at()));
    terminal.say(format_args!("  policy {}", gateway.hash()));
    terminal.say("ready");
}

/// Does `work` on a thread of its own, and says where what it made lies: reading a large site takes a while, and this
/// thread has connections to accept.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<(T, Option<Arena>), tokio::task::JoinError> {
    let all = || {
        let done = work();
        memory::let_go();
        (done, Arena::own())
    };
    spawn_blocking(all).await
}

/// Swaps the policy for what is on disk now, or says why not and leaves it; what came of it, in a sentence.
async fn reload(
    call: &Run,
    gateway: &mut Gateway,
    arenas: &mut Arenas,
    terminal: &mut Terminal,
) -> Result<String, String> {
    gateway.reopen_events();
    let (site, keys) = (call.site.clone(), call.trust.clone());
    let (read, arena) = match aside(move || policy::open_approved(&site, keys.as_deref())).await {
        Ok(read) => read,
        Err(fault) => (Err(Rejected::Folder(fault.into())), None),
    };
    arenas.0.extend(arena);
    let compiled = match read {
        Ok((compiled, _)) if compiled.hash == gateway.hash() => {
            gateway.confirm();
            return Ok(format!("policy {} is in force still: nothing has changed", gateway.hash()));
        }
        Ok((compiled, warnings)) => {
            terminal.report(&warnings);
            compiled
        }
        Err(rejected) => {
            gateway.reject(rejected.mistakes());
            if let Rejected::Wrong(report) | Rejected::Unapproved(report) = &rejected {
                terminal.report(report);
            }
            let failure = site::failure(&call.site, rejected);
            terminal.error(&failure);
            terminal.say(format_args!("the changed policy is rejected; policy {} stays in force", gateway.hash()));
            return Err(format!("{failure}; policy {} stays in force", gateway.hash()));
        }
    };
    match gateway.swap(compiled).await {
        Ok(failed) => {
            for error in failed {
                terminal.error(&error);
            }
            let message = format!("policy {} is in force", gateway.hash());
            terminal.say(&message);
            Ok(message)
        }
        Err(error) => {
            gateway.reject(vec![error.to_string()]);
            terminal.error(&error);
            terminal.say(format_args!("the changed policy is rejected; policy {} stays in force", gateway.hash()));
            Err(format!("{error}; policy {} stays in force", gateway.hash()))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn other_tasks_go_on_while_a_site_is_read() {
        let (tell, told) = std::sync::mpsc::channel();
        let reading = aside(move || told.recv_timeout(Duration::from_secs(30)));
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let (read, ()) = runtime.block_on(async { tokio::join!(reading, async move { tell.send(()).unwrap() }) });
        assert!(read.unwrap().0.is_ok());
    }

    #[test]
    fn the_clock_is_looked_at_often_and_at_the_moment_itself() {
        let at: Timestamp = "2026-11-24T16:00:00Z".parse().unwrap();
        let pause = |now: &str| pause(at, now.parse().unwrap());
        assert_eq!(pause("2026-11-20T00:00:00Z"), Some(Duration::from_secs(30)));
        assert_eq!(pause("2026-11-24T15:59:59.5Z"), Some(Duration::from_millis(500)));
        assert_eq!(pause("2026-11-24T16:00:00Z"), None);
        assert_eq!(pause("2026-11-25T16:00:00Z"), None);
    }
}
