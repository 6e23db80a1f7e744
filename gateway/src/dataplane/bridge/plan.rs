//! What a site says of a gateway's bridge. Names, not ids: it outlives policies.

use sluice_policies::Policy;
use sluice_policies::site::OnLoss;

/// A bridge as the site wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// The gateway.
    pub(crate) gateway: String,
    /// The names of its ports, in the order of `bridge`.
    pub(crate) ports: [String; 2],
    /// Their interfaces.
    pub(crate) interfaces: [String; 2],
    /// Whether traffic goes on when the gateway is lost.
    pub(crate) open: bool,
}

impl Plan {
    /// The plan for the gateway called `name`; `None` when it is no bridge, or is not in the site.
    pub(crate) fn of(policy: &Policy, name: &str) -> Option<Self> {
        let gateway = policy.gateway(name)?;
        let sides = &gateway.bridge.as_ref()?.sides;
        Some(Self {
            gateway: name.to_owned(),
            ports: sides.each_ref().map(|port| port.name.clone()),
            interfaces: sides.each_ref().map(|port| port.interface.clone()),
            open: gateway.on_loss == OnLoss::Open,
        })
    }

    /// `operators (eth1)`, in words for people.
    pub(crate) fn port(&self, side: usize) -> String {
        format!("{} ({})", self.ports[side], self.interfaces[side])
    }
}
