//! One entry of a directory.

use super::header::Variant;
use crate::bytes::View;
use crate::error::{Cause, Error, Result};
use crate::tag::{FieldType, Tag, Values};

/// One entry of a directory: a tag, and where its values lie. Nothing is decoded yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Which tag.
    pub tag: Tag,
    /// Type of its values.
    pub field_type: FieldType,
    /// Number of its values, as the file claims.
    pub count: u64,
    /// Offset of the first value from the start of the file: inside the entry when the values fit there.
    pub offset: u64,
}

impl Entry {
    /// Reads the entry at `at`. The values it points to are not looked at.
    pub(super) fn parse(view: &View<'_>, variant: Variant, at: u64) -> Result<Self> {
        let tag = Tag(view.u16(at)?);
        let field_type = FieldType(view.u16(at.saturating_add(2))?);
        let count = variant.offset_at(view, at.saturating_add(4))?;
        let place = at.saturating_add(4).saturating_add(variant.offset_width());
        let size = field_type.width().and_then(|width| width.checked_mul(count));
        let inline = size.is_some_and(|size| size <= variant.offset_width());
        let offset = if inline { place } else { variant.offset_at(view, place)? };
        Ok(Self { tag, field_type, count, offset })
    }

    /// The values, proven to lie inside the input.
    pub(crate) fn values<'a>(&self, view: &View<'a>) -> Result<Values<'a>> {
        let values = || {
            let width = self.field_type.width().ok_or(Cause::FieldType(self.field_type.0))?;
            let size = width.checked_mul(self.count).ok_or(Cause::Overflow { count: self.count, width })?;
            Values::new(view.get(self.offset, size)?, view.order(), self.field_type)
        };
        values().map_err(|e: Error| e.at_offset(self.offset).in_tag(self.tag.0, self.tag.name()))
    }
}
