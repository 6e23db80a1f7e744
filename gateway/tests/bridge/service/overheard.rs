//! A port that the gateway only listens to, beside those that it bridges.

use super::running::Running;
use super::{connect, lab, reads};
use crate::lab::addresses::{CLIENT, SERVER};
use crate::lab::tap::{Frame, Tap};
use crate::lab::{Lab, Namespace};
use crate::raw::packet::{ACK, Ip, Link, PSH, Packet, SYN, Tcp};
use crate::rig::witness::Witness;
use crate::rig::{eventually, frames};
use crate::site::FORBIDDEN;
use std::time::Duration;

const PORTS: &str = "ports   = { operators = \"a\", control = \"b\" }";
const LISTENS: &str = "ports   = { operators = \"a\", control = \"b\", mirror = \"m\" }\nmonitor = [\"mirror\"]";

/// A link whose other end a test has in its hands.
fn mirror(lab: &Lab) -> (Namespace, Tap) {
    let elsewhere = Namespace::new("mirror");
    lab.middle.ip(&format!("link add name m type veth peer name t netns {}", elsewhere.name()));
    lab.middle.ip("link set dev m up");
    elsewhere.set(&["net.ipv6.conf.all.disable_ipv6=1"]);
    elsewhere.ip("link set dev t up");
    let tap = Tap::take(&elsewhere, "t");
    (elsewhere, tap)
}

/// A conversation as a switch mirrors it: what each end sends, the client first.
fn conversation(tap: &Tap, port: u16, messages: &[(bool, Vec<u8>)]) {
    let mut next = [0x100_u32, 0x900];
    let mut say = |from_client: bool, flags: u8, payload: &[u8]| {
        let (from, to) = if from_client { (CLIENT, SERVER) } else { (SERVER, CLIENT) };
        let ports = if from_client { (40_001, port) } else { (port, 40_001) };
        let [own, other] = if from_client { [0, 1] } else { [1, 0] };
        let (sequence, acknowledgement) = (next[own], next[other]);
        let tcp = Tcp {
            from: ports.0,
            to: ports.1,
            sequence,
            acknowledgement,
            flags,
            window: 0x4000,
            payload: payload.to_vec(),
            ..Tcp::default()
        };
        next[own] += payload.len() as u32 + u32::from(flags & SYN != 0);
        let link = Link { to: to.mac, from: from.mac, ..Link::default() };
        let packet = Packet { link, ip: Ip::new(from.ip(false), to.ip(false), 6), tcp };
        tap.send(&Frame::whole(packet.frame()));
    };
    say(true, SYN, &[]);
    say(false, SYN | ACK, &[]);
    say(true, ACK, &[]);
    for (from_client, message) in messages {
        say(*from_client, ACK | PSH, message);
    }
}

fn listening(lab: &Lab, witness: &Witness) -> Running {
    Running::changed(lab, witness, None, 2, |site| site.replace(PORTS, LISTENS))
}

#[test]
fn what_is_overheard_is_judged_and_told_and_goes_nowhere() {
    let Some((lab, witness)) = lab() else { return };
    let (_elsewhere, tap) = mirror(&lab);
    let running = listening(&lab, &witness);
    let (read, write) = (frames::read(1, 0, 2), frames::write(2, FORBIDDEN, 7));
    let messages = [
        (true, read.clone()),
        (false, frames::honest(&read)),
        (true, write.clone()),
        (false, frames::honest(&write)),
        (true, frames::adu(3, 1, &[3, 0])),
    ];
    conversation(&tap, witness.address.port(), &messages);
    eventually("what was overheard to be counted", || {
        let metrics = running.metrics(&lab);
        let operations = |verdict: &str| metrics.sum("sluice_operations_total", &["conduit=\"lab\"", verdict]);
        let counted = operations("verdict=\"alert\"") == 1 && operations("verdict=\"allow\"") == 1;
        let heard = metrics.sum("sluice_port_packets_total", &["port=\"mirror\"", "direction=\"in\""]);
        (counted && heard >= 8).then_some(())
    });
    let said = || running.said();
    eventually("it to be told", || said().contains("would be denied").then_some(()));
    eventually("what is malformed to be told", || said().contains("it was overheard, and went by").then_some(()));
    assert!(said().contains("listens to mirror (m)"), "{}", said());
    assert!(!witness.saw(&write) && witness.connections() == 0, "what is overheard goes nowhere");
    std::thread::sleep(Duration::from_millis(50));
    assert!(tap.receive().is_none(), "nothing leaves by a port that is listened to");
    // The path is guarded all the while.
    assert!(reads(&mut connect(&lab, &witness), 9));
}

#[test]
fn a_site_that_changes_its_ports_is_told_when_that_takes_effect() {
    let Some((lab, witness)) = lab() else { return };
    let (_elsewhere, _tap) = mirror(&lab);
    let running = listening(&lab, &witness);
    running.change(|site| site.replace(LISTENS, PORTS));
    eventually("it to be said", || {
        running.said().contains("they change when the gateway is started again").then_some(())
    });
    assert!(reads(&mut connect(&lab, &witness), 1));
}
