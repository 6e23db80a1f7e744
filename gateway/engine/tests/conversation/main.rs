//! Arbitrary conversations of two hostile peers, the same as the fuzz target runs; its finds become tests here.
#![allow(clippy::unwrap_used, unreachable_pub)]

mod drive;
#[allow(dead_code, reason = "the tests of streams use the rest of it")]
#[path = "../stream/sites.rs"]
mod sites;

use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #[test]
    fn no_conversation_breaks_the_gate(program in vec(any::<u8>(), 0..400)) {
        drive::program(&program);
    }

    /// Mostly golden messages, so that the parsers' later states are reached.
    #[test]
    fn no_conversation_of_known_messages_breaks_the_gate(commands in vec((0..16_u8, any::<[u8; 4]>()), 0..100)) {
        let program: Vec<u8> = commands.into_iter().flat_map(|(choice, rest)| [&[choice], &rest[..]].concat()).collect();
        drive::program(&program);
    }
}
