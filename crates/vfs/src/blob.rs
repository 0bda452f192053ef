//! The content of one file: grown in place by its writers, shared with its readers.

use std::sync::Arc;

use bytes::Bytes;

use crate::error::ErrorKind;

/// One contiguous run of bytes with snapshots.
///
/// Contiguity is a decision: a snapshot can be lent to a parser as `&[u8]` without gluing.
///
/// ```text
///   Given                          Grown
///     │                              │
///     ▼                              ▼
///   Bytes ──► memory that was      Arc ──► Vec: [ len bytes | spare capacity ]
///     ▲       handed over            ▲
///     │                              │
///   snapshots, copies              snapshots (`Bytes` that own a share), copies
/// ```
///
/// A snapshot or a copy is one more owner of the same memory: nothing is copied. A write while there is another owner
/// copies the content once, and the other keeps the old memory; a write of the only owner happens in place. Growth
/// is amortised: the capacity doubles.
#[derive(Debug, Clone)]
pub(crate) enum Blob {
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
        Self::Given(Bytes::new())
    }
}

impl Blob {
    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Given(bytes) => bytes,
            Self::Grown(vec) => vec,
        }
    }

    pub(crate) fn len(&self) -> u64 {
        self.as_slice().len() as u64
    }

    /// The content as it is now, without copying. No later write changes it.
    pub(crate) fn snapshot(&self) -> Bytes {
        match self {
            Self::Given(bytes) => bytes.clone(),
            Self::Grown(vec) => Bytes::from_owner(Share(Arc::clone(vec))),
        }
    }

    /// The content, given away without copying.
    pub(crate) fn into_bytes(self) -> Bytes {
        match self {
            Self::Given(bytes) => bytes,
            Self::Grown(vec) => match Arc::try_unwrap(vec) {
                Ok(vec) => Bytes::from(vec),
                Err(shared) => Bytes::from_owner(Share(shared)),
            },
        }
    }

    /// From `offset` to the end; empty if it lies past the end.
    pub(crate) fn from(&self, offset: u64) -> &[u8] {
        usize::try_from(offset).ok().and_then(|at| self.as_slice().get(at..)).unwrap_or_default()
    }

    /// Writes all of `data` at `offset`, over what is there and past the end. A gap between the end and `offset` is
    /// filled with zeros. On an error the content is as it was.
    pub(crate) fn write_at(&mut self, offset: u64, data: &[u8]) -> Result<(), ErrorKind> {
        if data.is_empty() {
            return Ok(());
        }
        let len = offset.saturating_add(data.len() as u64);
        let (Ok(start), Ok(end)) = (usize::try_from(offset), usize::try_from(len)) else {
            return Err(ErrorKind::OutOfMemory(len));
        };
        let vec = self.unshared(end)?;
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

    /// Cuts the content off at `len`, or extends it with zeros. On an error it is as it was.
    pub(crate) fn set_len(&mut self, len: u64) -> Result<(), ErrorKind> {
        let wanted = usize::try_from(len).map_err(|_| ErrorKind::OutOfMemory(len))?;
        match self {
            Self::Given(bytes) if wanted <= bytes.len() => bytes.truncate(wanted),
            // Nothing of it is kept, so there is nothing to copy.
            _ if wanted == 0 => *self = Self::default(),
            _ => {
                let vec = self.unshared(wanted)?;
                vec.resize(wanted, 0);
                if vec.len() < vec.capacity() / 4 {
                    vec.shrink_to(vec.len().saturating_mul(2));
                }
            }
        }
        Ok(())
    }

    /// The content as a vector that nobody else owns, with room for `end` bytes: where it is if there is no other
    /// owner, else a copy that takes its place.
    fn unshared(&mut self, end: usize) -> Result<&mut Vec<u8>, ErrorKind> {
        let no_memory = |_| ErrorKind::OutOfMemory(end as u64);
        let copy = |content: &[u8]| {
            let mut copy = Vec::new();
            copy.try_reserve(end.max(content.len())).map_err(no_memory)?;
            copy.extend_from_slice(content);
            Ok(copy)
        };
        match self {
            Self::Given(bytes) if bytes.is_unique() => {
                *self = Self::Grown(Arc::new(Vec::from(std::mem::take(bytes))));
            }
            Self::Given(bytes) => *self = Self::Grown(Arc::new(copy(bytes)?)),
            Self::Grown(vec) => {
                if Arc::get_mut(vec).is_none() {
                    *vec = Arc::new(copy(vec)?);
                }
            }
        }
        match self {
            Self::Grown(vec) => {
                // `make_mut` never clones here: the lines above made this the only owner.
                let vec = Arc::make_mut(vec);
                vec.try_reserve(end.saturating_sub(vec.len())).map_err(no_memory)?;
                Ok(vec)
            }
            Self::Given(_) => Err(ErrorKind::OutOfMemory(end as u64)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grown(content: &[u8]) -> Blob {
        let mut blob = Blob::default();
        blob.write_at(0, content).unwrap();
        blob
    }

    #[test]
    fn a_snapshot_shares_memory_and_stays_as_it_was() {
        let mut blob = grown(b"abcdef");
        let snapshot = blob.snapshot();
        assert_eq!(snapshot.as_ptr(), blob.as_slice().as_ptr());
        blob.write_at(1, b"XY").unwrap();
        assert_eq!(&snapshot[..], b"abcdef");
        assert_eq!(blob.as_slice(), b"aXYdef");
    }

    #[test]
    fn writes_in_place_while_there_is_no_other_owner() {
        let mut blob = grown(&[1; 1000]);
        let before = blob.as_slice().as_ptr();
        drop((blob.snapshot(), blob.clone()));
        blob.write_at(10, &[2; 10]).unwrap();
        assert_eq!(before, blob.as_slice().as_ptr());
    }

    #[test]
    fn bytes_handed_over_are_shared_until_a_write_and_then_copied_only_if_somebody_else_has_them() {
        let bytes = Bytes::from(vec![1, 2, 3]);
        let mut blob = Blob::Given(bytes.clone());
        assert_eq!(blob.as_slice().as_ptr(), bytes.as_ptr());
        blob.write_at(1, &[9]).unwrap();
        assert_eq!((&bytes[..], blob.as_slice()), (&[1, 2, 3][..], &[1, 9, 3][..]));

        let mut blob = Blob::Given(Bytes::from(vec![1, 2, 3]));
        let before = blob.as_slice().as_ptr();
        blob.write_at(0, &[7]).unwrap();
        assert_eq!((blob.as_slice().as_ptr(), blob.as_slice()), (before, &[7, 2, 3][..]));
    }

    #[test]
    fn what_is_given_away_is_not_copied() {
        let blob = grown(b"abc");
        let (before, snapshot) = (blob.as_slice().as_ptr(), blob.snapshot());
        assert_eq!(blob.clone().into_bytes().as_ptr(), before);
        drop(snapshot);
        assert_eq!(blob.into_bytes().as_ptr(), before);
    }

    #[test]
    fn a_gap_reads_as_zeros_and_an_impossible_length_changes_nothing() {
        let mut blob = Blob::default();
        blob.write_at(4, b"x").unwrap();
        assert_eq!(blob.as_slice(), b"\0\0\0\0x");
        for (offset, len) in [(u64::MAX - 1, u64::MAX), (u64::MAX / 4, u64::MAX / 4 + 1)] {
            assert_eq!(blob.write_at(offset, b"x"), Err(ErrorKind::OutOfMemory(len)));
        }
        assert!(blob.set_len(u64::MAX / 4).is_err());
        assert_eq!(blob.len(), 5);
    }

    #[test]
    fn lengths_are_set_either_way() {
        for mut blob in [grown(b"abcdef"), Blob::Given(Bytes::from_static(b"abcdef"))] {
            let snapshot = blob.snapshot();
            blob.set_len(2).unwrap();
            assert_eq!(blob.as_slice(), b"ab");
            blob.set_len(4).unwrap();
            assert_eq!(blob.as_slice(), b"ab\0\0");
            blob.set_len(0).unwrap();
            assert_eq!((blob.as_slice(), &snapshot[..]), (&b""[..], &b"abcdef"[..]));
        }
    }
}
