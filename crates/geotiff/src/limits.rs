//! What a file may make us spend: [`Limits`] are set by the caller, a [`Budget`] is spent on the way.

mod work;

use bytemuck::Zeroable;
pub use work::CancelToken;
pub(crate) use work::{Cost, Work};

use crate::error::{Cause, Result};

/// Ceilings for one operation (one open, one read). Nothing whose size a file decides is allocated
/// without being counted against them first.
///
/// # Work
///
/// A small file can claim an image that takes hours to decode. Work is counted in units: one for each byte of samples that is
/// decoded and for each byte of the result, 32 for each byte that is taken from the file, 1/16 for each byte of samples that
/// the file leaves out, and 256 for each block of an image that is written. One read, one call of statistics, one copy and
/// the overviews that are built together are an operation each.
///
/// By default an operation may do 4,000,000,000 units, and 2,048 more for each byte of the file: statistics of a file of 1 MB
/// may decode some 6 GB of samples. Deflate makes 1,032 bytes of one at most, half of what each byte allows, so that files of
/// any size stay within the limit unless their blocks share their bytes.
///
/// ```
/// use memtiff_geotiff::Limits;
///
/// let limits = Limits::default().with_memory(64 << 20).with_work(1_000_000_000);
/// assert_eq!(limits.memory(), 64 << 20);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    memory: u64,
    directories: usize,
    work: u64,
    work_per_byte: u64,
    output: u64,
}

/// Units of work that an operation may do on a file of no bytes.
const WORK: u64 = 4_000_000_000;
/// Units of work that each byte of the file allows more.
const WORK_PER_BYTE: u64 = 2048;

impl Default for Limits {
    /// 4 GiB of memory (1 GiB where addresses have 32 bits), 65,536 directories, and 4,000,000,000 units of work with 2,048
    /// more for each byte of the file. Files that are written may have any length.
    fn default() -> Self {
        let memory = if usize::BITS >= 64 { 4 << 30 } else { 1 << 30 };
        Self { memory, directories: 65_536, work: WORK, work_per_byte: WORK_PER_BYTE, output: u64::MAX }
    }
}

impl Limits {
    /// No ceilings: for files that are trusted.
    #[must_use]
    pub const fn none() -> Self {
        Self { memory: u64::MAX, directories: usize::MAX, work: u64::MAX, work_per_byte: 0, output: u64::MAX }
    }

    /// Bytes that one operation may allocate: for a read, the output and one chunk per thread.
    #[must_use]
    pub const fn with_memory(self, bytes: u64) -> Self {
        Self { memory: bytes, ..self }
    }

    /// Directories (pages, overviews, masks) that a file may have.
    #[must_use]
    pub const fn with_directories(self, count: usize) -> Self {
        Self { directories: count, ..self }
    }

    /// Units of work that one operation may do, whatever the size of the file: see [`Limits`].
    #[must_use]
    pub const fn with_work(self, units: u64) -> Self {
        Self { work: units, work_per_byte: 0, ..self }
    }

    /// Units of work that one operation may do on a file of `len` bytes.
    #[must_use]
    pub const fn work(&self, len: u64) -> u64 {
        self.work.saturating_add(self.work_per_byte.saturating_mul(len))
    }

    /// Bytes that a file may have that is written. They do not count as memory of the operation, even where the file is kept
    /// in memory.
    #[must_use]
    pub const fn with_output(self, bytes: u64) -> Self {
        Self { output: bytes, ..self }
    }

    /// Bytes that a file may have that is written.
    #[must_use]
    pub const fn output(&self) -> u64 {
        self.output
    }

    /// Bytes that one operation may allocate.
    #[must_use]
    pub const fn memory(&self) -> u64 {
        self.memory
    }

    /// Directories that a file may have.
    #[must_use]
    pub const fn directories(&self) -> usize {
        self.directories
    }
}

/// The purse of one operation: it only shrinks.
#[derive(Debug)]
pub(crate) struct Budget {
    left: u64,
}

impl Budget {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { left: limits.memory }
    }

    /// What is left for each of `sharers`.
    pub(crate) fn share(&self, sharers: u64) -> u64 {
        self.left.checked_div(sharers).unwrap_or(self.left)
    }

    /// Takes `needed` bytes out of the purse, for `what`.
    pub(crate) fn reserve(&mut self, needed: u64, what: &'static str) -> Result<()> {
        let Some(left) = self.left.checked_sub(needed) else {
            return Err(Cause::Memory { what, needed, left: self.left }.into());
        };
        self.left = left;
        Ok(())
    }

    /// A vector of `len` zeros, paid for.
    pub(crate) fn zeros<T: Zeroable + Clone>(&mut self, len: usize, what: &'static str) -> Result<Vec<T>> {
        let needed = (len as u64).saturating_mul(size_of::<T>() as u64);
        self.reserve(needed, what)?;
        // The fallible call has no zeroed form; asking it first turns the abort of the infallible one,
        // which gets zeroed pages from the system for nothing, into an error.
        let probe = Vec::<T>::new().try_reserve_exact(len);
        probe.map_err(|_| Cause::NoMemory { what, needed })?;
        Ok(vec![T::zeroed(); len])
    }
}

/// Sizes a buffer that is used again and again; memory that the machine refuses is an error.
pub(crate) fn resize<T: Clone + Default>(buffer: &mut Vec<T>, len: usize, what: &'static str) -> Result<()> {
    let more = len.saturating_sub(buffer.len());
    buffer.try_reserve(more).map_err(|_| {
        let needed = (len as u64).saturating_mul(size_of::<T>() as u64);
        Cause::NoMemory { what, needed }
    })?;
    buffer.resize(len, T::default());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn a_purse_only_shrinks() {
        let mut budget = Budget::new(&Limits::default().with_memory(10));
        budget.reserve(6, "first").unwrap();
        let error = budget.zeros::<u32>(2, "second").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert_eq!(
            error.to_string(),
            "limit exceeded: second needs 8 bytes of memory, 4 are left within the limits"
        );
        assert_eq!(budget.zeros::<u32>(1, "third").unwrap(), [0]);
    }

    #[test]
    fn an_impossible_size_is_an_error_even_without_limits() {
        let mut budget = Budget::new(&Limits::none());
        let error = budget.zeros::<u64>(usize::MAX / 8, "output").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
    }
}
