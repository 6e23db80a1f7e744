//! Recordings of a plant's traffic that never took place: as many packets of Modbus/TCP as wanted, in a pcap file, the
//! same for the same seed.
//!
//! `conversation` holds what each controller is asked, `frame` lays bytes into segments, packets and frames, `random` draws.
//! For benchmarks and tests, which know from [`Recorded`] what must be found.

mod conversation;
mod frame;
mod random;

use conversation::Conversation;
use frame::Packets;
use random::Random;
use std::io::{self, Write};
use std::net::Ipv4Addr;

/// What is to be recorded.
#[derive(Clone, Copy, Debug)]
pub struct Recording {
    /// Packets at most; the file ends with the last whole exchange and the ends of all connections.
    pub packets: u64,
    /// Equal seeds give equal files.
    pub seed: u64,
    /// Stations that ask; each has one connection to every controller. At most 250.
    pub clients: u8,
    /// Controllers that answer. At most 250.
    pub servers: u8,
    /// Of a thousand requests, how many write a setpoint within its limits.
    pub writes: u32,
    /// Of a thousand requests, how many the policy of [`Recording::LIMIT`] denies: half of them write a value that is too
    /// great, half an item that nobody may touch.
    pub denied: u32,
    /// Whether every response is followed by an acknowledgement of its own, as it is where stations poll slowly; without,
    /// the next request acknowledges it.
    pub acknowledged: bool,
}

impl Recording {
    /// A plant of usual size that is polled fast, and nothing that its policy denies.
    pub const USUAL: Self =
        Self { packets: 2_000_000, seed: 1, clients: 4, servers: 50, writes: 20, denied: 0, acknowledged: false };

    /// The setpoints that may be written, with values from 0 to [`Recording::LIMIT`].
    pub const SETPOINTS: core::ops::RangeInclusive<u16> = 200..=211;
    /// The greatest value that a setpoint takes.
    pub const LIMIT: u16 = 1000;
    /// The coils that may be written.
    pub const SWITCHES: core::ops::RangeInclusive<u16> = 40..=47;
    /// A holding register that nobody may write.
    pub const LOCKED: u16 = 300;

    /// The address of a station.
    pub const fn client(number: u8) -> Ipv4Addr {
        Ipv4Addr::new(198, 18, 0, number + 1)
    }

    /// The address of a controller, which is unit 1.
    pub const fn server(number: u8) -> Ipv4Addr {
        Ipv4Addr::new(198, 19, 0, number + 1)
    }
}

/// What was recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Packets in the file.
    pub packets: u64,
    /// Requests, and as many responses.
    pub requests: u64,
    /// Requests that write and are within limits.
    pub writes: u64,
    /// Requests that the policy denies.
    pub denied: u64,
}

impl Recording {
    /// Writes the file.
    ///
    /// # Errors
    /// When it cannot be written.
    ///
    /// # Panics
    /// When there are more than 250 clients or servers, or none.
    pub fn write(&self, to: &mut impl Write) -> io::Result<Recorded> {
        assert!((1..=250).contains(&self.clients) && (1..=250).contains(&self.servers), "1 to 250 of each");
        let mut random = Random::new(self.seed);
        let mut packets = Packets::begin(to)?;
        let mut recorded = Recorded::default();
        let pairs = (0..self.clients).flat_map(|client| (0..self.servers).map(move |server| (client, server)));
        let mut conversations: Vec<_> =
            pairs.map(|(client, server)| Conversation::new(client, server, &mut random)).collect();
        for conversation in &mut conversations {
            conversation.open(&mut packets)?;
        }
        let (exchange, endings) = (if self.acknowledged { 3 } else { 2 }, 3 * conversations.len() as u64);
        'polling: loop {
            for conversation in &mut conversations {
                if packets.count() + exchange + endings > self.packets {
                    break 'polling;
                }
                conversation.exchange(self, &mut random, &mut packets, &mut recorded)?;
            }
        }
        for conversation in &mut conversations {
            conversation.close(&mut packets)?;
        }
        recorded.packets = packets.count();
        Ok(recorded)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SMALL: Recording =
        Recording { packets: 5_000, clients: 2, servers: 3, writes: 100, denied: 50, ..Recording::USUAL };

    fn recorded(recording: &Recording) -> (Recorded, Vec<u8>) {
        let mut file = Vec::new();
        (recording.write(&mut file).unwrap(), file)
    }

    #[test]
    fn a_seed_gives_one_file_and_another_seed_another() {
        assert_eq!(recorded(&SMALL), recorded(&SMALL));
        assert_ne!(recorded(&SMALL).1, recorded(&Recording { seed: 2, ..SMALL }).1);
    }

    #[test]
    fn the_file_holds_as_many_packets_as_it_says() {
        for acknowledged in [false, true] {
            let (told, file) = recorded(&Recording { acknowledged, ..SMALL });
            let (mut at, mut packets) = (24, 0);
            while at < file.len() {
                let length = u32::from_le_bytes(file[at + 8..at + 12].try_into().unwrap());
                at += 16 + length as usize;
                packets += 1;
            }
            assert_eq!((at, packets), (file.len(), told.packets));
            assert!((SMALL.packets - 2..=SMALL.packets).contains(&told.packets));
            assert!(told.writes > told.requests / 20 && told.denied > told.requests / 40);
        }
    }
}
