//! Kernels: first along rows, then along columns.

use super::axis::Axis;
use super::kernel::kernel;
use super::method::Resampling;
use super::{Chunk, Rows};
use crate::image::Sample;

/// The samples that a new one is made of, counted from the beginning of the part, and their weights.
type Weights = (usize, Vec<f64>);

/// The weighted means, row by row; `None` where too little is valid.
pub(super) fn convolve<S: Sample>(
    method: Resampling,
    chunk: &Chunk<'_, S>,
    rows: &Axis,
    cols: &Axis,
) -> Vec<Option<f64>> {
    let kernel = kernel(method);
    let row_weights = rows.weights(kernel, method.radius(), 4);
    let col_weights = cols.weights(kernel, method.radius(), 1);
    let along = Along { negative: matches!(method, Resampling::Cubic | Resampling::Lanczos) };
    match chunk.mask {
        None => {
            let (row_weights, col_weights) = (normalized(row_weights), normalized(col_weights));
            along.whole(chunk, (&row_weights, rows.len), (&col_weights, cols.len))
        }
        Some(_) => along.masked(chunk, (&row_weights, rows.len), (&col_weights, cols.len)),
    }
}

/// Weights whose sum is 1.
fn normalized(weights: Vec<Weights>) -> Vec<Weights> {
    let normal = |(first, weights): Weights| {
        let sum: f64 = weights.iter().sum();
        let factor = if sum == 0.0 { 1.0 } else { 1.0 / sum };
        (first, weights.into_iter().map(|weight| weight * factor).collect())
    };
    weights.into_iter().map(normal).collect()
}

struct Along {
    /// Whether weights may be negative: then a few valid samples are not enough.
    negative: bool,
}

impl Along {
    fn whole(
        &self,
        chunk: &dyn Rows,
        (row_weights, height): (&[Weights], usize),
        (col_weights, width): (&[Weights], usize),
    ) -> Vec<Option<f64>> {
        let count = col_weights.len();
        let mut row = vec![0.0; width];
        let mut across = vec![0.0; height.saturating_mul(count)];
        for (at, across) in across.chunks_exact_mut(count.max(1)).enumerate() {
            chunk.row(at, &mut row);
            for (out, (first, weights)) in across.iter_mut().zip(col_weights) {
                let samples = row.get(*first..).unwrap_or_default();
                *out = samples.iter().zip(weights).map(|(sample, weight)| sample * weight).sum();
            }
        }
        let mut out = Vec::with_capacity(row_weights.len().saturating_mul(count));
        let mut sums = vec![0.0; count];
        for (first, weights) in row_weights {
            sums.fill(0.0);
            let lines = across.chunks_exact(count.max(1)).skip(*first);
            for (line, weight) in lines.zip(weights) {
                for (sum, value) in sums.iter_mut().zip(line) {
                    *sum += value * weight;
                }
            }
            out.extend(sums.iter().copied().map(Some));
        }
        out
    }

    fn masked(
        &self,
        chunk: &dyn Rows,
        (row_weights, height): (&[Weights], usize),
        (col_weights, width): (&[Weights], usize),
    ) -> Vec<Option<f64>> {
        let count = col_weights.len();
        let mut row = vec![0.0; width];
        let mut across = vec![None; height.saturating_mul(count)];
        for (at, across) in across.chunks_exact_mut(count.max(1)).enumerate() {
            chunk.row(at, &mut row);
            let mask = chunk.mask(at).unwrap_or_default();
            for (out, (first, weights)) in across.iter_mut().zip(col_weights) {
                let samples = row.get(*first..).unwrap_or_default();
                let mask = mask.get(*first..).unwrap_or_default();
                let weighed = samples.iter().zip(mask).zip(weights);
                *out = self.mean(
                    weighed.map(|((sample, mask), weight)| (*mask != 0, *sample, weight * f64::from(*mask))),
                    weights.len(),
                );
            }
        }
        let mut out = Vec::with_capacity(row_weights.len().saturating_mul(count));
        for (first, weights) in row_weights {
            let lines = across.get(first.saturating_mul(count)..).unwrap_or_default();
            out.extend((0..count).map(|col| {
                let column = lines.iter().skip(col).step_by(count.max(1)).zip(weights);
                let weighed = column.map(|(value, weight)| {
                    (value.is_some(), value.unwrap_or(0.0), value.map_or(0.0, |_| *weight))
                });
                self.mean(weighed, weights.len())
            }));
        }
        out
    }

    /// The mean of what is valid: for each sample whether it is, its value, its weight.
    fn mean(&self, samples: impl Iterator<Item = (bool, f64, f64)>, count: usize) -> Option<f64> {
        let (mut sum, mut weights) = (0.0, 0.0);
        let (mut run, mut longest) = (0_usize, 0_usize);
        for (valid, value, weight) in samples {
            run = if valid { run.saturating_add(1) } else { 0 };
            longest = longest.max(run);
            // A sample that is not valid may be NaN or infinite, and has no part in the sum; a valid NaN makes it NaN.
            if valid {
                sum += value * weight;
                weights += weight;
            }
        }
        let enough = !self.negative || longest >= count / 2;
        (enough && weights > 0.0).then(|| sum / weights)
    }
}
