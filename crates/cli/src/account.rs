//! The account that sources and policies are read from.

use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::{Arc, OnceLock};

use anyhow::Result;
use tighten_aws::{AccessOptions, AskCode, AwsError, ConnectError, Connection};

use crate::error::Explained;
use crate::terminal::Terminal;

/// The account, to which there is a connection once somebody needs it.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    access: AccessOptions,
    terminal: Terminal,
    connection: OnceLock<Connection>,
}

impl Account {
    pub(crate) fn new(access: AccessOptions, terminal: Terminal) -> Self {
        Self { access, terminal, connection: OnceLock::new() }
    }

    /// The connection, which says once whose credentials are used.
    pub(crate) fn connection(&self) -> Result<&Connection> {
        if let Some(connection) = self.connection.get() {
            return Ok(connection);
        }
        let connection = Connection::open(&self.access, Arc::new(Prompt)).map_err(unconnected)?;
        self.terminal.note(&format!("AWS: {}, {}", connection.identity(), connection.region()));
        Ok(self.connection.get_or_init(|| connection))
    }
}

fn unconnected(error: ConnectError) -> Explained {
    let tip = error.tip();
    Explained::of(error, tip)
}

/// A request that failed, with the way out.
pub(crate) fn explained(error: AwsError) -> Explained {
    let tip = error.tip();
    Explained::of(error, tip)
}

/// Asks whoever sits at the terminal.
struct Prompt;

impl AskCode for Prompt {
    fn code(&self, serial: &str) -> io::Result<Option<String>> {
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return Ok(None);
        }
        let mut out = io::stderr();
        write!(out, "Code of {}: ", tighten_report::escape::terminal(serial))?;
        out.flush()?;
        let mut code = String::new();
        io::stdin().lock().read_line(&mut code)?;
        Ok(Some(code.trim().to_owned()).filter(|code| !code.is_empty()))
    }
}
