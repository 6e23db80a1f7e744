//! Requests out of operations, for the tools: what a client would send to ask for just this.

use super::codes::{COIL, HOLDING};
use sluice_model::{Operation, Span, Values};

/// Words of one message at most, of bits as many as fit into them.
const MOST: u64 = 2000;

/// The PDU of a request that asks for this operation and, where its function does two things, for the same items in the
/// other one; `None` when no request does. What a vendor's function carries besides is the shortest that has the code.
pub(super) fn pdu(operation: &Operation<'_>) -> Option<Vec<u8>> {
    let function = u8::try_from(operation.code.function).ok()?;
    let mut pdu = vec![function];
    match (operation.target, operation.function.spaces) {
        (Some(span), [_, ..]) => items(function, span, operation.values, &mut pdu)?,
        (None, []) => bare(function, operation.code.sub, &mut pdu)?,
        _ => return None,
    }
    Some(pdu)
}

/// What follows the code of a function that touches no items.
fn bare(function: u8, sub: Option<u16>, pdu: &mut Vec<u8>) -> Option<()> {
    match (function, sub) {
        (8, Some(sub)) => {
            pdu.extend(sub.to_be_bytes());
            // The delimiter that 8/3 sets is a line feed.
            pdu.extend([if sub == 3 { b'\n' } else { 0 }, 0]);
        }
        (43, Some(14)) => pdu.extend([14, 1, 0]),
        (43, Some(13)) => pdu.push(13),
        (8 | 43, _) => return None,
        // A session byte, then the function of UMAS; 2 asks what the device is.
        (90, sub) => pdu.extend([0, sub.map_or(Some(2), |sub| u8::try_from(sub).ok())?]),
        _ => {}
    }
    Some(())
}

/// What follows the code of a function that touches items.
fn items(function: u8, span: Span, values: Values<'_>, pdu: &mut Vec<u8>) -> Option<()> {
    let first = u16::try_from(span.first & 0xFFFF).ok()?;
    let count = u16::try_from(span.items()).ok().filter(|_| span.items() <= MOST)?;
    let word = |index: u16| values.item(usize::from(index));
    let place = |pdu: &mut Vec<u8>| {
        pdu.extend(first.to_be_bytes());
        pdu.extend(count.to_be_bytes());
    };
    match (function, values) {
        (1..=4, Values::None) => place(pdu),
        (5, _) if span.space == COIL => {
            pdu.extend(first.to_be_bytes());
            pdu.extend([if word(0)? == 0 { 0x00 } else { 0xFF }, 0x00]);
        }
        (6, Values::Words(_)) => {
            pdu.extend(first.to_be_bytes());
            pdu.extend(word(0)?.to_be_bytes());
        }
        (15, Values::Bits(_)) => {
            place(pdu);
            let bits = (0..count).map(word).collect::<Option<Vec<u16>>>()?;
            let bytes = bits.chunks(8).map(|eight| (0..).zip(eight).fold(0, |sum, (n, bit)| sum | (*bit as u8) << n));
            let bytes: Vec<u8> = bytes.collect();
            pdu.push(u8::try_from(bytes.len()).ok()?);
            pdu.extend(bytes);
        }
        (16, Values::Words(_)) => {
            place(pdu);
            words(count, word, pdu)?;
        }
        (22, Values::Mask { and, or }) => {
            pdu.extend([first, and, or].into_iter().flat_map(u16::to_be_bytes));
        }
        (23, Values::Words(_)) if span.space == HOLDING => {
            place(pdu);
            place(pdu);
            words(count, word, pdu)?;
        }
        (20, Values::None) | (21, Values::Words(_)) => files(span, count, values, pdu)?,
        (24, Values::None) => pdu.extend(first.to_be_bytes()),
        _ => return None,
    }
    Some(())
}

fn words(count: u16, word: impl Fn(u16) -> Option<u16>, pdu: &mut Vec<u8>) -> Option<()> {
    pdu.push(u8::try_from(2 * count).ok()?);
    for index in 0..count {
        pdu.extend(word(index)?.to_be_bytes());
    }
    Some(())
}

/// One group of records of one file (6.14, 6.15).
fn files(span: Span, count: u16, values: Values<'_>, pdu: &mut Vec<u8>) -> Option<()> {
    let (file, record) = (u16::try_from(span.first >> 16).ok()?, (span.first & 0xFFFF) as u16);
    let writes = pdu.first() == Some(&21);
    let data = if writes { 2 * count } else { 0 };
    pdu.push(u8::try_from(7 + data).ok()?);
    pdu.push(6);
    pdu.extend([file, record, count].into_iter().flat_map(u16::to_be_bytes));
    if writes {
        for index in 0..count {
            pdu.extend(values.item(usize::from(index))?.to_be_bytes());
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::super::codes::{FIFO, FILE, FUNCTIONS};
    use super::super::{DESCRIPTOR, Modbus, RTU_DESCRIPTOR};
    use super::*;
    use crate::{Cx, Frame, Opened, Protocol, Sink, Ticket};
    use sluice_model::{Action, Anomaly, Code, Direction, Instant};

    /// Device, action, code, target and the value of each item.
    type Did = (u32, Action, Code, Option<Span>, Vec<Option<u16>>);

    /// What a decoded request said it does.
    #[derive(Default)]
    struct Told(Vec<Did>);

    impl<'m> Sink<'m> for Told {
        fn operation(&mut self, o: &Operation<'m>) {
            let values = match o.values {
                Values::Mask { and, or } => vec![Some(and), Some(or)],
                values => (0..o.target.map_or(0, Span::items)).map(|n| values.item(n as usize)).collect(),
            };
            self.0.push((o.device, o.action, o.code, o.target, values));
        }
        fn answers(&mut self, _: Ticket) {}
        fn refused(&mut self, _: u16) {}
        fn anomaly(&mut self, anomaly: Anomaly) {
            panic!("{}", anomaly.kind.meaning);
        }
    }

    fn told(protocol: &dyn Protocol, unit: &[u8]) -> Told {
        let session = protocol.open(Opened { outstanding: 1, patience: core::time::Duration::ZERO });
        assert_eq!(session.frame(Direction::ToServer, unit), Frame::Unit(unit.len()), "{unit:02X?}");
        let mut told = Told::default();
        session.decode(&Cx { direction: Direction::ToServer, now: Instant::default() }, unit, &mut told);
        told
    }

    /// Every operation that the tables name, with values that differ from item to item.
    fn operations(each: &mut dyn FnMut(&Operation<'_>)) {
        let words = [0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC];
        for function in FUNCTIONS {
            let code = Code { function: *function.codes.start(), sub: function.sub };
            let spans = function.spaces.iter().flat_map(|space| {
                let first = if *space == FILE { 4 << 16 | 7 } else { 40_000 };
                let most = if function.single || *space == FIFO { 1 } else { 3 };
                (1..=most).map(move |items| Span { space: *space, first, last: first + items - 1 })
            });
            for target in spans.map(Some).chain(function.spaces.is_empty().then_some(None)) {
                let values = match (function.actions[0], target) {
                    (Action::Write, _) if code.function == 22 => Values::Mask { and: 0xFFF0, or: 5 },
                    (Action::Write, Some(Span { space: COIL, .. })) => Values::Bits(&[0b101]),
                    (Action::Write, Some(span)) => Values::Words(&words[..2 * span.items() as usize]),
                    (Action::File, Some(span)) if code.function == 21 => {
                        Values::Words(&words[..2 * span.items() as usize])
                    }
                    _ => Values::None,
                };
                let action = function.actions[0];
                let (protocol, direction, device) = (DESCRIPTOR.id, Direction::ToServer, 17);
                each(&Operation { protocol, direction, device, action, code, function, target, values });
            }
        }
    }

    #[test]
    fn what_is_asked_for_is_what_the_parser_reads() {
        let mut asked = 0;
        operations(&mut |operation| {
            let general = operation.code.sub.is_none() && matches!(operation.code.function, 8 | 43);
            for (protocol, descriptor) in [(&Modbus::TCP, &DESCRIPTOR), (&Modbus::RTU, &RTU_DESCRIPTOR)] {
                let Some(bytes) = (descriptor.ask)(operation) else {
                    assert!(general, "{operation:?}");
                    continue;
                };
                let mut expected = Told::default();
                expected.operation(operation);
                let told = told(protocol, &bytes).0.remove(0);
                let mut expected = expected.0.remove(0);
                expected.2.sub = expected.2.sub.or((expected.2.function == 90).then_some(2));
                assert_eq!(told, expected);
                asked += 1;
            }
        });
        assert!(asked > 80, "{asked}");
    }

    #[test]
    fn what_no_request_asks_for_has_no_bytes() {
        operations(&mut |operation| {
            let none = [
                Operation { code: Code::new(300), ..*operation },
                Operation {
                    target: operation.target.map(|span| Span { last: span.first + 70_000, ..span }),
                    code: Code::new(if operation.target.is_some() { operation.code.function } else { 0x100 }),
                    ..*operation
                },
            ];
            for operation in none {
                assert_eq!((DESCRIPTOR.ask)(&operation), None, "{operation:?}");
            }
        });
    }

    #[test]
    fn the_request_of_the_semantics_page() {
        let code = Code::new(90);
        let function = (DESCRIPTOR.function(code)).expect("the table has it");
        let umas = Operation {
            protocol: DESCRIPTOR.id,
            direction: Direction::ToServer,
            device: 1,
            action: Action::Unknown,
            code,
            function,
            target: None,
            values: Values::None,
        };
        assert_eq!((DESCRIPTOR.ask)(&umas), Some(vec![0, 1, 0, 0, 0, 4, 1, 0x5A, 0, 2]));
    }
}
