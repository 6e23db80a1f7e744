//! Segments that no TCP sends: nothing panics, and nothing denied reaches the server.

use crate::hand::{ACK, Hand};
use crate::program::program;
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

    #[test]
    fn no_program_of_segments_breaks_the_bridge(begin in any::<u8>(), commands in vec(any::<[u8; 8]>(), 0..60)) {
        program(&[&[begin], &commands.concat()[..]].concat());
    }

    /// Close to where both ends are, so that later states are reached.
    #[test]
    fn no_program_of_likely_segments_breaks_the_bridge(
        begin in any::<u8>(),
        commands in vec((any::<u8>(), 0..60_u8, 0..60_u8, 0..60_u8, any::<u8>(), any::<u8>()), 0..100)
    ) {
        let command = |(choice, far, s, a, kind, clock): (u8, u8, u8, u8, u8, u8)| {
            let place = |n: u8| (i16::from(n % 50) * 16).to_be_bytes();
            let ([s0, s1], [a0, a1]) = (place(s), place(a));
            [choice & 0x7F, 0xC0 | far, s0, s1, a0, a1, kind, clock]
        };
        let commands: Vec<u8> = commands.into_iter().flat_map(command).collect();
        program(&[&[begin], &commands[..]].concat());
    }
}
