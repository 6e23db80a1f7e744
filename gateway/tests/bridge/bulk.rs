//! A client with the kernel's own TCP that sends as fast as it can: thousands of requests without waiting, some of them
//! denied, in super-frames where the links have offloads. The server's stream is exactly the allowed requests; the client
//! gets exactly one answer for each.

use crate::device::Device;
use crate::gate::{Gate, Kind};
use crate::lab::addresses::SERVER;
use crate::lab::narrow::Narrow;
use crate::lab::relay::Trouble;
use crate::lab::{Between, Lab, Links};
use crate::raw::MODBUS;
use crate::rig::frames;
use crate::site;
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// Requests that are under way at once. The gateway lets a connection have 128 unanswered ones.
const BATCH: u16 = 250;

/// Whether request number `n` is one that may be.
fn may(n: u16) -> bool {
    n % 5 < 2
}

/// Request number `n`: three of five are long writes that nobody may do.
fn request(n: u16) -> Vec<u8> {
    match n % 5 {
        0 => frames::read(n, n % 20, 1 + n % 40),
        1 => frames::write_many(n, n % 5, &[n; 40]),
        _ => frames::write_many(n, site::FORBIDDEN, &[n; 100]),
    }
}

/// Sends requests `0 .. count` in batches, each in writes of `piece` bytes, and takes all answers.
fn exchange(mut stream: &TcpStream, count: u16, piece: usize) -> BTreeMap<u16, Vec<u8>> {
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let (mut pending, mut buffer, mut answers) = (Vec::new(), vec![0; 65_536], BTreeMap::new());
    for first in (0..count).step_by(usize::from(BATCH)) {
        let end = first + BATCH;
        let bytes: Vec<u8> = (first..end).flat_map(request).collect();
        bytes.chunks(piece).for_each(|piece| stream.write_all(piece).unwrap());
        while answers.len() < usize::from(end) {
            let length = stream.read(&mut buffer).unwrap_or_else(|e| panic!("after {} answers: {e}", answers.len()));
            assert_ne!(length, 0, "ended after {} answers", answers.len());
            pending.extend(&buffer[..length]);
            let (messages, rest) = frames::split(&pending);
            pending = rest;
            for message in messages {
                let transaction = u16::from_be_bytes([message[0], message[1]]);
                assert!(answers.insert(transaction, message).is_none(), "{transaction} was answered twice");
            }
        }
    }
    answers
}

/// What the requests go through besides the bridge.
enum Obstacle {
    None,
    /// Frames are lost and overtake each other between client and box.
    Trouble,
    /// A router behind the box takes packets of so many bytes only.
    Narrow(u16),
}

fn bulk(links: Links, six: bool, obstacle: &Obstacle, piece: usize) {
    if !Lab::possible() {
        return;
    }
    let mut between = Between::default();
    let count = match *obstacle {
        Obstacle::None => 4_000,
        Obstacle::Trouble => {
            between.client = Some(Box::new(Trouble::new(11, 50, 12)));
            1_000
        }
        Obstacle::Narrow(mtu) => {
            between.server = Some(Box::new(Narrow { mtu, spared: 40 }));
            2_000
        }
    };
    let lab = Lab::with(links, between);
    let device = Device::start(&lab);
    let site = site::folder(MODBUS, None);
    let _gate = Gate::start(&Kind::under_test(), &lab, &site);
    let ip = SERVER.ip(six);
    let stream =
        lab.client.within(|| TcpStream::connect_timeout(&(ip, MODBUS).into(), Duration::from_secs(20)).unwrap());
    let answers = exchange(&stream, count, piece);
    for n in 0..count {
        let request = request(n);
        let wanted = if may(n) { frames::honest(&request) } else { frames::exception(n, 16, 2) };
        assert_eq!(answers[&n], wanted, "the answer to request {n}");
    }
    let allowed: Vec<u8> = (0..count).filter(|n| may(*n)).flat_map(request).collect();
    let heard = device.heard(stream.local_addr().unwrap().port());
    assert!(heard.bytes == allowed, "the server did not receive exactly what was allowed");
}

#[test]
fn thousands_of_requests_in_super_frames() {
    bulk(Links { mtu: 1500, offloads: true }, false, &Obstacle::None, 60_000);
}

#[test]
fn thousands_of_requests_in_super_frames_over_version_6() {
    bulk(Links { mtu: 1500, offloads: true }, true, &Obstacle::None, 60_000);
}

#[test]
fn thousands_of_requests_in_jumbo_frames() {
    bulk(Links { mtu: 9000, offloads: false }, false, &Obstacle::None, 60_000);
}

#[test]
fn thousands_of_requests_in_odd_pieces() {
    bulk(Links { mtu: 1500, offloads: false }, false, &Obstacle::None, 17);
}

#[test]
fn requests_with_loss_and_reordering() {
    bulk(Links { mtu: 1500, offloads: false }, false, &Obstacle::Trouble, 700);
}

#[test]
fn requests_in_super_frames_with_loss_and_reordering() {
    bulk(Links { mtu: 1500, offloads: true }, true, &Obstacle::Trouble, 60_000);
}

/// The client's kernel is told that its packets do not fit, in numbers that it knows although the gateway changed them.
#[test]
fn requests_through_a_narrow_router() {
    bulk(Links { mtu: 1500, offloads: false }, false, &Obstacle::Narrow(600), 60_000);
}

#[test]
fn requests_through_a_narrow_router_over_version_6() {
    bulk(Links { mtu: 1500, offloads: false }, true, &Obstacle::Narrow(1280), 60_000);
}
