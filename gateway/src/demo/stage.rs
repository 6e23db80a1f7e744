//! Starts the plant and the gateway, plays the story, and keeps the board.

use super::board::{Board, ConduitLine, GatewayPanel, Latency, MomentLine, PlantPanel, RefusalLine};
use super::plain::Ending;
use super::show::Show;
use super::{picture, site};
use crate::config::Config;
use crate::events::{Event, class};
use crate::gateway::{Gateway, StartError};
use crate::metrics::Metrics;
use crate::policy;
use core::fmt;
use sluice_plant::{Controller, Doors, Figures, Layout, Moment, Plant, Sources, Story, Summary};
use sluice_policies::diagnose::Report;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// How often the view is drawn.
const REDRAW: Duration = Duration::from_millis(200);
/// How long the story may be when nobody says when it ends.
const OPEN_END: Duration = Duration::from_hours(24 * 365);

/// How the demonstration is to run.
#[derive(Clone, Debug, Default)]
pub struct Demo {
    /// When it ends by itself; `None` until it is stopped.
    pub length: Option<Duration>,
    /// Where to put a picture of the last view.
    pub picture: Option<PathBuf>,
}

/// Why the demonstration could not be given.
#[derive(Debug)]
pub enum Trouble {
    /// The simulated controllers cannot take their addresses.
    Plant(io::Error),
    /// The gateway cannot start.
    Gateway(StartError),
    /// The example site has mistakes.
    Site(Report),
    /// The view, or the picture, cannot be written.
    Output(io::Error),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plant(error) => write!(
                f,
                "the simulated controllers cannot listen at 127.0.1.1 to 127.0.1.3, port 1502 ({error}); \
                 is another demo running?"
            ),
            Self::Gateway(error) => write!(f, "{error}"),
            Self::Site(report) => write!(f, "{}", report.render(false)),
            Self::Output(error) => write!(f, "the view cannot be written: {error}"),
        }
    }
}

/// Gives the demonstration and says how the story ended. Blocks; makes a runtime of its own.
pub fn play(demo: &Demo) -> Result<Ending, Trouble> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(Trouble::Output)?;
    runtime.block_on(perform(demo))
}

async fn perform(demo: &Demo) -> Result<Ending, Trouble> {
    let plant = Arc::new(Plant::start(Layout::EXAMPLE).await.map_err(Trouble::Plant)?);
    let gateway = start_gateway().await?;
    let doors = doors(&plant, &gateway);
    let mut stage = Stage::new(demo, plant, gateway);
    let mut show = Show::open().map_err(Trouble::Output)?;
    let played = stage.run(doors, &mut show).await;
    show.close().map_err(Trouble::Output)?;
    let ending = played.map_err(Trouble::Output)?;
    stage.finish(demo, &ending).await.map_err(Trouble::Output)?;
    Ok(ending)
}

/// The gateway of the example site; its metrics where they are expected, or at any free port.
async fn start_gateway() -> Result<Gateway, Trouble> {
    let mut config = Config::default();
    loop {
        let (compiled, _) = policy::compile(&site::files()).map_err(Trouble::Site)?;
        match Gateway::start(site::GATEWAY, compiled, &config, Some(Box::new(io::sink()))).await {
            Err(StartError::Metrics(..)) if config.metrics.port() != 0 => config.metrics.set_port(0),
            started => return started.map_err(Trouble::Gateway),
        }
    }
}

/// The ways to the controllers: through the gateway, and past it to compare with.
fn doors(plant: &Plant, gateway: &Gateway) -> Doors {
    let mut doors = Doors::EXAMPLE;
    let all = [
        (Controller::Intake, &mut doors.intake),
        (Controller::Pump, &mut doors.pump),
        (Controller::Dosing, &mut doors.dosing),
    ];
    let listeners = gateway.addresses();
    for (controller, door) in all {
        door.direct = Some(plant.address(controller));
        if let Some((_, at)) = listeners.iter().find(|(asset, _)| *asset == controller.to_string()) {
            door.through = *at;
        }
    }
    doors
}

struct Stage {
    plant: Arc<Plant>,
    gateway: Gateway,
    board: Board,
    start: Instant,
    ending: Ending,
}

impl Stage {
    fn new(demo: &Demo, plant: Arc<Plant>, gateway: Gateway) -> Self {
        let board = Board {
            site: gateway.policy().site().name.clone(),
            metrics: format!("http://{}/metrics", gateway.metrics_at()),
            length: demo.length,
            ..Board::default()
        };
        Self { plant, gateway, board, start: Instant::now(), ending: Ending::default() }
    }

    /// Plays the story to its end, or until somebody ends it.
    async fn run(&mut self, doors: Doors, show: &mut Show) -> io::Result<Ending> {
        let until = self.start + self.board.length.unwrap_or(OPEN_END);
        let mut events = self.gateway.subscribe();
        let story = Story { doors, sources: Sources::EXAMPLE };
        let mut play = story.play(Arc::clone(&self.plant), until.into_std());
        let figures = Arc::clone(&play.figures);
        let mut redraw = interval(REDRAW);
        redraw.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                moment = play.moments.recv() => match moment {
                    Some(moment) => show.moment(&self.happened(&moment))?,
                    None => break,
                },
                event = events.recv() => match event {
                    Ok(event) => if let Some(line) = self.refused(&event) { show.refusal(&line)?; },
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => break,
                },
                _ = redraw.tick() => {
                    self.look(&figures);
                    show.draw(&self.board)?;
                }
                () = show.ended() => break,
            }
        }
        // What was refused last is still on its way here.
        tokio::time::sleep(REDRAW).await;
        while let Ok(event) = events.try_recv() {
            if let Some(line) = self.refused(&event) {
                show.refusal(&line)?;
            }
        }
        self.look(&figures);
        show.draw(&self.board)?;
        Ok(std::mem::take(&mut self.ending))
    }

    /// Ends the gateway and says what came of it all.
    async fn finish(self, demo: &Demo, ending: &Ending) -> io::Result<()> {
        self.gateway.shutdown().await;
        if let Some(path) = &demo.picture {
            std::fs::write(path, picture::svg(&self.board)?)?;
        }
        super::plain::summary(&mut io::stdout(), &self.board, ending)
    }

    /// A moment of the story, judged.
    fn happened(&mut self, moment: &Moment) -> MomentLine {
        let to = moment.to.map(|to| format!(" -> {to}")).unwrap_or_default();
        let line = MomentLine {
            at: moment.at,
            who: format!("{}{to}", moment.who),
            what: moment.what.clone(),
            got: moment.got.clone(),
            as_expected: moment.as_expected,
            lived_on: moment.connection_survived,
        };
        self.ending.scenes += 1;
        if !moment.as_expected {
            let fault = format!("{}: {}: {} (expected: {})", line.who, line.what, line.got, moment.expected);
            self.ending.faults.push(fault);
        }
        self.board.happened(line.clone());
        line
    }

    /// The line of a refusal; `None` for other events, and for what only says again what the line above says.
    fn refused(&mut self, event: &Event) -> Option<RefusalLine> {
        let line = refusal(event, self.start.elapsed())?;
        self.board.refused(line.clone()).then_some(line)
    }

    /// Reads plant and gateway.
    fn look(&mut self, figures: &Figures) {
        let (plant, gateway, board) = (self.plant.snapshot(), &self.gateway, &mut self.board);
        board.elapsed = self.start.elapsed();
        board.plant = PlantPanel {
            level: plant.level,
            speed: plant.speed,
            running: plant.speed > 0.1,
            tripped: plant.pump_fault,
            flow: plant.inflow,
            chlorine: plant.residual,
            chlorine_set: plant.chlorine_setpoint,
        };
        let tallies = gateway.tallies();
        board.gateway = GatewayPanel {
            allowed: tallies.iter().map(|t| t.allowed).sum(),
            refused: tallies.iter().map(|t| t.denied).sum(),
            anomalies: gateway.metrics().anomalies_seen(),
            connections: gateway.metrics().connections(),
            inside: inside(gateway.metrics()),
            through: latency(&figures.through()),
            direct: latency(&figures.direct()),
        };
        board.conduits = tallies
            .into_iter()
            .map(|t| ConduitLine { name: t.conduit, allowed: t.allowed, refused: t.denied })
            .collect();
    }
}

/// What the gateway itself measured; zero before the first message.
fn inside(metrics: &Metrics) -> Latency {
    let quantile = |q| Duration::from_secs_f64(metrics.latency_quantile(q).unwrap_or_default());
    Latency { p50: quantile(0.5), p99: quantile(0.99) }
}

fn latency(summary: &Summary) -> Latency {
    Latency { p50: summary.p50.unwrap_or_default(), p99: summary.p99.unwrap_or_default() }
}

/// A refusal, as an event tells it.
fn refusal(event: &Event, at: Duration) -> Option<RefusalLine> {
    if event.class_uid != class::VERDICT {
        return None;
    }
    let name = |end: &Option<crate::events::Endpoint>| {
        end.as_ref().map(|e| e.name.clone().unwrap_or_else(|| e.ip.clone())).unwrap_or_default()
    };
    let (ics, decision) = (event.ics.as_ref()?, event.decision.as_ref()?);
    let statement = [&decision.statement, &decision.at].into_iter().flatten().cloned().collect::<Vec<_>>().join(" ");
    Some(RefusalLine {
        at,
        source: name(&event.src_endpoint),
        destination: name(&event.dst_endpoint),
        operation: match (&ics.operation, &ics.anomaly) {
            (Some(operation), _) => operation.clone(),
            (None, Some(anomaly)) => format!("{} message", anomaly.kind),
            (None, None) => "message".to_owned(),
        },
        reason: decision.reason.unwrap_or_default().to_owned(),
        sentence: decision.why.clone().unwrap_or_else(|| event.message.clone()),
        statement,
        count: event.count,
    })
}
