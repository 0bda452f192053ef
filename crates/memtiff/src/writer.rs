//! A file while it is written.

use std::io;
use std::ops::{Deref, DerefMut};

use bytes::Bytes;
use memtiff_geotiff::{CreateOptions, Limits, Output, Result, Writer};
use memtiff_vfs::File;

use crate::companions::Directory;
use crate::dataset::Dataset;
use crate::failure::from_vfs;
use crate::memory_file::MemoryFile;

/// What is written, before it becomes the content of a file: memory of its own, shared with whoever reads meanwhile.
#[derive(Debug)]
pub struct Draft(File);

impl Output for Draft {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        Ok(self.0.write_at(offset, bytes)?)
    }

    fn expect(&mut self, len: u64) -> io::Result<()> {
        Ok(self.0.set_len(len)?)
    }

    fn read_at(&self, offset: u64, len: usize) -> io::Result<Option<Bytes>> {
        let mut bytes = vec![0; len];
        let n = self.0.read_at(offset, &mut bytes)?;
        bytes.truncate(n);
        Ok(Some(bytes.into()))
    }
}

/// A GeoTIFF while it is written into a [`MemoryFile`]. Made by [`MemoryFile::create`]; it does everything that a [`Writer`]
/// does.
///
/// The file has its old content until [`close`](Self::close), and its new one after it, never half of one. A writer that is
/// dropped is closed too, but nobody learns what went wrong: the file is then as it was. As long as there is a writer, the
/// file can neither be closed nor be written to by other means: the borrow checker sees to it.
#[derive(Debug)]
pub struct DatasetWriter<'f> {
    writer: Writer<Draft>,
    file: &'f MemoryFile,
    limits: Limits,
    closed: bool,
}

impl<'f> DatasetWriter<'f> {
    pub(crate) fn new(file: &'f MemoryFile, options: CreateOptions) -> Result<Self> {
        let limits = *options.get_limits();
        let writer = Writer::new(Draft(File::alone(file.file().path(), Bytes::new())), options)?;
        Ok(Self { writer, file, limits, closed: false })
    }

    /// What was written so far, to be read back; blocks that nobody has written are empty. Nothing is copied, unless more is
    /// written while the dataset is still there.
    ///
    /// # Errors
    ///
    /// As [`close`](Self::close).
    ///
    /// ```
    /// use memtiff::{CreateOptions, DataType, MemoryFile, Window, ndarray::Array3};
    ///
    /// let mut file = MemoryFile::new();
    /// let options = CreateOptions::new().width(64).height(64).count(1).dtype(DataType::Uint8).tiled(32, 32);
    /// let mut writer = file.create(options)?;
    /// writer.write_window(Window::new(10, 20, 5, 5), &Array3::<u8>::ones((1, 5, 5)))?;
    /// let so_far = writer.read_back()?.read_band::<u8>(1)?;
    /// assert_eq!((so_far[(22, 12)], so_far[(22, 40)]), (1, 0));
    /// writer.close()?;
    /// # Ok::<(), memtiff::Error>(())
    /// ```
    pub fn read_back(&mut self) -> Result<Dataset> {
        self.writer.flush()?;
        let bytes = self.snapshot()?;
        Dataset::open_bytes(bytes, &Directory::Vfs(self.file.vfs()), &self.file.file().path(), self.limits)
    }

    fn snapshot(&self) -> Result<Bytes> {
        self.writer.output().0.snapshot().map_err(|e| from_vfs(&e))
    }

    /// Writes out what waits and makes it the content of the file.
    ///
    /// # Errors
    ///
    /// When a block cannot be encoded, the quota of the filesystem has no room, or somebody removed the file meanwhile. The
    /// file is then as it was.
    pub fn close(mut self) -> Result<()> {
        self.complete()
    }

    fn complete(&mut self) -> Result<()> {
        self.closed = true;
        self.writer.complete()?;
        self.file.file().replace(self.snapshot()?).map_err(|e| from_vfs(&e))
    }
}

impl Drop for DatasetWriter<'_> {
    fn drop(&mut self) {
        if !self.closed {
            // Documented: who wants to know calls `close`.
            let _ = self.complete();
        }
    }
}

impl Deref for DatasetWriter<'_> {
    type Target = Writer<Draft>;

    fn deref(&self) -> &Self::Target {
        &self.writer
    }
}

impl DerefMut for DatasetWriter<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.writer
    }
}
