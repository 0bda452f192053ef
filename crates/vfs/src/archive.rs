//! Zip archives, read where they lie.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use bytes::Bytes;
use rawzip::{CompressionMethod, ZipArchive, ZipArchiveEntryWayfinder, ZipSliceArchive, ZipVerification};
use zlib_rs::{InflateConfig, ReturnCode, decompress_slice};

use crate::error::{Error, ErrorKind, Result};
use crate::fs::ToPath;
use crate::path::VfsPath;

/// A zip archive in memory: files that can be read and not written. Parsed once; a member is unpacked each time it
/// is read, and one that is stored uncompressed is a slice of the archive.
///
/// Members may be stored or deflated (RFC 1951), sizes may have 64 bits (APPNOTE 4.5.3). Names are UTF-8.
///
/// An archive is refused as a whole if members overlap, or if one claims to hold more than its bytes can. A member is
/// unreachable if its name is no [`VfsPath`] (with `..`, say), begins with `/`, contains a backslash, stands in the archive
/// twice, or is also the name of a directory: [`warnings`](Self::warnings) lists these, and the other members can be read. A
/// leading `./` is left out of a name.
///
/// ```
/// use memtiff_vfs::Archive;
///
/// # let bytes: &[u8] = &[
/// #     80, 75, 3, 4, 10, 0, 0, 0, 0, 0, 0, 0, 33, 0, 134, 166, 16, 54, 5, 0, 0, 0, 5, 0, 0, 0, 5, 0, 0, 0, 97, 47, 98,
/// #     46, 99, 104, 101, 108, 108, 111, 80, 75, 1, 2, 20, 3, 10, 0, 0, 0, 0, 0, 0, 0, 33, 0, 134, 166, 16, 54, 5, 0, 0,
/// #     0, 5, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 128, 1, 0, 0, 0, 0, 97, 47, 98, 46, 99, 80, 75, 5, 6, 0, 0,
/// #     0, 0, 1, 0, 1, 0, 51, 0, 0, 0, 40, 0, 0, 0, 0, 0,
/// # ];
/// let archive = Archive::open(bytes)?;              // bytes of a zip archive; not copied
/// let names: Vec<_> = archive.list().map(|(path, len)| (path.as_str(), len)).collect();
/// assert_eq!(names, [("/a/b.c", 5)]);
/// assert_eq!(archive.read("a/b.c")?, "hello");
/// # Ok::<(), memtiff_vfs::Error>(())
/// ```
#[derive(Clone)]
pub struct Archive {
    zip: ZipSliceArchive<Bytes>,
    members: BTreeMap<VfsPath, Member>,
    warnings: Vec<Error>,
    limits: ArchiveLimits,
}

#[derive(Debug, Clone, Copy)]
struct Member {
    /// The offset of its local header.
    offset: u64,
    place: ZipArchiveEntryWayfinder,
    method: CompressionMethod,
    encrypted: bool,
}

/// What an archive may make us spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArchiveLimits {
    member: u64,
    members: usize,
}

impl Default for ArchiveLimits {
    /// Members of 4 GiB (1 GiB where addresses have 32 bits), and 65,536 of them.
    fn default() -> Self {
        let member = if usize::BITS >= 64 { 4 << 30 } else { 1 << 30 };
        Self { member, members: 65_536 }
    }
}

impl ArchiveLimits {
    /// Bytes that a deflated member may unpack to. (A stored one takes no memory.)
    #[must_use]
    pub const fn with_member(self, bytes: u64) -> Self {
        Self { member: bytes, ..self }
    }

    /// Members that an archive may have.
    #[must_use]
    pub const fn with_members(self, count: usize) -> Self {
        Self { members: count, ..self }
    }
}

/// Raw deflate streams with the largest window, as archives have them.
const RAW: InflateConfig = InflateConfig { window_bits: -15 };

/// What a byte of deflated data can unpack to, at most: two bits for 258 bytes (RFC 1951, 3.2.5), and the start.
const EXPANSION: u64 = 1032;

/// Bytes of a local header without its name (APPNOTE 4.3.7).
const LOCAL_HEADER: u64 = 30;

impl fmt::Debug for Archive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.list()).finish()
    }
}

impl Archive {
    /// Whether bytes begin as a zip archive does.
    #[must_use]
    pub fn is_archive(bytes: &[u8]) -> bool {
        bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
    }

    /// Reads the directory of an archive. The bytes are shared, not copied.
    ///
    /// # Errors
    ///
    /// When it is no zip archive, is damaged, tries tricks, or exceeds the limits.
    pub fn open(bytes: impl Into<Bytes>) -> Result<Self> {
        Self::open_with(bytes, ArchiveLimits::default())
    }

    /// As [`open`](Self::open), with other limits.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_with(bytes: impl Into<Bytes>, limits: ArchiveLimits) -> Result<Self> {
        let zip = ZipArchive::from_slice(bytes.into()).map_err(|e| damaged(&e, &VfsPath::root()))?;
        let mut all = Vec::new();
        let mut entries = zip.entries();
        while let Some(entry) = entries.next_entry().map_err(|e| damaged(&e, &VfsPath::root()))? {
            if entry.is_dir() {
                continue;
            }
            let name = String::from_utf8_lossy(entry.file_path().as_bytes()).into_owned();
            let member = Member {
                offset: entry.local_header_offset(),
                place: entry.wayfinder(),
                method: entry.compression_method(),
                encrypted: entry.flags().is_encrypted(),
            };
            member.check_claim(&name)?;
            if all.len() >= limits.members {
                let left = 0;
                return Err(Error::of_member(ErrorKind::QuotaEntries { asked: 1, left }, &name));
            }
            all.push((name, member));
        }
        check_overlaps(&all)?;
        let (members, warnings) = reachable(all);
        Ok(Self { zip, members, warnings, limits })
    }

    /// The members that cannot be reached because of their names: an error for each, of which
    /// [`path`](Error::path) is the name as it stands in the archive.
    #[must_use]
    pub fn warnings(&self) -> &[Error] {
        &self.warnings
    }

    /// The members, in the order of their names, with the bytes that each unpacks to. Directories are not members.
    pub fn list(&self) -> impl Iterator<Item = (&VfsPath, u64)> {
        self.members.iter().map(|(path, member)| (path, member.place.uncompressed_size_hint()))
    }

    /// Whether there is a member of that name.
    pub fn contains(&self, path: impl ToPath) -> bool {
        path.to_path().is_ok_and(|path| self.members.contains_key(&path))
    }

    /// The content of a member, held against its checksum. One that is stored shares the bytes of the archive.
    ///
    /// # Errors
    ///
    /// When there is none of that name, it is encrypted, packed by another method than Deflate, damaged, or larger
    /// than the limits allow.
    pub fn read(&self, path: impl ToPath) -> Result<Bytes> {
        let path = path.to_path()?;
        let fail = |kind| Error::new(kind, &path);
        let Some(member) = self.members.get(&path) else {
            let hidden = self.warnings.iter().find(|warning| warning.path() == path.as_str());
            return Err(hidden.cloned().unwrap_or_else(|| fail(ErrorKind::NotFound)));
        };
        if member.encrypted {
            return Err(fail(ErrorKind::Encrypted));
        }
        let entry = self.zip.get_entry(member.place).map_err(|e| damaged(&e, &path))?;
        let bytes = match member.method {
            CompressionMethod::STORE => self.zip.get_ref().slice_ref(entry.data()),
            CompressionMethod::DEFLATE => self.inflate(entry.data(), member, &path)?.into(),
            other => return Err(fail(ErrorKind::UnsupportedMethod(other.as_u16()))),
        };
        let found =
            ZipVerification { crc: zlib_rs::crc32::crc32(0, &bytes), uncompressed_size: bytes.len() as u64 };
        entry.claim_verifier().valid(found).map_err(|e| damaged(&e, &path))?;
        Ok(bytes)
    }

    fn inflate(&self, raw: &[u8], member: &Member, path: &VfsPath) -> Result<Vec<u8>> {
        let fail = |kind| Error::new(kind, path);
        let asked = member.place.uncompressed_size_hint();
        if asked > self.limits.member {
            return Err(fail(ErrorKind::QuotaBytes { asked, left: self.limits.member }));
        }
        let len = usize::try_from(asked).map_err(|_| fail(ErrorKind::OutOfMemory(asked)))?;
        // The fallible call has no zeroed form; asking it first turns an abort into an error.
        Vec::<u8>::new().try_reserve_exact(len).map_err(|_| fail(ErrorKind::OutOfMemory(asked)))?;
        let mut plain = vec![0; len];
        let (done, status) = decompress_slice(&mut plain, raw, RAW);
        if status == ReturnCode::Ok && done.len() == len {
            return Ok(plain);
        }
        let what = format!("its data unpack to {} bytes of {len}, or to more ({status:?})", done.len());
        Err(fail(ErrorKind::BadArchive(what.into())))
    }
}

impl Member {
    /// Refuses one that claims to unpack to more than its bytes can.
    fn check_claim(&self, name: &str) -> Result<()> {
        let (packed, plain) = (self.place.compressed_size_hint(), self.place.uncompressed_size_hint());
        let most = match self.method {
            CompressionMethod::STORE => packed,
            CompressionMethod::DEFLATE => packed.saturating_mul(EXPANSION),
            // Not read anyway.
            _ => u64::MAX,
        };
        // Encryption puts bytes in front.
        if plain <= most || self.encrypted {
            return Ok(());
        }
        let what = format!("{packed} bytes cannot unpack to {plain}");
        Err(Error::of_member(ErrorKind::BadArchive(what.into()), name))
    }
}

/// The path of a member: its name as it stands, if it is a relative path.
fn member_path(name: &str) -> Result<VfsPath> {
    let relative = name.strip_prefix("./").unwrap_or(name);
    if relative.starts_with('/') || relative.contains('\\') {
        return Err(Error::invalid_path(name, "members have relative paths, with / between segments"));
    }
    VfsPath::try_from(relative)
}

/// The members by their paths, without those that a path does not lead to for certain, and why these are left out.
fn reachable(all: Vec<(String, Member)>) -> (BTreeMap<VfsPath, Member>, Vec<Error>) {
    let mut members = BTreeMap::new();
    let mut warnings = Vec::new();
    let mut twice = BTreeSet::new();
    for (name, member) in all {
        match member_path(&name) {
            Err(error) => {
                let what = error.kind().to_string();
                warnings.push(Error::of_member(ErrorKind::BadArchive(what.into()), &name));
            }
            Ok(path) => {
                if members.insert(path.clone(), member).is_some() {
                    twice.insert(path);
                }
            }
        }
    }
    for path in twice {
        members.remove(&path);
        warnings.push(Error::new(ErrorKind::BadArchive("two members have this name".into()), &path));
    }
    let parents = members.keys().flat_map(|path| std::iter::successors(path.parent(), VfsPath::parent));
    let directories: BTreeSet<VfsPath> = parents.collect();
    for path in directories.iter().filter(|path| members.remove(*path).is_some()) {
        warnings.push(Error::new(ErrorKind::BadArchive("it is a file and a directory".into()), path));
    }
    (members, warnings)
}

/// Members that share bytes make an archive unpack to far more than it holds.
fn check_overlaps(members: &[(String, Member)]) -> Result<()> {
    let mut places: Vec<_> = members.iter().map(|(name, member)| (member, name)).collect();
    places.sort_by_key(|(member, _)| member.offset);
    for pair in places.windows(2) {
        let [(member, _), (next, name)] = *pair else { continue };
        let header = member.offset.saturating_add(LOCAL_HEADER);
        if header.saturating_add(member.place.compressed_size_hint()) > next.offset {
            let what = format!("it begins at byte {}, in the middle of another member", next.offset);
            return Err(Error::of_member(ErrorKind::BadArchive(what.into()), name));
        }
    }
    Ok(())
}

fn damaged(error: &rawzip::Error, path: &VfsPath) -> Error {
    Error::new(ErrorKind::BadArchive(error.to_string().into()), path)
}
