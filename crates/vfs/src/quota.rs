//! How much a filesystem may hold, and how much it does.

use std::sync::PoisonError;

use crate::error::ErrorKind;
use crate::sync::{Mutex, MutexGuard};

/// How much a filesystem may hold; everything, unless it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    bytes: u64,
    entries: usize,
}

impl Default for Quota {
    fn default() -> Self {
        Self { bytes: u64::MAX, entries: usize::MAX }
    }
}

impl Quota {
    /// No ceilings.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes of all files together: the sum of their lengths. Files that share memory count each, for any of them may
    /// be written to; snapshots do not count, they are their holders'.
    #[must_use]
    pub const fn with_bytes(self, bytes: u64) -> Self {
        Self { bytes, ..self }
    }

    /// Files and directories.
    #[must_use]
    pub const fn with_entries(self, entries: usize) -> Self {
        Self { entries, ..self }
    }

    /// Room for so many more names than the `present` ones.
    pub(crate) fn check_entries(&self, present: usize, asked: usize) -> Result<(), ErrorKind> {
        let left = self.entries.saturating_sub(present);
        if asked > left { Err(ErrorKind::QuotaEntries { asked, left }) } else { Ok(()) }
    }
}

/// How much a filesystem holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Usage {
    /// Bytes: the sum of the lengths of all files.
    pub bytes: u64,
    /// Files and directories, the root not counted.
    pub entries: usize,
}

/// Counts bytes against a quota.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    used: Mutex<u64>,
    quota: Quota,
}

impl Meter {
    pub(crate) fn new(quota: Quota) -> Self {
        Self { used: Mutex::new(0), quota }
    }

    pub(crate) fn quota(&self) -> &Quota {
        &self.quota
    }

    pub(crate) fn bytes(&self) -> u64 {
        *self.lock()
    }

    /// Pays for so many bytes more.
    pub(crate) fn grow(&self, asked: u64) -> Result<(), ErrorKind> {
        if asked == 0 {
            return Ok(());
        }
        let mut used = self.lock();
        let left = self.quota.bytes.saturating_sub(*used);
        if asked > left {
            return Err(ErrorKind::QuotaBytes { asked, left });
        }
        *used = used.saturating_add(asked);
        Ok(())
    }

    /// Counts bytes that are there already.
    pub(crate) fn adopt(&self, bytes: u64) {
        let mut used = self.lock();
        *used = used.saturating_add(bytes);
    }

    /// Gives so many bytes back.
    pub(crate) fn shrink(&self, freed: u64) {
        if freed > 0 {
            let mut used = self.lock();
            *used = used.saturating_sub(freed);
        }
    }

    fn lock(&self) -> MutexGuard<'_, u64> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
