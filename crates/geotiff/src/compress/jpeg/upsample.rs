//! Subsampled components at the size of the image, as libjpeg-turbo makes them.
//!
//! "Fancy" upsampling is a triangle filter: a new sample lies between two (or two times two) samples, and the nearer ones
//! count three times as much. It is done for factors of two along one axis or both; other factors repeat samples.

use super::Damage;
use super::frame::{Component, Frame};
use super::planes::{Depth, Plane, Spare};

/// How a component grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Upsampling {
    /// Each sample is repeated so many times across and down.
    Repeat(usize, usize),
    /// Twice the columns.
    Across,
    /// Twice the rows.
    Down,
    /// Twice the columns and rows.
    Both,
}

impl Default for Upsampling {
    fn default() -> Self {
        Self::Repeat(1, 1)
    }
}

impl Upsampling {
    pub(super) fn new(frame: &Frame, component: &Component) -> Result<Self, Damage> {
        let ratio =
            |max: usize, factor: usize| max.is_multiple_of(factor).then(|| max.checked_div(factor))?;
        let (across, down) = (ratio(frame.h_max, component.h), ratio(frame.v_max, component.v));
        let (Some(across), Some(down)) = (across, down) else {
            return Err(Damage("components whose samples are no whole fraction of the image's"));
        };
        // Of rows of one or two samples libjpeg-turbo makes no difference between first, last, and others.
        let (width, _) = component.samples;
        Ok(match (across, down) {
            (2, 1) if width > 2 => Self::Across,
            (1, 2) => Self::Down,
            (2, 2) if width > 2 => Self::Both,
            _ => Self::Repeat(across, down),
        })
    }

    /// The same growth by repetition.
    pub(super) fn repeated(self) -> Self {
        match self {
            Self::Repeat(..) => self,
            Self::Across => Self::Repeat(2, 1),
            Self::Down => Self::Repeat(1, 2),
            Self::Both => Self::Repeat(2, 2),
        }
    }

    /// Row `y` of the image.
    pub(super) fn row<'a, S: Depth>(self, plane: &'a Plane<S>, y: usize, spare: &'a mut Spare<S>) -> &'a [S] {
        // The rows above and below half the rows of the image; the first and the last are their own neighbours.
        let near = plane.line(y / 2);
        let far = if y.is_multiple_of(2) { (y / 2).saturating_sub(1) } else { (y / 2).saturating_add(1) };
        match self {
            Self::Repeat(1, down) => return plane.line(y.checked_div(down).unwrap_or(0)),
            Self::Repeat(across, down) => {
                let line = plane.line(y.checked_div(down).unwrap_or(0));
                spare.row.resize(line.len().saturating_mul(across), S::default());
                for (out, sample) in spare.row.chunks_exact_mut(across.max(1)).zip(line) {
                    out.fill(*sample);
                }
            }
            Self::Across => {
                let line = plane.line(y);
                spare.row.resize(line.len().saturating_mul(2), S::default());
                widen::<S, S, 2>(line, (1, 2), &mut spare.row);
            }
            Self::Down => {
                let bias = if y.is_multiple_of(2) { 1 } else { 2 };
                spare.row.resize(near.len(), S::default());
                for ((out, near), far) in spare.row.iter_mut().zip(near).zip(plane.line(far)) {
                    *out = S::narrow(weighted((*near).into(), (*far).into(), bias) >> 2);
                }
            }
            Self::Both => {
                spare.sums.resize(near.len(), 0);
                for ((sum, near), far) in spare.sums.iter_mut().zip(near).zip(plane.line(far)) {
                    *sum = weighted((*near).into(), (*far).into(), 0);
                }
                spare.row.resize(near.len().saturating_mul(2), S::default());
                widen::<u16, S, 4>(&spare.sums, (8, 7), &mut spare.row);
            }
        }
        &spare.row
    }
}

/// Three times the nearer sample, and the farther one. With 12 bits, and two times over, it just fits into 16.
#[inline]
fn weighted(near: u16, far: u16, bias: u16) -> u16 {
    near.wrapping_mul(3).wrapping_add(far).wrapping_add(bias)
}

/// Twice as many samples: each makes one with its left and one with its right neighbour, rounded off by `SHIFT` bits behind
/// `biases`. The outermost have themselves for neighbours.
#[inline]
fn widen<T: Copy + Into<u16>, S: Depth, const SHIFT: u32>(
    line: &[T],
    (left, right): (u16, u16),
    out: &mut [S],
) {
    let (pairs, _) = out.as_chunks_mut::<2>();
    let pair = |before: T, this: T, after: T| {
        let (before, this, after) = (before.into(), this.into(), after.into());
        [S::narrow(weighted(this, before, left) >> SHIFT), S::narrow(weighted(this, after, right) >> SHIFT)]
    };
    let inner = pairs.get_mut(1..).unwrap_or_default();
    let (this, after) = (line.get(1..).unwrap_or_default(), line.get(2..).unwrap_or_default());
    for (((out, before), this), after) in inner.iter_mut().zip(line).zip(this).zip(after) {
        *out = pair(*before, *this, *after);
    }
    if let ([first, second, ..], Some(out)) = (line, pairs.first_mut()) {
        *out = pair(*first, *first, *second);
    }
    if let ([.., second, last], Some(out)) = (line, pairs.last_mut()) {
        *out = pair(*second, *last, *last);
    }
}
