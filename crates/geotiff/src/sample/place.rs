//! From a row of a chunk into the caller's array and back: chosen bands, chosen columns, any strides.

use ndarray::{ArrayView2, ArrayViewMut2, ArrayViewMut3, Axis};

use crate::image::Sample;
use crate::layout::Rect;

/// Native samples of one row of a chunk, from the first wanted column on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a, T> {
    /// The samples, pixel by pixel.
    pub(crate) native: &'a [T],
    /// Samples of a pixel.
    pub(crate) stride: usize,
}

/// Copies the samples numbered `samples` of each pixel into `out`, shape (band, column). `out` decides how
/// many columns are taken.
pub(crate) fn place_row<T: Sample>(source: Source<'_, T>, samples: &[usize], mut out: ArrayViewMut2<'_, T>) {
    for (mut band, &sample) in out.rows_mut().into_iter().zip(samples) {
        let from = source.native.get(sample..).unwrap_or_default();
        match band.as_slice_mut() {
            Some(to) => copy(from, source.stride, to),
            None => {
                for (to, from) in band.iter_mut().zip(from.iter().step_by(source.stride.max(1))) {
                    *to = *from;
                }
            }
        }
    }
}

/// Copies the part `wanted` of a chunk that has `planes` planes, one after another, of rows of `width` samples: the planes
/// numbered `samples` into `out`, shape (band, row, column).
pub(crate) fn place_planes<T: Sample>(
    native: &[T],
    (width, planes): (usize, usize),
    wanted: &Rect,
    samples: &[usize],
    mut out: ArrayViewMut3<'_, T>,
) {
    let plane = native.len().checked_div(planes).unwrap_or(0);
    for (mut band, sample) in out.outer_iter_mut().zip(samples) {
        let from = native.get(sample.saturating_mul(plane)..).unwrap_or_default();
        let rows = from.chunks(width.max(1)).skip(wanted.row_off);
        for (row, from) in band.axis_chunks_iter_mut(Axis(0), 1).zip(rows) {
            let native = from.get(wanted.col_off..).unwrap_or_default();
            place_row(Source { native, stride: 1 }, &[0], row);
        }
    }
}

/// Every `stride`-th sample of `from` into `to`.
fn copy<T: Sample>(from: &[T], stride: usize, to: &mut [T]) {
    match stride {
        1 => {
            let n = to.len().min(from.len());
            if let (Some(to), Some(from)) = (to.get_mut(..n), from.get(..n)) {
                to.copy_from_slice(from);
            }
        }
        3 => copy_strided::<T, 3>(from, to),
        4 => copy_strided::<T, 4>(from, to),
        _ => {
            for (to, from) in to.iter_mut().zip(from.iter().step_by(stride.max(1))) {
                *to = *from;
            }
        }
    }
}

/// As `copy`, with the stride known to the compiler. The last pixel may be cut short behind its sample.
fn copy_strided<T: Sample, const N: usize>(from: &[T], to: &mut [T]) {
    let (pixels, rest) = from.as_chunks::<N>();
    let firsts = pixels.iter().filter_map(|pixel| pixel.first());
    for (to, from) in to.iter_mut().zip(firsts.chain(rest.first())) {
        *to = *from;
    }
}

/// The inverse of [`place_row`]: copies `row`, shape (band, column), into native samples of a row of a chunk, from the
/// first column on; band after band into the samples numbered `samples` of each pixel.
pub(crate) fn gather_row<T: Sample>(
    row: ArrayView2<'_, T>,
    samples: &[usize],
    native: &mut [T],
    stride: usize,
) {
    for (band, &sample) in row.rows().into_iter().zip(samples) {
        let to = native.get_mut(sample..).unwrap_or_default();
        match band.as_slice() {
            Some(from) if stride == 1 => {
                let n = to.len().min(from.len());
                if let (Some(to), Some(from)) = (to.get_mut(..n), from.get(..n)) {
                    to.copy_from_slice(from);
                }
            }
            Some(from) => {
                for (to, from) in to.iter_mut().step_by(stride.max(1)).zip(from) {
                    *to = *from;
                }
            }
            None => {
                for (to, from) in to.iter_mut().step_by(stride.max(1)).zip(band) {
                    *to = *from;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, Array3, Axis, array};

    #[test]
    fn takes_bands_in_the_order_asked_for() {
        for stride in 1..=5 {
            let native: Vec<u16> = (0..4 * stride).collect();
            let samples: Vec<usize> = (0..usize::from(stride)).rev().collect();
            let mut out = Array2::zeros((samples.len(), 4));
            place_row(Source { native: &native, stride: stride.into() }, &samples, out.view_mut());
            for (band, sample) in out.rows().into_iter().zip(&samples) {
                let wanted: Vec<u16> = (0..4).map(|i| i * stride + u16::try_from(*sample).unwrap()).collect();
                assert_eq!(band.to_vec(), wanted, "stride {stride}");
            }
        }
    }

    #[test]
    fn what_is_gathered_is_placed() {
        for stride in 1..=5 {
            let samples: Vec<usize> = (0..stride).rev().collect();
            let row = Array2::from_shape_fn((stride, 4), |(band, col)| (band * 10 + col) as u64);
            let turned = row.t().as_standard_layout().into_owned();
            for view in [row.view(), turned.t()] {
                let mut native = vec![0; 4 * stride];
                gather_row(view, &samples, &mut native, stride);
                let mut out = Array2::zeros((stride, 4));
                place_row(Source { native: &native, stride }, &samples, out.view_mut());
                assert_eq!(out, row);
            }
        }
    }

    #[test]
    fn fills_arrays_of_any_strides() {
        let mut out = Array3::<u8>::zeros((3, 1, 2));
        out.swap_axes(0, 2);
        let view = out.index_axis_mut(Axis(1), 0);
        place_row(Source { native: &[1, 2, 3, 4, 5, 6], stride: 2 }, &[1, 0], view);
        assert_eq!(out.index_axis(Axis(1), 0), array![[2, 4, 6], [1, 3, 5]]);
    }
}
