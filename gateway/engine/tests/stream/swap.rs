//! Another policy comes into force while connections live.

use crate::flow::Flow;
use crate::recorder::Report;
use crate::sites::{self, CONTROLLER, Rules};
use crate::toy::{DESCRIPTOR, ITEM, READ, REFUSAL, WRITE, message, request, response};
use core::time::Duration;
use sluice_model::{Direction, Fault};
use sluice_policies::Policy;
use sluice_policies::decision::{ConduitId, Reason, Verdict};
use sluice_policies::site::{AssetId, Site};
use std::sync::Arc;

const NARROW: Rules = Rules::new(4, 0);

fn site(rules: Rules) -> Site {
    sites::site(&DESCRIPTOR, ITEM, rules)
}

fn swap(flow: &mut Flow, site: Site) {
    flow.policy = Arc::new(Policy::compile(site));
}

#[test]
fn the_next_request_on_a_live_connection_is_judged_by_the_new_policy() {
    let mut flow = Flow::usual();
    let write = request(1, &[(WRITE, 1)]);
    flow.client(&write).server(&response(1, 1));
    swap(&mut flow, site(NARROW));
    flow.client(&request(2, &[(WRITE, 1)]));
    assert_eq!(flow.at_server(), write);
    assert_eq!(flow.at_client(), [response(1, 1), message(REFUSAL, 2, &[Fault::Function as u8])].concat());
    assert!(flow.out.reset.is_empty());
    assert!(flow.stream.stance(&flow.policy).joined);
}

#[test]
fn a_held_message_is_judged_by_the_policy_in_force_when_it_is_complete() {
    let write = request(1, &[(WRITE, 1)]);
    let mut flow = Flow::usual();
    flow.client(&write[..6]);
    swap(&mut flow, site(NARROW));
    flow.client(&write[6..]);
    assert!(flow.at_server().is_empty());

    let mut flow = Flow::under(NARROW);
    flow.client(&write[..6]);
    swap(&mut flow, site(Rules::new(16, 8)));
    flow.client(&write[6..]);
    assert_eq!(flow.at_server(), write);
}

#[test]
fn a_response_follows_its_request_through_a_swap() {
    let mut flow = Flow::usual();
    flow.client(&request(1, &[(WRITE, 1)]));
    // In the new policy another conduit stands first, so that the old id would name the wrong one.
    let mut next = site(NARROW);
    let mut other = next.conduits[0].clone();
    other.name = "maintenance".to_owned();
    other.from = vec![AssetId(1)];
    next.conduits.insert(0, other);
    swap(&mut flow, next);
    flow.server(&response(1, 1));
    assert_eq!(flow.at_client(), response(1, 1));
    let answered = Report::Answered { code: 2, refused: None, conduit: ConduitId(1), millis: 0 };
    assert_eq!(flow.out.reports[1], answered);
}

#[test]
fn a_forgotten_request_is_reported_under_the_conduit_of_the_present_policy() {
    let mut flow = Flow::usual();
    flow.client(&request(1, &[(WRITE, 1)]));
    let mut next = site(NARROW);
    next.conduits.clear();
    swap(&mut flow, next);
    flow.wait(Duration::from_secs(30));
    let forgotten = Report::Forgotten { function: 2, device: 1, conduit: ConduitId::UNMATCHED, millis: 30_000 };
    assert_eq!(flow.out.reports[1], forgotten);
}

#[test]
fn an_asset_keeps_its_connection_when_its_place_in_the_site_changes() {
    let mut flow = Flow::usual();
    let read = request(1, &[(READ, 1)]);
    // The controller's old id now is another asset's, which nobody may read.
    let mut next = site(NARROW);
    let newcomer = sites::asset("plc-0", "192.0.2.30".parse().unwrap(), Some(&DESCRIPTOR));
    next.assets.insert(1, newcomer);
    next.conduits[0].to = vec![AssetId(2)];
    swap(&mut flow, next);
    flow.client(&read).client(&request(2, &[(READ, 8)]));
    assert_eq!(flow.at_server(), read);
    assert_eq!(flow.out.verdicts(), [Verdict::Allow, Verdict::Deny]);
}

#[test]
fn a_connection_whose_asset_is_gone_is_closed() {
    let mut flow = Flow::usual();
    let mut next = site(NARROW);
    next.assets[1] = sites::asset("plc-9", CONTROLLER, Some(&DESCRIPTOR));
    swap(&mut flow, next);
    assert!(!flow.stream.stance(&flow.policy).joined);
    let policy = Arc::clone(&flow.policy);
    flow.stream.policy_changed(&policy, &mut flow.out);
    flow.client(&request(1, &[(READ, 1)]));
    assert_eq!(flow.out.reset, ["the policy no longer knows this asset"]);
    assert!(flow.out.sent.is_empty());
}

#[test]
fn a_pair_that_is_no_longer_joined_is_denied() {
    let mut flow = Flow::usual();
    let mut next = site(NARROW);
    next.conduits.clear();
    swap(&mut flow, next);
    assert!(!flow.stream.stance(&flow.policy).joined);
    flow.client(&request(1, &[(READ, 1)]));
    assert!(flow.out.bytes(Direction::ToServer).is_empty());
    let Report::Judged { reason, .. } = flow.out.reports[0] else { panic!("not judged") };
    assert_eq!(reason, Some(Reason::NoConduit));
}

#[test]
fn an_idle_connection_keeps_no_old_policy_in_memory() {
    let flow = Flow::usual();
    let old = Arc::downgrade(&flow.policy);
    let Flow { policy, stream, .. } = flow;
    drop(policy);
    assert!(old.upgrade().is_none());
    drop(stream);
}
