//! Chunks that wait to be full.

use crate::image::Sample;
use crate::layout::Rect;

/// A chunk of which some samples are known.
#[derive(Debug)]
pub(super) struct Pending {
    /// Native samples, pixel by pixel, in words so that they are aligned for every type.
    words: Vec<u64>,
    len: usize,
    /// For each band and row of the chunk, the run of columns that was written; one for each, so that what is written in
    /// scattered pieces may count as less than it is.
    runs: Vec<(usize, usize)>,
    rows: usize,
    /// When it was last written to.
    pub(super) touched: u64,
}

impl Pending {
    /// A chunk of these samples, `bands` for each pixel, of `rows` rows.
    pub(super) fn new<T: Sample>(native: &[T], bands: usize, rows: usize) -> Self {
        // Of whole pairs: the largest samples have 16 bytes.
        let mut words = vec![0; size_of_val(native).div_ceil(16).saturating_mul(2)];
        let samples: &mut [T] = bytemuck::cast_slice_mut(&mut words);
        if let Some(samples) = samples.get_mut(..native.len()) {
            samples.copy_from_slice(native);
        }
        Self { words, len: native.len(), runs: vec![(0, 0); bands.saturating_mul(rows)], rows, touched: 0 }
    }

    /// Its samples; `T` is the type that they were made of.
    pub(super) fn samples<T: Sample>(&mut self) -> &mut [T] {
        bytemuck::cast_slice_mut(&mut self.words).get_mut(..self.len).unwrap_or_default()
    }

    /// Bytes that it takes.
    pub(super) fn bytes(&self) -> u64 {
        (size_of_val(self.words.as_slice()) as u64).saturating_add(size_of_val(self.runs.as_slice()) as u64)
    }

    /// Notes that `part` (counted from the chunk's first pixel) of these bands was written.
    pub(super) fn note(&mut self, part: &Rect, bands: &[usize]) {
        let (start, end) = (part.col_off, part.col_end());
        for band in bands {
            let first = band.saturating_mul(self.rows).saturating_add(part.row_off);
            for run in self.runs.iter_mut().skip(first).take(part.height) {
                let meets = run.0 == run.1 || (start <= run.1 && run.0 <= end);
                *run = match *run {
                    (old_start, old_end) if meets && old_start < old_end => {
                        (old_start.min(start), old_end.max(end))
                    }
                    (old_start, old_end) if old_end.saturating_sub(old_start) >= part.width => {
                        (old_start, old_end)
                    }
                    _ => (start, end),
                };
            }
        }
    }

    /// Whether all of the first `height` rows and `width` columns was written, in every band.
    pub(super) fn is_full(&self, width: usize, height: usize) -> bool {
        let bands = self.runs.chunks(self.rows.max(1));
        bands.into_iter().all(|rows| rows.iter().take(height).all(|run| *run == (0, width)))
    }
}
