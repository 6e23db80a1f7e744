//! A denied request between two allowed ones, all in one segment.

use super::wire::classify;
use super::{Finding, Post, Reply};
use crate::controllers::Controller;
use crate::stations::Station;
use crate::stations::traffic::UNIT;

const READ: [u8; 5] = [3, 0, 100, 0, 2];
const OVERSPEED: [u8; 5] = [6, 0, 100, 0x17, 0x70];

/// Sends read, overspeed, read as one piece. Each has its own fate; answers may come in any order.
pub(crate) async fn one_segment(post: &Post) -> Finding {
    let expected = "carried out, refused (exception 3), carried out";
    let mut wire = match post.connect(Station::Hmi, Controller::Pump).await {
        Ok(wire) => wire,
        Err(error) => return Finding::unreachable(expected, &error),
    };
    let pdus = [READ, OVERSPEED, READ];
    let mut transactions = [0; 3];
    let mut segment = Vec::new();
    for (transaction, pdu) in transactions.iter_mut().zip(&pdus) {
        segment.extend(wire.message(UNIT, pdu));
        *transaction = wire.transaction();
    }
    if wire.send(&segment).await.is_err() {
        return Finding::new(expected, Reply::Closed.to_string(), false).survived(false);
    }
    let mut replies = [Reply::Silence, Reply::Silence, Reply::Silence];
    for _ in 0..pdus.len() {
        match wire.next().await {
            Ok((transaction, pdu)) => {
                let Some(at) = transactions.iter().position(|t| *t == transaction) else { break };
                replies[at] = classify(pdus[at][0], pdu);
            }
            Err(reply) => {
                return Finding::new(expected, reply.to_string(), false).survived(false);
            }
        }
    }
    let right = matches!(replies, [Reply::Served(_), Reply::Exception(3), Reply::Served(_)]);
    let got: Vec<_> = replies.iter().map(ToString::to_string).collect();
    Finding::new(expected, got.join(", "), right).survived(true)
}
