//! Golden files: what people wrote down that messages mean.
//!
//! `# ` begins a comment; `> ` a request, whole, in hexadecimal; `< ` one of the responses that it may get, each tried
//! alone. Below a message, indented, stands what its decoding must say, line by line.

use sluice_model::{Anomaly, Descriptor, Direction, Instant, Operation, Span, Values};
use sluice_protocols::{Cx, Opened, Outcome, Protocol, Session, Sink, Ticket};
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

/// A message and what it means.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) line: usize,
    pub(crate) bytes: Vec<u8>,
    pub(crate) says: Vec<String>,
}

impl Message {
    /// Whether its decoding is free of anomalies.
    pub(crate) fn sound(&self) -> bool {
        !self.says.iter().any(|s| s.starts_with("anomaly"))
    }
}

/// A request and the responses that it may get.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) request: Message,
    pub(crate) responses: Vec<Message>,
}

/// The golden file of a protocol in `folder`.
pub(crate) fn text(folder: &Path, descriptor: &Descriptor) -> String {
    let path = folder.join(descriptor.name).with_extension("txt");
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Every exchange of a golden file.
pub(crate) fn exchanges(text: &str) -> Vec<Exchange> {
    let mut exchanges: Vec<Exchange> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let message = |hex: &str| Message { line: index + 1, bytes: bytes(hex), says: Vec::new() };
        if let Some(hex) = line.strip_prefix("> ") {
            exchanges.push(Exchange { request: message(hex), responses: Vec::new() });
        } else if let Some(hex) = line.strip_prefix("< ") {
            exchanges.last_mut().expect("a request first").responses.push(message(hex));
        } else if let Some(says) = line.strip_prefix("  ") {
            let exchange = exchanges.last_mut().expect("a message first");
            exchange.responses.last_mut().unwrap_or(&mut exchange.request).says.push(says.to_owned());
        } else {
            assert!(line.is_empty() || line.starts_with('#'), "line {}: {line}", index + 1);
        }
    }
    exchanges
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|d| u8::from_str_radix(str::from_utf8(d).unwrap(), 16).unwrap()).collect()
}

/// A session as the engine opens it.
pub(crate) fn open(protocol: &dyn Protocol) -> Box<dyn Session> {
    protocol.open(Opened { outstanding: 64, patience: Duration::from_secs(5) })
}

pub(crate) const ASK: Cx = Cx { direction: Direction::ToServer, now: Instant(0) };
pub(crate) const ANSWER: Cx = Cx { direction: Direction::ToClient, now: Instant(1) };

/// A session that let `request` through, with this note.
pub(crate) fn asked(protocol: &dyn Protocol, request: &[u8], note: u64) -> Box<dyn Session> {
    let mut session = open(protocol);
    session.settle(&ASK, request, Ticket { at: ASK.now, note }, Outcome::Delivered);
    session
}

/// Writes down what a decoding says.
pub(crate) struct Scribe {
    descriptor: &'static Descriptor,
    pub(crate) says: Vec<String>,
    pub(crate) tickets: Vec<Ticket>,
    pub(crate) operations: usize,
    pub(crate) anomalies: Vec<Anomaly>,
}

impl Scribe {
    pub(crate) fn of(protocol: &dyn Protocol, session: &dyn Session, cx: &Cx, unit: &[u8]) -> Self {
        let descriptor = protocol.descriptor();
        let mut scribe =
            Self { descriptor, says: Vec::new(), tickets: Vec::new(), operations: 0, anomalies: Vec::new() };
        session.decode(cx, unit, &mut scribe);
        scribe
    }
}

impl<'m> Sink<'m> for Scribe {
    fn operation(&mut self, operation: &Operation<'m>) {
        self.operations += 1;
        let Operation { device, action, code, function, target, values, .. } = operation;
        assert!(function.actions.contains(action), "{}", function.name);
        assert!(function.holds(*code), "{}", function.name);
        let mut says = format!("{} {device}: {} {} ({code})", self.descriptor.device.key, action.name(), function.name);
        if let Some(span) = *target {
            assert!(function.spaces.contains(&span.space) && span.first <= span.last);
            assert!(span.last <= self.descriptor.space(span.space).last);
            let _ = write!(says, ", {}", (self.descriptor.show_span)(span));
        }
        let items = target.map_or(0, Span::items);
        match values {
            Values::None => {}
            Values::Mask { and, or } => {
                assert_eq!(items, 1);
                let _ = write!(says, " and {and:04X} or {or:04X}");
            }
            Values::Bits(_) | Values::Words(_) => {
                let item = |i| values.item(usize::try_from(i).unwrap()).expect("a value for each item");
                let values: Vec<String> = (0..items).map(|i| format!("{:X}", item(i))).collect();
                let _ = write!(says, " = {}", values.join(" "));
            }
        }
        self.says.push(says);
    }

    fn answers(&mut self, ticket: Ticket) {
        self.tickets.push(ticket);
    }

    fn refused(&mut self, code: u16) {
        self.says.push(format!("refused {code}"));
    }

    fn anomaly(&mut self, anomaly: Anomaly) {
        assert!(self.descriptor.anomalies.contains(&anomaly.kind), "{} is not declared", anomaly.kind.name);
        self.says.push(format!("anomaly {} at {}", anomaly.kind.name, anomaly.offset));
        self.anomalies.push(anomaly);
    }
}
