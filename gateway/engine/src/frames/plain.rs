//! The frame that nearly every frame is, read in one go: untagged Ethernet, IPv4 without options or fragments, a TCP
//! segment with right checksums and nothing odd about it.
//!
//! [`plain`] answers with what [`Packet::read`](super::Packet::read) would, or not at all; a test holds it to that.

use super::TcpFlags;
use super::checksum::{Checksum, fold, own};
use super::reader::word;
use super::transport::Tcp;
use core::net::Ipv4Addr;

const ETHERNET: usize = 14;
const IPV4: usize = 20;
const TCP: usize = 20;
/// Options that consist of a timestamp, as most senders lay them out (RFC 7323 appendix A).
const TIMESTAMP: [u8; 4] = [1, 1, 8, 10];
const TIMESTAMP_LENGTH: usize = 12;

/// Such a frame.
pub(crate) struct Plain<'p> {
    pub(crate) mac: &'p [u8; 6],
    pub(crate) source: Ipv4Addr,
    pub(crate) destination: Ipv4Addr,
    pub(crate) tcp: Tcp<'p>,
}

/// Reads an Ethernet frame that was captured whole, if it is such a one.
#[inline]
pub(crate) fn plain(frame: &[u8]) -> Option<Plain<'_>> {
    let (head, rest) = frame.split_first_chunk::<{ ETHERNET + IPV4 }>()?;
    let (link, ip) = head.split_at(ETHERNET);
    // Version and header length; no fragment, no reserved flag; hops left.
    if word(link, 12) != 0x0800 || ip[0] != 0x45 || word(ip, 6) & 0xBFFF != 0 || ip[8] == 0 || ip[9] != 6 {
        return None;
    }
    let segment = rest.get(..usize::from(word(ip, 2)).checked_sub(IPV4)?)?;
    let fields = segment.first_chunk::<TCP>()?;
    let options = segment.get(TCP..usize::from(fields[12] >> 4) * 4)?;
    let flags = TcpFlags(fields[13]);
    let plain_flags = flags == TcpFlags::ACK || flags == TcpFlags::ACK | TcpFlags::PSH;
    let plain_options = options.is_empty() || (options.len() == TIMESTAMP_LENGTH && options.starts_with(&TIMESTAMP));
    let (source, destination) = (word(fields, 0), word(fields, 2));
    // Groups and broadcasts send nothing.
    if !plain_flags || !plain_options || source == 0 || destination == 0 || ip[12] >= 224 {
        return None;
    }
    let part = |at| u64::from(u32::from_ne_bytes([ip[at], ip[at + 1], ip[at + 2], ip[at + 3]]));
    let addresses = part(12) + part(16);
    let header = part(0) + part(4) + part(8) + addresses;
    // The length is that of a packet without its header: it fits.
    let pseudo = addresses + u64::from((6 + segment.len() as u16).to_be());
    let (whole, carry) = own(segment).overflowing_add(pseudo);
    if fold(header) != 0xFFFF || fold(whole + u64::from(carry)) != 0xFFFF {
        return None;
    }
    let long = |bytes: &[u8], at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let tcp = Tcp {
        source,
        destination,
        sequence: long(fields, 4),
        acknowledgement: long(fields, 8),
        flags,
        window: word(fields, 14),
        options,
        payload: &segment[TCP + options.len()..],
        checksum: Checksum::Right,
    };
    let (_, mac) = link.first_chunk::<12>()?.split_last_chunk::<6>()?;
    Some(Plain { mac, source: long(ip, 12).into(), destination: long(ip, 16).into(), tcp })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::checksum::sum;
    use super::super::{LinkType, Network, Packet, Transport};
    use super::*;
    use proptest::prelude::*;

    /// A frame with right checksums around `payload`.
    fn frame(options: &[u8], payload: &[u8]) -> Vec<u8> {
        let length = (IPV4 + TCP + options.len() + payload.len()) as u16;
        let [high, low] = length.to_be_bytes();
        let offset = (((TCP + options.len()) / 4) << 4) as u8;
        let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
        frame.extend([0x45, 0, high, low, 0, 1, 0x40, 0, 64, 6, 0, 0, 192, 0, 2, 11, 192, 0, 2, 31]);
        frame.extend([0x9C, 0x40, 1, 0xF6, 0, 0, 0, 9, 0, 0, 0, 7, offset, 0x18, 1, 0, 0, 0, 0, 0]);
        frame.extend(options);
        frame.extend(payload);
        seal(&mut frame);
        frame
    }

    /// Makes the checksums right.
    fn seal(frame: &mut [u8]) {
        let Some((_, packet)) = frame.split_at_mut_checked(ETHERNET) else { return };
        let Some((ip, segment)) = packet.split_at_mut_checked(IPV4) else { return };
        ip[10..12].fill(0);
        let header = !fold(sum(0, ip));
        ip[10..12].copy_from_slice(&header.to_be_bytes());
        let length = usize::from(word(ip, 2)).saturating_sub(IPV4).min(segment.len());
        let segment = &mut segment[..length];
        if segment.len() < TCP {
            return;
        }
        segment[16..18].fill(0);
        let whole = !fold(sum(sum(6 + length as u64, &ip[12..]), segment));
        segment[16..18].copy_from_slice(&whole.to_be_bytes());
    }

    fn holds(bytes: &[u8]) {
        let Some(plain) = plain(bytes) else { return };
        let packet = Packet::read(LinkType::Ethernet, bytes, bytes.len()).unwrap();
        let Network::Ip(ip) = packet.network else { panic!("not IP") };
        assert_eq!(packet.oddities.iter().collect::<Vec<_>>(), []);
        assert_eq!((packet.link.source, packet.link.vlans.tags()), (Some(*plain.mac), &[][..]));
        assert_eq!((ip.head.source, ip.head.destination), (plain.source.into(), plain.destination.into()));
        assert_eq!((ip.head.protocol, ip.fragment), (6, None));
        assert_eq!(ip.transport, Transport::Tcp(plain.tcp));
    }

    #[test]
    fn the_usual_frame_is_plain_with_and_without_padding() {
        let timestamps = [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2];
        for options in [&[][..], &timestamps] {
            let mut bytes = frame(options, b"hello");
            assert_eq!(plain(&bytes).unwrap().tcp.payload, b"hello");
            holds(&bytes);
            bytes.extend([0; 6]);
            assert_eq!(plain(&bytes).unwrap().tcp.payload, b"hello");
            holds(&bytes);
            bytes[40] ^= 1;
            assert!(plain(&bytes).is_none());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn it_says_what_the_views_say(
            stamped in any::<bool>(),
            payload in prop::collection::vec(any::<u8>(), 0..40),
            changes in prop::collection::vec((0..80usize, any::<u8>()), 0..3),
            sealed in any::<bool>(),
            cut in 0..200usize,
        ) {
            let options: &[u8] = if stamped { &[1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2] } else { &[] };
            let mut bytes = frame(options, &payload);
            bytes.truncate(cut.max(20));
            for (place, byte) in changes {
                if let Some(known) = bytes.get_mut(place) {
                    *known = byte;
                }
            }
            if sealed {
                seal(&mut bytes);
            }
            holds(&bytes);
        }
    }
}
