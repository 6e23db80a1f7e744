//! The bridge as its owner sees it.

use super::{BridgeOptions, Census, Leaving, Offload, Outcome, Side, Why};
use crate::frames::{LinkType, Packet};
use sluice_model::Instant;
use sluice_policies::decision::Reason;
use sluice_policies::policy::Policy;
use std::sync::Arc;

/// One worker of a bridge.
pub struct Bridge {
    options: BridgeOptions,
    census: Census,
}

impl Bridge {
    /// A bridge that has seen nothing.
    pub fn new(options: &BridgeOptions) -> Self {
        Self { options: options.clone(), census: Census::default() }
    }

    /// A frame that came in by `side`, its VLAN tags in place.
    pub fn frame(
        &mut self,
        _now: Instant,
        _policy: &Arc<Policy>,
        _side: Side,
        frame: &[u8],
        _offload: Offload,
        _out: &mut dyn Leaving,
    ) -> Outcome {
        match Packet::read(LinkType::Ethernet, frame, frame.len()) {
            Ok(_) => Outcome::Dropped(Why::Policy(Reason::NoConduit)),
            Err(anomaly) => Outcome::Dropped(Why::Anomaly(anomaly.kind)),
        }
    }

    /// Time has passed: call at [`Bridge::deadline`], or more often.
    pub fn tick(&mut self, _now: Instant, _policy: &Arc<Policy>, _out: &mut dyn Leaving) {}

    /// When [`Bridge::tick`] has work; may change with every call. Something that lies in the past is due at once.
    pub fn deadline(&self) -> Option<Instant> {
        None
    }

    /// Another policy is in force. Every flow is judged anew: the first of them now, the others in the ticks that
    /// [`Bridge::deadline`] asks for, or when their next frame comes, so that no call takes long.
    pub fn policy_changed(&mut self, _now: Instant, _policy: &Arc<Policy>, _out: &mut dyn Leaving) {}

    /// What it keeps.
    pub fn census(&self) -> Census {
        self.census
    }

    /// Writes everything that another process needs to go on behind `state`.
    pub fn export(&self, state: &mut Vec<u8>) {
        state.extend(self.options.gateway.as_bytes());
    }

    /// Takes over what [`Bridge::export`] wrote, in a bridge that has seen nothing, and says how many flows those are.
    /// Several workers each export: hand each its own, or one all of them in turn.
    ///
    /// # Errors
    /// With one sentence, when the state is of another version or broken; nothing is taken over then.
    pub fn import(&mut self, _now: Instant, _policy: &Arc<Policy>, state: &[u8]) -> Result<usize, String> {
        if state == self.options.gateway.as_bytes() { Ok(0) } else { Err("the state is not a bridge's".to_owned()) }
    }
}
