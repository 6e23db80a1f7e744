//! Peers that break the rules: each meets a named outcome, and nothing that they keep the gateway busy with grows.

use crate::flow::Flow;
use crate::recorder::Report;
use crate::sites::{self, Rules};
use crate::toy::{EVENT, NOTIFY, READ, REFUSAL, REPORT, REQUEST, WRITE, body, message, request, response};
use core::time::Duration;
use sluice_engine::{Cause, FailurePolicy, Limits, Response};
use sluice_model::{Direction, Fault, Instant};
use sluice_policies::decision::{ConduitId, Mode, OnDeny, Reason, Verdict};
use std::net::SocketAddr;

fn refusal(tid: u8, fault: Fault) -> Vec<u8> {
    message(REFUSAL, tid, &[fault as u8])
}

#[test]
fn bytes_that_cannot_be_framed_end_the_connection_after_what_was_allowed() {
    let mut flow = Flow::usual();
    let allowed = request(1, &[(READ, 1)]);
    let denied = request(2, &[(READ, 200)]);
    flow.client(&[&*allowed, &denied, b"GET / HTTP/1.1\r\n", &allowed].concat());
    assert_eq!(flow.at_server(), allowed);
    assert_eq!(flow.at_client(), refusal(2, Fault::Address));
    assert_eq!(flow.out.incidents(), ["magic"]);
    assert_eq!(flow.out.reset.len(), 1);
    // Nothing that comes later does anything.
    flow.client(&allowed).server(&response(1, 1)).finished(Direction::ToServer).wait(Duration::from_secs(99));
    assert_eq!(flow.at_server(), allowed);
    assert_eq!(flow.out.reset.len(), 1);
    assert!(flow.out.finished.is_empty());
    assert_eq!(flow.stream.deadline(), None);
}

#[test]
fn an_unframeable_rest_of_a_held_message_ends_the_connection() {
    let mut flow = Flow::usual();
    flow.client(&[crate::toy::MAGIC]).client(&[0]);
    assert_eq!(flow.out.incidents(), ["shape"]);
    assert_eq!(flow.out.reset.len(), 1);
    assert_eq!(flow.stream.held(), 0);
}

#[test]
fn a_message_past_the_bound_is_not_held() {
    let limits = Limits { held_bytes: 32, ..Limits::default() };
    let mut flow = Flow::with(Rules::new(16, 8), limits, sites::client());
    let long = request(1, &[(READ, 1); 20]);
    flow.client(&long[..1]).client(&long[1..9]);
    assert!(flow.at_server().is_empty());
    assert_eq!(flow.out.incidents(), ["held-full"]);
    assert_eq!(flow.out.reset.len(), 1);
    assert_eq!(flow.stream.held(), 0);
    assert_eq!(Cause::HeldFull.policy(), FailurePolicy::Closed);
}

#[test]
fn a_stalled_message_ends_the_connection_and_none_of_it_is_forwarded() {
    let mut flow = Flow::usual();
    let asked = request(1, &[(READ, 1)]);
    flow.client(&asked[..3]);
    assert_eq!(flow.stream.deadline(), Some(Instant::default() + Duration::from_secs(30)));
    // One byte at a time does not win more time.
    flow.wait(Duration::from_secs(29)).client(&asked[3..4]);
    assert!(flow.out.reset.is_empty());
    flow.wait(Duration::from_secs(1));
    assert!(flow.at_server().is_empty());
    assert_eq!(flow.out.incidents(), ["stalled"]);
    assert_eq!(flow.out.reset.len(), 1);
}

#[test]
fn the_end_of_the_stream_inside_a_message_is_reported_and_passed_on() {
    let mut flow = Flow::usual();
    let allowed = request(1, &[(READ, 1)]);
    flow.client(&allowed).client(&allowed[..5]).finished(Direction::ToServer);
    assert_eq!(flow.at_server(), allowed);
    assert_eq!(flow.out.incidents(), ["truncated"]);
    assert_eq!(flow.out.finished, [Direction::ToServer]);
    // The half that is still open goes on.
    flow.server(&response(1, 1)).finished(Direction::ToClient);
    assert_eq!(flow.at_client(), response(1, 1));
    assert_eq!(flow.out.finished, [Direction::ToServer, Direction::ToClient]);
    assert_eq!(flow.stream.held(), 0);
}

#[test]
fn a_response_that_nobody_asked_for_is_dropped() {
    let mut flow = Flow::usual();
    flow.server(&response(1, 1));
    assert!(flow.at_client().is_empty());
    assert_eq!(flow.out.incidents(), ["unasked"]);
}

#[test]
fn a_second_response_is_dropped() {
    let mut flow = Flow::usual();
    flow.client(&request(1, &[(READ, 1)])).server(&[response(1, 1), response(1, 1)].concat());
    assert_eq!(flow.at_client(), response(1, 1));
    assert_eq!(flow.out.incidents(), ["unasked"]);
}

#[test]
fn a_response_of_the_wrong_size_is_replaced_by_a_refusal() {
    let mut flow = Flow::usual();
    flow.client(&request(1, &[(READ, 1)])).server(&response(1, 3));
    assert_eq!(flow.at_client(), refusal(1, Fault::Target));
    assert_eq!(flow.stream.outstanding(), 0);
    let report = Report::Incident {
        name: "size",
        reason: Reason::Response,
        response: Response::Refused,
        direction: Direction::ToClient,
        excerpt: response(1, 3),
    };
    assert_eq!(flow.out.reports[1..], [report]);
}

#[test]
fn a_request_where_a_response_belongs_and_the_reverse_are_withheld() {
    let mut flow = Flow::usual();
    flow.server(&request(1, &[(READ, 1)])).client(&response(2, 1));
    assert!(flow.at_server().is_empty());
    assert_eq!(flow.at_client(), refusal(2, Fault::Function));
    assert_eq!(flow.out.incidents(), ["kind", "kind"]);
}

#[test]
fn a_late_response_is_dropped_and_its_request_was_reported_forgotten() {
    let mut flow = Flow::usual();
    flow.client(&request(1, &[(READ, 1)]));
    assert_eq!(flow.stream.deadline(), Some(Instant::default() + Duration::from_secs(30)));
    flow.wait(Duration::from_secs(30)).server(&response(1, 1));
    assert!(flow.at_client().is_empty());
    let forgotten = Report::Forgotten { function: 1, device: 1, conduit: ConduitId(0), millis: 30_000 };
    assert_eq!(flow.out.reports[1], forgotten);
    assert_eq!(flow.out.incidents(), ["unasked"]);
    assert_eq!(flow.stream.deadline(), None);
}

#[test]
fn a_late_response_does_not_slip_through_before_the_tick() {
    let mut flow = Flow::usual();
    flow.client(&request(1, &[(READ, 1)]));
    flow.now = flow.now + Duration::from_secs(31);
    flow.server(&response(1, 1));
    assert!(flow.at_client().is_empty());
}

#[test]
fn a_hundred_thousand_unanswered_requests_stay_bounded() {
    let mut flow = Flow::usual();
    let limit = Limits::default().outstanding;
    for n in 0..100_000_u32 {
        flow.client(&request(n as u8, &[(READ, 1)]));
        assert!(flow.stream.outstanding() <= limit);
    }
    assert_eq!(flow.at_server().len(), limit * request(0, &[(READ, 1)]).len());
    assert_eq!(flow.at_client().len(), (100_000 - limit) * refusal(0, Fault::Busy).len());
    assert_eq!(flow.out.incidents().len(), 100_000 - limit);
    let report = Report::Incident {
        name: "outstanding-full",
        reason: Reason::Bound,
        response: Response::Refused,
        direction: Direction::ToServer,
        excerpt: request(limit as u8, &[(READ, 1)]),
    };
    assert_eq!(flow.out.reports[limit], report);
    // Answers make room again.
    flow.server(&response(0, 1)).client(&request(9, &[(READ, 2)]));
    assert_eq!(flow.stream.outstanding(), limit);
    assert!(flow.at_server().ends_with(&request(9, &[(READ, 2)])));
}

#[test]
fn what_has_no_refusal_is_dropped() {
    let mut flow = Flow::usual();
    flow.client(&message(NOTIFY, 1, &body(&[(WRITE, 99)])));
    assert!(flow.at_server().is_empty() && flow.at_client().is_empty());
    let passes = message(NOTIFY, 1, &body(&[(WRITE, 1)]));
    flow.client(&passes);
    assert_eq!(flow.at_server(), passes);
    assert_eq!(flow.stream.outstanding(), 0);
}

#[test]
fn a_report_that_answers_nothing_is_judged_and_denied_by_default() {
    let report = message(REPORT, 1, &body(&[(EVENT, 3)]));
    let mut flow = Flow::usual();
    flow.server(&report);
    assert!(flow.at_client().is_empty());
    assert_eq!(flow.out.verdicts(), [Verdict::Deny]);
    let mut flow = Flow::under(Rules { reports: 4, ..Rules::new(16, 8) });
    flow.server(&report);
    assert_eq!(flow.at_client(), report);
    assert_eq!(flow.out.verdicts(), [Verdict::Allow]);
}

#[test]
fn alert_mode_passes_what_the_policy_denies_and_nothing_else() {
    for mode in [Mode::Alert, Mode::Learn] {
        let mut flow = Flow::under(Rules { mode, ..Rules::new(16, 8) });
        let beyond = request(1, &[(WRITE, 99)]);
        let malformed = message(REQUEST, 2, &[WRITE]);
        flow.client(&[&*beyond, &malformed].concat()).server(&response(9, 1));
        assert_eq!(flow.at_server(), beyond);
        assert_eq!(flow.at_client(), refusal(2, Fault::Value));
        assert_eq!(flow.out.verdicts(), [Verdict::Alert]);
        assert_eq!(flow.out.incidents(), ["shape", "unasked"]);
    }
}

#[test]
fn a_conduit_may_drop_or_reset_instead() {
    let denied = request(1, &[(WRITE, 99)]);
    let malformed = message(REQUEST, 2, &[WRITE]);
    let mut flow = Flow::under(Rules { on_deny: OnDeny::Drop, ..Rules::new(16, 8) });
    flow.client(&denied).client(&malformed);
    assert!(flow.out.sent.is_empty() && flow.out.reset.is_empty());

    for bytes in [&denied, &malformed] {
        let mut flow = Flow::under(Rules { on_deny: OnDeny::Reset, ..Rules::new(16, 8) });
        let allowed = request(3, &[(READ, 1)]);
        flow.client(&[&allowed, &**bytes, &allowed].concat());
        assert_eq!(flow.at_server(), allowed);
        assert!(flow.at_client().is_empty());
        assert_eq!(flow.out.reset.len(), 1);
    }
}

#[test]
fn a_stranger_is_not_joined_and_nothing_of_his_passes() {
    let stranger = SocketAddr::new(sites::STRANGER, 1);
    let mut flow = Flow::with(Rules::new(16, 8), Limits::default(), stranger);
    assert!(!flow.stream.stance(&flow.policy).joined);
    flow.client(&request(1, &[(READ, 1)])).client(&message(REQUEST, 2, &[WRITE])).server(&response(1, 1));
    assert!(flow.out.sent.is_empty());
    assert_eq!(flow.out.verdicts(), [Verdict::Deny]);
    assert_eq!(flow.out.incidents(), ["shape", "unasked"]);
    assert!(Flow::usual().stream.stance(&Flow::usual().policy).joined);
}

#[test]
fn a_device_that_refuses_is_reported_with_its_code() {
    let mut flow = Flow::usual();
    flow.client(&request(1, &[(READ, 1)]));
    flow.now = flow.now + Duration::from_millis(7);
    flow.server(&message(REFUSAL, 1, &[42]));
    assert_eq!(flow.at_client(), message(REFUSAL, 1, &[42]));
    let answered = Report::Answered { code: 1, refused: Some(42), conduit: ConduitId(0), millis: 7 };
    assert_eq!(flow.out.reports[1], answered);
}

#[test]
fn half_a_response_is_held_while_a_refusal_passes_it() {
    let mut flow = Flow::usual();
    let late = response(1, 1);
    flow.client(&request(1, &[(READ, 1)])).server(&late[..5]).client(&request(2, &[(READ, 99)])).server(&late[5..]);
    assert_eq!(flow.at_client(), [refusal(2, Fault::Address), late].concat());
}
