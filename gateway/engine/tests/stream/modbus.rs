//! Hostile Modbus, case by case, through the real parser.

use crate::flow::Flow;
use core::time::Duration;
use sluice_policies::decision::Verdict;

/// Reads register 3: allowed.
const READ: [u8; 12] = [0, 0x77, 0, 0, 0, 6, 1, 3, 0, 3, 0, 1];
const ANSWER: [u8; 11] = [0, 0x77, 0, 0, 0, 5, 1, 3, 2, 0x12, 0x34];

fn exception(transaction: u8, function: u8, code: u8) -> Vec<u8> {
    vec![0, transaction, 0, 0, 0, 3, 1, function | 0x80, code]
}

fn request(transaction: u8, body: &[u8]) -> Vec<u8> {
    [&[0, transaction, 0, 0, 0, body.len() as u8 + 1, 1], body].concat()
}

#[test]
fn a_malformed_request_gets_its_exception_and_the_connection_lives_on() {
    let cases: [(&str, &[u8], u8); 8] = [
        ("byte-count", &[16, 0, 0, 0, 2, 2, 0, 1, 0, 2], 3),
        ("trailing-bytes", &[3, 0, 0, 0, 1, 0], 3),
        ("too-short", &[3, 0, 0], 3),
        ("quantity", &[3, 0, 0, 0, 0], 3),
        ("quantity", &[3, 0, 0, 0, 126], 3),
        ("address-range", &[3, 0xFF, 0xFF, 0, 2], 2),
        ("undefined-function", &[0x37, 1, 2], 1),
        ("exception-as-request", &[0x83, 2], 1),
    ];
    for (name, body, code) in cases {
        let mut flow = Flow::modbus();
        flow.client(&request(9, body)).client(&READ).server(&ANSWER);
        assert_eq!(flow.out.incidents(), [name]);
        assert_eq!(flow.at_server(), READ, "{name}");
        assert_eq!(flow.at_client(), [&*exception(9, body[0], code), &ANSWER].concat(), "{name}");
        assert!(flow.out.reset.is_empty());
    }
}

#[test]
fn what_the_policy_does_not_allow_gets_its_exception() {
    let cases: [(&[u8], u8); 6] = [
        // Register 16, one past the last that may be read; two, of which one may.
        (&[3, 0, 16, 0, 1], 2),
        (&[3, 0, 15, 0, 2], 2),
        (&[6, 0, 8, 0, 1], 2),
        // The read half is allowed, the write half is not.
        (&[23, 0, 0, 0, 1, 0, 8, 0, 1, 2, 0, 1], 2),
        // UMAS stop; restart communications.
        (&[90, 0, 0x41], 1),
        (&[8, 0, 1, 0, 0], 1),
    ];
    for (body, code) in cases {
        let mut flow = Flow::modbus();
        flow.client(&[&request(9, body), &READ[..]].concat());
        assert_eq!(flow.at_server(), READ, "{body:?}");
        assert_eq!(flow.at_client(), exception(9, body[0], code), "{body:?}");
        assert!(flow.out.verdicts().contains(&Verdict::Deny));
    }
}

#[test]
fn a_header_that_cannot_be_right_ends_the_connection() {
    let headers: [[u8; 8]; 6] = [
        [0, 1, 0, 0, 0, 0, 1, 3],
        [0, 1, 0, 0, 0, 1, 1, 3],
        [0, 1, 0, 0, 0, 255, 1, 3],
        [0, 1, 0, 0, 0xFF, 0xFF, 1, 3],
        [0, 1, 0, 1, 0, 6, 1, 3],
        *b"GET / HT",
    ];
    for header in headers {
        let mut flow = Flow::modbus();
        flow.client(&READ).client(&header).client(&READ);
        assert_eq!(flow.at_server(), READ, "{header:?}");
        assert_eq!(flow.out.incidents().len(), 1);
        assert_eq!(flow.out.reset.len(), 1);
    }
}

#[test]
fn a_response_that_does_not_answer_is_replaced_or_dropped() {
    let replaced: [(&str, &[u8]); 4] = [
        ("size-mismatch", &[0, 0x77, 0, 0, 0, 7, 1, 3, 4, 0, 1, 0, 2]),
        ("function-mismatch", &[0, 0x77, 0, 0, 0, 5, 1, 4, 2, 0, 1]),
        ("unit-mismatch", &[0, 0x77, 0, 0, 0, 5, 2, 3, 2, 0, 1]),
        ("exception-code", &[0, 0x77, 0, 0, 0, 3, 1, 0x83, 77]),
    ];
    for (name, response) in replaced {
        let mut flow = Flow::modbus();
        // The right answer comes too late then.
        flow.client(&READ).server(response).server(&ANSWER);
        assert_eq!(flow.at_client(), exception(0x77, 3, 11), "{name}");
        assert_eq!(flow.out.incidents(), [name, "duplicate-response"]);
        assert_eq!(flow.stream.outstanding(), 0);
    }
    let mut flow = Flow::modbus();
    flow.server(&ANSWER).server(&READ);
    assert!(flow.at_client().is_empty());
    assert_eq!(flow.out.incidents(), ["unsolicited-response", "unsolicited-response"]);
}

#[test]
fn a_response_after_its_request_was_forgotten_is_dropped() {
    let mut flow = Flow::modbus();
    flow.client(&READ).wait(Duration::from_secs(31)).server(&ANSWER).client(&READ).server(&ANSWER);
    assert_eq!(flow.at_client(), ANSWER);
    assert_eq!(flow.out.incidents(), ["late-response"]);
}

#[test]
fn answers_may_come_in_any_order() {
    let mut flow = Flow::modbus();
    let (mut second, mut second_answer) = (READ, ANSWER);
    (second[1], second_answer[1]) = (0x78, 0x78);
    let both = [&second_answer[..], &ANSWER].concat();
    flow.client(&[READ, second].concat()).server(&both);
    assert_eq!(flow.at_client(), both);
    assert!(flow.out.incidents().is_empty());
}
