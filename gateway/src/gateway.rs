//! A running gateway: everything of one `[gateways.G]` of a site, from its policy to its listeners.
//!
//! `run` and the demo start the very same thing; the only difference is who looks at it.

use crate::clock::Clock;
use crate::config::{self, Config};
use crate::control::{self, Reload};
use crate::dataplane::bridge::{Bridging, OpenError};
use crate::dataplane::overhear::Overhearing;
use crate::dataplane::planes::Planes;
use crate::dataplane::proxy::{BindError, Listeners, Shared, Target, Workers};
use crate::events::{self, Event, Events, Notice, PolicyState, Severity, Sink};
use crate::metrics::{self, Metrics};
use crate::policy::{Compiled, Live, Loaded};
use crate::state::{Keeper, Unkept};
use core::fmt;
use sluice_policies::Policy;
use sluice_policies::decision::{ConduitId, Verdict};
use sluice_protocols::registry;
use std::fs::OpenOptions;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::sync::broadcast;

/// Why a gateway cannot start.
#[derive(Debug)]
pub enum StartError {
    /// The site has no gateway of this name; it has these.
    NoSuchGateway {
        /// The name that was asked for.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// A proxy cannot take its address.
    Bind(Vec<BindError>),
    /// The bridge cannot have its ports.
    Bridge(String),
    /// `/metrics` cannot take its address.
    Metrics(SocketAddr, io::Error),
    /// The folder for the state cannot be used.
    State(PathBuf, io::Error),
    /// The socket that the gateway is asked by cannot be had.
    Control(PathBuf, io::Error),
    /// The events' file cannot be opened.
    Events(String, io::Error),
    /// The system refuses something else.
    System(String),
}

/// What one conduit let through and withheld since the gateway started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// The conduit's name.
    pub conduit: String,
    /// Operations that were allowed.
    pub allowed: u64,
    /// Operations that were denied.
    pub denied: u64,
}

/// A running gateway. [`Gateway::shutdown`] ends it in order; dropping it ends it at once.
pub struct Gateway {
    name: String,
    shared: Arc<Shared>,
    keeper: Arc<Keeper>,
    looked_after: tokio::task::JoinHandle<()>,
    control: Option<(tokio::task::JoinHandle<()>, PathBuf)>,
    listeners: Listeners,
    ears: Overhearing,
    bridge: Option<Bridging>,
    metrics_at: SocketAddr,
    metrics_server: tokio::task::JoinHandle<()>,
}

impl Gateway {
    /// Starts the gateway called `name` of a policy. Must be called inside a tokio runtime, which carries the listeners
    /// and `/metrics`; connections run on threads of their own. Events go to `sink` when there is one, else to where
    /// `config` says.
    ///
    /// # Errors
    /// One clear sentence for each thing that keeps it from starting; nothing runs then.
    pub async fn start(
        name: &str,
        compiled: Compiled,
        config: &Config,
        sink: Option<Box<dyn io::Write + Send>>,
    ) -> Result<Self, StartError> {
        let targets = targets(&compiled.policy, name)?;
        let compiled = Compiled { policy: compiled.policy.at(name), ..compiled };
        let wanted = Planes::of(&compiled.policy, name);
        let metrics = Metrics::new(&registry::descriptors()).map_err(|e| StartError::System(e.to_string()))?;
        let metrics = Arc::new(metrics);
        let page = TcpListener::bind(config.metrics).await.map_err(|e| StartError::Metrics(config.metrics, e))?;
        let metrics_at = page.local_addr().map_err(|e| StartError::Metrics(config.metrics, e))?;
        let clock = Clock;
        let events = start_events(name, config, sink, clock, metrics.clone())?;
        let keeper = Keeper::start(name, &config.state, clock).map_err(|Unkept(at, e)| StartError::State(at, e))?;
        let loaded = Loaded::new(compiled.policy.bind(keeper.state()), compiled.hash, &metrics);
        metrics.policy_loaded(&loaded.hash);
        let state = PolicyState { state: "loaded", hash: loaded.hash.clone(), mistakes: Vec::new() };
        let live = Arc::new(Live::new(loaded));
        let shared = Arc::new(Shared { live, metrics: metrics.clone(), events, limits: config.limits.clone(), clock });
        let workers = Workers::start(&shared).map_err(|e| StartError::System(e.to_string()))?;
        let mut listeners = Listeners::new(shared.clone(), workers);
        let failed = listeners.reconcile(targets).await;
        if !failed.is_empty() {
            listeners.drain(std::time::Duration::ZERO).await;
            keeper.withdraw();
            shared.events.stop(None);
            return Err(StartError::Bind(failed));
        }
        let (ears, bridge) = match wanted.start(&shared, &config.bridge) {
            Ok(planes) => planes,
            Err(error) => {
                listeners.drain(std::time::Duration::ZERO).await;
                keeper.withdraw();
                shared.events.stop(None);
                return Err(error.into());
            }
        };
        shared.events.tell(Notice::Lifecycle(format!("gateway {name} started")));
        shared.events.tell(Notice::Policy(state));
        keeper.tell(&shared.live.current().policy, &shared.events);
        let metrics_server = tokio::spawn(metrics::serve(page, metrics));
        let keeper = Arc::new(keeper);
        let looked_after = tokio::spawn(look_after(keeper.clone(), shared.clone()));
        Ok(Self {
            name: name.to_owned(),
            shared,
            keeper,
            looked_after,
            control: None,
            listeners,
            ears,
            bridge,
            metrics_at,
            metrics_server,
        })
    }

    /// Listens where `config` says for what the gateway is asked; `reload` is asked for the policy to be read again.
    ///
    /// # Errors
    /// When the socket cannot be had.
    pub(crate) fn listen(&mut self, config: &config::Control, reload: Option<Reload>) -> Result<(), StartError> {
        let Some(path) = &config.socket else { return Ok(()) };
        let listener = control::bind(path).map_err(|e| StartError::Control(path.clone(), e))?;
        let Shared { live, metrics, events, clock, .. } = &*self.shared;
        let means = control::Means {
            gateway: self.name.clone(),
            live: live.clone(),
            keeper: self.keeper.clone(),
            metrics: metrics.clone(),
            events: events.clone(),
            clock: *clock,
            key_switch: config.key_switch.clone(),
            reload,
            desk: Mutex::default(),
        };
        self.control = Some((tokio::spawn(control::serve(listener, Arc::new(means))), path.clone()));
        Ok(())
    }

    /// Puts another policy in force without cutting any connection, then makes the proxies be what it says. What cannot
    /// listen is returned; the rest goes on.
    ///
    /// # Errors
    /// When the policy has no gateway of this name; the one before stays in force.
    pub async fn swap(&mut self, compiled: Compiled) -> Result<Vec<String>, StartError> {
        let targets = targets(&compiled.policy, &self.name)?;
        let compiled = Compiled { policy: compiled.policy.at(&self.name), ..compiled };
        let wanted = Planes::of(&compiled.policy, &self.name);
        let policy = compiled.policy.bind(self.keeper.state());
        let loaded = Loaded::new(policy, compiled.hash, &self.shared.metrics);
        let hash = loaded.hash.clone();
        self.shared.metrics.policy_loaded(&hash);
        self.shared.live.swap(loaded);
        self.keeper.close_unknown(&self.shared.live.current().policy, &self.shared.events);
        let mut mistakes: Vec<String> =
            self.listeners.reconcile(targets).await.iter().map(ToString::to_string).collect();
        if let Some(bridge) = &self.bridge {
            bridge.policy_changed();
        }
        if !wanted.run_as(&self.ears, self.bridge.as_ref()) {
            mistakes.push(format!(
                "the ports or the on-loss of gateway {} are others now: they change when the gateway is started again",
                self.name
            ));
        }
        self.shared.events.tell(Notice::Policy(PolicyState { state: "loaded", hash, mistakes: mistakes.clone() }));
        Ok(mistakes)
    }

    /// The date until which the site suspends `[unmatched]` has passed: pairs without a conduit are enforced from their
    /// next message on, whatever the files on disk say now. No connection is cut.
    pub fn lapse(&self) {
        let loaded = self.shared.live.current();
        let hash = loaded.hash.clone();
        self.shared.live.swap(Loaded::new(loaded.policy.lapsed(), hash.clone(), &self.shared.metrics));
        if let Some(bridge) = &self.bridge {
            bridge.policy_changed();
        }
        self.shared.events.tell(Notice::Policy(PolicyState { state: "lapsed", hash, mistakes: Vec::new() }));
    }

    /// The policy on disk is broken; says so in events and metrics and leaves the one in force alone.
    pub fn reject(&self, mistakes: Vec<String>) {
        self.shared.metrics.policy_broken();
        let hash = self.hash();
        self.shared.events.tell(Notice::Policy(PolicyState { state: "rejected", hash, mistakes }));
    }

    /// The policy on disk is the one in force, again or still.
    pub fn confirm(&self) {
        self.shared.metrics.policy_confirmed();
    }

    /// SHA-256 of the files of the policy in force.
    pub fn hash(&self) -> String {
        self.shared.live.current().hash.clone()
    }

    /// The policy in force.
    pub fn policy(&self) -> Arc<Policy> {
        self.shared.live.current().policy.clone()
    }

    /// Assets with a proxy, and the address that clients dial.
    pub fn addresses(&self) -> Vec<(String, SocketAddr)> {
        self.listeners.addresses()
    }

    /// What the gateway bridges, in words; `None` when it is no bridge.
    pub fn bridged(&self) -> Option<String> {
        let bridge = self.bridge.as_ref()?;
        let (plan, workers) = (bridge.plan(), bridge.workers());
        let s = if workers == 1 { "" } else { "s" };
        let on_loss = if plan.open { "open" } else { "closed" };
        let xdp = if bridge.through_xdp() { ", AF_XDP" } else { "" };
        Some(format!("{} <-> {}, on-loss {on_loss}, {workers} worker{s}{xdp}", plan.port(0), plan.port(1)))
    }

    /// The ports that the gateway only listens to, with their interfaces.
    pub fn overheard(&self) -> impl Iterator<Item = (&str, &str)> {
        self.ears.plans().iter().map(|plan| (plan.port.as_str(), plan.interface.as_str()))
    }

    /// Waits until the bridge cannot go on, and says why; for ever when there is none.
    pub async fn lost(&self) -> String {
        match &self.bridge {
            Some(bridge) => bridge.lost().await,
            None => core::future::pending().await,
        }
    }

    /// What each conduit of the policy in force let through and withheld, and what came from sources without one.
    pub fn tallies(&self) -> Vec<Tally> {
        let loaded = self.shared.live.current();
        let unmatched = (ConduitId::UNMATCHED, "unmatched");
        let conduits = loaded.policy.conduits().map(|(id, name, _)| (id, name)).chain([unmatched]);
        let tally = |(id, name): (ConduitId, &str)| {
            let series = loaded.conduits.of(id);
            let [allowed, denied] = [Verdict::Allow, Verdict::Deny].map(|v| series.operations(v));
            Tally { conduit: name.to_owned(), allowed, denied }
        };
        conduits.map(tally).collect()
    }

    /// Where `/metrics` is served.
    pub fn metrics_at(&self) -> SocketAddr {
        self.metrics_at
    }

    /// The series, for those that look from inside.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.shared.metrics
    }

    /// The events from now on, as they are written; a slow reader is told how many it missed.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Event>> {
        self.shared.events.subscribe()
    }

    /// Asks for the events' file to be opened anew, after a log rotation.
    pub fn reopen_events(&self) {
        self.shared.events.reopen();
    }

    /// Accepts no more, lets answers that are on their way arrive for as long as the configuration says, and ends. A bridge
    /// hands its connections over when somebody keeps them. Whether every proxied connection ended by itself.
    pub async fn shutdown(mut self) -> bool {
        if let Some((control, path)) = self.control.take() {
            control.abort();
            // Whoever asks now hears that no gateway listens.
            let _ = std::fs::remove_file(path);
        }
        let all = self.listeners.drain(self.shared.limits.drain).await;
        if self.bridge.take().is_some_and(Bridging::stop) {
            self.shared.events.tell(Notice::Lifecycle("the bridge's connections wait for the next process".to_owned()));
        }
        self.metrics_server.abort();
        self.looked_after.abort();
        if let Err(error) = self.keeper.keep(true) {
            let message = format!("the state of the gateway is not kept: {error}");
            self.shared.events.tell(Notice::Condition { severity: Severity::High, message });
        }
        self.shared.events.stop(Some(Notice::Lifecycle(format!("gateway {} stopped", self.name))));
        all
    }
}

async fn look_after(keeper: Arc<Keeper>, shared: Arc<Shared>) {
    keeper.look_after(&shared.live, &shared.metrics, &shared.events).await;
}

impl From<OpenError> for StartError {
    fn from(error: OpenError) -> Self {
        Self::Bridge(error.to_string())
    }
}

/// The proxies of one gateway of a policy.
fn targets(policy: &Policy, name: &str) -> Result<Vec<Target>, StartError> {
    let site = policy.site();
    let Some(gateway) = policy.gateway(name) else {
        let known = site.gateways.iter().map(|g| g.name.clone()).collect();
        return Err(StartError::NoSuchGateway { name: name.to_owned(), known });
    };
    let target = |proxy: &sluice_policies::site::Proxy| {
        let asset = site.asset(proxy.asset);
        let protocol = registry::protocol(asset.speaks[proxy.speaks].protocol.id);
        Target { asset: asset.name.clone(), listen: proxy.listen, upstream: proxy.upstream, protocol }
    };
    Ok(gateway.proxies.iter().map(target).collect())
}

fn start_events(
    name: &str,
    config: &Config,
    own: Option<Box<dyn io::Write + Send>>,
    clock: Clock,
    metrics: Arc<Metrics>,
) -> Result<Events, StartError> {
    let place = config.events.as_ref().map_or("standard output".to_owned(), |p| p.display().to_string());
    let mut own = own;
    let path = config.events.clone();
    let sink: Sink = Box::new(move || {
        if let Some(own) = own.take() {
            return Ok(own);
        }
        match &path {
            Some(path) => Ok(Box::new(OpenOptions::new().create(true).append(true).open(path)?)),
            None => Ok(Box::new(io::stdout())),
        }
    });
    events::start(name, sink, clock, metrics, config.state.folder.clone()).map_err(|e| StartError::Events(place, e))
}

/// One sentence that says what to do.
impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchGateway { name, known } if known.is_empty() => {
                write!(f, "the site has no gateway `{name}`; it has none at all: add a [gateways.{name}] table")
            }
            Self::NoSuchGateway { name, known } => {
                write!(f, "the site has no gateway `{name}`; there are {}", known.join(", "))
            }
            Self::Bind(errors) => {
                let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
                f.write_str(&lines.join("\n"))
            }
            Self::Bridge(error) => f.write_str(error),
            Self::Metrics(at, error) if error.kind() == io::ErrorKind::AddrInUse => write!(
                f,
                "/metrics cannot be served on {at}: another program holds that port; give it another by [metrics] listen in box.toml"
            ),
            Self::Metrics(at, error) => write!(f, "/metrics cannot be served on {at}: {error}"),
            Self::State(folder, error) => {
                write!(f, "the state cannot be kept in {} ([state] folder in box.toml): {error}", folder.display())
            }
            Self::Control(path, error) => {
                write!(f, "the gateway cannot be asked at {} ([control] socket in box.toml): {error}", path.display())
            }
            Self::Events(place, error) => write!(f, "events cannot be written to {place}: {error}"),
            Self::System(error) => write!(f, "the system refuses what the gateway needs: {error}"),
        }
    }
}

impl core::error::Error for StartError {}
