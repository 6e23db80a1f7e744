//! The command line as people see it: golden files under `command/`. `TRYCMD=overwrite cargo test -p sluice --test
//! command` writes them anew; read the difference before you keep it.
#![allow(missing_docs)]

#[test]
fn output_is_what_the_golden_files_say() {
    trycmd::TestCases::new().case("tests/command/*.trycmd");
}
