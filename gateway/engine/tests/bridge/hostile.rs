//! Segments that no TCP sends: nothing panics, and nothing denied reaches the server.

use crate::hand::{ACK, Hand};
use crate::toy::{READ, WRITE, request};
use proptest::collection::vec;
use proptest::prelude::*;
use sluice_engine::bridge::{Options, Seq};
use sluice_model::Direction::{ToClient, ToServer};

fn payload() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        2 => Just(vec![]),
        3 => Just(request(1, &[(READ, 1)])),
        3 => Just(request(1, &[(WRITE, 99)])),
        2 => vec(any::<u8>(), 0..20),
    ]
}

fn number() -> impl Strategy<Value = u32> {
    prop_oneof![6 => 990..1060_u32, 6 => 4990..5060_u32, 1 => any::<u32>()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_segments_are_survived(
        steps in vec((any::<bool>(), number(), number(), prop_oneof![4 => Just(ACK), 1 => 0..64_u8], payload(), number(), 0..400_u64), 0..60)
    ) {
        let mut hand = Hand::open(100);
        for (to_server, sequence, ack, flags, payload, edge, wait) in steps {
            let direction = if to_server { ToServer } else { ToClient };
            let sack = [Some((Seq(edge), Seq(ack))), Some((Seq(sequence), Seq(edge))), None, None];
            let out = hand.pass(direction, sequence, ack, flags, &payload, Options { sack, ..Options::default() });
            let later = hand.wait(wait);
            for (direction, .., bytes) in out.iter().chain(&later) {
                let write = bytes.windows(6).any(|w| w[4] == WRITE && w[5] == 99);
                prop_assert!(*direction == ToClient || !write, "a denied write reached the server");
            }
        }
    }
}
