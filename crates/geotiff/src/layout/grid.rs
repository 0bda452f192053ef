//! One grid for strips and tiles: a strip is a tile as wide as the image.

use std::ops::Range;

use super::rect::Rect;
use crate::image::Image;
use crate::tag::PlanarConfiguration;

/// How an image is cut into chunks. Chunks are numbered row by row, plane after plane (TIFF 6.0, sections 3
/// and 15).
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChunkGrid {
    width: usize,
    height: usize,
    chunk_width: usize,
    chunk_height: usize,
    tiled: bool,
    planes: usize,
}

impl ChunkGrid {
    pub(crate) fn of(image: &Image) -> Self {
        Self {
            width: image.width,
            height: image.height,
            chunk_width: image.chunk_width.max(1),
            chunk_height: image.chunk_height.max(1),
            tiled: image.tiled,
            planes: if image.planar == PlanarConfiguration::SEPARATE { image.samples } else { 1 },
        }
    }

    /// Planes: 1, or one for each band.
    pub(crate) fn planes(&self) -> usize {
        self.planes
    }

    /// Chunks of one row of chunks.
    pub(crate) fn across(&self) -> usize {
        self.width.div_ceil(self.chunk_width)
    }

    /// Rows of chunks.
    pub(crate) fn down(&self) -> usize {
        self.height.div_ceil(self.chunk_height)
    }

    /// Chunks of all planes.
    pub(crate) fn chunks(&self) -> u64 {
        self.index(self.planes(), 0, 0)
    }

    /// Index of a chunk in the file's tables.
    pub(crate) fn index(&self, plane: usize, chunk_row: usize, chunk_col: usize) -> u64 {
        let row = (plane as u64).saturating_mul(self.down() as u64).saturating_add(chunk_row as u64);
        row.saturating_mul(self.across() as u64).saturating_add(chunk_col as u64)
    }

    /// The plane of the chunk of an index.
    pub(crate) fn plane_of(&self, index: u64) -> usize {
        let of_plane = (self.across() as u64).saturating_mul(self.down() as u64).max(1);
        usize::try_from(index / of_plane).unwrap_or(usize::MAX)
    }

    /// Row and column of chunks that the chunk of an index has in its plane.
    pub(crate) fn place_of(&self, index: u64) -> (usize, usize) {
        let across = (self.across() as u64).max(1);
        let within = index % across.saturating_mul(self.down() as u64).max(1);
        let part = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        (part(within / across), part(within % across))
    }

    /// Index of the chunk of the first plane that is stored at this place.
    #[cfg(feature = "jpeg")]
    pub(crate) fn index_of(&self, stored: &Rect) -> u64 {
        let row = stored.row_off.checked_div(self.chunk_height).unwrap_or(0);
        self.index(0, row, stored.col_off.checked_div(self.chunk_width).unwrap_or(0))
    }

    /// The rows of chunks that hold pixels of `window`.
    pub(crate) fn chunk_rows(&self, window: &Rect) -> Range<usize> {
        covering(window.row_off, window.row_end(), self.chunk_height)
    }

    /// The columns of chunks that hold pixels of `window`.
    pub(crate) fn chunk_cols(&self, window: &Rect) -> Range<usize> {
        covering(window.col_off, window.col_end(), self.chunk_width)
    }

    /// How many chunks of a plane hold pixels of `window`.
    pub(crate) fn chunks_under(&self, window: &Rect) -> u64 {
        let (rows, cols) = (self.chunk_rows(window), self.chunk_cols(window));
        (rows.len() as u64).saturating_mul(cols.len() as u64)
    }

    /// The pixels that a chunk holds as stored: tiles are whole even where they hang over the image's edge,
    /// the last strip is cut.
    pub(crate) fn stored(&self, chunk_row: usize, chunk_col: usize) -> Rect {
        let row_off = chunk_row.saturating_mul(self.chunk_height);
        let rows_left = self.height.saturating_sub(row_off);
        let height = if self.tiled { self.chunk_height } else { self.chunk_height.min(rows_left) };
        Rect::new(chunk_col.saturating_mul(self.chunk_width), row_off, self.chunk_width, height)
    }
}

/// The cells of `size` that hold anything of `start..end`.
fn covering(start: usize, end: usize, size: usize) -> Range<usize> {
    let first = start.checked_div(size).unwrap_or(0);
    if end > start { first..end.div_ceil(size) } else { first..first }
}
