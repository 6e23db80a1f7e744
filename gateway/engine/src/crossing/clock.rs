//! What a bridge does when time has passed: timers of flows, flows that are over, judging anew, counts to report.

use super::Leaving;
use super::bridge::Bridge;
use super::flow::{Asleep, Entry, Kind, Stage};
use super::frame::ruling;
use super::scratch::Builder;
use crate::bridge::{Flow, Turn};
use sluice_model::Instant;
use sluice_policies::policy::{End, Packet, Policy};
use sluice_policies::site::Mac;
use sluice_protocols::registry;
use std::net::IpAddr;
use std::sync::Arc;

/// Most flows that one call looks at.
const SLICE: u32 = 512;
const ICMP: u8 = 1;
const TCP: u8 = 6;
const UDP: u8 = 17;

impl Bridge {
    /// Time has passed: call at [`Bridge::deadline`], or more often.
    pub fn tick(&mut self, now: Instant, policy: &Arc<Policy>, out: &mut dyn Leaving) {
        self.keep_up(now, policy);
        for _ in 0..SLICE {
            let Some(place) = self.table.expired(now) else { break };
            self.look_at(place, now, policy, out);
        }
        self.sweep_on(now, policy, out);
        if self.notices.due().is_some_and(|at| at <= now) {
            self.notices.report(now, policy, out);
        }
    }

    /// When [`Bridge::tick`] has work; may change with every call. Something that lies in the past is due at once.
    pub fn deadline(&self) -> Option<Instant> {
        let sweep = self.sweep.map(|_| Instant::default());
        [sweep, self.table.deadline(), self.notices.due(), self.ends()].into_iter().flatten().min()
    }

    /// A flow whose timer went off.
    fn look_at(&mut self, place: u32, now: Instant, policy: &Arc<Policy>, out: &mut dyn Leaving) {
        let Some(entry) = self.table.entry_mut(place) else { return };
        let silent = entry.heard + entry.patience(&self.options.bounds) <= now;
        if silent {
            return self.give_up(place, now, policy, out);
        }
        if entry.is_idle(now) {
            if let Kind::Inspected(flow) = &entry.kind {
                entry.kind = Kind::Asleep(Box::new(Asleep::of(flow)));
            }
            return self.table.settle(place);
        }
        let mut wire = Builder::of(entry, &mut self.scratch);
        if let Kind::Inspected(flow) = &mut entry.kind
            && flow.deadline().is_some_and(|at| at <= now)
        {
            flow.tick(&mut Turn { now, policy, wire: &mut wire, reports: out, spare: &mut self.spare });
        }
        entry.id = wire.id;
        self.scratch.send(out);
        self.table.settle(place);
    }

    /// Forgets a flow that was silent for too long. One whose ends count differently cannot be taken up again: both are
    /// told.
    fn give_up(&mut self, place: u32, now: Instant, policy: &Arc<Policy>, out: &mut dyn Leaving) {
        let edited = self.table.entry(place).is_some_and(|e| e.stage() == Stage::Open && e.is_edited());
        if edited {
            self.end(place, now, policy, out);
        }
        self.table.remove(place);
    }

    /// Frames passed unseen meanwhile, so that nothing that is known of connections is so any more. Those whose ends count
    /// differently are over, and both ends of each are told where they were: how many there were. Let go of the bridge then.
    pub fn lost(&mut self, now: Instant, policy: &Arc<Policy>, out: &mut dyn Leaving) -> usize {
        self.renew(policy);
        let edited = |entry: &Entry| entry.stage() == Stage::Open && entry.is_edited();
        let places: Vec<u32> =
            (0..self.table.places()).filter(|place| self.table.entry(*place).is_some_and(edited)).collect();
        for place in &places {
            self.end(*place, now, policy, out);
        }
        places.len()
    }

    /// Makes a connection that was put to sleep ready for a segment.
    pub(super) fn wake(&mut self, place: u32, policy: &Arc<Policy>) {
        let Some(entry) = self.table.entry_mut(place) else { return };
        if let Kind::Asleep(asleep) = &entry.kind
            && let Ok(flow) = Flow::import(policy, registry::parsers(), &self.options.limits, asleep.state())
        {
            entry.kind = Kind::Inspected(Box::new(flow));
        }
    }

    /// Closes a connection: both ends are told.
    pub(super) fn end(&mut self, place: u32, now: Instant, policy: &Arc<Policy>, out: &mut dyn Leaving) {
        self.wake(place, policy);
        let Some(entry) = self.table.entry_mut(place) else { return };
        let mut wire = Builder::of(entry, &mut self.scratch);
        match &mut entry.kind {
            Kind::Inspected(flow) => {
                flow.end_now(&mut Turn { now, policy, wire: &mut wire, reports: out, spare: &mut self.spare });
            }
            Kind::Followed(followed) => followed.end(&mut wire),
            Kind::Asleep(_) | Kind::Asked => {}
        }
        entry.id = wire.id;
        self.scratch.send(out);
    }

    /// Judges some more flows anew after a change of policy.
    pub(super) fn sweep_on(&mut self, now: Instant, policy: &Arc<Policy>, out: &mut dyn Leaving) {
        let Some(from) = self.sweep else { return };
        let to = from.saturating_add(SLICE);
        for place in from..to.min(self.table.places()) {
            if self.table.entry(place).is_some_and(|e| e.generation != self.generation) {
                self.judge_again(now, policy, place, out);
            }
        }
        self.sweep = (to < self.table.places()).then_some(to);
    }

    /// Whether the policy still allows a flow; if not, it is over.
    pub(super) fn judge_again(
        &mut self,
        now: Instant,
        policy: &Arc<Policy>,
        place: u32,
        out: &mut dyn Leaving,
    ) -> bool {
        let generation = self.generation;
        let Some(entry) = self.table.entry_mut(place) else { return false };
        entry.generation = generation;
        let (client, server) = (entry.ends.client, entry.ends.server);
        let asset = policy.asset_of(server.ip);
        let speaks = asset.and_then(|asset| policy.speaks(asset, server.port)).filter(|_| entry.ends.protocol == TCP);
        let allowed = match (&mut entry.kind, asset.zip(speaks)) {
            (Kind::Inspected(_) | Kind::Asleep(_), Some((asset, id))) => {
                policy.stance(policy.route(client.ip, asset, id)).joined
            }
            // Another protocol, or none, is spoken on this port now: the connection has to begin anew.
            (Kind::Inspected(_) | Kind::Asleep(_), None) | (Kind::Followed(_), Some(_)) => false,
            (Kind::Followed(_) | Kind::Asked, _) => {
                let packet = question(entry.ends.protocol, client.port, server.port);
                let (client, server) = (end(policy, client.ip), end(policy, server.ip));
                ruling(&policy.review(now).service(client, server, packet)).0
            }
        };
        if allowed {
            let mut wire = Builder::of(entry, &mut self.scratch);
            if let Kind::Inspected(flow) = &mut entry.kind {
                flow.policy_changed(&mut Turn { now, policy, wire: &mut wire, reports: out, spare: &mut self.spare });
            }
            entry.id = wire.id;
            self.scratch.send(out);
            self.table.settle(place);
        } else {
            self.end(place, now, policy, out);
            // A question that may not be answered any more is none that anybody misses.
            if let Some(entry) = self.table.remove(place).filter(|entry| !matches!(entry.kind, Kind::Asked)) {
                self.notices.ended(&entry, now, policy, out);
            }
        }
        allowed
    }
}

fn end(policy: &Policy, ip: IpAddr) -> End {
    policy.end(Some(ip), Mac([0; 6]))
}

/// What the client of a flow without inspection asked.
const fn question(protocol: u8, source: u16, port: u16) -> Packet {
    match protocol {
        TCP => Packet::Tcp { port },
        UDP => Packet::Udp { source, port },
        ICMP => Packet::Icmp { kind: port as u8 },
        _ => Packet::Icmp6 { kind: port as u8 },
    }
}
