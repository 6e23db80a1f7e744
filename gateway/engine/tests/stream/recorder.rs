//! Keeps everything that the engine lets out.

use sluice_engine::{Answer, Forgotten, Incident, Judged, Output, Response};
use sluice_model::Direction;
use sluice_policies::decision::{ConduitId, Reason, Verdict};

/// A report, without what it borrows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    Judged { code: u16, own: Verdict, message: Verdict, reason: Option<Reason> },
    Incident { name: &'static str, reason: Reason, response: Response, direction: Direction, excerpt: Vec<u8> },
    Answered { code: u16, refused: Option<u16>, conduit: ConduitId, millis: u128 },
    Forgotten { function: u16, device: u32, conduit: ConduitId, millis: u128 },
}

#[derive(Default)]
pub struct Recorder {
    /// Every call of `send`.
    pub sent: Vec<(Direction, Vec<u8>)>,
    pub finished: Vec<Direction>,
    pub reset: Vec<&'static str>,
    pub reports: Vec<Report>,
}

impl Recorder {
    /// Everything sent in one direction.
    pub fn bytes(&self, direction: Direction) -> Vec<u8> {
        self.sent.iter().filter(|(d, _)| *d == direction).flat_map(|(_, b)| b.clone()).collect()
    }

    /// The names of all incidents.
    pub fn incidents(&self) -> Vec<&'static str> {
        let name = |r: &Report| if let Report::Incident { name, .. } = r { Some(*name) } else { None };
        self.reports.iter().filter_map(name).collect()
    }

    /// The verdicts of all judged operations' messages.
    pub fn verdicts(&self) -> Vec<Verdict> {
        let verdict = |r: &Report| if let Report::Judged { message, .. } = r { Some(*message) } else { None };
        self.reports.iter().filter_map(verdict).collect()
    }
}

impl Output for Recorder {
    fn send(&mut self, direction: Direction, bytes: &[u8]) {
        assert!(!bytes.is_empty(), "an empty send");
        assert!(self.reset.is_empty(), "sent after a reset");
        self.sent.push((direction, bytes.to_vec()));
    }

    fn finish(&mut self, direction: Direction) {
        self.finished.push(direction);
    }

    fn reset(&mut self, why: &'static str) {
        self.reset.push(why);
    }

    fn judged(&mut self, judged: &Judged<'_>) {
        self.reports.push(Report::Judged {
            code: judged.operation.code.function,
            own: judged.decision.verdict,
            message: judged.verdict,
            reason: judged.decision.reason,
        });
        // Whatever is reported can be explained.
        assert!(!judged.explain().sentence.is_empty());
    }

    fn incident(&mut self, incident: &Incident<'_>) {
        assert!(incident.excerpt.len() <= Incident::EXCERPT);
        self.reports.push(Report::Incident {
            name: incident.what.name(),
            reason: incident.reason,
            response: incident.response,
            direction: incident.direction,
            excerpt: incident.excerpt.to_vec(),
        });
    }

    fn answered(&mut self, answer: &Answer) {
        self.reports.push(Report::Answered {
            code: answer.code.function,
            refused: answer.refused,
            conduit: answer.conduit,
            millis: answer.elapsed.as_millis(),
        });
    }

    fn forgotten(&mut self, forgotten: &Forgotten) {
        self.reports.push(Report::Forgotten {
            function: forgotten.function,
            device: forgotten.device,
            conduit: forgotten.conduit,
            millis: forgotten.elapsed.as_millis(),
        });
    }
}
