//! Runs rows across a bridge, several at a time, and says what came of each.

use super::Row;
use super::pair::Pair;
use crate::evasion::table::{columns, counted, side_by_side};
use crate::gate::{Gate, Kind};
use crate::lab::addresses::CLIENT;
use crate::lab::relay::{Record, Toward, Watch};
use crate::lab::{Between, Lab, Links};
use crate::raw::wire::Wire;
use crate::raw::{MODBUS, Opening};
use crate::rig::folder::Folder;
use crate::site;

/// What came of one row.
pub(crate) struct Outcome {
    pub(crate) row: Row,
    /// What the client saw, in words, and what of it is forged.
    saw: Vec<String>,
    pub(crate) forged: bool,
    answers: usize,
    asked: usize,
    alive: bool,
    /// Whether forbidden bytes came out of the box towards the client.
    pub(crate) leaked: bool,
}

impl Outcome {
    /// What a gate is blamed for; `None` when it held.
    pub(crate) fn blame(&self) -> Option<&'static str> {
        if self.forged {
            Some("BREACHED")
        } else if self.leaked {
            Some("LEAKED")
        } else if !self.row.ends && !self.alive {
            Some("DEAD")
        } else if !self.row.ends && self.answers != self.asked {
            Some("UNEVEN")
        } else {
            None
        }
    }

    fn cells(&self) -> [String; 4] {
        let mut saw = counted(self.saw.iter().map(String::as_str));
        if self.forged {
            saw.push("FORGED".to_owned());
        }
        let saw = if saw.is_empty() { "nothing".to_owned() } else { saw.join(", ") };
        [self.row.name.to_owned(), self.row.sent.to_owned(), saw, self.blame().unwrap_or("held").to_owned()]
    }
}

/// A laboratory with its bridge, its crafted clients and its crafted servers.
struct Bench {
    client: Wire,
    server: Wire,
    record: Record,
    _gate: Gate,
    _site: Folder,
    _lab: Lab,
}

impl Bench {
    fn new(kind: &Kind) -> Self {
        let record = Record::default();
        let between = Between { client: Some(Box::new(Watch(Record::clone(&record)))), server: None };
        let lab = Lab::with(Links::default(), between);
        let site = site::folder(MODBUS, None);
        let gate = Gate::start(kind, &lab, &site);
        let (client, server) = (Wire::take(&lab), Wire::take_of_the_server(&lab));
        Self { client, server, record, _gate: gate, _site: site, _lab: lab }
    }

    /// Whether an allowed request of the other client is answered. What was sent before it has passed by then, or never will.
    fn probe(&self, port: u16) -> bool {
        let opening = Opening { place: CLIENT, ..Opening::default() };
        let mut pair = Pair::new((&self.client, &self.server), port, opening);
        pair.open() && pair.is_alive()
    }

    fn run(&self, row: Row, port: u16) -> Outcome {
        let opening = Opening { stamps: row.stamps, six: row.six, ..Opening::default() };
        let mut pair = Pair::new((&self.client, &self.server), port, opening);
        (row.run)(&mut pair);
        let alive = pair.server.expected != 0 && pair.is_alive();
        if !alive {
            self.probe(port - 10_000);
        }
        let Pair { client, asked, needles, .. } = pair;
        let holds = |bytes: &[u8]| needles.iter().any(|n| bytes.windows(n.len()).any(|w| w == n));
        let leaked = {
            let record = self.record.lock().unwrap();
            record.iter().any(|(toward, frame)| *toward == Toward::Client && holds(&frame.bytes))
        };
        let forged = client.messages.iter().any(|m| holds(m));
        Outcome { row, saw: client.saw, forged, answers: client.messages.len(), asked, alive, leaked }
    }
}

/// Runs `rows` across a bridge.
pub(crate) fn run(kind: &Kind, rows: Vec<Row>) -> Vec<Outcome> {
    let bench = Bench::new(kind);
    let ready = (0..20).any(|attempt| bench.probe(39_000 + attempt));
    assert!(ready, "no allowed request was ever answered across the bridge");
    side_by_side(rows, |row, port| bench.run(row, port))
}

/// The table in words, one row a line.
pub(crate) fn text(outcomes: &[Outcome], title: &str) -> String {
    let head = ["hostile server", "sent", "the client saw", title].map(str::to_owned);
    columns(std::iter::once(head).chain(outcomes.iter().map(Outcome::cells)).collect())
}
