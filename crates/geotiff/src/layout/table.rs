//! Where each chunk lies in the file; looked up one by one, never as a whole.

use std::ops::Range;

use crate::bytes::View;
use crate::error::Result;
use crate::ifd::Entry;
use crate::image::Image;
use crate::tag::{Compression, Values};

/// The table of chunk offsets and lengths, left in the file. A million tiles cost nothing until they are
/// asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChunkTable<'a> {
    offsets: Values<'a>,
    byte_counts: Option<Values<'a>>,
    one_strip: bool,
    /// Bytes of a chunk that is not compressed.
    uncompressed: Option<u64>,
    input: View<'a>,
}

impl<'a> ChunkTable<'a> {
    pub(crate) fn of(image: &Image, input: View<'a>) -> Result<Self> {
        let values = |entry: &Entry| entry.values(&input).map_err(|e| e.in_directory(image.directory));
        let plain = image.compression == Compression::NONE;
        Ok(Self {
            offsets: values(&image.offsets)?,
            byte_counts: image.byte_counts.as_ref().map(values).transpose()?,
            one_strip: image.one_strip,
            uncompressed: plain.then(|| image.uncompressed_bytes()),
            input,
        })
    }

    /// Chunks from this index on are left out by the file, because its tables end there.
    pub(crate) fn known(&self) -> u64 {
        if self.one_strip {
            return u64::MAX;
        }
        self.byte_counts.map_or(self.offsets.len(), |counts| counts.len().min(self.offsets.len()))
    }

    /// The bytes of chunk `index`; `None` where the file left it out (offset or length 0, or tables that end
    /// before it: a sparse chunk).
    ///
    /// Of a chunk that is not compressed these are the `need` bytes that are wanted: how long it is follows
    /// from the image, and writers exist whose tables get it wrong. Others are as long as the file says; without
    /// a word on it they run to the next chunk, or to the end of the file.
    pub(crate) fn chunk(&self, index: u64, need: u64) -> Result<Option<&'a [u8]>> {
        let range = self.range(index, need)?;
        range.map(|(offset, len)| self.input.get(offset, len)).transpose()
    }

    /// Where those bytes are in the file.
    pub(crate) fn place(&self, index: u64, need: u64) -> Result<Option<Range<usize>>> {
        let Some((offset, len)) = self.range(index, need)? else { return Ok(None) };
        let len = self.input.get(offset, len)?.len();
        // What lies in memory has an offset that fits.
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        Ok(Some(start..start.saturating_add(len)))
    }

    /// Offset and length of those bytes, which need not be there.
    pub(crate) fn range(&self, index: u64, need: u64) -> Result<Option<(u64, u64)>> {
        if self.one_strip {
            return self.of_one_strip(index, need);
        }
        let missing = |values: &Values<'_>| index >= values.len();
        if missing(&self.offsets) || self.byte_counts.as_ref().is_some_and(missing) {
            return Ok(None);
        }
        let offset = self.offsets.u64(index)?;
        let len = self.byte_counts.map(|byte_counts| byte_counts.u64(index)).transpose()?;
        let len = match (len, self.uncompressed) {
            _ if offset == 0 => return Ok(None),
            (Some(0), _) => return Ok(None),
            (_, Some(_)) => need,
            (Some(len), None) => len,
            (None, None) => self.until_next(index, offset),
        };
        Ok(Some((offset, len)))
    }

    /// The first of `chunks` chunks whose bytes do not lie in the file: its index, and those bytes. `need` gives the length of
    /// one that is not compressed.
    pub(crate) fn first_outside(&self, chunks: u64, need: impl Fn(u64) -> u64) -> Option<(u64, Range<u64>)> {
        // Of a single strip that is read in parts the last part lies farthest out.
        let indices =
            if self.one_strip { chunks.saturating_sub(1)..chunks } else { 0..chunks.min(self.known()) };
        indices.into_iter().find_map(|index| {
            let (offset, len) = self.range(index, need(index)).ok().flatten()?;
            let end = offset.saturating_add(len);
            (end > self.input.len()).then_some((index, offset..end))
        })
    }

    /// Whether any of the first `chunks` chunks is left out. Looks at the whole table.
    pub(crate) fn is_sparse(&self, chunks: u64) -> bool {
        let is_zero = |values: &Values<'_>, index| values.u64(index).is_ok_and(|value| value == 0);
        if self.one_strip {
            return is_zero(&self.offsets, 0);
        }
        let left_out = |index| {
            is_zero(&self.offsets, index)
                || self.byte_counts.as_ref().is_some_and(|counts| is_zero(counts, index))
        };
        self.known() < chunks || (0..chunks).any(left_out)
    }

    /// A piece of the only strip, or, compressed, all of it. A length of 0 is taken for one that the writer did
    /// not know.
    fn of_one_strip(&self, index: u64, need: u64) -> Result<Option<(u64, u64)>> {
        let offset = self.offsets.u64(0)?;
        if offset == 0 {
            return Ok(None);
        }
        if let Some(size) = self.uncompressed {
            return Ok(Some((offset.saturating_add(index.saturating_mul(size)), need)));
        }
        let len = match self.byte_counts.map(|byte_counts| byte_counts.u64(0)).transpose()? {
            None | Some(0) => self.input.len().saturating_sub(offset),
            Some(len) => len,
        };
        Ok(Some((offset, len)))
    }

    fn until_next(&self, index: u64, offset: u64) -> u64 {
        let next = self.offsets.u64(index.saturating_add(1)).ok().filter(|next| *next > offset);
        next.unwrap_or(self.input.len()).saturating_sub(offset)
    }
}
