//! The `[[test]]` runner.

use crate::site::*;
use sluice_model::{Anomaly, AnomalyKind, Blame, Descriptor, Fault, Operation};
use sluice_policies::decision::{Reason, Verdict};
use sluice_policies::site::{Expectation, Expected, Test, TestMessage};
use sluice_policies::{Decoder, Policy, run_tests};

static BAD: AnomalyKind = AnomalyKind {
    name: "bad",
    blame: Blame::Malformed,
    clause: "4.1",
    meaning: "the byte count is wrong",
    fault: Fault::Value,
};

/// Body 1 reads holding 0, body 2 writes 99 to it and reads it; everything else is malformed.
pub(crate) struct Two;

impl Decoder for Two {
    fn decode(
        &self,
        _: &'static Descriptor,
        device: u32,
        body: &[u8],
        each: &mut dyn FnMut(&Operation<'_>),
    ) -> Result<(), Anomaly> {
        each(&Operation { device, ..read("holding 0") });
        match body {
            [1] => Ok(()),
            [2] => {
                each(&Operation { device, ..write("holding 0", &[0, 99]) });
                Ok(())
            }
            _ => Err(Anomaly::new(&BAD, 1)),
        }
    }
}

fn words(text: &str) -> TestMessage {
    TestMessage::Words { protocol: modbus(), text: text.into(), at: at(3) }
}

fn bytes(body: &[u8], device: u32) -> TestMessage {
    TestMessage::Bytes { protocol: modbus(), device, bytes: body.into(), at: at(3) }
}

/// Runs messages from the HMI, then a stranger, in turn; all with one expectation, or one each.
fn run(messages: Vec<TestMessage>, expect: Vec<Expected>) -> (bool, String) {
    let mut site = site(vec![u16("speed", "holding 0")]);
    let statements = vec![
        allow("look", "read", raw(&["holding 0 .. 9"])),
        allow("speed", "write", tags(vec![(0, 0, within(20, 45))])),
    ];
    site.conduits.push(conduit("operators", statements));
    site.tests.push(Test {
        name: "a test".into(),
        at: at(30),
        from: vec![ip(HMI).into(), ip(STRANGER).into()],
        to: PLC,
        messages,
        repeat: None,
        given: vec![],
        moment: None,
        windows: None,
        mode: None,
        answers: vec![],
        expect: expect.into_iter().map(|expected| Expectation { expected, at: at(31) }).collect(),
    });
    let outcome = run_tests(&Policy::compile(site), &Two).remove(0);
    assert_eq!((outcome.name.as_str(), outcome.at.as_str()), ("a test", "site.toml:30"));
    (outcome.pass, outcome.got)
}

#[test]
fn one_message_against_each_expectation() {
    let allow = || Expected::Verdict(Verdict::Allow);
    let because = Expected::DeniedBecause;
    for (message, expected, pass, got) in [
        (words("read speed"), allow(), true, "allow"),
        (words("read speed"), Expected::AllowedBy("operators.look".into()), true, "allow by operators.look"),
        (words("read speed"), Expected::AllowedBy("operators.speed".into()), false, "allow by operators.look"),
        (words("write speed = 46"), because(Reason::Value), true, "deny because value"),
        (words("write speed = 46"), because(Reason::Item), false, "deny because value"),
        (words("write speed = 46"), Expected::Verdict(Verdict::Deny), true, "deny because value"),
        (words("write speed = 45"), because(Reason::Value), false, "allow by operators.speed"),
        (
            words("write sped = 45"),
            Expected::Verdict(Verdict::Deny),
            false,
            "plc-3 has no tag `sped`; did you mean speed?",
        ),
        (bytes(&[1], 1), allow(), true, "allow"),
        (bytes(&[1], 9), because(Reason::NoConduit), true, "deny because no-conduit"),
        // The strictest decision of a message stands, whatever its place.
        (bytes(&[2], 1), because(Reason::Value), true, "deny because value"),
        (bytes(&[3], 1), because(Reason::Malformed), true, "deny because malformed"),
    ] {
        assert_eq!(run(vec![message], vec![expected.clone()]), (pass, got.into()), "{expected:?}");
    }
}

#[test]
fn a_sequence_takes_turns_and_stops_at_the_first_difference() {
    let two = || vec![words("read speed"), words("read speed")];
    let allow = || Expected::Verdict(Verdict::Allow);
    let no_conduit = || Expected::DeniedBecause(Reason::NoConduit);
    assert_eq!(run(two(), vec![allow(), no_conduit()]), (true, "deny because no-conduit".into()));
    assert_eq!(run(two(), vec![allow()]), (false, "deny because no-conduit".into()));
    assert_eq!(run(two(), vec![no_conduit(), no_conduit()]), (false, "allow by operators.look".into()));
    assert!(!run(vec![], vec![allow()]).0);
}
