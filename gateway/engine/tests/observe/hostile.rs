//! Nothing panics, nothing grows without bound, every packet is explained.

use crate::build;
use crate::deaf::Deaf;
use crate::program::{few, program};
use crate::sites;
use crate::wire::Link;
use proptest::prelude::*;
use sluice_engine::frames::LinkType;
use sluice_engine::observe::Observer;
use sluice_model::Instant;
use std::net::{Ipv4Addr, SocketAddr};

const READ: [u8; 12] = [0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1];

/// Frames that are almost right: one that is, with some bytes changed and the end cut off.
fn almost() -> impl Strategy<Value = (usize, Vec<u8>)> {
    let change = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    (0..6usize, any::<u8>(), any::<u16>(), change, any::<prop::sample::Index>(), any::<bool>()).prop_map(
        |(kind, sequence, port, changes, cut, whole)| {
            let server = SocketAddr::new(sites::CONTROLLER, if port % 2 == 0 { 502 } else { port });
            let mut link = Link::new(sites::client(), server);
            link.next = [u32::from(sequence), u32::from(port)];
            let (from, to) = (Ipv4Addr::new(192, 0, 2, 11), Ipv4Addr::new(192, 0, 2, 31));
            let mut frame = match kind {
                0 => build::frame(&link.segment(0, sequence & 0x3F, &READ)),
                1 => build::frame(&link.segment(1, sequence & 0x3F, &READ)),
                2 => build::frame(&link.segment(0, build::ACK, &READ.repeat(9))),
                3 => build::ethernet(
                    &[],
                    &build::ip(17, from.into(), to.into(), &build::udp(link.ends[0], server, &READ)),
                ),
                4 => build::ethernet(&[], &build::ipv4(17, from, to, [0x20, sequence & 7], &[], &[sequence; 16])),
                _ => build::ethernet(&[0x81, 0, 0, sequence], &build::ipv4(6, from, to, [0, 0], &[1; 4], &READ)),
            };
            for (place, byte) in changes {
                let place = place.index(frame.len());
                frame[place] = byte;
            }
            if !whole {
                frame.truncate(cut.index(frame.len()));
            }
            (frame.len() + usize::from(port % 3), frame)
        },
    )
}

proptest! {
    #[test]
    fn arbitrary_programs_are_explained(bytes in prop::collection::vec(any::<u8>(), 0..1500)) {
        program(&bytes);
    }

    #[test]
    fn frames_that_are_almost_right_are_explained_and_bounds_hold(
        packets in prop::collection::vec(almost(), 1..120),
    ) {
        let limits = few();
        let mut observer = Observer::new(None, limits);
        for (at, (original, bytes)) in (0..).zip(&packets) {
            observer.packet(Instant(at * 1_000_000_000), LinkType::Ethernet, bytes, *original, &mut Deaf);
            prop_assert!(observer.flows() <= limits.flows);
            prop_assert!(observer.kept() <= limits.flow_bytes);
        }
        observer.finish(&mut Deaf);
        let summary = observer.summary();
        prop_assert_eq!(summary.classes.values().sum::<u64>(), packets.len() as u64);
        prop_assert!(summary.devices.len() <= limits.devices && summary.unidentified.len() <= limits.unidentified + 1);
        prop_assert_eq!((observer.flows(), observer.kept()), (0, 0));
    }
}
