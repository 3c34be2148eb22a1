//! Servers on loopback that stand for AWS in tests, and what stands between them and a program.
//!
//! They are Python programs, installed by `just servers` into `target/servers`. Where they are not installed, the tests that want
//! one skip with a message, unless `TIGHTEN_REQUIRE_SERVERS` is set, as it is in CI.

mod proxy;

use std::io;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

pub use proxy::{Fault, Proxy, Request};

/// A server, which ends with this value.
#[derive(Debug)]
pub struct Server {
    child: Child,
    port: u16,
}

/// How long a server may take until it answers, on a machine that is busy.
const START: Duration = Duration::from_mins(2);

impl Server {
    /// AWS, as far as tests need it: moto, and what `tools/servers/additions` adds. `None` where it is not installed.
    ///
    /// `variables` are for the additions.
    pub fn aws(variables: &[(&str, &str)]) -> Option<Self> {
        let python = installed("python")?;
        Some(Self::start(|port| {
            let mut command = Command::new(&python);
            command.arg(root().join("tools/servers/aws.py")).args(["-H", "127.0.0.1", "-p", &port.to_string()]);
            command.envs(variables.iter().copied());
            command
        }))
    }

    /// The folder as S3, each of its folders a bucket; fast. `None` where it is not installed. Keys are whatever.
    pub fn folder(folder: &Path) -> Option<Self> {
        let rclone = installed("rclone")?;
        Some(Self::start(|port| {
            let mut command = Command::new(&rclone);
            command.args(["serve", "s3", "--addr", &format!("127.0.0.1:{port}"), "--auth-key", "testing,testing"]);
            command.args(["--vfs-cache-mode", "off", "--no-modtime", "--config", "/dev/null"]).arg(folder);
            command
        }))
    }

    fn start(command: impl Fn(u16) -> Command) -> Self {
        // Between looking for a port and taking it, another test may take it.
        for _ in 0..5 {
            let port = free_port();
            let child = command(port).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
            let mut server = Self { child: child.unwrap_or_else(|error| fail(&error)), port };
            if server.answers() {
                return server;
            }
        }
        fail(&io::Error::other("no server could be started"))
    }

    fn answers(&mut self) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < START {
            if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
                return false;
            }
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return true;
            }
            thread::sleep(Duration::from_millis(50));
        }
        false
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The id of its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[expect(clippy::panic, reason = "a test that cannot have its server cannot go on")]
fn fail(error: &io::Error) -> ! {
    panic!("{error}")
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A program of the servers.
fn installed(program: &str) -> Option<PathBuf> {
    present(servers().join("bin").join(program))
}

/// The packages of the independent evaluator, for servers that answer with it. `None` where they are not installed.
pub fn evaluator() -> Option<PathBuf> {
    present(servers().join("../checks/oracle/node_modules"))
}

fn servers() -> PathBuf {
    std::env::var_os("TIGHTEN_TEST_SERVERS").map_or_else(|| root().join("target/servers"), PathBuf::from)
}

/// The path, if there is something; else the test is skipped, or fails where that must not be.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn present(path: PathBuf) -> Option<PathBuf> {
    if path.exists() {
        return Some(path);
    }
    if std::env::var_os("TIGHTEN_REQUIRE_SERVERS").is_some() {
        fail(&io::Error::other(format!("there is no {}; `just servers` installs it", path.display())));
    }
    eprintln!("skipped: there is no {}; `just servers` installs it", path.display());
    None
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap_or_else(|error| fail(&error));
    listener.local_addr().unwrap_or_else(|error| fail(&error)).port()
}
