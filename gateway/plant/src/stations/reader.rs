//! Stations that only ask: the historian, and the engineering station with its device identification.

use super::Doors;
use super::figures::Figures;
use super::line::Line;
use super::operator::pulse;
use super::traffic::{Poll, polls};
use crate::controllers::Controller;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_modbus::Request;
use tokio_modbus::prelude::ReadCode;

/// A running historian or engineering station; dropped, it hangs up.
#[derive(Debug)]
pub struct Reader {
    task: JoinHandle<()>,
}

impl Reader {
    /// A historian: every tag of every controller, once in `every`. Must be called inside a tokio runtime.
    pub fn historian(source: IpAddr, doors: Doors, every: Duration, figures: &Arc<Figures>) -> Self {
        let round = |controller| polls(controller).map(|poll| poll.request()).collect();
        Self::start(source, doors, every, figures, round)
    }

    /// An engineering station: asks each controller who it is (functions 43/14 and 17) and reads its tuning (the last
    /// block of the HMI's polls: the valve, the motor, the recipe), once in `every`.
    pub fn engineer(source: IpAddr, doors: Doors, every: Duration, figures: &Arc<Figures>) -> Self {
        Self::start(source, doors, every, figures, |controller| {
            let tuning = polls(controller).last().as_ref().map(Poll::request);
            [Request::ReadDeviceIdentification(ReadCode::Basic, 0), Request::ReportServerId]
                .into_iter()
                .chain(tuning)
                .collect()
        })
    }

    fn start(
        source: IpAddr,
        doors: Doors,
        every: Duration,
        figures: &Arc<Figures>,
        round: impl Fn(Controller) -> Vec<Request<'static>>,
    ) -> Self {
        let rounds = Controller::ALL.map(|c| (Line::new(source, doors.to(c).through), round(c)));
        let figures = Arc::clone(figures);
        Self { task: tokio::spawn(run(rounds, every, figures)) }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(mut rounds: [(Line, Vec<Request<'static>>); 3], every: Duration, figures: Arc<Figures>) {
    let mut tick = pulse(every);
    loop {
        tick.tick().await;
        for (line, requests) in &mut rounds {
            for request in requests.iter() {
                line.call(request.clone(), &figures.others).await;
            }
        }
    }
}
