//! Whether an SNMP message does nothing but read (RFC 3416, RFC 3412), by its whole structure: what is sealed, unknown or
//! anyhow else than written there is no reading.

/// The port that agents are asked at.
pub(super) const PORT: u16 = 161;

const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const NAME: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
/// `GetRequest`, `GetNextRequest` and `GetBulkRequest`.
const READS: [u8; 3] = [0xA0, 0xA1, 0xA5];
/// `msgFlags`: the rest of the message is sealed.
const SEALED: u8 = 2;

/// Whether `message` is one whole SNMP message that reads.
pub(super) fn reads(message: &[u8]) -> bool {
    let mut outer = Elements(message);
    outer.take(SEQUENCE).and_then(scoped).is_some() && outer.0.is_empty()
}

/// The content of a message, of every version.
fn scoped(message: &[u8]) -> Option<()> {
    let mut fields = Elements(message);
    match fields.take(INTEGER)? {
        // 1 and 2c: the community, then the request.
        [0 | 1] => {
            fields.take(OCTETS)?;
        }
        [3] => {
            let mut header = Elements(fields.take(SEQUENCE)?);
            header.take(INTEGER)?;
            header.take(INTEGER)?;
            let &[flags] = header.take(OCTETS)? else { return None };
            header.take(INTEGER)?;
            fields.take(OCTETS)?;
            if flags & SEALED != 0 || !header.0.is_empty() {
                return None;
            }
            let mut scope = Elements(fields.take(SEQUENCE)?);
            fields.0.is_empty().then_some(())?;
            scope.take(OCTETS)?;
            scope.take(OCTETS)?;
            fields = scope;
        }
        _ => return None,
    }
    let (tag, request) = fields.next()?;
    (READS.contains(&tag) && fields.0.is_empty()).then(|| asked(request))?
}

/// The body of a request: its number, two more, and what is asked for.
fn asked(request: &[u8]) -> Option<()> {
    let mut fields = Elements(request);
    for _ in 0..3 {
        fields.take(INTEGER)?;
    }
    let mut asked = Elements(fields.take(SEQUENCE)?);
    while !asked.0.is_empty() {
        let mut pair = Elements(asked.take(SEQUENCE)?);
        pair.take(NAME)?;
        pair.next()?;
        pair.0.is_empty().then_some(())?;
    }
    fields.0.is_empty().then_some(())
}

/// What is left of a list of elements (X.690 8.1, definite lengths).
struct Elements<'m>(&'m [u8]);

impl<'m> Elements<'m> {
    /// The next element: its tag and its content.
    fn next(&mut self) -> Option<(u8, &'m [u8])> {
        let (&[tag, first], rest) = self.0.split_first_chunk()?;
        // Tags of several bytes stand nowhere in SNMP, nor does an indefinite length.
        if tag & 0x1F == 0x1F || first == 0x80 || first > 0x84 {
            return None;
        }
        let (length, rest) = if first < 0x80 {
            (usize::from(first), rest)
        } else {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
            (digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)), rest)
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }

    fn take(&mut self, tag: u8) -> Option<&'m [u8]> {
        self.next().filter(|(found, _)| *found == tag).map(|(_, content)| content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(tag: u8, content: &[u8]) -> Vec<u8> {
        [&[tag, content.len() as u8], content].concat()
    }

    /// A request of this tag for `sysDescr.0`.
    fn request(tag: u8) -> Vec<u8> {
        let name = [NAME, 8, 0x2B, 6, 1, 2, 1, 1, 1, 0];
        let asked = element(SEQUENCE, &element(SEQUENCE, &[&name[..], &[5, 0]].concat()));
        element(tag, &[&[INTEGER, 1, 7, INTEGER, 1, 0, INTEGER, 1, 0], asked.as_slice()].concat())
    }

    fn community(version: u8, tag: u8) -> Vec<u8> {
        element(SEQUENCE, &[&[INTEGER, 1, version][..], &element(OCTETS, b"public"), &request(tag)].concat())
    }

    fn version3(flags: u8, tag: u8) -> Vec<u8> {
        let header = element(SEQUENCE, &[INTEGER, 1, 9, INTEGER, 2, 5, 0xDC, OCTETS, 1, flags, INTEGER, 1, 3]);
        let scope = element(SEQUENCE, &[element(OCTETS, b"engine"), element(OCTETS, b""), request(tag)].concat());
        element(SEQUENCE, &[&[INTEGER, 1, 3][..], &header, &element(OCTETS, b"user"), &scope].concat())
    }

    #[test]
    fn requests_that_read_are_told_from_all_others() {
        for tag in READS {
            assert!(reads(&community(0, tag)) && reads(&community(1, tag)) && reads(&version3(1, tag)), "{tag:X}");
        }
        // Responses, set, traps, inform, report.
        for tag in [0xA2, 0xA3, 0xA4, 0xA6, 0xA7, 0xA8, 0xA9, 0x30] {
            assert!(!reads(&community(1, tag)) && !reads(&version3(0, tag)), "{tag:X}");
        }
        assert!(!reads(&version3(3, 0xA0)), "sealed");
        assert!(!reads(&community(2, 0xA0)), "no version");
        assert!(!reads(&[community(1, 0xA0), community(1, 0xA3)].concat()), "another behind it");
    }

    #[test]
    fn whatever_is_cut_or_of_another_length_is_no_reading() {
        for message in [community(1, 0xA0), version3(0, 0xA5)] {
            for cut in 0..message.len() {
                assert!(!reads(&message[..cut]));
            }
        }
        let mut long = community(1, 0xA0);
        let length = long[1];
        long.splice(1..2, [0x82, 0, length]);
        assert!(reads(&long), "lengths in their long form");
        long.splice(1..4, [0x80]);
        assert!(!reads(&long), "an indefinite length");
        let mut hidden = community(1, 0xA0);
        // A name that reaches over the end of its pair.
        let name = hidden.windows(3).position(|w| w == [NAME, 8, 0x2B]).map_or(0, |at| at + 1);
        hidden[name] = 0x20;
        assert!(!reads(&hidden));
    }
}
