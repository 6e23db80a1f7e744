//! Real conversations: what other people's devices said is read without surprise.
//!
//! The captures are not part of this repository; the test runs where `SLUICE_CAPTURES` names their folder, or where it
//! stands beside the repository as `shared/captures`.

#![allow(clippy::unwrap_used)]

use sluice_model::{Anomaly, Direction, Instant, Operation};
use sluice_protocols::{Cx, Frame, Opened, Outcome, Protocol, Session, Sink, Ticket, registry};
use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One direction of a TCP connection: addresses and ports as they stand in the packet, source first.
type Way = (Vec<u8>, Vec<u8>);

/// A connection's session and what is held of its two directions.
struct Flow {
    session: Box<dyn Session>,
    next: [Option<u32>; 2],
    held: [Vec<u8>; 2],
}

/// What a capture holds.
#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    requests: usize,
    responses: usize,
    anomalies: BTreeMap<&'static str, usize>,
}

impl<'m> Sink<'m> for Count {
    fn operation(&mut self, _: &Operation<'m>) {}
    fn answers(&mut self, _: Ticket) {}
    fn refused(&mut self, _: u16) {}
    fn anomaly(&mut self, anomaly: Anomaly) {
        *self.anomalies.entry(anomaly.kind.name).or_default() += 1;
    }
}

fn word(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

/// The packets of a little-endian capture of an Ethernet.
fn packets(file: &[u8]) -> impl Iterator<Item = &[u8]> {
    assert_eq!(file[..4], [0xD4, 0xC3, 0xB2, 0xA1]);
    let mut rest = &file[24..];
    std::iter::from_fn(move || {
        let length = u32::from_le_bytes(rest.get(8..12)?.try_into().unwrap()) as usize;
        let packet = rest.get(16..16 + length)?;
        rest = &rest[16 + length..];
        Some(packet)
    })
}

/// Direction, sequence number and payload of a TCP segment to or from `port`.
fn segment(packet: &[u8], port: u16) -> Option<(Direction, Way, u32, &[u8])> {
    let ip = packet.get(14..).filter(|ip| packet[12..14] == [8, 0] && ip.len() > 20 && ip[9] == 6)?;
    let header = usize::from(ip[0] & 15) * 4;
    let tcp = ip.get(header..usize::from(word(ip, 2)))?;
    let payload = tcp.get(usize::from(tcp[12] >> 4) * 4..)?;
    let direction = match (word(tcp, 0) == port, word(tcp, 2) == port) {
        (_, true) => Direction::ToServer,
        (true, _) => Direction::ToClient,
        _ => return None,
    };
    let way = ([&ip[12..16], &tcp[0..2]].concat(), [&ip[16..20], &tcp[2..4]].concat());
    Some((direction, way, u32::from_be_bytes(tcp[4..8].try_into().unwrap()), payload))
}

/// Reads a capture through one session a connection; everything is let through.
fn read(protocol: &dyn Protocol, file: &[u8]) -> Count {
    let mut count = Count::default();
    let mut flows: HashMap<Way, Flow> = HashMap::new();
    for (index, packet) in (0..).zip(packets(file)) {
        let Some((direction, (from, to), sequence, payload)) = segment(packet, 502) else { continue };
        let side = usize::from(direction == Direction::ToClient);
        let flow = flows.entry(if side == 0 { (from, to) } else { (to, from) }).or_insert_with(|| Flow {
            session: protocol.open(Opened { outstanding: 1000, patience: Duration::from_secs(1) }),
            next: [None; 2],
            held: [Vec::new(), Vec::new()],
        });
        // A retransmission is skipped; after a new SYN the numbers begin anew.
        if payload.is_empty() || flow.next[side].is_some_and(|next| next.wrapping_sub(sequence).cast_signed() > 0) {
            continue;
        }
        flow.next[side] = Some(sequence.wrapping_add(payload.len() as u32));
        flow.held[side].extend_from_slice(payload);
        advance(flow, side, Cx { direction, now: Instant(index) }, &mut count);
    }
    count
}

fn advance(flow: &mut Flow, side: usize, cx: Cx, count: &mut Count) {
    loop {
        match flow.session.frame(cx.direction, &flow.held[side]) {
            Frame::Need(_) => return,
            Frame::Bad(anomaly) => {
                count.anomaly(anomaly);
                return flow.held[side].clear();
            }
            Frame::Unit(n) => {
                let unit: Vec<u8> = flow.held[side].drain(..n).collect();
                *(if side == 0 { &mut count.requests } else { &mut count.responses }) += 1;
                flow.session.decode(&cx, &unit, count);
                flow.session.settle(&cx, &unit, Ticket::default(), Outcome::Delivered);
            }
        }
    }
}

/// A capture, its requests and responses as `tshark` counts them, and what is wrong with them: all of it crafted by hand, or an answer to a question
/// that was asked before the capture began.
type Found = (&'static str, usize, usize, &'static [(&'static str, usize)]);

const MODBUS: [Found; 8] = [
    ("ICS-Security-Tools__ModbusTCP.pcap", 7990, 7986, &[("unsolicited-response", 3)]),
    ("ICS-Security-Tools__modbus_test.pcap", 1142, 1116, &[("unsolicited-response", 1)]),
    (
        "ICS-Security-Tools__modbus_test_data_part1.pcap",
        18,
        27,
        &[("length", 2), ("protocol-id", 3), ("trailing-bytes", 2), ("unsolicited-response", 11)],
    ),
    ("icsnpp-modbus__modbus_example.pcap", 24, 24, &[("byte-count", 2), ("unsolicited-response", 2)]),
    (
        "suricata-verify__modbus.pcap",
        18,
        21,
        &[("length", 2), ("protocol-id", 2), ("trailing-bytes", 2), ("unsolicited-response", 5)],
    ),
    ("zeek__modbus-and-non-modbus-p502.pcap", 6, 6, &[("protocol-id", 11)]),
    ("zeek__modbus-eit.pcap", 2, 2, &[("conformity-level", 1)]),
    ("zeek__modbusSmall.pcap", 16, 16, &[]),
];

#[test]
fn modbus_devices_are_understood() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/captures");
    let folder = std::env::var_os("SLUICE_CAPTURES").map_or(beside, PathBuf::from);
    if !folder.is_dir() {
        // Past the harness, which keeps to itself what a passing test prints.
        let _ = writeln!(std::io::stderr(), "skipped: set SLUICE_CAPTURES to a folder of captures");
        return;
    }
    for (name, requests, responses, anomalies) in MODBUS {
        let file = std::fs::read(Path::new(&folder).join("modbus").join(name)).unwrap();
        let anomalies = anomalies.iter().copied().collect();
        assert_eq!(read(registry::ALL[0], &file), Count { requests, responses, anomalies }, "{name}");
    }
}
