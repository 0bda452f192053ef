//! Files whose bytes are elsewhere: what is needed of them is fetched, range by range.

use std::fmt;
use std::future::Future;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use memtiff_geotiff::{Error, ErrorKind, Limits, PartialBytes, Result};

use crate::dataset::Dataset;

/// What is fetched at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RangeOptions {
    least: u64,
    gap: u64,
    limits: Limits,
}

impl Default for RangeOptions {
    /// Directories 16 KiB at a time; chunks with at most 8 KiB between them in one range.
    fn default() -> Self {
        Self { least: 16 << 10, gap: 8 << 10, limits: Limits::default() }
    }
}

impl RangeOptions {
    /// Sets [`least`](Self::least).
    #[must_use]
    pub const fn with_least(self, bytes: u64) -> Self {
        Self { least: bytes, ..self }
    }

    /// Bytes that are fetched at once where directories and their values lie.
    #[must_use]
    pub const fn least(&self) -> u64 {
        self.least
    }

    /// Bytes that nobody asked for between two ranges that are fetched as one.
    #[must_use]
    pub const fn with_gap(self, bytes: u64) -> Self {
        Self { gap: bytes, ..self }
    }

    /// The limits of the dataset. What was fetched does not count; it is kept until the reader is dropped.
    #[must_use]
    pub const fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }
}

/// What an operation came to.
#[derive(Debug)]
pub enum Step<T> {
    /// It is done, with success or not.
    Done(Result<T>),
    /// These ranges of the file are needed first, in order.
    Need(Vec<Range<u64>>),
}

/// A dataset whose bytes are elsewhere, without the way there: it says which ranges it needs, and is given them. For
/// what fetches, see [`RangeReader`] and [`AsyncRangeReader`], or write your own in a few lines:
///
/// ```
/// use memtiff::{RangeOptions, Ranged, Step};
///
/// # let file = include_bytes!("../../../testdata/utm33_rgb_u16.tif");
/// let mut ranged = Ranged::new(file.len() as u64, RangeOptions::default());
/// let pixels = loop {
///     match ranged.step(|dataset| dataset.read_band::<u16>(2)) {
///         Step::Done(pixels) => break pixels?,
///         Step::Need(ranges) => {
///             for range in ranges {                    // over a network, say
///                 let bytes = file[range.start as usize..range.end as usize].to_vec();
///                 ranged.give(range, bytes)?;
///             }
///         }
///     }
/// };
/// assert_eq!(pixels.dim(), (80, 100));
/// # Ok::<(), memtiff::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Ranged {
    bytes: Arc<PartialBytes>,
    dataset: Option<Dataset>,
    options: RangeOptions,
}

impl Ranged {
    /// A file of `len` bytes, of which none is here.
    #[must_use]
    pub fn new(len: u64, options: RangeOptions) -> Self {
        Self { bytes: Arc::new(PartialBytes::new(len)), dataset: None, options }
    }

    /// The dataset, once it was opened. Reading it fails with [`Missing`](ErrorKind::Missing) where bytes are not here.
    #[must_use]
    pub fn dataset(&self) -> Option<&Dataset> {
        self.dataset.as_ref()
    }

    /// Bytes of the file that are held.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.bytes.held()
    }

    /// Tries an operation, which has no effects but its result: it is tried again from its beginning when more bytes are
    /// here.
    pub fn step<T>(&mut self, mut operation: impl FnMut(&Dataset) -> Result<T>) -> Step<T> {
        let opened = match self.dataset.take() {
            Some(dataset) => Ok(dataset),
            None => Dataset::open_partial(Arc::clone(&self.bytes), self.options.limits),
        };
        let missing = self.missing();
        if !missing.is_empty() {
            return Step::Need(missing);
        }
        let dataset = match opened {
            Ok(dataset) => self.dataset.insert(dataset).clone(),
            Err(error) => return Step::Done(Err(error)),
        };
        let result = operation(&dataset);
        let missing = self.missing();
        if missing.is_empty() { Step::Done(result) } else { Step::Need(missing) }
    }

    fn missing(&self) -> Vec<Range<u64>> {
        self.bytes.take_missing(self.options.least, self.options.gap)
    }

    /// Takes the bytes of a range, without copying them. More than were asked for are welcome.
    ///
    /// # Errors
    ///
    /// When they are fewer: the file is shorter than was said, or the answer was cut off.
    pub fn give(&mut self, range: Range<u64>, bytes: impl Into<Bytes>) -> Result<()> {
        let bytes = bytes.into();
        let (wanted, found) = (range.end.saturating_sub(range.start), bytes.len() as u64);
        if found < wanted {
            let message = format!("bytes {}..{} were asked for, {found} bytes came", range.start, range.end);
            return Err(Error::other(ErrorKind::Truncated, message));
        }
        // Whoever still has the bytes as they were keeps them: a dataset that was cloned.
        let dataset = self.dataset.take();
        Arc::make_mut(&mut self.bytes).insert(range.start, bytes);
        self.dataset = dataset.map(|dataset| dataset.with_partial(Arc::clone(&self.bytes)));
        Ok(())
    }

    fn give_all(&mut self, ranges: Vec<Range<u64>>, answers: Vec<Bytes>) -> Result<()> {
        if ranges.len() != answers.len() {
            let message = format!("{} ranges were asked for, {} came", ranges.len(), answers.len());
            return Err(Error::usage(message));
        }
        ranges.into_iter().zip(answers).try_for_each(|(range, bytes)| self.give(range, bytes))
    }
}

fn failed(error: &io::Error) -> Error {
    Error::other(ErrorKind::Fetch, error.to_string())
}

/// A dataset whose bytes a function fetches: any that gives the bytes of some ranges, one for each, in order.
///
/// ```
/// use memtiff::{Bytes, RangeOptions, RangeReader, Window};
///
/// # let file = Bytes::from_static(include_bytes!("../../../testdata/utm33_rgb_u16.tif"));
/// let fetch = |ranges: &[std::ops::Range<u64>]| {
///     let get = |range: &std::ops::Range<u64>| file.slice(range.start as usize..range.end as usize);
///     Ok(ranges.iter().map(get).collect())                      // a request for each, say
/// };
/// let mut reader = RangeReader::open(file.len() as u64, fetch, RangeOptions::default())?;
/// let window = Window::new(0, 0, 20, 20);
/// let pixels = reader.run(|dataset| dataset.read_window::<u16>(window))?;
/// assert_eq!(pixels.dim(), (3, 20, 20));
/// # Ok::<(), memtiff::Error>(())
/// ```
pub struct RangeReader<F> {
    ranged: Ranged,
    fetch: F,
}

impl<F> fmt::Debug for RangeReader<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RangeReader").field("ranged", &self.ranged).finish_non_exhaustive()
    }
}

impl<F: FnMut(&[Range<u64>]) -> io::Result<Vec<Bytes>>> RangeReader<F> {
    /// Opens a file of `len` bytes: fetches its directories.
    ///
    /// # Errors
    ///
    /// When fetching fails ([`Fetch`](ErrorKind::Fetch)), or as [`MemoryFile::open`](crate::MemoryFile::open).
    pub fn open(len: u64, fetch: F, options: RangeOptions) -> Result<Self> {
        let mut reader = Self { ranged: Ranged::new(len, options), fetch };
        reader.run(|_| Ok(()))?;
        Ok(reader)
    }

    /// Does something with the dataset, and fetches what that needs: pixels, masks, statistics, another page. It is tried
    /// again from its beginning after each fetch, so that it must have no effects but its result.
    ///
    /// # Errors
    ///
    /// When fetching fails, or as the operation.
    pub fn run<T>(&mut self, mut operation: impl FnMut(&Dataset) -> Result<T>) -> Result<T> {
        loop {
            match self.ranged.step(&mut operation) {
                Step::Done(result) => return result,
                Step::Need(ranges) => {
                    let answers = (self.fetch)(&ranges).map_err(|e| failed(&e))?;
                    self.ranged.give_all(ranges, answers)?;
                }
            }
        }
    }

    /// The dataset; [`run`](Self::run) is what fetches.
    #[must_use]
    pub fn dataset(&self) -> Option<&Dataset> {
        self.ranged.dataset()
    }

    /// Bytes of the file that are held.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.ranged.held()
    }
}

/// [`RangeReader`] for a function that gives a future. It needs no runtime of its own.
pub struct AsyncRangeReader<F> {
    ranged: Ranged,
    fetch: F,
}

impl<F> fmt::Debug for AsyncRangeReader<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncRangeReader").field("ranged", &self.ranged).finish_non_exhaustive()
    }
}

impl<F, A> AsyncRangeReader<F>
where
    F: FnMut(Vec<Range<u64>>) -> A,
    A: Future<Output = io::Result<Vec<Bytes>>>,
{
    /// Opens a file of `len` bytes: fetches its directories.
    ///
    /// # Errors
    ///
    /// As [`RangeReader::open`].
    pub async fn open(len: u64, fetch: F, options: RangeOptions) -> Result<Self> {
        let mut reader = Self { ranged: Ranged::new(len, options), fetch };
        reader.run(|_| Ok(())).await?;
        Ok(reader)
    }

    /// Does something with the dataset, and fetches what that needs. Decoding happens between two fetches, on the thread
    /// that polls and on those of the pool.
    ///
    /// # Errors
    ///
    /// As [`RangeReader::run`].
    pub async fn run<T>(&mut self, mut operation: impl FnMut(&Dataset) -> Result<T>) -> Result<T> {
        loop {
            match self.ranged.step(&mut operation) {
                Step::Done(result) => return result,
                Step::Need(ranges) => {
                    let answers = (self.fetch)(ranges.clone()).await.map_err(|e| failed(&e))?;
                    self.ranged.give_all(ranges, answers)?;
                }
            }
        }
    }

    /// The dataset; [`run`](Self::run) is what fetches.
    #[must_use]
    pub fn dataset(&self) -> Option<&Dataset> {
        self.ranged.dataset()
    }

    /// Bytes of the file that are held.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.ranged.held()
    }
}
