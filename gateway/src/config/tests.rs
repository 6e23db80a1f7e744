#![allow(clippy::unwrap_used)]

use super::*;

fn mistakes(text: &str) -> Vec<String> {
    read(text).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn an_empty_file_is_the_defaults() {
    assert_eq!(read("").unwrap(), Config::default());
    assert_eq!(read("").unwrap().metrics.to_string(), "127.0.0.1:9502");
}

#[test]
fn every_key_arrives() {
    let text = r#"
        [metrics]
        listen = "[::1]:9000"
        [events]
        file = "events.jsonl"
        [limits]
        workers = 3
        connections = 2_000
        connections-per-source = 7
        accepts-per-source = 9
        idle = "5 min"
        connect = "250ms"
        stall = "1 s"
        patience = "2 s"
        outstanding = 16
        drain = "3 s"
        [bridge]
        vouch = "1 s"
        mirror-link = true
        flows = 1000
        packet-io = "af-xdp"
        [state]
        folder = "kept"
        clock = "assumed"
        [control]
        socket = "here"
        key-switch = "gpio"
    "#;
    let limits = Limits {
        workers: 3,
        connections: 2000,
        connections_per_source: 7,
        accepts_per_source: 9,
        idle: Duration::from_mins(5),
        connect: Duration::from_millis(250),
        stall: Duration::from_secs(1),
        patience: Duration::from_secs(2),
        outstanding: 16,
        drain: Duration::from_secs(3),
    };
    let events = Some(PathBuf::from("events.jsonl"));
    let bridge = Bridge { vouch: Duration::from_secs(1), mirror_link: true, flows: 1000, packet_io: PacketIo::Xdp };
    let state = State { folder: Some("kept".into()), clock_assumed: true };
    let control = Control { socket: Some("here".into()), key_switch: Some("gpio".into()) };
    let metrics = "[::1]:9000".parse().unwrap();
    assert_eq!(read(text).unwrap(), Config { metrics, events, limits, bridge, state, control });
}

#[test]
fn all_mistakes_at_once_with_their_places() {
    let text = "[metric]\nlisten = 1\n[limits]\nconections = 5\nidle = \"5\"\n  stall = \"2 d\"\noutstanding = 0\n";
    assert_eq!(
        mistakes(text),
        [
            "1:2: `metric` is no table of box.toml; did you mean `metrics`?",
            "4:1: `conections` is no key of [limits]; did you mean `connections`?",
            r#"5:8: `idle` must be a time from 1 ms to 24 h, such as "250 ms", "5 s", "10 min""#,
            r#"6:11: `stall` must be a time from 1 ms to 24 h, such as "250 ms", "5 s", "10 min""#,
            "7:15: `outstanding` must be a whole number from 1 to 65536",
        ]
    );
}

#[test]
fn a_name_that_resembles_none_lists_them_all() {
    assert_eq!(
        mistakes("[xyz]\n"),
        ["1:2: `xyz` is no table of box.toml; there are metrics, control, state, events, bridge, limits"]
    );
}

#[test]
fn broken_toml_says_where() {
    assert!(mistakes("[limits\n")[0].starts_with("1:"), "{:?}", mistakes("[limits\n"));
    assert_eq!(mistakes("limits = 3\n"), ["1:10: `limits` is a table: write it as [limits]"]);
}
