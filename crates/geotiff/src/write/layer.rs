//! One image of a file while it is written: its chunks, and where they are.

use std::collections::BTreeMap;

use super::collect::Encoded;
use super::output::Output;
use super::pending::Pending;
use super::space::Space;
use super::spec::ImageSpec;
use crate::bytes::View;
use crate::error::Result;
use crate::ifd::{FieldData, FieldSet};
use crate::image::Image;
use crate::layout::{ChunkGrid, ChunkTable};
use crate::limits::{Budget, Cost, Limits, Work};
use crate::metadata::Nodata;
use crate::tag::Compression;

/// How the chunks of an image are worked on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    /// What samples hold that nobody wrote; 0 if it is not said.
    pub(super) empty: Option<Nodata>,
    /// Whether chunks that hold nothing else are left out.
    pub(super) sparse: bool,
    pub(super) parallel: bool,
    pub(super) limits: Limits,
}

/// One image of a file: the full one, a mask, an overview.
#[derive(Debug)]
pub(super) struct Layer {
    pub(super) spec: ImageSpec,
    pub(super) grid: ChunkGrid,
    pub(super) manner: Manner,
    /// Offset and length of each chunk; 0 of those that are not there.
    pub(super) table: Vec<(u64, u64)>,
    /// Whether nothing was written to it yet, so that all of its chunks hold what samples hold that nobody wrote.
    pub(super) fresh: bool,
    /// Whether anything else may lie in the bytes of chunks, so that none is written over.
    pub(super) shared: bool,
    /// Whether it is known that pixels can be written into it.
    writable: bool,
    pub(super) pending: BTreeMap<u64, Pending>,
    pub(super) clock: u64,
    /// Whether its directory says something else than what stands in the file.
    pub(super) changed: bool,
}

impl Layer {
    /// An image without a chunk.
    pub(super) fn new(spec: ImageSpec, manner: Manner) -> Result<Self> {
        Self::within(spec, manner, &mut Budget::new(&manner.limits))
    }

    fn within(spec: ImageSpec, manner: Manner, budget: &mut Budget) -> Result<Self> {
        let grid = ChunkGrid::of(&spec.image);
        let chunks = usize::try_from(grid.chunks()).unwrap_or(usize::MAX);
        budget.reserve((chunks as u64).saturating_mul(16), "the table of blocks")?;
        let (table, pending) = (vec![(0, 0); chunks], BTreeMap::new());
        Ok(Self {
            spec,
            grid,
            manner,
            table,
            fresh: true,
            shared: false,
            writable: false,
            pending,
            clock: 0,
            changed: true,
        })
    }

    /// An image with the chunks that `stored` has in a file.
    pub(super) fn of(
        stored: &Image,
        view: View<'_>,
        spec: ImageSpec,
        manner: Manner,
        budget: &mut Budget,
    ) -> Result<Self> {
        let blocks = ChunkGrid::of(&spec.image).chunks();
        Work::new(&manner.limits, view.len(), None).foresee(&Cost { blocks, ..Cost::default() })?;
        let mut layer = Self::within(spec, manner, budget)?;
        layer.fresh = false;
        let chunks = ChunkTable::of(stored, view)?;
        let known = usize::try_from(chunks.known()).unwrap_or(usize::MAX);
        for (index, place) in (0..).zip(layer.table.iter_mut().take(known)) {
            let (row, _) = layer.grid.place_of(index);
            let need = layer.spec.image.chunk_bytes(layer.grid.stored(row, 0).height);
            *place = chunks.range(index, need)?.unwrap_or_default();
        }
        layer.changed = false;
        Ok(layer)
    }

    /// Refuses what pixels cannot be written into, be it because a chunk is larger than the limits allow.
    pub(super) fn check_writable(&mut self) -> Result<()> {
        if !self.writable {
            self.spec.check_writable()?;
            // As samples, and on its way into bytes.
            let bytes = self.chunk_memory().saturating_mul(2);
            Budget::new(&self.manner.limits).reserve(bytes, "a block")?;
            self.writable = true;
        }
        Ok(())
    }

    pub(super) fn image(&self) -> &Image {
        &self.spec.image
    }

    /// Whether there is a chunk for every place, or none is needed.
    pub(super) fn is_complete(&self) -> bool {
        self.manner.sparse || !self.table.contains(&(0, 0))
    }

    /// Offset and length of a chunk; 0 of one that is not there.
    pub(super) fn place(&self, index: u64) -> (u64, u64) {
        usize::try_from(index).ok().and_then(|index| self.table.get(index)).copied().unwrap_or_default()
    }

    /// The tags of its directory, but for those that say what the pixels mean.
    pub(super) fn fields(&self) -> FieldSet {
        self.spec.fields_with(&self.table)
    }

    /// Appends encoded chunks, or puts them where they were if they fit there.
    pub(super) fn store<O: Output>(&mut self, space: &mut Space<O>, encoded: Vec<Encoded>) -> Result<()> {
        for chunk in encoded {
            let (index, raw) = chunk?;
            self.store_raw(space, index, raw.as_deref())?;
        }
        Ok(())
    }

    /// Appends the bytes of a chunk, or puts them where it was if they fit there; `None` leaves it out.
    pub(super) fn store_raw<O: Output>(
        &mut self,
        space: &mut Space<O>,
        index: u64,
        raw: Option<&[u8]>,
    ) -> Result<()> {
        space.poll()?;
        self.fresh = false;
        let (old_offset, room) = self.place(index);
        let new = match raw {
            None => (0, 0),
            Some(raw)
                if old_offset != 0
                    && !self.shared
                    && raw.len() as u64 <= room
                    && space.holds(old_offset, raw.len() as u64) =>
            {
                space.put(old_offset, raw)?;
                (old_offset, raw.len() as u64)
            }
            Some(raw) => (space.append(raw)?, raw.len() as u64),
        };
        if let Some(place) = usize::try_from(index).ok().and_then(|index| self.table.get_mut(index)) {
            self.changed |= *place != new;
            *place = new;
        }
        Ok(())
    }

    /// Bytes of all chunks, each at an even offset, if that is known before they are written.
    pub(super) fn expected_len(&self) -> Option<u64> {
        if self.image().compression != Compression::NONE || self.manner.sparse {
            return None;
        }
        let bytes = |row| self.image().chunk_bytes(self.grid.stored(row, 0).height);
        let last = self.grid.down().saturating_sub(1);
        let (whole, cut) = (bytes(0), bytes(last));
        let column =
            whole.next_multiple_of(2).saturating_mul(last as u64).saturating_add(cut.next_multiple_of(2));
        let columns = (self.grid.across() as u64).saturating_mul(self.grid.planes() as u64);
        // Behind the last one nothing needs to be even.
        Some(column.saturating_mul(columns).saturating_sub(cut % 2))
    }
}

impl ImageSpec {
    /// Its tags, with a table of chunks.
    pub(super) fn fields_with(&self, table: &[(u64, u64)]) -> FieldSet {
        let mut fields = self.fields.clone();
        let (offsets, counts) = Self::tables(self.image.tiled);
        fields.insert(offsets, FieldData::Offsets(table.iter().map(|(offset, _)| *offset).collect()));
        fields.insert(counts, FieldData::Counts(table.iter().map(|(_, count)| *count).collect()));
        fields
    }
}
