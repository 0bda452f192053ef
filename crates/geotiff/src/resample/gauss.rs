//! Bell curves: the numbers of Pascal's triangle, in both directions.

use super::axis::Axis;
use super::{Chunk, Rows};
use crate::image::Sample;

/// A row of Pascal's triangle for a number of rows of the source for a new one.
#[expect(clippy::cast_possible_truncation, reason = "saturates")]
pub(super) fn bell(rows: &Axis) -> &'static [f64] {
    match (0.5 + rows.ratio()) as i64 {
        ..=2 => &[1.0, 2.0, 1.0],
        3..=4 => &[1.0, 4.0, 6.0, 4.0, 1.0],
        _ => &[1.0, 6.0, 15.0, 20.0, 15.0, 6.0, 1.0],
    }
}

/// The weighted means, row by row; `None` where nothing is valid.
pub(super) fn gauss<S: Sample>(chunk: &Chunk<'_, S>, rows: &Axis, cols: &Axis) -> Vec<Option<f64>> {
    means(chunk, rows, cols)
}

fn means(chunk: &dyn Rows, rows: &Axis, cols: &Axis) -> Vec<Option<f64>> {
    let bell = bell(rows);
    let size = i64::try_from(bell.len()).unwrap_or(0);
    let cols_of = cols.bells(size);
    let mut row = vec![0.0; cols.len];
    let mut out = Vec::with_capacity(rows.count().saturating_mul(cols.count()));
    for (first, before, count) in rows.bells(size) {
        let mut sums = vec![(0.0, 0.0); cols.count()];
        for (at, row_weight) in (first..first.saturating_add(count)).zip(bell.iter().skip(before)) {
            chunk.row(at, &mut row);
            let mask = chunk.mask(at);
            for ((sum, weights), (first, before, count)) in sums.iter_mut().zip(&cols_of) {
                let samples = row.iter().enumerate().skip(*first).take(*count);
                for ((col, sample), weight) in samples.zip(bell.iter().skip(*before)) {
                    if mask.is_none_or(|mask| mask.get(col).is_some_and(|mask| *mask != 0)) {
                        *sum += sample * weight * row_weight;
                        *weights += weight * row_weight;
                    }
                }
            }
        }
        out.extend(sums.into_iter().map(|(sum, weights)| (weights > 0.0).then(|| sum / weights)));
    }
    out
}
