//! Segments that the server will not take, so that an inspector which does sees another stream (insertion); segments that
//! only seem to end a connection; and odd ones that the server does take (Ptacek and Newsham 1998, section 5.4).

use super::row::{Row, SOON, stamped};
use crate::raw::Raw;
use crate::raw::packet::{ACK, FIN, PSH, Packet, RST, SYN, URG};
use crate::rig::frames;
use std::time::Duration;

pub(super) const ROWS: &[Row] = &[
    Row::new("bad checksum", "a read with a wrong TCP checksum, then a forbidden write in its place", |r| {
        decoy(r, |p| p.tcp.checksum_error = 0x0101);
    }),
    Row::new("header too short", "a read with a TCP header of 16 bytes, then a forbidden write", |r| {
        decoy(r, |p| p.tcp.header_error = -1);
    }),
    Row::new("header too long", "a read whose TCP header ends past it, then a forbidden write", |r| {
        decoy(r, |p| p.tcp.header_error = 9);
    }),
    Row::new("no ACK flag", "a read without ACK, then a forbidden write", |r| decoy(r, |p| p.tcp.flags = PSH)),
    Row::new("no flags", "a read without any flag, then a forbidden write", |r| decoy(r, |p| p.tcp.flags = 0)),
    Row::new("SYN in the middle", "a read with SYN, then a forbidden write", |r| {
        decoy(r, |p| p.tcp.flags = SYN | PSH | ACK);
    }),
    Row::new("acknowledges the future", "a read that acknowledges what was never sent, then a forbidden write", |r| {
        decoy(r, |p| p.tcp.acknowledgement = p.tcp.acknowledgement.wrapping_add(100_000));
    }),
    Row::new(
        "acknowledges the distant past",
        "a read with an acknowledgement of long ago, then a forbidden write",
        |r| {
            decoy(r, |p| p.tcp.acknowledgement = p.tcp.acknowledgement.wrapping_sub(0x4000_0000));
        },
    ),
    Row::new("old timestamp", "a read with an old timestamp, then a forbidden write (PAWS)", |r| {
        decoy(r, |p| p.tcp.options[4..8].copy_from_slice(&1u32.to_be_bytes()));
    })
    .on(stamped),
    Row::new("timestamp missing", "a forbidden write without the timestamp that was agreed", |r| {
        dressed(r, |p| p.tcp.options.clear());
    })
    .on(stamped)
    .any(),
    Row::new(
        "timestamp missing on a decoy",
        "a forbidden write without its timestamp, then a read in its place",
        |r| {
            r.open();
            r.read();
            let (forbidden, read) = (r.forbidden(), r.harmless());
            let mut packet = r.data(0, &forbidden);
            packet.tcp.options.clear();
            r.put(&packet);
            r.say(&read);
            r.message(SOON);
        },
    )
    .on(stamped),
    Row::new("outside the window", "a read beyond the window, then a forbidden write", |r| {
        decoy(r, |p| p.tcp.sequence = p.tcp.sequence.wrapping_add(0x1000_0000));
    }),
    Row::new("RST, wrong number in the window", "an RST 100 bytes ahead, then a forbidden write", |r| {
        ending(r, |p| {
            p.tcp.flags = RST;
            p.tcp.sequence = p.tcp.sequence.wrapping_add(100);
        });
    }),
    Row::new("RST outside the window", "an RST far ahead, then a forbidden write", |r| {
        ending(r, |p| {
            p.tcp.flags = RST;
            p.tcp.sequence = p.tcp.sequence.wrapping_add(0x1000_0000);
        });
    }),
    Row::new("RST, one old number", "an RST one byte behind, then a forbidden write", |r| {
        ending(r, |p| {
            p.tcp.flags = RST;
            p.tcp.sequence = p.tcp.sequence.wrapping_sub(1);
        });
    }),
    Row::new("RST, bad checksum", "an exact RST with a wrong checksum, then a forbidden write", |r| {
        ending(r, |p| {
            p.tcp.flags = RST;
            p.tcp.checksum_error = 1;
        });
    }),
    Row::new("RST at the end of its life", "an exact RST with a TTL of 1, then a forbidden write", |r| {
        ending(r, |p| {
            p.tcp.flags = RST;
            p.ip.ttl = 1;
        });
    })
    .any(),
    Row::new("FIN ahead", "a FIN 100 bytes ahead, then a forbidden write", |r| {
        ending(r, |p| {
            p.tcp.flags = FIN | ACK;
            p.tcp.sequence = p.tcp.sequence.wrapping_add(100);
        });
    })
    .any(),
    Row::new("FIN, bad checksum", "a FIN with a wrong checksum, then a forbidden write", |r| {
        ending(r, |p| {
            p.tcp.flags = FIN | ACK;
            p.tcp.checksum_error = 1;
        });
    }),
    Row::new("second SYN", "a SYN of another number in the middle, then a forbidden write", |r| {
        ending(r, |p| {
            p.tcp.flags = SYN;
            p.tcp.sequence = p.tcp.sequence.wrapping_add(0x0100_0000);
        });
    }),
    Row::new("SYN and FIN", "a SYN with FIN in the middle, then a forbidden write", |r| {
        ending(r, |p| p.tcp.flags = SYN | FIN);
    }),
    Row::new("SYN-ACK from the client", "a SYN-ACK in the middle, then a forbidden write", |r| {
        ending(r, |p| p.tcp.flags = SYN | ACK);
    }),
    Row::new("urgent byte", "a forbidden write with a byte in it that the urgent pointer takes out", |r| {
        r.open();
        r.read();
        let mut padded = r.forbidden();
        padded.insert(9, 0x5A);
        let mut packet = r.data(0, &padded);
        packet.tcp.flags |= URG;
        packet.tcp.urgent = 10;
        r.put(&packet);
        r.skip(padded.len());
        r.message(SOON);
    })
    .any(),
    Row::new("urgent pointer beyond", "a forbidden write with an urgent pointer past its end", |r| {
        dressed(r, |p| {
            p.tcp.flags |= URG;
            p.tcp.urgent = 1000;
        });
    })
    .any(),
    Row::new("urgent pointer without the flag", "a forbidden write with an urgent pointer that says nothing", |r| {
        dressed(r, |p| p.tcp.urgent = 7);
    }),
    Row::new("reserved bits", "a forbidden write with all reserved bits", |r| dressed(r, |p| p.tcp.reserved = 15))
        .any(),
    Row::new("congestion flags", "a forbidden write with CWR and ECE", |r| dressed(r, |p| p.tcp.flags |= 0xC0)).any(),
    Row::new("no PSH", "a forbidden write without PSH", |r| dressed(r, |p| p.tcp.flags = ACK)),
    Row::new("window of zero", "a forbidden write from a client that takes nothing", |r| {
        dressed(r, |p| p.tcp.window = 0);
        let update = r.segment();
        r.put(&update);
        r.message(10 * SOON);
    }),
    Row::new("unknown option", "a forbidden write with a TCP option of kind 253", |r| {
        let [a, b] = r.marker.to_be_bytes();
        dressed(r, |p| p.tcp.options.extend([253, 4, a, b]));
    })
    .any(),
    Row::new("broken options", "a forbidden write with an option that ends past the header", |r| {
        dressed(r, |p| p.tcp.options.extend([8, 40, 1, 1]));
    })
    .any(),
    Row::new("signed", "a read with an MD5 signature that nobody asked for, then a forbidden write", |r| {
        decoy(r, |p| p.tcp.options.splice(0..0, [vec![19, 18], vec![7; 16], vec![1, 1]].concat()).for_each(drop));
    })
    .any(),
    Row::new("data in the SYN", "a SYN with a read in it, then a forbidden write at the same numbers", |r| {
        let (read, forbidden) = (r.harmless(), r.forbidden());
        let mut syn = r.syn();
        syn.tcp.payload = read;
        r.open_with(&syn);
        r.say(&forbidden);
        r.message(SOON);
    }),
    Row::new("forbidden data in the SYN", "a SYN with a forbidden write in it", |r| {
        let mut syn = r.syn();
        syn.tcp.payload = r.forbidden();
        r.open_with(&syn);
    })
    .link(),
    Row::new("fast open", "a SYN with a cookie of TCP Fast Open and a forbidden write", |r| {
        let mut syn = r.syn();
        let [a, b] = r.marker.to_be_bytes();
        let cookie = [0xC0, 0x0C, 0x1E, a, b, 0x0B, 0xAD, 0x77];
        r.needles.push(cookie.to_vec());
        syn.tcp.options.extend([34, 10]);
        syn.tcp.options.extend(cookie);
        syn.tcp.payload = r.forbidden();
        r.open_with(&syn);
    })
    .link(),
    Row::new("multipath", "a SYN that offers MPTCP", |r| {
        let mut syn = r.syn();
        let [a, b] = r.marker.to_be_bytes();
        let offer = [30, 4, a, b];
        r.needles.push(offer.to_vec());
        syn.tcp.options.extend(offer);
        r.open_with(&syn);
    })
    .link(),
    Row::new("before the handshake is over", "a forbidden write in the segment that ends the handshake", |r| {
        let syn = r.syn();
        r.put(&syn);
        r.open_with(&syn);
        let forbidden = r.forbidden();
        r.say(&forbidden);
        r.message(SOON);
    }),
    Row::new("wrong handshake", "an ACK of the wrong number, then the right one, then a forbidden write", |r| {
        let syn = r.syn();
        let mut wrong = r.segment();
        wrong.tcp.sequence = wrong.tcp.sequence.wrapping_add(1);
        wrong.tcp.acknowledgement = 77;
        r.put(&syn);
        r.put(&wrong);
        r.hear(Duration::from_millis(5));
        r.open_with(&syn);
        let forbidden = r.forbidden();
        r.say(&forbidden);
        r.message(SOON);
    })
    .any(),
    Row::new("no handshake", "a forbidden write on a connection that nobody opened", |r| {
        let forbidden = r.forbidden();
        r.say(&forbidden);
        r.hear(SOON);
    })
    .link()
    .any(),
    Row::new("in the middle", "numbers as if the connection were old: read, forbidden write", |r| {
        r.next = 0x7000_0000;
        r.expected = 0x6000_0000;
        let (read, forbidden) = (frames::read(1, 0, 1), r.forbidden());
        r.say(&read);
        r.say(&forbidden);
        r.hear(SOON);
    })
    .link()
    .any(),
];

fn decoy(r: &mut Raw<'_>, spoil: impl FnOnce(&mut Packet)) {
    r.open();
    r.decoy(spoil);
}

fn dressed(r: &mut Raw<'_>, dress: impl FnOnce(&mut Packet)) {
    r.open();
    r.dressed(dress);
}

/// Something that seems to end the connection, then a forbidden write.
fn ending(r: &mut Raw<'_>, forge: impl FnOnce(&mut Packet)) {
    r.open();
    r.read();
    let mut packet = r.segment();
    forge(&mut packet);
    r.put(&packet);
    r.hear(Duration::from_millis(20));
    let forbidden = r.forbidden();
    r.say(&forbidden);
    r.message(SOON);
}
