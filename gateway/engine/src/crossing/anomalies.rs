//! What is wrong with a frame that can be read, as far as only a bridge can tell.

use crate::frames::kind;
use sluice_model::AnomalyKind;

macro_rules! anomalies {
    ($($constant:ident = $name:literal, $blame:ident, $clause:literal, $meaning:literal;)*) => {
        $(
            #[doc = $meaning]
            pub(super) static $constant: AnomalyKind = kind!($name, $blame, $clause, $meaning);
        )*
        /// Everything that a bridge itself finds wrong with frames, beside [`crate::frames::UNREADABLE`],
        /// [`crate::frames::Oddity`] and [`crate::frames::FRAGMENT_EVENTS`].
        pub static FRAME_ANOMALIES: &[&AnomalyKind] = &[$(&$constant),*];
    };
}

anomalies! {
    SPOOF_MAC = "spoof-mac", Misbehaving, "policy", "A frame has the IP address of an asset and not its MAC address.";
    SPOOF_VLAN = "spoof-vlan", Misbehaving, "policy", "A frame has the address of an asset and is in another VLAN than the asset.";
    SPOOF_PORT = "spoof-port", Misbehaving, "policy", "A frame has the address of an asset that stands on the other side.";
    MAC_SOURCE = "mac-source", Malformed, "IEEE 802.3 3.2.3", "The sender's MAC address is a group's.";
    MISDIRECTED = "misdirected", Misbehaving, "RFC 1122 3.3.6", "A frame is sent to a MAC address that is not the one of the asset whose IP address it names, or to a group's.";
    SAME_SIDE = "same-side", Misbehaving, "policy", "Sender and receiver stand on the same side of the bridge.";
    ARP_CLAIM = "arp-claim", Misbehaving, "RFC 826", "An address resolution claims a MAC address that its frame does not come from.";
    ARP_TARGET = "arp-target", Misbehaving, "RFC 826", "An answer to an address resolution is sent to another station than it names.";
    ND_FORM = "nd-form", Malformed, "RFC 4861 7.1", "A neighbour message came from beyond the link, or carries what it may not.";
    ND_CLAIM = "nd-claim", Misbehaving, "RFC 4861 7.1", "A neighbour message claims an address that is not its sender's.";
    PARTIAL_CHECKSUM = "partial-checksum", Malformed, "RFC 9293 3.1", "A checksum covers the addresses alone, and the port does not vouch for the rest.";
    MISPLACED_CHECKSUM = "misplaced-checksum", Malformed, "VIRTIO 1.2 5.1.6", "A checksum is left to be written elsewhere than where the packet keeps its checksum: over its content, perhaps.";
    TCP_FRAGMENT = "tcp-fragment", Unsupported, "RFC 791 3.2", "A TCP segment came in fragments, which no TCP of today sends.";
    FRAGMENT_PROTOCOL = "fragment-protocol", Unsupported, "RFC 791 3.2", "A fragment is part of something else than a UDP datagram or an ICMP message.";
    FLOW_VLAN = "flow-vlan", Misbehaving, "IEEE 802.1Q 6.6", "A frame of a flow came in another VLAN than the flow's.";
    FLOW_SIDE = "flow-side", Misbehaving, "policy", "A frame of a flow came in by the other port than its sender's.";
    MID_STREAM = "tcp-mid-stream", Misbehaving, "RFC 9293 3.5", "A segment belongs to no connection that was seen to open.";
    TCP_STATE = "tcp-state", Misbehaving, "RFC 9293 3.10", "A segment has no place in the present state of its connection.";
    TCP_WINDOW = "tcp-window", Misbehaving, "RFC 9293 3.10.7.4", "A segment lies outside of what its receiver waits for.";
    SUPER_FRAME = "super-frame", Unsupported, "policy", "A super-frame has another hop limit than its flow, so that it would have to be built anew.";
    IP_PROTOCOL = "ip-protocol", Unsupported, "policy", "A packet carries another protocol than TCP, UDP and ICMP: a tunnel, perhaps.";
    ICMP_UNRELATED = "icmp-unrelated", Misbehaving, "RFC 1122 3.2.2", "An ICMP error or answer concerns nothing that was sent.";
    ICMP_QUOTE = "icmp-quote", Malformed, "RFC 792", "An ICMP error quotes no readable packet.";
    NO_ANSWER = "unasked", Misbehaving, "policy", "An answer to a question that nobody asked, or that was asked too long ago.";
}
