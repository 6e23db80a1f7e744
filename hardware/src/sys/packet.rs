//! `AF_PACKET` sockets: packet(7).

use super::check;
use core::mem::{size_of, size_of_val, zeroed};
use core::ptr;
use rustix::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::io;

/// Most frames of one [`receive`].
pub(crate) const MOST: usize = 32;
/// Room for the one control message of a frame, `tpacket_auxdata`, as `CMSG_SPACE` counts it.
const CONTROL: usize = (size_of::<libc::cmsghdr>() + size_of::<libc::tpacket_auxdata>()).div_ceil(8);

/// A socket option of level `SOL_PACKET`, or a buffer's size, that is a plain integer.
#[derive(Clone, Copy)]
pub(crate) enum Flag {
    /// Tell of VLAN tags and checksums beside each frame.
    Auxdata,
    /// A `virtio_net_hdr` before each frame, both ways.
    VnetHeader,
    /// Frames that leave the interface are not shown.
    IgnoreOutgoing,
    /// Bytes that may wait to be read, whatever the system's usual limit.
    ReceiveBuffer,
    /// Bytes that may wait to be sent.
    SendBuffer,
}

/// What came with one frame.
#[derive(Clone, Copy, Default)]
pub(crate) struct Received {
    /// Bytes in the buffer, the `virtio_net_hdr` included.
    pub(crate) length: usize,
    /// Whether the frame was longer than its buffer.
    pub(crate) truncated: bool,
    /// The VLAN tag that the kernel took off: its type and its control information.
    pub(crate) vlan: Option<(u16, u16)>,
}

/// A raw socket that hears nothing before it is bound.
pub(crate) fn open() -> io::Result<OwnedFd> {
    let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    // SAFETY: no pointer is passed.
    let fd = check(unsafe { libc::socket(libc::AF_PACKET, kind, 0) })?;
    // SAFETY: the descriptor is new and belongs to nobody else.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Hears every protocol of one interface from now on.
pub(crate) fn bind(fd: BorrowedFd<'_>, index: u32) -> io::Result<()> {
    // SAFETY: a `sockaddr_ll` of zeros is valid.
    let mut address: libc::sockaddr_ll = unsafe { zeroed() };
    address.sll_family = libc::AF_PACKET as u16;
    address.sll_protocol = (libc::ETH_P_ALL as u16).to_be();
    address.sll_ifindex = index.cast_signed();
    // SAFETY: the pointer and the length are those of a local `sockaddr_ll`.
    check(unsafe {
        libc::bind(fd.as_raw_fd(), ptr::from_ref(&address).cast(), size_of::<libc::sockaddr_ll>() as libc::socklen_t)
    })?;
    Ok(())
}

/// Sets an integer option.
pub(crate) fn set(fd: BorrowedFd<'_>, flag: Flag, value: i32) -> io::Result<()> {
    let (level, option) = match flag {
        Flag::Auxdata => (libc::SOL_PACKET, libc::PACKET_AUXDATA),
        Flag::VnetHeader => (libc::SOL_PACKET, libc::PACKET_VNET_HDR),
        Flag::IgnoreOutgoing => (libc::SOL_PACKET, libc::PACKET_IGNORE_OUTGOING),
        Flag::ReceiveBuffer => (libc::SOL_SOCKET, libc::SO_RCVBUFFORCE),
        Flag::SendBuffer => (libc::SOL_SOCKET, libc::SO_SNDBUFFORCE),
    };
    option_of(fd, level, option, &value)
}

/// Joins the group `id` of sockets that share an interface's frames, or founds a group with an id of the kernel's
/// choice; which frame goes to which is up to the program of [`spread`].
pub(crate) fn join(fd: BorrowedFd<'_>, id: Option<u16>) -> io::Result<()> {
    let kind = libc::PACKET_FANOUT_CBPF
        | libc::PACKET_FANOUT_FLAG_IGNORE_OUTGOING
        | if id.is_none() { libc::PACKET_FANOUT_FLAG_UNIQUEID } else { 0 };
    let value = u32::from(id.unwrap_or(0)) | kind << 16;
    option_of(fd, libc::SOL_PACKET, libc::PACKET_FANOUT, &value.cast_signed())
}

/// The id of the group that a socket has joined.
pub(crate) fn group(fd: BorrowedFd<'_>) -> io::Result<u16> {
    let mut value = 0_u32;
    read_option(fd, libc::PACKET_FANOUT, &mut value)?;
    Ok((value & 0xFFFF) as u16)
}

/// Gives a group its program: what it returns, modulo the number of members, is the member that receives the frame.
pub(crate) fn spread(fd: BorrowedFd<'_>, program: &mut [libc::sock_filter]) -> io::Result<()> {
    let length = libc::c_ushort::try_from(program.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let program = libc::sock_fprog { len: length, filter: program.as_mut_ptr() };
    option_of(fd, libc::SOL_PACKET, libc::PACKET_FANOUT_DATA, &program)
}

/// Frames that the socket was given and frames that found no room in its buffer, since the last call.
pub(crate) fn statistics(fd: BorrowedFd<'_>) -> io::Result<(u32, u32)> {
    let mut counts = libc::tpacket_stats { tp_packets: 0, tp_drops: 0 };
    read_option(fd, libc::PACKET_STATISTICS, &mut counts)?;
    Ok((counts.tp_packets, counts.tp_drops))
}

fn option_of<T>(fd: BorrowedFd<'_>, level: i32, option: i32, value: &T) -> io::Result<()> {
    let length = size_of_val(value) as libc::socklen_t;
    // SAFETY: the kernel reads `length` bytes behind a reference that lives for the call. The one value that holds a
    // pointer, the program of `spread`, points at a slice that its caller borrows for longer.
    check(unsafe { libc::setsockopt(fd.as_raw_fd(), level, option, ptr::from_ref(value).cast(), length) })?;
    Ok(())
}

fn read_option<T: Copy>(fd: BorrowedFd<'_>, option: i32, value: &mut T) -> io::Result<()> {
    let mut length = size_of::<T>() as libc::socklen_t;
    let out = ptr::from_mut(value).cast();
    // SAFETY: the kernel writes at most `length` bytes behind an exclusive reference; both callers pass structures of
    // integers, of which every bit pattern is valid.
    check(unsafe { libc::getsockopt(fd.as_raw_fd(), libc::SOL_PACKET, option, out, &raw mut length) })?;
    Ok(())
}

/// Reads up to `wanted` frames without waiting, each into its own `room` bytes of `storage`; how many came. What came
/// with them is written to `out`.
pub(crate) fn receive(
    fd: BorrowedFd<'_>,
    storage: &mut [u8],
    room: usize,
    wanted: usize,
    out: &mut [Received; MOST],
) -> io::Result<usize> {
    let wanted = wanted.min(MOST).min(storage.len() / room);
    let mut control = [[0_u64; CONTROL]; MOST];
    // SAFETY: headers of zeros are valid: no buffer, no address, no control message.
    let mut parts: [libc::iovec; MOST] = unsafe { zeroed() };
    // SAFETY: as above.
    let mut headers: [libc::mmsghdr; MOST] = unsafe { zeroed() };
    for (index, buffer) in storage.chunks_exact_mut(room).take(wanted).enumerate() {
        parts[index] = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: room };
        let header = &mut headers[index].msg_hdr;
        header.msg_iov = &raw mut parts[index];
        header.msg_iovlen = 1;
        header.msg_control = control[index].as_mut_ptr().cast();
        header.msg_controllen = size_of_val(&control[index]);
    }
    // SAFETY: each header points at its own part of `storage`, its own vector and its own control buffer, all of which
    // are borrowed or local, distinct and alive for the call; `wanted` is at most their number.
    let count = check(unsafe {
        libc::recvmmsg(
            fd.as_raw_fd(),
            headers.as_mut_ptr(),
            wanted as libc::c_uint,
            libc::MSG_DONTWAIT | libc::MSG_TRUNC,
            ptr::null_mut(),
        )
    })?;
    let count = count.unsigned_abs() as usize;
    for index in 0..count {
        let length = headers[index].msg_len as usize;
        out[index] = Received {
            length: length.min(room),
            truncated: length > room,
            vlan: tag(&control[index], headers[index].msg_hdr.msg_controllen),
        };
    }
    Ok(count)
}

/// The VLAN tag in a control buffer of which `filled` bytes were written.
fn tag(control: &[u64; CONTROL], filled: usize) -> Option<(u16, u16)> {
    if filled < size_of::<libc::cmsghdr>() + size_of::<libc::tpacket_auxdata>() {
        return None;
    }
    let bytes = control.as_ptr().cast::<u8>();
    // SAFETY: the buffer is longer than a `cmsghdr` and initialised; a read without alignment.
    let header = unsafe { ptr::read_unaligned(control.as_ptr().cast::<libc::cmsghdr>()) };
    if (header.cmsg_level, header.cmsg_type) != (libc::SOL_PACKET, libc::PACKET_AUXDATA) {
        return None;
    }
    // SAFETY: the buffer holds a `tpacket_auxdata` behind the header, by its size; a read without alignment.
    let aux = unsafe { ptr::read_unaligned(bytes.add(size_of::<libc::cmsghdr>()).cast::<libc::tpacket_auxdata>()) };
    if aux.tp_status & libc::TP_STATUS_VLAN_VALID == 0 {
        return None;
    }
    let typed = aux.tp_status & libc::TP_STATUS_VLAN_TPID_VALID != 0;
    Some((if typed { aux.tp_vlan_tpid } else { libc::ETH_P_8021Q as u16 }, aux.tp_vlan_tci))
}
