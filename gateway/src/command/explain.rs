//! `sluice policy explain`.

use super::call::{Explain, Format};
use super::failure::Failure;
use super::{Outcome, Terminal, code, service, site};
use serde::Serialize;
use sluice_engine::{Unread, explain_bytes};
use sluice_model::{Action, Anomaly, Descriptor, Operation};
use sluice_policies::decision::{Reason, Verdict};
use sluice_policies::site::{Asset, AssetId};
use sluice_policies::{Explanation, Policy};
use sluice_protocols::registry;
use std::net::IpAddr;

/// What `--format json` prints: the operation that decides, and all of them when the message holds several.
#[derive(Serialize)]
struct Explained {
    #[serde(flatten)]
    decisive: Explanation,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    operations: Vec<Explanation>,
}

/// Who talks to whom.
struct Pair<'p> {
    policy: &'p Policy,
    from: IpAddr,
    to: AssetId,
}

pub(super) fn explain(call: &Explain, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let words = call.words.join(" ");
    let words = words.trim();
    let (Some(folder), Some(from), Some(to)) = (&call.site, &call.from, &call.to) else {
        if code::is_code(words) {
            return code::show(words, call.format, terminal);
        }
        return service::show(words, call.format, terminal);
    };
    let compiled = site::load(folder, terminal)?;
    let policy = &compiled.policy;
    let by_address = || policy.asset_of(to.parse().ok()?);
    let to = policy.site().asset_named(to).or_else(by_address).ok_or_else(|| unknown(policy, to))?;
    let mut operations = if let Some(passes) = service::used(words) {
        service::explain(policy, service::sender(policy, from)?, to, &passes?)?
    } else {
        let pair = Pair { policy, from: source(policy, from)?, to };
        if call.hex.is_empty() { pair.words(words)? } else { pair.bytes(call)? }
    };
    // The strictest verdict rules the message; among denials the one that failed earliest.
    let strictest = |e: &Explanation| (rank(e.verdict), std::cmp::Reverse(e.reason));
    let decisive = operations.iter().max_by_key(|e| strictest(e)).cloned();
    let decisive = decisive.ok_or_else(|| Failure::Call("the message holds no operation".to_owned()))?;
    if operations.len() == 1 {
        operations.clear();
    }
    let explained = Explained { decisive, operations };
    match call.format {
        Format::Json => terminal.json(&explained)?,
        Format::Text => show(&explained, terminal)?,
    }
    Ok(Outcome::Holds)
}

fn show(explained: &Explained, terminal: &mut Terminal) -> Result<(), Failure> {
    let why = &explained.decisive;
    let verdict = why.verdict.name();
    let line = why.to_string();
    let rest = line.strip_prefix(verdict).unwrap_or_default();
    let verdict = terminal.tint(why.verdict == Verdict::Allow, verdict);
    terminal.line(format_args!("{verdict}{rest}"))?;
    for other in &why.others {
        let reason = other.reason.name();
        terminal.line(format_args!("  nor does {} ({}): {reason}", other.statement, other.at))?;
    }
    for operation in &explained.operations {
        terminal.line(format_args!("  of it: {operation}"))?;
    }
    Ok(())
}

impl Pair<'_> {
    /// `modbus write pump_speed = 60 Hz`.
    fn words(&self, words: &str) -> Result<Vec<Explanation>, Failure> {
        let (name, text) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
        let protocol = protocol(self.asset(), name, words)?;
        let message = self.policy.words(self.to, protocol, text.trim()).map_err(Failure::Call)?;
        Ok(message.operations().map(|operation| self.explain(&operation)).collect())
    }

    /// `00 01 00 00 00 06 01 03 00 00 00 02`.
    fn bytes(&self, call: &Explain) -> Result<Vec<Explanation>, Failure> {
        let asset = self.asset();
        let protocol = match &call.protocol {
            Some(name) => protocol(asset, name, "")?,
            None => only_protocol(asset)?,
        };
        let message = hexadecimal(&call.hex)?;
        match explain_bytes(self.policy, self.from, self.to, registry::protocol(protocol.id), &message) {
            Ok(explained) => Ok(explained.into_iter().map(|e| e.explanation).collect()),
            Err(Unread::Anomaly(anomaly)) => Ok(vec![malformed(anomaly, &call.hex)]),
            Err(Unread::Incomplete { needed }) => Err(Failure::Call(format!(
                "the message is not whole: {needed} bytes or more belong to it, {} are there",
                message.len()
            ))),
            Err(Unread::Trailing { at }) => Err(Failure::Call(format!(
                "{} bytes are one message and more: it ends after {at}; give one message",
                message.len()
            ))),
        }
    }

    fn explain(&self, operation: &Operation<'_>) -> Explanation {
        let route = self.policy.route(self.from, self.to, operation.protocol);
        let decision = self.policy.judge(route, operation);
        self.policy.explain(route, operation, &decision)
    }

    fn asset(&self) -> &Asset {
        self.policy.site().asset(self.to)
    }
}

const fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Allow => 0,
        Verdict::Alert => 1,
        Verdict::Deny => 2,
    }
}

fn malformed(anomaly: Anomaly, hex: &[String]) -> Explanation {
    let Anomaly { kind, offset } = anomaly;
    Explanation {
        verdict: Verdict::Deny,
        reason: Some(Reason::Malformed),
        statement: None,
        at: None,
        operation: hex.join(" "),
        sentence: format!("{} (byte {offset}; {}: {})", kind.meaning.trim_end_matches('.'), kind.name, kind.clause),
        nearest: None,
        tag: None,
        value: None,
        unit: None,
        others: Vec::new(),
    }
}

/// An asset's first address, or an address as it is.
fn source(policy: &Policy, who: &str) -> Result<IpAddr, Failure> {
    if let Ok(ip) = who.parse() {
        return Ok(ip);
    }
    let asset = policy.site().asset_named(who).map(|id| policy.site().asset(id));
    let asset = asset.ok_or_else(|| unknown(policy, who))?;
    let address = asset.addresses.first().copied();
    address.ok_or_else(|| Failure::Call(format!("{who} has no address; give one with --from")))
}

pub(super) fn unknown(policy: &Policy, name: &str) -> Failure {
    let names = || policy.site().assets.iter().map(|a| a.name.as_str());
    let near = names().max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
    Failure::Call(match near.filter(|n| strsim::jaro_winkler(n, name) > 0.75) {
        Some(near) => format!("the site has no asset `{name}`; did you mean `{near}`?"),
        None => format!("the site has no asset `{name}`; there are {}", names().collect::<Vec<_>>().join(", ")),
    })
}

/// The protocol called `name`, the first of `words`.
fn protocol(asset: &Asset, name: &str, words: &str) -> Result<&'static Descriptor, Failure> {
    let spoken = asset.speaks.iter().map(|s| s.protocol);
    spoken.clone().find(|p| p.name == name).ok_or_else(|| {
        let Some(first) = spoken.clone().next() else {
            return Failure::Call(format!("{} speaks no protocol", asset.name));
        };
        // Most often the protocol was left out, or another one was written.
        let is_function = Action::from_verb(name).is_some() || first.function_named(name).is_some();
        let message = if is_function { words } else { words.get(name.len()..).unwrap_or_default() }.trim();
        let message = if message.is_empty() { "read pump_speed" } else { message };
        let names: Vec<&str> = spoken.map(|p| p.name).collect();
        let (speaks, first) = (names.join(", "), first.name);
        Failure::Call(format!("{} speaks {speaks}, not `{name}`; write it first: '{first} {message}'", asset.name))
    })
}

fn only_protocol(asset: &Asset) -> Result<&'static Descriptor, Failure> {
    match asset.speaks.as_slice() {
        [one] => Ok(one.protocol),
        [] => Err(Failure::Call(format!("{} speaks no protocol", asset.name))),
        several => {
            let names: Vec<&str> = several.iter().map(|s| s.protocol.name).collect();
            Err(Failure::Call(format!("{} speaks {}: say which with --protocol", asset.name, names.join(", "))))
        }
    }
}

/// Bytes in hexadecimal, with or without spaces, `0x`, colons and commas.
fn hexadecimal(words: &[String]) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    for word in words.iter().flat_map(|w| w.split([' ', ':', ','])).filter(|w| !w.is_empty()) {
        let digits = word.strip_prefix("0x").or(word.strip_prefix("0X")).unwrap_or(word);
        let wrong = || Failure::Call(format!("`{word}` is no byte in hexadecimal; write 00 01 or 0001"));
        if !digits.bytes().all(|b| b.is_ascii_hexdigit())
            || digits.is_empty()
            || digits.len() > 1 && !digits.len().is_multiple_of(2)
        {
            return Err(wrong());
        }
        let mut at = 0;
        while at < digits.len() {
            let end = (at + 2).min(digits.len());
            bytes.push(u8::from_str_radix(&digits[at..end], 16).map_err(|_| wrong())?);
            at = end;
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(words: &[&str]) -> Option<Vec<u8>> {
        hexadecimal(&words.iter().map(ToString::to_string).collect::<Vec<_>>()).ok()
    }

    #[test]
    fn bytes_are_read_however_people_write_them() {
        let bytes = Some(vec![0x00, 0x01, 0x5a]);
        for words in [
            &["00", "01", "5A"][..],
            &["00015a"],
            &["00 01 5a"],
            &["00:01:5A"],
            &["0x00", "0x01,0x5a"],
            &["0", "1", "5a"],
        ] {
            assert_eq!(read(words), bytes, "{words:?}");
        }
        for words in [&["0g"][..], &["001"], &["0x"], &["é"], &["+1"]] {
            assert_eq!(read(words), None, "{words:?}");
        }
    }
}
