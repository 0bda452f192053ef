//! One run of bytes: grown in place by its writer, shared with its readers.

use std::sync::Arc;

use bytes::Bytes;

use crate::error::{Error, Result};

/// One contiguous run of bytes with snapshots.
///
/// Contiguity is a decision: a snapshot can be lent to a parser as `&[u8]` without gluing.
///
/// ```text
///  Blob::from(bytes)             Blob::new(), written to
///  ┌───────┐                     ┌───────┐
///  │ Given │──► the caller's     │ Grown │──► Arc ──► Vec: [ len bytes | spare capacity ]
///  └───────┘    own buffer       └───────┘     ▲
///      ▲                                       │ one more owner for each snapshot
///  snapshot(): one more owner              Bytes (snapshot)
/// ```
///
/// A snapshot is one more owner of the same memory: nothing is copied. A write while a snapshot is
/// alive copies the content once, and the snapshot keeps the old memory; a write with no snapshot alive
/// happens in place. Growth is amortised: the capacity doubles.
///
/// ```
/// let mut blob = memtiff_vfs::Blob::new();
/// blob.write_at(0, b"abc")?;
/// let snapshot = blob.snapshot();
/// blob.write_at(5, b"f")?;
/// assert_eq!(&snapshot[..], b"abc");
/// assert_eq!(blob.as_slice(), b"abc\0\0f");
/// # Ok::<(), memtiff_vfs::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Blob(Content);

#[derive(Debug, Clone)]
enum Content {
    Given(Bytes),
    Grown(Arc<Vec<u8>>),
}

/// Lets [`Bytes`] own a share of a grown content.
struct Share(Arc<Vec<u8>>);

impl AsRef<[u8]> for Share {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Default for Blob {
    fn default() -> Self {
        Self::new()
    }
}

impl From<Bytes> for Blob {
    /// Takes the bytes as they are, without copying. The blob refuses to be written.
    fn from(bytes: Bytes) -> Self {
        Self(Content::Given(bytes))
    }
}

impl Blob {
    /// An empty blob, ready to be written.
    #[must_use]
    pub fn new() -> Self {
        Self(Content::Grown(Arc::new(Vec::new())))
    }

    /// The content.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        match &self.0 {
            Content::Given(bytes) => bytes,
            Content::Grown(vec) => vec,
        }
    }

    /// Length of the content in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.as_slice().len() as u64
    }

    /// Whether the content has no byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }

    /// Whether the content was handed over as finished bytes, so that writes are refused.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        matches!(self.0, Content::Given(_))
    }

    /// The content as it is now, without copying. No later write changes it.
    #[must_use]
    pub fn snapshot(&self) -> Bytes {
        match &self.0 {
            Content::Given(bytes) => bytes.clone(),
            Content::Grown(vec) => Bytes::from_owner(Share(Arc::clone(vec))),
        }
    }

    /// The bytes at `offset`, at most `buf.len()` of them; returns how many. Past the end: 0.
    pub fn read_at(&self, offset: u64, buf: &mut [u8]) -> usize {
        let rest = usize::try_from(offset).ok().and_then(|at| self.as_slice().get(at..)).unwrap_or_default();
        let n = rest.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..n), rest.get(..n)) {
            to.copy_from_slice(from);
        }
        n
    }

    /// Writes all of `data` at `offset`, over what is there and past the end. A gap between the end and
    /// `offset` is filled with zeros.
    ///
    /// # Errors
    ///
    /// [`Error::ReadOnly`] for a blob made from bytes, [`Error::OutOfMemory`] when there is no room. The
    /// content is then as it was.
    pub fn write_at(&mut self, offset: u64, data: &[u8]) -> Result<()> {
        let Content::Grown(shared) = &mut self.0 else {
            return Err(Error::ReadOnly { offset });
        };
        if data.is_empty() {
            return Ok(());
        }
        let len = offset.saturating_add(data.len() as u64);
        let (Ok(start), Ok(end)) = (usize::try_from(offset), usize::try_from(len)) else {
            return Err(Error::OutOfMemory { len });
        };
        let vec = unshared(shared, end)?;
        let overlap = vec.len().saturating_sub(start).min(data.len());
        let (over, beyond) = data.split_at(overlap);
        if let Some(slot) = vec.get_mut(start..start.saturating_add(overlap)) {
            slot.copy_from_slice(over);
        }
        if vec.len() < start {
            vec.resize(start, 0);
        }
        vec.extend_from_slice(beyond);
        Ok(())
    }
}

/// The vector behind `shared`, owned by nobody else and with room for `end` bytes: itself when no
/// snapshot is alive, else a copy that takes its place.
fn unshared(shared: &mut Arc<Vec<u8>>, end: usize) -> Result<&mut Vec<u8>> {
    let no_memory = |_| Error::OutOfMemory { len: end as u64 };
    if Arc::get_mut(shared).is_none() {
        let mut copy = Vec::new();
        copy.try_reserve(end.max(shared.len())).map_err(no_memory)?;
        copy.extend_from_slice(shared);
        *shared = Arc::new(copy);
    }
    // `make_mut` never clones here: the line above made this the only owner.
    let vec = Arc::make_mut(shared);
    vec.try_reserve(end.saturating_sub(vec.len())).map_err(no_memory)?;
    Ok(vec)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_shares_memory_and_stays_as_it_was() {
        let mut blob = Blob::new();
        blob.write_at(0, b"abcdef").unwrap();
        let snapshot = blob.snapshot();
        assert_eq!(snapshot.as_ptr(), blob.as_slice().as_ptr());
        blob.write_at(1, b"XY").unwrap();
        assert_eq!(&snapshot[..], b"abcdef");
        assert_eq!(blob.as_slice(), b"aXYdef");
    }

    #[test]
    fn writes_in_place_while_nobody_holds_a_snapshot() {
        let mut blob = Blob::new();
        blob.write_at(0, &[1; 1000]).unwrap();
        let before = blob.as_slice().as_ptr();
        drop(blob.snapshot());
        blob.write_at(10, &[2; 10]).unwrap();
        assert_eq!(before, blob.as_slice().as_ptr());
    }

    #[test]
    fn given_bytes_are_shared_and_refuse_writes() {
        let bytes = Bytes::from(vec![1, 2, 3]);
        let mut blob = Blob::from(bytes.clone());
        assert_eq!(blob.as_slice().as_ptr(), bytes.as_ptr());
        assert_eq!(blob.write_at(3, &[4]), Err(Error::ReadOnly { offset: 3 }));
        assert_eq!(blob.as_slice(), [1, 2, 3]);
    }

    #[test]
    fn a_gap_reads_as_zeros_and_an_impossible_length_changes_nothing() {
        let mut blob = Blob::new();
        blob.write_at(4, b"x").unwrap();
        assert_eq!(blob.as_slice(), b"\0\0\0\0x");
        assert!(matches!(blob.write_at(u64::MAX - 1, b"x"), Err(Error::OutOfMemory { .. })));
        assert!(matches!(blob.write_at(u64::MAX / 4, b"x"), Err(Error::OutOfMemory { .. })));
        assert_eq!(blob.len(), 5);
    }
}
