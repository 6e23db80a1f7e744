//! `AF_XDP` sockets (the kernel's `networking/af_xdp`), in copy mode, with buffers of their own.
//!
//! Frames lie in an area of chunks that the kernel and this process share. Whose a chunk is goes by four rings: the
//! process gives chunks to be filled and gets them back with frames in them, gives frames to be sent and gets their chunks
//! back when they were. A chunk is only ever read or written here while it is the process's.

use super::check;
use core::mem::{size_of, zeroed};
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicU32, Ordering};
use rustix::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use rustix::mm::{MapFlags, ProtFlags, mmap, mmap_anonymous, munmap};
use std::io;
use std::sync::Arc;

/// Bytes of a chunk.
const CHUNK: usize = 2048;
/// Most bytes of a frame: the kernel keeps the beginning of a chunk free for itself (`XDP_PACKET_HEADROOM`).
pub(crate) const LONGEST: usize = CHUNK - 256;
/// Frames that may wait to be read.
const RECEIVING: u32 = 2048;
/// Frames that may wait to be sent.
const SENDING: u32 = 512;

/// Memory that lasts as long as this does.
struct Memory {
    start: NonNull<u8>,
    bytes: usize,
}

// SAFETY: the memory is this value's own and not tied to a thread.
unsafe impl Send for Memory {}

impl Memory {
    fn area(bytes: usize) -> io::Result<Self> {
        // SAFETY: the kernel chooses a free address, so no memory of ours is replaced.
        let start =
            unsafe { mmap_anonymous(ptr::null_mut(), bytes, ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE) }?;
        Self::of(start.cast(), bytes)
    }

    /// A ring of the socket behind `fd`.
    fn ring(fd: BorrowedFd<'_>, bytes: usize, page: u64) -> io::Result<Self> {
        let (access, kind) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::SHARED | MapFlags::POPULATE);
        // SAFETY: as above; the kernel refuses a length that is more than the ring's.
        let start = unsafe { mmap(ptr::null_mut(), bytes, access, kind, fd, page) }?;
        Self::of(start.cast(), bytes)
    }

    fn of(start: *mut u8, bytes: usize) -> io::Result<Self> {
        NonNull::new(start).map(|start| Self { start, bytes }).ok_or_else(|| io::ErrorKind::OutOfMemory.into())
    }

    /// Where `bytes` bytes at `at` lie.
    fn place(&self, at: usize, bytes: usize) -> *mut u8 {
        assert!(at <= self.bytes && bytes <= self.bytes - at, "{at} + {bytes} bytes of {}", self.bytes);
        // SAFETY: inside of the mapping by the assertion.
        unsafe { self.start.as_ptr().add(at) }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and nothing refers into it any more. It can only fail for an address that is not
        // mapped.
        let _ = unsafe { munmap(self.start.as_ptr().cast(), self.bytes) };
    }
}

/// One ring of entries `T`, plain integers all of them. This side is its only producer or its only consumer.
struct Ring<T> {
    memory: Memory,
    producer: usize,
    consumer: usize,
    entries: usize,
    length: u32,
    /// How far this side is.
    next: u32,
    kind: core::marker::PhantomData<T>,
}

impl<T: Copy> Ring<T> {
    fn of(fd: BorrowedFd<'_>, offset: &libc::xdp_ring_offset, length: u32, page: u64) -> io::Result<Self> {
        let entries = offset.desc as usize;
        let memory = Memory::ring(fd, entries + length as usize * size_of::<T>(), page)?;
        let (producer, consumer) = (offset.producer as usize, offset.consumer as usize);
        Ok(Self { memory, producer, consumer, entries, length, next: 0, kind: core::marker::PhantomData })
    }

    fn counter(&self, at: usize) -> &AtomicU32 {
        #[allow(clippy::cast_ptr_alignment)] // looked at in the next line
        let place = self.memory.place(at, size_of::<u32>()).cast::<AtomicU32>();
        assert!(place.is_aligned(), "a ring's counter is aligned");
        // SAFETY: inside of the mapping and aligned; alive as long as `self`; the kernel writes it as a whole.
        unsafe { &*place }
    }

    fn entry(&self, number: u32) -> *mut T {
        let index = (number % self.length) as usize;
        self.memory.place(self.entries + index * size_of::<T>(), size_of::<T>()).cast()
    }

    /// Entries that this side has not yet taken.
    fn waiting(&self) -> u32 {
        self.counter(self.producer).load(Ordering::Acquire).wrapping_sub(self.next)
    }

    /// Entries that the other side has not yet taken.
    fn pending(&self) -> u32 {
        self.next.wrapping_sub(self.counter(self.consumer).load(Ordering::Acquire))
    }

    /// Takes one; [`Ring::taken`] says so.
    fn take(&mut self) -> Option<T> {
        if self.waiting() == 0 {
            return None;
        }
        // SAFETY: the kernel has written this entry and will not again before it is told that it was taken; any bits are
        // a `T`.
        let entry = unsafe { ptr::read_unaligned(self.entry(self.next)) };
        self.next = self.next.wrapping_add(1);
        Some(entry)
    }

    fn taken(&self) {
        self.counter(self.consumer).store(self.next, Ordering::Release);
    }

    /// Puts one in, if there is room; [`Ring::given`] says so.
    fn give(&mut self, entry: T) -> bool {
        if self.pending() >= self.length {
            return false;
        }
        // SAFETY: the kernel has taken what was here and will not read it again before it is told of it.
        unsafe { ptr::write_unaligned(self.entry(self.next), entry) };
        self.next = self.next.wrapping_add(1);
        true
    }

    fn given(&self) {
        self.counter(self.producer).store(self.next, Ordering::Release);
    }
}

/// A socket on the first queue of an interface.
pub(crate) struct Socket {
    received: Ring<libc::xdp_desc>,
    sending: Ring<libc::xdp_desc>,
    empty: Ring<u64>,
    sent: Ring<u64>,
    /// Chunks for frames that are to be sent.
    free: Vec<u64>,
    area: Memory,
    fd: Arc<OwnedFd>,
}

impl Socket {
    /// Hears nothing before a program hands it frames.
    pub(crate) fn open(index: u32) -> io::Result<Self> {
        // SAFETY: no pointer is passed.
        let fd = check(unsafe { libc::socket(libc::AF_XDP, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 0) })?;
        // SAFETY: the descriptor is new and belongs to nobody else.
        let fd = unsafe { OwnedFd::from_raw_fd(fd) };
        let chunks = u64::from(RECEIVING + SENDING);
        let area = Memory::area(chunks as usize * CHUNK)?;
        // SAFETY: integers, of which zeros are valid.
        let mut shared: libc::xdp_umem_reg = unsafe { zeroed() };
        shared.addr = area.start.as_ptr() as u64;
        shared.len = area.bytes as u64;
        shared.chunk_size = CHUNK as u32;
        set(&fd, libc::XDP_UMEM_REG, &shared)?;
        set(&fd, libc::XDP_UMEM_FILL_RING, &RECEIVING)?;
        set(&fd, libc::XDP_UMEM_COMPLETION_RING, &SENDING)?;
        set(&fd, libc::XDP_RX_RING, &RECEIVING)?;
        set(&fd, libc::XDP_TX_RING, &SENDING)?;
        // SAFETY: as above.
        let mut offsets: libc::xdp_mmap_offsets = unsafe { zeroed() };
        read(&fd, libc::XDP_MMAP_OFFSETS, &mut offsets)?;
        let mut socket = Self {
            received: Ring::of(fd.as_fd(), &offsets.rx, RECEIVING, libc::XDP_PGOFF_RX_RING as u64)?,
            sending: Ring::of(fd.as_fd(), &offsets.tx, SENDING, libc::XDP_PGOFF_TX_RING as u64)?,
            empty: Ring::of(fd.as_fd(), &offsets.fr, RECEIVING, libc::XDP_UMEM_PGOFF_FILL_RING)?,
            sent: Ring::of(fd.as_fd(), &offsets.cr, SENDING, libc::XDP_UMEM_PGOFF_COMPLETION_RING)?,
            free: (u64::from(RECEIVING)..chunks).map(|chunk| chunk * CHUNK as u64).collect(),
            area,
            fd: Arc::new(fd),
        };
        for chunk in 0..u64::from(RECEIVING) {
            socket.empty.give(chunk * CHUNK as u64);
        }
        socket.empty.given();
        socket.bind(index)?;
        Ok(socket)
    }

    fn bind(&self, index: u32) -> io::Result<()> {
        // SAFETY: integers, of which zeros are valid.
        let mut address: libc::sockaddr_xdp = unsafe { zeroed() };
        address.sxdp_family = libc::AF_XDP as u16;
        address.sxdp_flags = libc::XDP_COPY | libc::XDP_USE_NEED_WAKEUP;
        address.sxdp_ifindex = index;
        let length = size_of::<libc::sockaddr_xdp>() as libc::socklen_t;
        // SAFETY: the pointer and the length are those of a local `sockaddr_xdp`.
        check(unsafe { libc::bind(self.fd.as_raw_fd(), ptr::from_ref(&address).cast(), length) })?;
        Ok(())
    }

    /// Copies the next frame to the beginning of `room`; its length, or `None` when none waits. One that is longer than
    /// `room` is lost. To be followed by [`Socket::read`].
    pub(crate) fn receive(&mut self, room: &mut [u8]) -> Option<usize> {
        loop {
            let libc::xdp_desc { addr, len, .. } = self.received.take()?;
            let length = len as usize;
            let fits = length <= room.len();
            if fits {
                let from = self.area.place(addr as usize, length);
                // SAFETY: inside of the area, in a chunk that is ours now, and no part of `room`, which is borrowed.
                unsafe { ptr::copy_nonoverlapping(from, room.as_mut_ptr(), length) };
            }
            // There are as many chunks for this ring as it has room for.
            self.empty.give(addr - addr % CHUNK as u64);
            if fits {
                return Some(length);
            }
        }
    }

    /// What was received need not be kept any longer.
    pub(crate) fn read(&self) {
        self.received.taken();
        self.empty.given();
    }

    /// Puts a frame among those that leave; whether there is room. To be followed by [`Socket::written`].
    pub(crate) fn send(&mut self, frame: &[u8]) -> bool {
        if frame.len() > LONGEST {
            return false;
        }
        // At once, so that few chunks are used, which stay in the cache.
        self.reclaim();
        let Some(chunk) = self.free.pop() else { return false };
        let to = self.area.place(chunk as usize, frame.len());
        // SAFETY: inside of the area, in a chunk that is ours until the kernel is told of it.
        unsafe { ptr::copy_nonoverlapping(frame.as_ptr(), to, frame.len()) };
        // There are as many chunks to send as the ring has room for.
        self.sending.give(libc::xdp_desc { addr: chunk, len: frame.len() as u32, options: 0 })
    }

    fn reclaim(&mut self) {
        if self.sent.waiting() == 0 {
            return;
        }
        while let Some(chunk) = self.sent.take() {
            self.free.push(chunk);
        }
        self.sent.taken();
    }

    /// What was put in leaves with the next poll of the socket, or with [`Socket::kick`]. How many frames wait to leave.
    pub(crate) fn written(&self) -> u32 {
        self.sending.given();
        self.sending.pending()
    }

    /// Has frames leave now, some thirty at most. It need not be told of a failure: what did not leave waits.
    pub(crate) fn kick(&self) {
        // SAFETY: no buffer and no address are passed.
        let _ = unsafe { libc::sendto(self.fd.as_raw_fd(), ptr::null(), 0, libc::MSG_DONTWAIT, ptr::null(), 0) };
    }

    /// Frames so far that found no room.
    pub(crate) fn lost(&self) -> io::Result<u64> {
        // SAFETY: integers, of which zeros are valid.
        let mut counts: libc::xdp_statistics = unsafe { zeroed() };
        read(&self.fd, libc::XDP_STATISTICS, &mut counts)?;
        Ok(counts.rx_dropped + counts.rx_ring_full)
    }

    /// What to wait for it by.
    pub(crate) fn descriptor(&self) -> Arc<OwnedFd> {
        self.fd.clone()
    }
}

fn set<T>(fd: &OwnedFd, option: i32, value: &T) -> io::Result<()> {
    let length = size_of::<T>() as libc::socklen_t;
    // SAFETY: the kernel reads `length` bytes behind a reference. The one value that holds an address, that of the area,
    // is of memory that lasts longer than the socket uses it: the kernel keeps its pages.
    check(unsafe { libc::setsockopt(fd.as_raw_fd(), libc::SOL_XDP, option, ptr::from_ref(value).cast(), length) })?;
    Ok(())
}

fn read<T>(fd: &OwnedFd, option: i32, value: &mut T) -> io::Result<()> {
    let mut length = size_of::<T>() as libc::socklen_t;
    let out = ptr::from_mut(value).cast();
    // SAFETY: the kernel writes at most `length` bytes behind an exclusive reference; both callers pass structures of
    // integers, of which every bit pattern is valid.
    check(unsafe { libc::getsockopt(fd.as_raw_fd(), libc::SOL_XDP, option, out, &raw mut length) })?;
    Ok(())
}
