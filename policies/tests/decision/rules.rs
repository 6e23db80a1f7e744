//! One test for each rule of `policy-semantics.md` S1 and S8 that this build has.

use crate::site::*;
use sluice_model::{Action, Code, Values};
use sluice_policies::Policy;
use sluice_policies::decision::{ConduitId, Mode, OnDeny, Reason, Verdict};
use sluice_policies::site::{AssetId, Charset, Items, Kind, Limit, Text, WordOrder};

#[test]
fn contained_never_overlapping() {
    let policy = policy(vec![], vec![allow("look", "read", raw(&["holding 10 .. 19"]))]);
    assert_eq!(judged(&policy, &read("holding 10 .. 19")), "allow by operators.look");
    assert_eq!(judged(&policy, &read("holding 9 .. 10")), "deny because item at 9");
    assert_eq!(judged(&policy, &read("holding 19 .. 20")), "deny because item at 20");
    assert_eq!(judged(&policy, &read("input 10")), "deny because item at 10");
    assert_eq!(judged(&policy, &write("holding 10", &[0, 1])), "deny because function");
}

#[test]
fn the_meaning_is_the_union_of_statements() {
    let statements =
        vec![allow("low", "read", raw(&["holding 0 .. 9"])), allow("high", "read", raw(&["holding 10 .. 19"]))];
    let mut site = site(vec![]);
    site.conduits.push(conduit("operators", statements));
    site.conduits.push(conduit("more", vec![allow("top", "3", raw(&["holding 20 .. 29"]))]));
    let policy = Policy::compile(site);
    assert_eq!(judged(&policy, &read("holding 5 .. 25")), "allow by operators.low");
    assert_eq!(judged(&policy, &read("holding 5 .. 30")), "deny because item at 30");
    assert_eq!(judged(&policy, &read("holding 25")), "allow by more.top");
}

#[test]
fn a_verb_names_functions_that_verbs_can_name_and_opaque_must_be_said() {
    let statements = vec![
        allow("change", "write", raw(&["holding 0 .. 9"])),
        allow("umas", "umas", Items::None),
        allow("counters", "diagnostics", Items::None),
    ];
    let policy = policy(vec![], statements);
    assert_eq!(judged(&policy, &write("holding 0", &[0, 1])), "allow by operators.change");
    assert_eq!(judged(&policy, &mask("holding 0", 0, 1)), "deny because function");
    let umas = operation("umas", Action::Unknown, None, Values::None);
    assert_eq!(judged(&policy, &umas), "deny because function");
    let nearest = policy.judge(route(&policy, HMI), &umas).statement.unwrap();
    assert_eq!(policy.statement_name(nearest), "operators.umas");
    let restart = operation("restart-communications", Action::Restart, None, Values::None);
    assert_eq!(judged(&policy, &restart), "allow by operators.counters");

    let said = crate::site::policy(vec![], vec![allow("umas", "umas opaque", Items::None)]);
    let stop = sluice_model::Operation { code: Code::with_sub(90, 0x41), ..umas };
    assert_eq!(judged(&said, &stop), "allow by operators.umas");
}

#[test]
fn a_statement_without_items_allows_nothing_that_has_items() {
    let policy = policy(vec![], vec![allow("all", "read diagnose", Items::None)]);
    assert_eq!(judged(&policy, &read("holding 1")), "deny because item at 1");
    let status = operation("read-exception-status", Action::Diagnose, None, Values::None);
    assert_eq!(judged(&policy, &status), "allow by operators.all");
}

#[test]
fn a_write_covers_whole_elements_and_its_values_are_judged() {
    let mut wide = tag("flow", "holding 10", Kind::Unsigned(32), 2);
    wide.words = WordOrder::Cdab;
    let tags = tags(vec![(0, 0, within(20, 45)), (1, 1, within(0, 0x1_0000))]);
    let policy = policy(vec![u16("speed", "holding 9"), wide], vec![allow("set", "write", tags)]);
    assert_eq!(judged(&policy, &write("holding 9", &[0, 20])), "allow by operators.set");
    assert_eq!(judged(&policy, &write("holding 9", &[0, 46])), "deny because value at 9");
    // 0x10000 with the low word first.
    assert_eq!(judged(&policy, &write("holding 9 .. 11", &[0, 20, 0, 0, 0, 1])), "allow by operators.set");
    assert_eq!(judged(&policy, &write("holding 10 .. 11", &[0, 1, 0, 1])), "deny because value at 10");
    assert_eq!(judged(&policy, &write("holding 10", &[0, 0])), "deny because partial at 10");
    assert_eq!(judged(&policy, &write("holding 11 .. 12", &[0; 4])), "deny because partial at 11");
    // Reads are judged by their items alone.
    let look = crate::site::policy(
        vec![tag("flow", "holding 10", Kind::Float(32), 1)],
        vec![allow("look", "read", crate::site::tags(vec![(0, 0, None)]))],
    );
    assert_eq!(judged(&look, &read("holding 11")), "allow by operators.look");
}

#[test]
fn of_several_items_the_earliest_failure_decides_and_the_furthest_statement_is_nearest() {
    let set = tags(vec![(0, 0, within(20, 45))]);
    let other = tags(vec![(1, 0, within(0, 1))]);
    let statements =
        vec![allow("look", "write", raw(&["coil 0"])), allow("speed", "write", set), allow("run", "write", other)];
    let policy = policy(vec![u16("speed", "holding 0"), u16("run", "holding 1")], statements);
    let nearest = |operation: &_| {
        let decision = policy.judge(route(&policy, HMI), operation);
        (decision.reason.unwrap(), policy.statement_name(decision.statement.unwrap()), decision.item.unwrap())
    };
    // Two bad values: the lower item; the statement that names it got further than the first one.
    assert_eq!(nearest(&write("holding 0 .. 1", &[0, 99, 0, 99])), (Reason::Value, "operators.speed".into(), 0));
    assert_eq!(nearest(&write("holding 0 .. 1", &[0, 20, 0, 99])), (Reason::Value, "operators.run".into(), 1));
    // A bad value and an item that nothing names: the item fails earlier.
    assert_eq!(nearest(&write("holding 0 .. 2", &[0, 99, 0, 1, 0, 0])), (Reason::Item, "operators.look".into(), 2));
}

#[test]
fn not_a_number_and_infinities_lie_in_no_range() {
    let limit = Some(Limit::Floats(vec![(f64::MIN, f64::MAX)]));
    let tag = tag("flow", "holding 0", Kind::Float(32), 1);
    let policy = policy(vec![tag], vec![allow("set", "write", tags(vec![(0, 0, limit)]))]);
    for (value, expected) in [
        (1.5f32, "allow by operators.set"),
        (f32::NAN, "deny because value at 0"),
        (f32::INFINITY, "deny because value at 0"),
        (f32::NEG_INFINITY, "deny because value at 0"),
    ] {
        assert_eq!(judged(&policy, &write("holding 0 .. 1", &value.to_be_bytes())), expected, "{value}");
    }
}

#[test]
fn integers_keep_their_sign_and_their_64_bits() {
    let limit = |first, last| tags(vec![(0, 0, within(first, last))]);
    let signed = policy(vec![tag("t", "holding 0", Kind::Signed(16), 1)], vec![allow("set", "write", limit(-20, 150))]);
    assert_eq!(judged(&signed, &write("holding 0", &(-20i16).to_be_bytes())), "allow by operators.set");
    assert_eq!(judged(&signed, &write("holding 0", &(-21i16).to_be_bytes())), "deny because value at 0");
    let big = policy(
        vec![tag("t", "holding 0", Kind::Unsigned(64), 1)],
        vec![allow("set", "write", limit(i128::from(u64::MAX) - 1, i128::MAX))],
    );
    assert_eq!(judged(&big, &write("holding 0 .. 3", &u64::MAX.to_be_bytes())), "allow by operators.set");
    assert_eq!(judged(&big, &write("holding 0 .. 3", &(u64::MAX - 2).to_be_bytes())), "deny because value at 0");
    assert_eq!(judged(&big, &write("holding 0 .. 3", &0u64.to_be_bytes())), "deny because value at 0");
}

#[test]
fn a_text_has_its_bytes_its_length_and_nul_behind_it() {
    let mut charset = Charset::default();
    (b'A'..=b'Z').for_each(|b| charset.insert(b));
    let limit = Some(Limit::Text(Text { max: 3, charset }));
    let tag = tag("batch", "holding 0", Kind::Text { bytes: 4, swapped: true }, 1);
    let policy = policy(vec![tag], vec![allow("set", "write", tags(vec![(0, 0, limit)]))]);
    for (bytes, good) in
        [(b"BA\0C", true), (b"BADC", false), (b"Ba\0C", false), (b"\0\0\0\0", true), (b"\0A\0B", false)]
    {
        assert_eq!(judged(&policy, &write("holding 0 .. 1", bytes)).starts_with("allow"), good, "{bytes:?}");
    }
}

#[test]
fn gaps_are_spanned_by_reads_between_granted_items_alone() {
    let all = vec![u16("a", "holding 0"), u16("b", "holding 3"), u16("c", "holding 5"), u16("d", "holding 9")];
    let mut site = site(all);
    site.assets[2].speaks[0].gaps = 2;
    let items = || tags(vec![(0, 0, None), (1, 0, None), (3, 0, None)]);
    site.conduits.push(conduit("operators", vec![allow("look", "read", items()), allow("set", "write", items())]));
    let policy = Policy::compile(site);
    assert_eq!(judged(&policy, &read("holding 0 .. 3")), "allow by operators.look");
    assert_eq!(judged(&policy, &read("holding 0 .. 2")), "deny because item at 1");
    assert_eq!(judged(&policy, &read("holding 1 .. 3")), "deny because item at 1");
    assert_eq!(judged(&policy, &read("holding 3 .. 9")), "deny because item at 4");
    assert_eq!(judged(&policy, &write("holding 0 .. 3", &[0; 8])), "deny because item at 1");
}

#[test]
fn a_hole_beside_a_raw_range_is_no_gap() {
    let mut site = site(vec![u16("a", "holding 12"), u16("b", "holding 14")]);
    site.assets[2].speaks[0].gaps = 8;
    let named = allow("look", "read", tags(vec![(0, 0, None), (1, 0, None)]));
    site.conduits
        .push(conduit("operators", vec![allow("raw", "read", raw(&["holding 0 .. 4", "holding 8 .. 9"])), named]));
    let policy = Policy::compile(site);
    assert_eq!(judged(&policy, &read("holding 0 .. 9")), "deny because item at 5");
    assert_eq!(judged(&policy, &read("holding 8 .. 12")), "deny because item at 10");
    assert_eq!(judged(&policy, &read("holding 12 .. 14")), "allow by operators.look");
}

#[test]
fn a_register_write_touches_all_of_its_bits() {
    let bits: Vec<_> = (0..16).map(|b| tag(&format!("v.{b}"), &format!("holding 20.{b}"), Kind::Bool, 1)).collect();
    let some = tags(vec![(0, 0, None), (1, 0, None)]);
    let policy_some = policy(bits.clone(), vec![allow("bits", "write", some)]);
    assert_eq!(judged(&policy_some, &write("holding 20", &[0, 1])), "deny because item at 20");
    let every = (0..16).map(|b| (b, 0, if b == 3 { within(0, 0) } else { None })).collect();
    let policy_all = policy(bits, vec![allow("bits", "write", tags(every))]);
    assert_eq!(judged(&policy_all, &write("holding 20", &[0xFF, 0xF7])), "allow by operators.bits");
    assert_eq!(judged(&policy_all, &write("holding 20", &[0, 8])), "deny because value at 20");
}

#[test]
fn a_mask_touches_the_bits_that_are_zero_in_and() {
    let all = vec![
        u16("valve", "holding 20"),
        tag("valve.open", "holding 20.0", Kind::Bool, 1),
        tag("valve.close", "holding 20.1", Kind::Bool, 1),
        u16("speed", "holding 21"),
        tag("flow", "holding 22", Kind::Unsigned(32), 1),
    ];
    let items = tags(vec![(1, 0, within(1, 1)), (2, 0, None), (3, 0, within(20, 45)), (4, 0, None)]);
    let policy = policy(all, vec![allow("bits", "mask-write", items)]);
    assert_eq!(judged(&policy, &mask("holding 20", !0b11, 0b01)), "allow by operators.bits");
    assert_eq!(judged(&policy, &mask("holding 20", !0b01, 0b00)), "deny because value at 20");
    assert_eq!(judged(&policy, &mask("holding 20", !0b10, 0xFFFD)), "allow by operators.bits");
    assert_eq!(judged(&policy, &mask("holding 20", !0b100, 0)), "deny because item at 20");
    // A limit on the whole register needs the whole register.
    assert_eq!(judged(&policy, &mask("holding 21", 0, 30)), "allow by operators.bits");
    assert_eq!(judged(&policy, &mask("holding 21", 0, 50)), "deny because value at 21");
    assert_eq!(judged(&policy, &mask("holding 21", 1, 30)), "deny because partial at 21");
    assert_eq!(judged(&policy, &mask("holding 22", 0, 30)), "deny because partial at 22");
    // Nothing changes, but a register that nothing names stays out of reach.
    assert_eq!(judged(&policy, &mask("holding 19", 0xFFFF, 0)), "deny because item at 19");
}

#[test]
fn an_array_is_judged_element_by_element() {
    let recipe = tag("recipe", "holding 40", Kind::Unsigned(16), 10);
    let policy = policy(vec![recipe], vec![allow("set", "write", tags(vec![(0, 4, within(0, 500))]))]);
    assert_eq!(judged(&policy, &write("holding 40 .. 41", &[1, 0, 1, 0])), "allow by operators.set");
    assert_eq!(judged(&policy, &write("holding 40 .. 41", &[1, 0, 2, 0])), "deny because value at 41");
    assert_eq!(judged(&policy, &write("holding 44 .. 45", &[0, 0, 0, 0])), "deny because item at 45");
}

#[test]
fn who_and_where_come_before_everything() {
    let mut site = site(vec![]);
    site.conduits.push(conduit("operators", vec![allow("look", "read", raw(&["holding 0 .. 9"]))]));
    site.conduits[0].from = vec![AssetId(0)];
    site.conduits.push(conduit("silent", vec![]));
    site.conduits[1].from = vec![AssetId(1)];
    let policy = Policy::compile(site);
    let reason = |from: &str, device| {
        let operation = sluice_model::Operation { device, ..read("holding 0") };
        policy.judge(route(&policy, from), &operation).reason.map(Reason::name)
    };
    assert_eq!(reason(HMI, 1), None);
    assert_eq!(reason(HMI, 7), None);
    assert_eq!(reason(HMI, 2), Some("no-conduit"));
    assert_eq!(reason(EWS, 1), Some("no-statement"));
    assert_eq!(reason(STRANGER, 1), Some("no-conduit"));
    let stance = |from| policy.stance(route(&policy, from));
    assert_eq!((stance(HMI).joined, stance(HMI).on_deny, stance(HMI).conduit), (true, OnDeny::Refuse, ConduitId(0)));
    assert_eq!(
        (stance(STRANGER).joined, stance(STRANGER).on_deny, stance(STRANGER).conduit),
        (false, OnDeny::Drop, ConduitId::UNMATCHED)
    );
}

#[test]
fn alert_and_learn_let_pass_and_keep_the_reason() {
    for mode in [Mode::Alert, Mode::Learn] {
        let mut site = site(vec![]);
        site.unmatched.mode = mode;
        site.conduits.push(conduit("operators", vec![allow("look", "read", raw(&["holding 0 .. 9"]))]));
        site.conduits[0].mode = mode;
        let policy = Policy::compile(site);
        let decision = policy.judge(route(&policy, HMI), &read("holding 10"));
        assert_eq!((decision.verdict, decision.reason), (Verdict::Alert, Some(Reason::Item)));
        let decision = policy.judge(route(&policy, STRANGER), &read("holding 1"));
        assert_eq!((decision.verdict, decision.reason), (Verdict::Alert, Some(Reason::NoConduit)));
        assert!(policy.stance(route(&policy, STRANGER)).joined);
    }
}

#[test]
fn the_conduit_of_the_nearest_statement_says_how_a_denial_is_answered() {
    let mut site = site(vec![u16("speed", "holding 0")]);
    site.conduits.push(conduit("look", vec![allow("all", "read", raw(&["holding 0 .. 9"]))]));
    site.conduits.push(conduit("set", vec![allow("speed", "write", tags(vec![(0, 0, within(0, 5))]))]));
    site.conduits[1].on_deny = OnDeny::Reset;
    let policy = Policy::compile(site);
    let on_deny = |operation: &_| policy.judge(route(&policy, HMI), operation).on_deny;
    assert_eq!(on_deny(&read("holding 10")), OnDeny::Refuse);
    assert_eq!(on_deny(&write("holding 0", &[0, 6])), OnDeny::Reset);
}

#[test]
fn file_records_are_judged_by_containment_in_both_directions() {
    let policy = policy(vec![], vec![allow("files", "file", raw(&["file 4 record 0 .. 9"]))]);
    let read = |target| operation("read-file-record", Action::File, Some(span(target)), Values::None);
    assert_eq!(judged(&policy, &read("file 4 record 3 .. 9")), "allow by operators.files");
    assert!(judged(&policy, &read("file 4 record 9 .. 10")).starts_with("deny because item"));
    let write = operation("write-file-record", Action::File, Some(span("file 4 record 1")), Values::Words(&[0, 1]));
    assert_eq!(judged(&policy, &write), "allow by operators.files");
}
