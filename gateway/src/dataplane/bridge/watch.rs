//! What is watched beside the frames: links, and what passes without the gateway.

use super::Context;
use crate::events::{Notice, Severity};
use sluice_hardware::interface::{Links, State};
use sluice_hardware::{Interface, Standby};
use std::sync::Arc;
use std::time::Duration;

/// How often it looks.
const TICK: Duration = Duration::from_millis(200);

/// The watch of a running bridge; [`Watch::run`] is its life.
pub(super) struct Watch {
    context: Arc<Context>,
    interfaces: [Interface; 2],
    standby: Standby,
    links: Links,
    /// Which link was switched off to show what happened on the other.
    held: [bool; 2],
    /// Frames that passed unjudged, as far as they were told.
    passed: u64,
    /// Whether they do at this moment.
    open: bool,
}

impl Watch {
    pub(super) fn new(context: Arc<Context>, interfaces: [Interface; 2], standby: Standby, links: Links) -> Self {
        Self { context, interfaces, standby, links, held: [false; 2], passed: 0, open: false }
    }

    /// Watches until the bridge stops.
    pub(super) fn run(mut self) {
        let mut before = [State::Up; 2];
        while !self.context.control.stopping() {
            self.links(&mut before);
            self.wire();
            if let Err(error) = self.links.wait(TICK) {
                return self.context.control.fail(format!("the links of the ports cannot be watched: {error}"));
            }
        }
        for side in (0..2).filter(|side| self.held[*side]) {
            self.switch(side, true);
        }
        self.wire();
    }

    fn links(&mut self, before: &mut [State; 2]) {
        for (side, before) in before.iter_mut().enumerate() {
            let state = self.links.states()[side];
            self.context.ports[side].up.set(i64::from(state == State::Up));
            if state != *before {
                *before = state;
                self.changed(side, state);
            }
        }
    }

    fn changed(&mut self, side: usize, state: State) {
        let (port, other) = (self.context.plan.port(side), 1 - side);
        match state {
            State::Up => self.tell(Severity::Informational, format!("the link of port {port} is up")),
            State::Down if self.held[side] => {}
            State::Down => self.tell(Severity::High, format!("the link of port {port} is down")),
            State::Gone => {
                self.tell(Severity::High, format!("the interface of port {port} is gone"));
                self.context.control.fail(format!("the interface of port {port} is gone"));
            }
        }
        if self.context.means.config.mirror_link && !self.held[side] {
            let down = state != State::Up;
            if down != self.held[other] {
                self.held[other] = down;
                self.switch(other, !down);
            }
        }
    }

    fn switch(&self, side: usize, on: bool) {
        if let Err(error) = self.interfaces[side].switch(on) {
            self.tell(Severity::Medium, error.to_string());
        }
    }

    /// Tells of frames that passed unjudged, and when that begins and ends.
    fn wire(&mut self) {
        if !self.context.plan.open {
            return;
        }
        let open = self.standby.lapsed();
        let passed = self.standby.passed();
        self.context.series.bypass_active.set(i64::from(open));
        self.context.series.bypassed.inc_by(passed - self.passed);
        if open != self.open || passed != self.passed {
            let frames = passed - self.passed;
            let text = match (open, self.open) {
                (true, false) => "a worker does not vouch for itself: frames pass the bridge unjudged".to_owned(),
                (true, true) => format!("{frames} more frames passed the bridge unjudged"),
                (false, _) => format!("the bridge judges again; {frames} frames passed unjudged"),
            };
            self.tell(Severity::Critical, text);
        }
        (self.open, self.passed) = (open, passed);
    }

    fn tell(&self, severity: Severity, message: String) {
        self.context.means.events.tell(Notice::Condition { severity, message });
    }
}
