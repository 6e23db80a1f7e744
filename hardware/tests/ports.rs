//! Ports between real network namespaces: whatever a sender's kernel makes of its traffic comes out as it went in.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../examples/bare/forward.rs"]
mod forward;
mod network;

use network::{Network, possible};
use sluice_hardware::interface::{Links, State};
use sluice_hardware::port::{Batch, Outbox, through_xdp, wait};
use sluice_hardware::{Error, Interface, Port, Waker};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// The two ports of the gateway, for so many workers.
fn ports(workers: usize) -> Vec<[Port; 2]> {
    let [a, b] = ["a", "b"].map(|name| {
        let interface = Interface::find(name).unwrap();
        interface.prepare().unwrap();
        Port::open(&interface, workers).unwrap()
    });
    a.into_iter().zip(b).map(|(a, b)| [a, b]).collect()
}

/// A bare forwarder on the gateway while `work` runs.
fn across<T>(network: &Network, workers: usize, work: impl FnOnce() -> T) -> T {
    between(&network.gateway.enter(|| ports(workers)), work)
}

/// The same over these ports.
fn between<T>(pairs: &[[Port; 2]], work: impl FnOnce() -> T) -> T {
    let stop = AtomicBool::new(false);
    let wakers: Vec<Waker> = pairs.iter().map(|_| Waker::new().unwrap()).collect();
    std::thread::scope(|scope| {
        for ([a, b], waker) in pairs.iter().zip(&wakers) {
            let stop = &stop;
            scope.spawn(move || forward::forward([a, b], waker, stop).unwrap());
        }
        // Also when `work` fails: else the scope would wait for ever.
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        stop.store(true, Ordering::Release);
        wakers.iter().for_each(Waker::wake);
        result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Sends `megabytes` there and back over one connection; what comes back must be what went.
fn echo(network: &Network, address: &str, megabytes: usize) {
    let address: SocketAddr = address.parse().unwrap();
    let listener = network.server.enter(|| TcpListener::bind(address).unwrap());
    let data: Vec<u8> = (0..megabytes << 20).map(|i: usize| (i * 31 % 251) as u8).collect();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (mut socket, _) = listener.accept().unwrap();
            std::io::copy(&mut socket.try_clone().unwrap(), &mut socket).unwrap();
        });
        let mut client = network.client.enter(|| TcpStream::connect(address).unwrap());
        client.set_read_timeout(Some(10 * SECOND)).unwrap();
        let mut writer = client.try_clone().unwrap();
        let sent = &data;
        scope.spawn(move || {
            writer.write_all(sent).unwrap();
            writer.shutdown(std::net::Shutdown::Write).unwrap();
        });
        let mut back = Vec::new();
        client.read_to_end(&mut back).unwrap();
        assert!(back == data, "{} of {} bytes came back right", back.len(), data.len());
    });
}

#[test]
fn super_frames_and_partial_checksums_pass() {
    if !possible() {
        return;
    }
    let network = Network::new(1500, true);
    across(&network, 1, || {
        echo(&network, "10.9.0.2:700", 4);
        echo(&network, "[fd09::2]:700", 2);
    });
}

#[test]
fn plain_frames_and_several_workers_pass() {
    if !possible() {
        return;
    }
    let network = Network::new(1500, false);
    across(&network, 2, || {
        echo(&network, "10.9.0.2:700", 2);
        echo(&network, "[fd09::2]:700", 2);
    });
}

#[test]
fn jumbo_frames_pass_whole() {
    if !possible() {
        return;
    }
    let network = Network::new(9000, false);
    across(&network, 1, || {
        echo(&network, "10.9.0.2:700", 2);
        let server = network.server.enter(|| UdpSocket::bind("10.9.0.2:701").unwrap());
        let client = network.client.enter(|| UdpSocket::bind("10.9.0.1:701").unwrap());
        server.set_read_timeout(Some(5 * SECOND)).unwrap();
        let datagram = vec![7; 9000 - 28];
        client.send_to(&datagram, "10.9.0.2:701").unwrap();
        let mut room = [0; 10_000];
        assert_eq!(server.recv(&mut room).unwrap(), datagram.len());
    });
}

/// The two ports of the gateway, and what came of having them go through `AF_XDP`.
fn faster(network: &Network) -> ([Port; 2], Result<(), Error>) {
    network.gateway.enter(|| {
        let mut pair = ports(1).remove(0);
        let [a, b] = ["a", "b"].map(|name| Interface::find(name).unwrap());
        let became = through_xdp(&mut pair, [&a, &b], None);
        (pair, became)
    })
}

#[test]
fn everything_passes_through_xdp_and_unfinished_checksums_are_completed() {
    if !possible() {
        return;
    }
    for offloads in [true, false] {
        let network = Network::new(1500, offloads);
        let (pair, became) = faster(&network);
        became.unwrap();
        between(&[pair], || {
            echo(&network, "10.9.0.2:700", 4);
            echo(&network, "[fd09::2]:700", 2);
        });
    }
}

#[test]
fn what_is_too_long_for_xdp_keeps_its_packet_sockets() {
    if !possible() {
        return;
    }
    let network = Network::new(9000, true);
    let (pair, became) = faster(&network);
    let said = became.unwrap_err().to_string();
    assert_eq!(said, "`a` cannot be read through AF_XDP: its MTU is 9000, and 1770 is the greatest");
    between(&[pair], || echo(&network, "10.9.0.2:700", 1));
}

#[test]
fn a_tag_in_a_frame_and_a_burst_pass_through_xdp() {
    if !possible() {
        return;
    }
    let network = Network::new(1500, true);
    let (pair, became) = faster(&network);
    became.unwrap();
    let (client, server) = (raw(&network.client, "c"), raw(&network.server, "s"));
    let frame = |number: u16| {
        let mut frame = [&[2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8, 0x81, 0, 0x20, 7, 0x88, 0xB5][..], &[0; 60]].concat();
        frame[18..20].copy_from_slice(&number.to_be_bytes());
        frame
    };
    between(&[pair], || {
        let mut outbox = Outbox::default();
        (0..400).for_each(|number| outbox.send(&frame(number)));
        outbox.flush(&client, &Batch::new());
        let (mut batch, mut next) = (Batch::new(), 0);
        while next < 400 {
            wait([&server, &server], &Waker::new().unwrap(), SECOND).unwrap();
            let count = server.receive(&mut batch).unwrap();
            assert!(count > 0, "only {next} came");
            for index in 0..count {
                let bytes = batch.frame(index).bytes;
                if bytes[..6] == [2, 0, 0, 0, 0, 9] {
                    assert_eq!(bytes, frame(next));
                    next += 1;
                }
            }
        }
    });
}

/// Opens one interface of an end for raw frames.
fn raw(space: &network::Space, name: &str) -> Port {
    let name = name.to_owned();
    space.enter(move || Port::open(&Interface::find(&name).unwrap(), 1).unwrap().remove(0))
}

fn send(port: &Port, frame: &[u8]) {
    let mut outbox = Outbox::default();
    outbox.send(frame);
    assert_eq!(outbox.flush(port, &Batch::new()).frames, 1);
}

/// A frame whose type is `0x88B5`, for local experiments, behind these tags.
fn tagged(tags: &[u8], mark: u8) -> Vec<u8> {
    let addresses = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 2, 0, 0, 0, 0, mark];
    [&addresses[..], tags, &[0x88, 0xB5], &[mark; 60]].concat()
}

/// The next frame for local experiments that arrives at a port.
fn next(port: &Port) -> Vec<u8> {
    let (waker, mut batch) = (Waker::new().unwrap(), Batch::new());
    for _ in 0..100 {
        wait([port, port], &waker, SECOND).unwrap();
        port.receive(&mut batch).unwrap();
        let frames = (0..batch.len()).map(|i| batch.frame(i).bytes.to_vec());
        if let Some(frame) = frames.into_iter().find(|f| f.windows(2).any(|w| w == [0x88, 0xB5])) {
            return frame;
        }
    }
    panic!("no frame came");
}

#[test]
fn vlan_tags_pass_in_place() {
    if !possible() {
        return;
    }
    let network = Network::new(1500, true);
    let (client, server) = (raw(&network.client, "c"), raw(&network.server, "s"));
    let stacks: [&[u8]; 4] =
        [&[], &[0x81, 0, 0x60, 7], &[0x88, 0xA8, 0, 9, 0x81, 0, 0xE0, 7], &[0x81, 0, 0, 0, 0x81, 0, 0, 1]];
    across(&network, 2, || {
        for (mark, tags) in stacks.iter().enumerate() {
            let frame = tagged(tags, mark as u8);
            send(&client, &frame);
            assert_eq!(next(&server), frame);
            send(&server, &frame);
            assert_eq!(next(&client), frame);
        }
    });
}

/// The addresses of IPv4 packets that wait at each worker's port.
fn pairs(ports: &[&Port]) -> Vec<Vec<[u8; 8]>> {
    let mut batch = Batch::new();
    let drain = |port: &&Port| {
        let mut found = Vec::new();
        while port.receive(&mut batch).unwrap() > 0 {
            let frames = (0..batch.len()).map(|i| batch.frame(i).bytes).filter(|f| f[12..14] == [8, 0]);
            found.extend(frames.map(|f| *f[26..].first_chunk::<8>().unwrap()));
        }
        found
    };
    ports.iter().map(drain).collect()
}

#[test]
fn all_frames_between_two_addresses_go_to_one_worker() {
    if !possible() {
        return;
    }
    let network = Network::new(1500, true);
    let workers = network.gateway.enter(|| ports(2));
    let (client, server) = (raw(&network.client, "c"), raw(&network.server, "s"));
    let packet = |from: [u8; 4], to: [u8; 4]| {
        let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 20, 0, 0, 0, 0, 64, 17, 0, 0];
        frame.extend_from_slice(&from);
        frame.extend_from_slice(&to);
        frame
    };
    for host in 0..64 {
        send(&client, &packet([10, 0, 0, host], [10, 1, 0, 1]));
        send(&server, &packet([10, 1, 0, 1], [10, 0, 0, host]));
    }
    let there = pairs(&[&workers[0][0], &workers[1][0]]);
    let back = pairs(&[&workers[0][1], &workers[1][1]]);
    for worker in 0..2 {
        assert!(there[worker].len() > 12, "worker {worker} has {} of 64 pairs", there[worker].len());
        let turned: Vec<[u8; 8]> =
            back[worker].iter().map(|p| [&p[4..], &p[..4]].concat().try_into().unwrap()).collect();
        assert_eq!(there[worker], turned);
    }
    assert_eq!(there[0].len() + there[1].len(), 64);
}

#[test]
fn frames_that_find_no_room_are_counted() {
    if !possible() {
        return;
    }
    let network = Network::new(1500, true);
    let workers = network.gateway.enter(|| ports(1));
    let client = raw(&network.client, "c");
    assert_eq!(workers[0][0].drops().unwrap(), 0);
    let (mut outbox, batch) = (Outbox::default(), Batch::new());
    for _ in 0..400 {
        (0..100).for_each(|_| outbox.send(&tagged(&[], 1)));
        outbox.flush(&client, &batch);
    }
    let kept = workers[0][0].discard().unwrap();
    let lost = workers[0][0].drops().unwrap();
    assert!(kept > 1000 && lost > 0, "{kept} kept, {lost} lost of 40,000");
    assert_eq!(workers[0][0].drops().unwrap(), 0, "each is told once");
}

#[test]
fn the_facts_of_an_interface_are_told() {
    if !possible() {
        return;
    }
    let network = Network::new(1500, false);
    network.gateway.enter(|| {
        network.gateway.run(&["ip", "link", "set", "dev", "a", "down", "address", "02:00:00:00:00:0a"]);
        let before = Interface::find("a").unwrap();
        assert_eq!((before.mac, before.mtu, before.carrier), ([2, 0, 0, 0, 0, 10], 1500, false));
        assert!(!before.offloads.send_checksum && !before.offloads.tcp_segmentation);
        before.prepare().unwrap();
        assert!(Interface::find("a").unwrap().carrier, "prepared, it is switched on");
        let setting = std::fs::read_to_string("/proc/sys/net/ipv6/conf/a/disable_ipv6").unwrap();
        assert_eq!(setting.trim(), "1");
    });
}

#[test]
fn what_cannot_be_a_port_is_said() {
    if !possible() {
        return;
    }
    let network = Network::new(1500, true);
    network.gateway.run(&["ip", "link", "add", "br7", "type", "bridge"]);
    network.gateway.run(&["ip", "link", "set", "dev", "b", "master", "br7"]);
    network.gateway.enter(|| {
        let text = |name: &str| Interface::find(name).unwrap_err().to_string();
        assert_eq!(text("eth9"), "there is no network interface `eth9` on this machine; there are a, b, br7");
        assert!(text("lo").contains("no Ethernet interface"));
        assert!(text("b").contains("`b` belongs to `br7`"), "{}", text("b"));
        let a = Interface::find("a").unwrap();
        a.switch(false).unwrap();
        assert_eq!(
            Port::open(&a, 1).unwrap_err().to_string(),
            "`a` is switched off: `ip link set a up` switches it on"
        );
        a.prepare().unwrap();
        let held = Port::open(&a, 2).unwrap();
        assert!(matches!(Port::open(&a, 1), Err(Error::Taken(name)) if name == "a"));
        drop(held);
        Port::open(&a, 1).unwrap();
    });
}

#[test]
fn a_link_that_fails_is_told_and_a_port_survives_it() {
    if !possible() {
        return;
    }
    let network = Network::new(1500, true);
    let (mut links, workers) = network.gateway.enter(|| {
        let workers = ports(1);
        let [a, b] = ["a", "b"].map(|name| Interface::find(name).unwrap());
        (Links::watch(&[&a, &b]).unwrap(), workers)
    });
    let mut until = |wanted: [State; 2]| {
        for _ in 0..50 {
            if links.states() == wanted {
                return;
            }
            links.wait(SECOND / 10).unwrap();
        }
        panic!("{:?} and never {wanted:?}", links.states());
    };
    until([State::Up, State::Up]);
    network.client.run(&["ip", "link", "set", "dev", "c", "down"]);
    until([State::Down, State::Up]);
    // What the gateway does to show one side what happened at the other.
    network.gateway.enter(|| Interface::find("b").unwrap().switch(false).unwrap());
    until([State::Down, State::Down]);
    assert_eq!(workers[0][1].receive(&mut Batch::new()).unwrap_err().kind(), std::io::ErrorKind::NetworkDown);
    network.client.run(&["ip", "link", "set", "dev", "c", "up"]);
    network.gateway.enter(|| Interface::find("b").unwrap().switch(true).unwrap());
    until([State::Up, State::Up]);
    network.server.settle("s");
    send(&raw(&network.server, "s"), &tagged(&[], 9));
    assert_eq!(next(&workers[0][1]), tagged(&[], 9));
    network.client.run(&["ip", "link", "del", "c"]);
    until([State::Gone, State::Up]);
}
