//! Writes the trails under `fixtures/`, or a large one for benchmarks.
//!
//! ```text
//! tighten-fixtures FIXTURES
//! tighten-fixtures bench --bytes 256M --out DIR [--seed 1] [--accounts 6] [--principals 120] [--days 30] [--layout mixed|tiny|one]
//! ```

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tighten_testkit::bench::{self, Layout, Options};
use tighten_testkit::{envelopes, organisation, scenarios};

const USAGE: &str = "usage: tighten-fixtures FIXTURES | tighten-fixtures bench --out DIR [--bytes 256M] [--seed N] [--accounts N] [--principals N] [--days N] [--layout mixed|tiny|one]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(text) => {
            // A closed stdout is no failure of the writing.
            let _ = writeln!(io::stdout(), "{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &[String]) -> io::Result<String> {
    match arguments {
        [mode, rest @ ..] if mode == "bench" => {
            let truth = bench::write(&options(rest)?)?;
            let totals = truth.totals;
            Ok(format!(
                "{} files, {} records ({} of them repeated), {} bytes of JSON",
                totals.files, totals.records, totals.duplicates, totals.bytes
            ))
        }
        [folder] if !folder.starts_with('-') => fixtures(Path::new(folder)),
        _ => Err(io::Error::new(io::ErrorKind::InvalidInput, USAGE)),
    }
}

/// Replaces every generated file, and leaves what is written by hand.
fn fixtures(folder: &Path) -> io::Result<String> {
    let fresh = |name: &str| -> io::Result<PathBuf> {
        let folder = folder.join(name);
        let trail = folder.join("trail");
        if trail.exists() {
            std::fs::remove_dir_all(&trail)?;
        }
        std::fs::create_dir_all(&trail)?;
        Ok(folder)
    };
    let totals = organisation::write(&fresh("organisation")?)?.totals;
    for scenario in scenarios::ALL {
        scenario.write(&fresh(scenario.name)?.join("trail"))?;
    }
    envelopes::write(&folder.join("envelopes"))?;
    Ok(format!("organisation: {} files, {} records; {} scenarios", totals.files, totals.records, scenarios::ALL.len()))
}

fn options(arguments: &[String]) -> io::Result<Options> {
    let wrong = |text: &str| io::Error::new(io::ErrorKind::InvalidInput, format!("`{text}`; {USAGE}"));
    let mut options = Options::new(PathBuf::new());
    for pair in arguments.chunks(2) {
        let [key, value] = pair else { return Err(wrong(&pair.join(" "))) };
        let number = || value.parse::<u64>().map_err(|_| wrong(value));
        match key.as_str() {
            "--out" => options.out = PathBuf::from(value),
            "--bytes" => options.bytes = size(value).ok_or_else(|| wrong(value))?,
            "--seed" => options.seed = number()?,
            "--accounts" => options.accounts = number()?,
            "--principals" => options.principals = number()?,
            "--days" => options.days = number()?,
            "--layout" => {
                options.layout = match value.as_str() {
                    "mixed" => Layout::Mixed,
                    "tiny" => Layout::Tiny,
                    "one" => Layout::One,
                    _ => return Err(wrong(value)),
                }
            }
            _ => return Err(wrong(key)),
        }
    }
    if options.out.as_os_str().is_empty() {
        return Err(wrong("--out is missing"));
    }
    Ok(options)
}

/// A number with an optional K, M or G of 1,024.
fn size(text: &str) -> Option<u64> {
    let (digits, shift) = match text.chars().last()? {
        'K' => (text.strip_suffix('K')?, 10),
        'M' => (text.strip_suffix('M')?, 20),
        'G' => (text.strip_suffix('G')?, 30),
        _ => (text, 0),
    };
    digits.parse::<u64>().ok()?.checked_mul(1 << shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("512"), Some(512));
        assert_eq!(size("256M"), Some(256 << 20));
        assert_eq!(size("1G"), Some(1 << 30));
        assert_eq!(size("M"), None);
        assert_eq!(size("99999999999G"), None);
    }

    #[test]
    fn wrong_arguments_are_errors() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        for text in ["bench", "bench --out", "bench --bytes x --out y", "--help", "a b"] {
            assert!(run(&words(text)).is_err(), "{text}");
        }
    }
}
