//! Checksums that a virtual port left unfinished, completed here: an `AF_XDP` socket is not told of them.

const ADDRESSES: usize = 12;
const TAGS: [u16; 2] = [0x8100, 0x88A8];
const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86DD;
const TCP: u8 = 6;
const UDP: u8 = 17;

/// Where a transport header lies in a frame.
struct Transport {
    start: usize,
    end: usize,
    protocol: u8,
    /// The sum of both addresses.
    addresses: u32,
}

/// Completes the transport checksum of a frame in which it covers the pseudo-header alone. Whatever else the frame is, it
/// stays as it is.
pub(super) fn complete(frame: &mut [u8]) {
    let Some(Transport { start, end, protocol, addresses }) = transport(frame) else { return };
    let Some(segment) = frame.get_mut(start..end) else { return };
    let place = match protocol {
        TCP => 16,
        UDP => 6,
        _ => return,
    };
    let Some(said) = word(segment, place) else { return };
    let pseudo = fold(addresses + u32::from(protocol) + segment.len() as u32);
    // Complete ones look like this once in 65,536 times, and are no others when they are completed.
    if said != pseudo {
        return;
    }
    let sum = match !fold(sum(segment)) {
        // No checksum at all is what zero says in UDP (RFC 768).
        0 if protocol == UDP => 0xFFFF,
        sum => sum,
    };
    segment[place..place + 2].copy_from_slice(&sum.to_be_bytes());
}

fn transport(frame: &[u8]) -> Option<Transport> {
    let mut start = ADDRESSES;
    while TAGS.contains(&word(frame, start)?) {
        start += 4;
    }
    let (kind, start) = (word(frame, start)?, start + 2);
    let packet = frame.get(start..)?;
    let (header, protocol, addresses, length) = match kind {
        // More fragments, or not the first one.
        IPV4 if word(packet, 6)? & 0x3FFF != 0 => return None,
        IPV4 => {
            (4 * usize::from(*packet.first()? & 0xF), *packet.get(9)?, packet.get(12..20)?, word(packet, 2)?.into())
        }
        IPV6 => (40, *packet.get(6)?, packet.get(8..40)?, 40 + usize::from(word(packet, 4)?)),
        _ => return None,
    };
    Some(Transport { start: start + header, end: start + length, protocol, addresses: sum(addresses) })
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_be_bytes(*bytes))
}

/// The sum of the words, the last one filled up with a zero; far below 2^32 for a frame.
fn sum(bytes: &[u8]) -> u32 {
    let (words, rest) = bytes.as_chunks::<2>();
    let last = rest.first().map_or(0, |byte| u32::from(*byte) << 8);
    words.iter().map(|word| u32::from(u16::from_be_bytes(*word))).sum::<u32>() + last
}

const fn fold(sum: u32) -> u16 {
    let sum = (sum & 0xFFFF) + (sum >> 16);
    ((sum & 0xFFFF) + (sum >> 16)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A UDP datagram with four bytes of content behind so many tags, its checksum that of the pseudo-header.
    fn datagram(tags: usize) -> Vec<u8> {
        let mut frame = vec![2; ADDRESSES];
        frame.extend([0x81, 0, 0, 7].repeat(tags));
        frame.extend([8, 0, 0x45, 0, 0, 32, 0, 0, 0, 0, 64, UDP, 0, 0, 10, 9, 0, 1, 10, 9, 0, 2]);
        let pseudo: u16 = 0x0A09 + 1 + 0x0A09 + 2 + 17 + 12;
        frame.extend([2, 188, 2, 188, 0, 12]);
        frame.extend(pseudo.to_be_bytes());
        frame.extend([1, 2, 3, 4]);
        frame
    }

    #[test]
    fn what_covers_the_pseudo_header_alone_is_completed() {
        for tags in 0..3 {
            let mut frame = datagram(tags);
            complete(&mut frame);
            let start = frame.len() - 12;
            let addresses = [0x0A09_u32, 1, 0x0A09, 2, 17, 12].iter().sum::<u32>();
            assert_eq!(fold(addresses + sum(&frame[start..])), 0xFFFF, "{tags} tags");
            let whole = frame.clone();
            complete(&mut frame);
            assert_eq!(frame, whole);
        }
    }

    #[test]
    fn a_wrong_one_stays_wrong_and_a_stump_is_no_fault() {
        let mut frame = datagram(1);
        let place = frame.len() - 5;
        frame[place] ^= 1;
        let wrong = frame.clone();
        complete(&mut frame);
        assert_eq!(frame, wrong);
        for length in 0..wrong.len() {
            let mut stump = datagram(1)[..length].to_vec();
            complete(&mut stump);
            assert_eq!(stump, datagram(1)[..length]);
        }
    }
}
