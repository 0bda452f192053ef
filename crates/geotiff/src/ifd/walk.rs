//! The walk over directory chains and SubIFDs: every directory once, in file order, never recursive.

use std::collections::BTreeSet;

use super::directory::Directory;
use super::header::Header;
use crate::bytes::{Input, View};
use crate::error::{Cause, Error, ErrorKind, Result};
use crate::limits::{Budget, Limits};
use crate::tag::{Tag, Values};

/// The header and all directories of a file.
#[derive(Debug)]
pub(crate) struct Structure {
    pub(crate) header: Header,
    /// The main chain in order, then SubIFDs in the order of the directories that name them.
    pub(crate) directories: Vec<Directory>,
    /// What was wrong beyond the first directory, which is all that a reader needs.
    pub(crate) damage: Vec<Error>,
}

/// Reads the header and every directory that can be reached from it.
///
/// The first directory must be whole. A later one that is damaged ends its chain and is reported in
/// `damage`.
pub(crate) fn walk(input: Input<'_>, limits: &Limits, budget: &mut Budget) -> Result<Structure> {
    let header = Header::parse(input)?;
    if header.first_directory == 0 {
        let (what, expected) = ("offset of the first directory", "another number than 0");
        return Err(Error::from(Cause::Mismatch { what, expected, found: 0 }).at_offset(0));
    }
    let mut walk = Walk {
        view: View::new(input, header.byte_order),
        header,
        limits,
        budget,
        met: BTreeSet::new(),
        bytes: 0,
        directories: Vec::new(),
        damage: Vec::new(),
    };
    walk.chain(header.first_directory)?;
    // The list grows on the way: children are asked for children of their own.
    let mut parent = 0;
    while parent < walk.directories.len() {
        walk.sub_directories(parent)?;
        parent = parent.saturating_add(1);
    }
    Ok(Structure { header, directories: walk.directories, damage: walk.damage })
}

struct Walk<'a, 'b> {
    view: View<'a>,
    header: Header,
    limits: &'b Limits,
    budget: &'b mut Budget,
    met: BTreeSet<u64>,
    /// Bytes of the file that the entries of all directories take.
    bytes: u64,
    directories: Vec<Directory>,
    damage: Vec<Error>,
}

impl Walk<'_, '_> {
    /// Follows the main chain from `offset` to its end. Damage is fatal only in the very first directory; a
    /// limit always is.
    fn chain(&mut self, mut offset: u64) -> Result<()> {
        loop {
            let next = self.directory(offset, None);
            match next {
                Ok(Ok(0)) => return Ok(()),
                Ok(Ok(next)) => offset = next,
                // The directory itself is whole; the file ends before it says where the next one is.
                Ok(Err(error)) => return self.report(error),
                Err(error) if self.directories.is_empty() => return Err(error),
                Err(error) => return self.report(error),
            }
        }
    }

    /// Reads one directory; gives the offset of the next, 0 at the end.
    fn directory(&mut self, offset: u64, parent: Option<usize>) -> Result<Result<u64>> {
        let index = self.directories.len();
        self.try_directory(offset, parent).map_err(|e| e.at_offset(offset).in_directory(index))
    }

    fn try_directory(&mut self, offset: u64, parent: Option<usize>) -> Result<Result<u64>> {
        if !self.met.insert(offset) {
            return Err(Cause::Loop.into());
        }
        if self.directories.len() >= self.limits.directories() {
            return Err(Cause::Directories { limit: self.limits.directories() }.into());
        }
        let (mut directory, next) = Directory::parse(&self.view, self.header.variant, offset, self.budget)?;
        // Directories that overlap would let a small file hold any number of entries.
        let entries = directory.entries().len() as u64;
        self.bytes = self.bytes.saturating_add(entries.saturating_mul(self.header.variant.entry_width()));
        if self.bytes > self.view.len() {
            return Err(Cause::Overlap { bytes: self.bytes, len: self.view.len() }.into());
        }
        directory.index = self.directories.len();
        directory.parent = parent;
        self.directories.push(directory);
        Ok(next)
    }

    /// Damage that does not hide the first image is kept for the caller to see; a limit is an error.
    fn report(&mut self, error: Error) -> Result<()> {
        if error.kind() == ErrorKind::Limit {
            return Err(error);
        }
        self.budget.reserve(Error::SIZE, "a warning")?;
        self.damage.push(error);
        Ok(())
    }

    /// Reads the directories that the SubIFDs tag of `parent` names. The first damage ends the list, and so does
    /// a zero: no file can make the walk look at more values than it has directories.
    fn sub_directories(&mut self, parent: usize) -> Result<()> {
        let entry = self.directories.get(parent).and_then(|directory| directory.entry(Tag::SUB_IFDS));
        match entry.map(|entry| entry.values(&self.view)) {
            None => Ok(()),
            Some(Ok(offsets)) => self.listed(parent, offsets),
            Some(Err(error)) => self.report(error.in_directory(parent)),
        }
    }

    /// Reads each directory of the `offsets` that directory `parent` lists. What a listed directory names as
    /// its next is not followed: libtiff does not do so, and Photoshop chains thumbnails there.
    fn listed(&mut self, parent: usize, offsets: Values<'_>) -> Result<()> {
        for i in 0..offsets.len() {
            let in_list = |e: Error| e.in_directory(parent).in_tag(Tag::SUB_IFDS.0, Tag::SUB_IFDS.name());
            match offsets.u64(i).map_err(in_list) {
                Ok(0) => break,
                Ok(offset) => {
                    if let Err(error) = self.directory(offset, Some(parent)) {
                        return self.report(error);
                    }
                }
                Err(error) => return self.report(error),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A classic little-endian directory: entries of (tag, type, count, value), then the next offset.
    fn directory(entries: &[(u16, u16, u32, u32)], next: u32) -> Vec<u8> {
        let mut out = u16::try_from(entries.len()).unwrap().to_le_bytes().to_vec();
        for (tag, field_type, count, value) in entries {
            out.extend(tag.to_le_bytes());
            out.extend(field_type.to_le_bytes());
            out.extend(count.to_le_bytes());
            out.extend(value.to_le_bytes());
        }
        out.extend(next.to_le_bytes());
        out
    }

    fn run(directories: &[Vec<u8>]) -> Result<Structure> {
        let data = [b"II*\0\x08\0\0\0".to_vec(), directories.concat()].concat();
        let limits = Limits::default().with_directories(10);
        walk(Input::from(&data), &limits, &mut Budget::new(&limits))
    }

    // Offsets: an empty directory takes 6 bytes, one with an entry 18.

    #[test]
    fn follows_the_chain_and_then_sub_directories() {
        let sub = (330, 4, 1, 32);
        let structure = run(&[directory(&[sub], 26), directory(&[], 0), directory(&[], 8)]).unwrap();
        let parents: Vec<_> = structure.directories.iter().map(|d| (d.offset, d.parent)).collect();
        assert_eq!(parents, [(8, None), (26, None), (32, Some(0))]);
        assert_eq!(structure.damage, []);
    }

    #[test]
    fn loops_end_the_walk_and_are_reported() {
        let structure = run(&[directory(&[], 14), directory(&[], 8)]).unwrap();
        assert_eq!(structure.directories.len(), 2);
        assert_eq!(structure.damage[0].place().offset, Some(8));
        let own_child = run(&[directory(&[(330, 4, 1, 8)], 0)]).unwrap();
        assert_eq!(own_child.directories.len(), 1);
        assert_eq!(own_child.damage.len(), 1);
    }

    #[test]
    fn a_damaged_first_directory_is_fatal_and_a_later_one_is_not() {
        assert_eq!(run(&[]).unwrap_err().needed(), Some(8..10));
        let structure = run(&[directory(&[], 1000)]).unwrap();
        assert_eq!(structure.damage[0].needed(), Some(1000..1002));
        let mut no_next = directory(&[], 0);
        no_next.truncate(2);
        assert_eq!(run(&[no_next]).unwrap().damage[0].needed(), Some(10..14));
    }

    #[test]
    fn too_many_directories_are_an_error() {
        let chain: Vec<_> = (1..=11).map(|i| directory(&[], 8 + 6 * i)).collect();
        assert_eq!(run(&chain).unwrap_err().kind(), ErrorKind::Limit);
    }
}
