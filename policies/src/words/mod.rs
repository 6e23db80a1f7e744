//! Operations in words, for tests and `explain`: `write pump_speed = 60 Hz`, `read-holding-registers holding 100 .. 103`,
//! `mask-write valve_cmd.open = on`, `diagnostics 1`, `umas 0x41`, `90`.

mod cells;
mod function;
mod listener;
mod target;
mod trouble;

pub(crate) use listener::Listener;
pub(crate) use trouble::Trouble;

use crate::policy::Policy;
use crate::site::{AssetId, Devices};
use cells::{Cells, Run};
use function::Named;
use sluice_model::{Action, Code, Descriptor, Direction, Function, Operation, ProtocolId, Span, Values};
use target::Target;

/// The operations of a message given in words. Owns what they carry, and lends them.
#[derive(Debug)]
pub struct Words {
    protocol: ProtocolId,
    device: u32,
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    action: Action,
    code: Code,
    function: &'static Function,
    target: Option<Span>,
    carried: Carried,
}

/// What a part carries, owned.
#[derive(Clone, Debug)]
pub(crate) enum Carried {
    Nothing,
    Bits(Vec<u8>),
    Words(Vec<u8>),
    Mask { and: u16, or: u16 },
}

impl Carried {
    /// The same, lent.
    pub(crate) fn values(&self) -> Values<'_> {
        match self {
            Self::Nothing => Values::None,
            Self::Bits(bytes) => Values::Bits(bytes),
            Self::Words(bytes) => Values::Words(bytes),
            Self::Mask { and, or } => Values::Mask { and: *and, or: *or },
        }
    }
}

impl Words {
    /// The operations, in the order of their addresses, writes before reads.
    pub fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        self.parts.iter().map(|part| Operation {
            protocol: self.protocol,
            direction: Direction::ToServer,
            device: self.device,
            action: part.action,
            code: part.code,
            function: part.function,
            target: part.target,
            values: part.carried.values(),
        })
    }
}

impl Policy {
    /// Reads `VERB|FUNCTION [TAG|RANGE [= VALUE], ...]` as a client of `to` would send it: the device address is the
    /// asset's first, the function the usual one unless one is named. Neighbouring items make one operation. Of a register
    /// of which single bits are written, all other bits are 0. Errors say what is wrong in a sentence.
    pub fn words(&self, to: AssetId, protocol: &'static Descriptor, text: &str) -> Result<Words, String> {
        let listeners: Vec<Listener<'_>> = self.devices(to, protocol.id).map(Listener::of_policy).collect();
        read(&self.site().asset(to).name, &listeners, protocol, text).map_err(|trouble| trouble.to_string())
    }
}

/// Reads words as [`Policy::words`] does, for the devices of the asset called `name` that speak the protocol; what is
/// wrong comes with its place in the text.
pub(crate) fn read<'t>(
    name: &str,
    listeners: &[Listener<'_>],
    protocol: &'static Descriptor,
    text: &'t str,
) -> Result<Words, Trouble<'t>> {
    let Some(first) = listeners.first() else { return Err(format!("{name} speaks no {}", protocol.name).into()) };
    let (named, rest) = function::read(protocol, text)?;
    let targets = target::read(name, protocol, listeners, rest)?;
    let listener = targets.iter().find_map(Target::listener).unwrap_or(*first);
    let device = match &listener.speaks.devices {
        Devices::Any => protocol.device.default,
        Devices::Listed(list) => list.first().copied().unwrap_or(protocol.device.default),
    };
    let parts = if targets.is_empty() {
        vec![bare(protocol, &named)?]
    } else {
        let cells = Cells::of(&named, targets)?;
        cells.runs().into_iter().map(|run| part(protocol, &named, run, rest)).collect::<Result<_, _>>()?
    };
    Ok(Words { protocol: protocol.id, device, parts })
}

/// A function without a target.
fn bare(protocol: &'static Descriptor, named: &Named) -> Result<Part, String> {
    let (action, code, function) = match *named {
        Named::Verb(action) => {
            let usual = (protocol.usual_function)(action, None);
            let function = usual.ok_or_else(|| format!("say what to {}: a tag or a range", action.name()))?;
            (action, code_of(function), function)
        }
        Named::Function { code, function } => {
            if !function.spaces.is_empty() {
                return Err(format!("say what {} should touch: a tag or a range", function.name));
            }
            (function.actions[0], code, function)
        }
    };
    Ok(Part { action, code, function, target: None, carried: Carried::Nothing })
}

/// A function on one run of items; `said` is how they were named.
fn part(protocol: &'static Descriptor, named: &Named, run: Run, said: &str) -> Result<Part, String> {
    let span = run.span;
    let place = || (protocol.show_span)(span);
    let (action, code, function) = match *named {
        Named::Verb(action) => {
            let usual = (protocol.usual_function)(action, Some(span));
            let function =
                usual.ok_or_else(|| format!("{} has no function to {} {}", protocol.name, action.name(), place()))?;
            (action, code_of(function), function)
        }
        Named::Function { code, function } => {
            if !function.spaces.contains(&span.space) {
                return Err(format!("{} cannot touch {}", function.name, place()));
            }
            let fitting = if run.carried.is_some() { Action::Write } else { Action::Read };
            let fits = function.actions.contains(&fitting);
            (if fits { fitting } else { function.actions[0] }, code, function)
        }
    };
    let carried = run.carried.unwrap_or(Carried::Nothing);
    if action == Action::Write && matches!(carried, Carried::Nothing) {
        let item = if said.contains([',', '=']) { place() } else { said.trim().into() };
        return Err(format!("a write needs a value: {item} = ..."));
    }
    if action == Action::Read && !matches!(carried, Carried::Nothing) {
        return Err("a read carries no value: leave out `=` and what follows it".into());
    }
    Ok(Part { action, code, function, target: Some(span), carried })
}

fn code_of(function: &'static Function) -> Code {
    Code { function: *function.codes.start(), sub: function.sub }
}
