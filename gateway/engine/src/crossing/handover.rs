//! Flows as bytes, for a process that takes over: what was agreed with both ends goes on, and is judged by the policy that
//! the new process has.
//!
//! A state that was cut or changed is refused as a whole; a flow that the present policy does not allow is left behind.

use super::Side;
use super::bridge::Bridge;
use super::flow::{Entry, Greeted, Kind};
use super::followed::Followed;
use super::key::{Ends, Place};
use super::lead::Lead;
use crate::bridge::{Flow, Seq};
use sluice_model::Instant;
use sluice_policies::policy::Policy;
use sluice_protocols::handover::{Reader, Unreadable};
use sluice_protocols::registry;
use std::net::IpAddr;
use std::sync::Arc;

/// What a state begins with: its kind and version.
const HEAD: &[u8; 8] = b"sluice\x00\x01";
const INSPECTED: u8 = 0;
const FOLLOWED: u8 = 1;
const ASKED: u8 = 2;
/// Most bytes of one flow; what it holds at most is far below.
const FLOW_MAX: usize = 16 << 20;

impl Bridge {
    /// Writes everything that another process needs to go on behind `state`.
    pub fn export(&self, state: &mut Vec<u8>) {
        state.extend(HEAD);
        let mut flow = Vec::new();
        for entry in self.table.entries() {
            flow.clear();
            entry.export(&mut flow);
            state.extend((flow.len() as u32).to_be_bytes());
            state.extend_from_slice(&flow);
        }
    }

    /// Takes over what [`Bridge::export`] wrote and says how many flows those are. The clock must be the one of the
    /// process that exported, or go on from it. Hand several states to one bridge one after the other.
    ///
    /// # Errors
    /// When the state is of another version or broken; nothing is taken over then.
    pub fn import(&mut self, now: Instant, policy: &Arc<Policy>, state: &[u8]) -> Result<usize, Unreadable> {
        self.import_some(now, policy, state, &|_, _| true)
    }

    /// The same of the flows between addresses that are `mine`: where workers are more or fewer than they were, each is
    /// handed the states of all.
    ///
    /// # Errors
    /// As [`Bridge::import`].
    pub fn import_some(
        &mut self,
        now: Instant,
        policy: &Arc<Policy>,
        state: &[u8],
        mine: &dyn Fn(IpAddr, IpAddr) -> bool,
    ) -> Result<usize, Unreadable> {
        self.renew(policy);
        let mut reader = Reader::new(state, "state of the bridge");
        let head = reader.array::<8>()?;
        reader.ensure(head == *HEAD)?;
        let mut entries = Vec::new();
        while !reader.rest().is_empty() {
            let length = reader.u32()? as usize;
            reader.ensure(length <= FLOW_MAX && length <= reader.rest().len())?;
            let (flow, rest) = reader.rest().split_at(length);
            reader = Reader::new(rest, "state of the bridge");
            let entry = self.restored(now, policy, flow)?;
            if mine(entry.ends.client.ip, entry.ends.server.ip) {
                entries.push(entry);
            }
        }
        let mut taken = 0;
        for entry in entries {
            let opens = entry.greeted != Greeted::Yes && !matches!(entry.kind, Kind::Asked);
            taken += usize::from(self.insert(entry, opens).is_ok());
        }
        self.sweep = Some(0);
        Ok(taken)
    }

    fn restored(&self, now: Instant, policy: &Arc<Policy>, flow: &[u8]) -> Result<Entry, Unreadable> {
        let mut reader = Reader::new(flow, "flow of the bridge");
        let protocol = reader.u8()?;
        let ends = Ends { client: place(&mut reader)?, server: place(&mut reader)?, protocol };
        let vlans = [reader.u16()?, reader.u16()?];
        let client = if reader.flag()? { Side::B } else { Side::A };
        let leads = [lead(&mut reader)?, lead(&mut reader)?];
        let id = reader.u16()?;
        let greeted = match (reader.u8()?, Seq(reader.u32()?)) {
            (0, _) => Greeted::No,
            (1, first) => Greeted::With(first),
            (2, _) => Greeted::Found,
            (3, _) => Greeted::Yes,
            _ => return Err(reader.unreadable()),
        };
        let kind = match reader.u8()? {
            INSPECTED => {
                let protocols = registry::parsers();
                Kind::Inspected(Box::new(Flow::import(policy, protocols, &self.options.limits, reader.rest())?))
            }
            FOLLOWED => Kind::Followed(Box::new(Followed::import(reader.rest())?)),
            ASKED => Kind::Asked,
            _ => return Err(reader.unreadable()),
        };
        // Judged anew before its next frame passes.
        let generation = self.generation.wrapping_sub(1);
        Ok(Entry { leads, id, greeted, ..Entry::new(ends, vlans, client, kind, now, generation) })
    }
}

impl Entry {
    fn export(&self, out: &mut Vec<u8>) {
        out.push(self.ends.protocol);
        for place in [self.ends.client, self.ends.server] {
            match place.ip {
                IpAddr::V4(ip) => out.extend([&[4][..], &ip.octets()].concat()),
                IpAddr::V6(ip) => out.extend([&[6][..], &ip.octets()].concat()),
            }
            out.extend(place.port.to_be_bytes());
        }
        out.extend(self.vlans.iter().flat_map(|id| id.to_be_bytes()));
        out.push(self.client as u8);
        for lead in &self.leads {
            let bytes = lead.as_ref().map_or([0; Lead::STATE], Lead::export);
            out.push(u8::from(lead.is_some()));
            out.extend(bytes);
        }
        out.extend(self.id.to_be_bytes());
        let (greeted, first) = match self.greeted {
            Greeted::No => (0, 0),
            Greeted::With(first) => (1, first.0),
            Greeted::Found => (2, 0),
            Greeted::Yes => (3, 0),
        };
        out.push(greeted);
        out.extend(first.to_be_bytes());
        match &self.kind {
            Kind::Inspected(flow) => {
                out.push(INSPECTED);
                flow.export(out);
            }
            Kind::Asleep(asleep) => {
                out.push(INSPECTED);
                out.extend_from_slice(asleep.state());
            }
            Kind::Followed(followed) => {
                out.push(FOLLOWED);
                followed.export(out);
            }
            Kind::Asked => out.push(ASKED),
        }
    }
}

fn place(reader: &mut Reader<'_>) -> Result<Place, Unreadable> {
    let ip = match reader.u8()? {
        4 => IpAddr::from(reader.array::<4>()?),
        6 => IpAddr::from(reader.array::<16>()?),
        _ => return Err(reader.unreadable()),
    };
    Ok(Place { ip, port: reader.u16()? })
}

fn lead(reader: &mut Reader<'_>) -> Result<Option<Lead>, Unreadable> {
    let known = reader.flag()?;
    let state = reader.array::<{ Lead::STATE }>()?;
    if !known {
        return Ok(None);
    }
    Lead::import(&state).map(Some).ok_or(reader.unreadable())
}
