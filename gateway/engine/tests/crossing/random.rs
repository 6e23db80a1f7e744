//! Random frames, and allowed ones with random damage: no panic, every frame explained, and whatever comes out was allowed.

use crate::build;
use crate::passes::{ANSWER, READ, WRITE};
use crate::plant::{ENGINEER, HMI, Host, PLC, PLC_30, STRANGER, USUAL};
use crate::program;
use crate::rig::Rig;
use crate::wire::{ACK, EVERYONE, FIN, RST, SYN, Tcp, arp, ether, icmp, tag, udp};
use proptest::prelude::*;
use sluice_engine::bridge::{Offload, Outcome, Side};
use std::time::Duration;

#[derive(Clone, Debug)]
enum Step {
    Frame { side: bool, frame: Vec<u8>, damage: Option<(usize, u8)>, cut: Option<usize>, partial: bool },
    Wait(u64),
    Swap(bool),
}

fn hosts() -> impl Strategy<Value = Host> {
    prop_oneof![4 => Just(HMI), 4 => Just(PLC), 1 => Just(ENGINEER), 1 => Just(PLC_30), 1 => Just(STRANGER)]
}

fn segments() -> impl Strategy<Value = Vec<u8>> {
    let flags = prop_oneof![4 => Just(ACK), 2 => Just(SYN), 1 => Just(SYN | ACK), 1 => Just(RST), 1 => Just(FIN | ACK), 1 => any::<u8>()];
    let bytes = prop_oneof![Just(&READ[..]), Just(&WRITE[..]), Just(&ANSWER[..]), Just(&[][..]), Just(&READ[..5])];
    let port = prop_oneof![Just(502), Just(22), Just(23)];
    (hosts(), hosts(), port, 0..3_u16, any::<bool>(), 0..40_u32, 0..40_u32, flags, bytes).prop_map(
        |(a, b, port, client, back, sequence, acknowledgement, flags, bytes)| {
            let (from, to) =
                if back { ((&a, port), (&b, 40_000 + client)) } else { ((&a, 40_000 + client), (&b, port)) };
            Tcp { from, to, sequence, acknowledgement, flags, options: &[], bytes }.frame()
        },
    )
}

fn frames() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => segments(),
        2 => (hosts(), hosts(), 4999..5002_u16, any::<bool>()).prop_map(|(a, b, port, back)| {
            if back { udp((&a, port), (&b, 7000), b"x") } else { udp((&a, 7000), (&b, port), b"x") }
        }),
        2 => (hosts(), hosts(), any::<u8>(), any::<[u8; 40]>()).prop_map(|(a, b, kind, rest)| icmp(&a, &b, kind % 16, 0, &rest)),
        2 => (hosts(), hosts(), 1..3_u8, any::<bool>()).prop_map(|(a, b, operation, all)| {
            arp(operation, &a, &b, if all { EVERYONE } else { b.mac })
        }),
        1 => (hosts(), hosts(), any::<[u8; 2]>(), 0..20_usize).prop_map(|(a, b, place, length)| {
            ether(&a, &b, &[], &build::ipv4(17, a.v4, b.v4, place, &[], &vec![1; length * 8]))
        }),
        1 => (hosts(), hosts(), 0..40_u16).prop_map(|(a, b, id)| ether(&a, &b, &tag(id), &[0x45; 60])),
        1 => proptest::collection::vec(any::<u8>(), 0..100),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let damage = proptest::option::weighted(0.2, (0..120_usize, any::<u8>()));
    let cut = proptest::option::weighted(0.05, 0..100_usize);
    let frame = (any::<bool>(), frames(), damage, cut, any::<bool>())
        .prop_map(|(side, frame, damage, cut, partial)| Step::Frame { side, frame, damage, cut, partial });
    let step =
        prop_oneof![30 => frame, 1 => (0..40_000_u64).prop_map(Step::Wait), 1 => any::<bool>().prop_map(Step::Swap)];
    proptest::collection::vec(step, 1..200)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_is_explained_and_what_leaves_was_allowed(steps in steps()) {
        let mut rig = Rig::bounded(USUAL, program::few());
        let (mut seen, mut forwarded, mut consumed, mut dropped) = (0, 0, 0, 0);
        for step in steps {
            match step {
                Step::Wait(millis) => rig.wait(Duration::from_millis(millis)),
                Step::Swap(services) => rig.swap(crate::plant::Rules { services, ..USUAL }),
                Step::Frame { side, mut frame, damage, cut, partial } => {
                    if let Some((at, value)) = damage
                        && let Some(byte) = frame.get_mut(at)
                    {
                        *byte = value;
                    }
                    frame.truncate(cut.unwrap_or(usize::MAX));
                    let side = if side { Side::A } else { Side::B };
                    seen += 1;
                    match rig.frame(side, &frame, Offload { unfinished: partial.then_some((34, 16)), segment: None }) {
                        Outcome::Forwarded => forwarded += 1,
                        Outcome::Consumed => consumed += 1,
                        Outcome::Dropped(why) => {
                            prop_assert!(!why.name().is_empty());
                            dropped += 1;
                        }
                    }
                }
            }
            program::check(&mut rig);
        }
        prop_assert_eq!(seen, forwarded + consumed + dropped);
        rig.wait(Duration::from_hours(48));
        let census = rig.bridge.census();
        prop_assert_eq!(census.inspected + census.followed + census.replies + census.half_open, 0);
    }

    #[test]
    fn so_is_what_the_fuzzer_would_send(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        program::program(&bytes);
    }
}
