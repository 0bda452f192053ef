//! Methods that make no new values: one of those there are is taken.

use super::axis::{Axis, Under};
use super::method::Resampling;
use super::{Band, Chunk};
use crate::image::{DataType, Number, Sample};

/// The sample under the middle of each new one, valid or not.
pub(super) fn nearest<S: Sample>(chunk: &Chunk<'_, S>, rows: &Axis, cols: &Axis, out: &mut [S]) {
    let places = rows.nearest.iter().flat_map(|row| cols.nearest.iter().map(move |col| (*row, *col)));
    for (out, place) in out.iter_mut().zip(places) {
        *out = chunk.samples.get(place).copied().unwrap_or_default();
    }
}

/// What stands where nothing is valid.
fn nothing<S: Sample>(band: &Band) -> S {
    let nodata = band.nodata.unwrap_or(0.0);
    S::from_parts(Number::Double(nodata), Number::Whole(0))
}

/// Calls `each` for every new pixel with the valid samples under it, row by row.
fn each_area<S: Sample>(
    chunk: &Chunk<'_, S>,
    is_valid: impl Fn((usize, usize), S) -> bool,
    (rows, cols): (&Axis, &Axis),
    mut each: impl FnMut(&mut Vec<S>),
) {
    let under_cols = cols.under();
    let under_rows = rows.under();
    // All at once: a vector that grows would have up to twice the memory.
    let most =
        |under: &[Under]| under.iter().map(|under| under.end.saturating_sub(under.first)).max().unwrap_or(0);
    let mut samples = Vec::with_capacity(most(&under_rows).saturating_mul(most(&under_cols)));
    for under_rows in under_rows {
        for under_cols in &under_cols {
            samples.clear();
            for row in under_rows.first..under_rows.end {
                for col in under_cols.first..under_cols.end {
                    let sample = chunk.samples.get((row, col)).copied().unwrap_or_default();
                    if is_valid((row, col), sample) {
                        samples.push(sample);
                    }
                }
            }
            each(&mut samples);
        }
    }
}

fn is_masked<S>(chunk: &Chunk<'_, S>, place: (usize, usize)) -> bool {
    chunk.mask.as_ref().is_some_and(|mask| mask.get(place).is_none_or(|mask| *mask == 0))
}

/// The most frequent value.
pub(super) fn mode<S: Sample>(chunk: &Chunk<'_, S>, band: &Band, rows: &Axis, cols: &Axis, out: &mut [S]) {
    let nothing = nothing(band);
    let mut out = out.iter_mut();
    // Of bytes GDAL asks nodata alone, of others the mask.
    let is_byte = S::DATA_TYPE == DataType::Uint8;
    let is_valid = |place, sample: S| {
        if is_byte { band.nodata.is_none() || sample != nothing } else { !is_masked(chunk, place) }
    };
    let mut counts: Vec<(S, usize)> = Vec::new();
    each_area(chunk, is_valid, (rows, cols), |samples| {
        counts.clear();
        let (mut most, mut value) = (0, nothing);
        for sample in samples.iter() {
            let known = counts.iter_mut().find(|(known, _)| is_same(known, sample));
            let count = match known {
                Some((_, count)) => {
                    *count = count.saturating_add(1);
                    *count
                }
                None => {
                    counts.push((*sample, 1));
                    1
                }
            };
            if count > most {
                (most, value) = (count, *sample);
            }
        }
        if let Some(out) = out.next() {
            *out = value;
        }
    });
}

/// Equal, or both no number.
fn is_same<S: Sample>(one: &S, two: &S) -> bool {
    one == two || (one.to_f64().is_nan() && two.to_f64().is_nan())
}

/// The value of a rank: the smallest, the largest, the median, a quartile. What is no number does not count.
pub(super) fn rank<S: Sample>(
    method: Resampling,
    chunk: &Chunk<'_, S>,
    band: &Band,
    rows: &Axis,
    cols: &Axis,
    out: &mut [S],
) {
    let nothing = nothing(band);
    let mut out = out.iter_mut();
    let is_valid = |place, sample: S| !is_masked(chunk, place) && !sample.to_f64().is_nan();
    each_area(chunk, is_valid, (rows, cols), |samples| {
        samples.sort_unstable_by(|one, two| one.to_f64().total_cmp(&two.to_f64()));
        let last = samples.len().saturating_sub(1);
        let quantile = |part: usize| samples.len().saturating_mul(part).div_ceil(4).saturating_sub(1);
        let at = match method {
            Resampling::Max => last,
            Resampling::Q1 => quantile(1),
            Resampling::Med => quantile(2),
            Resampling::Q3 => quantile(3),
            _ => 0,
        };
        if let Some(out) = out.next() {
            *out = samples.get(at).copied().unwrap_or(nothing);
        }
    });
}
