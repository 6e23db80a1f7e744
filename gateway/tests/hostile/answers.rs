//! Controllers that answer what they were not asked, or not at all.

use super::rig::client::{Client, Next};
use super::rig::folder::Folder;
use super::rig::frames::{adu, honest, read, write};
use super::rig::gateway::Gateway;
use super::rig::witness::{Reply, Witness};
use super::rig::{PATIENCE, free};
use super::site::{CLIENT, SETPOINTS, Stage, TAGS, text};
use socket2::{Domain, Socket, Type};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// What a controller answers to a request.
type Answer = fn(&[u8]) -> Vec<u8>;

/// Whether a request is one of the neighbour's, which are answered honestly everywhere.
fn neighbours(request: &[u8]) -> bool {
    request[6..] == [1, 3, 0, 0, 0, 4]
}

/// A controller that answers honestly, but `odd` where it asks about register 7.
fn odd_at_seven(odd: impl Fn(&[u8]) -> Reply + Send + Sync + 'static) -> impl Fn(&[u8]) -> Reply + Send + Sync {
    move |request| if request[8..10] == [0, 7] { odd(request) } else { Reply::Bytes(honest(request)) }
}

/// The client asks about register 7, gets at most exceptions or the honest answer, and goes on after that.
fn tolerated(stage: &Stage, honest_too: bool) {
    let neighbour = stage.neighbour();
    let mut client = stage.client();
    client.send(&read(1, 7, 2));
    client.send(&read(2, 3, 2));
    let mut seen = Vec::new();
    loop {
        match client.next_within(Duration::from_millis(500)) {
            Next::Message(message) => seen.push(message),
            Next::Nothing => break,
            Next::Closed => panic!("the connection was cut after {seen:02x?}"),
        }
    }
    assert!(seen.contains(&honest(&read(2, 3, 2))), "{seen:02x?}");
    assert_eq!(seen.contains(&honest(&read(1, 7, 2))), honest_too, "{seen:02x?}");
    for message in seen.iter().filter(|m| **m != honest(&read(2, 3, 2)) && **m != honest(&read(1, 7, 2))) {
        assert_eq!(message[..2], [0, 1], "not asked for: {message:02x?}");
        assert_eq!(message[7], 0x83, "reached the client: {message:02x?}");
    }
    assert!(seen.len() <= 2, "more answers than requests: {seen:02x?}");
    assert_eq!(client.ask(&read(9, 3, 2)), honest(&read(9, 3, 2)));
    neighbour.finish();
}

#[test]
fn an_unsolicited_response_is_withheld() {
    let stage =
        Stage::with(51, "", odd_at_seven(|r| Reply::Bytes([adu(0x7777, 1, &[3, 2, 0, 1]), honest(r)].concat())));
    tolerated(&stage, true);
    stage.anomaly("unsolicited-response", 1);
    stage.denial("response", 1);
}

#[test]
fn a_duplicate_response_is_withheld() {
    let stage = Stage::with(52, "", odd_at_seven(|r| Reply::Bytes([honest(r), honest(r), honest(r)].concat())));
    tolerated(&stage, true);
    stage.anomaly("duplicate-response", 2);
}

#[test]
fn a_late_response_is_withheld() {
    let stage = Stage::with(53, "patience = \"100 ms\"\n", |request| {
        let late = !neighbours(request) && request[8..10] == [0, 7];
        if late { Reply::After(Duration::from_millis(400), honest(request)) } else { Reply::Bytes(honest(request)) }
    });
    let neighbour = stage.neighbour();
    let mut client = stage.client();
    client.send(&read(1, 7, 2));
    stage.anomaly("late-response", 1);
    let answer = client.next_within(Duration::from_millis(100));
    assert_ne!(answer, Next::Message(honest(&read(1, 7, 2))), "a late response reached the client");
    assert_ne!(answer, Next::Closed);
    client.send(&read(2, 3, 2));
    let mut next = client.answer();
    if next[..2] == [0, 1] {
        next = client.answer();
    }
    assert_eq!(next, honest(&read(2, 3, 2)));
    neighbour.finish();
}

#[test]
fn mismatched_responses_are_withheld() {
    let cases: [(&str, Answer); 4] = [
        ("unit-mismatch", |r| adu(1, 2, &honest(r)[7..])),
        ("function-mismatch", |_| adu(1, 1, &[4, 4, 0, 1, 0, 2])),
        ("size-mismatch", |_| adu(1, 1, &[3, 6, 0, 1, 0, 2, 0, 3])),
        ("too-short", |_| adu(1, 1, &[3, 4, 0, 1, 0])),
    ];
    for (address, (kind, answer)) in (54..).zip(cases) {
        let stage = Stage::with(address, "", odd_at_seven(move |r| Reply::Bytes(answer(r))));
        tolerated(&stage, false);
        stage.anomaly(kind, 1);
    }
}

#[test]
fn a_write_that_is_echoed_wrongly() {
    let stage = Stage::with(58, "", |request| {
        let mut answer = honest(request);
        if request[7] == 6 {
            *answer.last_mut().unwrap() ^= 1;
        }
        Reply::Bytes(answer)
    });
    let mut client = stage.client();
    client.send(&write(1, 100, 5));
    stage.anomaly("echo-mismatch", 1);
    client.send(&read(2, 3, 2));
    let answers = [client.next_within(Duration::from_secs(5)), client.next_within(Duration::from_millis(300))];
    assert!(answers.contains(&Next::Message(honest(&read(2, 3, 2)))), "{answers:02x?}");
    assert!(!answers.contains(&Next::Closed), "{answers:02x?}");
}

#[test]
fn a_response_that_cannot_be_framed_ends_the_connection() {
    let stage = Stage::with(
        59,
        "",
        odd_at_seven(|r| Reply::Bytes([&r[..2], &[0, 0, 0xFF, 0xFF, 1, 3, 4, 0, 1, 0, 2]].concat())),
    );
    let neighbour = stage.neighbour();
    let mut client = stage.client();
    client.send(&read(1, 7, 2));
    let last = client.until_closed();
    assert!(last.iter().all(|m| m[7] == 0x83), "{last:02x?}");
    stage.anomaly("length", 1);
    neighbour.finish();
}

#[test]
fn the_controller_is_cut_off_in_the_middle_of_its_answer() {
    let stage = Stage::with(60, "", odd_at_seven(|r| Reply::Cut(honest(r)[..9].to_vec())));
    let neighbour = stage.neighbour();
    let mut client = stage.client();
    assert_eq!(client.ask(&read(1, 3, 2)), honest(&read(1, 3, 2)));
    client.send(&read(2, 7, 2));
    let last = client.until_closed();
    assert!(last.iter().all(|m| m[7] == 0x83), "half an answer reached the client: {last:02x?}");
    stage.anomaly("truncated", 1);
    neighbour.finish();
    let mut again = stage.client();
    assert_eq!(again.ask(&read(3, 3, 2)), honest(&read(3, 3, 2)));
}

/// The connection of a client whose controller cannot be reached is reset, as it would be without the gateway.
fn cut_off(listen: SocketAddr) {
    let outcome = Client::try_connect(CLIENT, listen).and_then(|mut client| {
        client.try_send(&read(1, 3, 2))?;
        Ok(client.next_within(PATIENCE))
    });
    assert!(matches!(outcome, Ok(Next::Closed) | Err(_)), "{outcome:?}");
}

#[test]
fn nobody_listens_behind_the_gateway() {
    let mut device = Witness::honest("127.0.1.61");
    device.stop();
    let stage = Stage::new(61, device, "");
    for n in 1..=3 {
        cut_off(stage.listen);
        stage.gateway.wait_for("sluice_upstream_errors_total", &["kind=\"refused\""], n);
    }
}

/// A controller that is powered off answers no dial at all; a listener whose queue is full does the same.
#[test]
fn the_controller_does_not_answer_the_dial() {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from(([127, 0, 1, 62], 0)).into()).unwrap();
    socket.listen(0).unwrap();
    let device = socket.local_addr().unwrap().as_socket().unwrap();
    let filling: Vec<_> =
        (0..4).map(|_| TcpStream::connect_timeout(&device, Duration::from_millis(100)).ok()).collect();
    assert!(filling.iter().any(Option::is_none), "the queue is not full");
    let listen = free("127.0.2.62");
    let site = Folder::new(&[("site.toml", &text(device, listen, SETPOINTS)), ("tags/device.csv", TAGS)]);
    let gateway = Gateway::start(site.path(), "connect = \"300 ms\"\n");
    cut_off(listen);
    gateway.wait_for("sluice_upstream_errors_total", &["kind=\"time-out\""], 1);
}
