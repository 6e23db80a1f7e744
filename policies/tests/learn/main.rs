//! Proposals: what was seen, and nothing beyond it; included, they allow what they were made from.
#![allow(clippy::unwrap_used, missing_docs)]

use jiff::{SignedDuration, Timestamp};
use sluice_policies::decision::Reason;
use sluice_policies::learn::{Learned, Learner};
use sluice_policies::source::Memory;
use sluice_policies::{Policy, load};
use sluice_protocols::registry;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::Arc;

const HEAD: &str = r#"
sluice    = 1
site      = "plant"
time-zone = "Asia/Shanghai"
include   = ["*/*.toml"]
[assets]
hmi-1 = { ip = "192.0.2.11" }
plc-3 = { ip = "192.0.2.31", modbus = { unit = 1, tags = "tags/plc.csv" } }
plc-4 = { ip = "192.0.2.32", modbus = { unit = 1, tags = "tags/plc.csv" } }
plc-5 = { ip = "192.0.2.33", modbus = { unit = 1, tags = "tags/plc.csv" } }
"#;

const TAGS: &str = "# addresses = wire
name,address,type,count,scale,offset,unit,min,max,states,access
pump_speed,holding 100,u16,,0.01,0,Hz,0,50,,rw
run_cmd,holding 101,u16,,,,,,,0=stop 1=run,rw
recipe,holding 110,u16,4,,,,,,,rw
level,holding 0,f32,,1,0,%,,,,r
valve.open,holding 20.0,bit,,,,,,,,rw
name,holding 60,string(4),,,,,,,,rw
";

/// Noon of 1 December in Shanghai.
fn noon() -> Timestamp {
    "2026-12-01T04:00:00Z".parse().unwrap()
}

fn site(more: &[(&str, &str)]) -> Policy {
    let mut files = Memory::new().with("site.toml", HEAD).with("tags/plc.csv", TAGS).with("more/none.toml", "");
    for (path, text) in more {
        files = files.with(path, *text);
    }
    match load(&files, &registry::descriptors(), noon()) {
        Ok((site, _)) => Policy::compile(site),
        Err(report) => panic!("{}", report.render(false)),
    }
}

struct Plant {
    policy: Arc<Policy>,
    learner: Learner,
    at: Timestamp,
}

impl Plant {
    fn new(policy: Policy) -> Self {
        let policy = Arc::new(policy);
        Self { learner: Learner::new(Arc::clone(&policy)), policy, at: noon() }
    }

    /// `times` a minute apart.
    fn say(&mut self, from: &str, to: &str, words: &str, times: u32) {
        let source: IpAddr = from.parse().unwrap();
        let to = self.policy.site().asset_named(to).unwrap();
        let server = self.policy.site().asset(to).addresses[0];
        let route = self.policy.route(source, to, registry::descriptors()[0].id);
        for _ in 0..times {
            let words = self.policy.words(to, registry::descriptors()[0], words).unwrap();
            for operation in words.operations() {
                let allowed = self.policy.judge(route, &operation).reason.is_none();
                self.learner.operation((source, server), route, &operation, allowed, self.at);
            }
            self.at = self.at.checked_add(SignedDuration::from_mins(1)).unwrap();
        }
    }

    fn proposal(&self, before: &str) -> (String, Learned) {
        self.learner.propose(noon(), before)
    }
}

fn seen() -> Plant {
    let mut plant = Plant::new(site(&[]));
    let hmi = "192.0.2.11";
    plant.say(hmi, "plc-3", "read level", 90);
    plant.say(hmi, "plc-3", "read holding 300 .. 303", 2);
    plant.say(hmi, "plc-3", "write pump_speed = 30 Hz", 3);
    plant.say(hmi, "plc-3", "write pump_speed = 25.5 Hz", 1);
    plant.say(hmi, "plc-3", "write run_cmd = run", 4);
    plant.say(hmi, "plc-3", "write recipe[2] = 7", 3);
    plant.say(hmi, "plc-3", "mask-write valve.open = on", 3);
    plant.say(hmi, "plc-3", "write name = \"ab\"", 5);
    plant.say(hmi, "plc-3", "write holding 400 = 1", 9);
    plant.say(hmi, "plc-3", "write run_cmd = stop", 1);
    plant.say(hmi, "plc-3", "diagnostics 1", 9);
    plant.say(hmi, "plc-4", "write pump_speed = 10 Hz", 2);
    plant.say("198.51.100.7", "plc-3", "read level", 3);
    plant
}

#[test]
fn what_was_seen_is_proposed_with_its_evidence_and_nothing_else() {
    let (text, learned) = seen().proposal("");
    for line in [
        "[conduit.learned-hmi-1-plc-3]",
        "id     = \"read-holding-registers\"",
        "#| 92 times, 2026-12-01 12:00 to 2026-12-01 13:31, hours 12-13",
        "tags   = [\"level\"]",
        "holdings = [\"300 .. 303\"]",
        "trial  = true",
        "until  = \"2026-12-31\"",
        "#| not proposed: write-registers name: \"ab\" to \"ab\", 5 times",
        "#| not proposed: function 6 (write-register): it wrote holdings 400, which are no whole tags",
        "#| not proposed: function 8/1 (restart-communications)",
        "#| not proposed: write-register pump_speed: 10 Hz to 10 Hz, 2 times",
        "#| 198.51.100.7 spoke to plc-3 3 times",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let tags = text.lines().find(|line| line.starts_with("tags   = {")).unwrap();
    assert!(tags.contains("pump_speed = \"25.5 .. 30 Hz\""), "{tags}");
    assert!(tags.contains("run_cmd = \"stop | run\""), "{tags}");
    assert!(tags.contains("\"recipe[2]\" = \"7\""), "{tags}");
    assert!(!text.contains('*'), "no patterns: {text}");
    assert!(learned.statements >= 4 && learned.remarks >= 5 && learned.lost == 0, "{learned:?}");
}

#[test]
fn a_proposal_that_is_included_allows_what_it_was_made_from() {
    let (text, _) = seen().proposal("");
    // A date is judged by the clock, which nobody tells here.
    let dateless: Vec<&str> = text.lines().filter(|line| !line.starts_with("until")).collect();
    let policy = site(&[("more/learned.toml", &text), ("other/none.toml", "")]);
    assert!(policy.site().conduits[0].statements.iter().all(|s| s.conditions.trial));
    let policy = site(&[("more/learned.toml", &dateless.join("\n"))]);
    let judge = |words: &str| {
        let to = policy.site().asset_named("plc-3").unwrap();
        let words = policy.words(to, registry::descriptors()[0], words).unwrap();
        let route = policy.route("192.0.2.11".parse().unwrap(), to, registry::descriptors()[0].id);
        words.operations().filter_map(|operation| policy.judge(route, &operation).reason).min()
    };
    for seen in [
        "read level",
        "read holding 300 .. 303",
        "write pump_speed = 30 Hz",
        "write pump_speed = 27 Hz",
        "write run_cmd = stop",
        "write recipe[2] = 7",
        "mask-write valve.open = on",
    ] {
        assert_eq!(judge(seen), None, "{seen}");
    }
    for (other, reason) in [
        ("write pump_speed = 30.01 Hz", Reason::Value),
        ("write recipe[2] = 8", Reason::Value),
        ("write recipe[1] = 7", Reason::Item),
        ("read holding 300 .. 304", Reason::Item),
        ("write name = \"ab\"", Reason::Function),
        ("mask-write valve.open = off", Reason::Value),
    ] {
        assert_eq!(judge(other), Some(reason), "{other}");
    }
}

#[test]
fn notes_of_people_stay_when_it_is_made_again() {
    let plant = seen();
    let (first, _) = plant.proposal("");
    let header = "[[conduit.learned-hmi-1-plc-3.allow]]\nid     = \"write-register\"";
    let noted =
        first.replacen(header, &format!("# asked the shift lead, fine\n{header}"), 1) + "# call Li about plc-4\n";
    let (again, _) = plant.proposal(&noted);
    assert!(again.contains(&format!("# asked the shift lead, fine\n{header}")), "{again}");
    assert!(again.ends_with("# call Li about plc-4\n"), "{again}");
    let (gone, _) = Plant::new(site(&[])).proposal(&again);
    assert!(
        gone.contains("notes on learned-hmi-1-plc-3.write-register, which is no longer proposed:\n# asked"),
        "{gone}"
    );
}

/// Cells of a panel and a controller each.
const CELLS: &str = r#"
[kinds.plc]
modbus = { unit = 1, tags = "tags/plc.csv" }
[kinds.panel]
"#;

#[test]
fn cells_that_do_the_same_are_one_conduit_and_the_one_that_differs_stays_alone() {
    let mut assets = CELLS.to_owned();
    for cell in 1..=10 {
        let _ = write!(
            assets,
            "[assets.plc-c{cell}]\nip = \"192.0.3.{cell}\"\nkind = \"plc\"\ncell = \"c{cell}\"\n\
             [assets.panel-c{cell}]\nip = \"192.0.4.{cell}\"\nkind = \"panel\"\ncell = \"c{cell}\"\n"
        );
    }
    let mut plant = Plant::new(site(&[("more/cells.toml", &assets)]));
    for cell in 1..=10 {
        let (panel, plc) = (format!("192.0.4.{cell}"), format!("plc-c{cell}"));
        plant.say(&panel, &plc, "read level", 2);
        plant.say(&panel, &plc, &format!("write pump_speed = {} Hz", 20 + cell), 3);
        if cell == 4 {
            plant.say(&panel, &plc, "write run_cmd = run", 3);
        }
    }
    let (text, _) = plant.proposal("");
    assert!(text.contains("within = \"cell\"") && text.contains("\"21 .. 30 Hz\""), "{text}");
    assert_eq!(text.matches("\n[conduit.").count(), 2, "{text}");
    let folded = text.lines().find(|line| line.starts_with("from = ") && line.contains("panel-c10")).unwrap();
    assert!(!folded.contains("panel-c4"), "{folded}");
}
