//! Suricata over the same capture, with rules about writes of registers that nobody makes.

use super::Row;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Modbus on, everything that writes logs off: inspection alone is compared.
const CONFIGURATION: &str = "%YAML 1.1\n---\nvars:\n  address-groups:\n    HOME_NET: any\n    EXTERNAL_NET: any\n\
    outputs: []\nlogging:\n  outputs: []\napp-layer:\n  protocols:\n    modbus:\n      enabled: yes\n      \
    detection-ports:\n        dp: 502\n      stream-depth: 0\nstream:\n  memcap: 256mb\n  reassembly:\n    depth: 0\n";

/// A row for each number of rules; none where it is not installed.
pub(crate) fn rows(folder: &Path, capture: &Path) -> Vec<Row> {
    let found = Command::new("suricata").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.is_err() {
        eprintln!("Suricata is not installed: its rows are left out (Debian's backports have it)");
        return Vec::new();
    }
    let configuration = folder.join("suricata.yaml");
    std::fs::write(&configuration, CONFIGURATION).unwrap();
    let row = |rules: usize| {
        let file = folder.join(format!("{rules}.rules"));
        std::fs::write(&file, text(rules)).unwrap();
        let words = ["suricata", "--runmode", "single", "-c"].map(str::to_owned);
        let place = |path: &Path| path.display().to_string();
        let rest = ["-S".to_owned(), place(&file), "-l".into(), place(folder), "-r".into(), place(capture)];
        let command = words.into_iter().chain([place(&configuration)]).chain(rest).collect();
        Row { name: format!("Suricata, {rules} rules"), command, rounds: Vec::new(), start: Vec::new() }
    };
    [1, 1_000].map(row).into()
}

fn text(rules: usize) -> String {
    let mut text = String::new();
    for number in 0..rules {
        writeln!(
            text,
            "alert modbus any any -> any any (msg:\"write {number}\"; modbus: access write holding, address {}, value \
             >1000; sid:{}; rev:1;)",
            1000 + number,
            number + 1
        )
        .unwrap();
    }
    text
}
