//! `sluice policy import` on a workbook that openpyxl wrote, as a spreadsheet program would.
#![allow(clippy::unwrap_used, missing_docs)]
#![allow(clippy::print_stderr)] // what was skipped
#![allow(dead_code)] // of the peers, Python alone is called

#[path = "../peers/programs.rs"]
mod programs;

use std::process::Command;

/// Numbers as numbers, an address whose last zero the number loses, a date, a second sheet.
const WORKBOOK: &str = r#"
import sys, datetime, openpyxl
book = openpyxl.Workbook()
cover = book.active
cover.title = "Cover"
cover["A1"] = "Pump house"
cover["B2"] = datetime.date(2026, 11, 24)
sheet = book.create_sheet("Tags")
for row in [
    ["Tag list", None, None, None],
    [None, None, None, None],
    ["Symbol", "Modbus address", "Data type", "Factor", "Description"],
    ["speed", 40101, "UINT", 0.01, "set point, drive"],
    ["level", "40102", "Float", 1, None],
    ["alarm", 40020.3, "BOOL", None, None],
    ["horn", 40020.1, "BOOL", None, None],
]:
    sheet.append(row)
book.save(sys.argv[1])
"#;

#[test]
fn a_workbook_becomes_a_tag_list() {
    if !programs::installed(&[programs::python()]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (book, list) = (folder.path().join("tags.xlsx"), folder.path().join("tags.csv"));
    let made = Command::new(programs::python()).arg("-c").arg(WORKBOOK).arg(&book).status().unwrap();
    assert!(made.success());
    let import = |arguments: &[&str]| {
        let call = ["policy", "import"];
        Command::new(env!("CARGO_BIN_EXE_sluice")).args(call).arg(&book).args(arguments).output().unwrap()
    };
    let wrong = import(&["--sheet", "Lists"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("it has Cover, Tags"));
    let done = import(&["--sheet", "Tags", "--output", list.to_str().unwrap()]);
    let told = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{told}");
    assert_eq!(
        std::fs::read_to_string(&list).unwrap(),
        "# addresses = modicon\nname,address,type,count,words,scale,offset,unit,min,max,states,access,comment\n\
         speed,40101,u16,,,0.01,,,,,,,\"set point, drive\"\n\
         level,40102,f32,,,1,,,,,,,\n\
         alarm,40020.3,bit,,,,,,,,,,\n"
    );
    assert!(told.contains("left out, row 7 (horn): the address is kept as a number"), "{told}");
    assert!(told.contains("workbook: 3 tags, 1 left out"), "{told}");
}
