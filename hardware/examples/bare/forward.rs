//! The loop of a worker that judges nothing.

use sluice_hardware::port::{Batch, Outbox, wait};
use sluice_hardware::{Port, Waker};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Passes frames between two ports until `stop` says so and the waker rings.
pub(crate) fn forward(ports: [&Port; 2], waker: &Waker, stop: &AtomicBool) -> io::Result<()> {
    let (mut batch, mut outbox) = (Batch::new(), Outbox::default());
    while !stop.load(Ordering::Acquire) {
        let ready = wait(ports, waker, Duration::from_secs(1))?;
        for from in (0..2).filter(|side| ready.ports[*side]) {
            match ports[from].receive(&mut batch) {
                Ok(count) => (0..count).for_each(|index| outbox.forward(index, usize::MAX)),
                // Switched off: told once.
                Err(error) if error.kind() == io::ErrorKind::NetworkDown => continue,
                Err(error) => return Err(error),
            }
            outbox.flush(ports[1 - from], &batch);
        }
    }
    Ok(())
}
