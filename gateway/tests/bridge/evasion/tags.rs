//! Tags on a connection inside of a VLAN: without the tag, with another, with more, with one that looks like it.

use super::row::{Row, SOON};
use crate::lab::addresses::{CLIENT, SERVER};
use crate::raw::{Opening, Raw};

/// The laboratory's VLAN, and its tag.
pub(crate) const VLAN: u16 = 5;
pub(super) const TAG: [u8; 4] = [0x81, 0, 0, 5];

/// A connection in it.
pub(super) fn inside(opening: &Opening) -> Opening {
    Opening { tags: TAG.to_vec(), ..opening.clone() }
}

pub(super) const ROWS: &[Row] = &[
    Row::new("its own tag", "a forbidden write in the connection's VLAN", |r| dressed(r, &TAG)),
    Row::new("no tag", "a forbidden write without the connection's tag", |r| dressed(r, &[])).link().any(),
    Row::new("VID 0 alone", "a forbidden write with a priority tag in place of the connection's", |r| {
        dressed(r, &[0x81, 0, 0, 0]);
    })
    .link()
    .any(),
    Row::new("another VID", "a forbidden write with a tag of VID 6", |r| dressed(r, &[0x81, 0, 0, 6])).link().any(),
    Row::new("the service tag of its number", "a forbidden write with a service tag of VID 5", |r| {
        dressed(r, &[0x88, 0xA8, 0, 5]);
    })
    .link()
    .any(),
    Row::new("the old tag of its number", "a forbidden write with a tag of type 0x9100 and VID 5", |r| {
        dressed(r, &[0x91, 0, 0, 5]);
    })
    .link()
    .any(),
    Row::new("another priority", "a forbidden write with the connection's tag, of priority 7 and eligible", |r| {
        dressed(r, &[0x81, 0, 0xF0, 5]);
    })
    .link(),
    Row::new("VID 0 inside", "a forbidden write with a priority tag behind the connection's", |r| {
        dressed(r, &[0x81, 0, 0, 5, 0x81, 0, 0, 0]);
    }),
    Row::new("VID 0 outside", "a forbidden write with a priority tag before the connection's", |r| {
        dressed(r, &[0x81, 0, 0, 0, 0x81, 0, 0, 5]);
    })
    .link()
    .any(),
    Row::new("the old tag inside", "a forbidden write with a tag of type 0x9100 and VID 0 behind", |r| {
        dressed(r, &[0x81, 0, 0, 5, 0x91, 0, 0, 0]);
    })
    .link()
    .any(),
    Row::new(
        "into another VLAN",
        "a forbidden write with a tag of VID 6 behind, for where the outer is taken off",
        |r| {
            dressed(r, &[0x81, 0, 0, 5, 0x81, 0, 0, 6]);
        },
    )
    .link()
    .any(),
    Row::new("out of another VLAN", "a forbidden write with a tag of VID 6 before", |r| {
        dressed(r, &[0x81, 0, 0, 6, 0x81, 0, 0, 5]);
    })
    .link()
    .any(),
    Row::new("its own twice", "a forbidden write with the connection's tag twice", |r| {
        dressed(r, &[0x81, 0, 0, 5, 0x81, 0, 0, 5]);
    })
    .link()
    .any(),
    Row::new("stacked", "a forbidden write with service and customer tags of VID 5", |r| {
        dressed(r, &[0x88, 0xA8, 0, 5, 0x81, 0, 0, 5]);
    })
    .link()
    .any(),
    Row::new("its own three times", "a forbidden write with three tags of VID 5", |r| dressed(r, &[TAG; 3].concat()))
        .link()
        .any(),
    Row::new("another in mid-flow", "half of a read with the tag, the rest as a forbidden write's with VID 6", |r| {
        r.open();
        r.read();
        let (read, forbidden) = (r.harmless(), r.forbidden());
        r.slip(0, &read[..6]);
        let mut packet = r.data(6, &forbidden[6..]);
        packet.link.tags = vec![0x81, 0, 0, 6];
        r.put(&packet);
        r.hear(SOON);
        r.slip(0, &read);
        r.skip(read.len());
        r.message(SOON);
    })
    .link(),
    Row::new("opened in another", "a SYN with a tag of VID 6", |r| opened(r, &[0x81, 0, 0, 6])).link(),
    Row::new("opened in two", "a SYN with tags of VID 5 and 6", |r| opened(r, &[0x81, 0, 0, 5, 0x81, 0, 0, 6])).link(),
    Row::new("opened without", "a SYN without a tag", |r| opened(r, &[])).link(),
    Row::new("ARP in another", "a question for the server's address with a tag of VID 6", |r| {
        r.open();
        let mut link = r.segment().link;
        let mut question = vec![0, 1, 8, 0, 6, 4, 0, 1];
        question.extend(link.from);
        question.extend(CLIENT.after(55).octets());
        question.extend([0; 6]);
        question.extend(SERVER.ip4.octets());
        r.needles.push(question.clone());
        (link.to, link.tags) = ([0xFF; 6], vec![0x81, 0, 0, 6]);
        r.put_frame(link.around(&question, Some(0x0806)));
        r.hear(SOON);
    })
    .link(),
];

fn dressed(r: &mut Raw<'_>, tags: &[u8]) {
    r.open();
    r.dressed(|p| p.link.tags = tags.to_vec());
}

/// A connection to be opened with other tags; its number makes it known.
fn opened(r: &mut Raw<'_>, tags: &[u8]) {
    r.open();
    let mut syn = r.syn();
    let [a, b] = r.marker.to_be_bytes();
    (syn.link.tags, syn.tcp.from) = (tags.to_vec(), 1025);
    syn.tcp.sequence = u32::from_be_bytes([0xF0, 0x0D, a, b]);
    r.needles.push(syn.tcp.sequence.to_be_bytes().to_vec());
    r.put(&syn);
    r.hear(SOON);
}
