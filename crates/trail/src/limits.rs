//! What reading may cost.

/// What a reader may spend on one log object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many bytes of JSON are read from one file. Memory does not depend on it: it bounds the time that a file
    /// made to inflate without end can cost. The records before the limit are read, and the file is reported.
    pub max_file_size: u64,
    /// How large one record may be; the buffer grows as far. A larger record is skipped.
    pub max_record_size: u64,
    /// How large the content of a file may be to be inflated at once. What is larger, or lies about its size, is
    /// inflated in pieces, which costs more time and less memory.
    pub whole_size: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_file_size: 16 << 30, max_record_size: 96 << 20, whole_size: 8 << 20 }
    }
}
