//! Writes a capture of a plant's traffic: `cargo run --release -p sluice-plant --example recording -- FILE [PACKETS
//! [DENIED-PER-MILLE [SEED]]]`.

use sluice_plant::Recording;
use std::fs::File;
use std::io::{self, BufWriter, Write};

fn main() -> io::Result<()> {
    let mut call = std::env::args().skip(1);
    let file = call.next().unwrap_or_else(|| "plant.pcap".into());
    let mut number = |usual: u64| call.next().and_then(|word| word.parse().ok()).unwrap_or(usual);
    let recording = Recording {
        packets: number(Recording::USUAL.packets),
        denied: number(0).min(1000) as u32,
        seed: number(1),
        ..Recording::USUAL
    };
    let mut to = BufWriter::new(File::create(&file)?);
    let recorded = recording.write(&mut to)?;
    to.flush()?;
    writeln!(io::stdout(), "{file}: {recorded:?}")
}
