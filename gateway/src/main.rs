//! The `sluice` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    sluice::command::main()
}
