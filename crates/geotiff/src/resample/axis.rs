//! One direction: which samples of the source a new one is made of.

use std::ops::Range;

use super::method::Resampling;

/// What is asked for in one direction: `count` new samples for `size` of the source from `off` on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Span {
    /// Where it begins, and how long it is, in samples of the source.
    pub(crate) off: f64,
    pub(crate) size: f64,
    /// The same in whole samples.
    pub(crate) int_off: i64,
    pub(crate) int_size: i64,
    /// New samples.
    pub(crate) count: usize,
    /// Those of them that are made, counted from 0: all, but where some lie outside of the source.
    pub(crate) wanted: Range<usize>,
    /// Samples of the source.
    pub(crate) limit: usize,
    /// Whether samples lie under a new one as a whole or not at all, as GDAL has it for overviews of complex numbers.
    pub(crate) whole: bool,
}

/// A part of the new samples, and the samples of the source that they are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) new: Range<usize>,
    pub(crate) source: Range<usize>,
}

/// The new samples of a [`Part`], and how they lie over those of its source.
#[derive(Debug, Clone)]
pub(crate) struct Axis {
    /// Samples of the source for a new one.
    pub(super) ratio: f64,
    /// What has to be added to places in the source, because they are counted from a whole sample.
    pub(super) delta: f64,
    /// Where the part of the source begins, counted as `delta` and `new` are, and how many samples it has.
    pub(super) start: i64,
    pub(super) len: usize,
    /// The new samples, counted from where `delta` is.
    pub(super) new: Range<i64>,
    /// For each of them the nearest sample, counted from the beginning of the part.
    pub(super) nearest: Vec<usize>,
    whole: bool,
}

/// What keeps a sample that lies on an edge from being taken for its neighbour.
const EDGE: f64 = 1e-8;

/// The samples that lie under a new one, counted from the beginning of the part, and the weight of the first and the
/// last; those between count 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Under {
    pub(super) first: usize,
    pub(super) end: usize,
    pub(super) first_weight: f64,
    pub(super) last_weight: f64,
}

impl Under {
    /// The same with all weights 1.
    pub(super) fn evenly(&self) -> Self {
        Self { first_weight: 1.0, last_weight: 1.0, ..*self }
    }

    /// The weight of a sample.
    pub(super) fn weight(&self, at: usize) -> f64 {
        if at == self.first {
            self.first_weight
        } else if at.saturating_add(1) == self.end {
            self.last_weight
        } else {
            1.0
        }
    }
}

impl Span {
    /// All `size` samples of a source reduced to `count`, of which `wanted` are made. Overviews have another idea of the
    /// nearest sample than reads: not the one under the middle of the new one, but the one under its beginning.
    #[expect(clippy::cast_precision_loss, reason = "no array has 2^53 columns")]
    pub(crate) fn reduced(size: usize, count: usize, wanted: Range<usize>, method: Resampling) -> Self {
        let int_size = i64::try_from(size).unwrap_or(i64::MAX);
        let (off, whole) = (0.0, false);
        let mut span =
            Self { off, size: size as f64, int_off: 0, int_size, count, wanted, limit: size, whole };
        if method == Resampling::Nearest {
            span.off = 0.5 - 0.5 * span.ratio();
        }
        span
    }

    /// Samples of the source for a new one.
    #[expect(clippy::cast_precision_loss, reason = "no array has 2^53 columns")]
    pub(crate) fn ratio(&self) -> f64 {
        self.size / self.count as f64
    }

    /// For each wanted sample the nearest one of the source.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "clamped to the source, which has less than 2^53 samples"
    )]
    pub(crate) fn nearest(&self) -> Vec<usize> {
        /// GDAL's, against places that come out just before a sample.
        const EPSILON: f64 = 1e-10;
        let ratio = self.ratio();
        let last = self.limit.saturating_sub(1) as f64;
        let place = |i: usize| (i as f64 + 0.5) * ratio + self.off + EPSILON;
        self.wanted.clone().map(|i| place(i).max(0.0).min(last) as usize).collect()
    }

    /// First sample, and how many, if each new sample is one as it is.
    #[expect(clippy::cast_precision_loss, reason = "within an image")]
    pub(crate) fn direct(&self) -> Option<(usize, usize)> {
        let whole = self.off == self.int_off as f64 && self.size == self.count as f64;
        let start = i64::try_from(self.wanted.start).ok()?.checked_add(self.int_off)?;
        let inside = |start: &usize| start.saturating_add(self.wanted.len()) <= self.limit;
        let start = usize::try_from(start).ok().filter(inside)?;
        whole.then_some((start, self.wanted.len()))
    }

    /// What samples of the source `new` ones are made of, `margin` more on each side.
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "within an image")]
    fn source(&self, new: &Range<usize>, margin: i64) -> Range<usize> {
        let ratio = self.ratio();
        let first = self.int_off.saturating_add((new.start as f64 * ratio) as i64);
        let end = self.int_off.saturating_add(1).saturating_add((new.end as f64 * ratio).ceil() as i64);
        let limit = i64::try_from(self.limit).unwrap_or(i64::MAX);
        let first = first.saturating_sub(margin).clamp(0, limit.saturating_sub(1).max(0));
        let end = end.min(limit).saturating_add(margin).clamp(first.saturating_add(1), limit.max(1));
        usize::try_from(first).unwrap_or(0)..usize::try_from(end).unwrap_or(self.limit)
    }

    /// Samples of the source that the wanted ones may be made of, whatever parts they are made in; `other` is the other
    /// direction.
    pub(crate) fn around(&self, method: Resampling, other: &Self) -> Range<usize> {
        let factor = self.factor().max(other.factor()).saturating_add(1);
        self.source(&self.wanted, i64::from(method.radius()).saturating_add(1).saturating_mul(factor))
    }

    /// Samples of the source for one new one, in whole numbers.
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    fn factor(&self) -> i64 {
        ((0.5 + self.ratio()) as i64).max(1)
    }

    /// How the new samples of a part lie over its source. A place that is a whole number of new samples from the
    /// beginning of the source counts from there, so that a part of an image gives what the whole gives.
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "within an image")]
    pub(crate) fn axis(&self, part: &Part) -> Axis {
        let ratio = self.ratio();
        let before = self.off / ratio;
        let whole = (before + 0.5) as i64;
        let counts_from_zero = (before - whole as f64).abs() < EDGE;
        let (origin, shift, delta) = if counts_from_zero {
            (0, whole, 0.0)
        } else {
            (self.int_off, 0, self.off - self.int_off as f64)
        };
        let signed = |at: usize| i64::try_from(at).unwrap_or(i64::MAX);
        let new = |at: usize| signed(at).saturating_add(shift);
        let within = |at: usize| at.clamp(part.source.start, part.source.end.saturating_sub(1));
        let nearest = Self { wanted: part.new.clone(), ..self.clone() }.nearest();
        Axis {
            ratio,
            delta,
            start: signed(part.source.start).saturating_sub(origin),
            len: part.source.len(),
            new: new(part.new.start)..new(part.new.end),
            nearest: nearest.into_iter().map(|at| within(at).saturating_sub(part.source.start)).collect(),
            whole: self.whole,
        }
    }
}

/// Divides both directions into parts of which none needs much more than a million samples of the source, as GDAL
/// divides them: a kernel does not look over the edge of its part's source. `block` is the width of the image's blocks;
/// `together` is whether both directions get the margin of the wider one.
pub(crate) fn divide(
    method: Resampling,
    (rows, cols): (&Span, &Span),
    block: usize,
    together: bool,
) -> (Vec<Part>, Vec<Part>) {
    let (height, width) = part_size(rows, cols, block);
    let (row_factor, col_factor) = (rows.factor(), cols.factor());
    let both = row_factor.max(col_factor);
    let margin =
        |factor: i64| i64::from(method.radius()).saturating_mul(if together { both } else { factor });
    let parts = |span: &Span, size: usize, margin: i64| {
        let starts = span.wanted.clone().step_by(size.max(1));
        let part = |start: usize| {
            let new = start..start.saturating_add(size).min(span.wanted.end);
            let source = span.source(&new, margin);
            Part { new, source }
        };
        starts.map(part).collect()
    };
    (parts(rows, height, margin(row_factor)), parts(cols, width, margin(col_factor)))
}

/// New rows and columns of a part.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "saturates, and positive"
)]
fn part_size(rows: &Span, cols: &Span, block: usize) -> (usize, usize) {
    const MOST: usize = 1 << 20;
    let (mut height, mut width) = (rows.wanted.len().max(1), cols.wanted.len().max(1));
    let needed =
        |span: &Span, new: usize| ((new as f64 * span.ratio()) as usize).saturating_add(3).min(span.limit);
    loop {
        let (source_height, source_width) = (needed(rows, height), needed(cols, width));
        if (width == 1 && height == 1) || source_width.saturating_mul(source_height) <= MOST {
            break;
        }
        let whole_rows = i64::try_from(source_width).is_ok_and(|width| width >= cols.int_size)
            && i64::try_from(block).is_ok_and(|block| block == cols.int_size);
        if whole_rows && height > 1 {
            height /= 2;
        } else if width > 1 && (source_width > source_height || height == 1) {
            width /= 2;
        } else {
            height /= 2;
        }
        (height, width) = (height.max(1), width.max(1));
    }
    // Where there are more new samples than old ones, GDAL makes all at once; a kernel reaches no farther for it.
    while height.saturating_mul(width) > MOST {
        match (rows.ratio() <= 1.0 && height > 1, cols.ratio() <= 1.0 && width > 1) {
            (true, _) => height /= 2,
            (false, true) => width /= 2,
            _ => break,
        }
    }
    (height, width)
}

impl Axis {
    /// New samples.
    pub(super) fn count(&self) -> usize {
        usize::try_from(self.new.end.saturating_sub(self.new.start)).unwrap_or(0)
    }

    /// A place in the source, counted from the beginning of the part.
    fn in_part(&self, at: i64) -> usize {
        usize::try_from(at.saturating_sub(self.start)).unwrap_or(0).min(self.len)
    }

    fn end(&self) -> i64 {
        self.start.saturating_add(i64::try_from(self.len).unwrap_or(i64::MAX))
    }

    /// What lies under each new sample.
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "within an image")]
    pub(super) fn under(&self) -> Vec<Under> {
        let under = |i: i64| {
            let (off, off_end) =
                (self.delta + i as f64 * self.ratio, self.delta + (i as f64 + 1.0) * self.ratio);
            let (off, off_end) =
                if self.whole { ((off + 0.5).floor(), (off_end + 0.5).floor()) } else { (off, off_end) };
            let first = ((off + EDGE) as i64).max(self.start);
            let end = (off_end - EDGE).ceil() as i64;
            let end = if end == first { end.saturating_add(1) } else { end }.min(self.end());
            let alone = end == first.saturating_add(1);
            Under {
                first: self.in_part(first),
                end: self.in_part(end),
                first_weight: if alone { 1.0 } else { 1.0 - (off - first as f64) },
                last_weight: 1.0 - (end as f64 - off_end),
            }
        };
        self.new.clone().map(under).collect()
    }

    /// The samples that the kernel of each new sample reaches, counted from the beginning of the part, and their weights.
    /// Distances are added up `step` at a time, as GDAL does: at the end of a kernel it is rounding that decides.
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "within an image")]
    pub(super) fn weights(&self, kernel: fn(f64) -> f64, radius: u8, step: u8) -> Vec<(usize, Vec<f64>)> {
        let scale = (1.0 / self.ratio).min(1.0);
        let reach = f64::from(radius) / scale;
        let step = i64::from(step.max(1));
        let weights = |i: i64| {
            let centre = (i as f64 + 0.5) * self.ratio + self.delta;
            let first = ((centre - reach + 0.5).floor() as i64).max(self.start);
            let end = ((centre + reach + 0.5) as i64).min(self.end());
            let mut distance = scale * (first as f64 - centre + 0.5);
            let mut weights = Vec::new();
            for at in 0..end.saturating_sub(first) {
                let within = at.checked_rem(step).unwrap_or(0);
                if within == 0 && at > 0 {
                    distance += step as f64 * scale;
                }
                weights.push(kernel(distance + within as f64 * scale));
            }
            (self.in_part(first), weights)
        };
        self.new.clone().map(weights).collect()
    }

    /// Where the window of `size` samples of a bell curve begins for each new sample, counted from the beginning of the
    /// part, how much of it lies before that, and how many samples of it there are.
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "within an image")]
    pub(super) fn bells(&self, size: i64) -> Vec<(usize, usize, usize)> {
        let bell = |i: i64| {
            let mut first = (0.5 + i as f64 * self.ratio) as i64;
            let mut end = ((0.5 + (i as f64 + 1.0) * self.ratio) as i64).saturating_add(1);
            if first < self.start {
                first = self.start;
                end = end.saturating_add(1);
            }
            let middle = first.saturating_add(end.saturating_sub(first) / 2);
            let first = middle.saturating_sub(size / 2);
            let end = first.saturating_add(size).min(self.end());
            let before = self.start.saturating_sub(first).max(0);
            let (first, end) = (self.in_part(first.max(self.start)), self.in_part(end));
            (first, usize::try_from(before).unwrap_or(0), end.saturating_sub(first))
        };
        self.new.clone().map(bell).collect()
    }

    /// Samples of the source for a new one.
    pub(super) fn ratio(&self) -> f64 {
        self.ratio
    }
}
