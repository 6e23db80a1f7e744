//! The gateway under test, in its own runtime, and the sites that it runs.

use crate::client::HMI;
use crate::controller::Controller;
use sluice::config::Config;
use sluice::events::Event;
use sluice::gateway::{Gateway, StartError};
use sluice::policy::{Compiled, compile};
use sluice_policies::source::Memory;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::broadcast;

/// Long enough for a busy machine, short enough to notice what never comes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// A port that nobody listens on.
pub(crate) fn free(ip: Ipv4Addr) -> SocketAddr {
    TcpListener::bind((ip, 0)).unwrap().local_addr().unwrap()
}

/// A site with one operator station and these controllers, each a name with its proxy's and its own address.
pub(crate) fn site(controllers: &[(&str, SocketAddr, SocketAddr)], verbs: &str) -> Memory {
    let each = |line: fn(&str, SocketAddr, SocketAddr) -> String| -> String {
        controllers.iter().map(|(name, listen, upstream)| line(name, *listen, *upstream)).collect()
    };
    let assets = each(|name, _, up| {
        format!("{name} = {{ ip = \"{}\", modbus = {{ unit = 1, ports = [{}] }} }}\n", up.ip(), up.port())
    });
    let proxies = each(|name, listen, _| format!("{name} = \"{listen}\"\n"));
    let to = each(|name, _, _| format!("\"{name}\", "));
    let text = format!(
        "sluice = 1\nsite = \"test\"\ntime-zone = \"UTC\"\n\
         [assets]\nhmi-1 = {{ ip = \"{HMI}\" }}\n{assets}\
         [gateways.gw-1]\non-loss = \"closed\"\n[gateways.gw-1.proxy]\n{proxies}\
         [conduit.ops]\nfrom = \"hmi-1\"\nto = [{to}]\n\
         [[conduit.ops.allow]]\nid = \"look\"\nmodbus = {verbs}\nholdings = [\"0 .. 200\"]\n"
    );
    Memory::new().with("site.toml", text)
}

pub(crate) fn compiled(site: &Memory) -> Compiled {
    compile(site).unwrap_or_else(|report| panic!("{}", report.render(false))).0
}

/// A gateway in its own runtime, with what it wrote.
pub(crate) struct Rig {
    pub(crate) runtime: Runtime,
    pub(crate) gateway: Option<Gateway>,
    pub(crate) written: Written,
    events: Mutex<broadcast::Receiver<Arc<Event>>>,
}

/// Everything that the gateway wrote as events.
#[derive(Clone, Default)]
pub(crate) struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    /// Lets nothing be written for as long as it is held.
    pub(crate) fn hold(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap()
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Written {
    pub(crate) fn lines(&self) -> Vec<serde_json::Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// Two workers, `/metrics` on any port.
pub(crate) fn config() -> Config {
    let mut config = Config { metrics: (Ipv4Addr::LOCALHOST, 0).into(), ..Config::default() };
    config.limits.workers = 2;
    config
}

impl Rig {
    pub(crate) fn try_start(site: &Memory, config: &Config) -> Result<Self, StartError> {
        Self::writing(site, config, Written::default())
    }

    /// A gateway whose events go to `written`.
    pub(crate) fn writing(site: &Memory, config: &Config, written: Written) -> Result<Self, StartError> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let sink = Box::new(written.clone());
        let gateway = runtime.block_on(Gateway::start("gw-1", compiled(site), config, Some(sink)))?;
        let events = Mutex::new(gateway.subscribe());
        Ok(Self { runtime, gateway: Some(gateway), written, events })
    }

    pub(crate) fn start(site: &Memory, config: &Config) -> Self {
        Self::try_start(site, config).unwrap()
    }

    /// One controller, one gateway before it.
    pub(crate) fn simple(config: &Config) -> (Self, Controller, SocketAddr) {
        let controller = Controller::start();
        let listen = free(Ipv4Addr::LOCALHOST);
        let rig = Self::start(&site(&[("plc-1", listen, controller.address)], "\"read\""), config);
        (rig, controller, listen)
    }

    pub(crate) fn gateway(&self) -> &Gateway {
        self.gateway.as_ref().unwrap()
    }

    /// Swaps the policy.
    pub(crate) fn swap(&mut self, site: &Memory) -> Vec<String> {
        let compiled = compiled(site);
        let failed = self.runtime.block_on(self.gateway.as_mut().unwrap().swap(compiled)).unwrap();
        failed.iter().map(ToString::to_string).collect()
    }

    /// The value of a series, `name{labels}`.
    pub(crate) fn metric(&self, series: &str) -> f64 {
        let text = String::from_utf8(self.gateway().metrics().text()).unwrap();
        let line = text.lines().find(|line| line.strip_prefix(series).is_some_and(|rest| rest.starts_with(' ')));
        line.unwrap_or_else(|| panic!("no series {series} in\n{text}")).rsplit(' ').next().unwrap().parse().unwrap()
    }

    /// Waits until a series has a value.
    pub(crate) fn await_metric(&self, series: &str, value: f64) {
        eventually(|| (self.metric(series) - value).abs() < 0.5);
    }

    /// The next event that `wanted` recognises.
    pub(crate) fn event(&self, wanted: impl Fn(&Event) -> bool) -> Arc<Event> {
        let mut events = self.events.lock().unwrap();
        let next = async {
            loop {
                let event = events.recv().await.unwrap();
                if wanted(&event) {
                    return event;
                }
            }
        };
        self.runtime.block_on(async { tokio::time::timeout(PATIENCE, next).await }).unwrap()
    }

    pub(crate) fn shutdown(&mut self) -> bool {
        let gateway = self.gateway.take().unwrap();
        self.runtime.block_on(gateway.shutdown())
    }
}

/// Waits until something holds.
pub(crate) fn eventually(holds: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "it never came true");
        std::thread::sleep(Duration::from_millis(5));
    }
}
