//! How a ledger is stored.

use serde::{Deserialize, Serialize};

use crate::ledger::{Ledger, LedgerHeader, Sum};

/// What a stored ledger begins with.
const MAGIC: &[u8] = b"tighten-ledger\n";
/// The number of the format. It changes with every change of what is stored.
const FORMAT: u32 = 1;

/// Why stored bytes are no ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoredLedgerError {
    /// They begin with something else.
    #[error("this is no ledger of tighten")]
    NotALedger,
    /// They are of a format that this version does not read.
    #[error("the ledger has format {found}; this version of tighten reads format {known}")]
    Format {
        /// The number that they begin with.
        found: u32,
        /// The number that is known.
        known: u32,
    },
    /// They end too soon, or are not what their header says.
    #[error("the ledger is damaged")]
    Damaged,
    /// Something cannot be stored.
    #[error("the ledger cannot be stored")]
    Unstorable,
}

impl Ledger {
    /// The bytes to store: a line that says what they are, the number of the format, the header, and the sum.
    ///
    /// Equal ledgers have equal bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, StoredLedgerError> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(FORMAT.to_le_bytes());
        bytes = extend(bytes, &self.header)?;
        extend(bytes, &self.sum)
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote. Whatever catalog it was made by, it is read; the header says which.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StoredLedgerError> {
        let (header, rest) = header(bytes)?;
        let (sum, rest): (Sum, _) = take(rest)?;
        if rest.is_empty() { Ok(Self { header, sum }) } else { Err(StoredLedgerError::Damaged) }
    }
}

impl LedgerHeader {
    /// Reads the header of a stored ledger alone.
    pub fn of_stored(bytes: &[u8]) -> Result<Self, StoredLedgerError> {
        header(bytes).map(|(header, _)| header)
    }
}

fn header(bytes: &[u8]) -> Result<(LedgerHeader, &[u8]), StoredLedgerError> {
    let rest = bytes.strip_prefix(MAGIC).ok_or(StoredLedgerError::NotALedger)?;
    let (format, rest) = rest.split_first_chunk().ok_or(StoredLedgerError::Damaged)?;
    match u32::from_le_bytes(*format) {
        FORMAT => take(rest),
        found => Err(StoredLedgerError::Format { found, known: FORMAT }),
    }
}

fn extend(bytes: Vec<u8>, value: &impl Serialize) -> Result<Vec<u8>, StoredLedgerError> {
    postcard::to_extend(value, bytes).map_err(|_| StoredLedgerError::Unstorable)
}

fn take<'b, T: Deserialize<'b>>(bytes: &'b [u8]) -> Result<(T, &'b [u8]), StoredLedgerError> {
    postcard::take_from_bytes(bytes).map_err(|_| StoredLedgerError::Damaged)
}
