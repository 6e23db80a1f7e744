//! A connection under one policy, driven by hand.

use crate::recorder::Recorder;
use crate::sites::{self, Rules, TARGET};
use crate::toy::{ITEM, Toy};
use core::time::Duration;
use sluice_engine::{Limits, Opening, Stream};
use sluice_model::{Direction, Instant, SpaceId};
use sluice_policies::Policy;
use sluice_protocols::{Protocol, registry};
use std::net::SocketAddr;
use std::sync::Arc;

pub struct Flow {
    pub now: Instant,
    pub policy: Arc<Policy>,
    pub stream: Stream,
    pub out: Recorder,
}

impl Flow {
    /// Reads of items 0 .. 15 and writes of items 0 .. 7 are allowed.
    pub fn usual() -> Self {
        Self::under(Rules::new(16, 8))
    }

    pub fn under(rules: Rules) -> Self {
        Self::with(rules, Limits::default(), sites::client())
    }

    pub fn with(rules: Rules, limits: Limits, source: SocketAddr) -> Self {
        Self::speaking(&Toy, ITEM, rules, limits, source)
    }

    /// The same of Modbus, with holding registers for items.
    pub fn modbus() -> Self {
        let modbus = registry::ALL[0];
        let holding = modbus.descriptor().spaces.iter().find(|s| s.name == "holding").unwrap().id;
        Self::speaking(modbus, holding, Rules::new(16, 8), Limits::default(), sites::client())
    }

    fn speaking(
        protocol: &'static dyn Protocol,
        space: SpaceId,
        rules: Rules,
        limits: Limits,
        source: SocketAddr,
    ) -> Self {
        let policy = sites::policy(protocol.descriptor(), space, rules);
        let stream = Stream::open(&policy, Opening { source, asset: TARGET, protocol, limits });
        Self { now: Instant::default(), policy, stream, out: Recorder::default() }
    }

    /// Bytes from the client.
    pub fn client(&mut self, bytes: &[u8]) -> &mut Self {
        self.stream.bytes(self.now, &self.policy, Direction::ToServer, bytes, &mut self.out);
        self
    }

    /// Bytes from the controller.
    pub fn server(&mut self, bytes: &[u8]) -> &mut Self {
        self.stream.bytes(self.now, &self.policy, Direction::ToClient, bytes, &mut self.out);
        self
    }

    /// The end of what one side sends.
    pub fn finished(&mut self, direction: Direction) -> &mut Self {
        self.stream.finished(self.now, &self.policy, direction, &mut self.out);
        self
    }

    /// Time passes, and the engine is told.
    pub fn wait(&mut self, time: Duration) -> &mut Self {
        self.now = self.now + time;
        self.stream.tick(self.now, &self.policy, &mut self.out);
        self
    }

    /// Everything that the server has received.
    pub fn at_server(&self) -> Vec<u8> {
        self.out.bytes(Direction::ToServer)
    }

    /// Everything that the client has received.
    pub fn at_client(&self) -> Vec<u8> {
        self.out.bytes(Direction::ToClient)
    }
}
