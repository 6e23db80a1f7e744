//! The two properties over random segmentation, loss, duplication, reordering, windows and options: **what the server
//! receives is exactly the concatenation of the allowed messages**, at every moment, and **what the client receives is
//! exactly one answer for each request**.

use crate::case::{Ask, Case, Run};
use crate::end::Habits;
use proptest::collection::vec;
use proptest::prelude::*;

fn habits() -> impl Strategy<Value = Habits> {
    let window = prop_oneof![3 => Just(60_000_usize), 1 => 4..200_usize];
    let first = prop_oneof![Just(1000_u32), any::<u32>(), Just(u32::MAX - 20)];
    let segment = prop_oneof![Just(1460_usize), 20..80_usize];
    (any::<bool>(), segment, window, any::<bool>(), any::<(bool, bool)>(), first).prop_map(
        |(nagle, segment, window, scaled, (stamps, sack), first)| {
            let scale = if scaled && window > 1000 { 3 } else { 0 };
            Habits { nagle, segment, window, scale, stamps, sack, first }
        },
    )
}

fn case() -> impl Strategy<Value = Case> {
    let ask = (any::<bool>(), 1..4_u8).prop_map(|(allowed, items)| Ask { allowed, items });
    // With more loss, a retransmission in fifteen vain ones is no rare thing.
    let network = (0..25_u64, 0..20_u64, 0..12_u64);
    (
        prop_oneof![9 => vec(ask.clone(), 1..14), 1 => vec(ask, 30..80)],
        network,
        habits(),
        habits(),
        any::<bool>(),
        any::<u64>(),
    )
        .prop_map(|(asks, (lost, twice, spread), client, server, close, seed)| Case {
            asks,
            lost,
            twice,
            spread,
            client,
            server,
            close,
            handed_over: 0,
            killed: 0,
            silent: false,
            slow: 0,
            seed,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, max_shrink_iters: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_allowed_message_arrives_and_every_request_is_answered(case in case()) {
        Run::new(&case).finish();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_shrink_iters: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is lost with the gateway, nothing but allowed messages reaches the server, and no storm breaks out.
    #[test]
    fn a_flow_whose_state_is_lost_goes_on_or_is_reset(case in case(), killed in 1..20_u64) {
        let left = Run::new(&Case { killed, ..case }).finish();
        prop_assert!(left.len() < 20_000);
    }

    /// The same where nothing tells that something was left out, and the server is slow: no write arrives twice.
    #[test]
    fn no_write_arrives_twice_after_a_loss(case in case(), killed in 1..20_u64, slow in 0..4000_u64) {
        Run::new(&Case { killed, slow, silent: true, ..case }).finish();
    }

    #[test]
    fn a_hand_over_at_any_moment_changes_nothing(case in case(), handed_over in 1..100_u64) {
        let left = Run::new(&case).finish();
        prop_assert_eq!(Run::new(&Case { handed_over, ..case }).finish(), left);
    }
}
