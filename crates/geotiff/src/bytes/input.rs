//! What the bytes of a file are taken from: all of them, or as many as are here so far.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

/// The bytes of a file: all of them, or a [`PartialBytes`]. Made from a reference to either.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a>(pub(super) Data<'a>);

#[derive(Debug, Clone, Copy)]
pub(super) enum Data<'a> {
    Whole(&'a [u8]),
    Partial(&'a PartialBytes),
}

impl<'a> From<&'a [u8]> for Input<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self(Data::Whole(bytes))
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Input<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self(Data::Whole(bytes))
    }
}

impl<'a> From<&'a Vec<u8>> for Input<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Self(Data::Whole(bytes))
    }
}

impl<'a> From<&'a Bytes> for Input<'a> {
    fn from(bytes: &'a Bytes) -> Self {
        Self(Data::Whole(bytes))
    }
}

impl<'a> From<&'a PartialBytes> for Input<'a> {
    fn from(bytes: &'a PartialBytes) -> Self {
        Self(Data::Partial(bytes))
    }
}

/// Those bytes of a file that are here, of a file whose length is known.
///
/// What is parsed or read of it fails with an error of kind [`Missing`](crate::ErrorKind::Missing) where bytes are not here, and they are
/// noted. Whoever drives this fetches what [`take_missing`](Self::take_missing) gives, [`insert`](Self::insert)s it, and
/// tries again; the result counts only when nothing was missing on the way, for an error may have become a warning.
///
/// ```
/// use memtiff_geotiff::{Description, ErrorKind, Limits, PartialBytes};
///
/// # let file = include_bytes!("../../../../testdata/utm33_rgb_u16.tif");
/// let mut here = PartialBytes::new(file.len() as u64);
/// let description = loop {
///     let tried = Description::parse(&here, &Limits::default());
///     let missing = here.take_missing(1024, 0);
///     if missing.is_empty() {
///         break tried?;
///     }
///     for range in missing {                                     // a range request for each, say
///         let bytes = &file[range.start as usize..range.end as usize];
///         here.insert(range.start, bytes.to_vec());
///     }
/// };
/// assert_eq!(description.image().width, 100);
/// assert!(here.held() < file.len() as u64 / 2);
/// # Ok::<(), memtiff_geotiff::Error>(())
/// ```
#[derive(Debug)]
pub struct PartialBytes {
    len: u64,
    /// By offset. None lies within another, so that ends are in the same order as offsets.
    parts: BTreeMap<u64, Bytes>,
    missing: Mutex<Vec<Missing>>,
}

#[derive(Debug, Clone)]
struct Missing {
    range: Range<u64>,
    /// Whether nobody will want what stands beside it: a chunk, and not a piece of a directory.
    exact: bool,
}

/// Notes kept at most; who wants more is told of the rest when these are here.
const MOST: usize = 1 << 16;

impl Clone for PartialBytes {
    fn clone(&self) -> Self {
        Self { len: self.len, parts: self.parts.clone(), missing: Mutex::default() }
    }
}

impl PartialBytes {
    /// Nothing yet of a file of `len` bytes.
    #[must_use]
    pub fn new(len: u64) -> Self {
        Self { len, parts: BTreeMap::new(), missing: Mutex::default() }
    }

    /// Length of the file.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether the file has no byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes that are held; what is there twice counts twice.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.parts.values().map(|part| part.len() as u64).sum()
    }

    /// Adds the bytes at `offset`, without copying them. What lies behind the end of the file is left out.
    pub fn insert(&mut self, offset: u64, bytes: impl Into<Bytes>) {
        let mut bytes = bytes.into();
        let room = usize::try_from(self.len.saturating_sub(offset)).unwrap_or(usize::MAX);
        bytes.truncate(room);
        let end = offset.saturating_add(bytes.len() as u64);
        if bytes.is_empty() || self.get(offset, bytes.len() as u64).is_some() {
            return;
        }
        let within = |(start, part): (&u64, &Bytes)| {
            (start.saturating_add(part.len() as u64) <= end).then_some(*start)
        };
        let within: Vec<u64> = self.parts.range(offset..end).filter_map(within).collect();
        within.iter().for_each(|start| drop(self.parts.remove(start)));
        self.parts.insert(offset, bytes);
    }

    /// The ranges that were asked for and are not here, in order, and forgets them. Pieces of directories are asked for with
    /// what follows, `least` bytes at least; ranges with at most `gap` bytes between them become one.
    #[must_use]
    pub fn take_missing(&self, least: u64, gap: u64) -> Vec<Range<u64>> {
        let missing = std::mem::take(&mut *self.notes());
        let grown = |Missing { range, exact }| {
            let least = if exact { 0 } else { least };
            range.start..range.end.max(range.start.saturating_add(least)).min(self.len)
        };
        // Nobody fetches what is here, whatever went wrong with it.
        let elsewhere =
            |range: &Range<u64>| self.get(range.start, range.end.saturating_sub(range.start)).is_none();
        let mut ranges: Vec<Range<u64>> = missing.into_iter().map(grown).filter(elsewhere).collect();
        ranges.sort_unstable_by_key(|range| range.start);
        let mut merged: Vec<Range<u64>> = Vec::new();
        for range in ranges {
            match merged.last_mut() {
                Some(last) if range.start <= last.end.saturating_add(gap) => {
                    last.end = last.end.max(range.end);
                }
                _ => merged.push(range),
            }
        }
        merged
    }

    /// Bytes that are here.
    pub(super) fn get(&self, offset: u64, len: u64) -> Option<&[u8]> {
        if len == 0 {
            return Some(&[]);
        }
        let (start, part) = self.parts.range(..=offset).next_back()?;
        let from = usize::try_from(offset.checked_sub(*start)?).ok()?;
        part.get(from..from.checked_add(usize::try_from(len).ok()?)?)
    }

    /// Notes that bytes are not here.
    pub(super) fn miss(&self, range: Range<u64>, exact: bool) {
        let mut notes = self.notes();
        let room = notes.len() < MOST;
        match notes.last_mut() {
            Some(last) if last.exact == exact && last.range.end == range.start => last.range.end = range.end,
            _ if room => notes.push(Missing { range, exact }),
            _ => {}
        }
    }

    fn notes(&self) -> std::sync::MutexGuard<'_, Vec<Missing>> {
        self.missing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_wherever_they_overlap() {
        let file: Vec<u8> = (0..100).collect();
        let mut here = PartialBytes::new(100);
        for range in [10..20_usize, 15..30, 12..18, 0..5, 4..11, 90..100] {
            here.insert(range.start as u64, file[range].to_vec());
        }
        for (offset, len, found) in [
            (10_u8, 10_u8, true),
            (16, 14, true),
            (10, 20, false),
            (0, 5, true),
            (5, 6, true),
            (95, 5, true),
            (95, 6, false),
        ] {
            let bytes = here.get(offset.into(), len.into());
            assert_eq!(bytes.is_some(), found, "{offset} {len}");
            assert!(bytes.is_none_or(|bytes| file[usize::from(offset)..].starts_with(bytes)));
            assert!(bytes.is_none_or(|bytes| bytes.len() == usize::from(len)));
        }
        here.insert(95, vec![0; 100]);
        assert_eq!(here.get(99, 1), Some(&[99][..]));
        here.insert(0, file);
        assert_eq!((here.parts.len(), here.held()), (1, 100));
    }

    #[test]
    fn what_is_missing_is_asked_for_in_few_ranges() {
        let here = PartialBytes::new(1000);
        here.miss(0..8, false);
        here.miss(8..10, false);
        here.miss(500..600, true);
        here.miss(610..700, true);
        here.miss(990..998, false);
        assert_eq!(here.take_missing(64, 20), [0..64, 500..700, 990..1000]);
        assert!(here.take_missing(64, 20).is_empty());
    }
}
