//! Requests whose fields do not add up.

use super::rig::frames::{adu, exception, honest, pdu, read, write_many};
use super::site::Stage;

/// Sends each body, wants `code` for it and the connection in service, and nothing of it at the controller.
fn refused(address: u8, kind: &str, bodies: &[Vec<u8>], code: u8) {
    let stage = Stage::honest(address);
    let neighbour = stage.neighbour();
    let mut client = stage.client();
    for (n, body) in (1..).zip(bodies) {
        assert_eq!(client.ask(&adu(n, 1, body)), exception(n, body[0], code), "{body:02x?}");
        stage.anomaly(kind, u64::from(n));
        assert_eq!(client.ask(&read(1000 + n, 1, 1)), honest(&read(1000 + n, 1, 1)));
    }
    stage.denial("malformed", bodies.len() as u64);
    let reads: Vec<_> = (1..).zip(bodies).map(|(n, _)| read(1000 + n, 1, 1)).collect();
    assert_eq!(stage.device.messages(), reads);
    neighbour.finish();
}

#[test]
fn byte_counts_that_disagree() {
    let body = |quantity, count, bytes: &[u8]| [pdu(16, &[100, quantity]), vec![count], bytes.to_vec()].concat();
    refused(
        41,
        "byte-count",
        &[body(2, 3, &[0, 1, 0]), body(2, 2, &[0, 1]), body(1, 4, &[0, 1, 0, 2]), body(2, 255, &[0, 1, 0, 2])],
        3,
    );
}

#[test]
fn a_message_longer_or_shorter_than_its_fields() {
    let longer = [pdu(6, &[100, 5]), vec![0]].concat();
    refused(42, "trailing-bytes", &[longer], 3);
}

#[test]
fn addresses_that_reach_past_65535() {
    let wide = write_many(0, 0xFFFF, &[1, 2])[7..].to_vec();
    refused(43, "address-range", &[pdu(3, &[0xFFFF, 2]), pdu(3, &[0xFFF0, 125]), wide], 2);
}

#[test]
fn quantities_that_no_function_carries() {
    refused(44, "quantity", &[pdu(3, &[0, 0]), pdu(3, &[0, 126]), pdu(1, &[0, 2001]), pdu(3, &[0, 0xFFFF])], 3);
}
