//! What is written is read back by the very code that reads a site: a tag that it does not accept is left out with its words.

use super::{Notation, Omitted, Tag, Unreadable, list};
use jiff::Timestamp;
use sluice_model::Descriptor;
use sluice_policies::load;
use sluice_policies::source::Memory;
use sluice_protocols::registry;
use std::collections::HashMap;

/// How many times tags that contradict each other are taken out; a report names 200 mistakes at once.
const ROUNDS: usize = 100;

/// The tags that a site can have, and whether that was found out; it cannot where no protocol has such addresses.
pub(super) fn prove(
    tags: Vec<Tag>,
    notation: Notation,
    omitted: &mut Vec<Omitted>,
) -> Result<(Vec<Tag>, bool), Unreadable> {
    let descriptors = registry::descriptors();
    let speaks = descriptors.iter().find(|p| p.notations.iter().any(|n| n.name == notation.name()));
    let Some(protocol) = speaks else { return Ok((tags, false)) };
    let reading = Reading { descriptors: &descriptors, site: site(protocol), notation };
    let mut good: Vec<Tag> = Vec::with_capacity(tags.len());
    for tag in tags {
        match reading.mistakes(core::slice::from_ref(&tag)).remove(&0) {
            None => good.push(tag),
            Some(why) => omitted.push(left_out(&tag, why)),
        }
    }
    for _ in 0..ROUNDS {
        let mistakes = reading.mistakes(&good);
        if mistakes.is_empty() {
            return Ok((good, true));
        }
        let mut index = 0;
        good.retain(|tag| {
            let why = mistakes.get(&index).cloned();
            index += 1;
            why.map(|why| omitted.push(left_out(tag, why))).is_none()
        });
    }
    Err(Unreadable("thousands of its tags contradict each other: their addresses overlap".to_owned()))
}

fn left_out(tag: &Tag, why: String) -> Omitted {
    Omitted { place: tag.place.clone(), name: tag.name.clone(), why }
}

/// The smallest site whose one asset has a tag list.
fn site(protocol: &Descriptor) -> String {
    let device = &protocol.device;
    format!(
        "sluice = 1\nsite = \"import\"\ntime-zone = \"UTC\"\n[assets.it]\nip = \"192.0.2.1\"\n\
         {} = {{ {} = {}, tags = \"tags.csv\" }}\n",
        protocol.name, device.key, device.default
    )
}

/// Reads tag lists as a site does.
struct Reading<'d> {
    descriptors: &'d [&'static Descriptor],
    site: String,
    notation: Notation,
}

impl Reading<'_> {
    /// The first mistake of each tag, by its index.
    fn mistakes(&self, tags: &[Tag]) -> HashMap<usize, String> {
        const ABOVE: u64 = 3;
        let list = list::write(tags, self.notation);
        let files = Memory::new().with("site.toml", self.site.as_str()).with("tags.csv", list);
        let Err(report) = load(&files, self.descriptors, Timestamp::UNIX_EPOCH) else { return HashMap::new() };
        let mut mistakes = HashMap::new();
        let json = report.json();
        for wrong in json["diagnostics"].as_array().into_iter().flatten().filter(|d| d["severity"] == "error") {
            let line = wrong["line"].as_u64().and_then(|line| line.checked_sub(ABOVE));
            let index = line.filter(|_| wrong["file"] == "tags.csv").and_then(|line| usize::try_from(line).ok());
            if let (Some(index), Some(message)) = (index, wrong["message"].as_str()) {
                mistakes.entry(index).or_insert_with(|| message.to_owned());
            }
        }
        mistakes
    }
}
