//! The standby wire: nothing passes twice, and what the plant chose happens when the process is lost.
#![allow(clippy::unwrap_used, missing_docs)]

mod network;

use network::{Network, Space, possible};
use sluice_hardware::monotonic as now;
use sluice_hardware::port::{Batch, Outbox, through_xdp, wait};
use sluice_hardware::standby::{Found, Leftover, OnLoss};
use sluice_hardware::{Interface, Port, Standby, Waker};
use std::net::UdpSocket;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PROMISE: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_hours(1);

fn install(network: &Network, on_loss: OnLoss, workers: u8, grace: Duration) -> (Standby, Option<Leftover>) {
    network.gateway.enter(|| {
        let [a, b] = ["a", "b"].map(|name| Interface::find(name).unwrap());
        a.prepare().unwrap();
        b.prepare().unwrap();
        Standby::install([&a, &b], on_loss, workers, grace).unwrap()
    })
}

/// Datagrams from the client to the server, numbered.
struct Line {
    client: UdpSocket,
    server: UdpSocket,
    next: u32,
}

impl Line {
    fn new(network: &Network) -> Self {
        let bind = |space: &Space, at: &'static str| space.enter(|| UdpSocket::bind(at).unwrap());
        let (client, server) = (bind(&network.client, "10.9.0.1:700"), bind(&network.server, "10.9.0.2:700"));
        server.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        // The two know each other's address: what is dropped is a datagram, not a question for it.
        for (space, peer, interface) in
            [(&network.client, &network.server, "c"), (&network.server, &network.client, "s")]
        {
            let other = if interface == "c" { "s" } else { "c" };
            let mac = peer.enter(|| Interface::find(other).unwrap().mac).map(|b| format!("{b:02x}")).join(":");
            let ip = if interface == "c" { "10.9.0.2" } else { "10.9.0.1" };
            space.run(&["ip", "neigh", "add", ip, "lladdr", &mac, "dev", interface]);
        }
        Self { client, server, next: 0 }
    }

    fn send(&mut self) -> u32 {
        self.client.send_to(&self.next.to_be_bytes(), "10.9.0.2:700").unwrap();
        self.next += 1;
        self.next - 1
    }

    /// Every number that has come.
    fn received(&self) -> Vec<u32> {
        let mut room = [0; 4];
        core::iter::from_fn(|| self.server.recv(&mut room).ok().map(|_| u32::from_be_bytes(room))).collect()
    }
}

#[test]
fn frames_pass_exactly_while_somebody_has_not_vouched() {
    if !possible() {
        return;
    }
    let network = Network::new(1500, true);
    let (standby, left) = install(&network, OnLoss::Open, 2, LONG);
    assert_eq!(left, None);
    let mut line = Line::new(&network);
    line.send();
    let beats = [standby.beat(0, LONG), standby.beat(1, LONG)];
    assert_eq!(beats.each_ref().map(|beat| beat.vouch(now())), [Found::Kept, Found::Kept]);
    line.send();
    assert_eq!((line.received(), standby.passed(), standby.lapsed()), (vec![], 0, false));
    // One of two is enough for the wire to open, and the other learns of it.
    standby.promise(Duration::ZERO);
    assert_eq!(beats[0].vouch(now()), Found::Lapsed);
    assert_eq!(beats[0].vouch(now()), Found::Open);
    let passed = line.send();
    assert_eq!((line.received(), standby.lapsed()), (vec![passed], true));
    assert_eq!(beats[1].vouch(now()), Found::Lapsed);
    assert_eq!(beats[0].vouch(now()), Found::Kept);
    // The ends' own chatter has passed too, perhaps.
    let passed = standby.passed();
    assert!(passed >= 1);
    line.send();
    assert_eq!((line.received(), standby.passed()), (vec![], passed));
}

#[test]
fn the_next_gateway_finds_what_the_last_one_left() {
    if !possible() {
        return;
    }
    let network = Network::new(1500, true);
    let mut line = Line::new(&network);
    let (standby, _) = install(&network, OnLoss::Open, 1, Duration::ZERO);
    standby.beat(0, Duration::ZERO).stakes(7);
    drop(standby);
    let first = line.send();
    assert_eq!(line.received(), [first], "it outlives whoever made it");
    let (_, left) = install(&network, OnLoss::Closed, 1, Duration::ZERO);
    assert!(left.is_some_and(|left| left.passed >= 1 && left.at_stake == 7), "{left:?}");
    line.send();
    assert_eq!(line.received(), []);
    let (_, left) = install(&network, OnLoss::Open, 3, LONG);
    assert_eq!(left, Some(Leftover { passed: 0, at_stake: 0 }));
    line.send();
    assert_eq!(line.received(), [], "taken to be at work until the grace is over");
}

#[test]
fn an_open_wire_is_a_cable() {
    if !possible() {
        return;
    }
    let network = Network::new(9000, true);
    let (standby, _) = install(&network, OnLoss::Open, 1, Duration::ZERO);
    let port = |space: &Space, name: &'static str| {
        space.enter(|| Port::open(&Interface::find(name).unwrap(), 1).unwrap().remove(0))
    };
    let (client, server) = (port(&network.client, "c"), port(&network.server, "s"));
    // A bridge would keep the first two to itself: LLDP and PROFINET's own discovery; the tags; a jumbo frame.
    let heads: [&[u8]; 5] = [
        &[1, 0x80, 0xC2, 0, 0, 0x0E, 2, 0, 0, 0, 0, 1, 0x88, 0xCC],
        &[1, 0x0E, 0xCF, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0x88, 0x92],
        &[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 2, 0, 0, 0, 0, 1, 0x81, 0, 0x60, 7, 0x88, 0xB5],
        &[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 2, 0, 0, 0, 0, 1, 0x88, 0xA8, 0, 1, 0x81, 0, 0, 2, 0x88, 0xB5],
        &[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xB5],
    ];
    for (mark, head) in heads.iter().enumerate() {
        let length = if mark == 4 { 9000 } else { 60 };
        let frame = [head, vec![mark as u8; length].as_slice()].concat();
        let mut outbox = Outbox::default();
        outbox.send(&frame);
        assert_eq!(outbox.flush(&client, &Batch::new()).frames, 1);
        let (waker, mut batch) = (Waker::new().unwrap(), Batch::new());
        let mut came = false;
        while !came {
            wait([&server, &server], &waker, Duration::from_secs(5)).unwrap();
            assert!(server.receive(&mut batch).unwrap() > 0, "frame {mark} did not come");
            came = (0..batch.len()).any(|i| batch.frame(i).bytes == frame);
        }
    }
    assert!(standby.passed() >= 5);
}

/// The gateway of the next test, in a process of its own: forwards what it reads, vouching as it goes.
#[test]
fn a_process_of_its_own() {
    let Ok(on_loss) = std::env::var("SLUICE_STANDBY") else { return };
    let [a, b] = ["a", "b"].map(|name| Interface::find(name).unwrap());
    a.prepare().unwrap();
    b.prepare().unwrap();
    let ports = [Port::open(&a, 1).unwrap().remove(0), Port::open(&b, 1).unwrap().remove(0)];
    let on_loss = if on_loss == "open" { OnLoss::Open } else { OnLoss::Closed };
    let (standby, _) = Standby::install([&a, &b], on_loss, 1, PROMISE).unwrap();
    let beat = standby.beat(0, PROMISE);
    assert!(ports.iter().all(|port| port.discard().is_ok()));
    let (waker, mut batch, mut outbox) = (Waker::new().unwrap(), Batch::new(), Outbox::default());
    loop {
        if beat.vouch(now()) == Found::Lapsed {
            assert!(ports.iter().all(|port| port.discard().is_ok()));
        }
        let ready = wait([&ports[0], &ports[1]], &waker, PROMISE / 4).unwrap();
        for from in (0..2).filter(|side| ready.ports[*side]) {
            let count = ports[from].receive(&mut batch).unwrap();
            (0..count).for_each(|index| outbox.forward(index, usize::MAX));
            outbox.flush(&ports[1 - from], &batch);
        }
    }
}

struct Process(Child);

impl Process {
    fn start(network: &Network, on_loss: &str) -> Self {
        let test = std::env::current_exe().unwrap();
        let mut command = Command::new("ip");
        command.args(["netns", "exec", network.gateway.name()]).arg(test).args(["--exact", "a_process_of_its_own"]);
        Self(command.env("SLUICE_STANDBY", on_loss).stdout(Stdio::null()).spawn().unwrap())
    }

    /// `ip netns exec` becomes the program that it starts, so its number is that one's.
    fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_raw(self.0.id().cast_signed()).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Sends a datagram each few milliseconds until one arrives that was sent after now; whether any did in a second.
fn passes(line: &mut Line) -> bool {
    let begin = line.next;
    line.server.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
    let deadline = Instant::now() + Duration::from_secs(3);
    while Instant::now() < deadline {
        line.send();
        if line.received().iter().any(|number| *number >= begin) {
            return true;
        }
    }
    false
}

#[test]
fn a_killed_or_stopped_process_opens_the_wire_and_the_next_one_takes_over() {
    use rustix::process::Signal;
    if !possible() {
        return;
    }
    let network = Network::new(1500, true);
    let mut line = Line::new(&network);
    let first = Process::start(&network, "open");
    assert!(passes(&mut line), "through the process");
    first.signal(Signal::STOP);
    assert!(passes(&mut line), "past a stopped process");
    first.signal(Signal::CONT);
    assert!(passes(&mut line));
    first.signal(Signal::KILL);
    assert!(passes(&mut line), "past a killed process");
    drop(first);
    let second = Process::start(&network, "open");
    assert!(passes(&mut line));
    drop(second);
    assert!(passes(&mut line));
    // Whoever handled a frame, it came once.
    let mut numbers = line.received();
    numbers.sort_unstable();
    assert!(numbers.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn a_killed_process_closes_the_wire_when_the_plant_chose_so() {
    use rustix::process::Signal;
    if !possible() {
        return;
    }
    let network = Network::new(1500, true);
    let mut line = Line::new(&network);
    let process = Process::start(&network, "closed");
    assert!(passes(&mut line), "through the process");
    process.signal(Signal::STOP);
    line.received();
    assert!(!passes(&mut line), "past a stopped process");
    process.signal(Signal::KILL);
    assert!(!passes(&mut line), "past a killed process");
}

#[test]
fn through_xdp_frames_are_the_workers_while_it_vouches_and_the_wires_when_it_does_not() {
    if !possible() {
        return;
    }
    let network = Network::new(1500, false);
    let (standby, _) = install(&network, OnLoss::Open, 1, LONG);
    let mut pair = network.gateway.enter(|| {
        let [a, b] = ["a", "b"].map(|name| Interface::find(name).unwrap());
        let mut pair = [&a, &b].map(|interface| Port::open(interface, 1).unwrap().remove(0));
        through_xdp(&mut pair, [&a, &b], Some(&standby)).unwrap();
        pair
    });
    let mut line = Line::new(&network);
    let mine = |pair: &[Port; 2]| {
        let mut batch = Batch::new();
        pair[0].receive(&mut batch).unwrap();
        let numbers = (0..batch.len()).map(|index| batch.frame(index).bytes).filter(|b| b.len() == 46);
        numbers.map(|bytes| u32::from_be_bytes(*bytes.last_chunk().unwrap())).collect::<Vec<_>>()
    };
    line.send();
    assert_eq!((line.received(), standby.passed(), mine(&pair)), (vec![], 0, vec![0]));
    // Stopped, or it hangs.
    standby.promise(Duration::ZERO);
    line.send();
    assert_eq!((line.received(), mine(&pair)), (vec![1], vec![]));
    // What waits for a worker that comes back can be forgotten.
    assert_eq!(standby.beat(0, LONG).vouch(now()), Found::Lapsed);
    line.send();
    assert_eq!((pair[0].discard().unwrap(), mine(&pair), line.received()), (1, vec![], vec![]));
    // Gone, with its word still good: the wire is mute until it has run out.
    pair = network.gateway.enter(|| {
        drop(pair);
        let [a, b] = ["a", "b"].map(|name| Interface::find(name).unwrap());
        [&a, &b].map(|interface| Port::open(interface, 1).unwrap().remove(0))
    });
    line.send();
    assert_eq!((line.received(), mine(&pair)), (vec![], vec![3]));
    standby.promise(Duration::ZERO);
    line.send();
    assert_eq!(line.received(), vec![4]);
}
