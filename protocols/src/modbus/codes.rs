//! Every function code and address space of the specification, as tables.

use sluice_model::{Action, Code, Function, Space, SpaceId};

/// Coils: outputs of one bit.
pub(super) const COIL: SpaceId = SpaceId(0);
/// Discrete inputs: inputs of one bit.
pub(super) const DISCRETE: SpaceId = SpaceId(1);
/// Input registers: inputs of 16 bits.
pub(super) const INPUT: SpaceId = SpaceId(2);
/// Holding registers: 16 bits, read and written.
pub(super) const HOLDING: SpaceId = SpaceId(3);
/// File records; an item is `file << 16 | record`.
pub(super) const FILE: SpaceId = SpaceId(4);
/// FIFO queues, by the register that counts their content.
pub(super) const FIFO: SpaceId = SpaceId(5);

/// The greatest record number of a file (6.14).
pub(super) const LAST_RECORD: u16 = 9999;

const fn space(id: SpaceId, name: &'static str, key: &'static str, bits: u8, writable: bool, last: u64) -> Space {
    Space { id, name, key, bits, writable, last }
}

/// Every space, in the order of their ids.
pub(super) static SPACES: [Space; 6] = [
    space(COIL, "coil", "coils", 1, true, 0xFFFF),
    space(DISCRETE, "discrete", "discretes", 1, false, 0xFFFF),
    space(INPUT, "input", "inputs", 16, false, 0xFFFF),
    space(HOLDING, "holding", "holdings", 16, true, 0xFFFF),
    space(FILE, "file", "files", 16, true, 0xFFFF << 16 | LAST_RECORD as u64),
    space(FIFO, "fifo", "fifos", 16, false, 0xFFFF),
];

const fn row(
    codes: (u16, u16),
    name: &'static str,
    actions: &'static [Action],
    spaces: &'static [SpaceId],
    clause: &'static str,
) -> Function {
    let codes = core::ops::RangeInclusive::new(codes.0, codes.1);
    Function { name, codes, sub: None, actions, by_verb: true, spaces, single: false, opaque: false, clause }
}

/// A sub-function of 8 (Diagnostics).
const fn diagnostic(sub: u16, name: &'static str, action: &'static [Action]) -> Function {
    Function { sub: Some(sub), ..row((8, 8), name, action, &[], "6.8") }
}

/// A function that only its own name or number allows: no verb means it.
const fn by_name_alone(function: Function) -> Function {
    Function { by_verb: false, ..function }
}

/// A function that writes one item a message.
const fn single(function: Function) -> Function {
    Function { single: true, ..function }
}

/// A code whose meaning a vendor, or a product of the past, knows alone.
const fn opaque(codes: (u16, u16), name: &'static str, clause: &'static str) -> Function {
    Function { opaque: true, ..by_name_alone(row(codes, name, &[Action::Unknown], &[], clause)) }
}

const READ: &[Action] = &[Action::Read];
const WRITE: &[Action] = &[Action::Write];
const DIAGNOSE: &[Action] = &[Action::Diagnose];
const RESTART: &[Action] = &[Action::Restart];
const BROWSE: &[Action] = &[Action::Browse];

/// Every function, by number; a sub-function stands before the general entry of its code.
///
/// Codes 8/1 and 8/4 take a device off the line, and 8/3 changes how it talks: the verb `diagnose` does not reach them.
pub(super) static FUNCTIONS: &[Function] = &[
    row((1, 1), "read-coils", READ, &[COIL], "6.1"),
    row((2, 2), "read-discrete-inputs", READ, &[DISCRETE], "6.2"),
    row((3, 3), "read-holding-registers", READ, &[HOLDING], "6.3"),
    row((4, 4), "read-input-registers", READ, &[INPUT], "6.4"),
    single(row((5, 5), "write-coil", WRITE, &[COIL], "6.5")),
    single(row((6, 6), "write-register", WRITE, &[HOLDING], "6.6")),
    row((7, 7), "read-exception-status", DIAGNOSE, &[], "6.7"),
    diagnostic(0, "return-query-data", DIAGNOSE),
    diagnostic(1, "restart-communications", RESTART),
    diagnostic(2, "return-diagnostic-register", DIAGNOSE),
    diagnostic(3, "change-ascii-delimiter", &[Action::Configure]),
    diagnostic(4, "force-listen-only", RESTART),
    diagnostic(10, "clear-counters", DIAGNOSE),
    diagnostic(11, "return-bus-message-count", DIAGNOSE),
    diagnostic(12, "return-bus-error-count", DIAGNOSE),
    diagnostic(13, "return-bus-exception-count", DIAGNOSE),
    diagnostic(14, "return-server-message-count", DIAGNOSE),
    diagnostic(15, "return-server-no-response-count", DIAGNOSE),
    diagnostic(16, "return-server-nak-count", DIAGNOSE),
    diagnostic(17, "return-server-busy-count", DIAGNOSE),
    diagnostic(18, "return-bus-overrun-count", DIAGNOSE),
    diagnostic(20, "clear-overrun-count", DIAGNOSE),
    by_name_alone(row((8, 8), "diagnostics", &[Action::Diagnose, Action::Configure, Action::Restart], &[], "6.8")),
    opaque((9, 10), "reserved-9-10", "Annex A"),
    row((11, 11), "get-comm-event-counter", DIAGNOSE, &[], "6.9"),
    row((12, 12), "get-comm-event-log", DIAGNOSE, &[], "6.10"),
    opaque((13, 14), "reserved-13-14", "Annex A"),
    row((15, 15), "write-coils", WRITE, &[COIL], "6.11"),
    row((16, 16), "write-registers", WRITE, &[HOLDING], "6.12"),
    row((17, 17), "report-server-id", BROWSE, &[], "6.13"),
    row((20, 20), "read-file-record", &[Action::File], &[FILE], "6.14"),
    row((21, 21), "write-file-record", &[Action::File], &[FILE], "6.15"),
    single(by_name_alone(row((22, 22), "mask-write", WRITE, &[HOLDING], "6.16"))),
    row((23, 23), "read-write-registers", &[Action::Write, Action::Read], &[HOLDING], "6.17"),
    row((24, 24), "read-fifo", READ, &[FIFO], "6.18"),
    opaque((41, 42), "reserved-41-42", "Annex A"),
    Function { sub: Some(13), ..opaque((43, 43), "canopen-general-reference", "6.20") },
    Function { sub: Some(14), ..row((43, 43), "read-device-id", BROWSE, &[], "6.21") },
    Function { actions: &[Action::Unknown, Action::Browse], ..opaque((43, 43), "encapsulated-transport", "6.19") },
    opaque((65, 72), "user-defined-65-72", "5.1"),
    opaque((90, 90), "umas", "Annex A"),
    opaque((91, 91), "reserved-91", "Annex A"),
    opaque((100, 110), "user-defined-100-110", "5.1"),
    opaque((125, 127), "reserved-125-127", "Annex A"),
];

/// For each code of one byte, where its entries begin in [`FUNCTIONS`]; past the end where it has none.
static FIRST: [u8; 256] = {
    let mut first = [FUNCTIONS.len() as u8; 256];
    let mut index = FUNCTIONS.len();
    while index > 0 {
        index -= 1;
        let mut code = *FUNCTIONS[index].codes.start() as usize;
        while code <= *FUNCTIONS[index].codes.end() as usize {
            first[code] = index as u8;
            code += 1;
        }
    }
    first
};

/// The entry of `code`, without walking the table to it.
pub(super) fn function(code: Code) -> Option<&'static Function> {
    let first = *FIRST.get(usize::from(code.function))?;
    FUNCTIONS[usize::from(first)..].iter().find(|f| f.holds(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_finds_what_a_walk_finds() {
        for function in 0..=300 {
            for sub in [None, Some(0), Some(1), Some(5), Some(13), Some(14), Some(20), Some(21)] {
                let code = Code { function, sub };
                let walked = FUNCTIONS.iter().find(|f| f.holds(code)).map(|f| f.name);
                assert_eq!(super::function(code).map(|f| f.name), walked, "{code}");
            }
        }
    }

    #[test]
    fn no_verb_reaches_what_takes_a_device_off_the_line() {
        for name in ["restart-communications", "force-listen-only", "change-ascii-delimiter"] {
            let function = FUNCTIONS.iter().find(|f| f.name == name).expect("the table has it");
            assert!(!function.actions.contains(&Action::Diagnose), "{name}");
        }
        let general = FUNCTIONS.iter().find(|f| f.name == "diagnostics").expect("the table has it");
        assert!(!general.by_verb);
    }
}
