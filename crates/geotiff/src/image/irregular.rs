//! What a directory gets wrong without keeping its pixels from being read.

use super::desc::Image;
use crate::error::{Cause, Error};
use crate::ifd::{Directory, Fields};
use crate::tag::{Compression, FieldType, Photometric, Tag};

/// Tags whose values are whole numbers (TIFF 6.0, section 8, and what it takes over from part 2).
const NUMBERS: [Tag; 10] = [
    Tag::IMAGE_WIDTH,
    Tag::IMAGE_LENGTH,
    Tag::BITS_PER_SAMPLE,
    Tag::COMPRESSION,
    Tag::PHOTOMETRIC_INTERPRETATION,
    Tag::STRIP_OFFSETS,
    Tag::SAMPLES_PER_PIXEL,
    Tag::ROWS_PER_STRIP,
    Tag::STRIP_BYTE_COUNTS,
    Tag::PLANAR_CONFIGURATION,
];

/// Adds to `damage` what the directory of `image` gets wrong. The tables of chunks are looked at in one place each.
pub(crate) fn irregularities(
    image: &Image,
    directory: &Directory,
    fields: &Fields<'_>,
    file_len: u64,
    damage: &mut Vec<Error>,
) {
    let of_all =
        |what| Error::from(Cause::Irregular(what)).in_directory(directory.index).at_offset(directory.offset);
    if !directory.is_sorted() {
        damage.push(of_all("the entries are not in the order of their tags"));
    }
    if !directory.offset.is_multiple_of(2) {
        damage.push(of_all("the directory does not begin on an even offset"));
    }
    let mut tell = |what, tag| damage.push(fields.place(Cause::Irregular(what).into(), tag));
    for pair in directory.entries().windows(2) {
        if let [first, second] = pair
            && first.tag == second.tag
        {
            tell("the tag stands more than once: the first entry counts", first.tag);
        }
    }
    for tag in NUMBERS {
        let whole = |field_type| {
            matches!(field_type, FieldType::BYTE | FieldType::SHORT | FieldType::LONG | FieldType::LONG8)
        };
        if directory.entry(tag).is_some_and(|entry| !whole(entry.field_type)) {
            tell("the values are of another type than whole numbers", tag);
        }
    }
    if !fields.has(Tag::PHOTOMETRIC_INTERPRETATION) {
        tell("missing: taken for black at 0", Tag::PHOTOMETRIC_INTERPRETATION);
    } else if image.photometric.name().is_none() {
        tell("not a value that is defined: samples are given as they are", Tag::PHOTOMETRIC_INTERPRETATION);
    }
    if !matches!(image.fill_order, 1 | 2) {
        tell("1 or 2 expected: taken for 1", Tag::FILL_ORDER);
    }
    let count = |tag| directory.entry(tag).map_or(0, |entry| entry.count);
    if image.samples > 1 && count(Tag::BITS_PER_SAMPLE) == 1 {
        tell("one value for all samples, where each has its own", Tag::BITS_PER_SAMPLE);
    }
    if fields.u64(Tag::ROWS_PER_STRIP) == Ok(Some(0)) {
        tell("0 rows: taken for all", Tag::ROWS_PER_STRIP);
    }
    if image.photometric == Photometric::PALETTE && !fields.has(Tag::COLOR_MAP) {
        tell("missing for a palette", Tag::COLOR_MAP);
    }
    if image.byte_counts.is_none() && image.compression != Compression::OLD_JPEG {
        let (strips, tiles) = (Tag::STRIP_BYTE_COUNTS, Tag::TILE_BYTE_COUNTS);
        tell(
            "missing: taken from the image, or from where the next chunk begins",
            if image.tiled { tiles } else { strips },
        );
    }
    chunks(image, fields, file_len, &mut tell);
}

/// Whether the first chunk is as long as it must be, and the last one lies in the file.
fn chunks(image: &Image, fields: &Fields<'_>, file_len: u64, tell: &mut impl FnMut(&'static str, Tag)) {
    let Some(byte_counts) = image.byte_counts else { return };
    let first = fields.u64(byte_counts.tag).ok().flatten();
    let need = match (image.compression, image.subsampling) {
        (Compression::NONE, (1, 1)) if !image.one_strip => image.uncompressed_bytes(),
        _ => u64::from(image.one_strip),
    };
    // Neither bytes nor an offset: a chunk that was left out.
    let sparse = fields.u64(image.offsets.tag) == Ok(Some(0)) || (first == Some(0) && !image.one_strip);
    if !sparse && first.is_some_and(|first| first < need) {
        tell("fewer bytes than the image needs: taken from the image", byte_counts.tag);
    }
    let last = |tag| {
        let values = fields.values(tag).ok()??;
        values.u64(values.len().checked_sub(1)?).ok()
    };
    if let (Some(offset), Some(len)) = (last(image.offsets.tag), last(byte_counts.tag))
        && offset > 0
        && offset.saturating_add(len) > file_len
    {
        tell("the last chunk ends behind the end of the file", byte_counts.tag);
    }
}
