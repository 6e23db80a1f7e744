//! The laboratory: namespaces in a row, `client - box - server`, joined by veth pairs, with relays of our own where a test
//! asks for them. Everything in it is gone when the guard goes, and what a killed test left is swept by the next.
//!
//! Names inside are fixed, as each namespace has its own: the client's link is `c`, the box has `a` towards the client
//! and `b` towards the server, the server's link is `s`.

pub(crate) mod addresses;
mod command;
mod namespace;
pub(crate) mod narrow;
pub(crate) mod relay;
pub(crate) mod tap;

pub(crate) use namespace::Namespace;

use relay::{Carry, Relay};
use std::sync::Once;
use tap::Tap;

/// How the links are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Links {
    /// Bytes of the maximum transmission unit.
    pub(crate) mtu: u16,
    /// Whether the ends leave checksums and segmentation to their links, so that super-frames reach the box.
    pub(crate) offloads: bool,
}

impl Default for Links {
    fn default() -> Self {
        Self { mtu: 1500, offloads: true }
    }
}

/// What stands between the ends and the box besides a veth pair.
#[derive(Default)]
pub(crate) struct Between {
    /// A relay between client and box.
    pub(crate) client: Option<Box<dyn Carry>>,
    /// A relay between box and server.
    pub(crate) server: Option<Box<dyn Carry>>,
}

/// The namespaces, in the order in which they go.
pub(crate) struct Lab {
    relays: Vec<Relay>,
    /// Where clients are; link `c`.
    pub(crate) client: Namespace,
    /// Where the bridge under test runs; links `a` and `b`.
    pub(crate) middle: Namespace,
    /// Where servers are; link `s`.
    pub(crate) server: Namespace,
    between: Vec<Namespace>,
    pub(crate) links: Links,
}

impl Lab {
    /// Whether this machine lets us build one; says it when not.
    pub(crate) fn possible() -> bool {
        static FIRST: Once = Once::new();
        let root = rustix::process::geteuid().is_root();
        FIRST.call_once(|| {
            if root {
                namespace::sweep();
            } else {
                eprintln!("SKIPPED: the bridge's laboratory of network namespaces needs root");
            }
        });
        root
    }

    /// `client c - a box b - s server`, addressed on both ends, with relays where they are wanted.
    pub(crate) fn with(links: Links, between: Between) -> Self {
        let mut lab = Self {
            relays: Vec::new(),
            client: Namespace::new("client"),
            middle: Namespace::new("box"),
            server: Namespace::new("server"),
            between: Vec::new(),
            links,
        };
        mute(&lab.middle);
        calm(&lab.client);
        calm(&lab.server);
        lab.connect(between.client, "client", |l| (&l.client, "c"), |l| (&l.middle, "a"));
        lab.connect(between.server, "server", |l| (&l.middle, "b"), |l| (&l.server, "s"));
        addresses::assign(&lab.client, "c", &addresses::CLIENT);
        addresses::assign(&lab.server, "s", &addresses::SERVER);
        lab
    }

    /// Joins two ends, through a relay when there is one.
    fn connect(&mut self, relay: Option<Box<dyn Carry>>, side: &str, left: End, right: End) {
        let Some(carry) = relay else { return self.join(left(self), right(self)) };
        let namespace = Namespace::new(&format!("relay-{side}"));
        mute(&namespace);
        self.join(left(self), (&namespace, "l"));
        self.join((&namespace, "r"), right(self));
        self.relays.push(Relay::start(Tap::take(&namespace, "l"), Tap::take(&namespace, "r"), carry));
        self.between.push(namespace);
    }

    /// A veth pair between two namespaces.
    fn join(&self, left: (&Namespace, &str), right: (&Namespace, &str)) {
        let (left, at) = left;
        let (right, beside) = right;
        let mtu = self.links.mtu;
        left.ip(&format!("link add name {at} mtu {mtu} type veth peer name {beside} mtu {mtu} netns {}", right.name()));
        for (namespace, link) in [(left, at), (right, beside)] {
            if !self.links.offloads {
                let off = ["rx", "tx", "sg", "tso", "gso", "gro"].into_iter().flat_map(|f| [f, "off"]);
                namespace.run("ethtool", &["-K", link].into_iter().chain(off).collect::<Vec<_>>());
            }
            namespace.ip(&format!("link set dev {link} up"));
        }
    }
}

/// One end of a link in a laboratory.
type End = fn(&Lab) -> (&Namespace, &str);

/// Addresses of version 6 that are good at once, and nothing asked of routers that are not there.
fn calm(namespace: &Namespace) {
    namespace.set(&[
        "net.ipv6.conf.all.accept_dad=0",
        "net.ipv6.conf.default.accept_dad=0",
        "net.ipv6.conf.default.router_solicitations=0",
        "net.ipv6.conf.default.accept_ra=0",
    ]);
}

/// A namespace whose kernel says nothing on its links: it only carries.
fn mute(namespace: &Namespace) {
    namespace.set(&["net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1"]);
}
