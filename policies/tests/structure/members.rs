//! Zones, selectors and cells against a slow model of them, on random plants.

use super::policy;
use proptest::prelude::*;
use sluice_model::ProtocolId;
use sluice_policies::{End, Packet, Policy};
use std::fmt::Write;
use std::net::IpAddr;

/// An asset of a random plant: what it is.
#[derive(Clone, Debug)]
struct Thing {
    kind: Option<u8>,
    cell: Option<u8>,
    role: Option<u8>,
    /// Whether the kind gives the role.
    of_kind: bool,
    in_table: bool,
}

/// Who stands at the end of a conduit.
#[derive(Clone, Debug)]
enum Who {
    Asset(usize),
    Kind(u8),
    Role(u8),
    RoleInCell(u8, u8),
    Everyone,
    Not(Box<Who>),
    Any(Vec<Who>),
}

#[derive(Clone, Debug)]
struct Conduit {
    from: Who,
    to: Who,
    within: bool,
    service: bool,
}

const SIZE: usize = 9;

fn thing() -> impl Strategy<Value = Thing> {
    let some = || prop::option::of(0u8..3);
    (some(), some(), some(), any::<bool>(), any::<bool>()).prop_map(|(kind, cell, role, of_kind, in_table)| Thing {
        kind,
        cell,
        role,
        of_kind,
        in_table,
    })
}

fn who() -> impl Strategy<Value = Who> {
    let leaf = prop_oneof![
        (0..SIZE).prop_map(Who::Asset),
        (0u8..3).prop_map(Who::Kind),
        (0u8..3).prop_map(Who::Role),
        (0u8..3, 0u8..3).prop_map(|(role, cell)| Who::RoleInCell(role, cell)),
        Just(Who::Everyone),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|who| Who::Not(Box::new(who))),
            prop::collection::vec(inner, 1..3).prop_map(Who::Any)
        ]
    })
}

fn conduit() -> impl Strategy<Value = Conduit> {
    (who(), who(), any::<bool>(), any::<bool>()).prop_map(|(from, to, within, service)| Conduit {
        from,
        to,
        within,
        service,
    })
}

/// What an asset's role is: its own, else that of its kind, whose role is its own number.
fn role(thing: &Thing) -> Option<u8> {
    thing.role.or(if thing.of_kind { thing.kind } else { None })
}

impl Who {
    /// Whether asset `index` is meant, by the words of the language alone.
    fn means(&self, plant: &[Thing], index: usize) -> bool {
        let thing = &plant[index];
        match self {
            Self::Asset(other) => *other == index,
            Self::Kind(kind) => thing.kind == Some(*kind),
            Self::Role(wanted) => role(thing) == Some(*wanted),
            Self::RoleInCell(wanted, cell) => role(thing) == Some(*wanted) && thing.cell == Some(*cell),
            Self::Everyone => true,
            Self::Not(who) => !who.means(plant, index),
            Self::Any(all) => all.iter().any(|who| who.means(plant, index)),
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Asset(index) => format!("\"a{index}\""),
            Self::Kind(kind) => format!("\"of-kind-{kind}\""),
            Self::Role(role) => format!("\"of-role-{role}\""),
            Self::RoleInCell(role, cell) => format!("\"of-both-{role}-{cell}\""),
            Self::Everyone => "\"everyone\"".into(),
            Self::Not(who) => format!("{{ not = {} }}", who.words()),
            Self::Any(all) => format!("[{}]", all.iter().map(Self::words).collect::<Vec<_>>().join(", ")),
        }
    }
}

/// Assets that only make sure that nothing is empty: one of each kind, role and cell, which no conduit is asked about.
fn filler(out: &mut String) {
    for n in 0..3 {
        for cell in 0..3 {
            let _ = writeln!(
                out,
                "f{n}{cell},k{n}{},r{n},c{cell},198.51.100.{}",
                if cell == 0 { "" } else { "x" },
                10 * n + cell + 1
            );
        }
    }
}

fn site(plant: &[Thing], conduits: &[Conduit]) -> Policy {
    let mut table = String::from("name,kind,cell-role,cell,ip\n");
    filler(&mut table);
    let mut text = String::from("assets-from = \"plant.csv\"\n");
    for n in 0..3 {
        let _ = writeln!(text, "[kinds.k{n}]\ncell-role = \"r{n}\"\nmodbus = {{}}");
        let _ = writeln!(text, "[kinds.k{n}x]\nmodbus = {{}}\n[zones.of-kind-{n}]\nkind = [\"k{n}\", \"k{n}x\"]");
        let _ = writeln!(text, "[zones.of-role-{n}]\ncell-role = \"r{n}\"");
        for cell in 0..3 {
            let _ = writeln!(text, "[zones.of-both-{n}-{cell}]\ncell-role = \"r{n}\"\ncell = \"c{cell}\"");
        }
    }
    for (index, thing) in plant.iter().enumerate() {
        let kind = thing.kind.map(|kind| format!("k{kind}{}", if thing.of_kind { "" } else { "x" }));
        let (role, cell) = (thing.role.map(|r| format!("r{r}")), thing.cell.map(|c| format!("c{c}")));
        let said = [("kind", kind), ("cell-role", role), ("cell", cell)];
        if thing.in_table {
            let cells: Vec<String> = said.into_iter().map(|(_, said)| said.unwrap_or_default()).collect();
            let _ = writeln!(table, "a{index},{},192.0.2.{}", cells.join(","), index + 1);
        } else {
            let _ = writeln!(text, "[assets.a{index}]\nip = \"192.0.2.{}\"", index + 1);
            for (key, said) in said {
                let _ = said.map(|said| writeln!(text, "{key} = \"{said}\""));
            }
        }
    }
    for (index, conduit) in conduits.iter().enumerate() {
        let within = if conduit.within { "within = \"cell\"\n" } else { "" };
        let (from, to) = (conduit.from.words(), conduit.to.words());
        let what = if conduit.service { "service = \"ssh\"" } else { "modbus = \"read\"\nholdings = [1]" };
        let _ = writeln!(
            text,
            "[conduit.c{index}]\nfrom = [\"f00\", \"f10\", {from}]\nto = [\"f00\", \"f10\", {to}]\n{within}"
        );
        let _ = writeln!(text, "[[conduit.c{index}.allow]]\nid = \"it\"\n{what}");
    }
    policy(&text, &[("plant.csv", &table)])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]
    #[test]
    fn conduits_join_whom_their_words_mean(
        plant in prop::collection::vec(thing(), SIZE),
        conduits in prop::collection::vec(conduit(), 1..5),
    ) {
        let policy = site(&plant, &conduits);
        let asset = |index: usize| policy.site().asset_named(&format!("a{index}")).unwrap();
        for from in 0..SIZE {
            for to in 0..SIZE {
                let joins = |conduit: &&Conduit| {
                    let near = plant[from].cell.is_some() && plant[from].cell == plant[to].cell;
                    conduit.from.means(&plant, from) && conduit.to.means(&plant, to) && (near || !conduit.within)
                };
                let (asks, speaks) = (conduits.iter().filter(joins).any(|c| c.service), conduits.iter().filter(joins).any(|c| !c.service));
                let ip = IpAddr::from([192, 0, 2, from as u8 + 1]);
                let stance = policy.stance(policy.route(ip, asset(to), ProtocolId(0)));
                prop_assert_eq!(stance.joined, asks || speaks, "a{} to a{}", from, to);
                let (from, to) = (End::Asset(asset(from)), End::Asset(asset(to)));
                let ssh = policy.service(from, to, Packet::Tcp { port: 22 });
                prop_assert_eq!(ssh.reason.is_none(), asks, "{:?} to {:?}", from, to);
                prop_assert_eq!(policy.dials(from, to), asks || speaks);
            }
        }
    }
}
