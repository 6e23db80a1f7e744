//! What another process takes over, and what it does not take for a flow.

use crate::hand::{ACK, Hand};
use crate::network::Dice;
use crate::toy::{READ, REFUSAL, Toy, WRITE, message, request};
use sluice_engine::Limits;
use sluice_engine::bridge::Flow;
use sluice_model::Direction::{ToClient, ToServer};
use sluice_model::Fault;
use sluice_protocols::Protocol;
use sluice_protocols::handover::Unreadable;

const SPOKEN: [&'static dyn Protocol; 1] = [&Toy];

/// A flow with a request that waits, a refusal that is not acknowledged, a message in custody and one ahead of a gap.
fn busy() -> (Hand, Vec<u8>) {
    let mut hand = Hand::open(1460);
    let [allowed, denied] = [request(1, &[(READ, 3)]), request(2, &[(WRITE, 99)])];
    hand.client(1001, 5001, &[&allowed[..], &denied, &allowed[..3]].concat());
    hand.client(1030, 5001, &[7, 8, 9]);
    let mut state = vec![];
    hand.gateway.flow.as_ref().unwrap().export(&mut state);
    (hand, state)
}

fn import(hand: &Hand, state: &[u8]) -> Result<Flow, Unreadable> {
    Flow::import(&hand.gateway.policy, SPOKEN, &Limits::default(), state)
}

#[test]
fn an_edited_flow_goes_on_where_it_was() {
    let (mut hand, state) = busy();
    hand.gateway.flow = Some(import(&hand, &state).unwrap());
    let refusal = message(REFUSAL, 2, &[Fault::Address as u8]);
    // The refusal is sent again, and the server's acknowledgement still counts for what was taken out behind it.
    let out = hand.wait(200);
    assert_eq!(out[1], (ToClient, 5001, 1020, ACK, refusal));
    assert_eq!(hand.client(1020, 5006, &request(1, &[(READ, 3)])[3..8])[0].0, ToServer);
}

#[test]
fn a_cut_or_changed_state_is_no_flow() {
    let (hand, state) = busy();
    assert!(import(&hand, &state).is_ok());
    for cut in 0..state.len() {
        assert!(import(&hand, &state[..cut]).is_err(), "cut at {cut}");
    }
    for place in 0..state.len() {
        for bit in 0..8 {
            let mut changed = state.clone();
            changed[place] ^= 1 << bit;
            assert!(import(&hand, &changed).is_err(), "byte {place}");
        }
    }
    assert!(import(&hand, &[&state[..], &[0]].concat()).is_err());
    let none: [&'static dyn Protocol; 0] = [];
    assert!(Flow::import(&hand.gateway.policy, none, &Limits::default(), &state).is_err());
}

/// With a checksum that fits, so that every rule behind it is what refuses.
#[test]
fn a_state_made_up_is_no_flow_or_one_that_can_be() {
    let (mut hand, state) = busy();
    let mut dice = Dice::new(5);
    let (mut taken, mut refused) = (0, 0);
    for _ in 0..20_000 {
        let mut made_up = state[..state.len() - 8].to_vec();
        for _ in 0..=dice.roll(3) {
            let place = dice.roll(made_up.len() as u64) as usize;
            made_up[place] = [0, 1, 0x7F, 0x80, 0xFF, dice.roll(256) as u8][dice.roll(6) as usize];
        }
        let sum =
            made_up.iter().fold(0xCBF2_9CE4_8422_2325, |s: u64, b| (s ^ u64::from(*b)).wrapping_mul(0x100_0000_01B3));
        made_up.extend(sum.to_be_bytes());
        match import(&hand, &made_up) {
            Err(_) => refused += 1,
            Ok(flow) => {
                taken += 1;
                hand.gateway.flow = Some(flow);
                hand.client(1020, 5006, &[7; 30]);
                hand.server(5001, 1009, &[7; 30]);
                hand.wait(10_000);
            }
        }
    }
    assert!(taken > 100 && refused > 100, "{taken} taken, {refused} refused");
}
