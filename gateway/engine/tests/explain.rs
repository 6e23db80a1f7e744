//! The tools' way in: whole requests and test bodies, judged and explained without a connection.
#![allow(clippy::unwrap_used)]

#[allow(dead_code, unreachable_pub, reason = "the tests of streams use the rest of it")]
#[path = "stream/sites.rs"]
mod sites;

use sites::{CLIENT, Rules, STRANGER, TARGET};
use sluice_engine::{Parsers, Unread, explain_bytes};
use sluice_policies::decision::{Reason, Verdict};
use sluice_policies::site::{Expectation, Expected, Location, Site, Test, TestMessage};
use sluice_policies::testing::{Decoder, run_tests};
use sluice_policies::{Explanation, Policy};
use sluice_protocols::{Protocol, registry};
use std::net::IpAddr;

fn modbus() -> &'static dyn Protocol {
    registry::ALL[0]
}

fn site() -> Site {
    let descriptor = modbus().descriptor();
    let holding = descriptor.spaces.iter().find(|s| s.name == "holding").unwrap().id;
    sites::site(descriptor, holding, Rules::new(16, 8))
}

fn explain(source: IpAddr, message: &[u8]) -> Result<Vec<Explanation>, Unread> {
    let policy = Policy::compile(site());
    let explained = explain_bytes(&policy, source, TARGET, modbus(), message)?;
    Ok(explained.into_iter().map(|e| e.explanation).collect())
}

#[test]
fn every_operation_of_a_request_is_explained() {
    // Function 23: writes register 9, which it may not, and reads register 0, which it may.
    let both = [0, 1, 0, 0, 0, 13, 1, 23, 0, 0, 0, 1, 0, 9, 0, 1, 2, 0, 9];
    let explained = explain(CLIENT, &both).unwrap();
    let mut reasons: Vec<_> = explained.iter().map(|e| (e.reason, e.statement.as_deref())).collect();
    reasons.sort();
    assert_eq!(reasons, [(None, Some("operators.look")), (Some(Reason::Item), Some("operators.set"))]);
    let stranger = explain(STRANGER, &both).unwrap();
    assert!(stranger.iter().all(|e| e.reason == Some(Reason::NoConduit)));
}

#[test]
fn what_is_not_one_request_says_why() {
    let read = [0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1];
    assert_eq!(explain(CLIENT, &read[..11]).unwrap_err(), Unread::Incomplete { needed: 12 });
    let trailing = [&read[..], &[0]].concat();
    assert_eq!(explain(CLIENT, &trailing).unwrap_err(), Unread::Trailing { at: 12 });
    let Unread::Anomaly(anomaly) = explain(CLIENT, &[0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 0]).unwrap_err() else {
        panic!("a quantity of 0 passed")
    };
    assert_eq!(anomaly.kind.name, "quantity");
}

#[test]
fn a_body_is_read_for_its_device_and_offsets_count_from_its_start() {
    let mut devices = Vec::new();
    let mut read = |body: &[u8]| Parsers.decode(modbus().descriptor(), 17, body, &mut |o| devices.push(o.device));
    assert_eq!(read(&[3, 0, 0, 0, 1]), Ok(()));
    let anomaly = read(&[3, 0, 0, 0, 0]).unwrap_err();
    assert_eq!((anomaly.kind.name, anomaly.offset), ("quantity", 3));
    assert!(read(&[]).is_err());
    assert!(read(&[3; 300]).is_err());
    assert_eq!(devices, [17]);
}

#[test]
fn tests_in_bytes_run_on_the_real_parser() {
    let at = || Location { file: 0, span: 0..6 };
    let test = |bytes: &[u8], expected| Test {
        name: "in bytes".to_owned(),
        at: at(),
        from: vec![CLIENT.into()],
        to: TARGET,
        messages: vec![TestMessage::Bytes {
            protocol: modbus().descriptor(),
            device: 1,
            bytes: bytes.to_vec(),
            at: at(),
        }],
        repeat: None,
        given: vec![],
        moment: None,
        windows: None,
        mode: None,
        answers: vec![],
        expect: vec![Expectation { expected, at: at() }],
    };
    let mut site = site();
    site.tests = vec![
        test(&[3, 0, 0, 0, 16], Expected::Verdict(Verdict::Allow)),
        test(&[3, 0, 0, 0, 17], Expected::DeniedBecause(Reason::Item)),
        test(&[16, 0, 0, 0, 1, 4, 0, 0], Expected::DeniedBecause(Reason::Malformed)),
        test(&[6, 0, 8, 0, 1], Expected::Verdict(Verdict::Allow)),
    ];
    let outcomes = run_tests(&Policy::compile(site), &Parsers);
    let passed: Vec<_> = outcomes.iter().map(|o| (o.pass, o.got.as_str())).collect();
    assert_eq!(
        passed,
        [(true, "allow"), (true, "deny because item"), (true, "deny because malformed"), (false, "deny because item")]
    );
}
