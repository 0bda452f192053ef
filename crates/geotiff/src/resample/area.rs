//! What lies under a new pixel, by the share of each.

use super::axis::{Axis, Under};
use super::method::Resampling;
use super::{Chunk, Rows};
use crate::image::Sample;

/// The sum of values, or of their squares, and the sum of weights, for each new pixel; `None` where nothing is valid.
pub(super) fn area<S: Sample>(
    method: Resampling,
    chunk: &Chunk<'_, S>,
    rows: &Axis,
    cols: &Axis,
) -> Vec<Option<(f64, f64)>> {
    let value: fn(f64) -> f64 = if method == Resampling::Rms { |v| v * v } else { |v| v };
    let (rows, cols, width) = (rows.under(), cols.under(), cols.len);
    // Where two columns lie under each new one, GDAL does not ask how much of them does, nor for two rows.
    if method != Resampling::Sum && chunk.mask.is_none() && are_pairs(&cols) {
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
