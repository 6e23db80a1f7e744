//! Tag lists in the forms in which spreadsheets and people save them, and what they become.

use super::site::Files;
use sluice_policies::load;
use sluice_policies::site::Tag;
use std::sync::Arc;

/// The tags of plc-3, whose words are CDAB, from a tag list.
fn tags(list: &str) -> Arc<[Tag]> {
    let conduits = "[conduit.c]\nfrom = \"hmi-1\"\nto = \"plc-3\"\n[[conduit.c.allow]]\nid = \"look\"\nmodbus = \"read\"\ntags = \"*\"\n";
    let files = Files { tags: list.into(), conduits: conduits.into(), ..Files::good() };
    let (site, _) = files.load().unwrap_or_else(|r| panic!("{}", r.render(false)));
    let plc = site.asset_named("plc-3").unwrap();
    site.asset(plc).speaks[0].tags.clone()
}

/// What a tag became, in one line.
fn line(tag: &Tag) -> String {
    let scaling = tag.engineering.scaling.map(|s| format!(" *{}+{}", s.scale, s.offset)).unwrap_or_default();
    let bounds =
        [tag.engineering.bounds.0, tag.engineering.bounds.1].map(|b| b.map_or_else(|| "-".into(), |b| b.to_string()));
    let bit = tag.bit.map(|b| format!(".{b}")).unwrap_or_default();
    format!(
        "{:12} space {} item {}{bit} {}x{} {:?} {:?}{scaling} {}..{} {:?} {:?} {}",
        tag.name,
        tag.space.0,
        tag.first,
        tag.count,
        tag.items,
        tag.kind,
        tag.words,
        bounds[0],
        bounds[1],
        tag.engineering.states,
        tag.access,
        tag.engineering.unit
    )
}

#[test]
fn every_type_becomes_what_it_says() {
    let list = "# addresses = modicon
name,address,type,count,words,scale,offset,unit,min,max,states,access
coil,00001,bool,8,,,,,,,,
discrete,10001,bool,,,,,,,,0=ok 1=alarm,
input,30001,i16,,,0.1,-40,degC,-20,150,,
word,40001,u16,,,,,,,,,r
long,40002,u32,,ABCD,,,m3,,,,
signed,40004,i32,2,,1,0,,,,,
wide,40008,u64,,,,,,,,,
swide,40012,i64,,BADC,,,,,,,
real,40016,f32,,,,,bar,0,16,,
double,40018,f64,,DCBA,,,,,,,
text,40022,string(7),,,,,,,,,
swapped,40026,\"string(8,swapped)\",,,,,,,,,w
flags,40030,u16,,,,,,,,,
flags.high,40030.15,bit,,,,,,,,,
spoken,holding 30,u16,,,,,,,,,
";
    insta::assert_snapshot!(tags(list).iter().map(line).collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_spreadsheet_s_marks_are_accepted() {
    let list = "\u{feff}# addresses = wire,,,\r\nname,address,type,comment\r\n\r\nspeed , holding 7,u16,\"set, then\r\nread\"\r\n# old,holding 8,u16,\r\nlevel,input 0,u16,\r\n";
    let tags = tags(list);
    let seen: Vec<(&str, u64, &str)> = tags.iter().map(|t| (t.name.as_str(), t.first, &*t.comment)).collect();
    assert_eq!(seen, [("level", 0, ""), ("speed", 7, "set, then\r\nread")]);
}

#[test]
fn a_place_is_right_behind_quotes_comments_and_empty_lines() {
    let list = "# addresses = wire\nname,comment,address,type\n\n# a comment\nspeed,\"a, b\",holding 7,u17\n";
    let report = Files { tags: list.into(), ..Files::good() }.report();
    let json = report.json();
    let wrong = json["diagnostics"].as_array().unwrap().iter().find(|d| d["code"] == "T005").unwrap();
    assert_eq!((&wrong["line"], &wrong["column"], &wrong["end_column"]), (&5.into(), &24.into(), &27.into()));
}

#[test]
fn what_tags_of_two_lists_have_in_common_is_kept_once() {
    let other = "[assets.plc-4]\nip = \"192.0.2.34\"\nmodbus = { tags = \"tags/plc-4.csv\" }\n\n[assets.plc-3]";
    let files = Files::good().with("[assets.plc-3]", other);
    let list = "# addresses = modicon\nname,address,type,scale,unit,min,max\nspeed,40001,u16,0.01,Hz,0,50\n";
    let files = files.memory().with("tags/plc-4.csv", list);
    let loaded = load(&files, &sluice_protocols::registry::descriptors(), "2026-11-24T04:00:00Z".parse().unwrap());
    let (site, _) = loaded.unwrap_or_else(|r| panic!("{}", r.render(false)));
    let engineering = |asset: &str, tag: &str| {
        let speaks = &site.asset(site.asset_named(asset).unwrap()).speaks[0];
        speaks.tags.iter().find(|t| t.name == tag).unwrap().engineering.clone()
    };
    assert!(Arc::ptr_eq(&engineering("plc-3", "pump_speed"), &engineering("plc-4", "speed")));
}

#[test]
fn rows_without_content_are_nothing() {
    let list = "# addresses = modicon,,\nname,address,type\n,,\na,40001,u16\n , ,\n,,\nb,40002,u16\n,,\n";
    assert_eq!(tags(list).iter().map(|t| t.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn the_mark_before_a_file_is_no_column() {
    let mut files = Files::good();
    files.site = format!("\u{feff}slice = 1\n{}", files.site);
    let report = files.report();
    assert_eq!(report.json()["diagnostics"][0]["column"], 1, "{}", report.render(false));
}
