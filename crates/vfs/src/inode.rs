//! One file: its content, the name it goes by, and the lock around both.

use std::sync::PoisonError;
use std::time::SystemTime;

use crate::blob::Blob;
use crate::error::{Error, ErrorKind, Result};
use crate::path::VfsPath;
use crate::quota::Meter;
use crate::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// One file, whoever holds it: the tree, and handles.
#[derive(Debug)]
pub(crate) struct Inode(RwLock<State>);

/// What the lock of a file guards.
#[derive(Debug)]
pub(crate) struct State {
    blob: Blob,
    /// Its name, and once it is removed the last one.
    path: VfsPath,
    removed: bool,
    modified: Option<SystemTime>,
}

impl Inode {
    /// A file of that name. Whoever makes it pays for the content.
    pub(crate) fn new(path: VfsPath, blob: Blob) -> Self {
        Self(RwLock::new(State { blob, path, removed: false, modified: now() }))
    }

    /// The state, for a look. A panic elsewhere leaves nothing half done here, so a poisoned lock is as good.
    pub(crate) fn look(&self) -> RwLockReadGuard<'_, State> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, for a change.
    pub(crate) fn change(&self) -> RwLockWriteGuard<'_, State> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(crate) fn blob(&self) -> &Blob {
        &self.blob
    }

    pub(crate) fn modified(&self) -> Option<SystemTime> {
        self.modified
    }

    /// What the file is called, or was called last.
    pub(crate) fn path(&self) -> &VfsPath {
        &self.path
    }

    /// Whether it is gone, and its handles stale.
    pub(crate) fn is_removed(&self) -> bool {
        self.removed
    }

    /// The content, for one who asks through a handle.
    pub(crate) fn live(&self) -> Result<&Blob> {
        if self.removed { Err(Error::new(ErrorKind::Stale, &self.path)) } else { Ok(&self.blob) }
    }

    pub(crate) fn rename(&mut self, path: VfsPath) {
        self.path = path;
    }

    /// Writes at `offset`, or behind the last byte; gives the position behind what was written.
    pub(crate) fn write(&mut self, offset: Option<u64>, data: &[u8], meter: &Meter) -> Result<u64> {
        let offset = offset.unwrap_or_else(|| self.blob.len());
        let end = offset.saturating_add(data.len() as u64);
        let len = if data.is_empty() { self.blob.len() } else { self.blob.len().max(end) };
        self.resized(len, offset, meter, |blob| blob.write_at(offset, data))?;
        Ok(end)
    }

    pub(crate) fn set_len(&mut self, len: u64, meter: &Meter) -> Result<()> {
        self.resized(len, len, meter, |blob| blob.set_len(len))
    }

    pub(crate) fn replace(&mut self, blob: Blob, meter: &Meter) -> Result<()> {
        self.resized(blob.len(), 0, meter, |content| {
            *content = blob;
            Ok(())
        })
    }

    /// Makes `blob` the content. The caller has paid for it.
    pub(crate) fn put(&mut self, blob: Blob) {
        self.blob = blob;
        self.modified = now();
    }

    /// Removes the file: its content is taken out, and handles are stale from now on.
    pub(crate) fn remove(&mut self, meter: &Meter) -> Blob {
        let blob = self.take();
        meter.shrink(blob.len());
        blob
    }

    /// As [`remove`](Self::remove), where somebody else goes on paying.
    pub(crate) fn take(&mut self) -> Blob {
        self.removed = true;
        std::mem::take(&mut self.blob)
    }

    /// Does what makes the content `len` bytes long, paid for before it is done. On an error nothing has changed.
    fn resized(
        &mut self,
        len: u64,
        offset: u64,
        meter: &Meter,
        change: impl FnOnce(&mut Blob) -> std::result::Result<(), ErrorKind>,
    ) -> Result<()> {
        let before = self.live()?.len();
        let place = |kind| Error::new(kind, &self.path).at(offset);
        let grown = len.saturating_sub(before);
        meter.grow(grown).map_err(place)?;
        if let Err(kind) = change(&mut self.blob) {
            meter.shrink(grown);
            return Err(place(kind));
        }
        meter.shrink(before.saturating_sub(len));
        self.modified = now();
        Ok(())
    }
}

/// The time; browsers' WebAssembly has no clock that the standard library knows.
fn now() -> Option<SystemTime> {
    let clock = !cfg!(all(target_family = "wasm", target_os = "unknown"));
    clock.then(SystemTime::now)
}
