//! Statements about protocols that are inspected: what of them a guarantee meets.

use super::doable::{self, Doable};
use super::ends::{self, Party};
use super::items::{self, Bits};
use super::message::{Message, Spoken, Touched};
use super::{Breach, Ground, Proof, Sends, Source, TOLD, Task, unless};
use crate::check::Ranges;
use crate::site::{AssetId, Conduit, Devices, Grant, Items, NeverTag, Site, Speaks, Statement, Tag, TagGrant};
use sluice_model::SpaceId;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

/// The tags of lists by their items, each list once.
#[derive(Default)]
pub(super) struct Relations(RefCell<HashMap<*const Tag, Rc<Ranges<usize>>>>);

impl Relations {
    fn of(&self, tags: &[Tag]) -> Rc<Ranges<usize>> {
        let sort = || Ranges::of(tags.iter().enumerate().map(|(index, tag)| (tag.whole(), index))).into();
        Rc::clone(self.0.borrow_mut().entry(tags.as_ptr()).or_insert_with(sort))
    }
}

/// One device that a statement leads to.
struct Device<'s> {
    asset: AssetId,
    index: usize,
    speaks: &'s Speaks,
    grants: Vec<&'s [TagGrant]>,
    /// The tags of a guarantee that the statement reaches, each with a grant that does.
    met: Vec<(&'s NeverTag, Option<&'s TagGrant>)>,
}

impl<'s> Ground<'s> {
    /// Adds the breaches that the statements of a conduit allow.
    pub(super) fn statements(&self, task: &Task<'s>, number: usize, proof: &mut Proof) {
        let conduit: &'s Conduit = &self.site.conduits[number];
        let from: Vec<AssetId> = task.sources.among(&conduit.from).collect();
        if from.is_empty() || task.targets.among(&conduit.to).next().is_none() {
            return;
        }
        for (index, statement) in conduit.statements.iter().enumerate() {
            let of_protocol = task.never.functions.as_ref().is_none_or(|f| f.protocol.id == statement.protocol.id);
            if !of_protocol || unless::excused(self, task.never, conduit, &statement.conditions) {
                continue;
            }
            let all = self.doables[number][index].iter().copied();
            let all: Vec<Doable> = all.filter(|doable| doable::concerns(task.never, *doable)).collect();
            // What is not decoded a floor withholds; what is decoded must not be allowed in the first place.
            let (hidden, plain): (Vec<Doable>, Vec<Doable>) =
                all.into_iter().partition(|d| task.never.floor && d.opaque());
            for (doables, floored) in [(plain, false), (hidden, true)] {
                let found = self.statement(task, conduit, &from, statement, &doables);
                let by = Source { conduit: number, index, service: false };
                let breach = found.map(|(from, message)| self.breach(task, from, message, by));
                let kept = if floored { &mut proof.withheld } else { &mut proof.breaches };
                kept.extend(breach.filter(|_| kept.len() < TOLD));
            }
        }
    }

    fn breach(&self, task: &Task<'_>, from: AssetId, message: Message, by: Source) -> Breach {
        let (from, to) = (Party::Asset(from), Party::Asset(message.asset));
        Breach { path: self.path(task, &from), from, to, sends: Sends::Message(Box::new(message)), by }
    }

    fn statement(
        &self,
        task: &Task<'s>,
        conduit: &'s Conduit,
        from: &[AssetId],
        statement: &'s Statement,
        doables: &[Doable],
    ) -> Option<(AssetId, Message)> {
        if doables.is_empty() {
            return None;
        }
        self.devices(task, conduit, statement).into_iter().find_map(|device| {
            let mut joined =
                from.iter().copied().filter(|from| ends::joins(self.site, conduit, *from, device.asset)).peekable();
            joined.peek()?;
            for from in joined {
                // Whether the conduits of this source mattered; if not, the others come to the same.
                let asked = Cell::new(false);
                let bits = |doable: Doable| {
                    let (device, asked) = (&device, &asked);
                    move |space, item| {
                        asked.set(true);
                        self.bits(task, from, device, doable, space, item)
                    }
                };
                let found = doables.iter().find_map(|doable| {
                    let ground = items::Ground {
                        speaks: device.speaks,
                        statement,
                        grants: &device.grants,
                        doable: *doable,
                        bits: &bits(*doable),
                    };
                    let touched = Self::touched(task, &device, &ground)?;
                    let whole = doable.others().all(|_| {
                        asked.set(true);
                        self.other_halves(task, from, &device, *doable)
                    });
                    whole.then(|| message(self.site, &device, statement, *doable, touched))?
                });
                if let Some(message) = found {
                    return Some((from, message));
                }
                if !asked.get() {
                    return None;
                }
            }
            None
        })
    }

    fn touched(task: &Task<'s>, device: &Device<'s>, ground: &items::Ground<'_>) -> Option<Touched> {
        match &task.tags {
            None => ground.anything(),
            Some(_) if ground.doable.opaque() => Some(Touched::NOTHING),
            Some(_) => device.met.iter().find_map(|(never, granted)| ground.tag(never, *granted)),
        }
    }

    /// The devices that a statement leads to and a guarantee is about, with what it meets there.
    fn devices(&self, task: &Task<'s>, conduit: &'s Conduit, statement: &'s Statement) -> Vec<Device<'s>> {
        let mut devices = self.led_to(task, conduit, statement);
        let Some(tags) = &task.tags else { return devices };
        for device in &mut devices {
            let by_items = self.relations.of(&device.speaks.tags);
            let of_device: &[&'s NeverTag] = tags.get(&(device.asset, device.index)).map_or(&[], Vec::as_slice);
            for never in of_device {
                match &statement.items {
                    Items::Raw(spans) if items::met_raw(device.speaks, never, spans) => device.met.push((never, None)),
                    Items::Raw(_) | Items::None => {}
                    Items::Tags(_) => {
                        let met = items::met(device.speaks, never, &by_items, &device.grants);
                        device.met.extend(met.into_iter().map(|granted| (*never, Some(granted))));
                    }
                }
            }
        }
        devices
    }

    /// The devices that a statement leads to and a guarantee is about.
    fn led_to(&self, task: &Task<'s>, conduit: &'s Conduit, statement: &'s Statement) -> Vec<Device<'s>> {
        let wanted = |asset: AssetId, index: usize| task.tags.as_ref().is_none_or(|t| t.contains_key(&(asset, index)));
        let site = self.site;
        match &statement.items {
            Items::Tags(grants) => {
                let mut devices: Vec<Device<'s>> = Vec::new();
                let mut known: HashMap<(AssetId, usize), usize> = HashMap::new();
                let leads = |g: &&Grant| conduit.to.binary_search(&g.asset).is_ok() && task.targets.contains(g.asset);
                for grant in grants.iter().filter(leads).filter(|g| wanted(g.asset, g.speaks)) {
                    let at = *known.entry((grant.asset, grant.speaks)).or_insert(devices.len());
                    if at == devices.len() {
                        let speaks = &site.asset(grant.asset).speaks[grant.speaks];
                        devices.push(Device {
                            asset: grant.asset,
                            index: grant.speaks,
                            speaks,
                            grants: Vec::new(),
                            met: Vec::new(),
                        });
                    }
                    devices[at].grants.push(&grant.tags);
                }
                devices
            }
            Items::Raw(_) | Items::None => {
                let all = task.targets.among(&conduit.to).flat_map(|asset| {
                    let spoken = site.asset(asset).speaks.iter().enumerate();
                    spoken.map(move |(index, speaks)| Device {
                        asset,
                        index,
                        speaks,
                        grants: Vec::new(),
                        met: Vec::new(),
                    })
                });
                all.filter(|d| d.speaks.protocol.id == statement.protocol.id && wanted(d.asset, d.index)).collect()
            }
        }
    }

    /// Every statement of the conduits from a source to a device that nothing excuses, with its protocol.
    fn between(&self, task: &Task<'s>, from: AssetId, device: &Device<'s>) -> impl Iterator<Item = &'s Statement> {
        let (site, to) = (self.site, device.asset);
        let protocol = device.speaks.protocol.id;
        let joining =
            move |c: &&'s Conduit| c.from.contains(&from) && c.to.contains(&to) && ends::joins(site, c, from, to);
        let statements = site.conduits.iter().filter(joining).flat_map(|c| c.statements.iter().map(move |s| (c, s)));
        let holds = move |(c, s): &(&'s Conduit, &'s Statement)| {
            s.protocol.id == protocol && !unless::excused(self, task.never, c, &s.conditions)
        };
        let all: Vec<&'s Statement> = statements.filter(holds).map(|(_, s)| s).collect();
        all.into_iter()
    }

    /// What bits of a register may become under all statements between the two.
    fn bits(
        &self,
        task: &Task<'s>,
        from: AssetId,
        device: &Device<'s>,
        doable: Doable,
        space: SpaceId,
        item: u64,
    ) -> Bits {
        let mut bits = Bits::default();
        for statement in self.between(task, from, device) {
            let Items::Tags(grants) = &statement.items else { continue };
            if !doable::names(&statement.functions, doable.function, doable.code, doable.action) {
                continue;
            }
            let of_device = grants.iter().filter(|g| (g.asset, g.speaks) == (device.asset, device.index));
            for granted in of_device.flat_map(|g| g.tags.iter()) {
                let Some(tag) = device.speaks.tags.get(granted.tag) else { continue };
                if let Some(bit) = tag.bit.filter(|_| tag.space == space && tag.first == item) {
                    let may_be = |value| u16::from(crate::policy::bit_may_be(granted.limit.as_deref(), value));
                    bits.zero |= may_be(0) << bit;
                    bits.one |= may_be(1) << bit;
                }
            }
        }
        bits
    }

    /// Whether the other things that a message with a function does are allowed on any item of the device.
    fn other_halves(&self, task: &Task<'s>, from: AssetId, device: &Device<'s>, doable: Doable) -> bool {
        let spaces = doable.function.spaces;
        let reaches = |statement: &Statement| match &statement.items {
            Items::None => false,
            Items::Raw(spans) => spans.iter().any(|s| spaces.contains(&s.space)),
            Items::Tags(grants) => {
                let own = grants.iter().filter(|g| (g.asset, g.speaks) == (device.asset, device.index));
                let mut tags = own.flat_map(|g| g.tags.iter()).filter_map(|g| device.speaks.tags.get(g.tag));
                tags.any(|tag| spaces.contains(&tag.space))
            }
        };
        doable.others().all(|action| {
            let named = |s: &&Statement| doable::names(&s.functions, doable.function, doable.code, action);
            self.between(task, from, device).filter(named).any(reaches)
        })
    }
}

/// The address of a device: its first, or of those that nobody lists one that is no other device's.
fn address(speaks: &[Speaks], own: &Speaks) -> Option<u32> {
    let protocol = own.protocol;
    if let Devices::Listed(list) = &own.devices {
        return list.first().copied();
    }
    let listed = |address: &u32| {
        let others = speaks.iter().filter(|s| s.protocol.id == protocol.id);
        others.into_iter().any(|s| matches!(&s.devices, Devices::Listed(list) if list.contains(address)))
    };
    [protocol.device.default].into_iter().chain(protocol.device.range.clone()).find(|address| !listed(address))
}

fn message(
    site: &Site,
    device: &Device<'_>,
    statement: &Statement,
    doable: Doable,
    touched: Touched,
) -> Option<Message> {
    Some(Message {
        protocol: Spoken(statement.protocol),
        asset: device.asset,
        speaks: device.index,
        device: address(&site.asset(device.asset).speaks, device.speaks)?,
        action: doable.action,
        code: doable.code,
        function: doable.function,
        touched,
    })
}
