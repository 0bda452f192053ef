//! Files that live in memory.
//!
//! This crate knows nothing of TIFF. It holds bytes, lets one writer grow them through the standard
//! [`Read`](std::io::Read), [`Write`](std::io::Write) and [`Seek`](std::io::Seek) traits, and hands out
//! *snapshots*: [`Bytes`](bytes::Bytes) that share the memory and that no later write can change.
//!
//! From the ground up:
//!
//! - [`Blob`]: one contiguous run of bytes; written in place while nobody looks, copied once when
//!   somebody does. Its documentation draws the memory layout.
//! - [`File`]: a blob with a position, the `Read + Write + Seek` face.
//! - [`Error`]: what went wrong, and at which offset.
//!
//! ```
//! use std::io::{Read, Seek, SeekFrom, Write};
//!
//! let mut file = memtiff_vfs::File::new();
//! file.write_all(b"hello, ")?;
//! let before = file.snapshot();
//! file.write_all(b"world")?;
//! file.seek(SeekFrom::Start(7))?;
//! let mut rest = String::new();
//! file.read_to_string(&mut rest)?;
//! assert_eq!(rest, "world");
//! assert_eq!(&before[..], b"hello, ");
//! # Ok::<(), std::io::Error>(())
//! ```

mod blob;
mod error;
mod file;

pub use blob::Blob;
pub use error::{Error, Result};
pub use file::File;
