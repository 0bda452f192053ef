//! Files that live in memory.
//!
//! This crate knows nothing of TIFF. It holds bytes under names, lets writers change them through the standard
//! [`Read`](std::io::Read), [`Write`](std::io::Write) and [`Seek`](std::io::Seek) traits, and hands out *snapshots*:
//! [`Bytes`](bytes::Bytes) that share the memory and that no later write can change.
//!
//! From the ground up:
//!
//! - [`VfsPath`]: a name, valid by construction.
//! - [`Vfs`]: the filesystem, a tree of names over files. Its documentation draws the memory layout.
//! - [`File`]: a handle, a file with a position; [`OpenOptions`] say how one is opened.
//! - [`Quota`]: how much a filesystem may hold.
//! - [`Error`]: what went wrong, with which file, and at which offset.
//! - `Archive`: a zip archive, read where it lies (feature `zip`).
//!
//! # Features
//!
//! `zip`: archives. `tokio`: handles are `AsyncRead + AsyncWrite + AsyncSeek` too; nothing ever waits.

#[cfg(feature = "zip")]
mod archive;
mod blob;
mod error;
mod file;
mod fs;
mod inode;
mod options;
mod path;
mod quota;
#[cfg(all(test, memtiff_loom))]
mod races;
mod sync;
#[cfg(feature = "tokio")]
mod tokio;
mod tree;

#[cfg(feature = "zip")]
pub use archive::{Archive, ArchiveLimits};
pub use error::{Error, ErrorKind, Result};
pub use file::File;
pub use fs::{Entry, Metadata, ToPath, Vfs};
pub use options::OpenOptions;
pub use path::VfsPath;
pub use quota::{Quota, Usage};
