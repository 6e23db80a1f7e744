//! The story's judgement can succeed and can fail: against a right gateway, a leaky one, a rude one and none.
#![allow(clippy::unwrap_used)]

mod double;

use double::{Double, Habit};
use sluice_plant::{Controller, Door, Doors, Layout, Moment, Plant, Sources, Station, Story};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};

async fn plant() -> Arc<Plant> {
    Arc::new(Plant::start(Layout::any_port()).await.unwrap())
}

async fn play(plant: &Arc<Plant>, doors: Doors, seconds: u64) -> Vec<Moment> {
    let time = Duration::from_secs(seconds);
    let mut play = Story { doors, sources: Sources::EXAMPLE }.play(Arc::clone(plant), Instant::now() + time);
    let mut moments = Vec::new();
    let all = async {
        while let Some(moment) = play.moments.recv().await {
            moments.push(moment);
        }
    };
    timeout(time + Duration::from_secs(10), all).await.expect("the story ends by itself");
    moments
}

fn wrong(moments: &[Moment]) -> Vec<String> {
    moments.iter().filter(|m| !m.as_expected).map(ToString::to_string).collect()
}

fn judgement<'m>(moments: &'m [Moment], what: &str) -> &'m Moment {
    moments.iter().find(|m| m.who == Station::Plant && m.what == what).unwrap()
}

#[tokio::test]
async fn behind_a_right_gateway_every_scene_comes_out_as_told() {
    let plant = plant().await;
    let double = Double::start(&plant, Habit::Right).await.unwrap();
    let moments = play(&plant, double.doors, 20).await;
    assert!(wrong(&moments).is_empty(), "{:#?}", wrong(&moments));
    let scenes: BTreeSet<_> = moments.iter().map(|m| m.scene).collect();
    assert_eq!(scenes.len(), 19, "18 scenes and the judgement: {scenes:?}");
    let refused: Vec<_> = moments.iter().filter(|m| m.attack && m.scene != "broken-frames").collect();
    assert!(refused.iter().all(|m| m.connection_survived == Some(true)), "{refused:#?}");
    assert!(moments.is_sorted_by_key(|m| m.at));
}

#[tokio::test]
async fn without_a_gateway_the_attack_succeeds_and_the_story_says_so() {
    let plant = plant().await;
    let door = |controller| Door { through: plant.address(controller), direct: None };
    let doors =
        Doors { intake: door(Controller::Intake), pump: door(Controller::Pump), dosing: door(Controller::Dosing) };
    let moments = play(&plant, doors, 10).await;
    for scene in ["unit-sweep", "function-scan", "stranger", "overspeed", "overdose", "run-command"] {
        let attacks: Vec<_> = moments.iter().filter(|m| m.scene == scene && m.attack).collect();
        assert!(attacks.iter().any(|m| !m.as_expected), "{scene}: {attacks:#?}");
    }
    for scene in ["operator-speed", "engineer", "operator-chlorine"] {
        assert!(moments.iter().filter(|m| m.scene == scene).all(|m| m.as_expected), "{scene} needs no gateway");
    }
    for what in ["what the controllers received", "pump speed", "chlorine set point", "controllers' programs"] {
        assert!(!judgement(&moments, what).as_expected, "{what} must be found wrong");
    }
}

#[tokio::test]
async fn a_gateway_that_refuses_and_forwards_all_the_same_is_found_out_by_the_witness() {
    let plant = plant().await;
    let double = Double::start(&plant, Habit::Leaky).await.unwrap();
    let moments = play(&plant, double.doors, 6).await;
    let overspeed = moments.iter().find(|m| m.scene == "overspeed").unwrap();
    assert!(overspeed.as_expected, "to the attacker's face it looks right: {overspeed}");
    assert!(!judgement(&moments, "what the controllers received").as_expected);
    assert!(!judgement(&moments, "pump speed").as_expected);
}

#[tokio::test]
async fn a_refusal_counts_only_with_the_right_code_and_a_living_connection() {
    let overspeed = async |habit| {
        let plant = plant().await;
        let double = Double::start(&plant, habit).await.unwrap();
        let moments = play(&plant, double.doors, 6).await;
        assert!(judgement(&moments, "what the controllers received").as_expected, "nothing leaked");
        moments.into_iter().find(|m| m.scene == "overspeed").unwrap()
    };
    let (rude, dying, vague) = tokio::join!(overspeed(Habit::Rude), overspeed(Habit::Dying), overspeed(Habit::Vague));
    for (moment, survived) in [(rude, false), (dying, false), (vague, true)] {
        assert!(!moment.as_expected && moment.connection_survived == Some(survived), "{moment:?}");
    }
}

#[tokio::test]
async fn an_unreachable_gateway_is_no_success() {
    let plant = plant().await;
    let nobody = "127.0.0.1:9".parse().unwrap();
    let door = Door { through: nobody, direct: None };
    let moments = play(&plant, Doors { intake: door, pump: door, dosing: door }, 5).await;
    assert!(moments.iter().filter(|m| m.who != Station::Plant).all(|m| !m.as_expected));
    assert!(!judgement(&moments, "polling").as_expected);
    assert!(!judgement(&moments, "what the controllers received").as_expected, "nothing received proves nothing");
}

#[tokio::test]
async fn the_stations_measure_both_ways_and_a_closed_channel_ends_the_story() {
    let plant = plant().await;
    let double = Double::start(&plant, Habit::Right).await.unwrap();
    let story = Story { doors: double.doors, sources: Sources::EXAMPLE };
    let mut play = story.play(Arc::clone(&plant), Instant::now() + Duration::from_mins(10));
    while play.figures.added().is_none() || play.figures.others().round_trips == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (through, direct) = (play.figures.through(), play.figures.direct());
    assert!(through.round_trips > 0 && direct.round_trips > 0 && through.p99 >= through.p50);
    assert_eq!((through.failures, direct.failures, through.refused), (0, 0, 0));
    play.moments.close();
    let rest = async { while play.moments.recv().await.is_some() {} };
    timeout(Duration::from_secs(5), rest).await.expect("a closed story ends");
    let figures = Arc::clone(&play.figures);
    drop(play);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let polls = figures.through().round_trips;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(figures.through().round_trips, polls, "the stations hang up with the story");
}
