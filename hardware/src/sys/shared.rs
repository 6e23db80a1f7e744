//! Memory that this process and the kernel share: the value of a BPF map of one entry, which is an array of words.

use core::ptr::NonNull;
use core::sync::atomic::AtomicU64;
use rustix::fd::BorrowedFd;
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};
use std::io;

/// Words in the memory: one page on every architecture.
pub(crate) const WORDS: u16 = 512;
const BYTES: usize = 8 * WORDS as usize;

/// The memory, mapped for as long as this lives.
#[derive(Debug)]
pub(crate) struct Words(NonNull<AtomicU64>);

// SAFETY: the memory holds nothing but atomics, and the pointer is not tied to a thread.
unsafe impl Send for Words {}
// SAFETY: as above; a shared reference gives shared references to atomics alone.
unsafe impl Sync for Words {}

impl Words {
    /// Maps the value of the map behind `fd`, which must be [`WORDS`] words long and mappable.
    pub(crate) fn of(fd: BorrowedFd<'_>) -> io::Result<Self> {
        let (access, kind) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::SHARED);
        // SAFETY: the kernel chooses a free address, so no memory of ours is replaced; it refuses a length that is more
        // than the map's.
        let start = unsafe { mmap(core::ptr::null_mut(), BYTES, access, kind, fd, 0) }?;
        NonNull::new(start.cast()).map(Self).ok_or_else(|| io::ErrorKind::OutOfMemory.into())
    }

    /// One word; `index` is below [`WORDS`].
    pub(crate) fn word(&self, index: u16) -> &AtomicU64 {
        assert!(index < WORDS, "the shared memory has {WORDS} words");
        // SAFETY: inside of the mapping by the assertion; aligned, for the mapping begins at a page; alive as long as
        // `self`; written by others (the kernel's program) only as whole words.
        unsafe { self.0.add(usize::from(index)).as_ref() }
    }
}

impl Drop for Words {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and every reference into it has ended with the borrow of `self`.
        // It can only fail for an address that is not mapped.
        let _ = unsafe { munmap(self.0.as_ptr().cast(), BYTES) };
    }
}
