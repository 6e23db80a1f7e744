//! The page that `--html` writes.

use super::{Bench, HMI, LAPTOP, PLC, calm, lines, stormy, text};
use sluice_plant::Recording;

/// Runs `inspect` over `file` with a site, and gives the page.
fn page(bench: &Bench, file: &str) -> String {
    let output = bench.run(&["inspect", "--format", "json", "--site", "SITE", "--html", "page.html", file]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(1), ""));
    std::fs::read_to_string(bench.0.path().join("page.html")).unwrap()
}

#[test]
fn a_page_shows_every_device_anomaly_and_reason() {
    let bench = Bench::new(&[("stormy.pcap", &stormy())]);
    let page = page(&bench, "stormy.pcap");
    let cells = [HMI, PLC, LAPTOP].map(|host| format!("02:00:00:00:00:{host:02x}"));
    for cell in cells.iter().map(String::as_str).chain(["<td>quantity</td>", "<td>udp/1234</td>", "hmi-1 (192.0.2.11)"])
    {
        assert!(page.contains(cell), "{cell} is missing:\n{page}");
    }
    for reason in ["value", "item", "no-conduit", "malformed"] {
        assert!(page.contains(&format!("deny because {reason}</text>")), "{reason}");
    }
    assert!(page.contains(": 2 write</title>") || page.contains(": 1 write</title>"), "no stack of writes");
}

#[test]
fn a_page_counts_requests_responses_and_refusals() {
    let bench = Bench::new(&[("stormy.pcap", &stormy())]);
    let page = page(&bench, "stormy.pcap");
    for (facet, key, count) in [
        ("request", "3", 4),
        ("request", "6", 2),
        ("response", "3", 4),
        ("exception", "3/2", 1),
        ("exception", "3/3", 1),
    ] {
        let row = format!("<tr><td>{facet}</td><td>{key}</td><td class=\"n\">{count}</td></tr>");
        assert!(page.contains(&row), "{row} is missing");
    }
    assert!(page.contains("modbus 4 requests, 3 answered, 1 refused by the device"), "{page}");
}

#[test]
fn conversations_beyond_the_bound_are_counted_together() {
    let recording = Recording { packets: 4_000, clients: 5, servers: 60, writes: 0, ..Recording::USUAL };
    let mut file = Vec::new();
    let recorded = recording.write(&mut file).unwrap();
    let bench = Bench::new(&[("crowd.pcap", &file)]);
    let output = bench.run(&["inspect", "--format", "json", "--html", "page.html", "crowd.pcap"]);
    assert_eq!(output.status.code(), Some(0));
    let page = std::fs::read_to_string(bench.0.path().join("page.html")).unwrap();
    // 300 conversations, of which 256 are told apart; each asks its five polls in turn.
    let beyond: u64 = page
        .split("<p class=\"none\">")
        .find_map(|text| text.split_once(" operations of conversations beyond these."))
        .and_then(|(count, _)| count.parse().ok())
        .unwrap();
    let each = recorded.requests / 300;
    assert!((44 * 2 * each..44 * 2 * (each + 1)).contains(&beyond), "{beyond} of {recorded:?}");
}

#[test]
fn a_page_loads_nothing_and_runs_nothing() {
    let bench = Bench::new(&[("stormy.pcap", &stormy())]);
    let page = page(&bench, "stormy.pcap");
    for foreign in ["http:", "https:", "//", "<script", "<link", "<img", "url(", "@import", " src=", " href="] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn a_name_is_a_name_and_nothing_else() {
    let hostile = "<script>alert(1)<&\"'>.pcap";
    let bench = Bench::new(&[(hostile, &stormy())]);
    let page = page(&bench, hostile);
    assert!(!page.contains("<script"), "{page}");
    assert!(page.contains("<h1><bdi>&lt;script&gt;alert(1)&lt;&amp;&quot;'&gt;.pcap</bdi></h1>"), "{page}");
}

#[test]
fn a_page_replaces_a_page_and_never_a_capture() {
    let calm = calm();
    let bench = Bench::new(&[("calm.pcap", &calm), ("old.html", b"<!DOCTYPE html>old")]);
    let output = bench.run(&["inspect", "--html", "calm.pcap", "calm.pcap"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).starts_with("error: calm.pcap exists and is no page"), "{}", text(&output.stderr));
    assert_eq!(std::fs::read(bench.0.path().join("calm.pcap")).unwrap(), calm);
    let output = bench.run(&["inspect", "--format", "json", "--html", "old.html", "calm.pcap", "calm.pcap"]);
    assert_eq!((output.status.code(), lines(&output).len()), (Some(0), 2));
    let page = std::fs::read_to_string(bench.0.path().join("old.html")).unwrap();
    assert_eq!(page.matches("<h1>").count(), 2);
}
