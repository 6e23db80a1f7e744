//! The plant's story behind the real gateway with the example policy: every scene comes out as told, and only because
//! the policy is enforced.
#![allow(clippy::unwrap_used)]

use sluice::config::Config;
use sluice::gateway::Gateway;
use sluice::policy::{Compiled, compile};
use sluice_plant::{Controller, Door, Doors, Layout, Moment, Plant, Sources, Station, Story};
use sluice_policies::source::Memory;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Enough for every scene.
const TIME: Duration = Duration::from_secs(20);
const DEFAULTS: &str =
    "[defaults]                                       # for every conduit that says nothing else\nmode    = ";

/// The water works of the examples around a plant: its ports, free ports for the listeners, and the mode of its conduits.
fn policy(plant: &Plant, mode: &str) -> Compiled {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/examples/waterworks");
    let tags = Controller::ALL.map(|controller| format!("tags/{controller}.csv"));
    let fixed = ["site.toml", "assets.toml", "conduits.toml", "tests/operators.toml", "tests/others.toml"];
    let mut files = Memory::new();
    for name in fixed.map(String::from).into_iter().chain(tags) {
        let mut text = std::fs::read_to_string(folder.join(&name)).unwrap();
        if name == "site.toml" {
            assert!(text.contains(DEFAULTS));
            text = text.replace(&format!("{DEFAULTS}\"enforce\""), &format!("{DEFAULTS}\"{mode}\""));
        }
        for (listener, controller) in ["127.0.2.1", "127.0.2.2", "127.0.2.3"].iter().zip(Controller::ALL) {
            text = text.replace(&format!("{listener}:1502"), &format!("{listener}:{}", free_port(listener)));
            // The assets stand in the order of the controllers: each takes the next place.
            text = text.replacen("ports = [1502]", &format!("ports = [{}]", plant.address(controller).port()), 1);
        }
        files = files.with(&name, text);
    }
    compile(&files).unwrap_or_else(|report| panic!("{}", report.render(false))).0
}

/// A port that nobody listened on a moment ago.
fn free_port(address: &str) -> u16 {
    std::net::TcpListener::bind((address, 0)).unwrap().local_addr().unwrap().port()
}

async fn play(mode: &str) -> Vec<Moment> {
    let plant = Arc::new(Plant::start(Layout::any_port()).await.unwrap());
    let config = Config { metrics: "127.0.0.1:0".parse().unwrap(), ..Config::default() };
    let sink = Box::new(io::sink());
    let gateway = Gateway::start("gw-1", policy(&plant, mode), &config, Some(sink)).await.unwrap();
    let listeners = gateway.addresses();
    let door = |controller: Controller| Door {
        through: listeners.iter().find(|(asset, _)| asset == controller.name()).unwrap().1,
        direct: Some(plant.address(controller)),
    };
    let doors =
        Doors { intake: door(Controller::Intake), pump: door(Controller::Pump), dosing: door(Controller::Dosing) };
    let story = Story { doors, sources: Sources::EXAMPLE };
    let mut play = story.play(Arc::clone(&plant), Instant::now() + TIME);
    let mut moments = Vec::new();
    while let Some(moment) = play.moments.recv().await {
        moments.push(moment);
    }
    assert!(play.figures.added().is_some());
    drop(play);
    gateway.shutdown().await;
    moments
}

#[tokio::test]
async fn behind_an_enforcing_gateway_every_scene_comes_out_as_told() {
    let moments = play("enforce").await;
    let wrong: Vec<_> = moments.iter().filter(|m| !m.as_expected).map(ToString::to_string).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let attacks = moments.iter().filter(|m| m.attack);
    assert!(attacks.clone().count() >= 20, "{moments:#?}");
    let survived = attacks.filter(|m| m.scene != "broken-frames").all(|m| m.connection_survived == Some(true));
    assert!(survived, "every refusal leaves its connection in service");
    assert!(moments.iter().any(|m| m.who == Station::Plant));
}

#[tokio::test]
async fn a_gateway_that_only_alerts_lets_the_attack_through_and_the_story_says_so() {
    let moments = play("alert").await;
    for scene in ["overspeed", "overdose", "umas-stop", "historian-writes"] {
        assert!(moments.iter().any(|m| m.scene == scene && !m.as_expected), "{scene}");
    }
    let strangers = moments.iter().filter(|m| m.who == Station::Stranger);
    assert!(strangers.clone().count() > 0 && strangers.clone().all(|m| m.as_expected), "no conduit: still enforced");
    let received = moments.iter().find(|m| m.what == "what the controllers received").unwrap();
    assert!(!received.as_expected, "{received}");
}
