//! How the gateway stands, as one JSON object.

use crate::policy::Loaded;
use serde_json::{Value, json};
use sluice_policies::state::Summary;

/// How it stands.
pub(super) fn status(gateway: &str, loaded: &Loaded, summary: &Summary, waiting: &[String]) -> Value {
    let windows: Vec<Value> =
        summary.windows.iter().map(|(name, left)| json!({ "window": name, "seconds_left": left.as_secs() })).collect();
    json!({
        "gateway": gateway,
        "site": loaded.policy.site().name,
        "policy": loaded.hash,
        "lockdown": summary.lockdown,
        "break_glass_seconds_left": summary.broken.map(|left| left.as_secs()),
        "windows": windows,
        "clock_trusted": summary.clock,
        "facts": { "fresh": summary.fresh, "stale": summary.stale, "unknown": summary.unknown },
        "writes_under_way": summary.held,
        "waiting": waiting,
    })
}

/// The same for people.
pub(crate) fn words(status: &Value) -> String {
    let text = |key: &str| status[key].as_str().unwrap_or("?").to_owned();
    let mut lines =
        vec![format!("gateway {} of {}", text("gateway"), text("site")), format!("  policy {}", text("policy"))];
    if status["lockdown"] == true {
        lines.push("  LOCKDOWN: only what the policy keeps passes".to_owned());
    }
    if let Some(left) = status["break_glass_seconds_left"].as_u64() {
        lines.push(format!("  BREAK-GLASS: the conduits that it covers only alert, for {}", time(left)));
    }
    for window in status["windows"].as_array().into_iter().flatten() {
        let left = window["seconds_left"].as_u64().unwrap_or_default();
        lines.push(format!("  window {} is open, for {}", window["window"].as_str().unwrap_or("?"), time(left)));
    }
    for waiting in status["waiting"].as_array().into_iter().flatten() {
        lines.push(format!("  waits: {}", waiting.as_str().unwrap_or("?")));
    }
    let clock = if status["clock_trusted"] == true { "trusted" } else { "not trusted: no schedule is sure" };
    lines.push(format!("  clock {clock}"));
    let facts = &status["facts"];
    lines.push(format!("  facts {} fresh, {} stale, {} unknown", facts["fresh"], facts["stale"], facts["unknown"]));
    lines.join("\n")
}

fn time(seconds: u64) -> String {
    super::desk::words(core::time::Duration::from_secs(seconds))
}
