//! A blob with a position: what `std::io` calls a file.

use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};

use bytes::Bytes;

use crate::blob::Blob;
use crate::error::{Error, Result};

/// A file in memory: `Read + BufRead + Write + Seek`.
///
/// Positions are bytes from the start. Seeking past the end is allowed: reading there gives nothing,
/// writing there fills the gap with zeros. See the [crate's page](crate) for an example.
#[derive(Debug, Default)]
pub struct File {
    blob: Blob,
    position: u64,
}

impl From<Bytes> for File {
    /// A file with this content, at position 0, without copying. It refuses writes.
    fn from(bytes: Bytes) -> Self {
        Self { blob: Blob::from(bytes), position: 0 }
    }
}

impl File {
    /// An empty file, at position 0, ready to be written.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Length of the content in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.blob.len()
    }

    /// Whether the content has no byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.blob.is_empty()
    }

    /// The content as it is now, without copying. No later write changes it.
    #[must_use]
    pub fn snapshot(&self) -> Bytes {
        self.blob.snapshot()
    }

    fn advance(&mut self, n: usize) {
        self.position = self.position.saturating_add(n as u64);
    }

    fn seek_to(&mut self, to: SeekFrom) -> Result<u64> {
        let position = match to {
            SeekFrom::Start(from_start) => i128::from(from_start),
            SeekFrom::Current(by) => i128::from(self.position).saturating_add(i128::from(by)),
            SeekFrom::End(by) => i128::from(self.len()).saturating_add(i128::from(by)),
        };
        self.position = u64::try_from(position).map_err(|_| Error::SeekOutOfRange { position })?;
        Ok(self.position)
    }
}

impl Read for File {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.blob.read_at(self.position, buf);
        self.advance(n);
        Ok(n)
    }
}

impl BufRead for File {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let at = usize::try_from(self.position).ok();
        Ok(at.and_then(|at| self.blob.as_slice().get(at..)).unwrap_or_default())
    }

    fn consume(&mut self, n: usize) {
        self.advance(n);
    }
}

impl Write for File {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.blob.write_at(self.position, data)?;
        self.advance(data.len());
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_out_of_order_reads_in_order() {
        let mut file = File::new();
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
        let mut file = File::from(Bytes::from_static(b"abc"));
        assert_eq!(file.seek(SeekFrom::End(-1)).unwrap(), 2);
        let error = file.seek(SeekFrom::Current(-3)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert_eq!(file.stream_position().unwrap(), 2);
        assert_eq!(file.seek(SeekFrom::Start(100)).unwrap(), 100);
        assert_eq!(file.read(&mut [0; 4]).unwrap(), 0);
    }

    #[test]
    fn copies_in_and_out() {
        let data: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
        let mut file = File::new();
        assert_eq!(io::copy(&mut &data[..], &mut file).unwrap(), 400_000);
        file.rewind().unwrap();
        let mut out = Vec::new();
        io::copy(&mut file, &mut out).unwrap();
        assert!(out == data);
    }
}
