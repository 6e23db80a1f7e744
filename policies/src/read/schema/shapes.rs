//! What the values of keys look like, and what the keys are for: what an editor shows when one points at them.

use serde_json::{Value, json};

/// `10 s`, `4 h`.
pub(super) const DURATION: &str = r"^\s*\d+(\.\d+)?\s*(ms|s|min|h|d)\s*$";

/// What a value looks like.
pub(super) enum Shape {
    Text,
    Flag,
    /// From, to.
    Whole(i64, i64),
    /// One of these.
    Word(&'static [&'static str]),
    /// A text, or a list of texts.
    Texts,
    /// Another part of the schema.
    Of(&'static str),
    /// A table of any names, each another part of the schema.
    Named(&'static str),
    /// A list of tables, each another part of the schema.
    ListOf(&'static str),
    /// A table of a few keys of its own.
    Inner(&'static str, &'static [&'static str]),
    /// A table of any names, each a table of a few keys of its own.
    Each(&'static str, &'static [&'static str]),
    /// A table of any names, each a text.
    TextsByName,
    /// A list of lists of texts.
    Pairs,
    /// A date.
    Day,
    /// Any of these.
    Either(&'static [Shape]),
    /// Numbers, and texts that say more: what a protocol's codes and items are named by.
    Codes,
    /// What the language lets stand here is more than a schema can say.
    Any,
}

impl Shape {
    pub(super) fn schema(&self) -> Value {
        let texts = || json!({ "type": "array", "items": { "type": "string" } });
        match self {
            Self::Text => json!({ "type": "string" }),
            Self::Flag => json!({ "type": "boolean" }),
            Self::Whole(from, to) => json!({ "type": "integer", "minimum": from, "maximum": to }),
            Self::Word(words) => json!({ "enum": words }),
            Self::Texts => json!({ "anyOf": [{ "type": "string" }, texts()] }),
            Self::Of(name) => json!({ "$ref": format!("#/definitions/{name}") }),
            Self::Named(name) => {
                json!({ "type": "object", "additionalProperties": { "$ref": format!("#/definitions/{name}") } })
            }
            Self::ListOf(name) => json!({ "type": "array", "items": { "$ref": format!("#/definitions/{name}") } }),
            Self::Inner(table, keys) => super::tables::table(keys.iter(), table, ""),
            Self::Each(table, keys) => {
                json!({ "type": "object", "additionalProperties": super::tables::table(keys.iter(), table, "") })
            }
            Self::TextsByName => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
            Self::Pairs => json!({ "type": "array", "items": texts() }),
            Self::Day => json!({ "anyOf": [{ "type": "string" }, { "type": "string", "format": "date" }] }),
            Self::Either(shapes) => json!({ "anyOf": shapes.iter().map(Self::schema).collect::<Vec<_>>() }),
            Self::Codes => {
                json!({ "anyOf": [{ "type": ["string", "integer"] }, { "type": "array", "items": { "type": ["string", "integer"] } }] })
            }
            Self::Any => json!({}),
        }
    }
}

/// Who stands at the end of a conduit.
pub(super) fn who() -> Value {
    let who = json!({ "$ref": "#/definitions/who" });
    json!({ "anyOf": [
        { "type": "string" },
        { "type": "array", "items": who },
        { "type": "object", "properties": { "not": who }, "required": ["not"], "additionalProperties": false },
    ] })
}

const MODES: Shape = Shape::Word(&["enforce", "alert", "learn"]);
const ON_DENY: Shape = Shape::Word(&["refuse", "drop", "reset"]);
const OPEN_CLOSED: Shape = Shape::Word(&["open", "closed"]);
const WHEN: Shape = Shape::Texts;
const TAG_LIMIT: Shape = Shape::Either(&[Shape::Of("range"), Shape::Inner("limit", super::keys::TAG_LIMIT)]);

/// Table (empty: any that has it), key, what its value looks like, what it is for.
pub(super) const KEYS: &[(&str, &str, Shape, &str)] = &[
    ("top", "sluice", Shape::Whole(1, 1), "The version of the policy language."),
    ("top", "site", Shape::Text, "The name of the site."),
    ("top", "time-zone", Shape::Text, "The time zone of schedules and dates, as in \"Asia/Shanghai\"."),
    ("top", "include", Shape::Texts, "Further files of the site, as patterns inside of its folder."),
    (
        "top",
        "unmatched",
        Shape::Inner("unmatched", super::keys::UNMATCHED),
        "What happens between two assets that no conduit joins.",
    ),
    (
        "top",
        "defaults",
        Shape::Inner("defaults", super::keys::DEFAULTS),
        "What holds for conduits that do not say it themselves.",
    ),
    ("top", "gateways", Shape::Each("gateway", super::keys::GATEWAY), "The gateways that enforce this policy."),
    ("top", "kinds", Shape::Named("kind"), "What assets of one kind have in common; the asset's own keys win."),
    ("top", "assets", Shape::Named("asset"), "The devices of the site."),
    ("top", "assets-from", Shape::Texts, "Tables (CSV) of further assets."),
    ("top", "zones", Shape::Any, "Zones (IEC 62443): assets under one set of requirements."),
    (
        "top",
        "conduit",
        Shape::Named("conduit"),
        "Conduits (IEC 62443): who commands whom, and what is allowed on the way.",
    ),
    ("top", "test", Shape::ListOf("test"), "What the policy must answer; `sluice policy test` asks it."),
    ("top", "calendars", Shape::Each("calendar", super::keys::CALENDAR), "Days with a name, for schedules."),
    ("top", "windows", Shape::Each("window", super::keys::WINDOW), "Times that people open by command."),
    (
        "top",
        "break-glass",
        Shape::Inner("break-glass", super::keys::BREAK_GLASS),
        "Conduits that fall to alert in an emergency.",
    ),
    ("top", "lockdown", Shape::Inner("lockdown", super::keys::LOCKDOWN), "What alone stays allowed in a lockdown."),
    ("top", "approvals", Shape::Inner("approvals", super::keys::APPROVALS), "Who must approve what a statement means."),
    (
        "top",
        "never",
        Shape::ListOf("never"),
        "What must not be possible, whatever the statements say; proven by `sluice policy check`.",
    ),
    (
        "",
        "mode",
        MODES,
        "enforce withholds what is not allowed, alert passes and reports it, learn passes and records it.",
    ),
    (
        "",
        "on-deny",
        ON_DENY,
        "How a denied message is answered: with the protocol's own refusal, not at all, or by closing the connection.",
    ),
    ("", "on-doubt", OPEN_CLOSED, "What happens where the gateway cannot tell."),
    ("", "clock-lost", OPEN_CLOSED, "Whether schedules hold while the clock is not synchronised."),
    (
        "",
        "on-loss",
        OPEN_CLOSED,
        "What happens when the gateway is lost: traffic continues, or nothing passes. There is no default.",
    ),
    ("gateway", "ports", Shape::TextsByName, "The gateway's ports: side = interface."),
    ("gateway", "bridge", Shape::Pairs, "Which two ports are bridged."),
    ("gateway", "monitor", Shape::Texts, "Ports that are only listened to."),
    (
        "gateway",
        "proxy",
        Shape::TextsByName,
        "asset = \"address:port\": clients dial this address, the gateway dials the asset.",
    ),
    ("gateway", "serial", Shape::Each("serial", super::keys::SERIAL), "Serial lines."),
    ("serial", "line", Shape::Text, "The device: ttyS1."),
    ("serial", "baud", Shape::Whole(300, 4_000_000), "Bits a second."),
    ("serial", "parity", Shape::Word(&["none", "even", "odd"]), "The parity bit."),
    ("serial", "framing", Shape::Word(&["rtu", "ascii"]), "How messages are told apart."),
    ("zone", "assets", Shape::Texts, "Its members."),
    ("zone", "kind", Shape::Texts, "The assets of these kinds."),
    ("zone", "cell", Shape::Texts, "The assets of these cells."),
    ("zone", "cell-role", Shape::Texts, "The assets that are this in their cells."),
    ("zone", "net", Shape::Text, "A net, as in 198.51.100.0/28: for services only."),
    ("zone", "sl", Shape::Any, "The security level (IEC 62443-3-3)."),
    ("", "owner", Shape::Text, "The role that answers for it."),
    ("asset", "ip", Shape::Texts, "Its addresses."),
    ("asset", "mac", Shape::Texts, "The MAC addresses that its frames come from."),
    ("asset", "vlan", Shape::Whole(0, 4094), "The VLAN of its frames; 0 for none."),
    ("asset", "port", Shape::Text, "The gateway's port beyond which it stands: \"gw-1:plant\"."),
    ("asset", "realm", Shape::Text, "Which of overlapping address spaces its addresses belong to."),
    (
        "asset",
        "seen-as",
        Shape::TextsByName,
        "The address under which it is seen on a port, when addresses are translated.",
    ),
    ("asset", "hides", Shape::Texts, "Assets that may stand behind its address."),
    ("asset", "relays", Shape::Of("who"), "Who may act through it: a jump host."),
    ("asset", "via", Shape::Text, "What it is reached through: another asset, or \"gw-1:LINE\"."),
    ("asset", "identity", Shape::Inner("identity", super::keys::IDENTITY), "How it is known without a fixed address."),
    ("asset", "cert", Shape::Text, "The subject of its certificate."),
    ("identity", "mac", Shape::Texts, "Its MAC addresses."),
    ("identity", "dhcp", Shape::Text, "The server that leases its address."),
    ("identity", "port", Shape::Text, "The port on which it must be seen."),
    ("identity", "cert", Shape::Text, "The subject of its certificate."),
    ("identity", "user", Shape::Text, "The user who is logged in."),
    ("", "kind", Shape::Text, "Its kind."),
    ("", "cell", Shape::Text, "Its cell."),
    ("", "cell-role", Shape::Text, "Its role in the cell."),
    (
        "speaks",
        "words",
        Shape::Word(&["ABCD", "CDAB", "BADC", "DCBA"]),
        "The order of words in values of several registers.",
    ),
    ("speaks", "gaps", Shape::Whole(0, 65_535), "How many items of no tag a read may span between two tags."),
    ("speaks", "ports", Shape::Either(&[Shape::Whole(1, 65_535), Shape::Any]), "The ports it listens on."),
    ("speaks", "tags", Shape::Text, "Its tag list (CSV)."),
    ("speaks", "gateway", Shape::Flag, "Whether other devices stand behind it."),
    ("speaks", "broadcast", Shape::Texts, "Who hears a broadcast that it sends on."),
    ("speaks", "partial", Shape::Word(&["deny", "compose"]), "What a write of a part of a tag is."),
    ("conduit", "from", Shape::Of("who"), "Who commands."),
    ("conduit", "to", Shape::Of("who"), "Who obeys."),
    ("conduit", "within", Shape::Word(&["cell"]), "Only pairs in the same cell."),
    ("conduit", "opens", Shape::Word(&["from", "to", "either"]), "Who opens connections."),
    ("conduit", "allow", Shape::ListOf("statement"), "What is allowed."),
    ("", "why", Shape::Text, "Why it exists; every tool shows it."),
    ("", "ticket", Shape::Text, "The ticket that it goes back to."),
    ("", "until", Shape::Day, "The day after which it no longer holds."),
    ("statement", "id", Shape::Text, "Its name inside the conduit; events and approvals say conduit.id."),
    ("statement", "trial", Shape::Flag, "What it allows is reported, too."),
    ("statement", "overrides", Shape::Texts, "Statements whose limits it lifts on purpose."),
    ("statement", "approved-as", Shape::Text, "Under which name it was approved."),
    (
        "statement",
        "tags",
        Shape::Either(&[Shape::Texts, Shape::Any]),
        "What it may touch: \"*\", names and patterns, or a table of tag = limit.",
    ),
    ("statement", "count", Shape::Whole(1, 1_000_000), "How many tags a pattern of a write statement must match."),
    ("statement", "opaque", Shape::Flag, "That contents are not looked at."),
    ("", "service", Shape::Texts, "Services by name: \"ntp\", \"ssh\"."),
    ("", "tcp", Shape::Any, "TCP ports; needs opaque = true."),
    ("", "udp", Shape::Any, "UDP ports; needs opaque = true."),
    ("", "ethertype", Shape::Any, "Ethertypes; needs opaque = true."),
    ("statement", "during", Shape::Text, "When it holds: \"Mon-Fri 22:00-06:00 except holidays\"."),
    ("statement", "window", Shape::Text, "The window in which it holds."),
    ("statement", "others", Shape::Text, "What the other bits of a register must be: \"unchanged within 5 s\"."),
    ("statement", "broadcast", Shape::Flag, "Whether it holds for messages to every device."),
    ("", "value", Shape::Of("range"), "What a written value must lie in, or \"in-range\"."),
    (
        "",
        "step",
        Shape::Text,
        "How far a value may move: \"5 Hz within 10 s\", the time being how fresh the value before it must be.",
    ),
    ("", "rate", Shape::Text, "How often: \"6 / min per tag\"."),
    ("", "when", WHEN, "What must be seen on the wire: \"plc-3.tank_level > 20 % within 10 s\"; all of a list."),
    ("test", "name", Shape::Text, "What the test says."),
    ("test", "from", Shape::Texts, "Who sends; several take turns."),
    ("test", "to", Shape::Text, "Who is addressed."),
    (
        "test",
        "expect",
        Shape::Any,
        "\"allow\", \"allow by conduit.id\", \"deny because REASON\"; a list for several messages.",
    ),
    ("test", "given", Shape::TextsByName, "What was seen: \"plc-3.level\" = \"40 % 2 s ago\"; {} is nothing."),
    ("test", "at", Shape::Day, "The date and time of the plant."),
    ("test", "window", Shape::Texts, "Windows that are open."),
    ("test", "repeat", Shape::Text, "How often, and in what time: \"7 in 30 s\"."),
    ("test", "answer", Shape::Any, "What the device answers: \"exception\", \"none\"."),
    ("calendar", "days", Shape::Texts, "Dates, and ranges of dates \"2026-10-01 .. 2026-10-07\"."),
    ("window", "opened-by", Shape::Texts, "The roles that open it; of two, two different people."),
    ("", "max", Shape::Of("duration"), "After this time it closes by itself."),
    ("", "needs", Shape::Texts, "What opening it needs."),
    ("window", "planned", Shape::Text, "When it may be opened."),
    ("", "covers", Shape::Texts, "What it is for."),
    ("lockdown", "keep", Shape::Texts, "Statements that stay, as \"conduit.id\" or \"conduit.*\"."),
    ("approvals", "need", Shape::Whole(1, 9), "How many people."),
    ("approvals", "owners", Shape::Any, "The people of each role."),
    ("never", "says", Shape::Text, "What is promised."),
    ("never", "from", Shape::Of("who"), "From whom; everybody when left out, strangers too."),
    ("never", "to", Shape::Of("who"), "To whom."),
    ("never", "action", Shape::Texts, "Which actions."),
    ("never", "tags", Shape::Any, "Which tags, or a table of tag = range."),
    ("never", "unless", Shape::Any, "A window or a schedule in which it may be."),
    ("never", "hops", Shape::Any, "1, or \"any\" to follow relays."),
    ("never", "floor", Shape::Flag, "Whether it is also a denial that nothing lifts."),
];

/// What stands in a table of limits by tag.
pub(super) fn limits() -> Value {
    json!({ "type": "object", "additionalProperties": TAG_LIMIT.schema() })
}
