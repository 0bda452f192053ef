//! The locks: the standard library's, or in the model of all orders in which threads can take them (`--cfg memtiff_loom`) those
//! of loom.

#[cfg(not(all(test, memtiff_loom)))]
pub(crate) use std::sync::{Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};

#[cfg(all(test, memtiff_loom))]
pub(crate) use loom::sync::{Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};
