//! One spoilt site for each code of the catalogue.

use super::site::Files;
use sluice_model::{Descriptor, Device, ProtocolId};
use sluice_policies::load;
use std::collections::BTreeSet;
use std::fmt::Write;

/// A case: the code that it is about, and the spoilt site.
pub(crate) type Case = (&'static str, Files);

fn good() -> Files {
    Files::good()
}

fn statement(code: &'static str, lines: &str) -> Case {
    (code, good().allow(lines))
}

fn tags(code: &'static str, from: &str, to: &str) -> Case {
    (code, good().with(from, to))
}

/// With these lines instead of the gateway's proxy.
fn ports(code: &'static str, lines: &str) -> Case {
    (code, good().with("proxy   = { plc-3 = \"192.0.2.2:502\" }", lines))
}

/// With a bridge of two ports instead of the gateway's proxy.
fn bridged() -> Files {
    ports("", "ports = { control = \"eth1\", plant = \"eth2\" }").1
}

/// With a conduit of services from the operators to themselves and the controller.
fn service(code: &'static str, lines: &str) -> Case {
    let conduit = "\n[conduit.beside]\nfrom = \"control-room\"\nto   = \"everyone\"\n";
    (code, bridged().and(conduit).and(&format!("\n[[conduit.beside.allow]]\nid = \"more\"\n{lines}\n")))
}

fn services() -> Vec<Case> {
    vec![
        service("P002", "service = \"ntp\"\ntcp     = [22]\nopaque  = true"),
        service("P004", "tcp = [30002, { port = 30003, name = \"robot\" }]"),
        service("P004", "ethertype = 0x88B8"),
        service("P012", "service = \"ssh\"\nopaque  = true"),
        service("P060", "service = [\"ntp\", \"icmp-ecko\"]"),
        service("P060", "service = \"telnet\""),
        service("P061", "service = []"),
        service("P062", "ethertype = [0x88B8, 0x0800, 0x892F]\nopaque    = true"),
        service("P063", "tcp    = [502]\nopaque = true"),
        ("P063", good().and("\n[conduit.beside]\nfrom = \"anyone\"\nto = \"hmi-1\"\n[[conduit.beside.allow]]\nid = \"x\"\nudp = 502\nopaque = true\n")),
        (
            "P063",
            bridged()
                .with("unit = 1,", "unit = 1, ports = [5020],")
                .and("\n[conduit.beside]\nfrom = \"plc-3\"\nto = \"hmi-1\"\nopens = \"either\"\n[[conduit.beside.allow]]\nid = \"x\"\ntcp = 5020\nopaque = true\n"),
        ),
        service("P064", "service = \"ssh\"\ntags = \"*\"\nholdings = [100]"),
        ("G007", good().and("\n[conduit.beside]\nfrom = \"hmi-1\"\nto = \"plc-3\"\n[[conduit.beside.allow]]\nid = \"x\"\nservice = \"ntp\"\n")),
        service("P065", "service = \"dhcp\""),
        service("S001", "tcp    = [{ prot = 22 }]\nopaque = true"),
        service("S006", "tcp    = [\"22\"]\nopaque = true"),
        service("S009", "service = [\"ftp\", \"ftp-read\"]\nrate = \"5 / s per source\""),
        service("S014", "tcp    = [0, 22, 65536]\nopaque = true"),
        service("S014", "ethertype = 0x05DC\nopaque = true"),
        ("S009", good().with("to    = \"plc-3\"", "to    = \"plc-3\"\nopens = \"either\"")),
    ]
}

fn assets_and_gateways() -> Vec<Case> {
    vec![
        ("A001", good().with("to    = \"plc-3\"", "to    = \"plc-4\"")),
        ("A001", good().with("from  = \"control-room\"", "from  = \"control-rom\"")),
        ("A002", good().with("\"192.0.2.11\"", "\"192.0.2.300\"")),
        ("A003", good().with("\"192.0.2.11\"", "\"192.0.2.31\"")),
        ("A004", good().with("hmi-1 = { ip = \"192.0.2.11\" }", "hmi-1 = {}")),
        ("A005", good().with("from  = \"control-room\"", "from  = \"anyone\"")),
        ("A006", good().with("control-room = [", "hmi-1 = [").with("from  = \"control-room\"", "from  = \"hmi-1\"")),
        ("A007", good().with("from  = \"control-room\"", "from  = []")),
        ("G001", good().with("proxy   = { plc-3 = \"192.0.2.2:502\" }\n", "")),
        ("G001", good().with("{ plc-3 = \"192.0.2.2:502\" }", "{}")),
        ports("G001", "monitor = []"),
        ("G002", good().with("192.0.2.2:502", "192.0.2.2")),
        ("G002", good().with("192.0.2.2:502", "192.0.2.31:502")),
        (
            "G003",
            good().with(
                "[gateways.gw-1]",
                "[gateways.gw-2]\nproxy = { plc-3 = \"192.0.2.2:502\" }\non-loss = \"open\"\n\n[gateways.gw-1]",
            ),
        ),
        ("G004", good().allow("modbus = \"write\"\ntags   = [\"valve*\", \"recipe\"]\ncount  = 3")),
        ("G004", good().allow("modbus = \"write\"\ntags   = \"recip*\"\ncount  = 3")),
        ("G004", good().allow("modbus = \"write-register\"\ntags   = \"r*\"\nvalue  = \"in-range\"")),
        ("G005", good().with("ip     = \"192.0.2.31\"", "ip     = [\"192.0.2.31\", \"192.0.2.32\"]")),
        (
            "G006",
            good()
                .with("{ plc-3 = \"192.0.2.2:502\" }", "{ plc-3 = \"192.0.2.2:502\", hmi-3 = \"192.0.2.3:502\" }")
                .with("[assets.plc-3]", "[assets.hmi-3]\nip = \"192.0.2.14\"\nmodbus = {}\n\n[assets.plc-3]"),
        ),
        (
            "G007",
            good()
                .with("to    = \"plc-3\"", "to    = [\"plc-3\", \"plc-4\"]")
                .with("[assets.plc-3]", "[assets.plc-4]\nip = \"192.0.2.34\"\nmodbus = {}\n\n[assets.plc-3]"),
        ),
        (
            "A008",
            good()
                .with("[zones]", "[zones]\nvendor = { net = \"198.51.100.0/28\", owner = \"vendor-desk\", sl = 2 }")
                .with("from  = \"control-room\"", "from  = [\"control-room\", \"vendor\"]"),
        ),
        ("A009", good().with("\"192.0.2.11\"", "\"192.0.2.11\", mac = [\"02:00:5e:00:53:1\", \"01:00:5e:00:00:01\"]")),
        (
            "A010",
            good()
                .with("\"192.0.2.11\"", "\"192.0.2.11\", mac = \"02:00:5e:00:53:11\"")
                .with("\"192.0.2.13\"]", "\"192.0.2.13\"], mac = \"02-00-5E-00-53-11\""),
        ),
        ("A011", good().with("[zones]", "[zones]\nvendor = { net = \"198.51.100.7/28\" }")),
        ("A011", good().with("[zones]", "[zones]\nvendor = { net = \"198.51.100.0\" }")),
        ports("G008", "ports = { control = \"eth1\", plant = \"eth2\" }\nbridge = [[\"control\", \"plnt\"]]"),
        ports("G008", "monitor = [\"span\"]"),
        ("G008", bridged().with("\"192.0.2.11\"", "\"192.0.2.11\", port = \"gw-1:contorl\"")),
        ("G008", bridged().with("\"192.0.2.11\"", "\"192.0.2.11\", port = \"gw1:control\"")),
        ("G008", bridged().with("\"192.0.2.11\"", "\"192.0.2.11\", port = \"control\"")),
        ports("G009", "ports = { control = \"eth1\", plant = \"eth1\" }"),
        ports("G009", "ports = { control = \"the first one\", plant = \"eth2\" }"),
        ports("G010", "ports = { control = \"eth1\" }"),
        ports("G010", "ports = { control = \"eth1\", plant = \"eth2\", span = \"eth3\" }"),
        ports(
            "G010",
            "ports = { control = \"eth1\", plant = \"eth2\", span = \"eth3\" }\nbridge = [[\"control\", \"plant\"]]",
        ),
        ports("G010", "ports = { control = \"eth1\", plant = \"eth2\" }\nbridge = [[\"control\", \"control\"]]"),
        ports("G010", "ports = { control = \"eth1\", plant = \"eth2\" }\nbridge = [[\"control\"]]"),
        ports(
            "G010",
            "ports = { control = \"eth1\", plant = \"eth2\" }\nbridge = [[\"control\", \"plant\"]]\nmonitor = [\"plant\"]",
        ),
        ports("G010", "ports = { control = \"eth1\", plant = \"eth2\" }\nbridge = [\"control\", \"plant\"]"),
        ports(
            "S009",
            "ports = { a = \"eth1\", b = \"eth2\", c = \"eth3\", d = \"eth4\" }\nbridge = [[\"a\", \"b\"], [\"c\", \"d\"]]",
        ),
        (
            "G011",
            bridged()
                .with("\"192.0.2.11\"", "\"192.0.2.11\", port = \"gw-1:plant\"")
                .with("ip     = \"192.0.2.31\"", "ip     = \"192.0.2.31\"\nport   = \"gw-1:plant\"")
                .with("from  = \"control-room\"", "from  = \"hmi-1\""),
        ),
        ("S014", good().with("\"192.0.2.11\"", "\"192.0.2.11\", vlan = 4095")),
        ("M007", good().with("unit = 1,", "unit = \"any\",")),
    ]
}

fn statements() -> Vec<Case> {
    vec![
        statement("P001", "tags = \"*\""),
        statement("P003", "modbus = [\"read\", \"write-coill\"]\ntags = \"valve\""),
        statement("P003", "modbus = \"program\""),
        statement("P003", "modbus   = [3, 300, 0x83, 18]\nopaque   = true\nholdings = [200]"),
        statement("P003", "modbus = \"diagnostics one\""),
        statement("P003", "modbus = [\"diagnostics 18\", \"diagnostics 19\"]"),
        statement("P004", "modbus = [0x5A, \"umas 0x41\"]"),
        statement("P005", "modbus = \"read-coils\""),
        statement("P006", "modbus = [\"read-coils\", \"write-register\"]\ncoils  = [\"0 .. 15\", 40]"),
        statement("P006", "modbus = \"diagnose\"\ntags   = \"*\""),
        statement("P006", "modbus = \"read-coils\"\ntags   = \"valve\""),
        statement("P006", "modbus = [\"read-coils\", \"read-holding-registers\"]\ntags   = \"valve\""),
        statement("P006", "modbus = [\"write-register\", \"mask-write\"]\ntags   = [\"batch\", \"valve\"]"),
        statement("P006", "modbus = [\"write-registers\", \"mask-write\"]\ntags   = \"batch\""),
        statement("G004", "modbus = \"write-register\"\ntags   = [\"*a*\"]"),
        statement("P042", "modbus = \"mask-write\"\ntags   = \"batch*\"\ncount  = 0"),
        statement("P007", "modbus = \"read\"\ntags   = \"*\"\ncoils  = [0]"),
        statement("P009", "modbus = \"read\"\ntags   = { pump_speed = \"0 .. 10 Hz\" }"),
        statement("P009", "modbus = \"write\"\ncoils  = [7]\nvalue  = \"on\""),
        statement("P010", "modbus = \"write\"\ntags   = \"total_flow\""),
        statement("P010", "modbus = \"read\"\ntags   = \"start\""),
        statement("P010", "modbus    = \"write\"\ndiscretes = [0]"),
        statement("P011", "modbus   = \"read\"\nholdings = [\"15 .. 0\", 70000]"),
        statement("P012", "modbus = \"read\"\ntags   = \"*\"\nopaque = true"),
        ("P013", good().with("to    = \"plc-3\"", "to    = \"hmi-1\"")),
        statement("P014", "modbus = [\"read\", \"write\"]\ntags   = \"total*\"\ncount  = 0"),
        ("P031", good().and("\n[conduit.trial]\nfrom = \"hmi-1\"\nto   = \"plc-3\"\nmode = \"alert\"\n\n[[conduit.trial.allow]]\nid     = \"look\"\nmodbus = \"read\"\ntags   = \"*\"\n")),
        ("P032", good().and("\n[conduit.trial]\nfrom = \"hmi-1\"\nto   = \"plc-3\"\non-deny = \"drop\"\n\n[[conduit.trial.allow]]\nid     = \"look\"\nmodbus = \"read\"\ntags   = \"*\"\n")),
        statement("P041", "modbus   = [\"read\", \"write\"]\nholdings = [\"90 .. 135\"]"),
        statement("P041", "modbus = \"write\"\ntags   = { run_cmd = \"run\", pump_speed = \"0 .. 45 Hz\" }"),
        ("P041", good().allow("modbus = \"write\"\ntags   = { \"valve.open\" = \"on\" }").and("\n[[conduit.operators.allow]]\nid = \"valve\"\nmodbus = \"write\"\ntags = \"valve\"\n")),
        ("P041", good().allow("modbus = \"write\"\ntags   = { \"valve.open\" = \"on\" }").and("\n[[conduit.operators.allow]]\nid = \"valve\"\nmodbus = \"write\"\ntags = { valve = \"0 .. 3\" }\n")),
        ("P041", good().with("valve,40140,u16,,,,,,,,,rw,", "valve,40140,u16,,,,,,0,2,,rw,").allow("modbus = \"mask-write\"\ntags   = { \"valve.open\" = \"on | off\" }")),
        statement("P042", "modbus = \"write\"\ntags   = \"total*\"\ncount  = 0"),
        ("P042", good().and("\n[conduit.empty]\nfrom = \"hmi-1\"\nto   = \"plc-3\"\n")),
        statement("P043", "modbus   = \"read\"\nholdings = [\"103 .. 110\"]"),
    ]
}

fn files_and_keys() -> Vec<Case> {
    vec![
        (
            "S001",
            good().with(
                "[[conduit.operators.allow]]\nid     = \"speed\"",
                "[[conduit.operators.allow]]\non-deny = \"drop\"\nid     = \"speed\"",
            ),
        ),
        ("S001", good().with("from  = \"control-room\"", "form  = \"control-room\"")),
        ("S001", good().and("\n[[test]]\nname = \"x\"\ninclude = []\n")),
        ("S001", good().and("\n[conduits.x]\n")),
        ("S002", good().with("unit = 1,", "unit = 01,").with("on-loss = \"closed\"", "on-loss = closed")),
        (
            "S002",
            good()
                .and("\n[conduit.operators]\nfrom = \"hmi-1\"\nto = \"plc-3\"\n\n[conduit.x]\nfrom = \"hmi-1\"\nto = \"plc-3\"\nto = \"hmi-2\"\n"),
        ),
        ("S003", good().with("tags/plc-3.csv", "../plc-3.csv")),
        ("S004", good().with("[\"conduits.toml\"]", "[\"conduits.toml\", \"tests/*.toml\"]")),
        ("S005", good().with("on-loss = \"closed\"\n", "")),
        ("S006", good().with("owner = \"process\"", "owner = 7")),
        ("S007", good().with("mode    = \"enforce\"", "mode    = \"enforced\"")),
        ("S008", good().and("\n[conduit.operators.extra]\n").with("id     = \"speed\"", "id     = \"look\"")),
        statement(
            "S009",
            "modbus = \"read\"\npoints = [\"g41 0 .. 3\"]\ntags   = \"*\"",
        ),
        ("S010", good().with("sluice    = 1", "sluice    = 2")),
        ("S011", good().with("Asia/Shanghai", "Asia/Peking")),
        ("S012", good().with("mode    = \"enforce\"", "mode    = \"alert\"")),
        ("S012", good().with("mode    = \"enforce\"", "mode    = \"alert\"\nuntil = \"20.12.2026\"")),
        ("S013", good().with("id     = \"speed\"", "id     = \"the speed\"")),
        ("S014", good().with("unit = 1,", "unit = [1, 256],")),
        ("S014", good().with("unit = 1,", "ports = [],")),
        ("S014", good().with("unit = 1,", "unit = [1, 2, 1],")),
        ("S006", good().with("unit = 1,", "unit = \"all\",")),
        ("S015", good().with("mode    = \"enforce\"", "mode    = \"alert\"\nuntil   = 2026-11-23")),
    ]
}

fn tag_lists() -> Vec<Case> {
    vec![
        tags("T001", "# addresses = modicon\n", ""),
        tags("T001", "= modicon", "= modicom"),
        tags("T002", "states,access,comment", "state,access,comment"),
        tags("T002", "name,address,type,count", "name,type,count"),
        tags("T003", "ten of them", "ten, of them"),
        tags("T004", "batch,40130", "batch no,40130"),
        tags("T005", "40130,string(8)", "40130,u8"),
        tags("T005", "00001,bool", "00001,u16"),
        tags("T006", "u16,10,", "u16,0,"),
        tags("T007", "u32,,ABCD", "u32,,DABC"),
        tags("T008", "0.01,0,Hz", "0,0,Hz"),
        tags("T009", "Hz,0,50", "Hz,50,0"),
        tags("T010", "0=stop 1=run", "0=stop 0=run"),
        tags("T011", "%,0,100,,r,", "%,0,100,,rw,"),
        ("T012", good().with("= modicon", "= wire").with("\npump_fault,10001", "\npump_fault,discrete 0")),
        tags("T014", "batch,40130,string(8)", "batch,holding 65535,string(8)"),
        tags("T015", "batch,", "recipe,"),
        tags("T020", "40102,u16", "40104,u16"),
        tags("T021", "start,00001,bool,,,,,,,,,w,", "start,40140.0,bit,,,,,,,,,w,"),
        statement("T030", "modbus = \"read\"\ntags   = [\"pump_sped\", \"chlorine*\"]"),
        statement("T031", "modbus = \"read\"\ntags   = [\"recipe[5 .. 10]\", \"valve[0]\"]"),
        statement(
            "T033",
            "modbus = \"write\"\ntags   = { \"recipe[0 .. 4]\" = \"1 .. 2 kg\", \"recipe[3]\" = \"1 .. 3 kg\" }",
        ),
    ]
}

fn values_and_tests() -> Vec<Case> {
    let limit = |code, limit: &str| (code, good().with("0 | 20 .. 45 Hz", limit));
    let words = |code, words: &str| (code, good().with("write pump_speed = 60 Hz", words));
    let expect = |code, expect: &str| (code, good().with("deny because value", expect));
    vec![
        limit("U001", "0 | fast! .. 45 Hz"),
        limit("U002", "45 .. 20 Hz"),
        limit("U003", "0 | 20 .. 45 rpm"),
        limit("U004", "0 | 20 .. 45"),
        limit("U005", "0 | 20 .. 60 Hz"),
        limit("U006", "60 .. 70 Hz"),
        ("U007", good().with("stop | run", "stop | go")),
        ("U007", good().with("stop | run", "0 .. 1")),
        statement("U008", "modbus = \"write\"\ntags   = \"valve\"\nvalue  = \"in-range\""),
        statement("U009", "modbus = \"write\"\ntags   = { batch = \"text(12) of A-Z\" }"),
        expect("X001", "deny because of value"),
        expect("X001", "alow"),
        ("X002", good().with("\"write pump_speed = 60 Hz\"", "{ unit = 1, hex = \"06 00 6\" }")),
        ("X003", good().with("\"deny because value\"", "[\"allow\", \"deny because value\"]")),
        expect("X004", "allow by operators.sped"),
        words("X005", "wirte pump_speed = 60 Hz"),
        words("X005", "write recipe = 5 kg"),
        words("X005", "read-coils pump_speed"),
        words("X005", "write holding 5 .. 3 = 1"),
        ("X005", good().with("to     = \"plc-3\"", "to     = \"hmi-1\"")),
        ("X005", good().with("modbus = \"write pump_speed = 60 Hz\"", "tcp = 502")),
        ("P060", good().with("modbus = \"write pump_speed = 60 Hz\"", "service = \"shh\"")),
        ("X008", good().with("hmi-1 = { ip = \"192.0.2.11\" }", "hmi-1 = { mac = \"02:00:5e:00:53:11\" }")),
        words("X006", "write run_cmd = run, pump_sped = 60 Hz"),
        words("X007", "write pump_speed = 60 rpm"),
        words("X007", "write run_cmd = running"),
    ]
}

/// All messages about the cases, one under the other; each case must bring up its code.
pub(crate) fn shown(cases: &[Case]) -> String {
    let mut out = String::new();
    for (code, files) in cases {
        let report = files.report();
        let codes: Vec<&str> = report.diagnostics().iter().map(|d| d.code).collect();
        assert!(codes.contains(code), "{code} is missing:\n{}", report.render(false));
        let _ = writeln!(out, "=== {code}\n{}", report.render(false));
    }
    out
}

#[test]
fn the_good_site_is_good() {
    let (site, warnings) = Files::good().load().unwrap_or_else(|r| panic!("{}", r.render(false)));
    assert!(warnings.is_empty(), "{}", warnings.render(false));
    assert_eq!((site.assets.len(), site.conduits.len(), site.tests.len()), (3, 1, 1));
}

#[test]
fn messages_about_assets_and_gateways() {
    insta::assert_snapshot!(shown(&assets_and_gateways()));
}

#[test]
fn messages_about_statements() {
    insta::assert_snapshot!(shown(&statements()));
}

#[test]
fn messages_about_services() {
    insta::assert_snapshot!(shown(&services()));
}

#[test]
fn messages_about_files_and_keys() {
    insta::assert_snapshot!(shown(&files_and_keys()));
}

#[test]
fn messages_about_tag_lists() {
    insta::assert_snapshot!(shown(&tag_lists()));
}

#[test]
fn messages_about_values_and_tests() {
    insta::assert_snapshot!(shown(&values_and_tests()));
}

#[test]
fn every_code_of_the_catalogue_has_a_case() {
    let cases = [
        assets_and_gateways(),
        statements(),
        services(),
        files_and_keys(),
        tag_lists(),
        values_and_tests(),
        super::guarantees::cases(),
    ];
    let structure = super::structure::cases();
    let conditions = super::conditions::cases();
    let cases = cases.iter().flatten().chain(&conditions).map(|(code, _)| *code);
    let shown = cases.chain(structure.iter().map(|(code, _)| *code));
    let shown: BTreeSet<&str> = shown.collect();
    // Of approvals (V) in tests/meaning/approvals.rs: they are about a file beside the policy.
    let known = sluice_policies::diagnose::catalogue().iter().map(|e| e.code).filter(|code| !code.starts_with('V'));
    let known: BTreeSet<&str> = known.collect();
    assert_eq!(known, shown);
}

#[test]
fn a_statement_speaks_one_protocol() {
    let modbus = sluice_protocols::registry::descriptors()[0];
    let toy: &'static Descriptor = Box::leak(Box::new(Descriptor {
        id: ProtocolId(1),
        name: "toy",
        device: Device { key: "station", range: 0..=9, default: 1, broadcast: None },
        ..copy(modbus)
    }));
    let files = Files::good().allow("modbus = \"read\"\ntoy    = \"read\"\ntags   = \"*\"");
    let report = load(&files.memory(), &[modbus, toy], "2026-11-24T04:00:00Z".parse().unwrap()).unwrap_err();
    insta::assert_snapshot!(report.render(false));
}

/// The same names once more.
fn copy(d: &Descriptor) -> Descriptor {
    let Device { key, ref range, default, broadcast } = d.device;
    Descriptor { device: Device { key, range: range.clone(), default, broadcast }, ..*d }
}
