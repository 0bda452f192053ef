//! Where a file is written to.

use std::io::{self, Seek, SeekFrom, Write};
use std::ops::Deref;

use bytes::Bytes;

/// Where a file is written to: bytes at offsets. Offsets behind the end leave zeros in between.
pub trait Output {
    /// Writes all of `bytes` at `offset`, over what is there and behind the end.
    ///
    /// # Errors
    ///
    /// When it cannot.
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Says how long it will be, where that is known from the beginning.
    ///
    /// # Errors
    ///
    /// When there is no room for so much.
    fn expect(&mut self, len: u64) -> io::Result<()> {
        let _ = len;
        Ok(())
    }

    /// All bytes so far; `None` from an output that cannot be read.
    ///
    /// # Errors
    ///
    /// When reading fails.
    fn content(&self) -> io::Result<Option<Content<'_>>> {
        Ok(None)
    }

    /// Gives all bytes away, for good, so that they can be brought into another order where they are; `None` from an output
    /// that keeps them.
    ///
    /// # Errors
    ///
    /// When they are not there any more.
    fn take(&mut self) -> io::Result<Option<Vec<u8>>> {
        Ok(None)
    }
}

/// What an output holds.
#[derive(Debug, Clone)]
pub enum Content<'o> {
    /// Bytes of its own.
    Borrowed(&'o [u8]),
    /// Bytes that others hold too.
    Shared(Bytes),
}

impl Deref for Content<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Borrowed(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

impl Output for Vec<u8> {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let too_far = |_| io::Error::from(io::ErrorKind::OutOfMemory);
        let start = usize::try_from(offset).map_err(too_far)?;
        let end = start.saturating_add(bytes.len());
        if start == self.len() {
            self.try_reserve(bytes.len())?;
            self.extend_from_slice(bytes);
            return Ok(());
        }
        if end > self.len() {
            self.try_reserve(end.saturating_sub(self.len()))?;
            self.resize(end, 0);
        }
        if let Some(place) = self.get_mut(start..end) {
            place.copy_from_slice(bytes);
        }
        Ok(())
    }

    fn expect(&mut self, len: u64) -> io::Result<()> {
        let len = usize::try_from(len).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
        Ok(self.try_reserve_exact(len.saturating_sub(self.len()))?)
    }

    fn content(&self) -> io::Result<Option<Content<'_>>> {
        Ok(Some(Content::Borrowed(self)))
    }

    fn take(&mut self) -> io::Result<Option<Vec<u8>>> {
        Ok(Some(std::mem::take(self)))
    }
}

/// Lets a file of any length be written to anything that is `Write + Seek`, from where it stands. It is never read.
#[derive(Debug)]
pub struct Stream<W> {
    inner: W,
    start: u64,
    position: u64,
}

impl<W: Write + Seek> Stream<W> {
    /// Writes from where `inner` stands.
    ///
    /// # Errors
    ///
    /// When `inner` does not know where that is.
    pub fn new(mut inner: W) -> io::Result<Self> {
        let start = inner.stream_position()?;
        Ok(Self { inner, start, position: start })
    }

    /// What was written to.
    pub fn into_inner(self) -> W {
        self.inner
    }
}

impl<W: Write + Seek> Output for Stream<W> {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let wanted = self.start.saturating_add(offset);
        if wanted != self.position {
            self.position = self.inner.seek(SeekFrom::Start(wanted))?;
        }
        self.inner.write_all(bytes)?;
        self.position = self.position.saturating_add(bytes.len() as u64);
        Ok(())
    }
}
