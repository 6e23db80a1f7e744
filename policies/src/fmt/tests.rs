#![allow(clippy::unwrap_used)]

use super::format;
use proptest::prelude::*;

fn formatted(text: &str) -> String {
    format("site.toml", text).unwrap()
}

#[test]
fn keys_stand_in_columns_and_comments_stay() {
    let text = "\n\nsluice=1\nsite   =\"a\"   # the name\ntime-zone = 'UTC'\n\n\n\n# all assets\n[assets]\n\nhmi-1={ip=\"192.0.2.11\",mac=[\"02:00:5e:00:53:11\"]}#hmi\n[conduit.operators]\nfrom=\"hmi-1\"\nto=\"plc-3\"\n[[conduit.operators.allow]]\nid=\"look\"\nmodbus=[\"read\",\"write\"]\n[conduit.operators.allow.tags]\na=\"1 .. 2\" # one\nlong-name = {value=\"3 # 4\", step = \"5\" }\n";
    let said = "sluice    = 1\nsite      = \"a\"  # the name\ntime-zone = 'UTC'\n\n# all assets\n[assets]\nhmi-1 = { ip = \"192.0.2.11\", mac = [\"02:00:5e:00:53:11\"] }  #hmi\n\n[conduit.operators]\nfrom = \"hmi-1\"\nto   = \"plc-3\"\n\n[[conduit.operators.allow]]\nid     = \"look\"\nmodbus = [\"read\", \"write\"]\n  [conduit.operators.allow.tags]\n  a         = \"1 .. 2\"  # one\n  long-name = { value = \"3 # 4\", step = \"5\" }\n";
    assert_eq!(formatted(text), said);
    assert_eq!(formatted(said), said);
}

#[test]
fn long_lists_are_broken_and_lines_of_lists_are_kept() {
    let names: Vec<String> = (0..20).map(|n| format!("\"controller-{n}\"")).collect();
    let text = format!("[zones]\nall = [{}]\nfew = [ # first\n\"a\",\n      {{x=1}}, # last\n\n\n]\n", names.join(","));
    let said = formatted(&text);
    assert!(said.contains("all = [\n    \"controller-0\",\n"), "{said}");
    assert!(said.contains("few = [  # first\n    \"a\",\n    { x = 1 },  # last\n]\n"), "{said}");
    assert_eq!(formatted(&said), said);
}

#[test]
fn strings_over_several_lines_are_not_touched() {
    let text = "[[test]]\nname = \"\"\"a   b\n   c=[1]   # no comment\n\"\"\"\"\nhex  =   '''x''' # yes\n";
    let said = formatted(text);
    assert!(said.contains("name = \"\"\"a   b\n   c=[1]   # no comment\n\"\"\"\"\n"), "{said}");
    assert!(said.contains("hex  = '''x'''   # yes"), "{said}");
}

#[test]
fn what_is_no_toml_is_left_alone() {
    let report = format("site.toml", "a = \n").unwrap_err();
    assert_eq!(report.diagnostics()[0].code, "S002");
    assert_eq!(formatted(""), "");
}

/// A value of any kind.
fn value() -> impl Strategy<Value = String> {
    let plain = prop_oneof![
        Just("1".to_owned()),
        Just("\"a # b\"".to_owned()),
        Just("'c = [d'".to_owned()),
        Just("true".to_owned()),
        Just("2026-11-24".to_owned()),
        Just("\"\\\"q\\\\\"".to_owned()),
        Just("\"\"\"x\n  y\"\"\"".to_owned()),
    ];
    plain.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[ {} ]", items.join(" ,"))),
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|items| format!("[ # note\n{}\n]", items.join(",\n   "))),
            prop::collection::vec(inner, 0..3).prop_map(|items| {
                let pairs: Vec<String> = items.iter().enumerate().map(|(n, item)| format!("k{n}={item}")).collect();
                format!("{{{}}}", pairs.join(","))
            }),
        ]
    })
}

/// A line of a file, of which every key is another.
fn line() -> impl Strategy<Value = (String, u8)> {
    (value(), 0u8..8)
}

proptest! {
    #[test]
    fn meaning_and_comments_stay_and_a_second_time_changes_nothing(lines in prop::collection::vec(line(), 0..20)) {
        let lines: Vec<String> = lines
            .iter()
            .enumerate()
            .map(|(n, (value, kind))| match kind {
                0 => format!("\n\n  # comment {n}\n"),
                1 => format!("[table-{n}]#{n}\n"),
                2 => format!("  [[ list.x{n} ]]\n[list.x{n}.inner]\n"),
                _ => format!("  key-{n}= {value}   # note {n}\n"),
            })
            .collect();
        let text = lines.concat();
        if let Ok(said) = format("site.toml", &text) {
            prop_assert_eq!(format("site.toml", &said).unwrap(), said.clone());
            // It was changed: had the proof of its meaning failed, it would still be as it was.
            let untouched = said == text;
            prop_assert!(!untouched || text.is_empty() || lines.is_empty() || !text.contains("  key"), "{}", text);
        }
    }
}
