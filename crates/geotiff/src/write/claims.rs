//! What the bytes of a file belong to, before it is changed: only bytes that nothing else lies in are written over.

use crate::error::Result;
use crate::ifd::{Directory, Header, Variant};
use crate::limits::Budget;

/// What bytes are part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    Header,
    /// A directory, by its index, or its values.
    Directory(usize),
    /// A chunk, by its number, of a layer, by its place among them.
    Chunk(usize, u64),
}

/// Something of the file, from its first byte to the one behind its last.
#[derive(Debug, Clone, Copy)]
struct Claim {
    start: u64,
    end: u64,
    owner: Owner,
}

/// Everything that is known to be in a file: the header, all directories with their values, and chunks of one page.
#[derive(Debug)]
pub(super) struct Claims(Vec<Claim>);

impl Claims {
    pub(super) fn of(header: &Header, directories: &[Directory]) -> Self {
        let variant = header.variant;
        let mut claims = vec![Claim { start: 0, end: Header::size(variant), owner: Owner::Header }];
        for directory in directories {
            let owner = Owner::Directory(directory.index);
            let start = directory.offset;
            let end = start.saturating_add(directory_size(variant, directory.entries().len()));
            claims.push(Claim { start, end, owner });
            for entry in directory.entries() {
                let size = entry.field_type.width().unwrap_or(0).saturating_mul(entry.count);
                if size > variant.offset_width() {
                    let (start, end) = (entry.offset, entry.offset.saturating_add(size));
                    claims.push(Claim { start, end, owner });
                }
            }
        }
        Self(claims)
    }

    /// Adds the chunks of a layer: offset and length of each.
    pub(super) fn add(&mut self, layer: usize, table: &[(u64, u64)], budget: &mut Budget) -> Result<()> {
        let bytes = (table.len() as u64).saturating_mul(size_of::<Claim>() as u64);
        budget.reserve(bytes, "the places of blocks")?;
        let claims = (0..).zip(table).filter(|(_, (_, len))| *len > 0);
        self.0.extend(claims.map(|(index, (start, len))| {
            let owner = Owner::Chunk(layer, index);
            Claim { start: *start, end: start.saturating_add(*len), owner }
        }));
        Ok(())
    }

    /// Finds what shares no byte with anything else.
    pub(super) fn settle(self) -> Own {
        let mut all = self.0;
        all.sort_unstable_by_key(|claim| (claim.start, claim.end, claim.owner));
        // Claims that overlap belong to somebody if all of them are its.
        let mut own = Vec::new();
        let mut run = Run::default();
        for claim in all {
            if claim.start >= run.end {
                own.extend(std::mem::take(&mut run).of_one());
            }
            run.end = run.end.max(claim.end);
            run.claims.push(claim);
        }
        own.extend(run.of_one());
        own.sort_unstable_by_key(|claim| (claim.owner, claim.start));
        Own(own)
    }
}

/// Claims that overlap.
#[derive(Default)]
struct Run {
    claims: Vec<Claim>,
    end: u64,
}

impl Run {
    /// The claims, if one owner has all of them.
    fn of_one(self) -> Vec<Claim> {
        let first = self.claims.first().map(|claim| claim.owner);
        if self.claims.iter().all(|claim| Some(claim.owner) == first) { self.claims } else { Vec::new() }
    }
}

/// What shares no byte with anything else, by owner and in order.
#[derive(Debug)]
pub(super) struct Own(Vec<Claim>);

impl Own {
    fn at(&self, owner: Owner, start: u64) -> &[Claim] {
        let first = self.0.partition_point(|claim| (claim.owner, claim.start) < (owner, start));
        let rest = self.0.get(first..).unwrap_or_default();
        rest.get(..rest.iter().take_while(|claim| claim.owner == owner).count()).unwrap_or_default()
    }

    /// Whether nobody else's bytes lie in what an owner has at an offset.
    pub(super) fn has(&self, owner: Owner, start: u64) -> bool {
        self.at(owner, start).first().is_some_and(|claim| claim.start == start)
    }

    /// Whether that is so of all chunks of a layer.
    pub(super) fn has_all(&self, layer: usize, table: &[(u64, u64)]) -> bool {
        let there = table.iter().filter(|(_, len)| *len > 0).count();
        let first = self.0.partition_point(|claim| claim.owner < Owner::Chunk(layer, 0));
        let next = self.0.partition_point(|claim| claim.owner < Owner::Chunk(layer.saturating_add(1), 0));
        next.saturating_sub(first) == there
    }

    /// Where the values end that stand right behind a directory, which ends at `end`.
    pub(super) fn reach(&self, directory: usize, end: u64) -> u64 {
        let mut reach = end;
        for claim in self.at(Owner::Directory(directory), end) {
            // Values begin at even offsets.
            if claim.start > reach.saturating_add(1) {
                break;
            }
            reach = reach.max(claim.end);
        }
        reach
    }
}

/// Bytes of a directory without its values.
pub(super) fn directory_size(variant: Variant, entries: usize) -> u64 {
    let entries = (entries as u64).saturating_mul(variant.entry_width());
    variant.count_width().saturating_add(entries).saturating_add(variant.offset_width())
}
