//! The bridge as its owner sees it.

use super::flow::{Entry, NEVER};
use super::frame::{Frame, Refusal, is_of_listeners};
use super::notices::Notices;
use super::scratch::Scratch;
use super::table::Table;
use super::{BridgeOptions, Census, Leaving, Offload, Outcome, Side, Why};
use crate::bridge::Spare;
use crate::frames::{self, Network, Oddity, Reassembly, Transport};
use sluice_model::Instant;
use sluice_policies::decision::Verdict;
use sluice_policies::policy::Policy;
use sluice_policies::site::GatewayId;
use std::sync::{Arc, Weak};

/// One worker of a bridge.
pub struct Bridge {
    pub(super) options: BridgeOptions,
    pub(super) table: Table,
    pub(super) fragments: Reassembly,
    pub(super) notices: Notices,
    pub(super) scratch: Scratch,
    pub(super) spare: Spare,
    /// The policy that was seen last; weak, so that it is not kept, and its address is not another one's.
    policy: Weak<Policy>,
    gateway: GatewayId,
    /// Counts policies.
    pub(super) generation: u32,
    /// The next place whose flow is to be judged anew.
    pub(super) sweep: Option<u32>,
    /// What flows were judged under.
    edge: Edge,
}

/// Until when judgements hold of what is not inspected: nothing else looks at a flow that goes on.
#[derive(Clone, Copy, Default)]
struct Edge {
    /// What [`sluice_policies::State::edition`] was.
    edition: u64,
    /// When the first schedule, window or date ends.
    ends: Instant,
}

impl Bridge {
    /// A bridge that has seen nothing.
    pub fn new(options: &BridgeOptions) -> Self {
        let bounds = options.bounds;
        Self {
            options: options.clone(),
            table: Table::new(bounds),
            fragments: Reassembly::new(frames::Bounds {
                datagrams: bounds.datagrams,
                bytes: bounds.datagram_bytes,
                age: bounds.datagram,
            }),
            notices: Notices::default(),
            scratch: Scratch::default(),
            spare: Spare::default(),
            policy: Weak::new(),
            gateway: NOWHERE,
            generation: 0,
            sweep: None,
            edge: Edge::default(),
        }
    }

    /// A frame that came in by `side`, its VLAN tags in place.
    pub fn frame(
        &mut self,
        now: Instant,
        policy: &Arc<Policy>,
        side: Side,
        bytes: &[u8],
        offload: Offload,
        out: &mut dyn Leaving,
    ) -> Outcome {
        self.keep_up(now, policy);
        let packet = match Frame::read(bytes, offload) {
            Ok(packet) => packet,
            Err(kind) => {
                let why = Why::Anomaly(kind);
                if kind.name == Oddity::ExtensionHeaders.kind().name && is_of_listeners(bytes) {
                    return Outcome::Dropped(why);
                }
                self.notices.unread(now, policy, side, (why, bytes), out);
                return Outcome::Dropped(why);
            }
        };
        let frame = Frame { now, policy, gateway: self.gateway, side, bytes, offload, packet };
        self.pass(&frame, out).unwrap_or_else(|refusal| {
            let response = frame.answered(&refusal);
            self.notices.note(&frame, &refusal, (Verdict::Deny, response), out);
            Outcome::Dropped(refusal.why)
        })
    }

    fn pass(&mut self, frame: &Frame<'_>, out: &mut dyn Leaving) -> Result<Outcome, Refusal> {
        match &frame.packet.network {
            Network::Ip(ip) => match (ip.fragment, &ip.transport) {
                (Some(fragment), _) => self.fragment(frame, ip, fragment, out),
                (None, Transport::Tcp(tcp)) => self.tcp(frame, ip, tcp, out),
                (None, _) => self.packet(frame, ip, out),
            },
            Network::Arp(arp) => {
                out.forward(frame.side.other(), frame.resolution(arp)?);
                Ok(Outcome::Forwarded)
            }
            Network::Ether(number, _) => self.ether(frame, *number, out),
            Network::Llc(llc, content) => self.llc(frame, *llc, content, out),
        }
    }

    /// Adds a flow if there is room.
    pub(super) fn insert(&mut self, entry: Entry, half_open: bool) -> Result<u32, Refusal> {
        self.table.admit(entry.ends.client.ip, half_open).map_err(Why::Bound)?;
        self.table.insert(entry).ok_or(Why::Bound(super::Bound::Flows).into())
    }

    /// Another policy is in force. Every flow is judged anew: the first of them now, the others in the ticks that
    /// [`Bridge::deadline`] asks for, or when their next frame comes, so that no call takes long.
    pub fn policy_changed(&mut self, now: Instant, policy: &Arc<Policy>, out: &mut dyn Leaving) {
        self.keep_up(now, policy);
        self.sweep_on(now, policy, out);
    }

    /// Whether something was ordered that flows were not judged by yet: then [`Bridge::tick`] has work.
    pub fn is_behind(&self, policy: &Policy) -> bool {
        self.edge.edition != policy.state().edition()
    }

    /// Notices a policy that was not seen before, orders, and the end of schedules, windows and dates.
    pub(super) fn keep_up(&mut self, now: Instant, policy: &Arc<Policy>) {
        let known = self.generation;
        self.renew(policy);
        let edition = policy.state().edition();
        if known != self.generation || edition != self.edge.edition || now >= self.edge.ends {
            let ends = policy.ending(now).map(|(_, at)| at).min().unwrap_or(NEVER);
            self.edge = Edge { edition, ends };
            self.judge_all();
        }
    }

    /// When the first of what flows were let in by ends by itself.
    pub(super) fn ends(&self) -> Option<Instant> {
        (self.edge.ends != NEVER && self.table.len() > 0).then_some(self.edge.ends)
    }

    fn judge_all(&mut self) {
        self.generation = self.generation.wrapping_add(1);
        self.sweep = (self.table.len() > 0).then_some(0);
    }

    /// Notices a policy that was not seen before.
    pub(super) fn renew(&mut self, policy: &Arc<Policy>) {
        if self.policy.as_ptr() == Arc::as_ptr(policy) {
            return;
        }
        self.policy = Arc::downgrade(policy);
        self.gateway = policy.gateway_id(&self.options.gateway).unwrap_or(NOWHERE);
        self.notices.forget();
        self.judge_all();
    }

    /// What it keeps.
    pub fn census(&self) -> Census {
        self.table.census(self.fragments.len())
    }
}

/// A gateway that the site does not have: what it says of ports is about others.
const NOWHERE: GatewayId = GatewayId(u16::MAX);
