//! The filesystem: a tree of names, and the verbs on it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;

use crate::blob::Blob;
use crate::error::{Error, ErrorKind, Result};
use crate::file::File;
use crate::inode::Inode;
use crate::options::OpenOptions;
use crate::path::VfsPath;
use crate::quota::{Meter, Quota, Usage};
use crate::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use crate::tree::{Node, Tree};

/// A filesystem in memory. A clone is the same filesystem once more; two that are made apart know nothing of each
/// other. Everything works from many threads at once.
///
/// ```text
///  Vfs ──► names (one lock)              files (a lock each)        content
///          /dem                          ┌───────────────┐
///          /dem/a.tif ─────────────────► │ name, time,   │ ──► one run of bytes ◄── snapshots (`Bytes`)
///          /dem/b.tif ─────────┐         └───────────────┘            ▲
///                              │             ▲     ┌───────────────┐  │ a copy shares it until
///  File (handle) ──────────────┼─────────────┘     │ name, time,   │ ─┘ one of both is written to
///                              └─────────────────► └───────────────┘
/// ```
///
/// The content of a file is one run of bytes, so that it can be lent to a parser as `&[u8]`. A snapshot or a copy is
/// one more owner of it. A write while there is another owner copies the content once, and the others keep what they
/// have; else it happens in place. Growth is amortised.
///
/// Directories that a new file needs come with it, and go with the last that is in them; one made by
/// [`create_dir`](Self::create_dir) stays. Locks are taken in one order (names, file, count of bytes) and never while
/// code of the caller runs.
///
/// ```
/// use std::io::Write;
/// use memtiff_vfs::Vfs;
///
/// let vfs = Vfs::new();
/// vfs.create("/dem/a.tif")?.write_all(b"II*\0")?;
/// let before = vfs.read("/dem/a.tif")?;             // a snapshot: nothing is copied
/// vfs.copy("/dem/a.tif", "/dem/b.tif")?;            // nor here
/// vfs.open_with("/dem/a.tif", &memtiff_vfs::OpenOptions::new().append(true))?.write_all(b"more")?;
/// assert_eq!(&before[..], b"II*\0");
/// assert_eq!(vfs.metadata("/dem/a.tif")?.len(), 8);
///
/// let names: Vec<_> = vfs.list("/dem")?.into_iter().map(|entry| entry.path().to_string()).collect();
/// assert_eq!(names, ["/dem/a.tif", "/dem/b.tif"]);
/// vfs.remove_all("/dem")?;
/// assert_eq!(vfs.usage().bytes, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Paths are given as [`VfsPath`] or as text; what is none is an error of kind
/// [`InvalidPath`](ErrorKind::InvalidPath), in every call.
#[derive(Clone, Default)]
pub struct Vfs(Arc<Shared>);

#[derive(Default)]
struct Shared {
    tree: RwLock<Tree>,
    meter: Meter,
}

impl fmt::Debug for Vfs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Vfs").field(&self.usage()).finish()
    }
}

/// What is known of a file or directory without opening it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metadata {
    directory: bool,
    len: u64,
    modified: Option<SystemTime>,
}

impl Metadata {
    pub(crate) fn of_file(len: u64, modified: Option<SystemTime>) -> Self {
        Self { directory: false, len, modified }
    }

    /// Whether it is a file.
    #[must_use]
    pub fn is_file(&self) -> bool {
        !self.directory
    }

    /// Whether it is a directory.
    #[must_use]
    pub fn is_dir(&self) -> bool {
        self.directory
    }

    /// Length in bytes; 0 for a directory.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a length of files, as the standard library has it")]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// When the content was last changed; `None` for a directory, and where there is no clock (in browsers).
    #[must_use]
    pub fn modified(&self) -> Option<SystemTime> {
        self.modified
    }
}

/// A name in a listing, and what it stood for then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    path: VfsPath,
    metadata: Metadata,
}

impl Entry {
    /// Its path.
    #[must_use]
    pub fn path(&self) -> &VfsPath {
        &self.path
    }

    /// What it is.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn of((path, node): (&VfsPath, &Node)) -> Self {
        Self { path: path.clone(), metadata: metadata(node) }
    }
}

fn metadata(node: &Node) -> Metadata {
    match node {
        Node::Directory { .. } => Metadata { directory: true, len: 0, modified: None },
        Node::File(inode) => {
            let file = inode.look();
            Metadata::of_file(file.blob().len(), file.modified())
        }
    }
}

/// A path, or a text that may be one.
pub trait ToPath {
    /// The path.
    ///
    /// # Errors
    ///
    /// When the text is none.
    fn to_path(self) -> Result<VfsPath>;
}

impl<P> ToPath for P
where
    P: TryInto<VfsPath>,
    Error: From<P::Error>,
{
    fn to_path(self) -> Result<VfsPath> {
        Ok(self.try_into()?)
    }
}

impl Vfs {
    /// An empty filesystem that may grow as far as memory goes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty filesystem with ceilings. What would exceed them is refused, and nothing is lost.
    ///
    /// ```
    /// use std::io::Write;
    /// use memtiff_vfs::{Quota, Vfs};
    ///
    /// let vfs = Vfs::with_quota(Quota::new().with_bytes(10));
    /// let mut file = vfs.create("a")?;
    /// file.write_all(b"12345678")?;
    /// let error = file.write_all(b"90!").unwrap_err();
    /// assert_eq!(error.to_string(), "/a, offset 8: over quota: 3 bytes more are needed, 2 are left");
    /// assert_eq!(&file.snapshot()?[..], b"12345678");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_quota(quota: Quota) -> Self {
        Self(Arc::new(Shared { tree: RwLock::default(), meter: Meter::new(quota) }))
    }

    /// The one filesystem that all of a process can share. Nothing uses it unless it is given it.
    #[must_use]
    pub fn process_wide() -> &'static Self {
        static PROCESS_WIDE: LazyLock<Vfs> = LazyLock::new(Vfs::new);
        &PROCESS_WIDE
    }

    /// How much it holds.
    #[must_use]
    pub fn usage(&self) -> Usage {
        Usage { bytes: self.meter().bytes(), entries: self.tree().len() }
    }

    pub(crate) fn meter(&self) -> &Meter {
        &self.0.meter
    }

    /// A poisoned lock is as good as another: nothing under it can panic half-way.
    fn tree(&self) -> RwLockReadGuard<'_, Tree> {
        self.0.tree.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn tree_mut(&self) -> RwLockWriteGuard<'_, Tree> {
        self.0.tree.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a file for reading, at position 0.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn open(&self, path: impl ToPath) -> Result<File> {
        self.open_with(path, &OpenOptions::new())
    }

    /// Opens a file for reading and writing, at position 0; made if it is not there, empty in any case.
    ///
    /// # Errors
    ///
    /// When a directory has that name, a file stands where a directory is needed, or the quota has no room.
    pub fn create(&self, path: impl ToPath) -> Result<File> {
        self.open_with(path, &OpenOptions::new().create(true).truncate(true))
    }

    /// Opens a file as `options` say.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open) and [`create`](Self::create); also when it must be new and is not.
    pub fn open_with(&self, path: impl ToPath, options: &OpenOptions) -> Result<File> {
        let path = path.to_path()?;
        // While the names are locked nobody removes the file.
        let there = |tree: &Tree| {
            let inode = tree.file(&path)?;
            if options.must_be_new() {
                return Err(Error::new(ErrorKind::AlreadyExists, &path));
            }
            if options.truncates() {
                inode.change().set_len(0, self.meter())?;
            }
            Ok(inode)
        };
        let found = there(&self.tree());
        let inode = match found {
            Err(error) if options.creates() && *error.kind() == ErrorKind::NotFound => {
                // Between both locks another thread may have made it: looked at once more.
                let mut tree = self.tree_mut();
                match there(&tree) {
                    Err(error) if *error.kind() == ErrorKind::NotFound => self.make(&mut tree, path)?,
                    found => found?,
                }
            }
            found => found?,
        };
        Ok(File::new(self.clone(), inode, options))
    }

    /// A new, empty file.
    fn make(&self, tree: &mut Tree, path: VfsPath) -> Result<Arc<Inode>> {
        self.make_room(tree, &path, tree.missing(&path)?)?;
        let inode = Arc::new(Inode::new(path.clone(), Blob::default()));
        tree.insert(path, Node::File(Arc::clone(&inode)));
        Ok(inode)
    }

    /// Takes a file in by the name that it has, whatever the quota.
    pub(crate) fn adopt(&self, inode: Inode) -> Arc<Inode> {
        let inode = Arc::new(inode);
        let (path, len) = {
            let file = inode.look();
            (file.path().clone(), file.blob().len())
        };
        self.meter().adopt(len);
        self.tree_mut().insert(path, Node::File(Arc::clone(&inode)));
        inode
    }

    fn make_room(&self, tree: &Tree, path: &VfsPath, entries: usize) -> Result<()> {
        self.meter().quota().check_entries(tree.len(), entries).map_err(|kind| Error::new(kind, path))
    }

    /// Makes a file of these bytes, without copying them, or replaces the content of one.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create); a file that was there is then as it was.
    pub fn insert(&self, path: impl ToPath, bytes: impl Into<Bytes>) -> Result<()> {
        let path = path.to_path()?;
        let bytes = bytes.into();
        let blob = Blob::Given(bytes);
        let mut tree = self.tree_mut();
        match tree.file(&path) {
            Ok(inode) => inode.change().replace(blob, self.meter()),
            Err(error) if *error.kind() == ErrorKind::NotFound => {
                let inode = self.make(&mut tree, path.clone())?;
                let result = inode.change().replace(blob, self.meter());
                if result.is_err() {
                    tree.remove(&path);
                }
                result
            }
            Err(error) => Err(error),
        }
    }

    /// Replaces the content of the file of a handle, and makes or replaces other files, in one step.
    pub(crate) fn replace_together(
        &self,
        inode: &Inode,
        blob: Blob,
        others: BTreeMap<VfsPath, Blob>,
    ) -> Result<()> {
        let mut tree = self.tree_mut();
        let mut state = inode.change();
        let path = state.path().clone();
        if others.contains_key(&path) {
            return Err(Error::new(ErrorKind::AlreadyExists, &path));
        }
        let mut before = state.live()?.len();
        let mut after = blob.len();
        let (mut there, mut new, mut missing) = (Vec::new(), Vec::new(), 0_usize);
        for (path, blob) in others {
            after = after.saturating_add(blob.len());
            match tree.file(&path) {
                Ok(inode) => there.push((inode, blob)),
                Err(error) if *error.kind() == ErrorKind::NotFound => {
                    missing = missing.saturating_add(tree.missing(&path)?);
                    new.push((path, blob));
                }
                Err(error) => return Err(error),
            }
        }
        self.make_room(&tree, &path, missing)?;
        // All of them are locked before the bytes are paid for, because a handle could make one longer. No other thread
        // holds two locks of files without that of the names, so that none waits for another.
        let mut locked: Vec<_> = there.iter().map(|(inode, blob)| (inode.change(), blob)).collect();
        before = locked.iter().fold(before, |sum, (state, _)| sum.saturating_add(state.blob().len()));
        self.meter().grow(after.saturating_sub(before)).map_err(|kind| Error::new(kind, &path))?;
        // Nothing fails from here on.
        state.put(blob);
        locked.iter_mut().for_each(|(state, blob)| state.put((*blob).clone()));
        drop(locked);
        for (path, blob) in new {
            let inode = Inode::new(path.clone(), blob);
            tree.insert(path, Node::File(Arc::new(inode)));
        }
        self.meter().shrink(before.saturating_sub(after));
        Ok(())
    }

    /// The content of a file as it is now, without copying. No later write changes it.
    ///
    /// # Errors
    ///
    /// When there is no such file.
    pub fn read(&self, path: impl ToPath) -> Result<Bytes> {
        let path = path.to_path()?;
        // The names stay locked, so that nobody takes the content of the file that was found.
        let tree = self.tree();
        let bytes = tree.file(&path)?.look().blob().snapshot();
        Ok(bytes)
    }

    /// Whether there is a file or directory of that name.
    pub fn exists(&self, path: impl ToPath) -> bool {
        path.to_path().is_ok_and(|path| self.tree().get(&path).is_some())
    }

    /// What is known of a file or directory.
    ///
    /// # Errors
    ///
    /// When it is not there.
    pub fn metadata(&self, path: impl ToPath) -> Result<Metadata> {
        let path = path.to_path()?;
        let tree = self.tree();
        let node = tree.get(&path).ok_or_else(|| Error::new(ErrorKind::NotFound, &path))?;
        Ok(metadata(&node))
    }

    /// Makes a directory, and those that it needs; one that is there stays as it is, and stays when it is empty.
    ///
    /// # Errors
    ///
    /// When a file has that name, or stands where a directory is needed, or the quota has no room.
    pub fn create_dir(&self, path: impl ToPath) -> Result<()> {
        let path = path.to_path()?;
        let mut tree = self.tree_mut();
        if let Some(Node::File(_)) = tree.get(&path) {
            return Err(Error::new(ErrorKind::AlreadyExists, &path));
        }
        self.make_room(&tree, &path, tree.missing(&path)?)?;
        tree.insert(path, Node::Directory { kept: true });
        Ok(())
    }

    /// What lies in a directory itself, in the order of names.
    ///
    /// # Errors
    ///
    /// When there is no such directory.
    pub fn list(&self, directory: impl ToPath) -> Result<Vec<Entry>> {
        let directory = directory.to_path()?;
        let tree = self.tree();
        tree.check_directory(&directory)?;
        Ok(tree.children(&directory).map(Entry::of).collect())
    }

    /// All that lies in a directory, at any depth, in the order of paths.
    ///
    /// # Errors
    ///
    /// When there is no such directory.
    pub fn walk(&self, directory: impl ToPath) -> Result<Vec<Entry>> {
        let directory = directory.to_path()?;
        let tree = self.tree();
        tree.check_directory(&directory)?;
        Ok(tree.within(&directory).map(Entry::of).collect())
    }

    /// Removes a file, or a directory with nothing in it. Snapshots of the file live on; its handles are stale.
    ///
    /// # Errors
    ///
    /// When it is not there, is the root, or is a directory with something in it.
    pub fn remove(&self, path: impl ToPath) -> Result<()> {
        let path = path.to_path()?;
        let mut tree = self.tree_mut();
        let occupied = match tree.get(&path) {
            None => return Err(Error::new(ErrorKind::NotFound, &path)),
            Some(node) => node.is_directory() && !tree.is_empty(&path),
        };
        if occupied {
            return Err(Error::new(ErrorKind::DirectoryNotEmpty, &path));
        }
        check_not_root(&path)?;
        self.forget(tree.remove(&path));
        Ok(())
    }

    /// Removes a file, or a directory and all that is in it; of the root, all that is in it.
    ///
    /// # Errors
    ///
    /// When it is not there.
    pub fn remove_all(&self, path: impl ToPath) -> Result<()> {
        let path = path.to_path()?;
        let mut tree = self.tree_mut();
        if tree.get(&path).is_none() {
            return Err(Error::new(ErrorKind::NotFound, &path));
        }
        let within: Vec<VfsPath> = tree.within(&path).map(|(path, _)| path.clone()).collect();
        for path in within.iter().rev().chain([&path]) {
            self.forget(tree.remove(path));
        }
        Ok(())
    }

    /// Gives back what a removed file took.
    fn forget(&self, node: Option<Node>) {
        if let Some(inode) = node.as_ref().and_then(Node::inode) {
            inode.change().remove(self.meter());
        }
    }

    /// Moves a file or a directory to another name. A file that has that name is replaced, and so is an empty
    /// directory by a directory. Handles of what is moved stay good.
    ///
    /// # Errors
    ///
    /// When it is not there, a directory would replace a file or a file a directory, or a directory would become a
    /// part of itself. Nothing has moved then.
    pub fn rename(&self, from: impl ToPath, to: impl ToPath) -> Result<()> {
        let (from, to) = (from.to_path()?, to.to_path()?);
        let mut tree = self.tree_mut();
        let moves = self.check_target(&tree, &from, &to)?;
        if from == to {
            return Ok(());
        }
        // One name goes where one comes; what the target needs above it is new.
        self.make_room(&tree, &to, tree.missing(&to)?.saturating_sub(1))?;
        self.forget(tree.get(&to));
        for (old, ..) in moves.iter().rev() {
            tree.remove(old);
        }
        for (_, new, node) in moves {
            if let Node::File(inode) = &node {
                inode.change().rename(new.clone());
            }
            tree.insert(new, node);
        }
        Ok(())
    }

    /// Copies a file, or a directory and all that is in it; the copies share the bytes until one is written to. A
    /// file that has that name is replaced.
    ///
    /// # Errors
    ///
    /// As [`rename`](Self::rename); also when the quota has no room. Nothing is copied then.
    pub fn copy(&self, from: impl ToPath, to: impl ToPath) -> Result<()> {
        let (from, to) = (from.to_path()?, to.to_path()?);
        let mut tree = self.tree_mut();
        let copies = self.check_target(&tree, &from, &to)?;
        if from == to {
            return Ok(());
        }
        let missing = tree.missing(&to)?.saturating_add(copies.len().saturating_sub(1));
        self.make_room(&tree, &to, missing)?;
        let blobs: Vec<Option<Blob>> = copies.iter().map(|(_, _, node)| content(node)).collect();
        let bytes = blobs.iter().flatten().map(Blob::len).fold(0, u64::saturating_add);
        // Paid for before anything is replaced, so that a refusal loses nothing; what is replaced pays its part, and
        // is locked, for a handle could make it longer.
        let target = tree.get(&to);
        let mut replaced = target.as_ref().and_then(Node::inode).map(Inode::change);
        let freed = replaced.as_ref().map_or(0, |file| file.blob().len());
        self.meter().grow(bytes.saturating_sub(freed)).map_err(|kind| Error::new(kind, &to))?;
        self.meter().shrink(freed.saturating_sub(bytes));
        drop(replaced.take().map(|mut file| file.take()));
        for ((_, new, node), blob) in copies.into_iter().zip(blobs) {
            let node = match blob {
                Some(blob) => Node::File(Arc::new(Inode::new(new.clone(), blob))),
                None => node,
            };
            tree.insert(new, node);
        }
        Ok(())
    }

    /// What would go where, in order, if `from` went to `to`.
    fn check_target(
        &self,
        tree: &Tree,
        from: &VfsPath,
        to: &VfsPath,
    ) -> Result<Vec<(VfsPath, VfsPath, Node)>> {
        let Some(node) = tree.get(from) else { return Err(Error::new(ErrorKind::NotFound, from)) };
        check_not_root(from)?;
        match (node.is_directory(), tree.get(to)) {
            (true, _) if from != to && to.starts_with(from) => {
                return Err(Error::new(ErrorKind::IntoItself, to));
            }
            (true, Some(Node::File(_))) => return Err(Error::new(ErrorKind::NotADirectory, to)),
            (true, Some(Node::Directory { .. })) if from != to && !tree.is_empty(to) => {
                return Err(Error::new(ErrorKind::DirectoryNotEmpty, to));
            }
            (false, Some(Node::Directory { .. })) => return Err(Error::new(ErrorKind::IsADirectory, to)),
            _ => check_not_root(to)?,
        }
        let all = std::iter::once((from, &node)).chain(tree.within(from));
        all.map(|(path, node)| Ok((path.clone(), path.moved(from, to)?, node.clone()))).collect()
    }

    /// Removes the file of a handle, by whatever name it goes now; gives its content.
    pub(crate) fn remove_inode(&self, inode: &Inode) -> Option<Blob> {
        let mut tree = self.tree_mut();
        let mut file = inode.change();
        if file.is_removed() {
            return None;
        }
        tree.remove(file.path());
        Some(file.remove(self.meter()))
    }
}

/// The content of a file, shared; nothing for a directory.
fn content(node: &Node) -> Option<Blob> {
    Some(node.inode()?.look().blob().clone())
}

fn check_not_root(path: &VfsPath) -> Result<()> {
    if path.is_root() { Err(Error::new(ErrorKind::IsRoot, path)) } else { Ok(()) }
}
