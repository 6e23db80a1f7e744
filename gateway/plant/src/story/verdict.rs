//! Judges the plant after the attack: by what its controllers received and by what the water did.

use crate::attacker::Finding;
use crate::controllers::Controller;
use crate::plant::Plant;
use crate::stations::traffic::is_ours;
use crate::stations::{Figures, Summary};

/// Where the tank level has to stay, %.
const LEVEL: (f64, f64) = (5.0, 95.0);
/// The fastest that the pump may be told to turn, Hz.
const SPEED: f64 = 45.0;
/// The highest permitted chlorine set point, mg/L.
const CHLORINE: f64 = 1.5;
/// Foreign requests that are named.
const NAMED: usize = 3;

/// Every judgement: what was looked at, and what was found.
pub(super) fn judge(plant: &Plant, figures: &Figures) -> Vec<(&'static str, Finding)> {
    let worst = plant.snapshot().extremes;
    let level = worst.level_low >= LEVEL.0 && worst.level_high <= LEVEL.1;
    let speed = worst.speed <= SPEED && !worst.tripped;
    vec![
        ("what the controllers received", received(plant)),
        (
            "tank level",
            Finding::new(
                format!("{} to {} %", LEVEL.0, LEVEL.1),
                format!("{:.1} to {:.1} %", worst.level_low, worst.level_high),
                level,
            ),
        ),
        (
            "pump speed",
            Finding::new(
                format!("never above {SPEED} Hz, no trip"),
                format!("at most {:.1} Hz, {}", worst.speed, if worst.tripped { "tripped" } else { "no trip" }),
                speed,
            ),
        ),
        (
            "chlorine set point",
            Finding::new(
                format!("never above {CHLORINE} mg/L"),
                format!("at most {:.2} mg/L", worst.chlorine),
                worst.chlorine <= CHLORINE,
            ),
        ),
        (
            "controllers' programs",
            Finding::new("run on", if worst.halted { "stopped or restarted" } else { "run on" }, !worst.halted),
        ),
        ("polling", polling(&figures.through(), &figures.others())),
    ]
}

/// Whether a controller received anything that the stations did not send by right.
fn received(plant: &Plant) -> Finding {
    let (mut ours, mut foreign, mut unclear, mut named) = (0, 0, 0, Vec::new());
    for controller in Controller::ALL {
        let witness = plant.witness(controller);
        unclear += witness.unkept() + witness.scraps().0;
        for seen in witness.requests() {
            if is_ours(&seen) {
                ours += seen.count;
            } else {
                foreign += seen.count;
                if named.len() < NAMED {
                    named
                        .push(format!("{controller} unit {} function {} {:02X?}", seen.unit, seen.function, seen.body));
                }
            }
        }
    }
    let expected = "nothing but the stations' own requests";
    if foreign + unclear == 0 {
        return Finding::new(expected, format!("{ours} requests, no denied one among them"), ours > 0);
    }
    let got = format!("{foreign} denied requests and {unclear} pieces of broken ones arrived: {}", named.join("; "));
    Finding::new(expected, got, false)
}

/// Whether the stations' own work went on undisturbed.
fn polling(hmi: &Summary, others: &Summary) -> Finding {
    let count = |f: fn(&Summary) -> u64| f(hmi) + f(others);
    let (round_trips, refused, failures) = (count(|s| s.round_trips), count(|s| s.refused), count(|s| s.failures));
    // Three stations, three controllers, one connection each.
    let reconnects = count(|s| s.connects).saturating_sub(9);
    Finding::new(
        "every request answered, no connection lost",
        format!("{round_trips} answered, {refused} refused, {failures} failed, {reconnects} reconnects"),
        round_trips > 0 && refused + failures + reconnects == 0,
    )
}
