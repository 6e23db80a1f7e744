//! Modbus messages of a fixed shape. Holding registers below 200 may be read, below 8 be written.

/// Twelve bytes.
pub fn read(tid: u8) -> Vec<u8> {
    vec![0, tid, 0, 0, 0, 6, 1, 3, 0, 3, 0, 1]
}

/// Twelve bytes, which the policy denies.
pub fn write(tid: u8) -> Vec<u8> {
    vec![0, tid, 0, 0, 0, 6, 1, 6, 0, 99, 0, 1]
}

/// Eleven bytes: what the device answers to [`read`].
pub fn answer(tid: u8) -> Vec<u8> {
    vec![0, tid, 0, 0, 0, 5, 1, 3, 2, 0, 7]
}

/// Nine bytes: what the client hears of [`write`], an illegal data address.
pub fn refusal(tid: u8) -> Vec<u8> {
    vec![0, tid, 0, 0, 0, 3, 1, 0x86, 2]
}

/// Nine bytes: what stands in the place of a denied answer to [`read`], gateway target device failed to respond.
pub fn replacement(tid: u8) -> Vec<u8> {
    vec![0, tid, 0, 0, 0, 3, 1, 0x83, 11]
}
