//! A capture of conversations, written out by hand.

/// A host: the last byte of its address 192.0.2.x and of its hardware address.
pub(crate) type Host = u8;

/// Builds a pcap file; every packet comes 100 ms after the one before.
pub(crate) struct Capture {
    file: Vec<u8>,
    packets: u32,
}

/// One TCP connection of a client to port 502 of a server.
pub(crate) struct Connection {
    client: Host,
    server: Host,
    port: u16,
    sent: [u32; 2],
}

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const PUSH: u8 = 0x08;
const ACK: u8 = 0x10;

impl Capture {
    pub(crate) fn new() -> Self {
        let mut file = 0xa1b2_c3d4_u32.to_le_bytes().to_vec();
        file.extend([2, 0, 4, 0]);
        file.extend([0; 8]);
        file.extend(65_535_u32.to_le_bytes());
        file.extend(1_u32.to_le_bytes());
        Self { file, packets: 0 }
    }

    /// The file's bytes.
    pub(crate) fn bytes(self) -> Vec<u8> {
        self.file
    }

    /// Opens a connection.
    pub(crate) fn open(&mut self, client: Host, server: Host, port: u16) -> Connection {
        let mut connection = Connection { client, server, port, sent: [1_000, 9_000] };
        self.segment(&mut connection, 0, SYN, b"");
        self.segment(&mut connection, 1, SYN | ACK, b"");
        self.segment(&mut connection, 0, ACK, b"");
        connection
    }

    /// A request and its answer.
    pub(crate) fn exchange(&mut self, connection: &mut Connection, request: &[u8], answer: &[u8]) {
        self.segment(connection, 0, PUSH | ACK, request);
        self.segment(connection, 1, PUSH | ACK, answer);
    }

    /// Closes a connection.
    pub(crate) fn close(&mut self, mut connection: Connection) {
        self.segment(&mut connection, 0, FIN | ACK, b"");
        self.segment(&mut connection, 1, FIN | ACK, b"");
        self.segment(&mut connection, 0, ACK, b"");
    }

    /// A datagram.
    pub(crate) fn datagram(&mut self, from: Host, to: Host, port: u16, bytes: &[u8]) {
        let mut udp = [50_000_u16, port, 8 + bytes.len() as u16, 0].map(u16::to_be_bytes).concat();
        udp.extend(bytes);
        self.packet(from, to, 17, udp, 6);
    }

    /// A segment of the client (0) or the server (1).
    fn segment(&mut self, connection: &mut Connection, side: usize, flags: u8, bytes: &[u8]) {
        let Connection { client, server, port, sent } = connection;
        let ends = [(*client, *port), (*server, 502)];
        let ((from, source), (to, destination)) = (ends[side], ends[1 - side]);
        let mut tcp = [source, destination].map(u16::to_be_bytes).concat();
        tcp.extend(sent[side].to_be_bytes());
        tcp.extend(if flags & ACK == 0 { 0 } else { sent[1 - side] }.to_be_bytes());
        tcp.extend([0x50, flags]);
        tcp.extend([0xff, 0xff, 0, 0, 0, 0]);
        tcp.extend(bytes);
        sent[side] += bytes.len() as u32 + u32::from(flags & (SYN | FIN) != 0);
        self.packet(from, to, 6, tcp, 16);
    }

    /// A packet around a transport's bytes, whose checksum stands at `place`.
    fn packet(&mut self, from: Host, to: Host, protocol: u8, mut bytes: Vec<u8>, place: usize) {
        let addresses = [192, 0, 2, from, 192, 0, 2, to];
        let length = (bytes.len() as u16).to_be_bytes();
        let pseudo = [&addresses[..], &[0, protocol], &length, &bytes].concat();
        bytes[place..place + 2].copy_from_slice(&checksum(&pseudo));
        let mut ip = vec![0x45, 0];
        ip.extend((20 + bytes.len() as u16).to_be_bytes());
        ip.extend([0, 0, 0x40, 0, 64, protocol, 0, 0]);
        ip.extend(addresses);
        let sum = checksum(&ip);
        ip[10..12].copy_from_slice(&sum);
        let mut frame = [2, 0, 0, 0, 0, to, 2, 0, 0, 0, 0, from, 8, 0].to_vec();
        frame.extend(ip);
        frame.extend(bytes);
        let (seconds, rest) = (1_700_000_000 + self.packets / 10, self.packets % 10 * 100_000);
        for number in [seconds, rest, frame.len() as u32, frame.len() as u32] {
            self.file.extend(number.to_le_bytes());
        }
        self.file.extend(frame);
        self.packets += 1;
    }
}

/// The internet checksum.
fn checksum(bytes: &[u8]) -> [u8; 2] {
    let words = bytes.chunks(2).map(|w| u32::from(w[0]) << 8 | u32::from(*w.get(1).unwrap_or(&0)));
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    (!(sum as u16)).to_be_bytes()
}
