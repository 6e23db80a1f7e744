//! Where messages begin and end, and what stands in a request's place.

use super::rig::client::Next;
use super::rig::frames::{adu, exception, honest, read, write};
use super::site::Stage;
use std::time::Duration;

#[test]
fn one_byte_at_a_time() {
    let stage = Stage::honest(31);
    let neighbour = stage.neighbour();
    let mut client = stage.client();
    for byte in read(1, 3, 2) {
        client.send(&[byte]);
        std::thread::sleep(Duration::from_millis(2));
    }
    assert_eq!(client.answer(), honest(&read(1, 3, 2)));
    let forbidden = write(2, 50, 7);
    let (last, head) = forbidden.split_last().unwrap();
    for byte in head {
        client.send(&[*byte]);
        std::thread::sleep(Duration::from_millis(2));
    }
    assert_eq!(client.next_within(Duration::from_millis(200)), Next::Nothing, "a verdict before the last byte");
    client.send(&[*last]);
    assert_eq!(client.answer(), exception(2, 6, 2));
    assert_eq!(client.ask(&read(3, 3, 2)), honest(&read(3, 3, 2)));
    assert_eq!(stage.device.messages(), [read(1, 3, 2), read(3, 3, 2)]);
    stage.denial("item", 1);
    neighbour.finish();
}

#[test]
fn many_requests_in_one_segment_allowed_and_denied() {
    let stage = Stage::honest(32);
    let neighbour = stage.neighbour();
    let requests: Vec<_> = (0..60_u16)
        .map(|i| match i % 4 {
            0 => read(i, i, 3),
            1 => write(i, 50, i),
            2 => write(i, 100 + i % 10, i),
            _ => write(i, 104, 5000 + i),
        })
        .collect();
    let mut client = stage.client();
    client.send(&requests.concat());
    let mut answers: Vec<_> = requests.iter().map(|_| client.answer()).collect();
    answers.sort();
    let wanted: Vec<_> = requests
        .iter()
        .enumerate()
        .map(|(i, request)| match i % 4 {
            1 => exception(i as u16, 6, 2),
            3 => exception(i as u16, 6, 3),
            _ => honest(request),
        })
        .collect();
    assert_eq!(answers, wanted, "one answer for each request, the right one");
    let allowed: Vec<_> = requests.iter().enumerate().filter(|(i, _)| i % 2 == 0).map(|(_, r)| r.clone()).collect();
    assert_eq!(stage.device.messages(), allowed, "the controller saw the allowed ones, in order");
    stage.denial("item", 15);
    stage.denial("value", 15);
    neighbour.finish();
}

/// A header that no message can have: nothing behind it can be framed either, so the connection ends.
#[test]
fn impossible_lengths_end_the_connection() {
    let stage = Stage::honest(33);
    let neighbour = stage.neighbour();
    let lengths = [0, 1, 255, 256, 257, 1000, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF];
    for (n, length) in (1..).zip(lengths) {
        let mut client = stage.client();
        assert_eq!(client.ask(&read(1, 1, 1)), honest(&read(1, 1, 1)));
        let mut bytes = write(2, 100, 5);
        bytes[4..6].copy_from_slice(&u16::to_be_bytes(length));
        client.send(&[bytes, write(3, 100, 6)].concat());
        let last = client.until_closed();
        assert!(last.iter().all(|m| m[7] & 0x80 != 0), "length {length}: {last:02x?}");
        stage.anomaly("length", n);
    }
    assert_eq!(stage.device.messages(), lengths.map(|_| read(1, 1, 1)));
    neighbour.finish();
}

#[test]
fn another_protocol_identifier_ends_the_connection() {
    let stage = Stage::honest(34);
    let neighbour = stage.neighbour();
    for (n, id) in (1..).zip([1_u16, 0x00FF, 0x0100, 0xFFFF]) {
        let mut client = stage.client();
        let mut bytes = write(1, 100, 5);
        bytes[2..4].copy_from_slice(&id.to_be_bytes());
        client.send(&bytes);
        client.until_closed();
        stage.anomaly("protocol-id", n);
    }
    assert!(stage.device.messages().is_empty());
    neighbour.finish();
}

#[test]
fn a_response_where_a_request_belongs() {
    let stage = Stage::honest(35);
    let neighbour = stage.neighbour();
    let mut client = stage.client();
    // A positive response of function 3 is no request of function 3; an exception is none of any function.
    client.send(&adu(1, 1, &[3, 4, 0, 1, 0, 2]));
    assert_eq!(client.answer()[7], 0x83);
    client.send(&adu(2, 1, &[0x83, 2]));
    stage.anomaly("exception-as-request", 1);
    assert!(matches!(client.next_within(Duration::from_millis(300)), Next::Nothing | Next::Message(_)));
    let mut client = stage.client();
    assert_eq!(client.ask(&read(3, 3, 2)), honest(&read(3, 3, 2)));
    assert_eq!(stage.device.messages(), [read(3, 3, 2)]);
    stage.denial("malformed", 2);
    neighbour.finish();
}
