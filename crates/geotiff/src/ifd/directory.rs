//! One directory: its entries by tag.

use super::entry::Entry;
use super::header::Variant;
use crate::bytes::View;
use crate::error::{Cause, Error, Result};
use crate::limits::Budget;
use crate::tag::{FieldType, Tag, Values};

/// One directory (IFD): what the file says about one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// Its index, in the order in which the walk met it.
    pub index: usize,
    /// Where it begins in the file.
    pub offset: u64,
    /// The directory whose SubIFDs tag led here; `None` in the main chain.
    pub parent: Option<usize>,
    entries: Vec<Entry>,
    sorted: bool,
}

/// Memory that a directory takes beside its entries: itself, and its place among those already met.
const FIXED: u64 = 2 * size_of::<Directory>() as u64;

impl Directory {
    /// Reads the directory at `offset`, which no chain need lead to.
    pub(crate) fn at(view: &View<'_>, variant: Variant, offset: u64, budget: &mut Budget) -> Result<Self> {
        Ok(Self::parse(view, variant, offset, budget)?.0)
    }

    /// Reads the directory at `offset`, and the offset of the next one, which may be missing where the file
    /// ends.
    pub(super) fn parse(
        view: &View<'_>,
        variant: Variant,
        offset: u64,
        budget: &mut Budget,
    ) -> Result<(Self, Result<u64>)> {
        let count = variant.count_at(view, offset)?;
        let start = offset.saturating_add(variant.count_width());
        let width = variant.entry_width();
        let size = count.checked_mul(width).ok_or(Cause::Overflow { count, width })?;
        // Proves that all entries are there before anything is allocated for them.
        view.get(start, size)?;
        let memory = count.saturating_mul(size_of::<Entry>() as u64).saturating_add(FIXED);
        budget.reserve(memory, "a directory")?;
        let mut entries = (0..count)
            .map(|i| Entry::parse(view, variant, start.saturating_add(i.saturating_mul(width))))
            .collect::<Result<Vec<_>>>()?;
        let sorted = entries.is_sorted_by_key(|entry| entry.tag);
        // Stable: of two entries with one tag the first in the file stays first, and is the one that counts.
        entries.sort_by_key(|entry| entry.tag);
        let next = variant.offset_at(view, start.saturating_add(size));
        Ok((Self { index: 0, offset, parent: None, entries, sorted }, next))
    }

    /// Whether the file has the entries in the order of their tags, as TIFF 6.0, section 2, asks.
    pub(crate) fn is_sorted(&self) -> bool {
        self.sorted
    }

    /// The entries, ascending by tag.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry with this tag; the first one in the file if there are several.
    #[must_use]
    pub fn entry(&self, tag: Tag) -> Option<&Entry> {
        let first = self.entries.partition_point(|entry| entry.tag < tag);
        self.entries.get(first).filter(|entry| entry.tag == tag)
    }

    /// The directory together with the file it describes, to ask for values.
    pub(crate) fn fields<'a>(&'a self, view: View<'a>) -> Fields<'a> {
        Fields { directory: self, view }
    }
}

/// Access to the values of one directory. Every error says which directory and tag.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a> {
    directory: &'a Directory,
    view: View<'a>,
}

impl<'a> Fields<'a> {
    pub(crate) fn has(&self, tag: Tag) -> bool {
        self.directory.entry(tag).is_some()
    }

    /// The type and the number of values of a tag.
    pub(crate) fn shape_of(&self, tag: Tag) -> Option<(FieldType, u64)> {
        self.directory.entry(tag).map(|entry| (entry.field_type, entry.count))
    }

    /// Where the values of a tag lie; of one that is not there, where the directory does.
    pub(crate) fn offset_of(&self, tag: Tag) -> u64 {
        self.directory.entry(tag).map_or(self.directory.offset, |entry| entry.offset)
    }

    /// Adds directory and tag to an error.
    pub(crate) fn place(&self, error: Error, tag: Tag) -> Error {
        let error = error.in_directory(self.directory.index).in_tag(tag.0, tag.name());
        match self.directory.entry(tag) {
            Some(entry) => error.at_offset(entry.offset),
            None => error.at_offset(self.directory.offset),
        }
    }

    pub(crate) fn values(&self, tag: Tag) -> Result<Option<Values<'a>>> {
        let entry = self.directory.entry(tag);
        entry.map(|entry| entry.values(&self.view)).transpose().map_err(|e| self.place(e, tag))
    }

    /// The first value as an unsigned integer.
    pub(crate) fn u64(&self, tag: Tag) -> Result<Option<u64>> {
        let first = self.values(tag)?.map(|values| values.u64(0));
        first.transpose().map_err(|e| self.place(e, tag))
    }

    /// The first value as a double.
    pub(crate) fn f64(&self, tag: Tag) -> Result<Option<f64>> {
        let first = self.values(tag)?.map(|values| values.f64(0));
        first.transpose().map_err(|e| self.place(e, tag))
    }

    /// The first value as a code of 16 bits.
    pub(crate) fn code(&self, tag: Tag, default: u16) -> Result<u16> {
        let Some(found) = self.u64(tag)? else { return Ok(default) };
        u16::try_from(found).map_err(|_| {
            let what = tag.name().unwrap_or("code");
            self.place(Cause::Mismatch { what, expected: "a number of 16 bits", found }.into(), tag)
        })
    }

    /// The first value as an unsigned integer; missing is an error.
    pub(crate) fn required(&self, tag: Tag) -> Result<u64> {
        self.u64(tag)?.ok_or_else(|| self.place(Cause::MissingTag.into(), tag))
    }

    /// All values as doubles.
    pub(crate) fn f64s(&self, tag: Tag, budget: &mut Budget) -> Result<Option<Vec<f64>>> {
        let Some(values) = self.values(tag)? else { return Ok(None) };
        budget.reserve(values.len().saturating_mul(8), "the values of a tag")?;
        let all = (0..values.len()).map(|i| values.f64(i)).collect::<Result<_>>();
        all.map(Some).map_err(|e| self.place(e, tag))
    }
}
