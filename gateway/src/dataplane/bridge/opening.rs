//! From a plan to open ports and a standby wire, or to one clear sentence.

use super::Plan;
use crate::config::{self, PacketIo};
use core::fmt;
use sluice_hardware::port::through_xdp;
use sluice_hardware::standby::{Leftover, OnLoss};
use sluice_hardware::{Error, Interface, Port, Standby};
use std::time::Duration;

/// How long workers are taken to be at work while they are being started.
const GRACE: Duration = Duration::from_secs(5);

/// What a bridge runs on.
pub(super) struct Opened {
    pub(super) interfaces: [Interface; 2],
    /// The two ports of each worker.
    pub(super) workers: Vec<[Port; 2]>,
    pub(super) standby: Standby,
    /// What an earlier gateway left.
    pub(super) left: Option<Leftover>,
    /// Whether frames go through `AF_XDP`; or why they do not although it was asked for.
    pub(super) xdp: Result<bool, String>,
}

/// Why a bridge, or a port that is listened to, cannot start.
#[derive(Debug)]
pub(crate) struct OpenError {
    port: Option<String>,
    error: Error,
}

/// Opens everything for so many workers, to read and send in this way. Frames wait in the ports from now on, and no more pass on their own.
pub(super) fn open(plan: &Plan, workers: u8, io: PacketIo) -> Result<Opened, OpenError> {
    let find = |side: usize| -> Result<(Interface, Vec<Port>), OpenError> {
        let failed = |error| OpenError { port: Some(plan.ports[side].clone()), error };
        let interface = Interface::find(&plan.interfaces[side]).map_err(failed)?;
        interface.prepare().map_err(failed)?;
        let ports = Port::open(&interface, usize::from(workers)).map_err(failed)?;
        Ok((interface, ports))
    };
    let ((a, ports_a), (b, ports_b)) = (find(0)?, find(1)?);
    let on_loss = if plan.open { OnLoss::Open } else { OnLoss::Closed };
    let (standby, left) = Standby::install([&a, &b], on_loss, workers, GRACE)?;
    let mut workers: Vec<[Port; 2]> = ports_a.into_iter().zip(ports_b).map(|(a, b)| [a, b]).collect();
    if left.is_some() || plan.open {
        // What came before the wire fell silent has passed over it.
        for port in workers.iter().flatten() {
            // A port that cannot be read now is reported by its worker.
            let _ = port.discard();
        }
    }
    let xdp = if io == PacketIo::Xdp { faster(&mut workers, [&a, &b], &standby).map(|()| true) } else { Ok(false) };
    Ok(Opened { interfaces: [a, b], workers, standby, left, xdp })
}

/// Has the ports go through `AF_XDP`; why not.
fn faster(workers: &mut [[Port; 2]], interfaces: [&Interface; 2], standby: &Standby) -> Result<(), String> {
    let [ports] = workers else {
        return Err(format!("AF_XDP serves one worker, and there are {}: `workers = 1` in [limits]", workers.len()));
    };
    through_xdp(ports, interfaces, Some(standby)).map_err(|error| error.to_string())
}

/// How many workers, by the configuration.
pub(super) fn workers(limits: &config::Limits) -> u8 {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let count = if limits.workers == 0 { processors } else { limits.workers };
    u8::try_from(count).unwrap_or(u8::MAX)
}

impl OpenError {
    /// Of the port called `port`.
    pub(crate) fn of(port: &str, error: Error) -> Self {
        Self { port: Some(port.to_owned()), error }
    }
}

impl From<Error> for OpenError {
    fn from(error: Error) -> Self {
        Self { port: None, error }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.port {
            Some(port) => write!(f, "port `{port}` of the bridge: {}", self.error),
            None => write!(f, "bridge: {}", self.error),
        }
    }
}
