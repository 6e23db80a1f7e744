//! Notices changes of a site's files.

use notify::{Event, EventKind, RecursiveMode, Watcher};
use std::path::Path;
use std::sync::Arc;
use tokio::sync::Notify;

/// Tells `changed` whenever something in `folder` changes. Ends when what it returns is dropped.
///
/// # Errors
/// When the system cannot watch the folder, in the system's words.
pub fn watch(folder: &Path, changed: Arc<Notify>) -> Result<impl Send, String> {
    let told = move |event: notify::Result<Event>| {
        // Reading the files is an access too, and would wake the reader for ever.
        if !matches!(event, Ok(Event { kind: EventKind::Access(_), .. })) {
            changed.notify_one();
        }
    };
    let mut watcher = notify::recommended_watcher(told).map_err(|e| e.to_string())?;
    watcher.watch(folder, RecursiveMode::Recursive).map_err(|e| e.to_string())?;
    Ok(watcher)
}
