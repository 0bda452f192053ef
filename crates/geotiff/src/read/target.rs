//! What a request comes to: which image, which of its pixels, and how many of them are made of those.

use super::request::ReadRequest;
use super::source::Level;
use crate::error::{Error, Result};
use crate::layout::{Rect, Window};
use crate::resample::{Resampling, Span};

/// What is read of an image.
#[derive(Debug, Clone)]
pub(super) struct Target<'a> {
    pub(super) level: Level<'a>,
    /// Where the image stands among the reduced copies; `None` for full resolution.
    pub(super) overview: Option<usize>,
    pub(super) rows: Span,
    pub(super) cols: Span,
    pub(super) method: Resampling,
    /// Whether GDAL looks for a reduced copy band by band: where it has to be reduced in one direction only.
    pub(super) by_band: bool,
    boundless: bool,
}

/// How far beyond an edge a window may reach that is meant to end there.
const NEARLY: f64 = 1e-6;

impl<'a> Target<'a> {
    /// Holds a request against an image; `overview` is where that stands among the reduced copies.
    pub(super) fn new(level: Level<'a>, overview: Option<usize>, request: &ReadRequest) -> Result<Self> {
        let (rows, cols) = spans(request, level.image.height, level.image.width)?;
        let (method, boundless) = (request.resampling, request.boundless);
        let mut target = Self { level, overview, rows, cols, method, by_band: false, boundless };
        target.keep_inside();
        Ok(target)
    }

    /// What lies inside of the image, each band by itself.
    pub(super) fn of_spans(
        level: Level<'a>,
        overview: Option<usize>,
        (rows, cols): (Span, Span),
        method: Resampling,
    ) -> Self {
        Self { level, overview, rows, cols, method, by_band: true, boundless: false }
    }

    /// The same of a reduced copy of the image, if one fits.
    pub(super) fn fitting(mut self, copies: impl Iterator<Item = (usize, Level<'a>)>) -> Self {
        if self.take_fitting(copies) {
            self.keep_inside();
        }
        self
    }

    /// Leaves new pixels out that lie in no pixel of the image. Only a boundless read has such.
    fn keep_inside(&mut self) {
        if self.boundless {
            self.rows.keep_inside();
            self.cols.keep_inside();
        }
    }

    /// Goes to the most reduced copy that still has enough pixels, as GDAL does.
    fn take_fitting(&mut self, copies: impl Iterator<Item = (usize, Level<'a>)>) -> bool {
        let fewer = |span: &Span| i64::try_from(span.count).is_ok_and(|count| count < span.int_size);
        let reduced = [&self.rows, &self.cols].map(fewer);
        if reduced == [false, false] {
            return false;
        }
        let mut copies = copies.peekable();
        let has_copies = copies.peek().is_some();
        self.by_band = has_copies && reduced != [true, true];
        let wanted = self.reduction();
        let tolerance = if self.method == Resampling::Nearest { 1.2 } else { 1.0 };
        let mut best: Option<(usize, Level<'a>, f64)> = None;
        for (index, level) in copies {
            let (rows, cols) = (self.rows.limit, self.cols.limit);
            if level.image.width > cols || level.image.height > rows {
                continue;
            }
            let reduction = factor(cols, level.image.width).min(factor(rows, level.image.height));
            let least = best.map_or(0.0, |(.., least)| least);
            if reduction < wanted * tolerance + NUMERICAL && reduction > least {
                best = Some((index, level, reduction));
                if (wanted - reduction).abs() < NUMERICAL {
                    break;
                }
            }
        }
        let Some((index, level, _)) = best else {
            self.by_band |= has_copies;
            return false;
        };
        self.rows.scale(level.image.height);
        self.cols.scale(level.image.width);
        (self.level, self.overview) = (level, Some(index));
        true
    }

    /// Pixels of the image for a new one, along the direction in which they are fewer.
    #[expect(clippy::cast_precision_loss, reason = "within an image")]
    fn reduction(&self) -> f64 {
        let along = |span: &Span| span.int_size as f64 / span.count as f64;
        let (rows, cols) = (along(&self.rows), along(&self.cols));
        if cols < rows || self.rows.count == 1 { cols } else { rows }
    }

    /// A rectangle of the image that holds all pixels which the wanted ones are made of.
    pub(super) fn around(&self) -> Rect {
        let (rows, cols) = (&self.rows, &self.cols);
        let (rows, cols) = (rows.around(self.method, cols), cols.around(self.method, rows));
        Rect::new(cols.start, rows.start, cols.len(), rows.len())
    }

    /// New rows and columns.
    pub(super) fn shape(&self) -> (usize, usize) {
        (self.rows.count, self.cols.count)
    }

    /// The pixels that are asked for, where each is one of the image's as it is.
    pub(super) fn direct(&self) -> Option<Rect> {
        let (row_off, height) = self.rows.direct()?;
        let (col_off, width) = self.cols.direct()?;
        Some(Rect::new(col_off, row_off, width, height))
    }

    /// Whether every new pixel lies in the image.
    pub(super) fn is_inside(&self) -> bool {
        self.rows.is_inside() && self.cols.is_inside()
    }
}

/// What GDAL takes two reductions for the same by.
const NUMERICAL: f64 = 0.1;

#[expect(clippy::cast_precision_loss, reason = "within an image")]
fn factor(full: usize, reduced: usize) -> f64 {
    full as f64 / reduced as f64
}

/// Rows and columns that are asked for, in pixels of an image.
fn spans(request: &ReadRequest, height: usize, width: usize) -> Result<(Span, Span)> {
    let whole = Window::new(0, 0, width, height);
    let asked = request.window.unwrap_or(whole);
    let refuse = |what: &str| Err(Error::usage(format!("window ({asked}) {what} ({whole})")));
    let numbers = [asked.col_off, asked.row_off, asked.width, asked.height];
    if asked.is_empty() || numbers.iter().any(|number| !number.is_finite()) {
        return refuse("is empty, or not made of numbers; the image has");
    }
    let grown = Window::new(-NEARLY, -NEARLY, whole.width + 2.0 * NEARLY, whole.height + 2.0 * NEARLY);
    if !request.boundless && !grown.contains(&asked) {
        return refuse("is not inside the image, and the read is not boundless; the image has");
    }
    if numbers.iter().any(|number| number.abs() > FARTHEST) {
        return refuse("lies farther away than any pixel; the image has");
    }
    let window = if request.boundless { asked } else { asked.crop(height, width) };
    let (rows, columns) = request.shape.unwrap_or_else(|| {
        let rounded = Window { col_off: 0.0, row_off: 0.0, ..window.round_lengths() };
        let (rows, columns) = rounded.to_slices();
        (rows.len(), columns.len())
    });
    if rows == 0 || columns == 0 {
        return Err(Error::usage(format!(
            "an array of {rows} rows and {columns} columns would hold nothing"
        )));
    }
    let rows = span(window.row_off, window.height, rows, height);
    let cols = span(window.col_off, window.width, columns, width);
    Ok((rows, cols))
}

/// Beyond this no pixel is.
const FARTHEST: f64 = 1e15;

#[expect(clippy::cast_possible_truncation, reason = "no farther than FARTHEST")]
fn span(off: f64, size: f64, count: usize, limit: usize) -> Span {
    let (int_off, int_size) = (off.floor() as i64, (size as i64).max(1));
    Span { off, size, int_off, int_size, count, wanted: 0..count, limit, whole: false }
}

impl Span {
    /// Counts in pixels of a copy of the image that has `limit` of them.
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "within an image")]
    fn scale(&mut self, limit: usize) {
        let factor = factor(self.limit, limit);
        let last = i64::try_from(limit).unwrap_or(i64::MAX);
        let rounded = |number: i64| (number as f64 / factor + 0.5) as i64;
        self.int_off = rounded(self.int_off).min(last.saturating_sub(1));
        self.int_size = rounded(self.int_size).max(1).min(last.saturating_sub(self.int_off).max(1));
        (self.off, self.size, self.limit) = (self.off / factor, self.size / factor, limit);
    }

    /// Wants only new samples whose middle lies in the image.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within an image, or saturates"
    )]
    fn keep_inside(&mut self) {
        let (limit, ratio, count) = (self.limit as f64, self.ratio(), self.count);
        // The first new sample whose middle lies at or behind a place.
        let first = |place: f64| (((place - self.off) / ratio - 0.5).ceil().max(0.0) as usize).min(count);
        let (start, end) = (first(0.0), first(limit));
        self.wanted = start..end.max(start);
    }

    fn is_inside(&self) -> bool {
        self.wanted == (0..self.count)
    }
}
