//! What a service does to the one who is reached by it, as far as a guarantee counts it.

use crate::site::Passes;
use sluice_model::Action;

/// What passes with a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Means {
    /// The actions it can be; `None` for any, on every item, with every value.
    pub(super) actions: Option<&'static [Action]>,
    /// Whether whoever uses it acts from then on as the one who is reached.
    pub(super) acts_through: bool,
}

const fn only(actions: &'static [Action]) -> Means {
    Means { actions: Some(actions), acts_through: false }
}

/// Anything may be in it.
const ANYTHING: Means = Means { actions: None, acts_through: false };
/// A session on the other machine.
const SESSION: Means = Means { actions: None, acts_through: true };

/// What something that is not inspected means. Names that are not known mean most.
pub(super) fn means(passes: &Passes) -> Means {
    match passes {
        // Ports can carry a session; a frame without IP leads no further than its reader.
        Passes::Tcp(_) | Passes::Udp(_) => SESSION,
        Passes::Ethertype(_) => ANYTHING,
        Passes::Preset(preset) => of_preset(preset.name),
    }
}

fn of_preset(name: &str) -> Means {
    match name {
        "ntp" | "ptp" | "ptp-l2" => only(&[Action::Time]),
        "icmp-echo" => only(&[Action::Diagnose]),
        // How to be reached, and by what name: nothing of what a device does.
        "dhcp" | "dns" | "lldp" | "rstp" | "mrp" | "hsr-prp" => only(&[Action::Session]),
        "syslog" => only(&[Action::Event]),
        "snmp-read" => only(&[Action::Read, Action::Browse]),
        "ftp-read" => only(&[Action::Read, Action::Browse, Action::File]),
        "ftp" | "tftp" | "http" | "https" | "snmp-write" | "sql" => ANYTHING,
        _ => SESSION,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::presets;

    #[test]
    fn every_service_has_a_line() {
        let sessions: Vec<&str> = presets().iter().map(|p| p.name).filter(|name| of_preset(name) == SESSION).collect();
        assert_eq!(sessions, ["rdp", "smb", "ssh", "vnc"]);
    }
}
