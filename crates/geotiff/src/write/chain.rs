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

    /// The chain of a file; `part` says which image a directory, given by its index, describes.
    pub(super) fn chain(
        directories: &[Directory],
        part: impl Fn(usize) -> Option<Part>,
        variant: Variant,
        view: View<'_>,
    ) -> Result<Vec<Self>> {
        let own = OwnValues::of(directories, variant);
        let chain = directories.iter().filter(|directory| directory.parent.is_none());
        let link = |directory: &Directory| {
            let entries = directory.entries().len();
            let end = directory.offset.saturating_add(directory_size(variant, entries));
            let mut link =
                Self { part: part(directory.index), place: directory.offset..end, entries, next: 0 };
            link.next = variant.offset_at(&view, link.next_at(variant))?;
            link.place.end = own.reach(directory, end);
            Ok(link)
        };
        chain.map(link).collect()
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

/// Takes over a run of values that overlap, if all are of one directory.
fn keep_own(run: &mut Vec<(u64, u64, usize)>, own: &mut Vec<(usize, u64, u64)>) {
    let first = run.first().map(|(.., directory)| *directory);
    if run.iter().all(|(.., directory)| Some(*directory) == first) {
        own.extend(run.iter().map(|(start, end, directory)| (*directory, *start, *end)));
    }
    run.clear();
}

/// Values of directories that share no byte with those of another: where they begin and end, by directory and in order.
struct OwnValues(Vec<(usize, u64, u64)>);

impl OwnValues {
    fn of(directories: &[Directory], variant: Variant) -> Self {
        let mut all = Vec::new();
        for directory in directories {
            for entry in directory.entries() {
                let size = entry.field_type.width().unwrap_or(0).saturating_mul(entry.count);
                if size > variant.offset_width() {
                    all.push((entry.offset, entry.offset.saturating_add(size), directory.index));
                }
            }
        }
        all.sort_unstable();
        let (mut own, mut run, mut reach) = (Vec::new(), Vec::new(), 0);
        // Runs of values that overlap: they belong to a directory if all of them are its.
        for values in all {
            if values.0 >= reach {
                keep_own(&mut run, &mut own);
            }
            reach = reach.max(values.1);
            run.push(values);
        }
        keep_own(&mut run, &mut own);
        own.sort_unstable();
        Self(own)
    }

    /// Where the values end that stand right behind a directory, which ends at `end`.
    fn reach(&self, directory: &Directory, end: u64) -> u64 {
        let first = self.0.partition_point(|(index, start, _)| (*index, *start) < (directory.index, end));
        let own = self.0.iter().skip(first).take_while(|(index, ..)| *index == directory.index);
        let mut reach = end;
        for (_, start, values_end) in own {
            // Values begin at even offsets.
            if *start > reach.saturating_add(1) {
                break;
            }
            reach = reach.max(*values_end);
        }
        reach
    }
}
