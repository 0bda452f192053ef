//! LERC blobs whose data hold infinities, which the library neither reads nor writes.
//!
//! Their headers state an infinite range of values, which the decoder refuses, although the range serves it only
//! to clamp what it decodes. Here the range is made finite, and the checksum over it true again. The layout is
//! that of the LERC 2 specification (Esri), versions 4 to 6.

use std::borrow::Cow;

const MAGIC: &[u8] = b"Lerc2 ";
const VERSION: usize = 6;
const CHECKSUM: usize = 10;
/// The first byte that the checksum covers.
const COVERED: usize = 14;
const DEPTH: usize = 22;
const BLOB_SIZE: usize = 34;
const DATA_TYPE: usize = 38;
const FLOAT: u32 = 6;
const DOUBLE: u32 = 7;

/// The blob, with every infinite bound of its ranges made the largest finite one. A blob of other versions, or of integers,
/// comes back as it is. One of a single infinite value comes back as one of zeros, with that value.
pub(super) fn with_finite_ranges(blob: &[u8]) -> (Cow<'_, [u8]>, Option<f64>) {
    match finite(blob) {
        Some((blob, constant)) => (Cow::Owned(blob), constant),
        None => (Cow::Borrowed(blob), None),
    }
}

fn finite(blob: &[u8]) -> Option<(Vec<u8>, Option<f64>)> {
    let version = word(blob, VERSION)?;
    let data_type = word(blob, DATA_TYPE)?;
    if !blob.starts_with(MAGIC) || !(4..=6).contains(&version) || !matches!(data_type, FLOAT | DOUBLE) {
        return None;
    }
    // Version 6 adds a number, four flags and two values of nodata, all but the number behind the type.
    let z_min: usize = if version == 6 { 58 } else { 50 };
    let z_max = z_min.checked_add(8)?;
    let header_end: usize = if version == 6 { 90 } else { 66 };
    let (low, high) = (double(blob, z_min)?, double(blob, z_max)?);
    if low.is_finite() && high.is_finite() {
        return None;
    }
    let size = usize::try_from(word(blob, BLOB_SIZE)?).ok()?;
    let mut blob = blob.get(..size)?.to_vec();
    // A checksum that is wrong must stay wrong.
    if word(&blob, CHECKSUM)? != fletcher32(blob.get(COVERED..)?) {
        return None;
    }
    if low == high {
        blob.get_mut(z_min..z_max.checked_add(8)?)?.fill(0);
        sign(&mut blob)?;
        return Some((blob, Some(low)));
    }
    bound(&mut blob, z_min, data_type, 8)?;
    bound(&mut blob, z_max, data_type, 8)?;
    // After the mask stand the least and the greatest value of each depth, in the samples' type.
    let mask = usize::try_from(word(&blob, header_end)?).ok()?;
    let ranges = header_end.checked_add(4)?.checked_add(mask)?;
    let width: usize = if data_type == FLOAT { 4 } else { 8 };
    let count = usize::try_from(word(&blob, DEPTH)?).ok()?.checked_mul(2)?;
    let end = ranges.checked_add(count.checked_mul(width)?)?;
    blob.get(ranges..end)?;
    for at in (ranges..end).step_by(width) {
        bound(&mut blob, at, data_type, width)?;
    }
    sign(&mut blob)?;
    Some((blob, None))
}

/// Makes the checksum that of the blob.
fn sign(blob: &mut [u8]) -> Option<()> {
    let checksum = fletcher32(blob.get(COVERED..)?);
    blob.get_mut(CHECKSUM..COVERED)?.copy_from_slice(&checksum.to_le_bytes());
    Some(())
}

fn word(blob: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*blob.get(at..)?.first_chunk()?))
}

fn double(blob: &[u8], at: usize) -> Option<f64> {
    Some(f64::from_le_bytes(*blob.get(at..)?.first_chunk()?))
}

/// Makes the value of `width` bytes at `at` finite: the largest that the samples' type has.
fn bound(blob: &mut [u8], at: usize, data_type: u32, width: usize) -> Option<()> {
    let largest = if data_type == FLOAT { f64::from(f32::MAX) } else { f64::MAX };
    let slot = blob.get_mut(at..)?.get_mut(..width)?;
    if let Some(bytes) = slot.first_chunk_mut::<8>() {
        let value = f64::from_le_bytes(*bytes);
        *bytes = if value.is_infinite() { largest.copysign(value) } else { value }.to_le_bytes();
    } else if let Some(bytes) = slot.first_chunk_mut::<4>() {
        let value = f32::from_le_bytes(*bytes);
        *bytes = if value.is_infinite() { f32::MAX.copysign(value) } else { value }.to_le_bytes();
    }
    Some(())
}

/// A blob with the values of `pixels` as they are, made of a `blob` of the same shape and mask that holds zeros: what Esri's
/// encoder writes of infinities. `pixels` are the valid ones in file order, each with `depth` samples.
pub(super) fn with_values(blob: &[u8], pixels: &[u8], depth: usize) -> Option<Vec<u8>> {
    let data_type = word(blob, DATA_TYPE)?;
    if !blob.starts_with(MAGIC) || word(blob, VERSION)? != 4 || !matches!(data_type, FLOAT | DOUBLE) {
        return None;
    }
    let width: usize = if data_type == FLOAT { 4 } else { 8 };
    let value = |bytes: &[u8]| match bytes.first_chunk::<8>() {
        Some(bytes) => f64::from_ne_bytes(*bytes),
        None => bytes.first_chunk::<4>().map_or(0.0, |bytes| f32::from_ne_bytes(*bytes).into()),
    };
    let mut ranges = vec![(f64::INFINITY, f64::NEG_INFINITY); depth];
    for pixel in pixels.chunks_exact(width.checked_mul(depth)?) {
        for ((low, high), sample) in ranges.iter_mut().zip(pixel.chunks_exact(width)) {
            (*low, *high) = (low.min(value(sample)), high.max(value(sample)));
        }
    }
    let low = ranges.iter().map(|range| range.0).fold(f64::INFINITY, f64::min);
    let high = ranges.iter().map(|range| range.1).fold(f64::NEG_INFINITY, f64::max);
    let mut blob = blob.to_vec();
    blob.get_mut(50..58)?.copy_from_slice(&low.to_le_bytes());
    blob.get_mut(58..66)?.copy_from_slice(&high.to_le_bytes());
    // Where all values are the same, or all of each depth, no more follows.
    if low < high {
        for bound in ranges.iter().map(|range| range.0).chain(ranges.iter().map(|range| range.1)) {
            push(&mut blob, bound, width);
        }
        if ranges.iter().any(|(low, high)| low < high) {
            // The values follow as they are, in one go.
            blob.push(1);
            for sample in pixels.chunks_exact(width) {
                push(&mut blob, value(sample), width);
            }
        }
    }
    let size = u32::try_from(blob.len()).ok().filter(|size| i32::try_from(*size).is_ok())?;
    blob.get_mut(BLOB_SIZE..DATA_TYPE)?.copy_from_slice(&size.to_le_bytes());
    sign(&mut blob)?;
    Some(blob)
}

/// Appends a value as a single (4 bytes) or a double.
#[expect(clippy::cast_possible_truncation, reason = "the value comes from a single if it becomes one")]
fn push(blob: &mut Vec<u8>, value: f64, width: usize) {
    if width == 4 {
        blob.extend_from_slice(&(value as f32).to_le_bytes());
    } else {
        blob.extend_from_slice(&value.to_le_bytes());
    }
}

/// Fletcher's checksum over pairs of bytes, the first of each the more significant; an odd one at the end counts
/// as if a zero followed.
fn fletcher32(data: &[u8]) -> u32 {
    let fold = |sum: u32| (sum & 0xffff).wrapping_add(sum >> 16);
    let (mut first, mut second) = (0xffff_u32, 0xffff_u32);
    for pair in data.chunks(2) {
        let value = match pair {
            [high, low] => u32::from(u16::from_be_bytes([*high, *low])),
            [high] => u32::from(u16::from_be_bytes([*high, 0])),
            _ => 0,
        };
        first = fold(first.wrapping_add(value));
        second = fold(second.wrapping_add(first));
    }
    (second << 16) | first
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published test values of Fletcher-32 are for little-endian words from zero; this is the variant of LERC:
    /// the sums begin at 0xffff.
    #[test]
    fn checksum_folds_both_sums() {
        assert_eq!(fletcher32(&[]), 0xffff_ffff);
        assert_eq!(fletcher32(&[0, 1]), 0x0001_0001);
        assert_eq!(fletcher32(&[0, 1, 0, 2, 3]), 0x0307_0303);
    }

    #[test]
    fn leaves_alone_what_is_not_its_business() {
        for blob in [&b""[..], b"Lerc2 ", &[0; 100]] {
            assert!(matches!(with_finite_ranges(blob), (Cow::Borrowed(_), None)));
        }
    }
}
