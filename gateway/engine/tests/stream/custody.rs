//! Nothing of a message leaves before its verdict, and what leaves is what was judged.

use crate::flow::Flow;
use crate::recorder::Report;
use crate::toy::{READ, WRITE, message, request, response};
use sluice_engine::Response;
use sluice_model::{Direction, Fault};
use sluice_policies::decision::{Reason, Verdict};

const REFUSED: u8 = crate::toy::REFUSAL;

#[test]
fn an_allowed_request_and_its_response_pass_unchanged() {
    let mut flow = Flow::usual();
    let (asked, answered) = (request(1, &[(READ, 3)]), response(1, 1));
    flow.client(&asked).server(&answered);
    assert_eq!(flow.at_server(), asked);
    assert_eq!(flow.at_client(), answered);
    assert_eq!(flow.stream.outstanding(), 0);
    assert!(matches!(flow.out.reports[1], Report::Answered { code: 1, refused: None, .. }));
}

#[test]
fn a_denied_request_is_refused_and_the_next_one_passes() {
    let mut flow = Flow::usual();
    let allowed = request(2, &[(WRITE, 7)]);
    flow.client(&request(1, &[(WRITE, 8)])).client(&allowed);
    assert_eq!(flow.at_server(), allowed);
    assert_eq!(flow.at_client(), message(REFUSED, 1, &[Fault::Address as u8]));
    assert_eq!(flow.out.verdicts(), [Verdict::Deny, Verdict::Allow]);
    assert_eq!(flow.stream.outstanding(), 1);
}

#[test]
fn nothing_of_a_message_leaves_before_its_last_byte() {
    let mut flow = Flow::usual();
    let asked = request(1, &[(READ, 3), (WRITE, 3)]);
    let (last, first) = asked.split_last().unwrap();
    for (at, byte) in first.iter().enumerate() {
        flow.client(&[*byte]);
        assert!(flow.at_server().is_empty());
        assert_eq!(flow.stream.held(), at + 1);
    }
    flow.client(&[*last]);
    assert_eq!(flow.at_server(), asked);
    assert_eq!(flow.stream.held(), 0);
}

#[test]
fn allowed_and_denied_in_one_segment_are_told_apart() {
    let mut flow = Flow::usual();
    let [a, b, c, d] = [(1, READ, 0), (2, READ, 99), (3, WRITE, 1), (4, READ, 2)]
        .map(|(tid, code, address)| request(tid, &[(code, address)]));
    flow.client(&[&*a, &b, &c, &d[..5]].concat()).client(&d[5..]);
    assert_eq!(flow.at_server(), [a, c, d].concat());
    assert_eq!(flow.at_client(), message(REFUSED, 2, &[Fault::Address as u8]));
}

#[test]
fn allowed_neighbours_leave_in_one_piece() {
    let mut flow = Flow::usual();
    let both = [request(1, &[(READ, 0)]), request(2, &[(READ, 1)])].concat();
    flow.client(&both);
    assert_eq!(flow.out.sent, [(Direction::ToServer, both)]);
}

#[test]
fn the_strictest_decision_rules_a_message_and_every_operation_is_reported() {
    let mut flow = Flow::usual();
    // Nine operations, more than are kept: the seventh alone is denied.
    let operations: Vec<_> = (0..9).map(|i| (READ, if i == 6 { 200 } else { i })).collect();
    flow.client(&request(1, &operations));
    assert!(flow.at_server().is_empty());
    let reports = |own: &[Verdict]| -> Vec<Report> {
        let reason = |own| if own == Verdict::Deny { Some(Reason::Item) } else { None };
        let report = |own| Report::Judged { code: 1, own, message: Verdict::Deny, reason: reason(own) };
        own.iter().copied().map(report).collect()
    };
    let mut own = [Verdict::Allow; 9];
    own[6] = Verdict::Deny;
    assert_eq!(flow.out.reports, reports(&own));
    assert_eq!(flow.at_client(), message(REFUSED, 1, &[Fault::Address as u8]));
}

#[test]
fn a_malformed_request_is_refused_and_reported_once() {
    let mut flow = Flow::usual();
    let malformed = message(crate::toy::REQUEST, 1, &[READ, 0, 0]);
    flow.client(&malformed);
    assert!(flow.at_server().is_empty());
    assert_eq!(flow.at_client(), message(REFUSED, 1, &[Fault::Value as u8]));
    let report = Report::Incident {
        name: "shape",
        reason: Reason::Malformed,
        response: Response::Refused,
        direction: Direction::ToServer,
        excerpt: malformed,
    };
    assert_eq!(flow.out.reports, [report]);
}
