//! The chain of directories of a file while it is written: which image each describes, and where it stands.

use std::ops::Range;

use super::claims::{Own, Owner, directory_size};
use crate::bytes::View;
use crate::error::{Error, Result};
use crate::ifd::{Directory, FieldSet, Variant};

const OVERLAID: &str =
    "other parts of the file lie in these bytes, so that it cannot be changed in place: repack it first";

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
    /// Whether anything else lies in its bytes: it is not written over, but anew in another place.
    overlaid: bool,
}

impl Link {
    /// Of a directory that is not in the file yet.
    pub(super) fn new(part: Part) -> Self {
        Self { part: Some(part), place: 0..0, entries: 0, next: 0, overlaid: false }
    }

    /// The chain of a file; `part` says which image a directory, given by its index, describes.
    ///
    /// # Errors
    ///
    /// When anything else lies in the header.
    pub(super) fn chain(
        directories: &[Directory],
        part: impl Fn(usize) -> Option<Part>,
        own: &Own,
        variant: Variant,
        view: View<'_>,
    ) -> Result<Vec<Self>> {
        if !own.has(Owner::Header, 0) {
            return Err(Error::irregular(OVERLAID).at_offset(0));
        }
        let chain = directories.iter().filter(|directory| directory.parent.is_none());
        let link = |directory: &Directory| {
            let entries = directory.entries().len();
            let end = directory.offset.saturating_add(directory_size(variant, entries));
            let mut link = Self {
                part: part(directory.index),
                place: directory.offset..end,
                entries,
                next: 0,
                overlaid: false,
            };
            // A file may end before it: then there is no next one, and no place for it.
            let next = variant.offset_at(&view, link.next_at(variant));
            link.next = next.as_ref().map_or(0, |next| *next);
            if next.is_ok() && own.has(Owner::Directory(directory.index), directory.offset) {
                link.place.end = own.reach(directory.index, end);
            } else {
                link.overlaid = true;
            }
            Ok(link)
        };
        chain.map(link).collect()
    }

    /// Where the offset of the next directory stands, to be written over.
    ///
    /// # Errors
    ///
    /// When anything else lies there.
    pub(super) fn next_to_change(&self, variant: Variant) -> Result<u64> {
        if self.overlaid {
            return Err(Error::irregular(OVERLAID).at_offset(self.place.start));
        }
        Ok(self.next_at(variant))
    }

    fn next_at(&self, variant: Variant) -> u64 {
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
        self.overlaid = false;
    }

    /// Bytes that it may take where it is.
    pub(super) fn room(&self) -> u64 {
        if self.overlaid { 0 } else { self.place.end.saturating_sub(self.place.start) }
    }
}
