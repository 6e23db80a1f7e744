//! Unpacking, whatever the file is called: gzip and zstd, several members or frames in a row.

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::error::Error;
use std::io::{self, BufRead, BufReader, Read};

/// How much is read at a time.
const PIECE: usize = 64 * 1024;

/// Most memory that a zstd frame may ask for: what `zstd --long` writes.
const WINDOW_MAX: u64 = 128 * 1024 * 1024;

/// The bytes of a source that begins with `head`, unpacked if they are packed.
pub(super) fn open(head: &[u8], source: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
    match head {
        [0x1f, 0x8b, ..] => Box::new(Gzip(MultiGzDecoder::new(BufReader::with_capacity(PIECE, source)))),
        [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => {
            let mut decoder = FrameDecoder::new();
            decoder.set_max_window_size(WINDOW_MAX);
            Box::new(Zstd { source: BufReader::with_capacity(PIECE, source), decoder, open: false, cut: false })
        }
        _ => source,
    }
}

/// An empty last block and room for a checksum: what ends a frame of zstd.
const LAST_BLOCK: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];

/// Whether unpacking ended because the packed data does.
pub(super) fn is_cut(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::UnexpectedEof
}

/// What went wrong with packed data.
fn damaged(format: &str, error: &(dyn Error + 'static)) -> io::Error {
    let mut cause = Some(error);
    while let Some(inner) = cause {
        if inner.downcast_ref::<io::Error>().is_some_and(is_cut) {
            return io::ErrorKind::UnexpectedEof.into();
        }
        cause = inner.source();
    }
    io::Error::other(format!("its {format} data is damaged ({error})"))
}

struct Gzip<R>(MultiGzDecoder<R>);

impl<R: BufRead> Read for Gzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| damaged("gzip", &error))
    }
}

/// Frames of zstd in a row, with skippable ones between them; their checksums are verified.
struct Zstd<R> {
    source: BufReader<R>,
    decoder: FrameDecoder,
    /// Whether a frame has begun and not ended.
    open: bool,
    /// Whether the file ends in the middle of a frame.
    cut: bool,
}

impl<R: Read> Zstd<R> {
    /// Begins the next frame; false if there is none.
    fn begin(&mut self) -> io::Result<bool> {
        loop {
            if self.source.fill_buf()?.is_empty() {
                return Ok(false);
            }
            match self.decoder.reset(&mut self.source) {
                Ok(()) => {
                    self.open = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    let length = u64::from(length);
                    if io::copy(&mut self.source.by_ref().take(length), &mut io::sink())? < length {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error) => return Err(damaged("zstd", &error)),
            }
        }
    }

    fn end(&mut self) -> io::Result<()> {
        self.open = false;
        match (self.decoder.get_checksum_from_data(), self.decoder.get_calculated_checksum()) {
            _ if self.cut => Err(io::ErrorKind::UnexpectedEof.into()),
            (Some(told), Some(found)) if told != found => {
                Err(io::Error::other("its zstd data is damaged (the checksum does not agree)"))
            }
            _ => Ok(()),
        }
    }

    /// Unpacks the next block. The decoder keeps back what later blocks may refer to, several megabytes; where the file
    /// is cut, an end of our own makes it give that, too.
    fn block(&mut self) -> io::Result<()> {
        let one = || BlockDecodingStrategy::UptoBlocks(1);
        match self.decoder.decode_blocks(&mut self.source, one()) {
            Ok(_) => Ok(()),
            Err(error) => {
                let error = damaged("zstd", &error);
                self.cut = is_cut(&error) && self.decoder.decode_blocks(&LAST_BLOCK[..], one()).is_ok();
                if self.cut { Ok(()) } else { Err(error) }
            }
        }
    }
}

impl<R: Read> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if !self.open && !self.begin()? {
                return Ok(0);
            }
            if self.decoder.can_collect() > 0 {
                return self.decoder.read(buffer);
            }
            if self.decoder.is_finished() {
                self.end()?;
            } else {
                self.block()?;
            }
        }
    }
}
