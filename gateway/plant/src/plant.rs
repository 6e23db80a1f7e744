//! The plant as a whole: the process in time, and its three controllers.

use crate::controllers::witness::Witness;
use crate::controllers::{Controller, Server};
use crate::process::{Extremes, Waterworks};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// How often the process moves.
const TICK: Duration = Duration::from_millis(50);

/// Where the controllers listen and how fast the plant's time runs.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Address of `plc-intake`; port 0 lets the system choose.
    pub intake: SocketAddr,
    /// Address of `plc-pump`.
    pub pump: SocketAddr,
    /// Address of `plc-dosing`.
    pub dosing: SocketAddr,
    /// Seconds of plant time in a second; a tank that takes an hour to fill is no show.
    pub pace: u32,
}

impl Layout {
    /// The addresses of `policies/examples/waterworks`: 127.0.1.1 to 127.0.1.3, port 1502.
    pub const EXAMPLE: Self = Self {
        intake: SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(127, 0, 1, 1)), 1502),
        pump: SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(127, 0, 1, 2)), 1502),
        dosing: SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(127, 0, 1, 3)), 1502),
        pace: 30,
    };

    /// The example's addresses with ports that the system chooses: for tests.
    pub fn any_port() -> Self {
        let free = |mut address: SocketAddr| {
            address.set_port(0);
            address
        };
        let Self { intake, pump, dosing, pace } = Self::EXAMPLE;
        Self { intake: free(intake), pump: free(pump), dosing: free(dosing), pace }
    }
}

/// The state of the plant at one moment, in engineering units.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Snapshot {
    /// Tank level, %.
    pub level: f64,
    /// Flow into the tank, m3/h.
    pub inflow: f64,
    /// Flow out of the tank, m3/h.
    pub outflow: f64,
    /// The flow meter's total, m3.
    pub total: f64,
    /// Commanded pump speed, Hz.
    pub speed_setpoint: f64,
    /// Speed at which the pump turns, Hz.
    pub speed: f64,
    /// Whether the pump tripped.
    pub pump_fault: bool,
    /// Motor temperature, degC.
    pub motor_temperature: f64,
    /// Opening of the outlet valve, 0 to 1.
    pub valve: f64,
    /// The valve's command bits: 1 open, 2 close.
    pub valve_commands: u16,
    /// Chlorine set point, mg/L.
    pub chlorine_setpoint: f64,
    /// Chlorine measured at the outlet, mg/L.
    pub residual: f64,
    /// Water that ran over so far, m3.
    pub spilled: f64,
    /// The worst since the start.
    pub extremes: Extremes,
}

/// A running plant; dropped, it stops.
#[derive(Debug)]
pub struct Plant {
    works: Arc<Mutex<Waterworks>>,
    servers: [Server; 3],
    clock: JoinHandle<()>,
}

impl Plant {
    /// Starts the process and the controllers; must be called inside a tokio runtime with time and I/O.
    ///
    /// # Errors
    /// An address that is taken or not of this machine, with the controller's name.
    pub async fn start(layout: Layout) -> io::Result<Self> {
        let works = Arc::new(Mutex::new(Waterworks::default()));
        let server = |controller, address| Server::start(controller, address, Arc::clone(&works));
        let servers = [
            server(Controller::Intake, layout.intake).await?,
            server(Controller::Pump, layout.pump).await?,
            server(Controller::Dosing, layout.dosing).await?,
        ];
        let clock = tokio::spawn(run(Arc::clone(&works), layout.pace));
        Ok(Self { works, servers, clock })
    }

    /// Where a controller listens.
    pub fn address(&self, controller: Controller) -> SocketAddr {
        self.servers[controller.index()].address()
    }

    /// What a controller received.
    pub fn witness(&self, controller: Controller) -> &Witness {
        self.servers[controller.index()].witness()
    }

    /// The plant as it is now.
    pub fn snapshot(&self) -> Snapshot {
        let works = self.works();
        Snapshot {
            level: works.tank.level(),
            inflow: works.tank.inflow(),
            outflow: works.tank.outflow(),
            total: works.tank.total(),
            speed_setpoint: works.pump.setpoint(),
            speed: works.pump.speed(),
            pump_fault: works.pump.fault(),
            motor_temperature: works.pump.temperature(),
            valve: works.valve.position(),
            valve_commands: works.valve.commands(),
            chlorine_setpoint: works.chlorination.chlorine_setpoint(),
            residual: works.chlorination.residual(),
            spilled: works.tank.spilled(),
            extremes: works.extremes(),
        }
    }

    /// Starts the records anew: what the controllers received, and the worst of the process.
    pub fn forget(&self) {
        self.works().forget_extremes();
        for server in &self.servers {
            server.witness().clear();
        }
    }

    fn works(&self) -> MutexGuard<'_, Waterworks> {
        self.works.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Plant {
    fn drop(&mut self) {
        self.clock.abort();
    }
}

async fn run(works: Arc<Mutex<Waterworks>>, pace: u32) {
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = Instant::now();
    loop {
        let now = tick.tick().await;
        let passed = now.saturating_duration_since(last).saturating_mul(pace);
        last = now;
        works.lock().unwrap_or_else(PoisonError::into_inner).step(passed);
    }
}
