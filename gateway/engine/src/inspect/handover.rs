//! The inspection state of a flow as bytes, for a process that takes over.

use super::Inspection;
use super::place::Place;
use crate::Limits;
use core::net::IpAddr;
use sluice_model::Instant;
use sluice_policies::policy::Policy;
use sluice_protocols::handover::{Reader, Unreadable, put_bytes};
use sluice_protocols::{Opened, Protocol};
use std::net::SocketAddr;
use std::sync::Arc;

impl Inspection {
    /// Appends the state; what it names, it names by words that outlive a policy.
    pub(crate) fn export(&self, out: &mut Vec<u8>) {
        let source = self.place.source();
        match source.ip() {
            IpAddr::V4(ip) => put_bytes(out, &ip.octets()),
            IpAddr::V6(ip) => put_bytes(out, &ip.octets()),
        }
        out.extend(source.port().to_be_bytes());
        put_bytes(out, self.place.asset.as_bytes());
        out.push(self.place.generation());
        put_bytes(out, self.place.protocol.name.as_bytes());
        let mut session = Vec::new();
        self.session.export(&mut session);
        put_bytes(out, &session);
        out.extend(self.due.0.to_be_bytes());
    }

    /// Reads what was exported.
    pub(crate) fn import(
        policy: &Arc<Policy>,
        protocols: impl IntoIterator<Item = &'static dyn Protocol>,
        limits: &Limits,
        reader: &mut Reader<'_>,
    ) -> Result<Self, Unreadable> {
        let ip = match *reader.bytes()? {
            [a, b, c, d] => IpAddr::from([a, b, c, d]),
            ref long => IpAddr::from(<[u8; 16]>::try_from(long).map_err(|_| reader.unreadable())?),
        };
        let source = SocketAddr::new(ip, reader.u16()?);
        let asset = str::from_utf8(reader.bytes()?).map_err(|_| reader.unreadable())?;
        let generation = reader.u8()?;
        let spoken = reader.bytes()?;
        let protocol = protocols.into_iter().find(|p| p.descriptor().name.as_bytes() == spoken);
        let protocol = protocol.ok_or(reader.unreadable())?;
        let opened = Opened { outstanding: limits.outstanding, patience: limits.patience };
        let session = protocol.restore(opened, reader.bytes()?)?;
        let place = Place::handed_over(policy, source, asset, protocol.descriptor(), generation);
        let due = Instant(reader.u64()?);
        Ok(Self { session, place, patience: limits.patience, due })
    }
}
