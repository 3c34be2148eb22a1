//! Inflates every `.gz` file below a folder and does nothing with it: the least that reading a trail can cost.
//!
//! ```text
//! inflate libdeflate|flate2 DIR
//! ```
//!
//! Prints how many files and bytes of content there were. On one thread, with buffers that are used again.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program of its own")]

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::process::ExitCode;

use flate2::read::MultiGzDecoder;
use libdeflater::{DecompressionError, Decompressor};
use tighten_testkit::naive;

/// Inflates a file and says how long its content is.
type Inflate = Box<dyn FnMut(&[u8]) -> io::Result<u64>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [engine, folder] = arguments.as_slice() else {
        eprintln!("usage: inflate libdeflate|flate2 DIR");
        return ExitCode::from(2);
    };
    match run(engine, Path::new(folder)) {
        Ok((files, bytes)) => {
            println!("{files} files, {bytes} bytes");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(engine: &str, folder: &Path) -> io::Result<(u64, u64)> {
    let mut inflate: Inflate = match engine {
        "libdeflate" => Box::new(libdeflate()),
        "flate2" => Box::new(flate2()),
        other => return Err(io::Error::other(format!("`{other}` is neither `libdeflate` nor `flate2`"))),
    };
    let (mut files, mut bytes, mut stored) = (0, 0, Vec::new());
    for path in naive::files(folder)? {
        if path.extension().is_none_or(|end| end != "gz") {
            continue;
        }
        stored.clear();
        File::open(&path)?.read_to_end(&mut stored)?;
        bytes += inflate(&stored).map_err(|error| io::Error::other(format!("{}: {error}", path.display())))?;
        files += 1;
    }
    Ok((files, bytes))
}

/// Whole files at once: libdeflate does not stream. What follows the first member is left out.
fn libdeflate() -> impl FnMut(&[u8]) -> io::Result<u64> {
    let (mut inflater, mut buffer) = (Decompressor::new(), vec![0; 4 << 20]);
    move |stored| {
        // The last bytes of gzip say how long the content is, up to 4 GiB and of the last member.
        let told = stored.last_chunk().map_or(0, |length| u64::from(u32::from_le_bytes(*length)));
        let told = usize::try_from(told).map_err(io::Error::other)?;
        if buffer.len() < told {
            buffer.resize(told, 0);
        }
        loop {
            match inflater.gzip_decompress(stored, &mut buffer) {
                Ok(length) => return u64::try_from(length).map_err(io::Error::other),
                Err(DecompressionError::InsufficientSpace) => buffer.resize(buffer.len() * 2, 0),
                Err(error) => return Err(io::Error::other(error)),
            }
        }
    }
}

/// As a stream, a buffer at a time.
fn flate2() -> impl FnMut(&[u8]) -> io::Result<u64> {
    let mut buffer = vec![0; 256 << 10];
    move |stored| {
        let mut inflater = MultiGzDecoder::new(stored);
        let mut total = 0;
        loop {
            match inflater.read(&mut buffer)? {
                0 => return Ok(total),
                length => total += u64::try_from(length).map_err(io::Error::other)?,
            }
        }
    }
}
