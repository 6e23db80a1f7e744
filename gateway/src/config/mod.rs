//! The integrator's file, `box.toml`: everything about this one machine that is no policy.
//!
//! Every key is optional. Read once at start by `command`; the rest of the program sees only [`Config`].

mod read;
mod scalar;
#[cfg(test)]
mod tests;

pub use read::{Mistake, read};

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// What `box.toml` says, defaults filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where `/metrics` is served. Port 0 lets the system choose.
    pub metrics: SocketAddr,
    /// The file that events are appended to; `None` is standard output.
    pub events: Option<PathBuf>,
    /// Bounds of the data plane.
    pub limits: Limits,
    /// What this machine's bridge is told, if the site has it bridge.
    pub bridge: Bridge,
    /// What outlives the gateway, and what time it is.
    pub state: State,
    /// How the running gateway is asked for something.
    pub control: Control,
}

/// What outlives the gateway, and what time it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The folder that it is kept in; without one nothing outlives the process.
    pub folder: Option<PathBuf>,
    /// Whether the machine's clock is right although the kernel does not know it.
    pub clock_assumed: bool,
}

/// How the running gateway is asked for something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Control {
    /// The Unix socket, if the file says.
    pub socket: Option<PathBuf>,
    /// A file that reads `1` while the key switch is turned: a line of a GPIO.
    pub key_switch: Option<PathBuf>,
}

/// How a bridge is run on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bridge {
    /// How long a worker's word that it is at work is good for: a gateway that is lost is noticed within this time.
    pub vouch: Duration,
    /// Whether a link that fails on one port is switched off on the other, so that devices there see it.
    pub mirror_link: bool,
    /// Connections and reply paths of one worker; more are not followed and do not pass.
    pub flows: usize,
    /// How frames are read and sent.
    pub packet_io: PacketIo,
}

/// How a bridge reads and sends frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PacketIo {
    /// Through packet sockets, which every interface and any number of workers can do.
    #[default]
    Packet,
    /// Past the network stack, where one worker and both interfaces are fit for it; else as above.
    Xdp,
}

impl Default for Bridge {
    fn default() -> Self {
        Self { vouch: Duration::from_millis(300), mirror_link: false, flows: 131_072, packet_io: PacketIo::Packet }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            metrics: SocketAddr::from((Ipv4Addr::LOCALHOST, 9502)),
            events: None,
            limits: Limits::default(),
            bridge: Bridge::default(),
            state: State::default(),
            control: Control::default(),
        }
    }
}

/// Bounds of the data plane. What happens at each of them is written beside it, and counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Threads that carry connections; 0 is one for each processor.
    pub workers: usize,
    /// Connections of one proxy at the same time; one more is reset. A quarter of them is all that sources without a
    /// conduit can take.
    pub connections: usize,
    /// Connections of one source at one proxy; one more is reset.
    pub connections_per_source: usize,
    /// New connections of one source at one proxy in a second (twice as many in a burst); one more is reset.
    pub accepts_per_source: u32,
    /// A connection that carries nothing for this long is closed.
    pub idle: Duration,
    /// A controller that does not accept a connection within this time is unreachable.
    pub connect: Duration,
    /// A message that stays incomplete, or a peer that takes no byte of what waits for it, for this long ends its
    /// connection; so does silence of a source without a conduit, and of a connection that one side has ended.
    pub stall: Duration,
    /// A request without an answer is forgotten after this long.
    pub patience: Duration,
    /// Requests of one connection that may wait for answers; one more is refused as busy.
    pub outstanding: usize,
    /// What SIGTERM leaves connections to receive the answers that are on their way.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            workers: 0,
            connections: 1024,
            connections_per_source: 64,
            accepts_per_source: 50,
            idle: Duration::from_hours(1),
            connect: Duration::from_secs(5),
            stall: Duration::from_secs(30),
            patience: Duration::from_secs(30),
            outstanding: 128,
            drain: Duration::from_secs(5),
        }
    }
}
