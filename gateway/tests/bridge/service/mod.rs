//! The gateway as a service: what becomes of connections when it is killed, stopped, restarted or upgraded.

mod manager;
mod overheard;
mod running;

use crate::lab::{Between, Lab, Links};
use crate::rig::client::{Client, Next};
use crate::rig::eventually;
use crate::rig::frames::{exception, read, write};
use crate::rig::witness::Witness;
use manager::Manager;
use running::Running;
use rustix::process::Signal;
use std::time::Duration;

const CLIENT: &str = "192.0.2.11";
const SERVER: &str = "192.0.2.31";
/// Illegal data address: what a denied write of a register answers.
const REFUSED: u8 = 2;

/// A laboratory with an honest controller.
fn lab() -> Option<(Lab, Witness)> {
    if !Lab::possible() {
        return None;
    }
    let lab = Lab::with(Links::default(), Between::default());
    let witness = lab.server.within(|| Witness::honest(SERVER));
    Some((lab, witness))
}

fn connect(lab: &Lab, witness: &Witness) -> Client {
    lab.client.within(|| Client::connect(CLIENT, witness.address))
}

/// A read that is allowed; `n` tells the answers apart.
fn reads(client: &mut Client, n: u16) -> bool {
    client.send(&read(n, n % 40, 1));
    match client.next_within(Duration::from_secs(10)) {
        Next::Message(answer) => answer[..2] == n.to_be_bytes() && answer[9..11] == (n % 40 + 100).to_be_bytes(),
        _ => false,
    }
}

/// Whether a forbidden write is refused, and not seen by the controller.
fn refuses(client: &mut Client, witness: &Witness, n: u16) -> bool {
    let request = write(n, 0x0BAD, n);
    let answer = client.ask(&request);
    answer == exception(n, 6, REFUSED) && !witness.saw(&request)
}

/// Waits until forbidden writes are refused. Each attempt is another one: the first may have passed.
fn holds(lab: &Lab, witness: &Witness) {
    let mut n = 1000;
    eventually("the policy to hold", || {
        n += 1;
        refuses(&mut connect(lab, witness), witness, n).then_some(())
    });
}

/// Connections whose numbers were edited were lost, which is counted and told.
fn tells_of_the_lost(lab: &Lab, running: &Running) {
    assert!(running.metrics(lab).sum("sluice_edited_connections_lost_total", &[]) > 0);
    assert!(running.said().contains("connections with denied messages taken out were lost"), "{}", running.said());
}

#[test]
fn a_denied_write_is_refused_and_the_connection_lives_on() {
    let Some((lab, witness)) = lab() else { return };
    let running = Running::start(&lab, &witness, "closed", None);
    let mut client = connect(&lab, &witness);
    for n in (1..40).step_by(2) {
        assert!(reads(&mut client, n));
        assert!(refuses(&mut client, &witness, n + 1), "{}", running.said());
    }
    assert_eq!(witness.connections(), 1);
    let metrics = running.metrics(&lab);
    assert_eq!(metrics.sum("sluice_operations_total", &["verdict=\"deny\"", "conduit=\"lab\""]), 20);
    // What comes before the first refusal leaves as it came, what comes after it is built anew.
    assert!(metrics.sum("sluice_bridge_frames_total", &["outcome=\"forwarded\""]) > 3);
    assert!(metrics.sum("sluice_bridge_frames_total", &["outcome=\"consumed\""]) > 20);
    assert!(metrics.sum("sluice_port_packets_total", &["direction=\"out\"", "port=\"control\""]) > 40);
    assert_eq!(metrics.sum("sluice_port_up", &[]), 2);
    assert_eq!(metrics.sum("sluice_bypass_active", &[]), 0);
}

#[test]
fn what_keeps_a_bridge_from_starting_is_said() {
    let Some((lab, witness)) = lab() else { return };
    let running = Running::start(&lab, &witness, "closed", None);
    let (status, said) = running::attempt(&lab, &witness, str::to_owned);
    assert_eq!(status, Some(2));
    assert!(said.contains("port `operators` of the bridge: another gateway on this machine uses `a`"), "{said}");
    drop(running);
    let (status, said) = running::attempt(&lab, &witness, |site| site.replace("control = \"b\"", "control = \"nic7\""));
    assert_eq!(status, Some(2));
    assert!(said.contains("port `control` of the bridge: there is no network interface `nic7`"), "{said}");
    let (status, said) = running::attempt(&lab, &witness, |site| site.replace("control = \"b\"", "control = \"lo\""));
    assert_eq!(status, Some(2));
    assert!(said.contains("`lo` is no Ethernet interface"), "{said}");
}

#[test]
fn a_link_that_fails_on_one_side_is_shown_on_the_other() {
    let Some((lab, witness)) = lab() else { return };
    let running = Running::start(&lab, &witness, "closed", None);
    let carrier = || lab.server.run("cat", &["/sys/class/net/s/carrier"]).trim() == "1";
    let mut client = connect(&lab, &witness);
    assert!(carrier() && reads(&mut client, 1));
    lab.client.ip("link set dev c down");
    eventually("the controller to see it", || (!carrier()).then_some(()));
    assert_eq!(running.metrics(&lab).sum("sluice_port_up", &[]), 0);
    lab.client.ip("link set dev c up");
    eventually("the controller to see that it is back", || carrier().then_some(()));
    lab.server.ip("neigh replace 192.0.2.11 lladdr 02:00:00:00:00:0b dev s nud permanent");
    lab.client.ip("neigh replace 192.0.2.31 lladdr 02:00:00:00:00:1f dev c nud permanent");
    assert!(reads(&mut client, 2), "the connection goes on: {}", running.said());
}

#[test]
fn an_open_bridge_that_is_lost_lets_traffic_pass_until_the_next_one_judges_again() {
    let Some((lab, witness)) = lab() else { return };
    for signal in [Signal::STOP, Signal::KILL] {
        let running = Running::start(&lab, &witness, "open", None);
        holds(&lab, &witness);
        let mut under_way = connect(&lab, &witness);
        assert!(reads(&mut under_way, 1));
        let mut edited = connect(&lab, &witness);
        assert!(reads(&mut edited, 1) && refuses(&mut edited, &witness, 2));
        eventually("the edited connection to be counted", || {
            let edited = ["kind=\"edited\""];
            (running.metrics(&lab).sum("sluice_bridge_flows", &edited) > 0).then_some(())
        });
        running.signal(signal);
        // Load across the loss: every request is answered, by the same connection, which no one edited.
        for n in 2..200 {
            assert!(reads(&mut under_way, n), "request {n} after {signal:?}");
        }
        // And nobody judges any more, which is what the plant chose.
        let mut unjudged = connect(&lab, &witness);
        let request = write(9, 0x0BAD, 9);
        assert_eq!(unjudged.ask(&request), request);
        if signal == Signal::STOP {
            running.signal(Signal::CONT);
            holds(&lab, &witness);
            assert!(running.metrics(&lab).sum("sluice_bypassed_frames_total", &[]) > 0);
            tells_of_the_lost(&lab, &running);
            assert_eq!(edited.next_within(Duration::from_secs(5)), Next::Closed, "its ends are told");
        }
        drop(running);
    }
    let running = Running::start(&lab, &witness, "open", None);
    assert!(running.metrics(&lab).sum("sluice_bypassed_frames_total", &[]) > 0, "the next one tells of it");
    tells_of_the_lost(&lab, &running);
    let mut client = connect(&lab, &witness);
    assert!(refuses(&mut client, &witness, 13), "{}", running.said());
}

#[test]
fn a_closed_bridge_that_is_lost_lets_nothing_pass() {
    let Some((lab, witness)) = lab() else { return };
    let running = Running::start(&lab, &witness, "closed", None);
    let mut client = connect(&lab, &witness);
    assert!(reads(&mut client, 1));
    running.signal(Signal::STOP);
    client.send(&read(2, 2, 1));
    assert_eq!(client.next_within(Duration::from_secs(1)), Next::Nothing);
    running.signal(Signal::CONT);
    assert_eq!(client.answer()[..2], [0, 2], "what waited was judged then");
    running.signal(Signal::KILL);
    client.send(&read(3, 3, 1));
    assert_eq!(client.next_within(Duration::from_secs(1)), Next::Nothing);
    assert!(!witness.saw(&read(3, 3, 1)));
}

#[test]
fn a_restart_in_service_keeps_connections_edited_ones_too() {
    let Some((lab, witness)) = lab() else { return };
    let manager = Manager::new();
    let first = Running::start(&lab, &witness, "open", Some(&manager));
    let mut plain = connect(&lab, &witness);
    assert!(reads(&mut plain, 1));
    let mut edited = connect(&lab, &witness);
    assert!(reads(&mut edited, 1));
    assert!(refuses(&mut edited, &witness, 2));
    first.signal(Signal::TERM);
    assert!(manager.keeps(), "{}", first.said());
    first.ended();
    let second = Running::start(&lab, &witness, "open", Some(&manager));
    for n in 3..20 {
        assert!(reads(&mut plain, n), "{}", second.said());
        assert!(reads(&mut edited, n), "request {n} of the edited connection: {}", second.said());
    }
    assert!(refuses(&mut edited, &witness, 21));
    assert!(refuses(&mut plain, &witness, 22));
    assert_eq!(witness.connections(), 2);
}

#[test]
fn a_restart_with_more_workers_or_fewer_keeps_connections_too() {
    let Some((lab, witness)) = lab() else { return };
    let mut edited: Vec<Client> = Vec::new();
    for (n, (before, after)) in (10..).step_by(10).zip([(1, 3), (3, 2), (2, 1)]) {
        let manager = Manager::new();
        let first = Running::with(&lab, &witness, "closed", Some(&manager), before);
        edited = (0..4).map(|_| connect(&lab, &witness)).collect();
        for client in &mut edited {
            assert!(reads(client, n) && refuses(client, &witness, n + 1));
        }
        first.signal(Signal::TERM);
        assert!(manager.keeps(), "{}", first.said());
        first.ended();
        let second = Running::with(&lab, &witness, "closed", Some(&manager), after);
        for client in &mut edited {
            assert!(reads(client, n + 2), "{before} and then {after} workers: {}", second.said());
            assert!(refuses(client, &witness, n + 3));
        }
    }
    assert_eq!((edited.len(), witness.connections()), (4, 12));
}
