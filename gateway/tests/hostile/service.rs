//! The gateway in service: policies that change under live connections, its end, and wrong starts.

use super::rig::folder::Folder;
use super::rig::frames::{exception, honest, read, write};
use super::rig::gateway::Gateway;
use super::rig::witness::Reply;
use super::rig::{client::Next, eventually, free};
use super::site::{SETPOINTS, Stage, TAGS, text};
use std::net::TcpListener;
use std::time::Duration;

fn swap(stage: &Stage, write: &str) {
    stage.site.write("site.toml", &text(stage.device.address, stage.listen, write));
}

#[test]
fn a_changed_policy_judges_live_connections() {
    let stage = Stage::honest(81);
    let neighbour = stage.neighbour();
    let mut client = stage.client();
    assert_eq!(client.ask(&write(1, 100, 500)), honest(&write(1, 100, 500)));
    swap(&stage, "{ setpoint = \"0 .. 400\" }");
    eventually("the write to be refused", || {
        let answer = client.ask(&write(2, 100, 500));
        (answer == exception(2, 6, 3)).then_some(())
    });
    assert_eq!(client.ask(&write(3, 100, 400)), honest(&write(3, 100, 400)));
    swap(&stage, SETPOINTS);
    eventually("the write to be allowed again", || {
        let answer = client.ask(&write(4, 100, 500));
        (answer == honest(&write(4, 100, 500))).then_some(())
    });
    assert_eq!(stage.device.connections(), 2, "the client's one connection and the neighbour's lived on");
    neighbour.finish();
}

#[test]
fn a_broken_policy_is_reported_and_the_old_one_stays() {
    let stage = Stage::honest(82);
    let neighbour = stage.neighbour();
    let mut client = stage.client();
    assert_eq!(client.ask(&write(1, 100, 500)), honest(&write(1, 100, 500)));
    swap(&stage, "[\"setpiont\"]");
    eventually("the failed reload to be reported", || {
        let metrics = stage.gateway.metrics();
        metrics.has("sluice_policy_last_reload_successful 0", &[]).then_some(())
    });
    let said = stage.gateway.said() + &format!("{:?}", stage.gateway.events());
    assert!(said.contains("setpiont"), "what is wrong is not reported: {said}");
    assert_eq!(client.ask(&write(2, 100, 500)), honest(&write(2, 100, 500)));
    assert_eq!(client.ask(&write(3, 50, 1)), exception(3, 6, 2));
    swap(&stage, "{ setpoint = \"0 .. 400\" }");
    eventually("the mended policy to hold", || (client.ask(&write(4, 100, 500)) == exception(4, 6, 3)).then_some(()));
    neighbour.finish();
}

#[test]
fn sigterm_lets_answers_arrive_and_takes_no_more() {
    let mut stage = Stage::with(83, "drain = \"3 s\"\n", |r| Reply::After(Duration::from_millis(500), honest(r)));
    let mut client = stage.client();
    client.send(&read(1, 3, 2));
    stage.device.wait_for(&read(1, 3, 2));
    stage.gateway.terminate();
    assert_eq!(client.answer(), honest(&read(1, 3, 2)), "the answer that was on its way");
    assert_eq!(client.next_within(Duration::from_secs(10)), Next::Closed);
    assert!(stage.gateway.ended().success());
    assert!(super::rig::client::Client::try_connect(super::site::CLIENT, stage.listen).is_err());
}

/// Runs it and wants exit status 2 and one clear sentence that says all of `words`.
fn fails(args: &[&str], words: &[&str]) {
    let (status, said) = Gateway::run_to_end(args);
    assert_eq!(status, Some(2), "{args:?} said: {said}");
    for word in words {
        assert!(said.contains(word), "{args:?} does not say `{word}`: {said}");
    }
    assert!(!said.contains("panicked") && !said.contains("Os {"), "{said}");
}

fn site(listen: &str) -> Folder {
    let text = text("127.0.1.84:5020".parse().unwrap(), listen.parse().unwrap(), SETPOINTS);
    let config = format!("[metrics]\nlisten = \"{}\"\n", free("127.0.0.1"));
    Folder::new(&[("site.toml", &text), ("tags/device.csv", TAGS), ("box.toml", &config)])
}

#[test]
fn a_port_that_is_taken() {
    let taken = TcpListener::bind("127.0.2.84:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let site = site(&address);
    let config = site.file("box.toml");
    fails(
        &["run", "--site", site.path().to_str().unwrap(), "--config", config.to_str().unwrap()],
        &[&address, "holds that port"],
    );
}

#[test]
fn a_folder_or_a_file_that_is_missing() {
    fails(&["run", "--site", "/nonexistent/site"], &["/nonexistent/site"]);
    let site = site("127.0.2.85:5020");
    let path = site.path().to_str().unwrap();
    fails(&["run", "--site", path, "--config", "/nonexistent/box.toml"], &["/nonexistent/box.toml"]);
    std::fs::remove_file(site.file("tags/device.csv")).unwrap();
    fails(&["run", "--site", path], &["tags/device.csv"]);
}

#[test]
fn a_gateway_that_the_site_does_not_have() {
    let site = site("127.0.2.86:5020");
    fails(&["run", "--site", site.path().to_str().unwrap(), "--gateway", "gw-9"], &["gw-9", "gw"]);
}
