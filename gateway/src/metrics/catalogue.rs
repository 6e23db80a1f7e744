//! The one list of what is measured. Registration, `# HELP`, and the reference page all come from it.

use core::fmt::Write;

/// What a family is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts by upper bounds, in the family's unit.
    Histogram(&'static [f64]),
}

/// A label and what bounds its values.
#[derive(Clone, Copy, Debug)]
pub struct Label {
    /// Its name.
    pub name: &'static str,
    /// What its values are and how many there can be, for the reference page.
    pub values: &'static str,
}

/// One family of series.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// Its whole name.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// Its labels, in order.
    pub labels: &'static [Label],
    /// One sentence for whoever reads a dashboard.
    pub help: &'static str,
}

const CONDUIT: Label = Label {
    name: "conduit",
    values: "conduits of the policy, at most 256; `unmatched`; `other` for those past the bound; `all` for a bound of a whole proxy",
};
const PROTOCOL: Label = Label { name: "protocol", values: "protocols of the product" };
const VERDICT: Label = Label { name: "verdict", values: "allow, alert, deny" };
const REASON: Label = Label { name: "reason", values: "reasons of a denial" };
const ACTION: Label = Label { name: "action", values: "verbs of the policy language" };
const KIND: Label = Label { name: "kind", values: "anomalies that a protocol declares, or `other`" };
const CAUSE: Label = Label { name: "cause", values: "bounds of the gateway" };
const OUTCOME: Label = Label { name: "outcome", values: "opened, closed" };
const PLANE: Label = Label { name: "plane", values: "proxy, bridge" };
const WORKER: Label = Label { name: "worker", values: "threads that carry connections, at most 256" };
const BRIDGE_WORKER: Label = Label { name: "worker", values: "threads that carry frames, at most 255" };
const PORT: Label = Label { name: "port", values: "the two ports of the bridge" };
const WAY: Label = Label { name: "direction", values: "in, out" };

const MICROSECONDS: &[f64] =
    &[2.5e-7, 5e-7, 1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 1e-2, 0.1, 1.0];
const MILLISECONDS: &[f64] = &[1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

const fn family(name: &'static str, kind: Kind, labels: &'static [Label], help: &'static str) -> Family {
    Family { name, kind, labels, help }
}

use Kind::{Counter, Gauge, Histogram};

pub(super) const BUILD_INFO: Family = family(
    "sluice_build_info",
    Gauge,
    &[
        Label { name: "version", values: "the program's version" },
        Label { name: "revision", values: "the revision that it was built from" },
    ],
    "Always 1; its labels say which build runs.",
);
pub(super) const START_TIME: Family =
    family("sluice_start_time_seconds", Gauge, &[], "When the program started, in seconds since 1970.");
pub(super) const OPERATIONS: Family =
    family("sluice_operations_total", Counter, &[CONDUIT, PROTOCOL, VERDICT], "Operations that were judged.");
pub(super) const DENIALS: Family = family(
    "sluice_denials_total",
    Counter,
    &[CONDUIT, REASON],
    "Operations, and frames of a bridge, that the policy does not allow: denied, or would be in a conduit that only alerts.",
);
pub(super) const ACTIONS: Family = family(
    "sluice_operations_by_action_total",
    Counter,
    &[PROTOCOL, ACTION],
    "Operations that were judged, by what they do.",
);
pub(super) const ANOMALIES: Family =
    family("sluice_anomalies_total", Counter, &[PROTOCOL, KIND], "Messages that break their protocol's rules.");
pub(super) const FAILURE_POLICY: Family = family(
    "sluice_failure_policy_total",
    Counter,
    &[CONDUIT, CAUSE, OUTCOME],
    "Times a bound of the gateway was hit, and whether traffic went on (opened) or was withheld (closed).",
);
pub(super) const INSPECTION: Family = family(
    "sluice_inspection_duration_seconds",
    Histogram(MICROSECONDS),
    &[PLANE],
    "Time to decode and decide what one read from a socket or port brought.",
);
pub(super) const ADDED_LATENCY: Family = family(
    "sluice_added_latency_seconds",
    Histogram(MICROSECONDS),
    &[PLANE],
    "Time from receiving bytes to having sent what became of them.",
);
pub(super) const RESPONSE: Family = family(
    "sluice_device_response_seconds",
    Histogram(MILLISECONDS),
    &[CONDUIT],
    "Time from delivering a request to its controller's answer.",
);
pub(super) const FLOWS: Family = family("sluice_flows", Gauge, &[WORKER], "Connections that are open.");
pub(super) const FLOWS_LIMIT: Family =
    family("sluice_flows_limit", Gauge, &[WORKER], "Connections that one proxy may hold at the same time.");
pub(super) const CONDUIT_MODE: Family = family(
    "sluice_conduit_mode",
    Gauge,
    &[CONDUIT, Label { name: "mode", values: "enforce, alert, learn" }],
    "1 for the mode that a conduit is in.",
);
pub(super) const POLICY_INFO: Family = family(
    "sluice_policy_info",
    Gauge,
    &[Label { name: "hash", values: "SHA-256 of the running policy's files, one at a time" }],
    "Always 1; its label says which policy runs.",
);
pub(super) const POLICY_LOADED: Family = family(
    "sluice_policy_loaded_timestamp_seconds",
    Gauge,
    &[],
    "When the running policy was loaded, in seconds since 1970.",
);
pub(super) const POLICY_RELOAD: Family = family(
    "sluice_policy_last_reload_successful",
    Gauge,
    &[],
    "1 when the policy files on disk are the policy that runs; 0 when they are broken and the one before still runs.",
);
pub(super) const PROXIES: Family = family(
    "sluice_proxies",
    Gauge,
    &[Label { name: "state", values: "listening, failed" }],
    "Proxies of the gateway; failed ones could not take their address, and try again.",
);
pub(super) const ACCEPTED: Family =
    family("sluice_connections_accepted_total", Counter, &[], "Connections that were taken.");
pub(super) const REFUSED: Family = family(
    "sluice_connections_refused_total",
    Counter,
    &[CAUSE],
    "Connections that were reset at once because a bound was reached.",
);
pub(super) const CLOSED: Family = family(
    "sluice_connections_closed_total",
    Counter,
    &[Label { name: "cause", values: "ways a connection can end" }],
    "Connections that ended.",
);
pub(super) const UPSTREAM_ERRORS: Family = family(
    "sluice_upstream_errors_total",
    Counter,
    &[Label { name: "kind", values: "refused, time-out, unreachable, lost" }],
    "Connections to controllers that could not be made or broke.",
);
pub(super) const PORT_PACKETS: Family =
    family("sluice_port_packets_total", Counter, &[PORT, WAY], "Frames that came in by a port or left by it.");
pub(super) const PORT_BYTES: Family =
    family("sluice_port_bytes_total", Counter, &[PORT, WAY], "Bytes of these frames, without the check sequence.");
pub(super) const PORT_DROPS: Family = family(
    "sluice_port_drops_total",
    Counter,
    &[PORT, WAY],
    "Frames that were lost for want of room: the kernel's before they were read, or the port's when they were to leave.",
);
pub(super) const PORT_UP: Family = family("sluice_port_up", Gauge, &[PORT], "1 when the link of a port is up.");
pub(super) const FRAMES: Family = family(
    "sluice_bridge_frames_total",
    Counter,
    &[
        PORT,
        Label {
            name: "outcome",
            values: "forwarded, consumed (built anew, or held), denied, malformed, bound, unheard",
        },
    ],
    "Frames that came in by a port, by what became of them; unheard are those that passed, or may have, without the gateway.",
);
pub(super) const BRIDGE_FLOWS: Family = family(
    "sluice_bridge_flows",
    Gauge,
    &[BRIDGE_WORKER, Label { name: "kind", values: "inspected, edited, followed, replies, half-open, datagrams" }],
    "What the bridge keeps: inspected connections (edited ones do not survive the gateway's loss), others that it follows, \
     and questions, handshakes and fragments that wait.",
);
pub(super) const BYPASS_ACTIVE: Family = family(
    "sluice_bypass_active",
    Gauge,
    &[],
    "1 while frames pass the bridge unjudged because a worker does not vouch for itself: the plant is unprotected.",
);
pub(super) const BYPASSED: Family = family(
    "sluice_bypassed_frames_total",
    Counter,
    &[],
    "Frames that passed the bridge unjudged because the gateway, or an earlier one, was lost.",
);
pub(super) const EDITED_LOST: Family = family(
    "sluice_edited_connections_lost_total",
    Counter,
    &[],
    "Connections whose numbers were edited and are known to nobody any more, because a worker or an earlier gateway was lost: their ends are reset.",
);
pub(super) const ON_LOSS: Family = family(
    "sluice_on_loss",
    Gauge,
    &[Label { name: "policy", values: "open, closed" }],
    "1 for what the bridge does when the gateway is lost; neither when there is no bridge.",
);
pub(super) const FACTS: Family = family(
    "sluice_facts",
    Gauge,
    &[Label { name: "state", values: "fresh, stale, unknown" }],
    "Values that conditions depend on: seen lately enough for one of them, seen too long ago, not seen.",
);
pub(super) const RESERVATIONS: Family = family(
    "sluice_reservations",
    Gauge,
    &[],
    "Writes under way to tags whose steps are limited: let through and not answered yet.",
);
pub(super) const WINDOWS_OPEN: Family = family("sluice_windows_open", Gauge, &[], "Maintenance windows that are open.");
pub(super) const BREAK_GLASS: Family =
    family("sluice_break_glass", Gauge, &[], "1 while the glass is broken: the conduits that it covers only alert.");
pub(super) const LOCKDOWN: Family =
    family("sluice_lockdown", Gauge, &[], "1 while the plant is locked down: only what the policy keeps passes.");
pub(super) const CLOCK_TRUSTED: Family = family(
    "sluice_clock_trusted",
    Gauge,
    &[],
    "1 while the wall clock can be trusted; 0 when it is not synchronised or was set, and schedules are not sure.",
);
pub(super) const CONTROL_REQUESTS: Family = family(
    "sluice_control_requests_total",
    Counter,
    &[Label { name: "outcome", values: "done, waiting (for a second person), refused" }],
    "What was asked over the control socket.",
);
pub(super) const EVENTS: Family = family("sluice_events_written_total", Counter, &[], "Events that were written.");
pub(super) const EVENTS_LOST: Family = family(
    "sluice_events_lost_total",
    Counter,
    &[Label { name: "cause", values: "queue-full, write-error" }],
    "Events that could not be kept; a gap record in the events says so too.",
);
pub(super) const SERIES_DROPPED: Family = family(
    "sluice_metrics_series_dropped_total",
    Counter,
    &[],
    "Conduits that are counted under `other` because a family's bound was reached.",
);

/// Every family, in the order of the reference page.
pub const ALL: &[Family] = &[
    BUILD_INFO,
    START_TIME,
    OPERATIONS,
    DENIALS,
    ACTIONS,
    ANOMALIES,
    FAILURE_POLICY,
    INSPECTION,
    ADDED_LATENCY,
    RESPONSE,
    FLOWS,
    FLOWS_LIMIT,
    CONDUIT_MODE,
    POLICY_INFO,
    POLICY_LOADED,
    POLICY_RELOAD,
    PROXIES,
    ACCEPTED,
    REFUSED,
    CLOSED,
    UPSTREAM_ERRORS,
    PORT_PACKETS,
    PORT_BYTES,
    PORT_DROPS,
    PORT_UP,
    FRAMES,
    BRIDGE_FLOWS,
    BYPASS_ACTIVE,
    BYPASSED,
    EDITED_LOST,
    ON_LOSS,
    FACTS,
    RESERVATIONS,
    WINDOWS_OPEN,
    BREAK_GLASS,
    LOCKDOWN,
    CLOCK_TRUSTED,
    CONTROL_REQUESTS,
    EVENTS,
    EVENTS_LOST,
    SERIES_DROPPED,
];

impl Kind {
    /// The word of the text format.
    pub const fn name(self) -> &'static str {
        match self {
            Counter => "counter",
            Gauge => "gauge",
            Histogram(_) => "histogram",
        }
    }
}

/// The reference page, in Markdown.
pub fn page() -> String {
    let mut page = String::from(
        "# Metrics\n\nWritten from the catalogue in `gateway/src/metrics/catalogue.rs`; a test keeps it true. Served at `/metrics`.\n\
         No label is an address, an asset, a tag, a rule or a user: those are in events. A family holds at most 2,000 series.\n\n\
         | name | type | labels | says |\n|---|---|---|---|\n",
    );
    for family in ALL {
        let labels: Vec<&str> = family.labels.iter().map(|l| l.name).collect();
        let _ =
            writeln!(page, "| `{}` | {} | {} | {} |", family.name, family.kind.name(), labels.join(", "), family.help);
    }
    page += "\n## Labels\n\n| family | label | values |\n|---|---|---|\n";
    for (family, label) in ALL.iter().flat_map(|f| f.labels.iter().map(move |l| (f, l))) {
        let _ = writeln!(page, "| `{}` | {} | {} |", family.name, label.name, label.values);
    }
    page += "\n## Buckets\n\n| family | upper bounds, in seconds |\n|---|---|\n";
    for family in ALL {
        if let Histogram(bounds) = family.kind {
            let bounds: Vec<String> = bounds.iter().map(ToString::to_string).collect();
            let _ = writeln!(page, "| `{}` | {} |", family.name, bounds.join(", "));
        }
    }
    page
}
