//! The table of presets.

use super::{Carries, Group, Leg, Preset, Way};
use crate::site::Mac;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Every preset, in the order of their names.
pub const fn presets() -> &'static [Preset] {
    PRESETS
}

const fn preset(name: &'static str, title: &'static str, legs: &'static [Leg]) -> Preset {
    Preset { name, title, legs, unbuilt: None, note: "" }
}

const fn asks(carries: Carries) -> Leg {
    Leg { way: Way::Ask, carries, single: true, groups: &[] }
}

const fn to_groups(way: Way, carries: Carries, single: bool, groups: &'static [Group]) -> Leg {
    Leg { way, carries, single, groups }
}

const fn udp(source: u16, ports: &'static [u16]) -> Carries {
    Carries::Udp { source: Some(source), ports }
}

const fn udp_to(ports: &'static [u16]) -> Carries {
    Carries::Udp { source: None, ports }
}

const fn ip4(a: u8, b: u8, c: u8, d: u8) -> Group {
    Group::Ip(IpAddr::V4(Ipv4Addr::new(a, b, c, d)))
}

/// `head::tail` with two groups of digits behind the colons.
const fn ip6(head: u16, before: u16, last: u16) -> Group {
    Group::Ip(IpAddr::V6(Ipv6Addr::new(head, 0, 0, 0, 0, 0, before, last)))
}

const fn mac(bytes: [u8; 6]) -> Group {
    Group::Macs(Mac(bytes), Mac(bytes))
}

/// The addresses of IEEE 802.1Q table 8-1 that stay on one link.
const NEAREST_BRIDGE: Group = mac([0x01, 0x80, 0xC2, 0, 0, 0x0E]);
const NEAREST_NON_TPMR_BRIDGE: Group = mac([0x01, 0x80, 0xC2, 0, 0, 0x03]);
const NEAREST_CUSTOMER_BRIDGE: Group = mac([0x01, 0x80, 0xC2, 0, 0, 0x00]);

const BROADCAST: Group = ip4(255, 255, 255, 255);
/// All DHCP relay agents and servers (RFC 8415 7.1).
const DHCP6: &[Group] = &[ip6(0xFF02, 1, 2), ip6(0xFF05, 1, 3)];
/// IEEE 1588-2019 annexes C and D: primary, and peer delay.
const PTP: &[Group] =
    &[ip4(224, 0, 1, 129), ip4(224, 0, 0, 107), ip6(0xFF02, 0, 0x181), ip6(0xFF05, 0, 0x181), ip6(0xFF02, 0, 0x6B)];
/// IEEE 1588-2019 annex E.
const PTP_L2: &[Group] = &[mac([0x01, 0x1B, 0x19, 0, 0, 0]), NEAREST_BRIDGE];
/// IEC 62439-2: tests, topology changes, and those of interconnections.
const MRP: &[Group] = &[Group::Macs(Mac([0x01, 0x15, 0x4E, 0, 0, 0x01]), Mac([0x01, 0x15, 0x4E, 0, 0, 0x04]))];
/// IEC 62439-3: supervision frames; the last byte is the site's choice.
const HSR_PRP: &[Group] =
    &[Group::Macs(Mac([0x01, 0x15, 0x4E, 0, 0x01, 0x00]), Mac([0x01, 0x15, 0x4E, 0, 0x01, 0xFF]))];

static PRESETS: &[Preset] = &[
    Preset {
        note: "a client without an address is recognised by its mac; the messages of relay agents are not among these",
        ..preset(
            "dhcp",
            "Dynamic Host Configuration Protocol (RFC 2131, RFC 8415)",
            &[
                to_groups(Way::Ask, udp(68, &[67]), true, &[BROADCAST]),
                to_groups(Way::Tell, udp(67, &[68]), true, &[BROADCAST]),
                to_groups(Way::Ask, udp(546, &[547]), true, DHCP6),
                to_groups(Way::Tell, udp(547, &[546]), true, &[]),
            ],
        )
    },
    preset("dns", "Domain Name System (RFC 1035)", &[asks(udp_to(&[53])), asks(Carries::Tcp(&[53]))]),
    Preset {
        unbuilt: Some("its data connections are announced inside of its control connection"),
        ..preset("ftp", "File Transfer Protocol (RFC 959)", &[asks(Carries::Tcp(&[21]))])
    },
    Preset {
        unbuilt: Some("reading is told from writing inside of its control connection"),
        ..preset(
            "ftp-read",
            "File Transfer Protocol (RFC 959), without commands that change files",
            &[asks(Carries::Tcp(&[21]))],
        )
    },
    Preset {
        note: "frames inside of an HSR tag (Ethertype 0x892F) are not among these: nothing in them would be judged",
        ..preset(
            "hsr-prp",
            "supervision frames of HSR and PRP (IEC 62439-3)",
            &[to_groups(Way::Ask, Carries::Ethertype(0x88FB), false, HSR_PRP)],
        )
    },
    preset("http", "Hypertext Transfer Protocol (RFC 9110)", &[asks(Carries::Tcp(&[80]))]),
    preset("https", "HTTP over TLS (RFC 9110)", &[asks(Carries::Tcp(&[443]))]),
    preset("icmp-echo", "ping (RFC 792, RFC 4443)", &[asks(Carries::Icmp(8, 0)), asks(Carries::Icmp6(128, 129))]),
    preset(
        "lldp",
        "Link Layer Discovery Protocol (IEEE 802.1AB)",
        &[to_groups(
            Way::Ask,
            Carries::Ethertype(0x88CC),
            false,
            &[NEAREST_BRIDGE, NEAREST_NON_TPMR_BRIDGE, NEAREST_CUSTOMER_BRIDGE],
        )],
    ),
    preset(
        "mrp",
        "Media Redundancy Protocol (IEC 62439-2)",
        &[
            to_groups(Way::Ask, Carries::Ethertype(0x88E3), false, MRP),
            to_groups(Way::Tell, Carries::Ethertype(0x88E3), false, MRP),
        ],
    ),
    preset("ntp", "Network Time Protocol (RFC 5905)", &[asks(udp_to(&[123]))]),
    Preset {
        note: "both ends may send every message; who is master is not judged",
        ..preset(
            "ptp",
            "Precision Time Protocol over UDP (IEEE 1588-2019)",
            &[
                to_groups(Way::Ask, udp_to(&[319, 320]), true, PTP),
                to_groups(Way::Tell, udp_to(&[319, 320]), true, PTP),
            ],
        )
    },
    Preset {
        note: "both ends may send every message; who is master is not judged",
        ..preset(
            "ptp-l2",
            "Precision Time Protocol over Ethernet (IEEE 1588-2019)",
            &[
                to_groups(Way::Ask, Carries::Ethertype(0x88F7), true, PTP_L2),
                to_groups(Way::Tell, Carries::Ethertype(0x88F7), true, PTP_L2),
            ],
        )
    },
    preset("rdp", "Remote Desktop Protocol (MS-RDPBCGR)", &[asks(Carries::Tcp(&[3389])), asks(udp_to(&[3389]))]),
    preset(
        "rstp",
        "spanning tree (IEEE 802.1Q)",
        &[
            to_groups(Way::Ask, Carries::Llc(0x42), false, &[NEAREST_CUSTOMER_BRIDGE]),
            to_groups(Way::Tell, Carries::Llc(0x42), false, &[NEAREST_CUSTOMER_BRIDGE]),
        ],
    ),
    preset("smb", "Server Message Block (MS-SMB2)", &[asks(Carries::Tcp(&[445]))]),
    Preset {
        note: "get, get-next and get-bulk; what is sealed (version 3 with privacy) cannot be told from writing and does not pass",
        ..preset(
            "snmp-read",
            "Simple Network Management Protocol (RFC 3416), without set requests",
            &[asks(Carries::Reads(&[161]))],
        )
    },
    Preset {
        note: "every request passes, reads too; traps (port 162) are not among these",
        ..preset("snmp-write", "Simple Network Management Protocol (RFC 3416)", &[asks(udp_to(&[161]))])
    },
    preset(
        "sql",
        "databases: Microsoft SQL Server, Oracle, MySQL, PostgreSQL",
        &[asks(Carries::Tcp(&[1433, 1521, 3306, 5432]))],
    ),
    preset("ssh", "Secure Shell (RFC 4253)", &[asks(Carries::Tcp(&[22]))]),
    preset(
        "syslog",
        "syslog over UDP, TCP and TLS (RFC 5426, RFC 6587, RFC 5425)",
        &[asks(udp_to(&[514])), asks(Carries::Tcp(&[601, 6514]))],
    ),
    Preset {
        note: "files pass in both directions; a request opens one transfer, to the port that it came from",
        ..preset("tftp", "Trivial File Transfer Protocol (RFC 1350)", &[asks(Carries::Moves(&[69]))])
    },
    preset("vnc", "Remote Framebuffer Protocol (RFC 6143)", &[asks(Carries::Tcp(&[5900]))]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_groups_are_groups() {
        assert!(presets().is_sorted_by(|a, b| a.name < b.name));
        for preset in presets() {
            assert!(!preset.legs.is_empty(), "{}", preset.name);
            for leg in preset.legs {
                assert!(leg.single || !leg.groups.is_empty(), "{}", preset.name);
                for group in leg.groups {
                    match group {
                        Group::Ip(ip) => assert!(ip.is_multicast() || *group == BROADCAST, "{}", preset.name),
                        Group::Macs(first, last) => assert!(first.is_group() && first <= last, "{}", preset.name),
                    }
                }
            }
        }
    }
}
