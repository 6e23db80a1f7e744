//! The allocator of the program, and giving memory back to the system.
//!
//! Reading a site takes several times the memory that its policy keeps. The C library's allocator would hold on to all
//! of it for good; this one gives it back when asked (ADR 0011).

use tikv_jemalloc_ctl::{Access, AsName};
use tikv_jemallocator::Jemalloc;

#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// Gives back what this thread has freed. Called when a policy was read, and never by what carries traffic.
pub fn give_back() {
    let arena: Result<u32, _> = b"thread.arena\0"[..].name().read();
    let Ok(arena) = arena else { return };
    let decay = format!("arena.{arena}.dirty_decay_ms\0");
    let decay = decay.as_bytes().name();
    // A decay of nothing gives back at once; the one before keeps later allocations quick. A failure costs memory alone.
    let before: Result<isize, _> = decay.read();
    if let Ok(before) = before {
        let _ = decay.write(0isize).and_then(|()| decay.write(before));
    }
}
