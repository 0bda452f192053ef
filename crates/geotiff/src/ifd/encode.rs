//! Directories on their way into a file (TIFF 6.0, section 2; the BigTIFF design).

use std::collections::BTreeMap;

use super::directory::Directory;
use super::header::{Header, Variant};
use crate::bytes::{ByteOrder, View};
use crate::error::{Error, Result};
use crate::limits::Budget;
use crate::tag::{FieldType, Tag};

/// The values of a field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FieldData {
    Bytes(Vec<u8>),
    Undefined(Vec<u8>),
    /// Text without its NUL.
    Text(String),
    Shorts(Vec<u16>),
    Longs(Vec<u32>),
    Rationals(Vec<(u32, u32)>),
    Doubles(Vec<f64>),
    /// Offsets: of the width that the variant has.
    Offsets(Vec<u64>),
    /// Lengths: LONG where all of them fit.
    Counts(Vec<u64>),
    /// As they stand in another directory of the same byte order.
    Raw {
        field_type: FieldType,
        count: u64,
        bytes: Vec<u8>,
    },
}

impl FieldData {
    /// Type of the values, as a variant has it.
    fn field_type(&self, variant: Variant) -> FieldType {
        match self {
            Self::Bytes(_) => FieldType::BYTE,
            Self::Undefined(_) => FieldType::UNDEFINED,
            Self::Text(_) => FieldType::ASCII,
            Self::Shorts(_) => FieldType::SHORT,
            Self::Longs(_) => FieldType::LONG,
            Self::Rationals(_) => FieldType::RATIONAL,
            Self::Doubles(_) => FieldType::DOUBLE,
            Self::Offsets(_) if variant == Variant::Big => FieldType::LONG8,
            Self::Counts(counts) if counts.iter().any(|count| u32::try_from(*count).is_err()) => {
                FieldType::LONG8
            }
            Self::Offsets(_) | Self::Counts(_) => FieldType::LONG,
            Self::Raw { field_type, .. } => *field_type,
        }
    }

    /// Number of the values.
    fn count(&self) -> u64 {
        let count = match self {
            Self::Bytes(bytes) | Self::Undefined(bytes) => bytes.len(),
            Self::Text(text) => text.len().saturating_add(1),
            Self::Shorts(values) => values.len(),
            Self::Longs(values) => values.len(),
            Self::Rationals(values) => values.len(),
            Self::Doubles(values) => values.len(),
            Self::Offsets(values) | Self::Counts(values) => values.len(),
            Self::Raw { count, .. } => return *count,
        };
        count as u64
    }

    /// Bytes of the values.
    fn size(&self, variant: Variant) -> u64 {
        self.count().saturating_mul(self.field_type(variant).width().unwrap_or(1))
    }

    fn encode(&self, variant: Variant, order: ByteOrder, out: &mut Vec<u8>) -> Result<()> {
        match self {
            Self::Bytes(bytes) | Self::Undefined(bytes) | Self::Raw { bytes, .. } => {
                out.extend_from_slice(bytes);
            }
            Self::Text(text) => {
                out.extend_from_slice(text.as_bytes());
                out.push(0);
            }
            Self::Shorts(values) => values.iter().for_each(|value| order.put_u16(*value, out)),
            Self::Longs(values) => values.iter().for_each(|value| order.put_u32(*value, out)),
            Self::Rationals(values) => values.iter().for_each(|(numerator, denominator)| {
                order.put_u32(*numerator, out);
                order.put_u32(*denominator, out);
            }),
            Self::Doubles(values) => values.iter().for_each(|value| order.put_u64(value.to_bits(), out)),
            Self::Offsets(values) | Self::Counts(values) => match self.field_type(variant) {
                FieldType::LONG8 if variant == Variant::Big => {
                    values.iter().for_each(|value| order.put_u64(*value, out));
                }
                _ => values.iter().try_for_each(|value| put_long(*value, order, out))?,
            },
        }
        Ok(())
    }
}

fn put_long(value: u64, order: ByteOrder, out: &mut Vec<u8>) -> Result<()> {
    order.put_u32(u32::try_from(value).map_err(|_| too_large())?, out);
    Ok(())
}

/// A file beyond what 32 bits of offset reach.
pub(crate) fn too_large() -> Error {
    Error::usage(
        "the file is larger than 4 GiB, which classic TIFF cannot address: BIGTIFF=YES or IF_NEEDED can",
    )
}

/// The fields of a directory.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct FieldSet(BTreeMap<Tag, FieldData>);

impl FieldSet {
    pub(crate) fn insert(&mut self, tag: Tag, data: FieldData) {
        self.0.insert(tag, data);
    }

    pub(crate) fn short(&mut self, tag: Tag, value: u16) {
        self.insert(tag, FieldData::Shorts(vec![value]));
    }

    pub(crate) fn long(&mut self, tag: Tag, value: usize) {
        self.insert(tag, FieldData::Longs(vec![u32::try_from(value).unwrap_or(u32::MAX)]));
    }

    pub(crate) fn remove(&mut self, tags: &[Tag]) {
        self.0.retain(|tag, _| !tags.contains(tag));
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Those of some tags.
    pub(crate) fn only(&self, tags: &[Tag]) -> Self {
        let fields = self.0.iter().filter(|(tag, _)| tags.contains(tag));
        Self(fields.map(|(tag, data)| (*tag, data.clone())).collect())
    }

    /// The fields of a directory as they are; those of types that nobody knows are left out.
    ///
    /// # Errors
    ///
    /// When values lie outside the file, or all together exceed the limits.
    pub(crate) fn of(directory: &Directory, view: View<'_>, budget: &mut Budget) -> Result<Self> {
        let mut fields = Self::default();
        for entry in directory.entries() {
            let Some(width) = entry.field_type.width() else { continue };
            budget.reserve(width.saturating_mul(entry.count), "the values of a directory")?;
            let bytes = view.get(entry.offset, width.saturating_mul(entry.count));
            let bytes =
                bytes.map_err(|e| e.in_directory(directory.index).in_tag(entry.tag.0, entry.tag.name()))?;
            let (field_type, count) = (entry.field_type, entry.count);
            // Of two fields of one tag the first counts.
            let data = || FieldData::Raw { field_type, count, bytes: bytes.to_vec() };
            fields.0.entry(entry.tag).or_insert_with(data);
        }
        Ok(fields)
    }

    /// Bytes of the directory and of the values beside it.
    pub(crate) fn size(&self, variant: Variant) -> u64 {
        self.sizes(variant, &[]).0
    }

    /// Bytes of the directory and of the values beside it; and of those values, of some tags, that stand elsewhere.
    pub(crate) fn sizes(&self, variant: Variant, apart: &[Tag]) -> (u64, u64) {
        let (mut inside, mut outside) = (self.entries_size(variant), 0);
        for (tag, data) in &self.0 {
            let size = data.size(variant);
            if size > variant.offset_width() {
                let place = if apart.contains(tag) { &mut outside } else { &mut inside };
                *place = even(size).saturating_add(*place);
            }
        }
        (inside, outside)
    }

    /// Bytes of the directory alone, up to an even number.
    fn entries_size(&self, variant: Variant) -> u64 {
        let entries = (self.0.len() as u64).saturating_mul(variant.entry_width());
        even(variant.count_width().saturating_add(entries).saturating_add(variant.offset_width()))
    }

    /// The directory as it stands at offset `at` (an even number), values that do not fit into it right behind it; it leads
    /// to the directory at `next`, or to none if that is 0.
    ///
    /// # Errors
    ///
    /// When a classic file cannot address something.
    pub(crate) fn encode(&self, variant: Variant, order: ByteOrder, at: u64, next: u64) -> Result<Vec<u8>> {
        self.encode_apart(variant, order, (at, next), (&[], 0)).map(|(directory, _)| directory)
    }

    /// As [`encode`](Self::encode), with the values of some tags elsewhere, from `apart_at` on: gives both.
    ///
    /// # Errors
    ///
    /// As [`encode`](Self::encode).
    pub(crate) fn encode_apart(
        &self,
        variant: Variant,
        order: ByteOrder,
        (at, next): (u64, u64),
        (apart, apart_at): (&[Tag], u64),
    ) -> Result<(Vec<u8>, Vec<u8>)> {
        let mut directory = Vec::new();
        let (mut beside, mut outside) = (Vec::new(), Vec::new());
        let start = at.saturating_add(self.entries_size(variant));
        match variant {
            Variant::Classic => {
                let count =
                    u16::try_from(self.0.len()).map_err(|_| Error::usage("more than 65,535 fields"))?;
                order.put_u16(count, &mut directory);
            }
            Variant::Big => order.put_u64(self.0.len() as u64, &mut directory),
        }
        for (tag, data) in &self.0 {
            order.put_u16(tag.0, &mut directory);
            order.put_u16(data.field_type(variant).0, &mut directory);
            variant.put_offset(data.count(), order, &mut directory)?;
            if data.size(variant) <= variant.offset_width() {
                let end = (directory.len() as u64).saturating_add(variant.offset_width());
                data.encode(variant, order, &mut directory)?;
                directory.resize(usize::try_from(end).unwrap_or(usize::MAX), 0);
            } else {
                let (values, start) =
                    if apart.contains(tag) { (&mut outside, apart_at) } else { (&mut beside, start) };
                variant.put_offset(start.saturating_add(values.len() as u64), order, &mut directory)?;
                data.encode(variant, order, values)?;
                values.resize(values.len().next_multiple_of(2), 0);
            }
        }
        variant.put_offset(next, order, &mut directory)?;
        directory.resize(directory.len().next_multiple_of(2), 0);
        directory.append(&mut beside);
        Ok((directory, outside))
    }
}

fn even(size: u64) -> u64 {
    size.saturating_add(size % 2)
}

impl Variant {
    /// Appends an offset of the width that the variant has.
    ///
    /// # Errors
    ///
    /// When it has more bits than a classic file can hold.
    pub(crate) fn put_offset(self, offset: u64, order: ByteOrder, out: &mut Vec<u8>) -> Result<()> {
        match self {
            Self::Classic => put_long(offset, order, out),
            Self::Big => {
                order.put_u64(offset, out);
                Ok(())
            }
        }
    }
}

impl Header {
    /// Bytes of a header.
    pub(crate) fn size(variant: Variant) -> u64 {
        match variant {
            Variant::Classic => 8,
            Variant::Big => 16,
        }
    }

    /// The header as it stands in a file.
    pub(crate) fn encode(&self) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        let order = self.byte_order;
        out.extend_from_slice(match order {
            ByteOrder::Little => b"II",
            ByteOrder::Big => b"MM",
        });
        match self.variant {
            Variant::Classic => order.put_u16(42, &mut out),
            Variant::Big => [43, 8, 0].into_iter().for_each(|value| order.put_u16(value, &mut out)),
        }
        self.variant.put_offset(self.first_directory, order, &mut out)?;
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ifd::walk;
    use crate::limits::Limits;

    #[test]
    fn what_is_written_is_walked() {
        let mut fields = FieldSet::default();
        fields.insert(Tag::IMAGE_WIDTH, FieldData::Longs(vec![70_000]));
        fields.insert(Tag::SOFTWARE, FieldData::Text("memtiff".to_owned()));
        fields.short(Tag::COMPRESSION, 8);
        fields.insert(Tag::MODEL_PIXEL_SCALE, FieldData::Doubles(vec![1.5, -2.0, 0.0]));
        fields.insert(Tag::STRIP_OFFSETS, FieldData::Offsets(vec![1, 2, 3]));
        fields.insert(Tag::X_RESOLUTION, FieldData::Rationals(vec![(72, 2)]));
        for byte_order in [ByteOrder::Little, ByteOrder::Big] {
            for variant in [Variant::Classic, Variant::Big] {
                let at = Header::size(variant);
                let mut file = Header { byte_order, variant, first_directory: at }.encode().unwrap();
                let directory = fields.encode(variant, byte_order, at, 0).unwrap();
                assert_eq!(directory.len() as u64, fields.size(variant));
                file.extend_from_slice(&directory);
                let mut budget = Budget::new(&Limits::default());
                let found = walk(file.as_slice().into(), &Limits::default(), &mut budget).unwrap();
                assert!(found.damage.is_empty());
                let view = crate::bytes::View::new(file.as_slice(), byte_order);
                let read = found.directories[0].fields(view);
                assert_eq!(read.u64(Tag::IMAGE_WIDTH).unwrap(), Some(70_000));
                assert_eq!(read.values(Tag::SOFTWARE).unwrap().unwrap().text().unwrap(), "memtiff");
                assert_eq!(read.f64(Tag::X_RESOLUTION).unwrap(), Some(36.0));
                assert_eq!(read.values(Tag::STRIP_OFFSETS).unwrap().unwrap().u64(2).unwrap(), 3);
                let scale = read.values(Tag::MODEL_PIXEL_SCALE).unwrap().unwrap();
                assert_eq!(scale.f64(1).unwrap(), -2.0);
                assert!(found.directories[0].is_sorted());
            }
        }
        fields.insert(Tag::STRIP_OFFSETS, FieldData::Offsets(vec![1 << 33]));
        assert!(fields.encode(Variant::Classic, ByteOrder::Little, 8, 0).is_err());
        assert!(fields.encode(Variant::Big, ByteOrder::Little, 16, 0).is_ok());
    }
}
