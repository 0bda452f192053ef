//! Datasets in zip archives.

use std::io::{self, Read};

use bytes::Bytes;
use memtiff_geotiff::{Error, ErrorKind, Limits, Result};
use memtiff_vfs::{Archive, ArchiveLimits, VfsPath};

use crate::companions::Directory;
use crate::dataset::Dataset;
use crate::failure::from_vfs;

/// A zip archive in memory, whose members [`open`](Self::open) as datasets. A member that is stored uncompressed shares
/// the archive's bytes; another is unpacked when it is opened, within the limits.
///
/// Files beside a member in the archive count as they do beside a file: see [`Dataset::files`]. A member that is an
/// archive itself is a directory: `inner.zip/a.tif`.
///
/// ```
/// use memtiff::ZipMemoryFile;
///
/// # let data: &[u8] = include_bytes!("../../../testdata/sidecars/archive.zip");
/// let archive = ZipMemoryFile::from_bytes(data)?;           // bytes from a socket, say; not copied
/// let dataset = archive.open("scenes/masked.tif")?;
/// assert_eq!((dataset.width(), dataset.height()), (60, 48));
///
/// let error = archive.open("scenes/marked.tif").unwrap_err();
/// assert!(error.to_string().contains("scenes/masked.tif"));    // it says what is there
/// # Ok::<(), memtiff::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ZipMemoryFile {
    archive: Archive,
    limits: Limits,
}

/// Archives within archives at most.
const DEEPEST: usize = 4;

/// Members that an error names.
const NAMED: usize = 10;

impl ZipMemoryFile {
    /// An archive of these bytes. Nothing is copied, and nothing unpacked yet.
    ///
    /// # Errors
    ///
    /// When they are no zip archive, or one that is damaged, whose members overlap or claim more than they can hold, or that
    /// exceeds the limits. A member with an unsafe or ambiguous name is no error: see [`warnings`](Self::warnings).
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Result<Self> {
        Self::from_bytes_with(bytes, Limits::default())
    }

    /// As [`from_bytes`](Self::from_bytes), with other limits: for the number of members (that of directories), for each
    /// that is unpacked, and for what is opened.
    ///
    /// # Errors
    ///
    /// As [`from_bytes`](Self::from_bytes).
    pub fn from_bytes_with(bytes: impl Into<Bytes>, limits: Limits) -> Result<Self> {
        let within = ArchiveLimits::default().with_member(limits.memory()).with_members(limits.directories());
        let archive = Archive::open_with(bytes, within).map_err(|e| from_vfs(&e))?;
        Ok(Self { archive, limits })
    }

    /// An archive of all that a reader gives.
    ///
    /// # Errors
    ///
    /// When the reader fails, or as [`from_bytes`](Self::from_bytes), of kind
    /// [`InvalidData`](io::ErrorKind::InvalidData).
    pub fn from_reader(mut reader: impl Read) -> io::Result<Self> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes)?;
        Self::from_bytes(bytes).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))
    }

    /// Names of the members, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.archive.list().map(|(path, _)| relative(path.as_str()))
    }

    /// The members that cannot be reached, each with the reason: their names are unsafe (`../a.tif`, `/a.tif`, `a\b.tif`),
    /// stand in the archive twice, or are also names of directories. The other members can be opened.
    #[must_use]
    pub fn warnings(&self) -> Vec<Error> {
        self.archive.warnings().iter().map(from_vfs).collect()
    }

    /// Whether there is a member of that name.
    #[must_use]
    pub fn contains(&self, path: &str) -> bool {
        self.archive.contains(path)
    }

    /// The content of a member.
    ///
    /// # Errors
    ///
    /// When there is none of that name, or it is encrypted, damaged, or packed by a method other than Deflate.
    pub fn read(&self, path: &str) -> Result<Bytes> {
        let path = self.member(path)?;
        self.archive.read(&path).map_err(|e| from_vfs(&e))
    }

    /// Opens a member as a dataset.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read) and [`MemoryFile::open`](crate::MemoryFile::open).
    pub fn open(&self, path: &str) -> Result<Dataset> {
        self.open_within(path, 0)
    }

    fn open_within(&self, path: &str, depth: usize) -> Result<Dataset> {
        if let Some((inner, rest)) = self.nested(path, depth)? {
            return inner.open_within(&rest, depth.saturating_add(1));
        }
        let path = self.member(path)?;
        Dataset::open_beside(&Directory::Archive(&self.archive), &path, self.limits)
    }

    /// The member that is an archive and holds `path`, and the path in it.
    fn nested(&self, path: &str, depth: usize) -> Result<Option<(Self, String)>> {
        if self.contains(path) {
            return Ok(None);
        }
        let mut ends = path.match_indices('/').map(|(at, _)| path.split_at(at));
        let Some((outer, rest)) = ends.find(|(outer, _)| self.contains(outer)) else { return Ok(None) };
        if depth >= DEEPEST {
            return Err(Error::other(
                ErrorKind::Limit,
                format!("archives within more than {DEEPEST} archives"),
            ));
        }
        let inner = Self::from_bytes_with(self.read(outer)?, self.limits).map_err(|e| e.in_file(outer))?;
        Ok(Some((inner, rest.trim_start_matches('/').to_owned())))
    }

    /// The path of a member that is there.
    fn member(&self, name: &str) -> Result<VfsPath> {
        let path = VfsPath::try_from(name).map_err(|e| from_vfs(&e))?;
        if self.archive.contains(&path) {
            return Ok(path);
        }
        let is_hidden = |warning: &&memtiff_vfs::Error| relative(warning.path()) == relative(path.as_str());
        if let Some(warning) = self.archive.warnings().iter().find(is_hidden) {
            return Err(from_vfs(warning));
        }
        let mut there: Vec<&str> = self.names().take(NAMED).collect();
        if self.names().nth(NAMED).is_some() {
            there.push("...");
        }
        let there = there.join(", ");
        Err(Error::usage(format!("the archive has no member {name:?}; it holds {there}")))
    }
}

/// As archives name their members: without a slash in front.
fn relative(path: &str) -> &str {
    path.trim_start_matches('/')
}
