//! Bounds on what an observer keeps, and what happens when one is reached.

use core::time::Duration;

/// What one observer may hold at most. Each bound that was reached is counted under its word in [`crate::observe::Summary::anomalies`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Flows followed at once; the one that was quiet for longest makes room (`flow-table-full`). Default 65,536.
    pub flows: usize,
    /// Bytes that all flows together hold back or remember; the flow that was quiet for longest is forgotten until they
    /// fit (`flow-memory-full`). Default 32 MiB.
    pub flow_bytes: usize,
    /// Segments that one direction of a flow keeps while one before them is missing; the gap is given up when another
    /// one comes (`tcp-gap`). Default 64.
    pub segments: usize,
    /// Bytes of those segments (`tcp-gap`). Default 64 KiB.
    pub segment_bytes: usize,
    /// Bytes of one incomplete message (`held-full`). Default 64 KiB.
    pub held_bytes: usize,
    /// Requests of one flow that may wait for their responses (`outstanding-full`). Default 128.
    pub outstanding: usize,
    /// How long a request waits for its response before it is forgotten. Default 30 s.
    pub patience: Duration,
    /// Incomplete datagrams that wait for fragments; the oldest makes room (`fragment-table-full`). Default 256.
    pub datagrams: usize,
    /// Bytes of those datagrams (`fragment-table-full`). Default 4 MiB.
    pub datagram_bytes: usize,
    /// How long a datagram waits for its fragments (`fragment-timeout`). Default 30 s.
    pub datagram_age: Duration,
    /// Devices that the summary lists; later ones are left out (`device-table-full`). Default 16,384.
    pub devices: usize,
    /// Ports, Ethertypes and the like that the summary counts apart; later ones are counted together, as `other`.
    /// Default 1,024.
    pub unidentified: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            flows: 65_536,
            flow_bytes: 32 << 20,
            segments: 64,
            segment_bytes: 64 << 10,
            held_bytes: 64 << 10,
            outstanding: 128,
            patience: Duration::from_secs(30),
            datagrams: 256,
            datagram_bytes: 4 << 20,
            datagram_age: Duration::from_secs(30),
            devices: 16_384,
            unidentified: 1_024,
        }
    }
}
