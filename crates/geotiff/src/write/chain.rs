//! The chain of directories of a file while it is written: which image each describes, and where it stands.

use std::ops::Range;

use crate::bytes::View;
use crate::error::Result;
use crate::ifd::{Directory, FieldSet, Variant};

/// One of the images that are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Image,
    Mask,
    /// Counted from 0.
    Overview(usize),
    OverviewMask(usize),
}

/// A directory of the chain.
#[derive(Debug, Clone)]
pub(super) struct Link {
    /// The image that it describes; `None` if that is not written.
    pub(super) part: Option<Part>,
    /// The bytes that are its own; none if it does not stand in the file yet.
    pub(super) place: Range<u64>,
    entries: usize,
    /// Where it says that the chain goes on.
    pub(super) next: u64,
}

impl Link {
    /// Of a directory that is not in the file yet.
    pub(super) fn new(part: Part) -> Self {
        Self { part: Some(part), place: 0..0, entries: 0, next: 0 }
    }

    /// Of a directory of a file; `others` are all that the file has.
    pub(super) fn of(
        part: Option<Part>,
        directory: &Directory,
        others: &[Directory],
        variant: Variant,
        view: View<'_>,
    ) -> Result<Self> {
        let entries = directory.entries().len();
        let mut link = Self { part, place: 0..0, entries, next: 0 };
        link.place = directory.offset..directory.offset.saturating_add(directory_size(variant, entries));
        link.next = variant.offset_at(&view, link.next_at(variant))?;
        link.place.end = own_values(directory, others, link.place.end, variant);
        Ok(link)
    }

    /// Where the offset of the next directory stands.
    pub(super) fn next_at(&self, variant: Variant) -> u64 {
        let size = directory_size(variant, self.entries);
        self.place.start.saturating_add(size).saturating_sub(variant.offset_width())
    }

    /// Notes what stands there now.
    pub(super) fn written(&mut self, place: Range<u64>, fields: &FieldSet, next: u64) {
        // Room that was left is kept: it may be needed later.
        let end = if place.start == self.place.start { self.place.end.max(place.end) } else { place.end };
        self.place = place.start..end;
        self.entries = fields.len();
        self.next = next;
    }

    /// Bytes that it may take where it is.
    pub(super) fn room(&self) -> u64 {
        self.place.end.saturating_sub(self.place.start)
    }
}

fn directory_size(variant: Variant, entries: usize) -> u64 {
    let entries = (entries as u64).saturating_mul(variant.entry_width());
    variant.count_width().saturating_add(entries).saturating_add(variant.offset_width())
}

/// Where the values end that stand right behind a directory and belong to it alone.
fn own_values(directory: &Directory, others: &[Directory], end: u64, variant: Variant) -> u64 {
    let ranges = |directory: &Directory| -> Vec<(u64, u64)> {
        let beside = directory.entries().iter().filter_map(|entry| {
            let size = entry.field_type.width()?.saturating_mul(entry.count);
            (size > variant.offset_width()).then(|| (entry.offset, entry.offset.saturating_add(size)))
        });
        beside.collect()
    };
    let mut own = ranges(directory);
    own.sort_unstable();
    let foreign: Vec<(u64, u64)> =
        others.iter().filter(|other| other.offset != directory.offset).flat_map(ranges).collect();
    let mut reach = end;
    for (start, values_end) in own {
        // Values begin at even offsets.
        let follows = start >= end && start <= reach.saturating_add(1);
        let alone = !foreign.iter().any(|(other, other_end)| *other < values_end && start < *other_end);
        if follows && alone {
            reach = reach.max(values_end);
        }
    }
    reach
}
