//! What can go wrong with bytes in memory, and where.

use std::io;

/// The result of an operation of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong with a file in memory. It converts into [`io::Error`] for the `std::io` traits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The content was handed over as finished bytes; it does not grow.
    #[error(
        "write at offset {offset} refused: this file was made from bytes and cannot be extended; \
         start from an empty file, or copy the bytes into one"
    )]
    ReadOnly {
        /// Where the write would have begun.
        offset: u64,
    },
    /// The content would need more memory than this machine can address or give.
    #[error("no memory for a file of {len} bytes")]
    OutOfMemory {
        /// The length that was asked for, in bytes.
        len: u64,
    },
    /// A seek to a position before the first byte, or past the largest position that 64 bits can say.
    #[error("seek to position {position}: outside 0..2^64")]
    SeekOutOfRange {
        /// The position that was asked for.
        position: i128,
    },
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error {
            Error::ReadOnly { .. } => io::ErrorKind::PermissionDenied,
            Error::OutOfMemory { .. } => io::ErrorKind::OutOfMemory,
            Error::SeekOutOfRange { .. } => io::ErrorKind::InvalidInput,
        };
        Self::new(kind, error)
    }
}
