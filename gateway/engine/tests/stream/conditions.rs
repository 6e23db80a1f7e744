//! Conditions over the life of requests: two stations at one controller, with all that may become of a write.

use crate::recorder::{Recorder, Report};
use crate::sites::{CLIENT, CONTROLLER};
use core::time::Duration;
use sluice_engine::{Limits, Opening, Stream};
use sluice_model::{Direction, Instant};
use sluice_policies::decision::{ConduitId, Reason};
use sluice_policies::source::Memory;
use sluice_policies::{Policy, State, load};
use sluice_protocols::registry;
use std::net::SocketAddr;
use std::sync::Arc;

const SITE: &str = r#"
sluice = 1
site = "test"
time-zone = "UTC"
[assets]
hmi-1 = { ip = "192.0.2.11" }
plc-1 = { ip = "192.0.2.31", modbus = { unit = 1, tags = "tags.csv" } }
[conduit.other]
from = "plc-1"
to = "plc-1"
[[conduit.other.allow]]
id = "look"
modbus = "read"
tags = "*"
[conduit.operators]
from = "hmi-1"
to = "plc-1"
[[conduit.operators.allow]]
id = "look"
modbus = "read"
tags = "*"
[[conduit.operators.allow]]
id = "drive"
modbus = "write"
  [conduit.operators.allow.tags]
  speed = { step = "5 Hz within 10 s" }
[[conduit.operators.allow]]
id = "dose"
modbus = "write"
tags = ["dose"]
rate = "1 / 10 s per tag"
"#;
const TAGS: &str = "# addresses = wire\nname,address,type,unit\nspeed,holding 0,u16,Hz\ndose,holding 1,u16,\n";

/// Reads and writes of register `address`, as the client and the controller say it.
pub fn read(id: u8, address: u8) -> [u8; 12] {
    [0, id, 0, 0, 0, 6, 1, 3, 0, address, 0, 1]
}
pub fn value(id: u8, value: u8) -> [u8; 11] {
    [0, id, 0, 0, 0, 5, 1, 3, 2, 0, value]
}
pub fn write(id: u8, address: u8, value: u8) -> [u8; 12] {
    [0, id, 0, 0, 0, 6, 1, 6, 0, address, 0, value]
}

pub fn policy() -> Policy {
    let files = Memory::new().with("site.toml", SITE).with("tags.csv", TAGS);
    let (site, _) = load(&files, &registry::descriptors(), jiff::Timestamp::UNIX_EPOCH).unwrap();
    Policy::compile(site)
}

/// Stations at one controller.
struct Bench {
    now: Instant,
    policy: Arc<Policy>,
    limits: Limits,
}

impl Bench {
    fn new() -> Self {
        let now = Instant(1_000_000_000);
        Self { now, policy: Arc::new(policy()), limits: Limits::default() }
    }

    fn station(&self) -> Station {
        let asset = self.policy.asset_of(CONTROLLER).unwrap();
        let source = SocketAddr::new(CLIENT, 40_000);
        let opening = Opening { source, asset, protocol: registry::ALL[0], limits: self.limits };
        Station { stream: Stream::open(&self.policy, opening), out: Recorder::default() }
    }

    fn wait(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
    }
}

struct Station {
    stream: Stream,
    out: Recorder,
}

impl Station {
    /// Why a request does not pass; `None` when it does.
    fn asks(&mut self, bench: &Bench, bytes: &[u8]) -> Option<Reason> {
        self.stream.bytes(bench.now, &bench.policy, Direction::ToServer, bytes, &mut self.out);
        match self.out.reports.last() {
            Some(Report::Judged { reason, .. }) => *reason,
            Some(Report::Incident { reason, .. }) => Some(*reason),
            other => panic!("{other:?}"),
        }
    }

    fn hears(&mut self, bench: &Bench, bytes: &[u8]) {
        self.stream.bytes(bench.now, &bench.policy, Direction::ToClient, bytes, &mut self.out);
    }

    /// Reads the speed, which is this.
    fn sees(&mut self, bench: &Bench, speed: u8) {
        assert_eq!(self.asks(bench, &read(9, 0)), None);
        self.hears(bench, &value(9, speed));
    }
}

#[test]
fn a_step_is_measured_from_what_is_under_way_until_its_answer_comes() {
    let bench = Bench::new();
    let (mut one, mut two) = (bench.station(), bench.station());
    assert_eq!(one.asks(&bench, &write(1, 0, 20)), Some(Reason::Stale));
    one.sees(&bench, 20);
    assert_eq!(one.asks(&bench, &write(2, 0, 25)), None);
    assert_eq!(two.asks(&bench, &write(1, 0, 30)), Some(Reason::Step));
    one.hears(&bench, &write(2, 0, 25));
    let Some(Report::Answered { conduit, .. }) = one.out.reports.last() else { panic!("not answered") };
    assert_eq!(*conduit, ConduitId(1), "what the ticket says is kept with the reservation");
    assert_eq!(two.asks(&bench, &write(2, 0, 30)), None);
    two.hears(&bench, &[0, 2, 0, 0, 0, 3, 1, 0x86, 4]);
    assert_eq!(two.asks(&bench, &write(3, 0, 20)), None, "from 25, for the device refused 30");
    assert_eq!(bench.policy.state().summary(bench.now).held, 1);
}

#[test]
fn nobody_knows_what_became_of_a_write_without_a_right_answer() {
    type Fate = fn(&mut Bench, &mut Station, Station);
    let fates: [(&str, Fate); 3] = [
        ("forgotten", |bench, watcher, mut writer| {
            bench.wait(31);
            watcher.sees(bench, 20);
            writer.stream.tick(bench.now, &bench.policy, &mut writer.out);
            let Some(Report::Forgotten { function, device, conduit, .. }) = writer.out.reports.last() else {
                panic!("not forgotten")
            };
            assert_eq!((*function, *device, *conduit), (6, 1, ConduitId(1)));
        }),
        ("answered wrongly", |bench, _, mut writer| writer.hears(bench, &write(2, 0, 99))),
        ("cut", |_, _, writer| drop(writer)),
    ];
    for (what, becomes) in fates {
        let mut bench = Bench::new();
        let (mut watcher, mut writer) = (bench.station(), bench.station());
        writer.sees(&bench, 20);
        assert_eq!(writer.asks(&bench, &write(2, 0, 25)), None);
        becomes(&mut bench, &mut watcher, writer);
        assert_eq!(bench.policy.state().summary(bench.now).held, 0, "{what}");
        assert_eq!(watcher.asks(&bench, &write(3, 0, 25)), Some(Reason::Stale), "{what}");
        bench.wait(1);
        watcher.sees(&bench, 25);
        assert_eq!(watcher.asks(&bench, &write(4, 0, 25)), None, "{what}");
    }
}

#[test]
fn what_a_bound_withholds_counts_in_no_rate() {
    let mut bench = Bench { limits: Limits { outstanding: 1, ..Limits::default() }, ..Bench::new() };
    let mut station = bench.station();
    assert_eq!(station.asks(&bench, &read(1, 0)), None);
    assert_eq!(station.asks(&bench, &write(2, 1, 7)), Some(Reason::Bound));
    station.hears(&bench, &value(1, 0));
    assert_eq!(station.asks(&bench, &write(3, 1, 7)), None);
    station.hears(&bench, &write(3, 1, 7));
    assert_eq!(station.asks(&bench, &write(4, 1, 7)), Some(Reason::Rate));
    bench.wait(10);
    assert_eq!(station.asks(&bench, &write(5, 1, 7)), None);
}

#[test]
fn a_swap_keeps_what_is_known_counted_and_under_way() {
    let mut bench = Bench::new();
    let state = State::new(7);
    bench.policy = Arc::new(bench.policy.bind(&state));
    let (mut one, mut two) = (bench.station(), bench.station());
    one.sees(&bench, 20);
    assert_eq!(one.asks(&bench, &write(1, 0, 25)), None);
    assert_eq!(two.asks(&bench, &write(2, 1, 7)), None);
    let old = std::mem::replace(&mut bench.policy, Arc::new(policy().bind(&state)));
    drop(old);
    assert_eq!(two.asks(&bench, &write(3, 1, 7)), Some(Reason::Rate));
    assert_eq!(two.asks(&bench, &write(4, 0, 30)), Some(Reason::Step));
    one.hears(&bench, &write(1, 0, 25));
    assert_eq!(two.asks(&bench, &write(5, 0, 30)), None);
}
