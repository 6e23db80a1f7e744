//! The allocator of the program, and giving memory back to the system.
//!
//! Reading a site takes several times the memory that its policy keeps. The C library's allocator would hold on to all
//! of it for good; this one gives it back when asked (ADR 0011).

use tikv_jemalloc_ctl::{Access, AsName};
use tikv_jemallocator::Jemalloc;

#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// Where the memory that a thread asks for lies; it stays there whoever frees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Arena(u32);

impl Arena {
    /// That of this thread.
    pub fn own() -> Option<Self> {
        b"thread.arena\0"[..].name().read().ok().map(Self)
    }

    /// Gives back what is free in it. Called when a policy was read or let go, and never by what carries traffic.
    pub fn give_back(self) {
        let decay = format!("arena.{}.dirty_decay_ms\0", self.0);
        let decay = decay.as_bytes().name();
        // A decay of nothing gives back at once; the one before keeps later allocations quick. A failure costs memory
        // alone.
        let before: Result<isize, _> = decay.read();
        if let Ok(before) = before {
            let _ = decay.write(0isize).and_then(|()| decay.write(before));
        }
    }
}

/// Hands back to the arenas what this thread has freed and kept for itself; before they give back, or it holds pages.
pub fn let_go() {
    let kept = b"thread.tcache.enabled\0"[..].name();
    let _ = kept.write(false).and_then(|()| kept.write(true));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::hint::black_box;
    use std::thread;

    #[test]
    fn an_arena_is_given_back_by_another_thread() {
        let (arena, kept) = thread::spawn(|| {
            let kept: Vec<Vec<u8>> = (0..64).map(|_| black_box(vec![1; 1 << 20])).collect();
            (Arena::own().unwrap(), kept)
        })
        .join()
        .unwrap();
        drop(kept);
        let before = resident();
        arena.give_back();
        assert!(resident() + (32 << 20) < before, "{before} before, {} after", resident());
    }

    /// Bytes of this process in memory.
    fn resident() -> usize {
        let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
        pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
    }
}
