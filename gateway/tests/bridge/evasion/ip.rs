//! Packets: time to live, lengths, options, extension headers and fragments (Ptacek and Newsham 1998, sections 4 and 6).

use super::row::{Row, SOON, six};
use crate::raw::Raw;
use crate::raw::packet::{Ip, Packet, transport_checksum};

pub(super) const ROWS: &[Row] = &[
    Row::new("plain, version 6", "a forbidden write over IPv6", |r| dressed(r, |_| ())).on(six),
    Row::new("end of life", "a read with a TTL of 1, then a forbidden write in its place", |r| {
        decoy(r, |p| p.ip.ttl = 1);
    }),
    Row::new("end of life, version 6", "a read with a hop limit of 1, then a forbidden write", |r| {
        decoy(r, |p| p.ip.ttl = 1);
    })
    .on(six),
    Row::new("IP checksum", "a read with a wrong IP checksum, then a forbidden write", |r| {
        decoy(r, |p| p.ip.checksum_error = 0x0101);
    }),
    Row::new("IP length too long", "a read whose packet claims more than came, then a forbidden write", |r| {
        decoy(r, |p| p.ip.length_error = 8);
    }),
    Row::new(
        "IP length too short",
        "a read whose packet claims less than its TCP header, then a forbidden write",
        |r| {
            decoy(r, |p| p.ip.length_error = -20);
        },
    ),
    Row::new("reserved IP flag", "a forbidden write with the reserved flag", |r| {
        dressed(r, |p| p.ip.fragment = 0x8000);
    })
    .any(),
    Row::new("options: nothing", "a forbidden write behind IP options of no meaning", |r| {
        dressed(r, |p| p.ip.options = vec![1, 1, 1, 0]);
    })
    .any(),
    Row::new("options: route", "a forbidden write that records its route", |r| {
        dressed(r, |p| p.ip.options = vec![1, 7, 7, 4, 0, 0, 0, 0]);
    })
    .any(),
    Row::new("options: source route", "a forbidden write with a loose source route", |r| {
        dressed(r, |p| p.ip.options = vec![1, 0x83, 7, 4, 192, 0, 2, 31]);
    })
    .link()
    .any(),
    Row::new("options: router alert", "a forbidden write with a router alert", |r| {
        dressed(r, |p| p.ip.options = vec![0x94, 4, 0, 0]);
    })
    .any(),
    Row::new("hop-by-hop options", "a forbidden write behind hop-by-hop options", |r| {
        dressed(r, |p| p.ip.extensions.push((0, vec![0, 0, 1, 4, 0, 0, 0, 0])));
    })
    .on(six)
    .any(),
    Row::new("destination options", "a forbidden write behind destination options", |r| {
        dressed(r, |p| p.ip.extensions.push((60, vec![0, 0, 1, 4, 0, 0, 0, 0])));
    })
    .on(six)
    .any(),
    Row::new("ten extension headers", "a forbidden write behind ten headers of destination options", |r| {
        dressed(r, |p| p.ip.extensions = vec![(60, vec![0, 0, 1, 4, 0, 0, 0, 0]); 7]);
    })
    .on(six)
    .any(),
    Row::new("routing header", "a forbidden write behind a routing header of type 0", |r| {
        dressed(r, |p| p.ip.extensions.push((43, [vec![0, 2, 0, 0, 0, 0, 0, 0], vec![0; 16]].concat())));
    })
    .on(six)
    .any(),
    Row::new("atomic fragment", "a forbidden write in a fragment that is all of it", |r| {
        fragments(r, |c| vec![(0, c.to_vec(), false)]);
    })
    .on(six)
    .any(),
    Row::new("two fragments", "a forbidden write in two fragments", |r| fragments(r, halves)).any(),
    Row::new("two fragments, version 6", "the same over IPv6", |r| fragments(r, halves)).on(six).any(),
    Row::new("tiny fragments", "a forbidden write in fragments of 8 bytes", |r| fragments(r, tiny)).any(),
    Row::new("tiny fragments, backwards", "the same from the last to the first", |r| {
        fragments(r, |content| tiny(content).into_iter().rev().collect());
    })
    .any(),
    Row::new("fragments twice", "a forbidden write in two fragments, the second sent twice", |r| {
        fragments(r, |c| {
            vec![(24, c[24..].to_vec(), false), (24, c[24..].to_vec(), false), (0, c[..24].to_vec(), true)]
        });
    })
    .any(),
    Row::new(
        "fragments overlap, forbidden first",
        "a second fragment of F, another of zeros over it, then the first",
        |r| {
            fragments(r, |c| vec![(24, c[24..].to_vec(), false), (24, vec![0; 8], false), (0, c[..24].to_vec(), true)]);
        },
    )
    .any(),
    Row::new("fragments overlap, forbidden last", "a second fragment of zeros, F over it, then the first", |r| {
        fragments(r, |c| vec![(24, vec![0; 8], false), (24, c[24..].to_vec(), false), (0, c[..24].to_vec(), true)]);
    })
    .link()
    .any(),
    Row::new("teardrop", "a second fragment that begins and ends inside the first", |r| {
        fragments(r, |c| vec![(0, c.to_vec(), true), (8, c[8..16].to_vec(), false)]);
    })
    .link()
    .any(),
    Row::new("ping of death", "a last fragment that ends past 65,535", |r| {
        fragments(r, |c| vec![(0, c.to_vec(), true), (65_528, vec![7; 1000], false)]);
    })
    .link()
    .any(),
    Row::new("first fragment only", "a forbidden write in a first fragment, and no other", |r| {
        fragments(r, |c| vec![(0, c.to_vec(), true)]);
    })
    .link()
    .any(),
    Row::new("in an IP tunnel", "a forbidden write in IP in IP", |r| within(r, 4)).link().any(),
    Row::new("in GRE", "a forbidden write in GRE", |r| within(r, 47)).link().any(),
    Row::new("other protocol number", "a forbidden write as SCTP", |r| {
        r.open();
        let forbidden = r.forbidden();
        let mut packet = r.data(0, &forbidden);
        packet.ip.protocol = 132;
        r.put(&packet);
        r.hear(SOON);
    })
    .link(),
    Row::new("over UDP", "a forbidden write to UDP port 502", |r| {
        r.open();
        let forbidden = r.forbidden();
        let frame = udp(r, &forbidden);
        r.put_frame(frame);
        r.hear(SOON);
    })
    .link(),
    Row::new("UDP fragments overlap", "a datagram of two fragments that overlap", |r| {
        r.open();
        let forbidden = r.forbidden();
        let packet = r.segment();
        let ip = Ip { protocol: 17, ..packet.ip.clone() };
        let content = datagram(&ip, &forbidden);
        let packet = Packet { ip, ..packet };
        r.put_frame(packet.fragment(0, &content[..16], true));
        r.put_frame(packet.fragment(8, &content[8..], false));
        r.hear(SOON);
    })
    .link(),
];

fn decoy(r: &mut Raw<'_>, spoil: impl FnOnce(&mut Packet)) {
    r.open();
    r.decoy(spoil);
}

fn dressed(r: &mut Raw<'_>, dress: impl FnOnce(&mut Packet)) {
    r.open();
    r.dressed(dress);
}

/// A fragment: where it begins, what it holds, whether more come.
type Fragment = (usize, Vec<u8>, bool);

fn halves(content: &[u8]) -> Vec<Fragment> {
    vec![(0, content[..24].to_vec(), true), (24, content[24..].to_vec(), false)]
}

fn tiny(content: &[u8]) -> Vec<Fragment> {
    let last = content.len().div_ceil(8) - 1;
    content.chunks(8).enumerate().map(|(i, c)| (i * 8, c.to_vec(), i < last)).collect()
}

/// A forbidden write in the fragments that `cut` makes of its segment.
fn fragments(r: &mut Raw<'_>, cut: impl FnOnce(&[u8]) -> Vec<Fragment>) {
    r.open();
    r.read();
    let forbidden = r.forbidden();
    let mut packet = r.data(0, &forbidden);
    packet.ip.id = r.marker;
    packet.ip.fragment = 0;
    let content = packet.tcp.bytes(packet.ip.from, packet.ip.to);
    for (at, bytes, more) in cut(&content) {
        r.put_frame(packet.fragment(at, &bytes, more));
    }
    r.skip(forbidden.len());
    r.message(SOON);
}

/// A forbidden write inside a packet of its own inside another.
fn within(r: &mut Raw<'_>, protocol: u8) {
    r.open();
    let forbidden = r.forbidden();
    let packet = r.data(0, &forbidden);
    let mut inner = packet.ip.around(&packet.tcp.bytes(packet.ip.from, packet.ip.to));
    if protocol == 47 {
        inner.splice(0..0, [0, 0, 8, 0]);
    }
    let outer = Ip { protocol, ..packet.ip.clone() };
    r.put_frame(packet.link.around(&outer.around(&inner), None));
    r.hear(SOON);
}

fn datagram(ip: &Ip, bytes: &[u8]) -> Vec<u8> {
    let length = (bytes.len() as u16 + 8).to_be_bytes();
    let mut out = [&[0x9C, 0x40, 1, 0xF6], length.as_slice(), &[0, 0], bytes].concat();
    let sum = transport_checksum(ip.from, ip.to, 17, &out);
    out[6..8].copy_from_slice(&sum.to_be_bytes());
    out
}

fn udp(r: &mut Raw<'_>, bytes: &[u8]) -> Vec<u8> {
    let packet = r.segment();
    let ip = Ip { protocol: 17, ..packet.ip };
    packet.link.around(&ip.around(&datagram(&ip, bytes)), None)
}
