//! No input takes for ever.

use std::fmt::Write as _;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

/// Far more than any input takes on a busy machine without optimisation.
const LONGEST: Duration = Duration::from_mins(1);

struct Running {
    thread: ThreadId,
    target: &'static str,
    bytes: Vec<u8>,
    since: Instant,
}

/// What the threads of this process are at.
fn running() -> &'static Mutex<Vec<Running>> {
    static RUNNING: OnceLock<Mutex<Vec<Running>>> = OnceLock::new();
    RUNNING.get_or_init(|| {
        thread::spawn(watch);
        Mutex::default()
    })
}

/// Runs a target on an input, and ends the process with the input on stderr if it does not come back.
pub(crate) fn bounded(target: &'static str, bytes: &[u8], run: fn(&[u8])) {
    let me = thread::current().id();
    let all = || running().lock().unwrap_or_else(PoisonError::into_inner);
    // What failed before is still there.
    all().retain(|one| one.thread != me);
    all().push(Running { thread: me, target, bytes: bytes.to_vec(), since: Instant::now() });
    run(bytes);
    all().retain(|one| one.thread != me);
}

fn watch() {
    loop {
        thread::sleep(Duration::from_secs(1));
        let running = running().lock().unwrap_or_else(PoisonError::into_inner);
        for Running { target, bytes, since, .. } in running.iter() {
            if since.elapsed() > LONGEST {
                let hex = bytes.iter().fold(String::new(), |mut hex, byte| {
                    write!(hex, "{byte:02x}").unwrap();
                    hex
                });
                eprintln!("`{target}` hangs on {hex}");
                std::process::abort();
            }
        }
    }
}
