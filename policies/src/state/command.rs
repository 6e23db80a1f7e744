//! What people order: windows, breaking the glass, a lockdown. Who may is for the caller to know.

use super::State;
use super::orders::Closed;
use core::sync::atomic::Ordering;
use core::time::Duration;
use sluice_model::Instant;
use std::sync::Arc;

impl State {
    /// Opens a window, or lets it stay open for longer or shorter. False under a lockdown, which keeps all closed.
    pub fn open_window(&self, name: &str, now: Instant, lasts: Duration) -> bool {
        // Under the lock, so that a lockdown that comes meanwhile closes it.
        let mut names = self.names();
        if self.orders.lockdown() {
            return false;
        }
        Arc::clone(names.windows.entry(name.into()).or_default()).open(now + lasts);
        self.orders.changed();
        true
    }

    /// Closes a window; whether it was open.
    pub fn close_window(&self, name: &str) -> bool {
        self.names().windows.get(name).is_some_and(|window| window.close().is_some()) && self.changed()
    }

    /// Breaks the glass. False under a lockdown.
    pub fn break_glass(&self, now: Instant, lasts: Duration) -> bool {
        let _names = self.names();
        let allowed = !self.orders.lockdown();
        if allowed {
            self.orders.broken.open(now + lasts);
            self.orders.changed();
        }
        allowed
    }

    /// Makes the glass whole; whether it was broken.
    pub fn mend_glass(&self) -> bool {
        self.orders.broken.close().is_some() && self.changed()
    }

    /// Locks the plant down, or ends that. Closes every window and the glass at once; returns what was open.
    pub fn lock_down(&self, on: bool) -> Vec<Closed> {
        let names = self.names();
        self.orders.lockdown.store(on, Ordering::Release);
        self.orders.changed();
        if !on {
            return Vec::new();
        }
        let windows = names.windows.iter().filter(|(_, window)| window.close().is_some());
        let mut closed: Vec<Closed> = windows.map(|(name, _)| Closed::Window(name.to_string())).collect();
        closed.extend(self.orders.broken.close().map(|_| Closed::BreakGlass));
        self.orders.changed();
        closed
    }

    /// What closed by itself since this was last asked.
    pub fn ran_out(&self, now: Instant) -> Vec<Closed> {
        let names = self.names();
        let windows = names.windows.iter().filter(|(_, window)| window.ran_out(now));
        let mut closed: Vec<Closed> = windows.map(|(name, _)| Closed::Window(name.to_string())).collect();
        closed.extend(self.orders.broken.ran_out(now).then_some(Closed::BreakGlass));
        if !closed.is_empty() {
            self.orders.changed();
        }
        closed
    }

    /// Something did change.
    fn changed(&self) -> bool {
        self.orders.changed();
        true
    }
}
