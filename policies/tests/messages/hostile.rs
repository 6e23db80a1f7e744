//! Whatever stands in the files, reading them ends without a panic.

use super::site::{CONDUITS, Files, SITE, TAGS};
use proptest::prelude::*;

const BRIDGE: &str = include_str!("../../examples/bridge-pump-house/site.toml");

/// A text with some of its pieces cut out, doubled, swapped or replaced.
fn mutated(text: &'static str) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just(String::new()),
        Just("\"".into()),
        Just("[".into()),
        Just("]]".into()),
        Just("\n".into()),
        Just("{".into()),
        Just("..".into()),
        Just("|".into()),
        Just("99999999999999999999".into()),
        Just("-1".into()),
        Just("泵".into()),
        Just("\u{feff}".into()),
        Just("[conduit.operators]\n".into()),
        Just("*".into()),
        Just(",,".into()),
        Just("= [[[[".into()),
        ".{0,8}"
    ];
    proptest::collection::vec((any::<prop::sample::Index>(), 0usize..12, piece), 1..5).prop_map(move |edits| {
        let mut out = text.to_string();
        for (at, cut, piece) in edits {
            let start = out.floor_char_boundary(at.index(out.len() + 1));
            let end = out.floor_char_boundary((start + cut).min(out.len())).max(start);
            out.replace_range(start..end, &piece);
        }
        out
    })
}

/// Reads and shows; what is said must be printable in every form.
fn survives(files: &Files) {
    let report = files.report();
    let _ = (report.render(false), report.render(true), report.json().to_string());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn mutated_sites_are_survived(site in mutated(SITE)) {
        survives(&Files { site, ..Files::good() });
    }

    #[test]
    fn mutated_sites_with_a_bridge_are_survived(site in mutated(BRIDGE)) {
        survives(&Files { site, ..Files::good() });
    }

    #[test]
    fn mutated_conduits_are_survived(conduits in mutated(CONDUITS)) {
        survives(&Files { conduits, ..Files::good() });
    }

    #[test]
    fn mutated_tag_lists_are_survived(tags in mutated(TAGS)) {
        survives(&Files { tags, ..Files::good() });
    }

    #[test]
    fn arbitrary_texts_are_survived(site in "\\PC{0,80}", conduits in "[\\[\\]a-z.=\"'{}\n ,0-9]{0,120}", tags in "[ -~\n]{0,80}") {
        survives(&Files { site, conduits: conduits.clone(), tags: tags.clone() });
        survives(&Files { conduits, tags: format!("# addresses = modicon\nname,address,type\n{tags}"), ..Files::good() });
    }

    #[test]
    fn any_number_and_text_in_any_cell_is_survived(cells in proptest::collection::vec("([0-9.-]{0,24}|[a-z()0-9=]{0,12}|)", 13)) {
        let line = cells.join(",");
        survives(&Files { tags: format!("{TAGS}{line}\nlast,40200,{}", cells[2]), ..Files::good() });
    }
}

#[test]
fn deep_nesting_is_survived() {
    let deep = format!("x = {}{}\n", "[".repeat(20_000), "]".repeat(20_000));
    survives(&Files { conduits: deep, ..Files::good() });
    let tables = format!("x = {}1{}\n", "{ a = ".repeat(5_000), " }".repeat(5_000));
    survives(&Files { conduits: tables, ..Files::good() });
    let dotted = format!("{}x = 1\n", "a.".repeat(5_000));
    survives(&Files { conduits: dotted, ..Files::good() });
    let header = format!("[{}x]\n", "a.".repeat(5_000));
    survives(&Files { conduits: header, ..Files::good() });
}

/// A text of `n` lines.
fn lines(n: usize, line: impl Fn(usize) -> String) -> String {
    (0..n).map(|i| line(i) + "\n").collect()
}

#[test]
fn thousands_of_slips_cost_no_more_than_some() {
    const LIST: &str = "# addresses = wire\nname,address,type,unit,min,max\n";
    let tags = |n| format!("{LIST}{}", lines(n, |i| format!("tag_{i},holding {i},u16,Hz,0,50")));
    let conduit = "[conduit.c]\nfrom = \"hmi-1\"\nto = \"plc-3\"\n";
    let allow = |rest: &str| format!("[[conduit.c.allow]]\nid = \"w\"\nmodbus = \"write\"\n{rest}\n");
    let names = |from: usize| (0..6_000).map(|i| format!("tag_{} = \"1 Hz\"", from + i)).collect::<Vec<_>>().join(", ");
    let unknown = format!("{conduit}{}", allow(&format!("tags = {{ {} }}", names(10_000))));
    let raw = (0..6_000).map(|i| i.to_string()).collect::<Vec<_>>().join(", ");
    let lifted = format!("{conduit}{}", allow(&format!("holdings = [{raw}]")));
    let wider: String = (0..400)
        .map(|i| allow(&format!("tags = {{ tag_1 = \"0 .. {i} Hz\" }}")).replace("\"w\"", &format!("\"w{i}\"")))
        .collect();
    for (conduits, count) in [(unknown, 6_000), (lifted, 6_000), (format!("{conduit}{wider}"), 2_000)] {
        let report = Files { conduits, tags: tags(count), ..Files::good() }.report();
        assert!(report.errors() > 0 && report.more() > 0, "{}", report.render(false));
    }
    let columns = Files { tags: format!("# addresses = wire\n{}\n", "name,".repeat(50_000)), ..Files::good() };
    assert!(columns.report().errors() < 100);
    let zones = Files { conduits: lines(8_000, |i| format!("[zones.z{i}]\nfoo = 1")), ..Files::good() };
    assert!(zones.report().more() > 10_000);
}

#[test]
fn a_text_of_megabytes_is_not_said_again() {
    let open_quote =
        format!("# addresses = wire\nname,address,type\n\"a,holding 0,u16\n{}", "b,holding 1,u16\n".repeat(100_000));
    let long_name = format!("# addresses = wire\nname,address,type\n{},holding 0,u16\n", "a".repeat(2_000_000));
    for tags in [open_quote, long_name] {
        let report = Files { tags, ..Files::good() }.report();
        assert!(report.render(false).len() < 20_000 && report.json().to_string().len() < 20_000);
        assert!(report.diagnostics().iter().all(|d| !d.message.contains('\n')));
    }
}
