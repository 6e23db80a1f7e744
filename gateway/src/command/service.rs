//! Services in `sluice policy explain`: what belongs to one, and whether a site lets one pass.

use super::call::Format;
use super::explain::unknown;
use super::failure::Failure;
use super::{Outcome, Terminal};
use serde::Serialize;
use sluice_policies::services::{self, Preset, preset, presets};
use sluice_policies::site::{AssetId, Passes, ServicePort};
use sluice_policies::{End, Explanation, Policy};

/// What `--format json` prints of a service.
#[derive(Serialize)]
struct Shown {
    name: &'static str,
    title: &'static str,
    /// What it sends, a line each.
    sends: Vec<String>,
    /// Whether this version lets exactly it pass.
    enforced: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    note: &'static str,
}

impl From<&Preset> for Shown {
    fn from(preset: &Preset) -> Self {
        let Preset { name, title, legs, unbuilt, note } = preset;
        let sends = legs.iter().map(ToString::to_string).collect();
        Self { name, title, sends, enforced: unbuilt.is_none(), note }
    }
}

/// Prints what belongs to the service of `service NAME`, or to all of them; without a site nothing else is explained.
pub(super) fn show(words: &str, format: Format, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let name = match words.strip_prefix("service").map(str::trim) {
        Some(name) if words.len() == "service".len() || words.starts_with("service ") => name,
        _ => {
            let message = "--site, --from and --to say whose message it is; without them only a service or the code of a \
                           message is explained: sluice policy explain service ntp";
            return Err(Failure::Call(message.to_owned()));
        }
    };
    let shown: Vec<&Preset> = if name.is_empty() { presets().iter().collect() } else { vec![named(name)?] };
    for preset in shown {
        match format {
            Format::Json => terminal.json(&Shown::from(preset))?,
            Format::Text => terminal.line(format_args!("{preset}"))?,
        }
    }
    Ok(Outcome::Holds)
}

fn named(name: &str) -> Result<&'static Preset, Failure> {
    preset(name).ok_or_else(|| {
        let names: Vec<&str> = presets().iter().map(|p| p.name).collect();
        Failure::Call(format!("there is no service `{name}`; there are {}", names.join(", ")))
    })
}

/// What `service ssh`, `tcp 22`, `udp 123`, `ethertype 0x88CC` use; `None` for words about a protocol.
pub(super) fn used(words: &str) -> Option<Result<Passes, Failure>> {
    let (kind, rest) = words.split_once(char::is_whitespace)?;
    let rest = rest.trim();
    let port = || match rest.parse() {
        Ok(port) if port > 0 => Ok(ServicePort { port, name: None }),
        _ => Err(Failure::Call(format!("`{rest}` is no port; write {kind} 22"))),
    };
    Some(match kind {
        "service" => named(rest).map(Passes::Preset),
        "tcp" => port().map(Passes::Tcp),
        "udp" => port().map(Passes::Udp),
        "ethertype" => ethertype(rest).map(Passes::Ethertype),
        _ => return None,
    })
}

fn ethertype(text: &str) -> Result<u16, Failure> {
    let number = text.strip_prefix("0x").map_or_else(|| text.parse().ok(), |hex| u16::from_str_radix(hex, 16).ok());
    number.ok_or_else(|| Failure::Call(format!("`{text}` is no Ethertype; write ethertype 0x88CC")))
}

/// Who sends: an asset, or an address.
pub(super) fn sender(policy: &Policy, who: &str) -> Result<End, Failure> {
    if let Ok(ip) = who.parse() {
        return Ok(policy.asset_of(ip).map_or_else(|| End::from(ip), End::Asset));
    }
    policy.site().asset_named(who).map(End::Asset).ok_or_else(|| unknown(policy, who))
}

/// Every packet that opens what is used, as the policy judges it.
pub(super) fn explain(policy: &Policy, from: End, to: AssetId, passes: &Passes) -> Result<Vec<Explanation>, Failure> {
    let asset = policy.site().asset(to);
    if let Passes::Tcp(ServicePort { port, .. }) = passes
        && let Some(speaks) = asset.speaks.iter().find(|s| s.ports.contains(port))
    {
        let (name, protocol) = (&asset.name, speaks.protocol.name);
        let message = format!(
            "{name} speaks {protocol} on port {port}, so what is sent there is judged; write '{protocol} read ...'"
        );
        return Err(Failure::Call(message));
    }
    let asked = services::asked(passes).into_iter();
    Ok(asked
        .map(|(packet, group)| {
            let to = group.map_or(End::Asset(to), End::from);
            let decision = policy.service(from, to, packet);
            policy.explain_service(from, to, packet, &decision)
        })
        .collect())
}
