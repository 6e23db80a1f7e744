//! The story of the demo: operators at work, an attacker among them, and a judgement at the end.
//!
//! [`Story::play`] starts the stations, plays the scenes over the time it is given and reports each [`Moment`].

mod moment;
mod script;
mod verdict;

pub use moment::Moment;

use crate::attacker::{Finding, Post, function_scan, one_segment, unit_sweep};
use crate::controllers::Controller;
use crate::plant::Plant;
use crate::stations::traffic::{CHLORINE, SPEEDS};
use crate::stations::{Doors, Figures, Operator, Order, Outcome, Reader, Sources, Station};
use script::{Act, SCENES, Scene};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

/// How often the HMI polls each controller, and the others.
const POLLING: Duration = Duration::from_millis(200);
const READING: Duration = Duration::from_secs(1);
/// Before the first scene: the stations connect and poll once.
const LEAD_IN: Duration = Duration::from_millis(400);
/// The end of the time is kept free for the last scene and the judgement.
const WIND_UP: Duration = Duration::from_millis(900);
/// For the judgement alone.
const JUDGEMENT: Duration = Duration::from_millis(200);
/// Scenes are at most this far apart, and the story rests this long before it begins anew.
const WIDEST_GAP: Duration = Duration::from_millis(2_500);
/// Moments that wait for the one who shows them.
const MOST_WAITING: usize = 256;
/// How long a valve moves before it is sent back.
const VALVE_MOVES: Duration = Duration::from_millis(300);

/// A story that is ready to be played.
#[derive(Clone, Copy, Debug)]
pub struct Story {
    /// The ways to the controllers.
    pub doors: Doors,
    /// The addresses that the stations speak from.
    pub sources: Sources,
}

/// A story being played; dropped, it stops and its stations hang up.
#[derive(Debug)]
pub struct Play {
    /// What happens. Ends by itself when the story is over; closing it ends the story.
    pub moments: mpsc::Receiver<Moment>,
    /// What the stations experience, while they do.
    pub figures: Arc<Figures>,
    task: JoinHandle<()>,
}

impl Drop for Play {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Story {
    /// Plays against `plant` until `until`, at least 5 s away. Scenes are spread over the time: with 20 s or more each
    /// comes at least once, and with more than a minute all begin anew. The last moments judge the plant
    /// ([`Station::Plant`]); then the channel ends. Must be called inside a tokio runtime with time and I/O.
    ///
    /// The judgement covers everything since the plant was started, or since [`Plant::forget`].
    pub fn play(self, plant: Arc<Plant>, until: impl Into<Instant>) -> Play {
        let (out, moments) = mpsc::channel(MOST_WAITING);
        let figures = Arc::new(Figures::default());
        let director = Director::new(&self, plant, Arc::clone(&figures), until.into(), out.clone());
        let task = tokio::spawn(async move {
            tokio::select! {
                () = out.closed() => {}
                () = director.perform() => {}
            }
        });
        Play { moments, figures, task }
    }
}

struct Director {
    post: Post,
    plant: Arc<Plant>,
    figures: Arc<Figures>,
    operator: Operator,
    _readers: [Reader; 2],
    start: Instant,
    until: Instant,
    out: mpsc::Sender<Moment>,
}

impl Director {
    fn new(story: &Story, plant: Arc<Plant>, figures: Arc<Figures>, until: Instant, out: mpsc::Sender<Moment>) -> Self {
        let Story { doors, sources } = *story;
        let operator = Operator::start(sources.hmi, doors, POLLING, &figures);
        let readers = [
            Reader::historian(sources.historian, doors, READING, &figures),
            Reader::engineer(sources.engineering, doors, READING, &figures),
        ];
        let post = Post { sources, doors };
        Self { post, plant, figures, operator, _readers: readers, start: Instant::now(), until, out }
    }

    /// Plays until the time is up or nobody listens any more.
    async fn perform(self) {
        let curtain = self.until.checked_sub(JUDGEMENT).unwrap_or(self.until);
        let mut next = Some(self.start + LEAD_IN);
        // The operator's set points change from round to round.
        for round in 0.. {
            let Some(start) = next else { break };
            next = self.play_round(round, start, curtain).await;
        }
        sleep_until(curtain).await;
        for (what, finding) in verdict::judge(&self.plant, &self.figures) {
            self.tell("judgement", Station::Plant, None, what.to_string(), false, finding).await;
        }
    }

    /// Plays all scenes once, from `start`; `None` when the time is up, otherwise when the next round starts.
    async fn play_round(&self, round: usize, start: Instant, curtain: Instant) -> Option<Instant> {
        let last_start = self.until.checked_sub(WIND_UP).unwrap_or(self.start);
        let gap = gap(self.until.saturating_duration_since(self.start));
        let mut planned = start;
        for scene in SCENES {
            // A scene that took long delays the next one, not all that follow.
            if planned.max(Instant::now()) > last_start {
                return None;
            }
            sleep_until(planned).await;
            // A scene that the end of the time cuts short says nothing.
            timeout_at(curtain, self.play(scene, round)).await.ok()?;
            planned += gap;
        }
        Some(planned.max(Instant::now()) + WIDEST_GAP)
    }

    async fn play(&self, scene: &'static Scene, round: usize) {
        let name = scene.name;
        let (stranger, pump) = (Station::Stranger, Controller::Pump);
        match scene.act {
            Act::SetSpeed => self.order(name, Order::Speed(SPEEDS[round % SPEEDS.len()])).await,
            Act::SetChlorine => self.order(name, Order::Chlorine(CHLORINE[round % CHLORINE.len()])).await,
            Act::MoveValve => {
                self.order(name, Order::CloseValve).await;
                sleep(VALVE_MOVES).await;
                self.order(name, Order::OpenValve).await;
            }
            Act::UnitSweep => {
                let finding = unit_sweep(&self.post, stranger, pump).await;
                self.tell(name, stranger, Some(pump), "asks units 1 to 247".into(), true, finding).await;
            }
            Act::FunctionScan => {
                let finding = function_scan(&self.post, stranger, Controller::Dosing).await;
                let what = "tries functions 1 to 127".into();
                self.tell(name, stranger, Some(Controller::Dosing), what, true, finding).await;
            }
            Act::OneSegment => {
                let finding = one_segment(&self.post).await;
                let what = "hides pump_speed = 60 Hz between two reads in one segment".into();
                self.tell(name, Station::Hmi, Some(pump), what, true, finding).await;
            }
            Act::Attempts(attempts) => {
                for attempt in attempts {
                    let finding = attempt.make(&self.post).await;
                    let (who, to) = (attempt.who, Some(attempt.to));
                    self.tell(name, who, to, attempt.what.into(), attempt.is_attack(), finding).await;
                }
            }
        }
    }

    /// The operator does his work; the plant must obey.
    async fn order(&self, scene: &'static str, order: Order) {
        let outcome = self.operator.order(order).await;
        let (got, served) = match outcome {
            Outcome::Served(_) if order.is_obeyed(&self.plant.snapshot()) => ("carried out".to_string(), true),
            Outcome::Served(_) => ("answered, but the plant does not show it".to_string(), false),
            Outcome::Refused(code) => (format!("refused (exception {code})"), false),
            Outcome::Failed(why) => (format!("failed: {why}"), false),
        };
        let mut finding = Finding::new("carried out", got, served);
        finding.survived = Some(served);
        self.tell(scene, Station::Hmi, Some(order.controller()), format!("writes {order}"), false, finding).await;
    }

    async fn tell(
        &self,
        scene: &'static str,
        who: Station,
        to: Option<Controller>,
        what: String,
        attack: bool,
        finding: Finding,
    ) {
        let Finding { expected, got, as_expected, survived } = finding;
        let moment = Moment {
            at: self.start.elapsed(),
            scene,
            who,
            to,
            what,
            attack,
            expected,
            got,
            as_expected,
            connection_survived: survived,
        };
        // Nobody listens any more: the story is about to be ended.
        let _ = self.out.send(moment).await;
    }
}

/// How far apart the scenes are, so that all of them fit into `time`.
fn gap(time: Duration) -> Duration {
    let scenes = u32::try_from(SCENES.len()).unwrap_or(u32::MAX);
    (time.saturating_sub(LEAD_IN + WIND_UP) / scenes).min(WIDEST_GAP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_scenes_fit_into_any_time() {
        for seconds in [5, 20, 30, 47] {
            let time = Duration::from_secs(seconds);
            let last = LEAD_IN + gap(time) * (SCENES.len() as u32 - 1);
            assert!(last < time.saturating_sub(WIND_UP), "{seconds} s");
        }
        assert_eq!(gap(Duration::from_hours(1)), WIDEST_GAP);
        assert_eq!(gap(Duration::ZERO), Duration::ZERO);
    }

    #[test]
    fn scenes_have_names_of_their_own() {
        let names: std::collections::BTreeSet<_> = SCENES.iter().map(|s| s.name).collect();
        assert_eq!(names.len(), SCENES.len());
    }
}
