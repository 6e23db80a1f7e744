//! A fault of the gateway in one connection, which only a protocol that panics can show.
#![allow(clippy::unwrap_used)]

use super::{Listeners, Shared, Target, Workers};
use crate::clock::Clock;
use crate::config::Limits;
use crate::events;
use crate::metrics::Metrics;
use crate::policy::{Live, Loaded, compile};
use sluice_model::{Descriptor, Direction, Fault, Instant};
use sluice_policies::source::Memory;
use sluice_protocols::handover::Unreadable;
use sluice_protocols::{
    Carrier, Cx, Frame, Opened, Outcome, Probe, Protocol, Refusal, Room, Session, Sink, Ticket, registry,
};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// Modbus until it sees this byte first.
struct Faulty;
const TRIGGER: u8 = 0xEE;

impl Protocol for Faulty {
    fn descriptor(&self) -> &'static Descriptor {
        registry::ALL[0].descriptor()
    }

    fn carriers(&self) -> &'static [Carrier] {
        registry::ALL[0].carriers()
    }

    fn probe(&self, direction: Direction, head: &[u8]) -> Probe {
        registry::ALL[0].probe(direction, head)
    }

    fn open(&self, opened: Opened) -> Box<dyn Session> {
        Box::new(FaultySession(registry::ALL[0].open(opened)))
    }

    fn restore(&self, opened: Opened, state: &[u8]) -> Result<Box<dyn Session>, Unreadable> {
        Ok(Box::new(FaultySession(registry::ALL[0].restore(opened, state)?)))
    }

    fn facets(&self, direction: Direction, unit: &[u8], count: &mut dyn FnMut(&'static str, u32, Option<u32>)) {
        registry::ALL[0].facets(direction, unit, count);
    }

    fn wrap(&self, device: u32, body: &[u8]) -> Vec<u8> {
        registry::ALL[0].wrap(device, body)
    }
}

struct FaultySession(Box<dyn Session>);

impl Session for FaultySession {
    fn frame(&self, direction: Direction, buffer: &[u8]) -> Frame {
        assert_ne!(buffer.first(), Some(&TRIGGER), "the fault that this test wants");
        self.0.frame(direction, buffer)
    }

    fn decode<'m>(&self, cx: &Cx, unit: &'m [u8], out: &mut dyn Sink<'m>) {
        self.0.decode(cx, unit, out);
    }

    fn room(&self) -> Room {
        self.0.room()
    }

    fn settle(&mut self, cx: &Cx, unit: &[u8], ticket: Ticket, outcome: Outcome) {
        self.0.settle(cx, unit, ticket, outcome);
    }

    fn refuse(&self, cx: &Cx, unit: &[u8], fault: Fault, out: &mut Vec<u8>) -> Refusal {
        self.0.refuse(cx, unit, fault, out)
    }

    fn outstanding(&self) -> usize {
        self.0.outstanding()
    }

    fn expire(&mut self, now: Instant, forgotten: &mut dyn FnMut(Ticket)) -> Option<Instant> {
        self.0.expire(now, forgotten)
    }

    fn export(&self, out: &mut Vec<u8>) {
        self.0.export(out);
    }
}

fn shared() -> Arc<Shared> {
    let site = "sluice = 1\nsite = \"s\"\ntime-zone = \"UTC\"\n\
                [assets]\nhmi = { ip = \"127.0.0.1\" }\nplc = { ip = \"127.0.3.1\", modbus = { unit = 1 } }\n\
                [conduit.ops]\nfrom = \"hmi\"\nto = \"plc\"\n\
                [[conduit.ops.allow]]\nid = \"look\"\nmodbus = \"read\"\nholdings = [0]\n";
    let compiled = compile(&Memory::new().with("site.toml", site)).unwrap().0;
    let metrics = Arc::new(Metrics::new(&registry::descriptors()).unwrap());
    let clock = Clock;
    let sink = Box::new(|| Ok(Box::new(std::io::sink()) as Box<dyn Write + Send>));
    let events = events::start("gw", sink, clock, metrics.clone(), None).unwrap();
    let live = Arc::new(Live::new(Loaded::new(compiled.policy, compiled.hash, &metrics)));
    let limits = Limits { workers: 1, ..Limits::default() };
    Arc::new(Shared { live, metrics, events, limits, clock })
}

#[test]
fn a_fault_ends_its_connection_and_no_other() {
    const READ: &[u8] = &[0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1];
    let controller = TcpListener::bind((Ipv4Addr::new(127, 0, 3, 1), 0)).unwrap();
    let target = Target {
        asset: "plc".to_owned(),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        upstream: controller.local_addr().unwrap(),
        protocol: &Faulty,
    };
    let (shared, runtime) = (shared(), tokio::runtime::Runtime::new().unwrap());
    let mut listeners = Listeners::new(shared.clone(), Workers::start(&shared).unwrap());
    assert!(runtime.block_on(listeners.reconcile(vec![target])).is_empty());
    let listen = listeners.addresses()[0].1;

    let mut healthy = TcpStream::connect(listen).unwrap();
    let (mut device, _) = controller.accept().unwrap();
    let mut struck = TcpStream::connect(listen).unwrap();
    for stream in [&healthy, &struck, &device] {
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    }
    struck.write_all(&[TRIGGER]).unwrap();
    assert_eq!(struck.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    let failed = shared.live.current();
    assert_eq!(failed.conduits.of(sluice_policies::decision::ConduitId(0)).failures(crate::metrics::Cause::Fault), 1);

    healthy.write_all(READ).unwrap();
    let mut got = [0; READ.len()];
    device.read_exact(&mut got).unwrap();
    assert_eq!(got, READ);
    shared.events.stop(None);
}

/// Two thousand idle connections are a normal day: one more field here is felt.
#[test]
fn an_idle_connection_is_small() {
    // Where mio checks itself, a socket also keeps which queue it is registered with.
    let checks = 2 * (size_of::<super::side::Side>() - 16);
    let size = size_of::<super::connection::Connection>() - checks;
    assert!(size <= 256, "{size} bytes, {} of them the engine's", size_of::<sluice_engine::Stream>());
}
