//! Pixels as they are: a rectangle of an image, chunk by chunk, into the caller's array.

use ndarray::{Array3, ArrayViewMut3};

use super::chunk::ChunkReader;
use super::plan::{Divided, Work};
use super::reader::Reader;
use super::source::{Level, Source};
use crate::color::Renderer;
use crate::error::{Error, Result};
use crate::image::{Rendering, Sample};
use crate::layout::{ChunkGrid, ChunkTable, Rect};
use crate::limits::Budget;
use crate::tag::Photometric;

/// Some samples of the pixels of a rectangle, which lies in the image.
#[derive(Debug)]
pub(super) struct Stored<'a> {
    pub(super) level: Level<'a>,
    pub(super) rect: Rect,
    /// Counted from 0.
    pub(super) samples: Vec<usize>,
    pub(super) parallel: bool,
}

impl Reader<'_> {
    /// Fills `out` with what was asked for.
    pub(super) fn fill<T: Sample>(
        &self,
        wanted: &Stored<'_>,
        out: ArrayViewMut3<'_, T>,
        budget: &mut Budget,
    ) -> Result<()> {
        match wanted.level.image.rendering {
            None => self.fill_stored(wanted, out, budget),
            Some(rendering) => self.fill_rendered(wanted, rendering, out, budget),
        }
    }

    /// Notes all chunks under a rectangle that are not here, so that they can be fetched at once; gives the first error.
    pub(super) fn touch(level: Level<'_>, rect: &Rect, samples: &[usize]) -> Result<()> {
        let Level { image, source } = level;
        let grid = ChunkGrid::of(image);
        let table = ChunkTable::of(image, source.view)?;
        let planes: Vec<usize> = if grid.planes() > 1 && image.rendering.is_none() {
            samples.to_vec()
        } else {
            (0..grid.planes()).collect()
        };
        let mut first = Ok(());
        for plane in planes {
            for row in grid.chunk_rows(rect) {
                if grid.index(plane, row, 0) >= table.known() {
                    break;
                }
                for col in grid.chunk_cols(rect) {
                    let index = grid.index(plane, row, col);
                    if index >= table.known() {
                        break;
                    }
                    let bytes = image.chunk_bytes(grid.stored(row, col).height);
                    let range = table.range(index, bytes);
                    let touched = range.and_then(|range| match range {
                        Some((offset, len)) => source.view.touch(offset, len),
                        None => Ok(()),
                    });
                    first = first.and(touched.map_err(|e| e.in_chunk(index).in_directory(image.directory)));
                }
            }
        }
        first
    }

    /// Reads all samples as stored, and makes colours of them.
    fn fill_rendered<T: Sample>(
        &self,
        wanted: &Stored<'_>,
        rendering: Rendering,
        mut out: ArrayViewMut3<'_, T>,
        budget: &mut Budget,
    ) -> Result<()> {
        let Level { image, source: Source { view, description } } = wanted.level;
        let directory = description.directories().get(image.directory);
        let renderer = directory.map(|directory| Renderer::new(rendering, &directory.fields(view)));
        let Some(renderer) = renderer.transpose()? else { return Ok(()) };
        let Rect { width, height, .. } = wanted.rect;
        let count = width.saturating_mul(height).saturating_mul(image.samples);
        let samples = budget.zeros::<u8>(count, "samples to be rendered")?;
        let stored = Array3::from_shape_vec((height, width, image.samples), samples);
        let mut stored = stored.map_err(|e| Error::usage(e.to_string()))?;
        let all = Stored { samples: (0..image.samples).collect(), ..*wanted };
        self.fill_stored(&all, stored.view_mut().permuted_axes([2, 0, 1]), budget)?;
        let pixels = stored.as_slice().unwrap_or_default().chunks_exact(image.samples.max(1));
        for (i, pixel) in pixels.enumerate() {
            let colour = renderer.render(pixel);
            let (row, column) = (i.checked_div(width).unwrap_or(0), i.checked_rem(width).unwrap_or(0));
            for (band, sample) in wanted.samples.iter().enumerate() {
                let value = colour.get(*sample).copied().unwrap_or(0);
                if let Some(slot) = out.get_mut((band, row, column)) {
                    *slot = T::from_u64(u64::from(value));
                }
            }
        }
        Ok(())
    }

    /// Fills `out` with samples as the file stores them.
    fn fill_stored<T: Sample>(
        &self,
        wanted: &Stored<'_>,
        out: ArrayViewMut3<'_, T>,
        budget: &mut Budget,
    ) -> Result<()> {
        if wanted.level.source.view.is_partial() {
            Self::touch(wanted.level, &wanted.rect, &wanted.samples)?;
        }
        self.foresee(wanted.level, &wanted.rect, &wanted.samples)?;
        let image = wanted.level.image;
        // What a mask leaves out is not valid, whatever nodata is.
        let is_mask = image.photometric == Photometric::MASK;
        let nodata = self.description().nodata().filter(|_| !is_mask);
        let fill = nodata.map_or_else(T::default, |nodata| nodata.cast());
        let chunks = ChunkReader::new(image, wanted.level.source.view, fill)?
            .with_work(self.work())
            .with_warnings(self.warnings(), self.file_number(wanted.level.source));
        let grid = ChunkGrid::of(image);
        let work = Work::new(&grid, wanted.rect, &wanted.samples, out);
        // As many threads as the budget has scratch for; one must do.
        let scratch = chunks.scratch_bytes(&grid.stored(0, 0))?;
        let most = work.len().min(if wanted.parallel { threads() } else { 1 }).max(1);
        let affordable = budget.share(scratch.max(1)).clamp(1, most);
        budget.reserve(scratch.saturating_mul(affordable), "decoding a chunk on each thread")?;
        let chunks = chunks.with_allowance(budget.share(affordable));
        // Where memory is no concern, more parts than threads, so that none waits long for the last.
        let parts = if affordable < most { affordable } else { most.saturating_mul(8) };
        if affordable == 1 { run(&chunks, work) } else { run_parallel(&chunks, work, parts) }
    }
}

/// Threads that decode at the same time.
pub(super) fn threads() -> u64 {
    #[cfg(feature = "rayon")]
    return rayon::current_num_threads() as u64;
    #[cfg(not(feature = "rayon"))]
    return 1;
}

/// Does the work in at most `parts` parts on several threads. Of several errors the first in the order of chunks
/// is given, as on one thread.
fn run_parallel<T: Sample>(chunks: &ChunkReader<'_, T>, work: Work<'_, T>, parts: u64) -> Result<()> {
    #[cfg(feature = "rayon")]
    if parts > 1 {
        return match work.divide(chunks.known()) {
            Divided::Piece(piece) => chunks.read(piece, &mut chunks.scratch()?),
            Divided::LeftOut(out) => chunks.fill_left_out(out),
            Divided::Halves(first, second) => {
                let half = parts / 2;
                let (first, second) = rayon::join(
                    || run_parallel(chunks, first, half),
                    || run_parallel(chunks, second, parts.saturating_sub(half)),
                );
                first.and(second)
            }
        };
    }
    let _ = parts;
    run(chunks, work)
}

/// Does the work on this thread.
fn run<T: Sample>(chunks: &ChunkReader<'_, T>, work: Work<'_, T>) -> Result<()> {
    let mut scratch = chunks.scratch()?;
    let mut waiting = vec![work];
    while let Some(work) = waiting.pop() {
        match work.divide(chunks.known()) {
            Divided::Piece(piece) => chunks.read(piece, &mut scratch)?,
            Divided::LeftOut(out) => chunks.fill_left_out(out)?,
            Divided::Halves(first, second) => waiting.extend([second, first]),
        }
    }
    Ok(())
}
