//! Where each chunk lies in the file; looked up one by one, never as a whole.

use crate::bytes::View;
use crate::error::Result;
use crate::image::Image;
use crate::tag::Values;

/// The table of chunk offsets and lengths, left in the file. A million tiles cost nothing until they are
/// asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChunkTable<'a> {
    offsets: Values<'a>,
    byte_counts: Option<Values<'a>>,
    /// Bytes of each piece, if chunks are pieces of one strip.
    cut: Option<u64>,
    input: View<'a>,
}

impl<'a> ChunkTable<'a> {
    pub(crate) fn of(image: &Image, input: View<'a>) -> Result<Self> {
        let values =
            |entry: &crate::ifd::Entry| entry.values(&input).map_err(|e| e.in_directory(image.directory));
        Ok(Self {
            offsets: values(&image.offsets)?,
            byte_counts: image.byte_counts.as_ref().map(values).transpose()?,
            cut: image.cut.then(|| image.uncompressed_bytes()),
            input,
        })
    }

    /// The bytes of chunk `index`, of which `need` are wanted if it is not compressed; `None` where the file
    /// left it out (offset or length 0: a sparse chunk). Without a table of lengths a chunk runs to the next
    /// one, or to the end of the file.
    pub(crate) fn chunk(&self, index: u64, need: u64) -> Result<Option<&'a [u8]>> {
        if let Some(size) = self.cut {
            return self.piece(index, size, need);
        }
        let offset = self.offsets.u64(index)?;
        if offset == 0 {
            return Ok(None);
        }
        let len = match self.byte_counts {
            Some(byte_counts) => byte_counts.u64(index)?,
            None => self.until_next(index, offset),
        };
        if len == 0 {
            return Ok(None);
        }
        self.input.get(offset, len).map(Some)
    }

    /// A piece of the only strip. Its length in the file is not asked: like libtiff we know better, and
    /// writers exist that get it wrong.
    fn piece(&self, index: u64, size: u64, need: u64) -> Result<Option<&'a [u8]>> {
        match self.offsets.u64(0)? {
            0 => Ok(None),
            offset => self.input.get(offset.saturating_add(index.saturating_mul(size)), need).map(Some),
        }
    }

    fn until_next(&self, index: u64, offset: u64) -> u64 {
        let next = self.offsets.u64(index.saturating_add(1)).ok().filter(|next| *next > offset);
        next.unwrap_or(self.input.len()).saturating_sub(offset)
    }
}
