//! The keys of the language, table by table: those that this version knows, and those that it does not enforce yet.
//! What a protocol adds comes from its descriptor.

/// Keys of site.toml before its first table.
pub(super) const SITE: &[&str] = &["sluice", "site", "time-zone", "include"];

/// Tables of any file.
pub(super) const TOP: &[&str] = &[
    "unmatched",
    "defaults",
    "gateways",
    "kinds",
    "assets",
    "assets-from",
    "zones",
    "calendars",
    "windows",
    "break-glass",
    "lockdown",
    "approvals",
    "conduit",
    "test",
    "never",
];

/// Tables that are not enforced yet.
pub(super) const TOP_LATER: &[&str] = &[];

pub(super) const UNMATCHED: &[&str] = &["mode", "on-deny", "until"];

pub(super) const DEFAULTS: &[&str] = &["mode", "on-deny", "on-doubt", "clock-lost"];

pub(super) const CALENDAR: &[&str] = &["days"];
pub(super) const WINDOW: &[&str] = &["opened-by", "max", "needs", "planned", "covers"];
pub(super) const BREAK_GLASS: &[&str] = &["covers", "max", "needs"];
pub(super) const LOCKDOWN: &[&str] = &["keep"];
pub(super) const APPROVALS: &[&str] = &["need", "owners"];

pub(super) const GATEWAY: &[&str] = &["ports", "bridge", "monitor", "serial", "proxy", "on-loss"];
pub(super) const SERIAL: &[&str] = &["line", "baud", "parity", "framing"];

pub(super) const ZONE: &[&str] = &["assets", "net", "owner", "sl", "cell-role", "kind", "cell"];
/// Keys of a zone that select its assets by what they are.
pub(super) const SELECTORS: &[&str] = &["cell-role", "kind", "cell"];

/// Keys of an asset beside its protocols.
pub(super) const ASSET: &[&str] = &[
    "ip",
    "mac",
    "vlan",
    "port",
    "kind",
    "cell",
    "cell-role",
    "realm",
    "seen-as",
    "hides",
    "relays",
    "via",
    "identity",
    "cert",
];
pub(super) const ASSET_LATER: &[&str] = &["ptp"];

/// Keys of an asset's identity.
pub(super) const IDENTITY: &[&str] = &["mac", "dhcp", "port", "cert", "user"];

/// Keys of an asset's protocol table beside the key of its device addresses.
pub(super) const SPEAKS: &[&str] = &["words", "gaps", "ports", "tags", "gateway", "broadcast", "partial"];
pub(super) const SPEAKS_LATER: &[&str] = &[];

/// The protocols of the language; those in the catalogue are known, the others come later.
pub(super) const PROTOCOLS: &[&str] =
    &["modbus", "dnp3", "iec104", "s7", "s7plus", "enip", "opcua", "bacnet", "mms", "goose", "sv", "profinet"];

pub(super) const CONDUIT: &[&str] =
    &["from", "to", "within", "opens", "mode", "on-deny", "on-doubt", "owner", "why", "ticket", "until", "allow"];

/// Keys of an allow statement beside protocols and the spaces of its protocol.
pub(super) const STATEMENT: &[&str] = &[
    "id",
    "why",
    "service",
    "tcp",
    "udp",
    "ethertype",
    "tags",
    "value",
    "count",
    "opaque",
    "ticket",
    "until",
    "trial",
    "overrides",
    "approved-as",
    "step",
    "rate",
    "when",
    "during",
    "window",
    "others",
    "broadcast",
];
pub(super) const STATEMENT_LATER: &[&str] = &[
    "areas",
    "blocks",
    "objects",
    "nodes",
    "names",
    "records",
    "points",
    "classes",
    "ioas",
    "crob",
    "select",
    "select-within",
    "cause",
    "qualifier",
    "originator",
    "connection",
    "security",
    "priority",
    "interlock-check",
    "gocb",
    "svid",
    "simulation",
    "replay",
    "frame",
    "bytes",
    "flow",
    "payload",
];

/// Keys of a statement that say what it is about when that is not inspected.
pub(super) const SERVICES: &[&str] = &["service", "tcp", "udp", "ethertype"];

/// Keys of one tag's table in a statement.
pub(super) const TAG_LIMIT: &[&str] = &["value", "step", "rate", "when"];

/// Keys of a test beside protocols.
pub(super) const TEST: &[&str] = &[
    "name",
    "from",
    "to",
    "service",
    "tcp",
    "udp",
    "ethertype",
    "given",
    "at",
    "window",
    "mode",
    "repeat",
    "answer",
    "expect",
];

/// Keys of a guarantee beside protocols.
pub(super) const NEVER: &[&str] = &["says", "from", "to", "action", "tags", "unless", "hops", "floor"];
pub(super) const NEVER_LATER: &[&str] = &["gocb"];

pub(super) const NEVER_UNLESS: &[&str] = &["window", "during"];

/// What is about more than one message, so that nothing proves it.
pub(super) const NEVER_UNPROVABLE: &[&str] =
    &["step", "rate", "when", "during", "within", "others", "count", "total", "sequence", "repeat", "given", "until"];

/// Reasons of the language that this version never gives.
pub(super) const REASONS_LATER: &[&str] = &["select", "identity", "port", "opaque"];

/// Keys of an entry of approvals.toml.
pub(super) const APPROVAL: &[&str] = &["statement", "meaning", "person", "role", "date", "signature"];
