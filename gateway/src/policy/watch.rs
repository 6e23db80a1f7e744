//! Notices changes of a site's files.

use notify::{Event, EventKind, RecursiveMode, Watcher};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::Notify;

/// Tells `changed` whenever something in `folder` changes that may be policy. Ends when what it returns is dropped.
///
/// # Errors
/// When the system cannot watch the folder, in the system's words.
pub fn watch(folder: &Path, changed: Arc<Notify>) -> Result<impl Send, String> {
    let told = move |event: notify::Result<Event>| {
        // An error says that something was missed.
        if event.map_or(true, |event| concerns(&event)) {
            changed.notify_one();
        }
    };
    let mut watcher = notify::recommended_watcher(told).map_err(|e| e.to_string())?;
    watcher.watch(folder, RecursiveMode::Recursive).map_err(|e| e.to_string())?;
    Ok(watcher)
}

/// Whether an event may change what the policy says. Reading the files is an access too and would wake the reader for
/// ever; so would events that the gateway writes into the same folder. What has no extension may be a folder.
fn concerns(event: &Event) -> bool {
    let is_policy = |path: &Path| path.extension().is_none_or(|e| e == "toml" || e == "csv");
    let accessed = matches!(event.kind, EventKind::Access(_));
    !accessed && (event.paths.is_empty() || event.paths.iter().any(|path| is_policy(path)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify::event::{AccessKind, CreateKind, ModifyKind};

    fn told(kind: EventKind, path: &str) -> bool {
        concerns(&Event::new(kind).add_path(path.into()))
    }

    #[test]
    fn only_what_may_be_policy_counts() {
        let changed = EventKind::Modify(ModifyKind::Any);
        assert!(told(changed, "plant/site.toml") && told(changed, "plant/tags/plc.csv"));
        assert!(told(EventKind::Create(CreateKind::Folder), "plant/tests"));
        assert!(!told(changed, "plant/events.jsonl") && !told(changed, "plant/site.toml.swp"));
        assert!(!told(EventKind::Access(AccessKind::Any), "plant/site.toml"));
        assert!(concerns(&Event::new(EventKind::Any)));
    }
}
