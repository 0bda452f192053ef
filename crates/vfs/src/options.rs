//! How a file is opened.

/// How a file is opened: for reading, unless more is said. As in `std::fs`, but any file can be read.
///
/// ```
/// use memtiff_vfs::{ErrorKind, OpenOptions, Vfs};
///
/// let vfs = Vfs::new();
/// let new = OpenOptions::new().create_new(true);
/// vfs.open_with("/a.tif", &new)?;
/// assert_eq!(*vfs.open_with("/a.tif", &new).unwrap_err().kind(), ErrorKind::AlreadyExists);
/// # Ok::<(), memtiff_vfs::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OpenOptions {
    write: bool,
    append: bool,
    truncate: bool,
    create: bool,
    create_new: bool,
}

impl OpenOptions {
    /// For reading a file that is there.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// For writing too.
    #[must_use]
    pub const fn write(self, write: bool) -> Self {
        Self { write, ..self }
    }

    /// For writing, each write behind what is the last byte then.
    #[must_use]
    pub const fn append(self, append: bool) -> Self {
        Self { append, ..self }
    }

    /// For writing, emptied first.
    #[must_use]
    pub const fn truncate(self, truncate: bool) -> Self {
        Self { truncate, ..self }
    }

    /// For writing, made if it is not there.
    #[must_use]
    pub const fn create(self, create: bool) -> Self {
        Self { create, ..self }
    }

    /// For writing, and it must not be there yet.
    #[must_use]
    pub const fn create_new(self, create_new: bool) -> Self {
        Self { create_new, ..self }
    }

    pub(crate) const fn writes(&self) -> bool {
        self.write || self.append || self.truncate || self.creates()
    }

    pub(crate) const fn appends(&self) -> bool {
        self.append
    }

    pub(crate) const fn truncates(&self) -> bool {
        self.truncate
    }

    pub(crate) const fn creates(&self) -> bool {
        self.create || self.create_new
    }

    pub(crate) const fn must_be_new(&self) -> bool {
        self.create_new
    }
}
