//! Messages that answer nothing that was asked, or something else than was asked.

use super::Row;
use super::pair::Pair;
use crate::evasion::row::SOON;
use crate::rig::frames;
use crate::site::FORBIDDEN;

pub(super) const ROWS: &[Row] = &[
    Row::new("unsolicited", "an answer although nothing was asked", |p| {
        p.open();
        p.poll();
        let forged = p.forged(&[7, 7]);
        p.lie(&forged);
    }),
    Row::new("unsolicited, first of all", "an answer before the client ever asked", |p| {
        p.open();
        let forged = p.forged(&[3, 1]);
        p.lie(&forged);
    }),
    Row::new("foretold", "the answer to the next request, before it is asked", |p| {
        p.open();
        p.poll();
        let forged = p.forged(&[3, 2]);
        p.lie(&forged);
        p.poll();
    }),
    Row::new("another transaction", "an answer of another transaction, then the true one", |p| {
        lie(p, |p, request| p.forged(&[request[0], request[1] ^ 0x80]));
    }),
    Row::new("another unit", "an answer of another unit, then the true one", |p| {
        lie(p, |p, request| {
            let mut forged = p.forged(request);
            forged[6] = 2;
            forged
        });
    })
    .ends(),
    Row::new("another function", "an answer of function 4, then the true one", |p| {
        lie(p, |p, request| frames::adu(transaction(request), 1, &p.values(4)));
    })
    .ends(),
    Row::new("another function's exception", "an exception of function 16, then the true answer", |p| {
        lie(p, |p, request| {
            let forged = frames::exception(transaction(request), 16, 0x7E);
            p.needles.push(forged.clone());
            forged
        });
    })
    .ends(),
    Row::new("more than asked", "four registers where two were asked for, then the true answer", |p| {
        lie(p, |p, request| {
            let values = [&[3, 8, 0, 0, 0, 0], p.needles[0].as_slice()].concat();
            frames::adu(transaction(request), 1, &values)
        });
    })
    .ends(),
    Row::new("lying count", "a byte count of 4 before two bytes, then the true answer", |p| {
        lie(p, |p, request| {
            let [a, b, c, d] = p.needles[0][..] else { unreachable!() };
            p.needles[0] = vec![3, 4, a, b, c, d, 0xE7];
            frames::adu(transaction(request), 1, &[3, 4, a, b, c, d, 0xE7])
        });
    })
    .ends(),
    Row::new("answered twice", "the true answer, then another to the same request", |p| {
        p.open();
        let request = p.ask();
        let forged = p.forged(&request);
        p.answer(&request);
        p.lie(&forged);
    }),
    Row::new("answered twice at once", "both in one segment", |p| {
        p.open();
        let request = p.ask();
        let both = [frames::honest(&request), p.forged(&request)].concat();
        p.lie(&both);
    }),
    Row::new("a request as an answer", "a write to the client, marked", |p| {
        lie(p, |p, request| {
            let [_, _, a, b] = p.needles[0][..] else { unreachable!() };
            frames::write(transaction(request), FORBIDDEN, u16::from_be_bytes([a, b]))
        });
    })
    .ends(),
    Row::new("success of what was denied", "a forbidden write is done, says a server that never had it", |p| {
        p.open();
        p.poll();
        let request = p.ask_in_vain();
        let echo = p.needles[0].clone();
        let forged = frames::adu(transaction(&request), 1, &[&[6], echo.as_slice()].concat());
        p.lie(&forged);
        p.client.message(SOON);
    }),
    Row::new("success before the refusal", "the same, sent before the client asks", |p| {
        p.open();
        p.poll();
        let echo = p.needles[0].clone();
        let forged = frames::adu(0x0302, 1, &[&[6], echo.as_slice()].concat());
        p.server.say(&forged);
        p.ask_in_vain();
        p.client.message(SOON);
        p.client.message(SOON);
    }),
    Row::new("success beside the refusal", "half of it before the client asks, half behind the refusal", |p| {
        p.open();
        p.poll();
        let echo = p.needles[0].clone();
        let forged = frames::adu(0x0302, 1, &[&[6], echo.as_slice()].concat());
        p.server.say(&forged[..5]);
        p.ask_in_vain();
        p.client.message(SOON);
        p.lie(&forged[5..]);
        p.client.message(SOON);
    }),
    Row::new("refusal kept waiting", "half of a true answer, for as long as the client asks for the forbidden", |p| {
        p.open();
        let request = p.ask();
        let honest = frames::honest(&request);
        p.server.say(&honest[..5]);
        p.ask_in_vain();
        p.client.message(SOON);
        p.server.say(&honest[5..]);
        p.client.message(SOON);
        p.client.message(SOON);
        let forged = p.forged(&request);
        p.lie(&forged);
    }),
    Row::new("length too long", "an answer whose length promises 60,000 bytes", |p| {
        lie(p, |p, request| {
            let mut forged = p.forged(request);
            forged[4] = 0xEA;
            forged
        });
    })
    .ends(),
    Row::new("length too short", "an answer whose length ends before its values", |p| {
        lie(p, |p, request| {
            let mut forged = p.forged(request);
            forged[5] = 4;
            forged
        });
    })
    .ends(),
    Row::new("another protocol identifier", "an answer of protocol identifier 1", |p| {
        lie(p, |p, request| {
            let mut forged = p.forged(request);
            forged[3] = 1;
            forged
        });
    })
    .ends(),
    Row::new("half, then an end", "all but the last byte of an answer, then FIN", |p| {
        p.open();
        let request = p.ask();
        let mut forged = p.forged(&request);
        forged.push(0);
        forged[5] += 1;
        p.lie(&forged[..forged.len() - 1]);
        p.server.finish();
        p.client.hear(SOON);
    })
    .ends(),
    Row::new("a hundred answers", "a hundred answers to nothing in one segment", |p| {
        p.open();
        p.poll();
        let forged = p.forged(&[7, 7]).repeat(100);
        p.lie(&forged);
    }),
];

const fn transaction(request: &[u8]) -> u16 {
    u16::from_be_bytes([request[0], request[1]])
}

/// The client asks, the server lies, then answers as it should.
fn lie(p: &mut Pair<'_>, lie: impl FnOnce(&mut Pair<'_>, &[u8]) -> Vec<u8>) {
    p.open();
    p.poll();
    let request = p.ask();
    let forged = lie(p, &request);
    p.lie(&forged);
    p.answer(&request);
}
