//! A bare forwarder: what frames cost before anything is judged. `bare A B [WORKERS|xdp]` passes every frame between two
//! interfaces until it is ended, through packet sockets or `AF_XDP`. The measure beside the gateway in `gateway/docs/PERFORMANCE.md`.

mod forward;

use sluice_hardware::port::through_xdp;
use sluice_hardware::{Error, Interface, Port, Waker};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [a, b, rest @ ..] = arguments.as_slice() else { return ExitCode::from(2) };
    let xdp = rest.first().is_some_and(|word| word == "xdp");
    let workers = rest.first().and_then(|n| n.parse().ok()).unwrap_or(1);
    match run(a, b, workers, xdp) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn run(a: &str, b: &str, workers: usize, xdp: bool) -> Result<(), Error> {
    let (a, b) = (Interface::find(a)?, Interface::find(b)?);
    a.prepare()?;
    b.prepare()?;
    let pairs = Port::open(&a, workers)?.into_iter().zip(Port::open(&b, workers)?);
    let mut pairs: Vec<[Port; 2]> = pairs.map(|(a, b)| [a, b]).collect();
    if xdp {
        through_xdp(&mut pairs[0], [&a, &b], None)?;
    }
    let stop = Arc::new(AtomicBool::new(false));
    let threads: Vec<_> = pairs
        .into_iter()
        .map(|[a, b]| {
            let stop = stop.clone();
            std::thread::spawn(move || Waker::new().map(|waker| forward::forward([&a, &b], &waker, &stop)))
        })
        .collect();
    for thread in threads {
        // It ends when its ports are gone.
        let _ = thread.join();
    }
    Ok(())
}
