//! Suricata inline between the two ports, as its manual has it: `af-packet` with `copy-mode: ips`.

use super::rig::folder::Folder;
use std::fmt::Write as _;

/// Its configuration and `rules` rules for Modbus, none of which the benchmark's reads meet.
pub(crate) fn files(port: u16, rules: usize) -> Folder {
    let mut text = String::new();
    for rule in 0..rules {
        writeln!(
            text,
            "drop modbus any any -> any any (msg:\"write {rule}\"; modbus: access write holding, address {}; sid:{}; rev:1;)",
            1000 + rule,
            1_000_000 + rule
        )
        .unwrap();
    }
    let side = |from, to, cluster| {
        format!(
            "  - interface: {from}\n    threads: 1\n    cluster-id: {cluster}\n    cluster-type: cluster_flow\n    \
             defrag: no\n    copy-mode: ips\n    copy-iface: {to}\n    use-mmap: yes\n"
        )
    };
    let config = format!(
        "%YAML 1.1\n---\nvars:\n  address-groups:\n    HOME_NET: \"any\"\n    EXTERNAL_NET: \"any\"\n\
         default-rule-path: .\noutputs: []\nlogging:\n  default-log-level: error\n\
         af-packet:\n{}{}app-layer:\n  protocols:\n    modbus:\n      enabled: yes\n      detection-ports:\n        dp: {port}\n      \
         stream-depth: 0\nstream:\n  memcap: 64mb\n  inline: yes\n  midstream: true\n  reassembly:\n    memcap: 128mb\n    depth: 0\n",
        side("a", "b", 98),
        side("b", "a", 97),
    );
    Folder::new(&[("suricata.yaml", &config), ("rules", &text)])
}
