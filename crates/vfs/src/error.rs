//! What can go wrong with files in memory: the kind, which file, and where in it.

use std::fmt;
use std::io;

use crate::path::VfsPath;

/// The result of an operation of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, with which file, and at which offset in it. It converts into [`io::Error`] for the `std::io`
/// traits, which keep it as their source.
///
/// ```
/// use memtiff_vfs::{ErrorKind, Vfs};
///
/// let error = Vfs::new().open("/images/a.tif").unwrap_err();
/// assert_eq!((error.kind(), error.path()), (&ErrorKind::NotFound, "/images/a.tif"));
/// assert_eq!(error.to_string(), "/images/a.tif: no such file or directory");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    path: Box<str>,
    offset: Option<u64>,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A text that is no path: see [`VfsPath`] for what one is.
    #[error("not a path: {0}")]
    InvalidPath(&'static str),
    /// Nothing of that name is there.
    #[error("no such file or directory")]
    NotFound,
    /// Something of that name is there, and was not to be replaced.
    #[error("it exists already")]
    AlreadyExists,
    /// A file stands where a directory is needed.
    #[error("it is a file, not a directory")]
    NotADirectory,
    /// A directory stands where a file is needed.
    #[error("it is a directory, not a file")]
    IsADirectory,
    /// A directory with something in it can only be removed together with that.
    #[error("the directory is not empty: empty it first, or use remove_all")]
    DirectoryNotEmpty,
    /// A directory cannot become a part of itself.
    #[error("a directory cannot be moved or copied into itself")]
    IntoItself,
    /// The root is always there.
    #[error("the root directory cannot be moved, replaced or removed")]
    IsRoot,
    /// The handle was opened for reading only.
    #[error(
        "write refused: it is open for reading only, as a file made from bytes is; \
         start from an empty file, or copy the bytes into one"
    )]
    ReadOnly,
    /// The file was removed or replaced after the handle was opened. Snapshots of it live on.
    #[error("closed: the file was removed or replaced since it was opened")]
    Stale,
    /// A seek to a position before the first byte, or past the largest one that 64 bits can say.
    #[error("seek to position {0}: outside 0..2^64")]
    SeekOutOfRange(i128),
    /// The filesystem would hold more bytes than its quota allows. Nothing was changed.
    #[error("over quota: {asked} bytes more are needed, {left} are left")]
    QuotaBytes {
        /// How many bytes more the operation needs.
        asked: u64,
        /// How many the quota has left.
        left: u64,
    },
    /// The filesystem would hold more files and directories than its quota allows. Nothing was changed.
    #[error("over quota: {asked} files or directories more are needed, {left} are left")]
    QuotaEntries {
        /// How many entries more the operation needs.
        asked: usize,
        /// How many the quota has left.
        left: usize,
    },
    /// The content would need more memory than this machine can address or give. Nothing was changed.
    #[error("no memory for a file of {0} bytes")]
    OutOfMemory(u64),
    /// Bytes that are no zip archive, or one that is damaged or not to be trusted: what is wrong.
    #[error("bad zip archive: {0}")]
    BadArchive(Box<str>),
    /// A member of an archive that needs a password.
    #[error("the member is encrypted: unpack it elsewhere first")]
    Encrypted,
    /// A member of an archive that is packed by a method other than Deflate: its number (APPNOTE 4.4.5).
    #[error("the member is packed by method {0}; stored (0) and Deflate (8) can be read")]
    UnsupportedMethod(u16),
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, path: &VfsPath) -> Self {
        Self { kind, path: path.as_str().into(), offset: None }
    }

    /// Of a text that did not become a path.
    pub(crate) fn invalid_path(text: &str, why: &'static str) -> Self {
        Self { kind: ErrorKind::InvalidPath(why), path: text.into(), offset: None }
    }

    /// Of a member of an archive, whose name need not be a path.
    pub(crate) fn of_member(kind: ErrorKind, name: &str) -> Self {
        Self { kind, path: name.into(), offset: None }
    }

    pub(crate) fn at(self, offset: u64) -> Self {
        Self { offset: Some(offset), ..self }
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// The file or directory it went wrong with.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Where in the file, in bytes from its start, if it was at a place.
    #[must_use]
    pub fn offset(&self) -> Option<u64> {
        self.offset
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.offset {
            Some(offset) => write!(f, "{}, offset {offset}: {}", self.path, self.kind),
            None => write!(f, "{}: {}", self.path, self.kind),
        }
    }
}

impl std::error::Error for Error {}

/// A path that is one already has nothing to get wrong.
impl From<std::convert::Infallible> for Error {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error.kind {
            ErrorKind::InvalidPath(_) | ErrorKind::SeekOutOfRange(_) | ErrorKind::IntoItself => {
                io::ErrorKind::InvalidInput
            }
            ErrorKind::NotFound => io::ErrorKind::NotFound,
            ErrorKind::AlreadyExists => io::ErrorKind::AlreadyExists,
            ErrorKind::NotADirectory => io::ErrorKind::NotADirectory,
            ErrorKind::IsADirectory => io::ErrorKind::IsADirectory,
            ErrorKind::DirectoryNotEmpty => io::ErrorKind::DirectoryNotEmpty,
            ErrorKind::ReadOnly | ErrorKind::IsRoot => io::ErrorKind::PermissionDenied,
            ErrorKind::Stale => io::ErrorKind::StaleNetworkFileHandle,
            ErrorKind::QuotaBytes { .. } | ErrorKind::QuotaEntries { .. } => io::ErrorKind::QuotaExceeded,
            ErrorKind::OutOfMemory(_) => io::ErrorKind::OutOfMemory,
            ErrorKind::BadArchive(_) => io::ErrorKind::InvalidData,
            ErrorKind::Encrypted | ErrorKind::UnsupportedMethod(_) => io::ErrorKind::Unsupported,
        };
        Self::new(kind, error)
    }
}
