//! A handle: a file, and a position in it.

use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use bytes::Bytes;

use crate::blob::Blob;
use crate::error::{Error, ErrorKind, Result};
use crate::fs::{Metadata, Vfs};
use crate::inode::Inode;
use crate::options::OpenOptions;
use crate::path::VfsPath;

/// What [`BufRead`] looks at in one go.
const LOOKAHEAD: usize = 8192;

/// An open file: `Read + BufRead + Write + Seek`, with positions in bytes from the start.
///
/// Seeking past the end is allowed: reading there gives nothing, writing there fills the gap with zeros. A clone is
/// another handle of the same file, with a position of its own. A handle goes with its file when that is renamed;
/// once the file is removed or replaced by another every operation fails with
/// [`Stale`](ErrorKind::Stale), never with old data.
///
/// Each single call sees the file as it is between two writes of others, never in the middle of one.
///
/// ```
/// use std::io::{Read, Seek, SeekFrom, Write};
/// use memtiff_vfs::Vfs;
///
/// let mut file = Vfs::new().create("greeting")?;
/// file.write_all(b"hello, ")?;
/// let before = file.snapshot()?;
/// file.write_all(b"world")?;
/// file.seek(SeekFrom::Start(7))?;
/// let mut rest = String::new();
/// file.read_to_string(&mut rest)?;
/// assert_eq!((rest.as_str(), &before[..]), ("world", &b"hello, "[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct File {
    vfs: Vfs,
    inode: Arc<Inode>,
    writes: bool,
    appends: bool,
    position: u64,
    /// What `fill_buf` showed of the file; its first byte is the one at `position`.
    lookahead: Vec<u8>,
    consumed: usize,
}

impl File {
    pub(crate) fn new(vfs: Vfs, inode: Arc<Inode>, options: &OpenOptions) -> Self {
        let (writes, appends) = (options.writes(), options.appends());
        Self { vfs, inode, writes, appends, position: 0, lookahead: Vec::new(), consumed: 0 }
    }

    /// A file of these bytes, alone in a filesystem of its own, open for reading and writing at position 0. Nothing is
    /// copied, and nothing can go wrong.
    #[must_use]
    pub fn alone(path: VfsPath, bytes: impl Into<Bytes>) -> Self {
        let vfs = Vfs::new();
        let inode = vfs.adopt(Inode::new(path, Blob::Given(bytes.into())));
        Self::new(vfs, inode, &OpenOptions::new().write(true))
    }

    /// The filesystem that the file is in.
    #[must_use]
    pub fn vfs(&self) -> &Vfs {
        &self.vfs
    }

    /// What the file is called now; of one that was removed, the last name.
    #[must_use]
    pub fn path(&self) -> VfsPath {
        self.inode.look().path().clone()
    }

    /// Whether the file is still there: not removed, and not replaced by another.
    #[must_use]
    pub fn exists(&self) -> bool {
        !self.inode.look().is_removed()
    }

    /// Whether it was opened for reading only.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        !self.writes
    }

    /// The same handle, for reading only.
    #[must_use]
    pub fn into_read_only(self) -> Self {
        Self { writes: false, appends: false, ..self }
    }

    /// The same handle, for reading and writing: that it was for reading only is a property of the handle, not of the file.
    #[must_use]
    pub fn into_writable(self) -> Self {
        Self { writes: true, ..self }
    }

    /// Length of the content in bytes.
    ///
    /// # Errors
    ///
    /// When the file was removed.
    #[expect(clippy::len_without_is_empty, reason = "it may fail")]
    pub fn len(&self) -> Result<u64> {
        Ok(self.inode.look().live()?.len())
    }

    /// What is known of the file.
    ///
    /// # Errors
    ///
    /// When it was removed.
    pub fn metadata(&self) -> Result<Metadata> {
        let file = self.inode.look();
        Ok(Metadata::of_file(file.live()?.len(), file.modified()))
    }

    /// The content as it is now, without copying. No later write changes it.
    ///
    /// # Errors
    ///
    /// When the file was removed.
    pub fn snapshot(&self) -> Result<Bytes> {
        Ok(self.inode.look().live()?.snapshot())
    }

    /// Reads bytes from `offset` on, at most `buf.len()`; gives how many. Past the end: 0. The position stays.
    ///
    /// # Errors
    ///
    /// When the file was removed.
    pub fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        let file = self.inode.look();
        let rest = file.live()?.from(offset);
        let n = rest.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..n), rest.get(..n)) {
            to.copy_from_slice(from);
        }
        Ok(n)
    }

    /// Writes all of `data` at `offset`, over what is there and past the end; a gap between the end and `offset` is
    /// filled with zeros. The position stays.
    ///
    /// # Errors
    ///
    /// When the file is open for reading only or was removed, or quota or memory do not suffice. The content is then
    /// as it was.
    pub fn write_at(&self, offset: u64, data: &[u8]) -> Result<()> {
        self.check_writes(offset)?;
        self.inode.change().write(Some(offset), data, self.vfs.meter())?;
        Ok(())
    }

    /// Cuts the content off at `len` bytes, or extends it with zeros. The position stays.
    ///
    /// # Errors
    ///
    /// As [`write_at`](Self::write_at).
    pub fn set_len(&self, len: u64) -> Result<()> {
        self.check_writes(len)?;
        self.inode.change().set_len(len, self.vfs.meter())
    }

    /// Makes `bytes` the content, without copying them. The position stays.
    ///
    /// # Errors
    ///
    /// As [`write_at`](Self::write_at).
    pub fn replace(&self, bytes: impl Into<Bytes>) -> Result<()> {
        self.check_writes(0)?;
        let blob = Blob::Given(bytes.into());
        self.inode.change().replace(blob, self.vfs.meter())
    }

    /// Makes `bytes` the content, and makes or replaces the files of `others`, without copying: all of it in one step, or
    /// nothing. Nobody who reads by name finds some files new and others old. The position stays.
    ///
    /// # Errors
    ///
    /// As [`write_at`](Self::write_at); also when one of the others is this file or a directory. All files are then as they
    /// were.
    ///
    /// ```
    /// use memtiff_vfs::{Quota, Vfs, VfsPath};
    ///
    /// let vfs = Vfs::with_quota(Quota::new().with_bytes(8));
    /// let file = vfs.create("/a.tif")?;
    /// let world = VfsPath::try_from("/a.tfw")?;
    /// file.replace_with("image", [(world.clone(), "one".into())])?;
    /// assert!(file.replace_with("IMAGE", [(world, "four".into())]).is_err());
    /// assert_eq!((&vfs.read("/a.tif")?[..], &vfs.read("/a.tfw")?[..]), (&b"image"[..], &b"one"[..]));
    /// # Ok::<(), memtiff_vfs::Error>(())
    /// ```
    pub fn replace_with(
        &self,
        bytes: impl Into<Bytes>,
        others: impl IntoIterator<Item = (VfsPath, Bytes)>,
    ) -> Result<()> {
        self.check_writes(0)?;
        let others = others.into_iter().map(|(path, bytes)| (path, Blob::Given(bytes))).collect();
        self.vfs.replace_together(&self.inode, Blob::Given(bytes.into()), others)
    }

    /// Removes the file, by whatever name it goes now, and gives its memory away: nothing is copied.
    ///
    /// # Errors
    ///
    /// When it was removed already.
    ///
    /// ```
    /// use memtiff_vfs::Vfs;
    ///
    /// let vfs = Vfs::new();
    /// vfs.insert("/a", vec![1, 2, 3])?;
    /// assert_eq!(vfs.open("/a")?.into_bytes()?, [1, 2, 3][..]);
    /// assert!(!vfs.exists("/a"));
    /// # Ok::<(), memtiff_vfs::Error>(())
    /// ```
    pub fn into_bytes(self) -> Result<Bytes> {
        let blob = self.vfs.remove_inode(&self.inode);
        blob.map(Blob::into_bytes).ok_or_else(|| Error::new(ErrorKind::Stale, &self.path()))
    }

    /// Removes the file, by whatever name it goes now; does nothing if that was done already.
    pub fn remove(&self) {
        self.vfs.remove_inode(&self.inode);
    }

    fn check_writes(&self, offset: u64) -> Result<()> {
        if self.writes { Ok(()) } else { Err(Error::new(ErrorKind::ReadOnly, &self.path()).at(offset)) }
    }

    /// Puts the position there; what was looked at ahead is another place's.
    fn set_position(&mut self, position: u64) {
        self.position = position;
        self.lookahead.clear();
        self.consumed = 0;
    }

    fn advance(&mut self, n: usize) {
        self.set_position(self.position.saturating_add(n as u64));
    }

    fn seek_to(&mut self, to: SeekFrom) -> Result<u64> {
        let len = self.len()?;
        let position = match to {
            SeekFrom::Start(from_start) => i128::from(from_start),
            SeekFrom::Current(by) => i128::from(self.position).saturating_add(i128::from(by)),
            SeekFrom::End(by) => i128::from(len).saturating_add(i128::from(by)),
        };
        let outside = |_| Error::new(ErrorKind::SeekOutOfRange(position), &self.path());
        let position = u64::try_from(position).map_err(outside)?;
        self.set_position(position);
        Ok(position)
    }
}

impl Read for File {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.read_at(self.position, buf)?;
        self.advance(n);
        Ok(n)
    }

    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        let file = self.inode.look();
        let rest = file.live()?.from(self.position);
        let n = rest.len();
        buf.try_reserve(n)?;
        buf.extend_from_slice(rest);
        drop(file);
        self.advance(n);
        Ok(n)
    }
}

impl BufRead for File {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.consumed >= self.lookahead.len() {
            let file = self.inode.look();
            let rest = file.live()?.from(self.position);
            self.lookahead.clear();
            self.consumed = 0;
            self.lookahead.extend_from_slice(rest.get(..LOOKAHEAD).unwrap_or(rest));
        }
        Ok(self.lookahead.get(self.consumed..).unwrap_or_default())
    }

    fn consume(&mut self, n: usize) {
        let n = n.min(self.lookahead.len().saturating_sub(self.consumed));
        self.consumed = self.consumed.saturating_add(n);
        self.position = self.position.saturating_add(n as u64);
    }
}

impl Write for File {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.check_writes(self.position)?;
        let offset = (!self.appends).then_some(self.position);
        let end = self.inode.change().write(offset, data, self.vfs.meter())?;
        self.set_position(end);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for File {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        Ok(self.seek_to(to)?)
    }

    fn stream_position(&mut self) -> io::Result<u64> {
        self.len()?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(content: &[u8]) -> File {
        let vfs = Vfs::new();
        vfs.insert("/file", content.to_vec()).unwrap();
        vfs.open_with("/file", &OpenOptions::new().write(true)).unwrap()
    }

    #[test]
    fn written_out_of_order_reads_in_order() {
        let mut file = file(b"");
        file.seek(SeekFrom::Start(4)).unwrap();
        file.write_all(b"tail").unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.write_all(b"he").unwrap();
        file.rewind().unwrap();
        let mut all = Vec::new();
        file.read_to_end(&mut all).unwrap();
        assert_eq!(all, b"he\0\0tail");
        assert_eq!(file.read(&mut [0; 4]).unwrap(), 0);
    }

    #[test]
    fn seeks_before_the_start_fail_and_past_the_end_read_nothing() {
        let mut file = file(b"abc");
        assert_eq!(file.seek(SeekFrom::End(-1)).unwrap(), 2);
        let error = file.seek(SeekFrom::Current(-3)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert_eq!(file.stream_position().unwrap(), 2);
        assert_eq!(file.seek(SeekFrom::Start(100)).unwrap(), 100);
        assert_eq!(file.read(&mut [0; 4]).unwrap(), 0);
        assert_eq!(file.seek(SeekFrom::Start(u64::MAX)).unwrap(), u64::MAX);
        assert!(file.seek(SeekFrom::Current(1)).is_err());
        assert!(file.write(b"x").is_err());
        assert_eq!(file.len().unwrap(), 3);
    }

    #[test]
    fn copies_in_and_out() {
        let data: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
        let mut file = file(b"");
        assert_eq!(io::copy(&mut &data[..], &mut file).unwrap(), 400_000);
        file.rewind().unwrap();
        let mut out = Vec::new();
        io::copy(&mut file, &mut out).unwrap();
        assert!(out == data);
    }

    #[test]
    fn lines_are_read_and_the_position_is_behind_them() {
        let mut file = file(b"one\ntwo\nthree");
        let mut line = String::new();
        file.read_line(&mut line).unwrap();
        assert_eq!((line.as_str(), file.stream_position().unwrap()), ("one\n", 4));
        file.seek(SeekFrom::Current(4)).unwrap();
        assert_eq!(file.lines().map(|line| line.unwrap()).collect::<Vec<_>>(), ["three"]);
    }

    #[test]
    fn a_write_of_one_handle_is_read_by_another() {
        let mut writer = file(b"abc");
        let mut reader = writer.clone();
        assert_eq!(reader.fill_buf().unwrap(), b"abc");
        reader.consume(1);
        writer.write_all(b"xyz").unwrap();
        let mut rest = [0; 2];
        reader.read_exact(&mut rest).unwrap();
        assert_eq!(&rest, b"yz");
    }

    #[test]
    fn appends_go_behind_the_last_byte_of_the_time() {
        let mut one = file(b"");
        let mut two = one.vfs().open_with("/file", &OpenOptions::new().append(true)).unwrap();
        one.write_all(b"abc").unwrap();
        two.write_all(b"de").unwrap();
        one.write_all(b"f").unwrap();
        two.write_all(b"g").unwrap();
        assert_eq!(&one.snapshot().unwrap()[..], b"abcfeg");
    }
}
