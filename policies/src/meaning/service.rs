//! A statement about what is not inspected, as lines.

use super::clause::{Clause, ClauseKind};
use super::{ends, statement};
use crate::site::{Conduit, Opens, Passes, Service, Site};

pub(super) fn clause(site: &Site, conduit: &Conduit, service: &Service) -> Clause {
    let mut lines = vec![format!("opens {}", opens(conduit.opens))];
    lines.extend(ends::lines(site, "from", &conduit.from, &conduit.from_outside));
    lines.extend(ends::lines(site, "to", &conduit.to, &conduit.to_outside));
    lines.extend(ends::within(conduit));
    for passes in &service.passes {
        match passes {
            Passes::Preset(preset) => {
                lines.extend(preset.legs.iter().map(|leg| format!("passes {}: {leg}", preset.name)));
            }
            Passes::Tcp(port) => lines.push(format!("passes TCP to port {}", port.port)),
            Passes::Udp(port) => lines.push(format!("passes UDP to port {}", port.port)),
            Passes::Ethertype(number) => lines.push(format!("passes Ethertype 0x{number:04X}")),
        }
    }
    statement::conditions(site, conduit, &service.conditions, &mut lines);
    let name = format!("{}.{}", conduit.name, service.id);
    Clause::new(ClauseKind::Statement, "service statement", name, Some(service.at.clone()), lines)
}

pub(super) const fn opens(opens: Opens) -> &'static str {
    match opens {
        Opens::From => "from",
        Opens::To => "to",
        Opens::Either => "either",
    }
}
