//! From a window to pieces of work, one for each chunk (and plane) that it touches, without a list of them: the
//! work is halved until it is small enough for one thread.

use ndarray::{ArrayViewMut3, Axis};

use crate::layout::{ChunkGrid, Rect};

/// One chunk, and the part of the caller's array that it fills. Pieces never overlap, so that each can be
/// filled on a thread of its own.
#[derive(Debug)]
pub(super) struct Piece<'a, T> {
    /// Index of the chunk in the file's tables.
    pub(super) chunk: u64,
    /// The pixels that the chunk holds as stored.
    pub(super) stored: Rect,
    /// The pixels that are wanted of it.
    pub(super) wanted: Rect,
    /// Which samples of a pixel of the chunk are wanted, counted from 0, in the order of `out`'s bands.
    pub(super) samples: &'a [usize],
    /// Where they go: shape (sample, row, column).
    pub(super) out: ArrayViewMut3<'a, T>,
}

impl<T> Piece<'_, T> {
    /// The wanted pixels, counted from the first pixel of the chunk.
    pub(super) fn wanted_in_chunk(&self) -> Rect {
        let Rect { col_off, row_off, width, height } = self.wanted;
        let from = |stored: usize, wanted: usize| wanted.saturating_sub(stored);
        Rect::new(from(self.stored.col_off, col_off), from(self.stored.row_off, row_off), width, height)
    }
}

/// What becomes of work that is divided.
#[derive(Debug)]
pub(super) enum Divided<'a, T> {
    /// Two halves, the first of which comes first in the order of chunks.
    Halves(Work<'a, T>, Work<'a, T>),
    /// It was a single piece.
    Piece(Piece<'a, T>),
    /// The file has none of the chunks: this part of the caller's array is filled without looking at them one by one.
    LeftOut(ArrayViewMut3<'a, T>),
}

/// In a plane of its own each sample is the first and only one.
const ONLY: &[usize] = &[0];

/// A block of chunks, and the part of the caller's array that it fills. Empty only if it was made so.
#[derive(Debug)]
pub(super) struct Work<'a, T> {
    grid: &'a ChunkGrid,
    window: Rect,
    /// Bands, counted from 0, in the order of `out`.
    samples: &'a [usize],
    out: ArrayViewMut3<'a, T>,
}

impl<'a, T> Work<'a, T> {
    /// All that it takes to fill `out`, shape (band, row, column), with `window` of the bands `samples`.
    pub(super) fn new(
        grid: &'a ChunkGrid,
        window: Rect,
        samples: &'a [usize],
        out: ArrayViewMut3<'a, T>,
    ) -> Self {
        Self { grid, window, samples, out }
    }

    /// Number of pieces.
    pub(super) fn len(&self) -> u64 {
        let planes = if self.grid.planes() == 1 { 1 } else { self.samples.len() as u64 };
        self.grid.chunks_under(&self.window).saturating_mul(planes)
    }

    /// Index of the first chunk of the work.
    fn first(&self) -> u64 {
        let plane = match self.samples.iter().min() {
            Some(plane) if self.grid.planes() > 1 => *plane,
            _ => 0,
        };
        let (rows, cols) = (self.grid.chunk_rows(&self.window), self.grid.chunk_cols(&self.window));
        self.grid.index(plane, rows.start, cols.start)
    }

    /// Divides by bands, then by rows of chunks, then by columns. The file leaves out chunks from index `known` on.
    pub(super) fn divide(self, known: u64) -> Divided<'a, T> {
        let rows = self.grid.chunk_rows(&self.window);
        let cols = self.grid.chunk_cols(&self.window);
        if self.first() >= known {
            return Divided::LeftOut(self.out);
        }
        if self.grid.planes() > 1 && self.samples.len() > 1 {
            return self.at_band();
        }
        if rows.len() > 1 {
            let middle = rows.start.saturating_add(rows.len() / 2);
            let row = self.grid.stored(middle, cols.start).row_off;
            return self.at_row(row);
        }
        if cols.len() > 1 {
            let middle = cols.start.saturating_add(cols.len() / 2);
            let col = self.grid.stored(rows.start, middle).col_off;
            return self.at_col(col);
        }
        Divided::Piece(self.piece(rows.start, cols.start))
    }

    fn at_band(self) -> Divided<'a, T> {
        let middle = self.samples.len() / 2;
        let (first, second) = self.samples.split_at(middle);
        let (above, below) = self.out.split_at(Axis(0), middle);
        let Self { grid, window, .. } = self;
        Divided::Halves(Self::new(grid, window, first, above), Self::new(grid, window, second, below))
    }

    fn at_row(self, row: usize) -> Divided<'a, T> {
        let Self { grid, window, samples, out } = self;
        let height = row.saturating_sub(window.row_off);
        let (above, below) = out.split_at(Axis(1), height);
        let rest = Rect { row_off: row, height: window.height.saturating_sub(height), ..window };
        let first = Rect { height, ..window };
        Divided::Halves(Self::new(grid, first, samples, above), Self::new(grid, rest, samples, below))
    }

    fn at_col(self, col: usize) -> Divided<'a, T> {
        let Self { grid, window, samples, out } = self;
        let width = col.saturating_sub(window.col_off);
        let (left, right) = out.split_at(Axis(2), width);
        let rest = Rect { col_off: col, width: window.width.saturating_sub(width), ..window };
        let first = Rect { width, ..window };
        Divided::Halves(Self::new(grid, first, samples, left), Self::new(grid, rest, samples, right))
    }

    fn piece(self, chunk_row: usize, chunk_col: usize) -> Piece<'a, T> {
        let (plane, samples) = match self.samples {
            [only] if self.grid.planes() > 1 => (*only, ONLY),
            samples => (0, samples),
        };
        Piece {
            chunk: self.grid.index(plane, chunk_row, chunk_col),
            stored: self.grid.stored(chunk_row, chunk_col),
            wanted: self.window,
            samples,
            out: self.out,
        }
    }
}
