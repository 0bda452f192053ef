//! A file in memory that opens as a dataset.

use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};

use bytes::Bytes;
use memtiff_geotiff::{Limits, Result};

use crate::dataset::Dataset;

/// A file in memory: bytes with a position, that [`open`](Self::open) as a [`Dataset`].
///
/// It is `Read + BufRead + Write + Seek`, with positions in bytes from the start; seeking past the end is
/// allowed, reading there gives nothing, writing there fills the gap with zeros.
///
/// ```
/// use std::io::{Read, Seek, SeekFrom, Write};
/// use memtiff::MemoryFile;
///
/// let mut file = MemoryFile::new();
/// file.write_all(b"II*\0")?;
/// let view = file.getbuffer();
/// file.write_all(b"more")?;
/// assert_eq!((file.len(), view.len()), (8, 4));
///
/// file.seek(SeekFrom::Start(4))?;
/// let mut rest = String::new();
/// file.read_to_string(&mut rest)?;
/// assert_eq!(rest, "more");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct MemoryFile(memtiff_vfs::File);

impl From<Bytes> for MemoryFile {
    fn from(bytes: Bytes) -> Self {
        Self::from_bytes(bytes)
    }
}

impl MemoryFile {
    /// An empty file, ready to be written.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A file of these bytes, at position 0. Nothing is copied: a `Vec<u8>`, a `Bytes` or a `&'static [u8]`
    /// is taken over as it is.
    ///
    /// Such a file cannot be extended; a write fails and changes nothing.
    ///
    /// ```
    /// use std::io::Write;
    /// use memtiff::MemoryFile;
    ///
    /// let mut file = MemoryFile::from_bytes(vec![1, 2, 3]);
    /// let error = file.write_all(&[4]).unwrap_err();
    /// assert!(error.to_string().contains("start from an empty file"));
    /// assert_eq!(file.len(), 3);
    /// ```
    #[must_use]
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Self {
        Self(memtiff_vfs::File::from(bytes.into()))
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.len()
    }

    /// Whether it has no byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The content as it is now, without copying. A later write does not change it.
    #[must_use]
    pub fn getbuffer(&self) -> Bytes {
        self.0.snapshot()
    }

    /// Opens the content as it is now. The dataset keeps a snapshot: later writes do not change what it
    /// reads, and it may outlive the file.
    ///
    /// # Errors
    ///
    /// When the content is empty, no TIFF, or cut off before its first directory; the error says which, and
    /// where.
    ///
    /// ```
    /// use memtiff::{ErrorKind, MemoryFile};
    ///
    /// assert_eq!(MemoryFile::new().open().unwrap_err().kind(), ErrorKind::NotTiff);
    /// ```
    pub fn open(&self) -> Result<Dataset> {
        self.open_with(Limits::default())
    }

    /// As [`open`](Self::open), with other limits; they hold for every read of the dataset too.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open); also when the limits do not suffice.
    pub fn open_with(&self, limits: Limits) -> Result<Dataset> {
        Dataset::open(self.getbuffer(), limits)
    }
}

impl Read for MemoryFile {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl BufRead for MemoryFile {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.0.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        self.0.consume(n);
    }
}

impl Write for MemoryFile {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Seek for MemoryFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}
