//! Devices behind a gateway of Modbus: one address, one connection, and each unit judged by its own rights.

use crate::client::{Client, HMI};
use crate::controller::Controller;
use crate::rig::{Rig, config, free};
use sluice_policies::source::Memory;
use std::io::Write;
use std::net::Ipv4Addr;

/// Reads holding 0 of a unit.
fn read(unit: u8) -> [u8; 12] {
    [0, unit, 0, 0, 0, 6, unit, 3, 0, 0, 0, 1]
}

fn answer(unit: u8) -> [u8; 11] {
    [0, unit, 0, 0, 0, 5, unit, 3, 2, 0, 7]
}

#[test]
fn each_unit_is_judged_by_its_own_rights_on_one_connection() {
    let controller = Controller::behaving(|stream, message| stream.write_all(&answer(message[6])).is_ok());
    let listen = free(Ipv4Addr::LOCALHOST);
    let text = format!(
        "sluice = 1\nsite = \"test\"\ntime-zone = \"UTC\"\n\
         [assets]\nhmi-1 = {{ ip = \"{HMI}\" }}\n\
         mb-gw = {{ ip = \"{}\", modbus = {{ gateway = true, ports = [{}] }} }}\n\
         rtu-7 = {{ via = \"mb-gw\", modbus = {{ unit = 7 }} }}\nrtu-8 = {{ via = \"mb-gw\", modbus = {{ unit = 8 }} }}\n\
         [gateways.gw-1]\non-loss = \"closed\"\nproxy = {{ mb-gw = \"{listen}\" }}\n\
         [conduit.ops]\nfrom = \"hmi-1\"\nto = \"rtu-7\"\n\
         [[conduit.ops.allow]]\nid = \"look\"\nmodbus = \"read\"\nholdings = [0]\n",
        controller.address.ip(),
        controller.address.port()
    );
    let rig = Rig::start(&Memory::new().with("site.toml", text), &config());
    let mut client = Client::dial(HMI, listen);
    client.ask(&read(7), &answer(7));
    for unit in [8, 9, 0] {
        client.ask(&read(unit), &[0, unit, 0, 0, 0, 3, unit, 0x83, 1]);
    }
    client.ask(&read(7), &answer(7));
    assert_eq!(controller.witness.bytes(), [read(7), read(7)].concat());
    rig.await_metric("sluice_denials_total{conduit=\"ops\",reason=\"no-conduit\"}", 3.0);
}
