//! A bare forwarder: what `AF_PACKET` costs before anything is judged. `bare A B [WORKERS]` passes every frame between
//! two interfaces until it is ended. The measure beside the gateway in `gateway/docs/PERFORMANCE.md`.

mod forward;

use sluice_hardware::{Error, Interface, Port, Waker};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [a, b, rest @ ..] = arguments.as_slice() else { return ExitCode::from(2) };
    let workers = rest.first().and_then(|n| n.parse().ok()).unwrap_or(1);
    match run(a, b, workers) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn run(a: &str, b: &str, workers: usize) -> Result<(), Error> {
    let (a, b) = (Interface::find(a)?, Interface::find(b)?);
    a.prepare()?;
    b.prepare()?;
    let ports = Port::open(&a, workers)?.into_iter().zip(Port::open(&b, workers)?);
    let stop = Arc::new(AtomicBool::new(false));
    let threads: Vec<_> = ports
        .map(|(a, b)| {
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
