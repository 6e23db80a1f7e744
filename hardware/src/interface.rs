//! A network interface that is to be a port: what it is, whether it will do, and whether its link is up.

use crate::Error;
use crate::netlink::{self, Change, Link, Watch};
use crate::sys::ethtool::{self, LARGE_RECEIVE, Query, TAGS_OFF};
use rustix::fd::AsFd;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};
use std::io;
use std::time::Duration;

const UP: u32 = libc::IFF_UP.cast_unsigned();
const PROMISCUOUS: u32 = libc::IFF_PROMISC.cast_unsigned();

/// An Ethernet interface of this machine, as it was when it was looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// The kernel's number for it.
    pub index: u32,
    /// Its own address. Never the source of a frame that the bridge sends.
    pub mac: [u8; 6],
    /// Most bytes of a frame's payload, without the link header and VLAN tags.
    pub mtu: u32,
    /// Whether a cable with somebody at its other end is in it.
    pub carrier: bool,
    /// What it computes itself.
    pub offloads: Offloads,
}

/// What an interface computes itself, or has the kernel compute for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // a list of switches
pub struct Offloads {
    /// Verifies checksums of arriving frames.
    pub receive_checksum: bool,
    /// Fills checksums of leaving frames in.
    pub send_checksum: bool,
    /// Cuts TCP super-frames.
    pub tcp_segmentation: bool,
    /// The kernel cuts super-frames, last of all.
    pub generic_segmentation: bool,
    /// Arriving frames of a flow are joined, reversibly.
    pub generic_receive: bool,
}

/// What matters of an interface's driver when frames are read past the network stack.
pub(crate) struct Driver {
    /// Queues that frames are spread over.
    pub(crate) queues: u32,
    /// Frames come from this machine, and what is left to do for an interface was not done.
    pub(crate) virtual_port: bool,
    /// The outer VLAN tag is taken off, and cannot be left on.
    pub(crate) takes_tags_off: bool,
}

impl Driver {
    /// Has the driver leave tags on, and asks the rest.
    pub(crate) fn of(interface: &Interface) -> io::Result<Self> {
        let socket = socket_with(AddressFamily::INET, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
        let (fd, name) = (socket.as_fd(), interface.name.as_str());
        let virtual_port = ["veth", "tun"].contains(&ethtool::driver(fd, name)?.as_str());
        // One that has no word for it has one queue.
        let queues = ethtool::queues(fd, name).unwrap_or(1);
        let flags = || ethtool::ask(fd, name, Query::Flags, 0);
        if !virtual_port && flags()? & TAGS_OFF != 0 {
            let _ = ethtool::ask(fd, name, Query::SetFlags, flags()? & !TAGS_OFF);
        }
        // On a virtual port there are none to take off: a tag comes in the frame, or beside it and is not seen.
        let takes_tags_off = !virtual_port && flags()? & TAGS_OFF != 0;
        Ok(Self { queues, virtual_port, takes_tags_off })
    }
}

/// The state of a link, for those that watch it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Frames can pass.
    Up,
    /// No cable, nobody at its other end, or switched off.
    Down,
    /// The interface has left the machine.
    Gone,
}

impl Interface {
    /// Looks an interface up and sees whether it can be a port.
    ///
    /// # Errors
    /// It is not there, is no Ethernet interface, or belongs to a bridge or a bond.
    pub fn find(name: &str) -> Result<Self, Error> {
        let links = netlink::links().map_err(|e| Error::system("list the network interfaces", e))?;
        let usable = |link: &&Link| link.hardware == libc::ARPHRD_ETHER;
        let Some(link) = links.iter().find(|l| l.name == name) else {
            let there = links.iter().filter(usable).map(|l| l.name.clone()).collect();
            return Err(Error::NoSuchInterface { name: name.to_owned(), there });
        };
        let Some(mac) = link.address.filter(|_| usable(&link)) else {
            return Err(Error::NotEthernet(name.to_owned()));
        };
        if let Some(master) = link.master {
            let master = links.iter().find(|l| l.index == master).map_or("another device", |l| &l.name).to_owned();
            return Err(Error::Enslaved { name: name.to_owned(), master });
        }
        let Link { index, mtu, carrier, .. } = *link;
        Ok(Self { name: name.to_owned(), index, mac, mtu, carrier, offloads: offloads(name) })
    }

    /// Makes the interface ready to be a port and leaves it so: switched on, hearing frames for everybody (also when no
    /// gateway runs), without an IPv6 address of its own, and never joining frames in a way that cannot be undone.
    ///
    /// # Errors
    /// When the process may not.
    pub fn prepare(&self) -> Result<(), Error> {
        silence(&self.name);
        separate(&self.name);
        netlink::set_flags(self.index, UP | PROMISCUOUS, UP | PROMISCUOUS)
            .map_err(|e| Error::system(format!("switch `{}` on and make it promiscuous", self.name), e))
    }

    /// Switches the link on or off. Off, the device at its other end sees no carrier.
    ///
    /// # Errors
    /// When the process may not, or the interface is gone.
    pub fn switch(&self, on: bool) -> Result<(), Error> {
        netlink::set_flags(self.index, if on { UP } else { 0 }, UP)
            .map_err(|e| Error::system(format!("switch `{}` {}", self.name, if on { "on" } else { "off" }), e))
    }
}

/// Hears of every change of some interfaces' links.
#[derive(Debug)]
pub struct Links {
    watch: Watch,
    indexes: Vec<u32>,
    states: Vec<State>,
}

impl Links {
    /// Watches these, whose states are looked up first.
    ///
    /// # Errors
    /// When the system gives no socket.
    pub fn watch(interfaces: &[&Interface]) -> Result<Self, Error> {
        let indexes: Vec<u32> = interfaces.iter().map(|i| i.index).collect();
        let begin = || -> io::Result<Self> {
            let watch = Watch::new()?;
            let mut links = Self { watch, states: vec![State::Gone; indexes.len()], indexes };
            links.look()?;
            Ok(links)
        };
        begin().map_err(|e| Error::system("watch the links of the ports", e))
    }

    /// The state of each, in the order in which they were given.
    pub fn states(&self) -> &[State] {
        &self.states
    }

    /// Waits for changes for at most this long; whether any state is another one now.
    ///
    /// # Errors
    /// When the system cannot tell any more.
    pub fn wait(&mut self, patience: Duration) -> io::Result<bool> {
        let before = self.states.clone();
        let (indexes, states, mut again) = (&self.indexes, &mut self.states, false);
        self.watch.wait(patience, |change| {
            let (index, state) = match change {
                Change::Now(link) => (link.index, state(&link)),
                Change::Gone(index) => (index, State::Gone),
                Change::Lost => return again = true,
            };
            if let Some(place) = indexes.iter().position(|i| *i == index) {
                states[place] = state;
            }
        })?;
        if again {
            self.look()?;
        }
        Ok(self.states != before)
    }

    fn look(&mut self) -> io::Result<()> {
        let links = netlink::links()?;
        for (index, slot) in self.indexes.iter().zip(&mut self.states) {
            *slot = links.iter().find(|l| l.index == *index).map_or(State::Gone, state);
        }
        Ok(())
    }
}

fn state(link: &Link) -> State {
    if link.carrier && link.flags & UP != 0 { State::Up } else { State::Down }
}

fn offloads(name: &str) -> Offloads {
    let Ok(socket) = socket_with(AddressFamily::INET, SocketType::DGRAM, SocketFlags::CLOEXEC, None) else {
        return Offloads::default();
    };
    let is = |query| ethtool::ask(socket.as_fd(), name, query, 0).is_ok_and(|value| value != 0);
    Offloads {
        receive_checksum: is(Query::ReceiveChecksum),
        send_checksum: is(Query::SendChecksum),
        tcp_segmentation: is(Query::TcpSegmentation),
        generic_segmentation: is(Query::GenericSegmentation),
        generic_receive: is(Query::GenericReceive),
    }
}

/// Frames that a network card has joined for good (LRO) cannot be passed on as they were: off, as for any bridge.
fn separate(name: &str) {
    let Ok(socket) = socket_with(AddressFamily::INET, SocketType::DGRAM, SocketFlags::CLOEXEC, None) else { return };
    if let Ok(flags) = ethtool::ask(socket.as_fd(), name, Query::Flags, 0)
        && flags & LARGE_RECEIVE != 0
    {
        // A card that cannot be told otherwise shows itself: its frames are longer than the MTU and carry no size to cut.
        let _ = ethtool::ask(socket.as_fd(), name, Query::SetFlags, flags & !LARGE_RECEIVE);
    }
}

/// A port has no address and says nothing of its own. A kernel without IPv6 has no such switch and needs none.
fn silence(name: &str) {
    if !name.contains('/') {
        let _ = std::fs::write(format!("/proc/sys/net/ipv6/conf/{name}/disable_ipv6"), "1");
    }
}
