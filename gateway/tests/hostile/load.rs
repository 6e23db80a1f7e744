//! More of everything than anyone should send.

use super::rig::client::{Client, Next};
use super::rig::frames::{honest, read, write};
use super::rig::witness::Reply;
use super::site::{CLIENT, GROWTH, OUTSIDER, Stage};
use std::time::Duration;

#[test]
fn a_hundred_thousand_unanswered_requests() {
    let stage =
        Stage::with(
            71,
            "",
            |request| {
                if request[8..] == [0, 0, 0, 4] { Reply::Bytes(honest(request)) } else { Reply::Silence }
            },
        );
    let neighbour = stage.neighbour();
    let before = stage.gateway.resident();
    let mut client = stage.client();
    let mut refused = 0;
    for round in 0..1000_u16 {
        let batch: Vec<u8> = (0..100).flat_map(|i| read(round.wrapping_mul(100).wrapping_add(i), 7, 2)).collect();
        client.send(&batch);
    }
    stage.denial("bound", 90_000);
    while let Next::Message(answer) = client.next_within(Duration::from_millis(300)) {
        assert_eq!(answer[7..], [0x83, 6], "refused as busy");
        refused += 1;
    }
    let passed = stage.device.messages().len();
    assert_eq!(passed + refused, 100_000, "every request is passed on or refused");
    assert!(passed < 10_000, "{passed} requests wait for an answer");
    assert!(stage.gateway.resident() < before + GROWTH, "{before} KiB became {} KiB", stage.gateway.resident());
    neighbour.finish();
}

#[test]
fn a_client_that_takes_no_answers_is_not_buffered_without_bound() {
    let stage = Stage::with(72, "stall = \"1 s\"\noutstanding = 5000\n", |r| Reply::Bytes(honest(r)));
    let neighbour = stage.neighbour();
    let before = stage.gateway.resident();
    let mut client = stage.client();
    client.give_up_sending_after(Duration::from_millis(500));
    let batch: Vec<u8> = (0..100).flat_map(|i| read(i, 0, 100)).collect();
    let mut sent = 0;
    while sent < 4000 && client.try_send(&batch).is_ok() {
        sent += 1;
    }
    assert!(stage.gateway.resident() < before + GROWTH, "{before} KiB became {} KiB", stage.gateway.resident());
    stage.gateway.wait_for("sluice_failure_policy_total", &["cause=\"unread\""], 1);
    neighbour.finish();
}

#[test]
fn two_thousand_connections() {
    super::rig::raise_file_limit();
    let limits = "connections = 4000\nconnections-per-source = 3000\naccepts-per-source = 100000\n";
    let stage = Stage::with(73, limits, |r| Reply::Bytes(honest(r)));
    let neighbour = stage.neighbour();
    let before = stage.gateway.resident();
    let mut clients: Vec<Client> = (0..2000).map(|_| stage.client()).collect();
    for (i, client) in (0..).zip(&mut clients) {
        client.send(&[read(i, 3, 2), write(i, 50, 1)].concat());
    }
    for (i, client) in (0..).zip(&mut clients) {
        let mut answers = [client.answer(), client.answer()];
        answers.sort_by_key(|a| a[7]);
        assert_eq!(answers[0], honest(&read(i, 3, 2)));
        assert_eq!(answers[1][7..], [0x86, 2]);
    }
    let grown = stage.gateway.resident().saturating_sub(before);
    assert!(grown < 2000 * 16, "{grown} KiB for 2,000 connections");
    assert!(stage.device.messages().iter().all(|m| m[7] == 3));
    neighbour.finish();
}

#[test]
fn a_source_that_opens_too_many_connections_is_stopped_at_its_own_limit() {
    let limits = "connections-per-source = 8\naccepts-per-source = 100000\n";
    let stage = Stage::with(74, limits, |r| Reply::Bytes(honest(r)));
    let neighbour = stage.neighbour();
    let mut kept: Vec<Client> = (0..8).map(|_| stage.client()).collect();
    for client in &mut kept {
        assert_eq!(client.ask(&read(1, 3, 2)), honest(&read(1, 3, 2)));
    }
    let outcome = Client::try_connect(CLIENT, stage.listen).and_then(|mut one_more| {
        one_more.try_send(&read(1, 3, 2))?;
        Ok(one_more.next_within(Duration::from_secs(10)))
    });
    assert!(matches!(outcome, Ok(Next::Closed) | Err(_)), "{outcome:?}");
    stage.gateway.wait_for("sluice_failure_policy_total", &["cause=\"connections-per-source\""], 1);
    drop(kept);
    neighbour.finish();
}

#[test]
fn slow_loris() {
    let limits = "stall = \"300 ms\"\n";
    let stage = Stage::with(75, limits, |r| Reply::Bytes(honest(r)));
    let neighbour = stage.neighbour();
    let mut slow: Vec<Client> = (0..40).map(|_| stage.client()).collect();
    for client in &mut slow {
        client.send(&write(1, 100, 5)[..11]);
    }
    for client in &mut slow {
        assert!(client.until_closed().is_empty(), "an incomplete message was answered");
    }
    assert!(stage.device.messages().is_empty());
    stage.gateway.wait_for("sluice_failure_policy_total", &["cause=\"stalled\""], 40);
    neighbour.finish();
}

#[test]
fn an_outsider_reaches_nothing() {
    let stage = Stage::honest(76);
    let neighbour = stage.neighbour();
    let outcome = Client::try_connect(OUTSIDER, stage.listen).and_then(|mut client| {
        client.try_send(&read(1, 3, 2))?;
        Ok(client.next_within(Duration::from_millis(500)))
    });
    assert!(matches!(outcome, Ok(Next::Closed | Next::Nothing) | Err(_)), "{outcome:?}");
    assert!(stage.device.messages().is_empty());
    neighbour.finish();
}
