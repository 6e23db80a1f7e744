//! Events as they are written.

use crate::client::{ANSWER, Client, HMI, READ, REFUSAL, STRANGER, WRITE};
use crate::controller::Controller;
use crate::rig::{Rig, Written, config, eventually, free, site};
use serde_json::json;
use std::collections::HashSet;
use std::net::Ipv4Addr;

#[test]
fn a_denial_is_told_in_full_and_its_repetitions_are_counted() {
    let (mut rig, _controller, listen) = Rig::simple(&config());
    let mut client = Client::dial(HMI, listen);
    for _ in 0..5 {
        client.ask(WRITE, REFUSAL);
    }
    client.ask(READ, ANSWER);
    let port = client.0.local_addr().unwrap().port();
    rig.event(|e| e.class_uid == 4001);
    rig.shutdown();
    let events = rig.written.lines();
    let denials: Vec<_> = events.iter().filter(|e| e["class_uid"] == 4001).collect();
    assert_eq!(denials.iter().map(|e| e["count"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 4]);
    let first = denials[0];
    assert_eq!(first["src_endpoint"], json!({"name": "hmi-1", "ip": "127.0.0.11", "port": port}));
    assert_eq!(first["dst_endpoint"]["name"], "plc-1");
    assert_eq!((&first["severity_id"], &first["action_id"], &first["ics_v"]), (&json!(4), &json!(2), &json!(1)));
    assert_eq!(first["attacks"], json!([{"technique": {"uid": "T1692.001"}, "version": "19"}]));
    let asked = "write holding 100 = 1";
    let ics = json!({"protocol": "modbus", "operation": asked, "action": "write", "code": 6, "device": 1, "items": "holding 100"});
    assert_eq!(first["ics"], ics);
    let decision = &first["decision"];
    assert_eq!((&decision["verdict"], &decision["reason"]), (&json!("deny"), &json!("function")));
    assert_eq!((&decision["conduit"], &decision["statement"]), (&json!("ops"), &json!("ops.look")));
    assert!(decision["at"].as_str().unwrap().starts_with("site.toml:"), "{decision}");
    assert!(first["message"].as_str().unwrap().starts_with("hmi-1 -> plc-1: modbus write holding 100 = 1 denied: "));
}

#[test]
fn identities_are_unique_and_in_order() {
    let (mut rig, _controller, listen) = Rig::simple(&config());
    Client::dial(HMI, listen).ask(WRITE, REFUSAL);
    Client::dial(STRANGER, listen).send(READ);
    rig.event(|e| e.decision.as_ref().is_some_and(|d| d.reason == Some("no-conduit")));
    rig.shutdown();
    let events = rig.written.lines();
    let uids: Vec<Vec<String>> = events
        .iter()
        .map(|e| e["metadata"]["uid"].as_str().unwrap().split(':').map(ToOwned::to_owned).collect())
        .collect();
    assert!(uids.iter().all(|uid| uid.len() == 3 && uid[0] == "gw-1" && uid[1] == uids[0][1]));
    let sequence: Vec<u64> = uids.iter().map(|uid| uid[2].parse().unwrap()).collect();
    assert_eq!(sequence, (1..=events.len() as u64).collect::<Vec<_>>());
    let classes: HashSet<u64> = events.iter().map(|e| e["class_uid"].as_u64().unwrap()).collect();
    assert_eq!(classes, HashSet::from([4001, 5019, 6003]));
}

#[test]
fn a_disk_that_hangs_holds_back_no_packet_and_the_gap_is_told() {
    let (controller, listen) = (Controller::start(), free(Ipv4Addr::LOCALHOST));
    let written = Written::default();
    let files = site(&[("plc-1", listen, controller.address)], "\"read\"");
    let mut rig = Rig::writing(&files, &config(), written.clone()).unwrap();
    eventually(|| written.lines().len() == 2);
    let hanging = written.hold();
    let mut client = Client::dial(HMI, listen);
    client.ask(WRITE, REFUSAL);
    std::thread::sleep(std::time::Duration::from_millis(300));
    for _ in 0..60 {
        client.ask(&WRITE.repeat(100), &REFUSAL.repeat(100));
    }
    client.ask(READ, ANSWER);
    drop(hanging);
    rig.shutdown();
    let events = written.lines();
    let gap = events.iter().find(|e| e["class_uid"] == 0).unwrap();
    let lost = gap["gap"]["by_severity"][3].as_u64().unwrap();
    assert_eq!(
        (&gap["gap"]["reason"], &gap["severity_id"], &gap["count"]),
        (&json!("queue-full"), &json!(5), &json!(lost))
    );
    let told: u64 = events.iter().filter(|e| e["class_uid"] == 4001).map(|e| e["count"].as_u64().unwrap()).sum();
    assert_eq!((told + lost, lost > 1000), (6001, true));
}

#[test]
fn severity_follows_what_was_tried_and_by_whom() {
    let (rig, _controller, listen) = Rig::simple(&config());
    let mut outside = READ.to_vec();
    outside[8] = 9;
    Client::dial(HMI, listen).send(&outside);
    let low = rig.event(|e| e.class_uid == 4001);
    assert_eq!(serde_json::to_value(low.severity_id).unwrap(), 2);
    Client::dial(STRANGER, listen).send(READ);
    let medium = rig.event(|e| e.class_uid == 4001);
    assert_eq!(serde_json::to_value(medium.severity_id).unwrap(), 3);
    Client::dial(STRANGER, listen).send(WRITE);
    let high = rig.event(|e| e.class_uid == 4001);
    assert_eq!(serde_json::to_value(high.severity_id).unwrap(), 4);
}

#[test]
fn a_conduit_in_learn_mode_teaches_every_value_that_went_by() {
    let echo = Controller::behaving(|stream, request| std::io::Write::write_all(stream, request).is_ok());
    let (controller, listen) = (echo, free(Ipv4Addr::LOCALHOST));
    let upstream = controller.address;
    let text = format!(
        "sluice = 1\nsite = \"test\"\ntime-zone = \"UTC\"\n[assets]\nhmi-1 = {{ ip = \"{HMI}\" }}\n\
         plc-1 = {{ ip = \"{}\", modbus = {{ unit = 1, ports = [{}], tags = \"tags.csv\" }} }}\n\
         [gateways.gw-1]\non-loss = \"closed\"\nproxy = {{ plc-1 = \"{listen}\" }}\n\
         [conduit.ops]\nfrom = \"hmi-1\"\nto = \"plc-1\"\nmode = \"learn\"\n\
         [[conduit.ops.allow]]\nid = \"look\"\nmodbus = \"read\"\ntags = \"*\"\n",
        upstream.ip(),
        upstream.port()
    );
    let tags = "# addresses = wire\nname,address,type,unit,access\nspeed,holding 100,u16,Hz,rw\n";
    let files = sluice_policies::source::Memory::new().with("site.toml", text).with("tags.csv", tags);
    let folder = tempfile::tempdir().unwrap();
    let mut config = config();
    config.state.folder = Some(folder.path().join("state"));
    let mut rig = Rig::writing(&files, &config, Written::default()).unwrap();
    let mut client = Client::dial(HMI, listen);
    for value in [7, 40, 41, 12] {
        let mut write = WRITE.to_vec();
        *write.last_mut().unwrap() = value;
        client.ask(&write, &write);
    }
    rig.event(|e| e.class_uid == 4001);
    rig.shutdown();
    let learned = std::fs::read_dir(folder.path().join("state")).unwrap().map(|entry| entry.unwrap().path());
    let learned = learned.into_iter().find(|path| path.extension().is_some_and(|e| e == "toml")).unwrap();
    assert!(learned.file_name().unwrap().to_str().unwrap().starts_with("learned-"));
    let text = std::fs::read_to_string(learned).unwrap();
    assert!(text.contains("further statements of a conduit that the site has"), "{text}");
    assert!(text.contains("[[conduit.ops.allow]]") && text.contains("speed = \"7 .. 41 Hz\""), "{text}");
}
