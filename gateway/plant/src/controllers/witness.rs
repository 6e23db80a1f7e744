//! What a controller received, byte for byte: the witness for "no denied write arrived".
//!
//! It stands before the Modbus library, so it also sees what the library would reject, and it splits the stream by
//! nothing but the length field. A flood of equal polls costs one entry: requests are kept by content, with a count.

use super::Controller;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Different requests that are kept; more are only counted.
const MOST_REQUESTS: usize = 4096;
/// Pieces of unreadable bytes that are kept; more are only counted.
const MOST_SCRAPS: usize = 64;
/// Bytes kept of each unreadable piece.
const SCRAP: usize = 32;

/// One kind of request that a controller received: all that were equal but for the transaction number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Who received it.
    pub controller: Controller,
    /// Unit that was addressed.
    pub unit: u8,
    /// Function code.
    pub function: u8,
    /// What followed the function code.
    pub body: Vec<u8>,
    /// How many arrived.
    pub count: u64,
    /// When the first arrived.
    pub first: Instant,
    /// When the last arrived.
    pub last: Instant,
    /// Who sent the last (behind a proxy: the proxy).
    pub peer: SocketAddr,
}

impl Seen {
    /// Whether it only reads: functions 1 to 4, 17 and 43.
    pub fn is_read(&self) -> bool {
        matches!(self.function, 1..=4 | 17 | 43)
    }

    /// The 16-bit word at `index` of the body: 0 is the address of most functions, 1 the quantity or value.
    pub fn word(&self, index: usize) -> Option<u16> {
        let bytes = self.body.get(2 * index..2 * index + 2)?;
        Some(u16::from_be_bytes([bytes[0], bytes[1]]))
    }
}

/// A shared, bounded record of what one controller received. Clones look at the same record.
#[derive(Clone, Debug)]
pub struct Witness {
    controller: Controller,
    record: Arc<Mutex<Record>>,
}

#[derive(Debug, Default)]
struct Record {
    requests: BTreeMap<Vec<u8>, Seen>,
    total: u64,
    unkept: u64,
    scraps: Vec<Vec<u8>>,
    scraps_total: u64,
}

impl Witness {
    pub(super) fn new(controller: Controller) -> Self {
        Self { controller, record: Arc::default() }
    }

    /// Every different request so far, ordered by unit, function and body.
    pub fn requests(&self) -> Vec<Seen> {
        self.with(|record| record.requests.values().cloned().collect())
    }

    /// Requests received so far, equal ones included.
    pub fn total(&self) -> u64 {
        self.with(|record| record.total)
    }

    /// Requests that differed from all kept ones when the record was full. Not 0: the record proves nothing.
    pub fn unkept(&self) -> u64 {
        self.with(|record| record.unkept)
    }

    /// How many times bytes arrived that were no whole message: a length that cannot be, a wrong protocol number, or
    /// a message that was never finished; and the heads of the first of them.
    pub fn scraps(&self) -> (u64, Vec<Vec<u8>>) {
        self.with(|record| (record.scraps_total, record.scraps.clone()))
    }

    /// Forgets everything so far.
    pub fn clear(&self) {
        self.with(|record| *record = Record::default());
    }

    /// Takes down one whole message: `unit` is the unit byte and the PDU.
    pub(super) fn request(&self, unit: &[u8], peer: SocketAddr) {
        let &[address, function, ref body @ ..] = unit else { return self.scrap(unit) };
        let now = Instant::now();
        self.with(|record| {
            record.total += 1;
            if let Some(seen) = record.requests.get_mut(unit) {
                seen.count += 1;
                (seen.last, seen.peer) = (now, peer);
            } else if record.requests.len() < MOST_REQUESTS {
                let seen = Seen {
                    controller: self.controller,
                    unit: address,
                    function,
                    body: body.to_vec(),
                    count: 1,
                    first: now,
                    last: now,
                    peer,
                };
                record.requests.insert(unit.to_vec(), seen);
            } else {
                record.unkept += 1;
            }
        });
    }

    /// Takes down bytes that are no whole message.
    pub(super) fn scrap(&self, bytes: &[u8]) {
        self.with(|record| {
            record.scraps_total += 1;
            if record.scraps.len() < MOST_SCRAPS {
                record.scraps.push(bytes[..bytes.len().min(SCRAP)].to_vec());
            }
        });
    }

    fn with<T>(&self, f: impl FnOnce(&mut Record) -> T) -> T {
        f(&mut self.record.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_one_poll_is_one_entry_and_the_record_is_bounded() {
        let witness = Witness::new(Controller::Pump);
        let peer = SocketAddr::from(([127, 0, 0, 1], 9));
        for _ in 0..10_000 {
            witness.request(&[1, 3, 0, 100, 0, 1], peer);
        }
        assert_eq!(witness.requests().len(), 1);
        assert_eq!(witness.requests()[0].count, 10_000);
        assert_eq!(witness.requests()[0].word(0), Some(100));
        for n in 0..10_000_u16 {
            witness.request(&[&[1, 6, 0, 100][..], &n.to_be_bytes()].concat(), peer);
            witness.scrap(&[0; 500]);
        }
        assert_eq!(witness.requests().len(), MOST_REQUESTS);
        assert_eq!(witness.unkept(), 10_001 - MOST_REQUESTS as u64);
        assert_eq!(witness.total(), 20_000);
        let (scraps, heads) = witness.scraps();
        assert_eq!((scraps, heads.len(), heads[0].len()), (10_000, MOST_SCRAPS, SCRAP));
        witness.clear();
        assert!(witness.requests().is_empty() && witness.total() == 0);
    }
}
