//! The blocks of an image: where they lie, in pixels and in bytes.

use std::ops::Range;

use super::reader::{Reader, sample_of};
use super::request::ReadRequest;
use crate::error::{Error, Result};
use crate::image::Image;
use crate::layout::{ChunkGrid, ChunkTable, Window};

impl Reader<'_> {
    /// Blocks that hold pixels of what a request asks for, row by row: row and column of the block, counted from 0, and
    /// the part of it that is asked for. Decoding them one by one decodes each chunk once.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read); also when the request asks for pixels of another size, or is boundless.
    pub fn blocks(
        &self,
        request: &ReadRequest,
    ) -> Result<impl Iterator<Item = ((usize, usize), Window)> + use<>> {
        let target = self.target(request)?;
        let rect = target.direct().filter(|_| !request.boundless && target.is_inside());
        let rect = rect.ok_or_else(|| {
            Error::usage("blocks have the size that they have: ask for no other, inside of the image")
        })?;
        let (height, width) = target.level.image.block_shape();
        let covered = |start: usize, end: usize, size: usize| {
            let size = size.max(1);
            let first = start.checked_div(size).unwrap_or(0);
            (first..end.div_ceil(size)).map(move |at| {
                let off = at.saturating_mul(size).max(start);
                (at, off, at.saturating_add(1).saturating_mul(size).min(end).saturating_sub(off))
            })
        };
        let (col_off, col_end) = (rect.col_off, rect.col_end());
        Ok(covered(rect.row_off, rect.row_end(), height).flat_map(move |(row, row_off, height)| {
            let cols = covered(col_off, col_end, width);
            cols.map(move |(col, col_off, width)| ((row, col), Window::new(col_off, row_off, width, height)))
        }))
    }

    /// All blocks of a band, counted from 1: see [`blocks`](Self::blocks).
    ///
    /// # Errors
    ///
    /// When there is no such band.
    pub fn band_blocks(&self, band: usize) -> Result<impl Iterator<Item = ((usize, usize), Window)> + use<>> {
        self.blocks(&ReadRequest::new().bands([band]).full_resolution())
    }

    /// The window of a block of a band, counted from 1, given by its row and column, counted from 0.
    ///
    /// # Errors
    ///
    /// When there is no such block or band.
    pub fn block_window(&self, band: usize, row: usize, col: usize) -> Result<Window> {
        let image = self.description().image();
        sample_of(band, image.bands)?;
        let (height, width) = image.block_shape();
        let (row_off, col_off) = (row.saturating_mul(height), col.saturating_mul(width));
        if row_off >= image.height || col_off >= image.width {
            return Err(no_such_block(image, row, col));
        }
        let window = Window::new(col_off, row_off, width, height);
        Ok(window.crop(image.height, image.width))
    }

    /// The bytes of the file that hold a block, given by its row and column, of a band, counted from 1; `None` if the file
    /// leaves it out. Bands that stand together share their blocks.
    ///
    /// # Errors
    ///
    /// When there is no such block or band, or the table of blocks is damaged.
    pub fn block_bytes(&self, band: usize, row: usize, col: usize) -> Result<Option<Range<u64>>> {
        let image = self.description().image();
        let grid = ChunkGrid::of(image);
        let sample = sample_of(band, image.bands)?;
        let plane = if grid.planes() > 1 { sample } else { 0 };
        if row >= grid.down() || col >= grid.across() {
            return Err(no_such_block(image, row, col));
        }
        let table = ChunkTable::of(image, self.view())?;
        let index = grid.index(plane, row, col);
        let rows = grid.stored(row, col).height;
        let range = table.range(index, image.chunk_bytes(rows)).map_err(|e| e.in_chunk(index))?;
        Ok(range.map(|(offset, len)| offset..offset.saturating_add(len)))
    }
}

fn no_such_block(image: &Image, row: usize, col: usize) -> Error {
    let (height, width) = image.block_shape();
    let (rows, cols) = (image.height.div_ceil(height.max(1)), image.width.div_ceil(width.max(1)));
    Error::usage(format!(
        "block {row}, {col} asked for; there are {rows} rows of {cols} blocks, counted from 0"
    ))
}
