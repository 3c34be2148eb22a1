//! Stands between a program and a server: remembers the requests, and spoils answers as a test wants.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// A request that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// The path and the query, as they were sent.
    pub target: String,
    /// The headers, their names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What becomes of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It comes as it is.
    None,
    /// Another one comes in its place: a status, a content type and a body.
    Instead(u16, &'static str, String),
    /// It comes this much later.
    Late(Duration),
    /// It breaks off after so many bytes of its body.
    Cut(usize),
    /// After so many bytes of its body nothing comes for so long.
    Stalled(usize, Duration),
    /// The connection is closed before anything comes.
    Refused,
}

type Decide = dyn Fn(&Request, usize) -> Fault + Send + Sync;

/// A proxy, which ends with the test.
#[derive(Clone)]
pub struct Proxy {
    port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("port", &self.port).finish_non_exhaustive()
    }
}

impl Proxy {
    /// A proxy in front of a server on loopback. `decide` says what becomes of the answer to a request, which is told how often
    /// the same one (method and target) came before.
    pub fn start(upstream: u16, decide: impl Fn(&Request, usize) -> Fault + Send + Sync + 'static) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let proxy = Self { port: listener.local_addr()?.port(), requests: Arc::default() };
        let (requests, decide): (_, Arc<Decide>) = (Arc::clone(&proxy.requests), Arc::new(decide));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (requests, decide) = (Arc::clone(&requests), Arc::clone(&decide));
                // A client that goes away is its own affair.
                thread::spawn(move || drop(serve(&client, upstream, &requests, decide.as_ref())));
            }
        });
        Ok(proxy)
    }

    /// A proxy that only remembers.
    pub fn recording(upstream: u16) -> io::Result<Self> {
        Self::start(upstream, |_, _| Fault::None)
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What came so far, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Request {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    fn read(client: &mut BufReader<&TcpStream>) -> io::Result<Option<Self>> {
        let mut line = String::new();
        if client.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut parts = line.split_whitespace().map(str::to_owned);
        let (Some(method), Some(target)) = (parts.next(), parts.next()) else { return Ok(None) };
        let headers = headers(client)?;
        let mut request = Self { method, target, headers, body: Vec::new() };
        let length = request.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        client.by_ref().take(length).read_to_end(&mut request.body)?;
        Ok(Some(request))
    }
}

fn headers(from: &mut impl BufRead) -> io::Result<Vec<(String, String)>> {
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        from.read_line(&mut line)?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.trim().to_owned())),
            None => return Ok(headers),
        }
    }
}

fn serve(client: &TcpStream, upstream: u16, requests: &Mutex<Vec<Request>>, decide: &Decide) -> io::Result<()> {
    let mut from_client = BufReader::new(client);
    let Some(request) = Request::read(&mut from_client)? else { return Ok(()) };
    let before = {
        let mut requests = requests.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |other: &&Request| (&other.method, &other.target) == (&request.method, &request.target);
        let before = requests.iter().filter(same).count();
        requests.push(request.clone());
        before
    };
    let fault = decide(&request, before);
    let mut to_client = client;
    match &fault {
        Fault::Refused => return Ok(()),
        Fault::Instead(status, kind, body) => {
            let length = body.len();
            return write!(
                to_client,
                "HTTP/1.1 {status} Spoilt\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
        }
        Fault::Late(wait) => thread::sleep(*wait),
        _ => {}
    }
    let server = TcpStream::connect(("127.0.0.1", upstream))?;
    let mut to_server = &server;
    write!(to_server, "{} {} HTTP/1.1\r\n", request.method, request.target)?;
    for (name, value) in request.headers.iter().filter(|(name, _)| name != "connection") {
        write!(to_server, "{name}: {value}\r\n")?;
    }
    write!(to_server, "connection: close\r\n\r\n")?;
    to_server.write_all(&request.body)?;
    answer(&server, to_client, &fault)
}

/// Hands the answer on. Each has a connection of its own, so where it ends is where the server's ends.
fn answer(server: &TcpStream, mut client: &TcpStream, fault: &Fault) -> io::Result<()> {
    let mut from_server = BufReader::new(server);
    let mut status = String::new();
    from_server.read_line(&mut status)?;
    client.write_all(status.as_bytes())?;
    for (name, value) in headers(&mut from_server)?.iter().filter(|(name, _)| name != "connection") {
        write!(client, "{name}: {value}\r\n")?;
    }
    client.write_all(b"connection: close\r\n\r\n")?;
    let part = match fault {
        Fault::Cut(bytes) | Fault::Stalled(bytes, _) => *bytes as u64,
        _ => u64::MAX,
    };
    io::copy(&mut from_server.by_ref().take(part), &mut client)?;
    match fault {
        Fault::Cut(_) => return Ok(()),
        Fault::Stalled(_, wait) => {
            client.flush()?;
            thread::sleep(*wait);
        }
        _ => {}
    }
    io::copy(&mut from_server, &mut client).map(drop)
}
