//! Runs rows across a bridge, several at a time, and says what came of each.

use super::row::{After, Row};
use super::tags::{TAG, VLAN, inside};
use crate::device::{Device, Heard};
use crate::gate::{Gate, Kind};
use crate::lab::relay::{Carry, Record, Tagger, Toward, Watch};
use crate::lab::tap::Frame;
use crate::lab::{Between, Lab, Links};
use crate::raw::wire::Wire;
use crate::raw::{MODBUS, Opening, Raw};
use crate::rig::folder::Folder;
use crate::rig::frames;
use crate::site::{self, FORBIDDEN, allowed};
use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Rows that run at the same time, each on a connection of its own.
const SIDE_BY_SIDE: usize = 8;

/// The port of the first row's connection; the values that the rows write follow from it.
const FIRST_PORT: u16 = 40_000;

/// What came of one row.
pub(crate) struct Outcome {
    pub(crate) row: Row,
    /// The server's stream as messages, and what is left that makes none.
    messages: Vec<Vec<u8>>,
    stump: Vec<u8>,
    over: Option<&'static str>,
    saw: Vec<String>,
    /// Whether the last allowed request was answered.
    alive: bool,
    /// Whether forbidden bytes came out of the box towards the server.
    pub(crate) leaked: bool,
}

impl Outcome {
    /// Whether the server's stream holds anything but whole allowed messages.
    pub(crate) fn breached(&self) -> bool {
        !self.stump.is_empty() || !self.messages.iter().all(|m| allowed(m))
    }

    /// What a gate is blamed for; `None` when it held.
    pub(crate) fn blame(&self) -> Option<&'static str> {
        if self.breached() {
            Some("BREACHED")
        } else if self.leaked {
            Some("LEAKED")
        } else if self.row.after == After::Alive && !self.alive {
            Some("DEAD")
        } else if self.row.after == After::Alive && self.answers() != self.messages.len() {
            Some("UNEVEN")
        } else {
            None
        }
    }

    /// How many requests the device answered, as the client saw it.
    fn answers(&self) -> usize {
        self.saw.iter().filter(|word| *word == "answer").count()
    }

    fn received(&self) -> String {
        let verdicts = self.messages.iter().map(|m| if allowed(m) { "allowed" } else { "FORBIDDEN" });
        let mut out = counted(verdicts);
        if !self.stump.is_empty() {
            out.push(format!("{} bytes of none", self.stump.len()));
        }
        out.extend(self.over.map(str::to_owned));
        if out.is_empty() { "nothing".to_owned() } else { out.join(", ") }
    }

    fn client(&self) -> String {
        let out = counted(self.saw.iter().map(String::as_str));
        if out.is_empty() { "nothing".to_owned() } else { out.join(", ") }
    }
}

/// Words in their order with how often each came in a row; of many changes, only how often each came at all.
pub(super) fn counted<'w>(words: impl Iterator<Item = &'w str>) -> Vec<String> {
    let mut words: Vec<_> = words.collect();
    if words.chunk_by(|a, b| a == b).count() > 5 {
        words.sort_unstable();
    }
    let run = |run: &[&str]| if run.len() > 1 { format!("{} {}", run.len(), run[0]) } else { run[0].to_owned() };
    words.chunk_by(|a, b| a == b).map(run).collect()
}

/// What came of all rows.
pub(crate) struct Table {
    pub(crate) outcomes: Vec<Outcome>,
}

/// Which laboratory rows are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ground {
    /// The links leave checksums and segmentation to each other, as virtual ones do.
    Plain,
    /// Both ends are in a VLAN: the server by a switch behind the box, which takes its tag off and puts it on.
    Vlan,
    /// The link behind the box finishes what was left to it.
    Finishing,
}

/// Writes everything down, then takes the tags off.
struct Access(Watch, Tagger);

impl Carry for Access {
    fn frame(&mut self, toward: Toward, frame: Frame, out: &mut dyn FnMut(Toward, Frame)) {
        self.0.frame(toward, frame.clone(), &mut |_, _| ());
        self.1.frame(toward, frame, out);
    }
}

/// A laboratory with its bridge, its device and its crafted clients.
struct Bench {
    wire: Wire,
    device: Device,
    record: Record,
    ground: Ground,
    _gate: Gate,
    _site: Folder,
    _lab: Lab,
}

impl Bench {
    fn new(kind: &Kind, ground: Ground) -> Self {
        let record = Record::default();
        let watch = Watch(Record::clone(&record));
        let vlan = (ground == Ground::Vlan).then_some(VLAN);
        let lab = match ground {
            Ground::Vlan => {
                let access = Access(watch, Tagger { inward: Toward::Client, tags: TAG.to_vec() });
                let links = Links { offloads: false, ..Links::default() };
                Lab::with(links, Between { client: None, server: Some(Box::new(access)) })
            }
            _ => Lab::with(Links::default(), Between { client: None, server: Some(Box::new(watch)) }),
        };
        if ground == Ground::Finishing {
            lab.middle.run("ethtool", &["-K", "b", "tx", "off"]);
        }
        let device = Device::start(&lab);
        hop(&lab);
        let site = site::folder(MODBUS, vlan);
        let gate = Gate::start(kind, &lab, &site);
        let wire = Wire::take(&lab);
        Self { wire, device, record, ground, _gate: gate, _site: site, _lab: lab }
    }

    /// A connection as this laboratory's are.
    fn opening(&self, opening: Opening) -> Opening {
        if self.ground == Ground::Vlan { inside(&opening) } else { opening }
    }

    /// Waits until an allowed request is answered across the bridge.
    fn ready(&self) {
        let start = Instant::now();
        while !self.probe(39_000) {
            assert!(start.elapsed() < Duration::from_mins(1), "no allowed request was ever answered across the bridge");
        }
    }

    /// Whether an allowed request on a new connection is answered. What was sent before it has passed by then, or never will.
    fn probe(&self, port: u16) -> bool {
        let mut probe = Raw::new(&self.wire, port, self.opening(Opening::default()));
        let answered = probe.open() && probe.ask(&frames::read(1, 0, 1)).is_some();
        let reset = probe.goodbye();
        probe.put(&reset);
        answered
    }

    fn run(&self, row: Row, port: u16) -> Outcome {
        let mut opening = self.opening((row.opening)());
        opening.six |= row.six;
        let mut raw = Raw::new(&self.wire, port, opening);
        raw.needles.push([FORBIDDEN.to_be_bytes(), raw.marker.to_be_bytes()].concat());
        (row.run)(&mut raw);
        let alive = raw.expected != 0 && raw.is_answered(&frames::read(0x0900, 0, 4));
        if !alive {
            self.probe(port - 10_000);
        }
        if raw.expected != 0 {
            let reset = raw.goodbye();
            raw.put(&reset);
        }
        let Heard { bytes, over } = self.device.heard(port);
        let (messages, stump) = frames::split(&bytes);
        let leaked = raw.needles.iter().any(|needle| self.passed(needle));
        Outcome { row, messages, stump, over, saw: raw.saw, alive, leaked }
    }

    /// Whether a string of bytes came out of the box towards the server.
    fn passed(&self, needle: &[u8]) -> bool {
        let record = self.record.lock().unwrap();
        let mut outward = record.iter().filter(|(toward, _)| *toward == Toward::Server);
        outward.any(|(_, frame)| frame.bytes.windows(needle.len()).any(|w| w == needle))
    }
}

/// What a router behind the box would do: packets at the end of their life do not come through.
fn hop(lab: &Lab) {
    let rules = "add table inet hop; add chain inet hop in { type filter hook input priority 0 ; }; \
                 add rule inet hop in ip protocol tcp ip ttl < 2 drop; \
                 add rule inet hop in ip6 nexthdr tcp ip6 hoplimit < 2 drop";
    lab.server.run("nft", &[rules]);
}

/// Runs rows side by side, each from a port of its own; what came of them, in their order.
pub(super) fn side_by_side<R: Send, O: Send>(rows: Vec<R>, run: impl Fn(R, u16) -> O + Sync) -> Vec<O> {
    let queue = Mutex::new((FIRST_PORT..).zip(rows).collect::<Vec<_>>().into_iter());
    let outcomes = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..SIDE_BY_SIDE {
            scope.spawn(|| {
                loop {
                    let Some((port, row)) = queue.lock().unwrap().next() else { break };
                    let outcome = run(row, port);
                    outcomes.lock().unwrap().push((port, outcome));
                }
            });
        }
    });
    let mut outcomes = outcomes.into_inner().unwrap();
    outcomes.sort_by_key(|(port, _)| *port);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

impl Table {
    /// Runs `rows` across a bridge.
    pub(crate) fn run(kind: &Kind, ground: Ground, rows: Vec<Row>) -> Self {
        let bench = Bench::new(kind, ground);
        bench.ready();
        Self { outcomes: side_by_side(rows, |row, port| bench.run(row, port)) }
    }

    /// The table in words, one row a line.
    pub(crate) fn text(&self, title: &str) -> String {
        let head = ["evasion", "sent", "the server received", "the client saw", title].map(str::to_owned);
        columns(std::iter::once(head).chain(self.outcomes.iter().map(cells)).collect())
    }
}

/// Lines of cells, each column as wide as its widest.
pub(super) fn columns<const N: usize>(lines: Vec<[String; N]>) -> String {
    let widths: Vec<_> = (0..N).map(|c| lines.iter().map(|l| l[c].chars().count()).max().unwrap_or(0)).collect();
    let mut out = String::new();
    for line in lines {
        let line: Vec<_> = line.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}")).collect();
        writeln!(out, "{}", line.join("  ").trim_end()).unwrap();
    }
    out
}

fn cells(outcome: &Outcome) -> [String; 5] {
    let verdict = outcome.blame().unwrap_or("held").to_owned();
    [outcome.row.name.to_owned(), outcome.row.sent.to_owned(), outcome.received(), outcome.client(), verdict]
}
