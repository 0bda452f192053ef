//! Warnings of decoders, collected over reads.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::Error;

/// Collects the warnings of decoders: damage in a block that they noticed and decoded past. GDAL reports the same as
/// `CE_Warning`.
///
/// Give it to [`Reader::with_warnings`](crate::Reader::with_warnings), read, and [`take`](Self::take) the warnings. There is
/// at most one for each chunk, however often the chunk is read. Their order is that of directories and chunks, whatever the
/// order in which threads decoded them. Memory is bounded: only the first [`CAPACITY`](Self::CAPACITY) warnings in
/// that order are kept.
///
/// ```
/// use memtiff_geotiff::{Description, Limits, ReadRequest, ReadWarnings, Reader};
///
/// # let bytes = include_bytes!("../../../../testdata/utm33_rgb_u16.tif");
/// let description = Description::parse(bytes, &Limits::default())?;
/// let warnings = ReadWarnings::new();
/// Reader::new(bytes, &description).with_warnings(&warnings).read::<u16>(&ReadRequest::new())?;
/// assert!(warnings.take().is_empty());
/// # Ok::<(), memtiff_geotiff::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct ReadWarnings(Mutex<Collected>);

#[derive(Debug, Default)]
struct Collected {
    /// By file, directory and chunk.
    warnings: BTreeMap<(usize, usize, u64), Error>,
    /// Whether there were more than fit.
    truncated: bool,
}

impl ReadWarnings {
    /// The number of warnings that are kept until they are taken.
    pub const CAPACITY: usize = 100;

    /// No warnings yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the warnings of all reads since the last call. If there were more than [`CAPACITY`](Self::CAPACITY), one more
    /// warning at the end says so.
    #[must_use]
    pub fn take(&self) -> Vec<Error> {
        let Collected { warnings, truncated } = std::mem::take(&mut *self.lock());
        let more =
            truncated.then(|| Error::irregular("further blocks are damaged; their warnings were not kept"));
        warnings.into_values().chain(more).collect()
    }

    /// Adds the warning of a chunk of a directory; `file` is 0 for the file that is read, and counts sidecar files on.
    pub(super) fn add(&self, (file, directory, chunk): (usize, usize, u64), warning: Error) {
        let mut collected = self.lock();
        collected.warnings.insert((file, directory, chunk), warning);
        if collected.warnings.len() > Self::CAPACITY {
            collected.warnings.pop_last();
            collected.truncated = true;
        }
    }

    /// A thread that panicked elsewhere leaves nothing half done here.
    fn lock(&self) -> MutexGuard<'_, Collected> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_bound_do_not_depend_on_the_order_of_arrival() {
        let warning = |chunk| Error::irregular("damaged").in_chunk(chunk);
        let (up, down) = (ReadWarnings::new(), ReadWarnings::new());
        for chunk in 0..150 {
            up.add((0, 0, chunk), warning(chunk));
            down.add((0, 0, 149 - chunk), warning(149 - chunk));
        }
        let (up, again) = (up.take(), up.take());
        assert_eq!(up, down.take());
        assert_eq!(up.len(), ReadWarnings::CAPACITY + 1);
        assert_eq!(up[99].place().chunk, Some(99));
        assert!(again.is_empty());
    }
}
