//! How much work an operation does, and whether somebody wants it to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::Limits;
use crate::error::{Cause, Result};

/// Units that a byte taken from the file costs: decoders are slowest on data that produce nothing.
const TAKEN: u64 = 32;
/// Bytes of blocks that the file leaves out, for one unit: they are only filled.
const FILLED: u64 = 16;
/// Units that each block of a new image costs, whatever it holds: entries of its tables, and bookkeeping.
const BLOCK: u64 = 256;

/// Stops operations that are running, from another thread. Clones stop the same operations.
///
/// An operation looks at its token before each block and each part of its result, and then fails with an error of the kind
/// [`Cancelled`](crate::ErrorKind::Cancelled). What it has written up to then is not completed.
///
/// ```
/// use memtiff_geotiff::{CancelToken, Description, ErrorKind, Limits, ReadRequest, Reader};
///
/// # let bytes = include_bytes!("../../../../testdata/utm33_rgb_u16.tif");
/// let description = Description::parse(bytes, &Limits::default())?;
/// let token = CancelToken::new();
/// let reader = Reader::new(bytes, &description).with_cancel(&token);
/// assert!(reader.read::<u16>(&ReadRequest::new()).is_ok());
/// token.cancel();
/// let error = reader.read::<u16>(&ReadRequest::new()).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Cancelled);
/// # Ok::<(), memtiff_geotiff::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<State>);

#[derive(Debug)]
struct State {
    cancelled: AtomicBool,
    polls: AtomicU64,
    most: u64,
}

impl Default for State {
    fn default() -> Self {
        Self { cancelled: AtomicBool::new(false), polls: AtomicU64::new(0), most: u64::MAX }
    }
}

impl CancelToken {
    /// A token that nobody has cancelled.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A token that cancels itself when operations have looked at it `polls` times: for tests that must not depend on time.
    #[must_use]
    pub fn after_polls(polls: u64) -> Self {
        Self(Arc::new(State { most: polls, ..State::default() }))
    }

    /// Stops all operations that use this token, now and later.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether the token was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Relaxed)
    }

    /// How often operations have looked at the token.
    #[must_use]
    pub fn polls(&self) -> u64 {
        self.0.polls.load(Ordering::Relaxed)
    }

    /// Fails if the token was cancelled.
    pub(crate) fn poll(&self) -> Result<()> {
        if self.0.polls.fetch_add(1, Ordering::Relaxed) >= self.0.most {
            self.cancel();
        }
        if self.is_cancelled() { Err(Cause::Cancelled.into()) } else { Ok(()) }
    }
}

/// The work of one operation, counted by all of its threads.
#[derive(Debug)]
pub(crate) struct Work<'a> {
    done: AtomicU64,
    most: u64,
    cancel: Option<&'a CancelToken>,
}

/// A part of the work, in bytes or blocks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Cost {
    /// Bytes that are taken from the file.
    pub(crate) taken: u64,
    /// Bytes of samples that are decoded.
    pub(crate) decoded: u64,
    /// Bytes of samples that the file leaves out.
    pub(crate) filled: u64,
    /// Bytes of samples of the result.
    pub(crate) produced: u64,
    /// Blocks of a new image.
    pub(crate) blocks: u64,
}

impl Cost {
    fn units(&self) -> u64 {
        let units = self.taken.saturating_mul(TAKEN).saturating_add(self.decoded);
        let units = units.saturating_add(self.filled / FILLED).saturating_add(self.produced);
        units.saturating_add(self.blocks.saturating_mul(BLOCK))
    }
}

impl<'a> Work<'a> {
    /// The work of an operation on a file of `len` bytes, none of which is done.
    pub(crate) fn new(limits: &Limits, len: u64, cancel: Option<&'a CancelToken>) -> Self {
        Self { done: AtomicU64::new(0), most: limits.work(len), cancel }
    }

    /// Counts work, before it is done; fails if it is too much, or if nobody wants it any more.
    pub(crate) fn step(&self, cost: &Cost) -> Result<()> {
        self.poll()?;
        let units = cost.units();
        let done = self.done.fetch_add(units, Ordering::Relaxed).saturating_add(units);
        // A counter that has passed its end must not wrap around.
        if done > self.most {
            self.done.fetch_min(u64::MAX / 2, Ordering::Relaxed);
            return Err(Cause::Work { needed: done, most: self.most }.into());
        }
        Ok(())
    }

    /// Fails if this work would be too much; it is not counted.
    pub(crate) fn foresee(&self, cost: &Cost) -> Result<()> {
        let needed = self.done.load(Ordering::Relaxed).saturating_add(cost.units());
        if needed > self.most { Err(Cause::Work { needed, most: self.most }.into()) } else { Ok(()) }
    }

    /// Fails if nobody wants the result any more.
    pub(crate) fn poll(&self) -> Result<()> {
        self.cancel.map_or(Ok(()), CancelToken::poll)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn work_is_counted_up_to_its_limit() {
        let limits = Limits::default().with_work(1000);
        let work = Work::new(&limits, 1 << 20, None);
        work.step(&Cost { decoded: 600, ..Cost::default() }).unwrap();
        let more = Cost { taken: 14, ..Cost::default() };
        assert_eq!(work.foresee(&more).unwrap_err().kind(), ErrorKind::Limit);
        let error = work.step(&more).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert!(error.exceeds_work());
        let endless = Work::new(&Limits::none(), 0, None);
        for _ in 0..3 {
            endless.step(&Cost { produced: u64::MAX / 3, ..Cost::default() }).unwrap();
        }
    }

    #[test]
    fn the_default_grows_with_the_file() {
        let limits = Limits::default();
        assert_eq!(limits.work(1000) - limits.work(0), 2_048_000);
        assert_eq!(limits.with_work(5).work(1 << 40), 5);
        assert_eq!(Limits::none().work(0), u64::MAX);
    }

    #[test]
    fn a_cancelled_token_stops_all_clones() {
        let token = CancelToken::new();
        let limits = Limits::default();
        let other = token.clone();
        let work = Work::new(&limits, 0, Some(&other));
        work.poll().unwrap();
        token.cancel();
        assert_eq!(work.step(&Cost::default()).unwrap_err().kind(), ErrorKind::Cancelled);
        assert_eq!(token.polls(), 2);
        let later = CancelToken::after_polls(2);
        assert_eq!([later.poll().is_ok(), later.poll().is_ok(), later.poll().is_ok()], [true, true, false]);
    }
}
