//! What lies under a new pixel, by the share of each.

use bytemuck::{cast_slice, cast_slice_mut};

use super::axis::{Axis, Under};
use super::method::Resampling;
use super::{Chunk, Rows};
use crate::image::{DataType, Sample};

/// The sum of values, or of their squares, and the sum of weights, for each new pixel; `None` where nothing is valid.
pub(super) fn area<S: Sample>(
    method: Resampling,
    chunk: &Chunk<'_, S>,
    masked: bool,
    (rows, cols): (&Axis, &Axis),
) -> Vec<Option<(f64, f64)>> {
    let value: fn(f64) -> f64 = if method == Resampling::Rms { |v| v * v } else { |v| v };
    let (rows, cols, width) = (rows.under(), cols.under(), cols.len);
    // Where two columns lie under each new one, GDAL does not ask how much of them does, nor for two rows; but with a mask.
    if method != Resampling::Sum && chunk.mask.is_none() && !masked && are_pairs(&cols) {
        let pairs: Vec<Under> = cols.iter().map(Under::evenly).collect();
        let line = |row: &Under| {
            let is_pair = row.end.saturating_sub(row.first) == 2;
            let (row, cols) = if is_pair { (row.evenly(), &pairs) } else { (*row, &cols) };
            sums(chunk, value, &[row], cols, width)
        };
        return rows.iter().flat_map(line).collect();
    }
    sums(chunk, value, &rows, &cols, width)
}

/// Means of four whole numbers each, where that is all there is to it: `out` is filled, and it is said whether it was. The
/// same as [`area`] gives, in whole numbers.
pub(super) fn squares<S: Sample>(chunk: &Chunk<'_, S>, rows: &Axis, cols: &Axis, out: &mut [S]) -> bool {
    let (rows, cols) = (rows.under(), cols.under());
    let is_pair =
        |under: &Under| under.end.saturating_sub(under.first) == 2 && under.end <= chunk.samples.nrows();
    let Some(first) = cols.first().map(|col| col.first) else { return false };
    if chunk.mask.is_some() || !are_pairs(&cols) || !rows.iter().all(is_pair) {
        return false;
    }
    let across = first..first.saturating_add(cols.len().saturating_mul(2));
    for (under, out) in rows.iter().zip(out.chunks_exact_mut(cols.len())) {
        let (upper, lower) = (chunk.samples.row(under.first), chunk.samples.row(under.end.saturating_sub(1)));
        let (Some(upper), Some(lower)) = (upper.to_slice(), lower.to_slice()) else { return false };
        let (Some(upper), Some(lower)) = (upper.get(across.clone()), lower.get(across.clone())) else {
            return false;
        };
        match S::DATA_TYPE {
            DataType::Uint8 => halve::<u8>(cast_slice(upper), cast_slice(lower), cast_slice_mut(out)),
            DataType::Uint16 => halve::<u16>(cast_slice(upper), cast_slice(lower), cast_slice_mut(out)),
            _ => return false,
        }
    }
    true
}

/// Means of the squares of two rows, rounded half up.
fn halve<T: Copy + Into<u32> + TryFrom<u32>>(upper: &[T], lower: &[T], out: &mut [T]) {
    for ((upper, lower), out) in upper.chunks_exact(2).zip(lower.chunks_exact(2)).zip(out) {
        let sum: u32 = upper.iter().chain(lower).map(|value| (*value).into()).sum();
        if let Ok(mean) = T::try_from(sum.saturating_add(2) / 4) {
            *out = mean;
        }
    }
}

/// Whether two samples lie under each new one, and none under two.
fn are_pairs(under: &[Under]) -> bool {
    let follow = under.iter().zip(under.iter().skip(1)).all(|(one, next)| one.end == next.first);
    follow && under.iter().all(|under| under.end.saturating_sub(under.first) == 2)
}

fn sums(
    chunk: &dyn Rows,
    value: fn(f64) -> f64,
    rows: &[Under],
    cols: &[Under],
    width: usize,
) -> Vec<Option<(f64, f64)>> {
    let mut row = vec![0.0; width];
    let mut out = Vec::with_capacity(rows.len().saturating_mul(cols.len()));
    for under in rows {
        let start = out.len();
        out.extend(cols.iter().map(|_| None));
        let line = out.get_mut(start..).unwrap_or_default();
        for at in under.first..under.end {
            chunk.row(at, &mut row);
            let (mask, weight) = (chunk.mask(at), under.weight(at));
            for (total, col) in line.iter_mut().zip(cols) {
                if let Some((sum, weights)) = of_line(&row, mask, value, col) {
                    let (total_sum, total_weights) = total.unwrap_or((0.0, 0.0));
                    *total = Some((total_sum + sum * weight, total_weights + weights * weight));
                }
            }
        }
    }
    out
}

/// The sums along one row.
fn of_line(row: &[f64], mask: Option<&[u8]>, value: fn(f64) -> f64, under: &Under) -> Option<(f64, f64)> {
    let mut total = None;
    let samples = row.get(under.first..under.end).unwrap_or_default();
    for (at, sample) in (under.first..).zip(samples) {
        if mask.is_none_or(|mask| mask.get(at).is_some_and(|mask| *mask != 0)) {
            let weight = under.weight(at);
            let (sum, weights) = total.unwrap_or((0.0, 0.0));
            total = Some((sum + value(*sample) * weight, weights + weight));
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::super::axis::{Part, Span};
    use super::*;

    /// The short way gives what the long way does.
    #[test]
    fn squares_are_what_areas_are() {
        let samples =
            Array2::from_shape_fn((10, 14), |(row, col)| u8::try_from((row * 37 + col * 101) % 256).unwrap());
        let chunk = Chunk { samples: samples.view(), mask: None };
        let span = |size: usize| Span::reduced(size, size / 2, 0..size / 2, Resampling::Average);
        let axis = |size: usize| span(size).axis(&Part { new: 0..size / 2, source: 0..size });
        let (rows, cols) = (axis(10), axis(14));
        let mut found = [0; 35];
        assert!(squares(&chunk, &rows, &cols, &mut found));
        for (found, total) in found.iter().zip(area(Resampling::Average, &chunk, false, (&rows, &cols))) {
            let (sum, weights) = total.unwrap();
            assert_eq!(f64::from(*found), (sum / weights + 0.5).floor());
        }
        let odd = span(9).axis(&Part { new: 0..4, source: 0..9 });
        assert!(!squares(&chunk, &rows, &odd, &mut found), "three columns lie under some");
    }
}
