//! Fragments: whole datagrams come of them in any order, and nothing comes of those that overlap.

use proptest::prelude::*;
use sluice_engine::frames::{Bounds, Fragment, FragmentKey, IpHead, Reassembly, Vlans};
use sluice_model::Instant;
use std::net::Ipv4Addr;
use std::time::Duration;

const BOUNDS: Bounds = Bounds { datagrams: 4, bytes: 8192, age: Duration::from_secs(30) };

fn key(id: u32) -> FragmentKey {
    let head = IpHead { source: Ipv4Addr::LOCALHOST.into(), destination: Ipv4Addr::LOCALHOST.into(), protocol: 17 };
    FragmentKey { head, id, vlans: Vlans::default(), port: 0 }
}

/// One datagram's fragments go in; what comes out, and what was said.
fn put(r: &mut Reassembly, at: u64, id: u32, parts: &[(u16, bool, &[u8])]) -> (Option<Vec<u8>>, Vec<&'static str>) {
    let (mut whole, mut said) = (None, Vec::new());
    for (offset, more, bytes) in parts {
        let fragment = Fragment { id, offset: *offset, more: *more };
        let now = Instant(at * 1_000_000_000);
        whole = whole.or(r.fragment(now, key(id), fragment, bytes, &mut |kind| said.push(kind.name)));
    }
    (whole, said)
}

proptest! {
    #[test]
    fn a_datagram_is_put_together_in_any_order(
        bytes in prop::collection::vec(any::<u8>(), 9..600),
        order in Just((0usize..75).collect::<Vec<_>>()).prop_shuffle(),
        units in 1usize..8,
    ) {
        let size = units * 8;
        let mut r = Reassembly::new(Bounds { bytes: 1 << 20, ..BOUNDS });
        let parts: Vec<_> = bytes.chunks(size).enumerate().collect();
        let ordered = order.iter().filter_map(|n| parts.get(*n));
        let parts: Vec<_> = ordered.map(|(n, b)| ((n * size) as u16, (n + 1) * size < bytes.len(), *b)).collect();
        let (whole, said) = put(&mut r, 0, 1, &parts);
        prop_assert_eq!((whole, said), (Some(bytes), vec![]));
        prop_assert_eq!((r.waiting(), r.cost()), (0, 0));
    }
}

#[test]
fn any_overlap_kills_the_datagram_and_all_that_follows() {
    for again in [(0, true, &[0; 8][..]), (0, true, &[9; 16]), (8, true, &[0; 8]), (0, false, &[0; 24])] {
        let mut r = Reassembly::new(BOUNDS);
        assert_eq!(put(&mut r, 0, 1, &[(0, true, &[0; 16]), again]), (None, vec!["fragment-overlap"]), "{again:?}");
        assert_eq!(put(&mut r, 0, 1, &[(16, false, &[1; 4]), (0, true, &[0; 16])]), (None, vec![]), "{again:?}");
        assert_eq!(r.cost(), 0);
    }
}

#[test]
fn fragments_agree_on_the_length() {
    let mut r = Reassembly::new(BOUNDS);
    assert_eq!(put(&mut r, 0, 1, &[(16, false, &[0; 4]), (24, false, &[0; 4])]).1, ["fragment-length"]);
    assert_eq!(put(&mut r, 0, 2, &[(16, false, &[0; 4]), (24, true, &[0; 8])]).1, ["fragment-length"]);
    assert_eq!(put(&mut r, 0, 3, &[(24, true, &[0; 8]), (16, false, &[0; 4])]).1, ["fragment-length"]);
}

#[test]
fn what_waits_is_bounded_in_number_bytes_and_age() {
    let mut r = Reassembly::new(BOUNDS);
    for id in 0..4 {
        assert_eq!(put(&mut r, 0, id, &[(0, true, &[0; 8])]).1, [""; 0]);
    }
    assert_eq!(put(&mut r, 0, 4, &[(0, true, &[0; 8])]).1, ["fragment-table-full"]);
    assert_eq!(r.waiting(), 4);
    assert_eq!(put(&mut r, 1, 5, &[(0, true, &[0; 8000])]).1, ["fragment-table-full"; 2]);
    assert!(r.cost() <= BOUNDS.bytes);
    let mut said = Vec::new();
    r.expire(Instant(30_500_000_000), &mut |kind| said.push(kind.name));
    assert_eq!((said, r.waiting()), (vec!["fragment-timeout"; 2], 1));
}
