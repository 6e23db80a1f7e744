//! Inspection: a capture goes through a passive observer, as fast as it can be read.

use crate::capture::{Capture, Record, Stop};
use sluice_engine::frames::LinkType;
use sluice_engine::observe::{Observer, Report};
use sluice_model::Instant;

/// How many packets go by between two looks of whoever waits.
const STRIDE: u32 = 4096;

/// Follows an inspection.
pub trait Watch: Report {
    /// So many bytes of the file are read; `false` ends the inspection.
    fn goes_on(&mut self, bytes_read: u64) -> bool;
}

/// Hands every packet of a capture to an observer, and tells how the capture ended if otherwise than it should. The
/// observer's time is nanoseconds since 1970.
pub fn inspect(capture: &mut Capture, observer: &mut Observer, watch: &mut impl Watch) -> Option<Stop> {
    let mut stride = STRIDE;
    let stop = loop {
        let Record { at, link, bytes, original_length } = match capture.next_record() {
            Ok(Some(record)) => record,
            Ok(None) => break None,
            Err(stop) => break Some(stop),
        };
        let link = LinkType::from_number(link.into());
        observer.packet(Instant(at), link, bytes, original_length as usize, watch);
        stride -= 1;
        if stride == 0 {
            stride = STRIDE;
            if !watch.goes_on(capture.bytes_read()) {
                break None;
            }
        }
    };
    observer.finish(watch);
    stop
}
