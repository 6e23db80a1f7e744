//! Suricata inline between the two ports, with the configuration of the laboratory's table of evasions.

use super::rig::folder::Folder;
use std::fmt::Write as _;
use std::process::Command;

/// What `gateway/tests/bridge` runs it with.
const CONFIGURATION: &str = include_str!("../../tests/bridge/suricata/suricata.yaml");

/// Its configuration and `rules` rules for Modbus, none of which the benchmark's reads meet.
pub(crate) fn files(rules: usize) -> Folder {
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
    Folder::new(&[("suricata.yaml", CONFIGURATION), ("rules", &text)])
}

/// The command that CONTRIBUTING names, for a controller at `port`.
pub(crate) fn command(files: &Folder, port: u16) -> Command {
    let mut command = Command::new("suricata");
    command.arg("-c").arg(files.file("suricata.yaml")).arg("-S").arg(files.file("rules")).arg("-l").arg(files.path());
    let port = format!("app-layer.protocols.modbus.detection-ports.dp={port}");
    command.args(["--af-packet", "-k", "all", "--set", &port]);
    command
}
