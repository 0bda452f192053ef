//! From a window to pieces of work: one for each chunk (and plane) that it touches.

use ndarray::{ArrayViewMut3, Axis};

use crate::layout::{ChunkGrid, Window};

/// One chunk, and the part of the caller's array that it fills. Pieces never overlap, so that each can be
/// filled on a thread of its own.
#[derive(Debug)]
pub(super) struct Piece<'a, T> {
    /// Index of the chunk in the file's tables.
    pub(super) chunk: u64,
    /// The pixels that the chunk holds as stored.
    pub(super) stored: Window,
    /// The pixels that are wanted of it.
    pub(super) wanted: Window,
    /// Which samples of a pixel of the chunk are wanted, counted from 0, in the order of `out`'s bands.
    pub(super) samples: &'a [usize],
    /// Where they go: shape (sample, row, column).
    pub(super) out: ArrayViewMut3<'a, T>,
}

impl<T> Piece<'_, T> {
    /// The wanted pixels, counted from the first pixel of the chunk.
    pub(super) fn wanted_in_chunk(&self) -> Window {
        let Window { col_off, row_off, width, height } = self.wanted;
        let from = |stored: usize, wanted: usize| wanted.saturating_sub(stored);
        Window::new(from(self.stored.col_off, col_off), from(self.stored.row_off, row_off), width, height)
    }
}

/// In a plane of its own each sample is the first and only one.
const ONLY: &[usize] = &[0];

/// Cuts `out`, shape (band, row, column), which is to hold `window` of the bands `samples` (counted from 0),
/// into a piece for each chunk.
pub(super) fn plan<'a, T>(
    grid: &ChunkGrid,
    window: &Window,
    samples: &'a [usize],
    out: ArrayViewMut3<'a, T>,
) -> Vec<Piece<'a, T>> {
    let mut pieces = Vec::new();
    if grid.planes() == 1 {
        plan_plane(grid, 0, window, samples, out, &mut pieces);
        return pieces;
    }
    let mut rest = out;
    for &plane in samples {
        let (band, others) = rest.split_at(Axis(0), 1);
        rest = others;
        plan_plane(grid, plane, window, ONLY, band, &mut pieces);
    }
    pieces
}

fn plan_plane<'a, T>(
    grid: &ChunkGrid,
    plane: usize,
    window: &Window,
    samples: &'a [usize],
    out: ArrayViewMut3<'a, T>,
    pieces: &mut Vec<Piece<'a, T>>,
) {
    let mut below = out;
    for chunk_row in grid.chunk_rows(window) {
        let mut right: Option<ArrayViewMut3<'a, T>> = None;
        for chunk_col in grid.chunk_cols(window) {
            let stored = grid.stored(chunk_row, chunk_col);
            let Some(wanted) = stored.intersection(window) else { continue };
            let row = match right.take() {
                Some(row) => row,
                None => {
                    let (row, rest) = below.split_at(Axis(1), wanted.height);
                    below = rest;
                    row
                }
            };
            let (out, rest) = row.split_at(Axis(2), wanted.width);
            right = Some(rest);
            pieces.push(Piece {
                chunk: grid.index(plane, chunk_row, chunk_col),
                stored,
                wanted,
                samples,
                out,
            });
        }
    }
}
