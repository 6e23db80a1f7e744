//! What a capture's statistics count of a message: taken from header and function code alone, whether or not the rest of
//! the message makes sense, as `TShark` counts it.

use super::framing::Framing;
use super::pdu::response::EXCEPTION;
use sluice_model::Direction;

const REQUEST: &str = "request";
const RESPONSE: &str = "response";
const FAULT: &str = "exception";
const UNIT: &str = "unit";

/// Every facet: function codes without the exception bit, `function/code` of exceptions, units.
pub(super) const ALL: &[&str] = &[REQUEST, RESPONSE, FAULT, UNIT];

/// Tells `count` the facets of the framed message `unit`.
pub(super) fn facets(
    framing: Framing,
    direction: Direction,
    unit: &[u8],
    count: &mut dyn FnMut(&'static str, u32, Option<u32>),
) {
    let Ok((header, pdu)) = framing.split(unit) else { return };
    let function = u32::from(pdu[0] & !EXCEPTION);
    count(UNIT, u32::from(header.unit), None);
    match direction {
        Direction::ToServer => count(REQUEST, function, None),
        Direction::ToClient => {
            count(RESPONSE, function, None);
            if pdu[0] & EXCEPTION != 0
                && let Some(code) = pdu.get(1)
            {
                count(FAULT, function, Some(u32::from(*code)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(direction: Direction, unit: &[u8]) -> Vec<(&'static str, u32, Option<u32>)> {
        let mut all = Vec::new();
        facets(Framing::Mbap, direction, unit, &mut |name, a, b| all.push((name, a, b)));
        all
    }

    #[test]
    fn a_message_counts_by_its_way_even_if_its_body_is_nonsense() {
        let bytes = [0, 1, 0, 0, 0, 3, 17, 0x83, 2];
        assert_eq!(counted(Direction::ToServer, &bytes), [(UNIT, 17, None), (REQUEST, 3, None)]);
        assert_eq!(counted(Direction::ToClient, &bytes), [(UNIT, 17, None), (RESPONSE, 3, None), (FAULT, 3, Some(2))]);
        assert_eq!(counted(Direction::ToClient, &bytes[..8]), []);
    }
}
