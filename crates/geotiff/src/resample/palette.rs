//! Indices into a palette: colours are averaged, and the nearest one that there is counts.

use super::axis::Axis;
use super::gauss::bell;
use super::method::Resampling;
use super::{Chunk, Rows};
use crate::image::Sample;

/// Sums of red, green, blue, and of weights.
type Sums = [u64; 4];

/// The colour of an index, unless it means nothing.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked")]
fn colour(colours: &[[u8; 4]], index: f64) -> Option<[u8; 3]> {
    let index = if index >= 0.0 { index as usize } else { return None };
    let [red, green, blue, alpha] = *colours.get(index)?;
    (alpha != 0).then_some([red, green, blue])
}

fn add(sums: &mut Sums, [red, green, blue]: [u64; 3], weight: u64) {
    for (sum, part) in sums.iter_mut().zip([red, green, blue, 1]) {
        *sum = sum.saturating_add(part.saturating_mul(weight));
    }
}

/// The index whose colour is nearest; `None` if nothing was added.
fn index(
    [red, green, blue, weights]: Sums,
    mean: impl Fn(u64, u64) -> u64,
    colours: &[[u8; 4]],
) -> Option<f64> {
    if weights == 0 {
        return None;
    }
    let wanted = [red, green, blue].map(|sum| mean(sum, weights));
    let distance = |colour: &[u8; 4]| -> u64 {
        colour
            .iter()
            .zip(wanted)
            .map(|(part, wanted)| u64::from(*part).abs_diff(wanted).saturating_pow(2))
            .sum()
    };
    let opaque = colours.iter().enumerate().filter(|(_, [.., alpha])| *alpha != 0);
    let (index, _) = opaque.min_by_key(|(_, colour)| distance(colour))?;
    u32::try_from(index).ok().map(f64::from)
}

fn mean(sum: u64, weights: u64) -> u64 {
    sum.saturating_add(weights / 2).checked_div(weights).unwrap_or(0)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "squares of bytes"
)]
fn root_of_mean(sum: u64, weights: u64) -> u64 {
    ((sum.checked_div(weights).unwrap_or(0) as f64).sqrt() + 0.5) as u64
}

/// Means, or roots of means of squares, of what lies under each new pixel; everything counts the same.
pub(super) fn average<S: Sample>(
    method: Resampling,
    chunk: &Chunk<'_, S>,
    colours: &[[u8; 4]],
    rows: &Axis,
    cols: &Axis,
) -> Vec<Option<f64>> {
    let (under_cols, squares) = (cols.under(), method == Resampling::Rms);
    let mut row = vec![0.0; cols.len];
    let mut out = Vec::with_capacity(rows.count().saturating_mul(cols.count()));
    for under in rows.under() {
        let mut sums: Vec<Sums> = vec![[0; 4]; cols.count()];
        for at in under.first..under.end {
            chunk.row(at, &mut row);
            for (sums, under) in sums.iter_mut().zip(&under_cols) {
                for sample in row.get(under.first..under.end).unwrap_or_default() {
                    if let Some(colour) = colour(colours, *sample) {
                        let power = if squares { 2 } else { 1 };
                        add(sums, colour.map(|part| u64::from(part).saturating_pow(power)), 1);
                    }
                }
            }
        }
        let mean = if squares { root_of_mean } else { mean };
        out.extend(sums.into_iter().map(|sums| index(sums, mean, colours)));
    }
    out
}

/// Means by a bell curve.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small whole numbers")]
pub(super) fn gauss<S: Sample>(
    chunk: &Chunk<'_, S>,
    colours: &[[u8; 4]],
    rows: &Axis,
    cols: &Axis,
) -> Vec<Option<f64>> {
    let bell = bell(rows);
    let size = i64::try_from(bell.len()).unwrap_or(0);
    let cols_of = cols.bells(size);
    let mut row = vec![0.0; cols.len];
    let mut out = Vec::with_capacity(rows.count().saturating_mul(cols.count()));
    for (first, before, count) in rows.bells(size) {
        let mut sums: Vec<Sums> = vec![[0; 4]; cols.count()];
        for (at, row_weight) in (first..first.saturating_add(count)).zip(bell.iter().skip(before)) {
            chunk.row(at, &mut row);
            for (sums, (first, before, count)) in sums.iter_mut().zip(&cols_of) {
                let samples = row.iter().skip(*first).take(*count);
                for (sample, weight) in samples.zip(bell.iter().skip(*before)) {
                    if let Some(colour) = colour(colours, *sample) {
                        add(sums, colour.map(u64::from), (row_weight * weight) as u64);
                    }
                }
            }
        }
        out.extend(sums.into_iter().map(|sums| index(sums, mean, colours)));
    }
    out
}
