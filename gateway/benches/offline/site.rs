//! The policy of the recorded plant, with as many items as it takes.

use sluice_plant::Recording;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// A site in a folder of its own: what is recorded is allowed, and `items` tags more are spread over the controllers.
pub(crate) fn with_items(folder: &Path, items: usize) -> PathBuf {
    let site = folder.join(format!("site-{items}"));
    std::fs::create_dir_all(site.join("tags")).unwrap();
    let Recording { clients, servers, .. } = Recording::USUAL;
    let mut text = "sluice = 1\nsite = \"bench\"\ntime-zone = \"UTC\"\n\n[assets]\n".to_owned();
    for client in 0..clients {
        writeln!(text, "client-{client} = {{ ip = \"{}\" }}", Recording::client(client)).unwrap();
    }
    for server in 0..servers {
        let ip = Recording::server(server);
        let modbus = format!("{{ unit = 1, gaps = 2000, tags = \"tags/{server}.csv\" }}");
        writeln!(text, "plc-{server} = {{ ip = \"{ip}\", modbus = {modbus} }}").unwrap();
        let more = items / usize::from(servers) + usize::from(usize::from(server) < items % usize::from(servers));
        std::fs::write(site.join(format!("tags/{server}.csv")), tags(more)).unwrap();
    }
    conduit(&mut text, clients, servers);
    std::fs::write(site.join("site.toml"), text).unwrap();
    site
}

fn tags(more: usize) -> String {
    let mut tags =
        "# addresses = wire\nname,address,type,count,words,scale,offset,unit,min,max,states,access,comment\n"
            .to_owned();
    for register in Recording::SETPOINTS {
        writeln!(tags, "set_{register},holding {register},u16,,,,,,0,{},,rw,", Recording::LIMIT).unwrap();
    }
    for number in 0..more {
        writeln!(tags, "more_{number},holding {},u16,,,,,,,,,r,", 1000 + number * 2).unwrap();
    }
    tags
}

fn conduit(text: &mut String, clients: u8, servers: u8) {
    let list = |name: &str, count: u8| (0..count).map(|n| format!("\"{name}-{n}\"")).collect::<Vec<_>>().join(", ");
    write!(
        text,
        "\n[gateways.gw]\nproxy = {{ plc-0 = \"127.0.0.1:1502\" }}\non-loss = \"closed\"\n\n\
         [conduit.work]\nfrom = [{}]\nto = [{}]\n",
        list("client", clients),
        list("plc", servers)
    )
    .unwrap();
    for (space, range) in
        [("coils", "0 .. 63"), ("discretes", "0 .. 15"), ("inputs", "0 .. 15"), ("holdings", "0 .. 199")]
    {
        write!(text, "\n[[conduit.work.allow]]\nid = \"{space}\"\nmodbus = \"read\"\n{space} = [\"{range}\"]\n")
            .unwrap();
    }
    let switches = format!("{} .. {}", Recording::SWITCHES.start(), Recording::SWITCHES.end());
    write!(
        text,
        "\n[[conduit.work.allow]]\nid = \"set\"\nmodbus = \"write\"\ntags = [\"set_*\"]\ncount = 12\n\
         \n[[conduit.work.allow]]\nid = \"switch\"\nmodbus = \"write\"\ncoils = [\"{switches}\"]\n\
         \n[[conduit.work.allow]]\nid = \"more\"\nmodbus = \"read\"\ntags = [\"more_*\"]\n"
    )
    .unwrap();
}
