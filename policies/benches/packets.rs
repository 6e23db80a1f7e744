//! The cost of a sender's seat and of a service among 5,000 hosts with a conduit each.

#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../tests/crowd/mod.rs"]
mod crowd;

use criterion::{Criterion, criterion_group, criterion_main};
use sluice_policies::site::GatewayId;
use sluice_policies::{Packet, Policy, Seen};
use std::hint::black_box;

fn packets(criterion: &mut Criterion) {
    let policy = Policy::compile(crowd::site());
    let mut hosts = (1..crowd::HOSTS).cycle();
    criterion.bench_function("seat", |b| {
        b.iter(|| {
            let host = hosts.next().unwrap();
            let seen = Seen { ip: Some(crowd::ip(host)), mac: crowd::mac(host), vlan: 0, side: 0 };
            policy.seat(GatewayId(0), black_box(&seen))
        });
    });
    for (name, packet) in [("allowed service", Packet::Tcp { port: 22 }), ("denied service", Packet::Tcp { port: 23 })]
    {
        criterion.bench_function(name, |b| {
            b.iter(|| {
                let host = hosts.next().unwrap();
                let end = |host| policy.end(Some(crowd::ip(host)), crowd::mac(host));
                policy.service(end(host), end(0), black_box(packet))
            });
        });
    }
}

criterion_group!(benches, packets);
criterion_main!(benches);
