//! What explanations say.

use crate::site::*;
use sluice_model::{Action, Code, Operation, Values};
use sluice_policies::Policy;
use sluice_policies::decision::Reason;
use sluice_policies::site::{Decimal, Items, Kind, Scaling, Tag, Wording};
use std::sync::Arc;

fn speed() -> Tag {
    let mut tag = u16("pump_speed", "holding 100");
    let engineering = Arc::make_mut(&mut tag.engineering);
    engineering.scaling = Some(Scaling { scale: Decimal { mantissa: 1, places: 2 }, offset: Decimal::ZERO });
    engineering.unit = "Hz".into();
    tag
}

fn plant() -> Policy {
    let all = vec![
        speed(),
        tag("flow", "holding 2", Kind::Unsigned(32), 1),
        u16("tank_level", "holding 0"),
        tag("valve.open", "holding 20.0", Kind::Bool, 1),
        tag("valve.close", "holding 20.1", Kind::Bool, 1),
    ];
    let mut set = tags(vec![(0, 0, within(2000, 4500)), (1, 0, None), (3, 0, within(1, 1))]);
    if let Items::Tags(grants) = &mut set {
        let set = Arc::make_mut(&mut grants[0].tags);
        set[0].wording = Arc::new(Wording::Written("20 .. 45 Hz".into()));
        set[2].wording = Arc::new(Wording::Written("on".into()));
    }
    let look = tags(vec![(1, 0, None), (2, 0, None), (3, 0, None), (4, 0, None)]);
    policy(
        all,
        vec![allow("look", "read", look), allow("speed", "write mask-write", set), allow("umas", "umas", Items::None)],
    )
}

fn explained(policy: &Policy, from: &str, operation: &Operation<'_>) -> String {
    let route = route(policy, from);
    policy.explain(route, operation, &policy.judge(route, operation)).to_string()
}

#[test]
fn every_reason_in_the_plants_words() {
    let policy = plant();
    let umas = operation("umas", Action::Unknown, None, Values::None);
    let umas = Operation { code: Code::with_sub(90, 65), ..umas };
    let lines = [
        (HMI, write("holding 100", &6000u16.to_be_bytes())),
        (HMI, write("holding 100", &3000u16.to_be_bytes())),
        (HMI, write("holding 2", &[0, 1])),
        (HMI, write("holding 101", &[0, 1])),
        (HMI, write("holding 20", &[0, 1])),
        (HMI, mask("holding 20", !1, 0)),
        (HMI, mask("holding 100", 1, 0)),
        (HMI, read("holding 0")),
        (HMI, read("holding 2 .. 3")),
        (HMI, read("holding 200 .. 203")),
        (HMI, read("holding 100")),
        (HMI, operation("write-coil", Action::Write, Some(span("coil 3")), Values::Bits(&[1]))),
        (HMI, umas),
        (HMI, operation("report-server-id", Action::Browse, None, Values::None)),
        (HMI, Operation { device: 9, ..read("holding 0") }),
        (STRANGER, read("holding 0")),
    ]
    .map(|(from, operation)| explained(&policy, from, &operation));
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn the_parts_are_there_for_machines() {
    let policy = plant();
    let words = 6000u16.to_be_bytes();
    let operation = write("holding 100", &words);
    let route = route(&policy, HMI);
    let explanation = policy.explain(route, &operation, &policy.judge(route, &operation));
    insta::assert_snapshot!(serde_json::to_string_pretty(&explanation).unwrap());
}

#[test]
fn statements_that_share_their_tags_fail_alike() {
    let set = tags(vec![(0, 0, within(2000, 4500))]);
    let other = tags(vec![(0, 0, within(0, 10))]);
    let statements = ["first", "second", "third"].map(|id| (id, if id == "second" { &other } else { &set }));
    let statements = statements.map(|(id, items)| allow(id, "write", items.clone()));
    let policy = policy(vec![speed()], statements.to_vec());
    let words = 6000u16.to_be_bytes();
    let operation = write("holding 100", &words);
    let route = route(&policy, HMI);
    let decision = policy.judge(route, &operation);
    let explanation = policy.explain(route, &operation, &decision);
    assert_eq!(explanation.statement.as_deref(), Some("operators.first"));
    let others: Vec<_> = explanation.others.iter().map(|o| (o.statement.as_str(), o.reason)).collect();
    assert_eq!(others, [("operators.second", Reason::Value), ("operators.third", Reason::Value)]);
}
