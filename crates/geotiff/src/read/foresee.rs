//! What reading a part of an image comes to, as the table of its chunks says before anything is decoded.

use super::reader::Reader;
use super::request::ReadRequest;
use super::source::Level;
use crate::error::Result;
use crate::layout::{ChunkGrid, ChunkTable, Rect};
use crate::limits::Cost;

/// Bytes of samples from which on the table is looked at before anything is decoded.
const LARGE: u64 = 64 << 20;

impl Reader<'_> {
    /// Fails at once where a large read cannot succeed: because it would exceed the limit of work, or because a chunk lies
    /// outside the file. Small reads find that out on their way.
    pub(super) fn foresee(&self, level: Level<'_>, rect: &Rect, samples: &[usize]) -> Result<()> {
        self.foresee_of(level, rect, samples, true)
    }

    /// As [`foresee`](Self::foresee), where chunks that the file leaves out cost nothing.
    pub(super) fn foresee_stored(&self, level: Level<'_>, rect: &Rect, samples: &[usize]) -> Result<()> {
        self.foresee_of(level, rect, samples, false)
    }

    fn foresee_of(&self, level: Level<'_>, rect: &Rect, samples: &[usize], fills: bool) -> Result<()> {
        let size = level.image.data_type.size() as u64;
        let pixels = (rect.width as u64).saturating_mul(rect.height as u64);
        let bytes = pixels.saturating_mul(samples.len() as u64).saturating_mul(size);
        let Some(work) = self.work().filter(|_| bytes > LARGE) else { return Ok(()) };
        let mut cost = Cost::default();
        // Bytes of the rectangle that chunks of the file hold.
        let mut stored_bytes = 0_u64;
        for_each_stored(level, rect, samples, |stored, raw| {
            cost.taken = cost.taken.saturating_add(raw);
            let image = level.image;
            cost.decoded = cost.decoded.saturating_add(image.chunk_bytes(stored.height));
            let common = stored.common(rect);
            let samples = samples.len().min(image.samples_per_chunk());
            let pixels = (common.width as u64).saturating_mul(common.height as u64);
            let bytes = pixels.saturating_mul(samples as u64).saturating_mul(size);
            stored_bytes = stored_bytes.saturating_add(bytes);
            // The rest of a long table changes nothing when it is too much already.
            work.foresee(&cost).is_ok()
        })?;
        cost.filled = if fills { bytes.saturating_sub(stored_bytes) } else { 0 };
        work.foresee(&cost)
    }

    /// Fails at once where so many bytes of a result are too much work.
    pub(super) fn foresee_result(&self, produced: u64) -> Result<()> {
        self.work().map_or(Ok(()), |work| work.foresee(&Cost { produced, ..Cost::default() }))
    }

    /// Fails at once where copying all chunks of an image without decoding them is too much work: chunks that share their
    /// bytes can make much of little.
    pub(crate) fn foresee_copy(&self, overview: Option<usize>, rect: &Rect, bands: &[usize]) -> Result<()> {
        let Some(work) = self.work() else { return Ok(()) };
        let samples: Vec<usize> = bands.iter().map(|band| band.saturating_sub(1)).collect();
        let mut taken = 0_u64;
        for_each_stored(self.level(overview)?, rect, &samples, |_, len| {
            taken = taken.saturating_add(len);
            work.foresee(&Cost { taken, ..Cost::default() }).is_ok()
        })?;
        work.foresee(&Cost { taken, ..Cost::default() })
    }

    /// Fails at once where reading what a request asks for cannot succeed.
    pub(crate) fn foresee_request(&self, request: &ReadRequest) -> Result<()> {
        let target = self.target(request)?;
        let bands = self.bands(request)?;
        let samples: Vec<usize> = bands.into_iter().map(|band| band.saturating_sub(1)).collect();
        let rect = target.direct().unwrap_or_else(|| target.around());
        self.foresee(target.level, &rect, &samples)
    }

    /// Whether the file leaves out all chunks of a rectangle of bands, counted from 1.
    pub(crate) fn leaves_out(&self, overview: Option<usize>, rect: &Rect, bands: &[usize]) -> Result<bool> {
        let samples: Vec<usize> = bands.iter().map(|band| band.saturating_sub(1)).collect();
        Ok(Self::is_left_out(self.level(overview)?, rect, &samples))
    }

    /// Whether the file leaves out all chunks of a rectangle. A table that is damaged says that it does not.
    pub(super) fn is_left_out(level: Level<'_>, rect: &Rect, samples: &[usize]) -> bool {
        let mut found = false;
        let looked = for_each_stored(level, rect, samples, |_, _| {
            found = true;
            false
        });
        looked.is_ok() && !found
    }

    /// Rows of an image above which there are chunks of a sample that the file may hold; it leaves out those below.
    pub(super) fn rows_known(level: Level<'_>, sample: usize) -> Result<usize> {
        let grid = ChunkGrid::of(level.image);
        let known = ChunkTable::of(level.image, level.source.view)?.known();
        let plane = if grid.planes() > 1 && level.image.rendering.is_none() { sample } else { 0 };
        let known = known.saturating_sub(grid.index(plane, 0, 0));
        if grid.planes() > 1 && level.image.rendering.is_some() {
            return Ok(level.image.height);
        }
        let rows = known.div_ceil((grid.across() as u64).max(1));
        let rows =
            usize::try_from(rows).unwrap_or(usize::MAX).saturating_mul(level.image.chunk_height.max(1));
        Ok(rows.min(level.image.height))
    }
}

/// Calls `visit` for each chunk of a rectangle that the file holds, with its pixels and the length of its bytes, until it gives
/// `false`. Chunks that lie behind the end of the table cost nothing.
fn for_each_stored(
    level: Level<'_>,
    rect: &Rect,
    samples: &[usize],
    mut visit: impl FnMut(&Rect, u64) -> bool,
) -> Result<()> {
    let (image, view) = (level.image, level.source.view);
    let grid = ChunkGrid::of(image);
    let table = ChunkTable::of(image, view)?;
    let apart = grid.planes() > 1 && image.rendering.is_none();
    let planes = if apart { samples.len() } else { grid.planes() };
    let cols = grid.chunk_cols(rect);
    for plane in 0..planes {
        let plane = if apart { samples.get(plane).copied().unwrap_or(0) } else { plane };
        for row in grid.chunk_rows(rect) {
            if grid.index(plane, row, cols.start) >= table.known() {
                break;
            }
            let stored = grid.stored(row, 0);
            for col in cols.clone() {
                let index = grid.index(plane, row, col);
                if index >= table.known() {
                    break;
                }
                let need = image.chunk_bytes(stored.height);
                let place = |error: crate::error::Error| error.in_chunk(index).in_directory(image.directory);
                let Some((offset, len)) = table.range(index, need).map_err(place)? else { continue };
                if !view.is_partial() {
                    view.get(offset, len).map_err(place)?;
                }
                if !visit(&grid.stored(row, col), len) {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}
