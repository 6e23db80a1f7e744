//! mbpoll, the command that technicians type: one connection for each call, or one for as long as it polls.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Command, Stdio};

/// The calls: name, options, values to write. References count from 0 (`-0`).
const CALLS: [(&str, &str, &str); 16] = [
    ("read-coils", "-t 0 -r 0 -c 16", ""),
    ("read-discrete-inputs", "-t 1 -r 0 -c 16", ""),
    ("read-input-registers", "-t 3 -r 0 -c 20", ""),
    ("read-holding-registers", "-t 4 -r 0 -c 20", ""),
    ("read 32-bit integers", "-t 4:int -r 0 -c 4", ""),
    ("read floats", "-t 4:float -B -r 0 -c 4", ""),
    ("denied-2 read beyond", "-t 4 -r 55 -c 10", ""),
    ("write-single-coil", "-t 0 -r 4", "1"),
    ("denied-2 write coil", "-t 0 -r 90", "1"),
    ("write-multiple-coils", "-t 0 -r 20", "1 1 0 1 0 1 1 1 1"),
    ("read back", "-t 0 -r 20 -c 9", ""),
    ("write-single-register", "-t 4 -r 10", "460"),
    ("denied-2 write register", "-t 4 -r 90", "1"),
    ("denied-3 write value", "-t 4 -r 45", "60000"),
    ("write-multiple-registers", "-t 4 -r 20", "1 2 3 4"),
    ("read at the end", "-t 4 -r 0 -c 24", ""),
];

fn command(at: SocketAddr, options: &str, values: &str) -> Command {
    let mut command = Command::new("mbpoll");
    command.args(["-m", "tcp", "-0", "-o", "10", "-p", &at.port().to_string()]).args(options.split_whitespace());
    command.arg(at.ip().to_string()).args(values.split_whitespace()).stdin(Stdio::null());
    command
}

/// Runs every call against `at`.
pub(crate) fn run(at: SocketAddr) -> Vec<(String, String)> {
    let call = |(name, options, values): (&str, &str, &str)| {
        let output = command(at, &format!("-1 -a 1 {options}"), values).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        // mbpoll says what failed as `Read output (holding) register failed: Illegal data address`.
        let failed = String::from_utf8_lossy(&output.stderr).trim().rsplit(": ").next().unwrap_or_default().to_owned();
        let values = text.lines().filter(|l| l.starts_with('[') || l.starts_with("Written")).map(str::to_owned);
        let result = values.chain((!failed.is_empty()).then_some(failed)).collect::<Vec<_>>().join(" ");
        (name.to_owned(), result)
    };
    CALLS.into_iter().map(call).collect()
}

/// Polls units 1 and 9 in turn on one connection until unit 1 was polled `rounds` times: the lines that it says, and
/// what it complains of.
pub(crate) fn poll_two_units(at: SocketAddr, rounds: usize) -> (Vec<String>, String) {
    let mut child =
        command(at, "-l 50 -a 1,9 -t 4 -r 0 -c 2", "").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut said = Vec::new();
    for line in lines {
        said.push(line);
        if said.iter().filter(|l| l.starts_with("-- Polling slave 1")).count() > rounds {
            break;
        }
    }
    child.kill().unwrap();
    let complaints = child.wait_with_output().unwrap().stderr;
    (said, String::from_utf8_lossy(&complaints).into_owned())
}
