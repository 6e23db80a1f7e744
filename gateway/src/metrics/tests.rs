#![allow(clippy::unwrap_used)]

use super::*;
use sluice_model::ProtocolId;
use sluice_policies::decision::{ConduitId, Mode, Reason, Verdict};
use std::collections::HashSet;

fn metrics() -> Metrics {
    Metrics::new(&sluice_protocols::registry::descriptors()).unwrap()
}

fn text(metrics: &Metrics) -> String {
    String::from_utf8(metrics.text()).unwrap()
}

#[test]
fn every_family_of_the_catalogue_has_series_from_the_start() {
    let metrics = metrics();
    let _conduits = Conduits::resolve(&metrics, &[("operators", Mode::Enforce)]);
    metrics.worker(0, 10);
    let (bridge, _) = metrics.bridge(["operators", "control"], true);
    let _gauges = bridge.worker(0);
    metrics.policy_loaded("abc");
    let text = text(&metrics);
    for family in ALL {
        assert!(text.contains(&format!("# TYPE {} {}\n", family.name, family.kind.name())), "{}", family.name);
        assert!(text.contains(&format!("# HELP {} {}\n", family.name, family.help)), "{}", family.name);
    }
    assert!(text.contains("sluice_denials_total{conduit=\"operators\",reason=\"value\"} 0\n"), "{text}");
    assert!(
        text.contains("sluice_failure_policy_total{cause=\"stalled\",conduit=\"unmatched\",outcome=\"closed\"} 0\n")
    );
    assert!(text.contains("sluice_connections_refused_total{cause=\"accepts-per-source\"} 0\n"));
    assert!(text.contains("sluice_bridge_frames_total{outcome=\"unheard\",port=\"control\"} 0\n"));
    assert!(text.contains("sluice_on_loss{policy=\"open\"} 1\n"));
}

#[test]
fn the_catalogue_keeps_the_naming_rules_of_prometheus() {
    let mut seen = HashSet::new();
    for family in ALL {
        assert!(seen.insert(family.name), "{} twice", family.name);
        assert!(family.name.starts_with("sluice_"));
        assert_eq!(family.kind == Kind::Counter, family.name.ends_with("_total"), "{}", family.name);
        if let Kind::Histogram(bounds) = family.kind {
            assert!(bounds.is_sorted() && family.name.ends_with("_seconds"), "{}", family.name);
        }
        assert!(family.help.ends_with('.'));
    }
}

#[test]
fn discriminants_index_the_handles() {
    assert!(Cause::ALL.iter().enumerate().all(|(i, c)| *c as usize == i));
    assert!(Ending::ALL.iter().enumerate().all(|(i, e)| *e as usize == i));
    assert!(Upstream::ALL.iter().enumerate().all(|(i, k)| *k as usize == i));
    assert!(Reason::ALL.iter().enumerate().all(|(i, r)| *r as usize == i));
    assert_eq!([Verdict::Allow as usize, Verdict::Alert as usize, Verdict::Deny as usize], [0, 1, 2]);
}

#[test]
fn conduits_past_the_bound_are_other_and_counted() {
    let metrics = metrics();
    let names: Vec<String> = (0..300).map(|n| format!("c{n:03}")).collect();
    let conduits: Vec<(&str, Mode)> = names.iter().map(|n| (n.as_str(), Mode::Enforce)).collect();
    let handles = Conduits::resolve(&metrics, &conduits);
    handles.of(ConduitId(299)).judged(ProtocolId(0), Verdict::Deny, Some(Reason::Item));
    let text = text(&metrics);
    assert!(text.contains("sluice_denials_total{conduit=\"other\",reason=\"item\"} 1\n"));
    assert!(!text.contains("c256"));
    assert!(text.contains("sluice_metrics_series_dropped_total 44\n"));
    let _after = Conduits::resolve(&metrics, &[("late", Mode::Enforce)]);
    assert!(!String::from_utf8(metrics.text()).unwrap().contains("\"late\""), "the bound holds over all policies");
    for family in ALL {
        let series = text.lines().filter(|l| l.starts_with(family.name)).count();
        assert!(series <= 2000, "{} has {series} series", family.name);
    }
    assert!(text.lines().filter(|l| !l.starts_with('#')).count() <= 10_000);
}

#[test]
fn conduits_keep_their_counts_when_a_policy_is_swapped() {
    let metrics = metrics();
    let before = Conduits::resolve(&metrics, &[("a", Mode::Enforce), ("b", Mode::Alert)]);
    before.of(ConduitId(1)).judged(ProtocolId(0), Verdict::Alert, Some(Reason::Value));
    let after = Conduits::resolve(&metrics, &[("b", Mode::Enforce)]);
    after.of(ConduitId(0)).judged(ProtocolId(0), Verdict::Deny, Some(Reason::Value));
    let text = text(&metrics);
    assert!(text.contains("sluice_denials_total{conduit=\"b\",reason=\"value\"} 2\n"), "{text}");
    assert!(text.contains("sluice_conduit_mode{conduit=\"b\",mode=\"enforce\"} 1\n"));
    assert!(!text.contains("sluice_conduit_mode{conduit=\"a\""));
}

#[test]
fn one_policy_hash_at_a_time() {
    let metrics = metrics();
    metrics.policy_loaded("aa");
    metrics.policy_broken();
    assert!(text(&metrics).contains("sluice_policy_last_reload_successful 0\n"));
    metrics.policy_loaded("bb");
    let text = text(&metrics);
    assert!(text.contains("sluice_policy_info{hash=\"bb\"} 1\n") && !text.contains("hash=\"aa\""));
    assert!(text.contains("sluice_policy_last_reload_successful 1\n"));
}

#[test]
fn quantiles_come_from_the_buckets() {
    let metrics = metrics();
    assert_eq!(metrics.latency_quantile(0.5), None);
    let [_, added_latency] = metrics.timings();
    for _ in 0..99 {
        added_latency.observe(4e-6);
    }
    added_latency.observe(0.05);
    added_latency.flush();
    assert!((2.5e-6..=5e-6).contains(&metrics.latency_quantile(0.5).unwrap()));
    assert!(metrics.latency_quantile(0.999).unwrap() > 0.01);
}
