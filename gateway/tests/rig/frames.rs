//! Modbus/TCP messages, written out by hand: the tests must not share the parser that they test.

/// A message of `unit` around `pdu`.
pub(crate) fn adu(transaction: u16, unit: u8, pdu: &[u8]) -> Vec<u8> {
    let mut out = transaction.to_be_bytes().to_vec();
    out.extend([0, 0]);
    out.extend((pdu.len() as u16 + 1).to_be_bytes());
    out.push(unit);
    out.extend(pdu);
    out
}

/// A PDU of a function and 16-bit fields.
pub(crate) fn pdu(function: u8, words: &[u16]) -> Vec<u8> {
    let mut out = vec![function];
    out.extend(words.iter().flat_map(|w| w.to_be_bytes()));
    out
}

/// Read `count` holding registers from `address`.
pub(crate) fn read(transaction: u16, address: u16, count: u16) -> Vec<u8> {
    adu(transaction, 1, &pdu(3, &[address, count]))
}

/// Write one holding register.
pub(crate) fn write(transaction: u16, address: u16, value: u16) -> Vec<u8> {
    adu(transaction, 1, &pdu(6, &[address, value]))
}

/// Write holding registers.
pub(crate) fn write_many(transaction: u16, address: u16, values: &[u16]) -> Vec<u8> {
    let mut body = pdu(16, &[address, values.len() as u16]);
    body.push(values.len() as u8 * 2);
    body.extend(values.iter().flat_map(|v| v.to_be_bytes()));
    adu(transaction, 1, &body)
}

/// An exception response.
pub(crate) fn exception(transaction: u16, function: u8, code: u8) -> Vec<u8> {
    adu(transaction, 1, &[function | 0x80, code])
}

/// What an honest device answers: register `n` holds `n + 100`; a write is echoed.
pub(crate) fn honest(request: &[u8]) -> Vec<u8> {
    let (header, body) = request.split_at(7);
    let word = |at: usize| u16::from_be_bytes([body[at], body[at + 1]]);
    let answer = match body[0] {
        3 | 4 => {
            let mut out = vec![body[0], word(3) as u8 * 2];
            out.extend((0..word(3)).flat_map(|i| (word(1) + i + 100).to_be_bytes()));
            out
        }
        5 | 6 | 15 | 16 => body[..5].to_vec(),
        function => vec![function | 0x80, 1],
    };
    adu(u16::from_be_bytes([header[0], header[1]]), header[6], &answer)
}

/// The length of the first message of a stream, once it is whole.
pub(crate) fn first(bytes: &[u8]) -> Option<usize> {
    let header = bytes.first_chunk::<6>()?;
    let whole = 6 + usize::from(u16::from_be_bytes([header[4], header[5]]));
    (bytes.len() >= whole).then_some(whole)
}

/// Splits a stream into its messages and what is left.
pub(crate) fn split(mut bytes: &[u8]) -> (Vec<Vec<u8>>, Vec<u8>) {
    let mut messages = Vec::new();
    while let Some(whole) = first(bytes) {
        messages.push(bytes[..whole].to_vec());
        bytes = &bytes[whole..];
    }
    (messages, bytes.to_vec())
}
