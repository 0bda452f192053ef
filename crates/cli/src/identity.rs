//! Which file a path leads to, and whether the file has changed.

use std::fs::Metadata;
use std::path::Path;
use std::time::SystemTime;

/// A file, whatever name or link leads to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileId(
    #[cfg(unix)] (u64, u64),
    /// Only the resolved path is known here: hard links are not recognized.
    #[cfg(not(unix))]
    std::path::PathBuf,
);

impl FileId {
    #[cfg(unix)]
    pub(crate) fn new(_path: &Path, metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self((metadata.dev(), metadata.ino()))
    }

    #[cfg(not(unix))]
    pub(crate) fn new(path: &Path, _metadata: &Metadata) -> Self {
        Self(path.canonicalize().unwrap_or_else(|_| path.to_owned()))
    }

    /// The file that a path leads to, links followed; `None` where there is none.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        std::fs::metadata(path).ok().map(|metadata| Self::new(path, &metadata))
    }
}

/// A file at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) id: FileId,
    len: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    pub(crate) fn new(path: &Path, metadata: &Metadata) -> Self {
        Self { id: FileId::new(path, metadata), len: metadata.len(), modified: metadata.modified().ok() }
    }

    /// The file that a path leads to now.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        std::fs::metadata(path).ok().map(|metadata| Self::new(path, &metadata))
    }
}
