//! Questions, and their answers.

use crate::plant::changed;
use sluice_policies::meaning::ask::{GRAMMAR, Question, answer};
use sluice_policies::site::Site;
use std::fmt::Write;

fn told(site: &Site, question: &str) -> String {
    match Question::read(site, question).and_then(|q| answer(site, &q)) {
        Ok(answer) => answer.to_string(),
        Err(puzzle) => format!("?! {puzzle}\n"),
    }
}

#[test]
fn questions_have_answers() {
    let site = changed(&[]);
    let mut text = String::new();
    for question in [
        "who can write plc-3.pump_speed",
        "Who can read plc-3.tank_level?",
        "who can stop plc-3",
        "who can reach ntp-1",
        "what can plc-3 do",
        "what can hmi-2 do to plc-3",
        "what can hmi-1 do to plc-4",
        "may control-room write plc-3.valve_a = on",
        "may hmi-1 write plc-3.pump_speed = 45 Hz",
        "may hmi-1 write plc-3.pump_speed = 46 Hz",
        "may anyone write plc-3.pump_speed = 46 Hz",
        "may ntp-1 reach plc-3",
        "may hmi-1 write plc-3.pump_sped = 45 Hz",
        "may hmi-9 stop plc-3",
        "what can plc-3.pump_speed do",
        "who can write",
    ] {
        writeln!(text, "# {question}\n{}", told(&site, question)).unwrap();
    }
    insta::assert_snapshot!(text);
}

#[test]
fn every_form_of_the_grammar_is_read() {
    let site = changed(&[("hmi-2", "tablet")]);
    for (form, example) in GRAMMAR {
        assert!(Question::read(&site, example).is_ok(), "{form}: {example}");
    }
}

#[test]
fn what_is_not_decoded_may_stop_a_controller() {
    let umas = "id     = \"umas\"\nmodbus = [90]\nopaque = true\n\n[[conduit.operators.allow]]\nid     = \"look\"";
    let site = changed(&[("id     = \"look\"", umas)]);
    assert!(told(&site, "may anyone stop plc-3").starts_with("yes"));
    assert!(told(&changed(&[]), "may anyone stop plc-3").starts_with("no"));
}

#[test]
fn a_value_may_go_by_another_function_than_the_usual() {
    let site = changed(&[(
        "modbus = \"write\"\ntags   = { pump_speed",
        "modbus = \"write-registers\"\ntags   = { pump_speed",
    )]);
    assert!(told(&site, "may hmi-1 write plc-3.pump_speed = 45 Hz").starts_with("yes"));
    assert!(told(&site, "may hmi-1 write plc-3.pump_speed = 46 Hz").starts_with("no"));
}

#[test]
fn a_conduit_that_does_not_enforce_lets_everything_pass() {
    let site = changed(&[("owner = \"shift\"", "mode = \"alert\"")]);
    let answer = told(&site, "may hmi-1 write plc-3.pump_speed = 46 Hz");
    assert!(answer.starts_with("yes") && answer.contains("conduit operators is in alert"), "{answer}");
}
