//! The HMI: polls every tag, and carries out the operator's orders on the same connections.

use super::figures::Figures;
use super::line::{Line, Outcome};
use super::traffic::{CHLORINE, SPEEDS, polls};
use super::{Door, Doors};
use crate::controllers::Controller;
use crate::plant::Snapshot;
use crate::process::Valve;
use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_modbus::Request;

/// Orders that wait for one controller; the operator is slower than that.
const MOST_ORDERS: usize = 4;
/// `plc-intake`'s valve bits: `valve_cmd`, holding 19.
const VALVE_CMD: u16 = 19;
/// Set points: `pump_speed` of `plc-pump`, and `chlorine_sp` of `plc-dosing`, are both holding 100.
const SET_POINT: u16 = 100;

/// Something that an operator does on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Sets the pump speed, 0.01 Hz (function 6).
    Speed(u16),
    /// Sets the chlorine set point, 0.01 mg/L (function 16).
    Chlorine(u16),
    /// Opens the outlet valve (function 22, its two bits only).
    OpenValve,
    /// Closes it.
    CloseValve,
}

impl Order {
    /// Every order that the operators of the story give.
    pub fn all() -> impl Iterator<Item = Self> {
        let set = SPEEDS.map(Self::Speed).into_iter().chain(CHLORINE.map(Self::Chlorine));
        set.chain([Self::OpenValve, Self::CloseValve])
    }

    /// Who has to obey.
    pub fn controller(self) -> Controller {
        match self {
            Self::Speed(_) => Controller::Pump,
            Self::Chlorine(_) => Controller::Dosing,
            Self::OpenValve | Self::CloseValve => Controller::Intake,
        }
    }

    /// As the Modbus library wants it.
    pub fn request(self) -> Request<'static> {
        match self {
            Self::Speed(raw) => Request::WriteSingleRegister(SET_POINT, raw),
            Self::Chlorine(raw) => Request::WriteMultipleRegisters(SET_POINT, Cow::Owned(vec![raw])),
            Self::OpenValve => Request::MaskWriteRegister(VALVE_CMD, 0xFFFC, 0x0001),
            Self::CloseValve => Request::MaskWriteRegister(VALVE_CMD, 0xFFFC, 0x0002),
        }
    }

    /// Whether the plant shows it: the set point, or a valve that is told to move.
    pub(crate) fn is_obeyed(self, plant: &Snapshot) -> bool {
        let near = |value: f64, raw: u16| (value - f64::from(raw) / 100.0).abs() < 0.001;
        match self {
            Self::Speed(raw) => near(plant.speed_setpoint, raw),
            Self::Chlorine(raw) => near(plant.chlorine_setpoint, raw),
            Self::OpenValve => plant.valve_commands == Valve::OPEN,
            Self::CloseValve => plant.valve_commands == Valve::CLOSE,
        }
    }

    /// As bytes, to recognise it in a witness's record.
    pub fn pdu(self) -> Vec<u8> {
        match self {
            Self::Speed(raw) => [&[6, 0, 100][..], &raw.to_be_bytes()].concat(),
            Self::Chlorine(raw) => [&[16, 0, 100, 0, 1, 2][..], &raw.to_be_bytes()].concat(),
            Self::OpenValve => vec![22, 0, 19, 0xFF, 0xFC, 0, 1],
            Self::CloseValve => vec![22, 0, 19, 0xFF, 0xFC, 0, 2],
        }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Speed(raw) => write!(f, "pump_speed = {} Hz", f64::from(raw) / 100.0),
            Self::Chlorine(raw) => write!(f, "chlorine_sp = {:.2} mg/L", f64::from(raw) / 100.0),
            Self::OpenValve => f.write_str("valve_cmd.open = on"),
            Self::CloseValve => f.write_str("valve_cmd.close = on"),
        }
    }
}

type Ticket = (Order, oneshot::Sender<Outcome>);

/// A running HMI; dropped, it hangs up.
#[derive(Debug)]
pub struct Operator {
    orders: [mpsc::Sender<Ticket>; 3],
    tasks: [JoinHandle<()>; 3],
}

impl Operator {
    /// Starts polling from `source`, each controller once in `every`, through its door and, where the door has a
    /// direct way, beside it too. Must be called inside a tokio runtime.
    pub fn start(source: IpAddr, doors: Doors, every: Duration, figures: &Arc<Figures>) -> Self {
        let started = Controller::ALL.map(|controller| {
            let (orders, inbox) = mpsc::channel(MOST_ORDERS);
            let screen = Screen::new(controller, source, doors.to(controller), Arc::clone(figures));
            (orders, tokio::spawn(screen.run(inbox, pulse(every))))
        });
        let [(o1, t1), (o2, t2), (o3, t3)] = started;
        Self { orders: [o1, o2, o3], tasks: [t1, t2, t3] }
    }

    /// Gives an order and waits for what comes of it.
    pub async fn order(&self, order: Order) -> Outcome {
        let (reply, answer) = oneshot::channel();
        let sent = self.orders[order.controller().index()].send((order, reply)).await;
        match (sent, answer.await) {
            (Ok(()), Ok(outcome)) => outcome,
            _ => Outcome::Failed("the HMI has stopped".into()),
        }
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// A tick every `every`, late ones skipped; never a busy loop.
pub(super) fn pulse(every: Duration) -> Interval {
    let mut tick = interval(every.max(Duration::from_millis(1)));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tick
}

/// The part of the HMI that shows one controller.
struct Screen {
    controller: Controller,
    through: Line,
    direct: Option<Line>,
    direct_first: bool,
    figures: Arc<Figures>,
}

impl Screen {
    fn new(controller: Controller, source: IpAddr, door: Door, figures: Arc<Figures>) -> Self {
        let direct = door.direct.map(|target| Line::new(source, target));
        Self { controller, through: Line::new(source, door.through), direct, direct_first: false, figures }
    }

    async fn run(mut self, mut inbox: mpsc::Receiver<Ticket>, mut tick: Interval) {
        loop {
            tokio::select! {
                order = inbox.recv() => {
                    let Some((order, reply)) = order else { return };
                    // Whoever gave the order may have left meanwhile.
                    let _ = reply.send(self.through.call(order.request(), &self.figures.through).await);
                }
                _ = tick.tick() => self.poll().await,
            }
        }
    }

    /// One round; which way goes first alternates, so that neither profits from the other's warm caches.
    async fn poll(&mut self) {
        for poll in polls(self.controller) {
            self.direct_first = !self.direct_first;
            if self.direct_first {
                self.poll_directly(poll.request()).await;
            }
            self.through.call(poll.request(), &self.figures.through).await;
            if !self.direct_first {
                self.poll_directly(poll.request()).await;
            }
        }
    }

    async fn poll_directly(&mut self, request: Request<'_>) {
        if let Some(direct) = &mut self.direct {
            direct.call(request, &self.figures.direct).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controllers::witness::Seen;
    use crate::stations::traffic::is_ours;
    use std::net::SocketAddr;
    use std::time::Instant;

    fn seen(controller: Controller, unit: u8, pdu: &[u8]) -> Seen {
        let now = Instant::now();
        let peer = SocketAddr::from(([127, 0, 0, 1], 1));
        Seen { controller, unit, function: pdu[0], body: pdu[1..].to_vec(), count: 1, first: now, last: now, peer }
    }

    #[test]
    fn orders_are_ours_and_their_neighbours_are_not() {
        for order in Order::all() {
            assert!(is_ours(&seen(order.controller(), 1, &order.pdu())));
            assert!(!is_ours(&seen(order.controller(), 2, &order.pdu())));
        }
        assert!(!is_ours(&seen(Controller::Pump, 1, &Order::Speed(6_000).pdu())));
        assert!(!is_ours(&seen(Controller::Dosing, 1, &Order::Speed(3_600).pdu())));
        assert!(!is_ours(&seen(Controller::Pump, 1, &[3, 0, 0, 0, 1])));
    }

    #[test]
    fn an_order_reads_as_the_tag_list_says() {
        let words: Vec<_> = [Order::Speed(3_850), Order::Chlorine(70)].iter().map(ToString::to_string).collect();
        assert_eq!(words, ["pump_speed = 38.5 Hz", "chlorine_sp = 0.70 mg/L"]);
    }
}
