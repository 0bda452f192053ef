//! Predictors, undone and applied, always on whole encoded rows, padding included.

use bytemuck::cast_slice_mut;

use super::swap::swap;
use crate::bytes::ByteOrder;
use crate::error::{Error, Result};
use crate::image::Sample;
use crate::tag::Predictor;

/// Turns plain samples into native ones: undoes `predictor` and brings the bytes into this machine's order.
///
/// `row` is the number of samples in a row of the chunk, `stride` the number of samples in a pixel of it;
/// `spare` is scratch that this function sizes.
pub(crate) fn undo_predictor<T: Sample>(
    predictor: Predictor,
    order: ByteOrder,
    samples: &mut [T],
    (row, stride): (usize, usize),
    spare: &mut Vec<u8>,
) -> Result<()> {
    match predictor {
        // Predictor 3 stores the most significant bytes first whatever the file's order.
        Predictor::FLOATING_POINT => {
            for row in samples.chunks_exact_mut(row.max(1)) {
                undo_floating_point(cast_slice_mut(row), size_of::<T>(), stride, ByteOrder::NATIVE, spare);
            }
        }
        // Both parts of a complex number are one integer to libtiff.
        Predictor::HORIZONTAL if T::DATA_TYPE.is_complex() => {
            for row in cast_slice_mut::<T, u8>(samples).chunks_mut(row.saturating_mul(size_of::<T>()).max(1))
            {
                undo_horizontal_of_words(row, (stride, size_of::<T>()), order, ByteOrder::NATIVE);
            }
        }
        Predictor::NONE | Predictor::HORIZONTAL => {
            if !order.is_native() {
                swap(samples);
            }
            if predictor == Predictor::HORIZONTAL {
                // The last row may end after its last wanted sample.
                for row in samples.chunks_mut(row.max(1)) {
                    undo_horizontal(row, stride);
                }
            }
        }
        other => return Err(undefined(other)),
    }
    Ok(())
}

/// As [`undo_predictor`], for samples of `size` bytes that no sample type stands for; gives the byte order
/// in which it leaves them.
pub(crate) fn undo_predictor_of_bytes(
    predictor: Predictor,
    order: ByteOrder,
    plain: &mut [u8],
    (row, stride, size): (usize, usize, usize),
    spare: &mut Vec<u8>,
) -> Result<ByteOrder> {
    let rows = plain.chunks_exact_mut(row.saturating_mul(size).max(1));
    match (predictor, size) {
        (Predictor::NONE, _) => Ok(order),
        (Predictor::FLOATING_POINT, 2 | 3) => {
            rows.for_each(|row| undo_floating_point(row, size, stride, ByteOrder::Big, spare));
            Ok(ByteOrder::Big)
        }
        (Predictor::HORIZONTAL, 2) => {
            rows.for_each(|row| undo_horizontal_of_words(row, (stride, 2), order, order));
            Ok(order)
        }
        (Predictor::HORIZONTAL | Predictor::FLOATING_POINT, _) => {
            Err(Error::unsupported(format!("predictor {} is not defined for these samples", predictor.0)))
        }
        (other, _) => Err(undefined(other)),
    }
}

fn undefined(predictor: Predictor) -> Error {
    Error::unsupported(format!("predictor {} is not defined", predictor.0))
}

/// Turns native samples into plain ones, in place: the inverse of [`undo_predictor`].
pub(crate) fn apply_predictor<T: Sample>(
    predictor: Predictor,
    order: ByteOrder,
    samples: &mut [T],
    (row, stride): (usize, usize),
    spare: &mut Vec<u8>,
) -> Result<()> {
    match predictor {
        Predictor::FLOATING_POINT => {
            for row in samples.chunks_exact_mut(row.max(1)) {
                apply_floating_point(cast_slice_mut(row), size_of::<T>(), stride, ByteOrder::NATIVE, spare);
            }
        }
        Predictor::HORIZONTAL if T::DATA_TYPE.is_complex() => {
            for row in cast_slice_mut::<T, u8>(samples).chunks_mut(row.saturating_mul(size_of::<T>()).max(1))
            {
                apply_horizontal_to_words(row, (stride, size_of::<T>()), ByteOrder::NATIVE, order);
            }
        }
        Predictor::NONE | Predictor::HORIZONTAL => {
            if predictor == Predictor::HORIZONTAL {
                for row in samples.chunks_mut(row.max(1)) {
                    apply_horizontal(row, stride);
                }
            }
            if !order.is_native() {
                swap(samples);
            }
        }
        other => return Err(undefined(other)),
    }
    Ok(())
}

/// As [`apply_predictor`], for samples of `size` bytes that no sample type stands for, which are in the order that
/// [`packed_order`] says.
pub(crate) fn apply_predictor_to_bytes(
    predictor: Predictor,
    order: ByteOrder,
    plain: &mut [u8],
    (row, stride, size): (usize, usize, usize),
    spare: &mut Vec<u8>,
) -> Result<()> {
    let rows = plain.chunks_exact_mut(row.saturating_mul(size).max(1));
    match (predictor, size) {
        (Predictor::NONE, _) => {}
        (Predictor::FLOATING_POINT, 2 | 3) => {
            rows.for_each(|row| apply_floating_point(row, size, stride, ByteOrder::Big, spare));
        }
        (Predictor::HORIZONTAL, 2) => {
            rows.for_each(|row| apply_horizontal_to_words(row, (stride, 2), order, order));
        }
        (other, _) => {
            return Err(Error::unsupported(format!(
                "predictor {} is not defined for these samples",
                other.0
            )));
        }
    }
    Ok(())
}

/// The byte order in which samples that no sample type stands for are to be, for a predictor.
pub(crate) fn packed_order(predictor: Predictor, order: ByteOrder) -> ByteOrder {
    if predictor == Predictor::FLOATING_POINT { ByteOrder::Big } else { order }
}

/// An integer of at most 8 bytes.
fn word(bytes: &[u8], order: ByteOrder) -> u64 {
    let append = |value: u64, byte: &u8| (value << 8) | u64::from(*byte);
    match order {
        ByteOrder::Big => bytes.iter().fold(0, append),
        ByteOrder::Little => bytes.iter().rev().fold(0, append),
    }
}

fn put_word(bytes: &mut [u8], order: ByteOrder, value: u64) {
    let from = value.to_le_bytes();
    match order {
        ByteOrder::Little => bytes.iter_mut().zip(from).for_each(|(to, byte)| *to = byte),
        ByteOrder::Big => bytes.iter_mut().rev().zip(from).for_each(|(to, byte)| *to = byte),
    }
}

/// The inverse of [`undo_horizontal_of_words`].
fn apply_horizontal_to_words(
    row: &mut [u8],
    (stride, size): (usize, usize),
    from: ByteOrder,
    into: ByteOrder,
) {
    let mut left = vec![0_u64; stride];
    for pixel in row.chunks_mut(stride.saturating_mul(size).max(1)) {
        for (bytes, left) in pixel.chunks_exact_mut(size.max(1)).zip(&mut left) {
            let value = word(bytes, from);
            put_word(bytes, into, value.wrapping_sub(*left));
            *left = value;
        }
    }
}

/// The inverse of [`undo_horizontal`].
fn apply_horizontal<T: Sample>(row: &mut [T], stride: usize) {
    match stride {
        1 => difference::<T, 1>(row),
        2 => difference::<T, 2>(row),
        3 => difference::<T, 3>(row),
        4 => difference::<T, 4>(row),
        _ => difference_by(row, stride, T::sub_bits),
    }
}

/// Differences of pixels of `N` samples, each to the one on its left.
fn difference<T: Sample, const N: usize>(row: &mut [T]) {
    let mut left = [T::default(); N];
    let (pixels, _) = row.as_chunks_mut::<N>();
    for pixel in pixels {
        let value = *pixel;
        for (sample, left) in pixel.iter_mut().zip(left) {
            *sample = sample.sub_bits(left);
        }
        left = value;
    }
}

/// Differences at a distance of `stride` for any stride, from the end so that what is on the left is still whole.
fn difference_by<T: Copy>(row: &mut [T], stride: usize, sub: impl Fn(T, T) -> T) {
    for i in (stride..row.len()).rev() {
        let left = row.get(i.saturating_sub(stride)).copied();
        if let (Some(sample), Some(left)) = (row.get_mut(i), left) {
            *sample = sub(*sample, left);
        }
    }
}

/// The inverse of [`undo_floating_point`], of samples in the order `from`.
fn apply_floating_point(row: &mut [u8], size: usize, stride: usize, from: ByteOrder, spare: &mut Vec<u8>) {
    spare.clear();
    spare.extend_from_slice(row);
    let count = row.len().checked_div(size).unwrap_or(0);
    for (significance, plane) in row.chunks_exact_mut(count.max(1)).enumerate() {
        let at = match from {
            ByteOrder::Big => significance,
            ByteOrder::Little => size.saturating_sub(significance).saturating_sub(1),
        };
        for (byte, sample) in plane.iter_mut().zip(spare.chunks_exact(size.max(1))) {
            if let Some(from) = sample.get(at) {
                *byte = *from;
            }
        }
    }
    match stride {
        1 => difference::<u8, 1>(row),
        3 => difference::<u8, 3>(row),
        _ => difference_by(row, stride, u8::wrapping_sub),
    }
}

/// Horizontal differencing of samples that are integers of `size` bytes (at most 8) and that no sample type stands
/// for; read in one byte order and left in another.
fn undo_horizontal_of_words(
    row: &mut [u8],
    (stride, size): (usize, usize),
    from: ByteOrder,
    into: ByteOrder,
) {
    let mut left = vec![0_u64; stride];
    for pixel in row.chunks_mut(stride.saturating_mul(size).max(1)) {
        for (bytes, left) in pixel.chunks_exact_mut(size.max(1)).zip(&mut left) {
            *left = word(bytes, from).wrapping_add(*left);
            put_word(bytes, into, *left);
        }
    }
}

/// Horizontal differencing (TIFF 6.0, section 14): each sample holds its difference to the sample of the
/// pixel on the left. Floats are differenced as the integers that their bits make, as libtiff does.
fn undo_horizontal<T: Sample>(row: &mut [T], stride: usize) {
    match stride {
        1 => accumulate::<T, 1>(row),
        2 => accumulate::<T, 2>(row),
        3 => accumulate::<T, 3>(row),
        4 => accumulate::<T, 4>(row),
        _ => accumulate_by(row, stride, T::add_bits),
    }
}

/// Running sums of pixels of `N` samples, kept in registers.
fn accumulate<T: Sample, const N: usize>(row: &mut [T]) {
    let mut left = [T::default(); N];
    let (pixels, _) = row.as_chunks_mut::<N>();
    for pixel in pixels {
        for (sample, left) in pixel.iter_mut().zip(&mut left) {
            *left = sample.add_bits(*left);
            *sample = *left;
        }
    }
}

/// Running sums at a distance of `stride` for any stride.
fn accumulate_by<T: Copy>(row: &mut [T], stride: usize, add: impl Fn(T, T) -> T) {
    for i in stride..row.len() {
        let left = row.get(i.saturating_sub(stride)).copied();
        if let (Some(sample), Some(left)) = (row.get_mut(i), left) {
            *sample = add(*sample, left);
        }
    }
}

/// Floating point predictor (TIFF tech note 3): a row holds first the most significant bytes of all its
/// samples, then the next ones, and so on; all of it differenced byte by byte at the distance of a pixel.
/// The samples, of `size` bytes each, are left in the order `into`.
fn undo_floating_point(row: &mut [u8], size: usize, stride: usize, into: ByteOrder, spare: &mut Vec<u8>) {
    match stride {
        1 => accumulate::<u8, 1>(row),
        3 => accumulate::<u8, 3>(row),
        _ => accumulate_by(row, stride, u8::wrapping_add),
    }
    spare.clear();
    spare.extend_from_slice(row);
    let count = row.len().checked_div(size).unwrap_or(0);
    for (significance, plane) in spare.chunks_exact(count.max(1)).enumerate() {
        let at = match into {
            ByteOrder::Big => significance,
            ByteOrder::Little => size.saturating_sub(significance).saturating_sub(1),
        };
        for (sample, byte) in row.chunks_exact_mut(size.max(1)).zip(plane) {
            if let Some(slot) = sample.get_mut(at) {
                *slot = *byte;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::cast_slice;

    fn undo<T: Sample>(predictor: Predictor, order: ByteOrder, samples: &mut [T], row: usize, stride: usize) {
        undo_predictor(predictor, order, samples, (row, stride), &mut Vec::new()).unwrap();
    }

    #[test]
    fn horizontal_runs_along_rows_and_wraps() {
        let mut samples = [250_u8, 10, 255, 1, 1, 1];
        undo(Predictor::HORIZONTAL, ByteOrder::Little, &mut samples, 3, 1);
        assert_eq!(samples, [250, 4, 3, 1, 2, 3]);
        for stride in 1..=6 {
            let mut samples: Vec<u16> = (0..12).collect();
            undo(Predictor::HORIZONTAL, ByteOrder::NATIVE, &mut samples, 12, stride);
            for (i, sample) in samples.into_iter().enumerate() {
                let expected: usize = (0..=i).rev().step_by(stride).sum();
                assert_eq!(usize::from(sample), expected, "stride {stride}, sample {i}");
            }
        }
    }

    #[test]
    fn the_other_byte_order_is_swapped_first() {
        let mut samples = [0x0100_u16.to_be(), 0x0001_u16.to_be()];
        undo(Predictor::HORIZONTAL, ByteOrder::Big, &mut samples, 2, 1);
        assert_eq!(samples, [0x0100, 0x0101]);
    }

    #[test]
    fn floating_point_gathers_planes_of_differences() {
        // Two pixels of two samples, as the encoder of tech note 3 makes them: planes, then differences.
        let wanted = [1.5_f32, -2.0, 1e-9, f32::INFINITY];
        let mut planes = Vec::new();
        for significance in 0..4 {
            planes.extend(wanted.iter().map(|v| v.to_be_bytes()[significance]));
        }
        let mut encoded = planes.clone();
        for i in (2..encoded.len()).rev() {
            encoded[i] = planes[i].wrapping_sub(planes[i - 2]);
        }
        for order in [ByteOrder::Little, ByteOrder::Big] {
            let mut samples = [0_f32; 4];
            cast_slice_mut::<f32, u8>(&mut samples).copy_from_slice(&encoded);
            undo(Predictor::FLOATING_POINT, order, &mut samples, 4, 2);
            assert_eq!(cast_slice::<f32, u8>(&samples), cast_slice::<f32, u8>(&wanted));
        }
    }

    /// libtiff reads a pair of singles as one integer in the file's order, of which the lower half is the real part.
    #[test]
    fn complex_numbers_are_differenced_as_one_integer() {
        use num_complex::Complex;
        let words = [0x3f80_0000_4000_0000_u64, 0x0000_0001_ffff_ffff];
        for order in [ByteOrder::Little, ByteOrder::Big] {
            let mut samples = [Complex::<f32>::default(); 2];
            for (to, word) in cast_slice_mut::<Complex<f32>, u8>(&mut samples).chunks_mut(8).zip(words) {
                to.copy_from_slice(&if order == ByteOrder::Big {
                    word.to_be_bytes()
                } else {
                    word.to_le_bytes()
                });
            }
            undo(Predictor::HORIZONTAL, order, &mut samples, 2, 1);
            assert_eq!(samples[0], Complex::new(2.0, 1.0));
            let (re, im) = (samples[1].re.to_bits(), samples[1].im.to_bits());
            assert_eq!((re, im), (0x3fff_ffff, 0x3f80_0002));
        }
    }

    fn inverse_of<T: Sample>(values: &[T], predictor: Predictor) {
        for order in [ByteOrder::Little, ByteOrder::Big] {
            for stride in 1..=5 {
                let row = values.len() / 2 / stride * stride;
                let mut samples = values[..2 * row].to_vec();
                let spare = &mut Vec::new();
                apply_predictor(predictor, order, &mut samples, (row, stride), spare).unwrap();
                undo_predictor(predictor, order, &mut samples, (row, stride), spare).unwrap();
                let bytes = |samples: &[T]| cast_slice::<T, u8>(samples).to_vec();
                assert_eq!(bytes(&samples), bytes(&values[..2 * row]), "{predictor} {order:?} {stride}");
            }
        }
    }

    #[test]
    fn what_is_applied_is_undone() {
        use num_complex::Complex;
        let floats: Vec<f32> = (0..40).map(|i| (i as f32 * 1.7).sin() * 1e6).collect();
        let doubles: Vec<f64> = floats.iter().map(|f| f64::from(*f).powi(3)).collect();
        let words: Vec<u16> = (0..40_u16).map(|i| i.wrapping_mul(12_345)).collect();
        for predictor in [Predictor::NONE, Predictor::HORIZONTAL, Predictor::FLOATING_POINT] {
            inverse_of(&floats, predictor);
            inverse_of(&doubles, predictor);
            if predictor != Predictor::FLOATING_POINT {
                inverse_of(&words, predictor);
                inverse_of(&cast_slice::<u16, u8>(&words)[..40], predictor);
                let pairs: Vec<_> = floats.iter().map(|f| Complex::new(*f, f * 0.5)).collect();
                inverse_of(&pairs, predictor);
            }
        }
    }

    #[test]
    fn an_unknown_predictor_is_refused() {
        let error = undo_predictor(Predictor(7), ByteOrder::Big, &mut [0_u8; 4], (4, 1), &mut Vec::new());
        assert_eq!(error.unwrap_err().to_string(), "unsupported: predictor 7 is not defined");
    }
}
