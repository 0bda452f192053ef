//! Windows: the part of a raster that somebody asks for.

use std::fmt;
use std::ops::Range;

use super::rect::Rect;
use crate::error::{Error, Result};

/// A number of pixels: any integer or float.
pub trait Pixels {
    /// As a double; integers beyond 2^53 are rounded.
    fn pixels(self) -> f64;
}

macro_rules! pixels {
    ($($type:ty),*) => {
        $(impl Pixels for $type {
            #[allow(clippy::cast_precision_loss, clippy::cast_lossless, reason = "documented")]
            fn pixels(self) -> f64 {
                self as f64
            }
        })*
    };
}

pixels!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize, f32, f64);

/// A rectangle in pixels: column offset, row offset, width, height. They may be fractions, and a window may reach over
/// the edges of a raster. It is what rasterio calls by this name, with the same arithmetic.
///
/// ```
/// use memtiff_geotiff::Window;
///
/// let window = Window::new(10, 20, 100, 50);
/// assert_eq!(window.intersection(&Window::new(0, 0, 40, 40)), Some(Window::new(10, 20, 30, 20)));
/// assert_eq!(Window::from_slices(20..70, 10..110), window);
/// assert_eq!(window.subdivide(50, 60).count(), 2);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// Where it begins, in columns.
    pub col_off: f64,
    /// Where it begins, in rows.
    pub row_off: f64,
    /// Columns.
    pub width: f64,
    /// Rows.
    pub height: f64,
}

impl Window {
    /// The window of `width` columns and `height` rows that begins at column `col_off` and row `row_off`.
    #[must_use]
    pub fn new(col_off: impl Pixels, row_off: impl Pixels, width: impl Pixels, height: impl Pixels) -> Self {
        Self {
            col_off: col_off.pixels(),
            row_off: row_off.pixels(),
            width: width.pixels(),
            height: height.pixels(),
        }
    }

    /// From a range of rows and one of columns. One that ends before it begins is empty.
    #[must_use]
    pub fn from_slices<T: Pixels>(rows: Range<T>, cols: Range<T>) -> Self {
        let (row_off, row_end) = (rows.start.pixels(), rows.end.pixels());
        let (col_off, col_end) = (cols.start.pixels(), cols.end.pixels());
        Self::from_edges(col_off, row_off, col_end, row_end)
    }

    fn from_edges(col_off: f64, row_off: f64, col_end: f64, row_end: f64) -> Self {
        Self { col_off, row_off, width: (col_end - col_off).max(0.0), height: (row_end - row_off).max(0.0) }
    }

    /// Where its columns end.
    #[must_use]
    pub fn col_end(&self) -> f64 {
        self.col_off + self.width
    }

    /// Where its rows end.
    #[must_use]
    pub fn row_end(&self) -> f64 {
        self.row_off + self.height
    }

    /// The ranges of its rows and of its columns.
    #[must_use]
    pub fn to_ranges(&self) -> (Range<f64>, Range<f64>) {
        (self.row_off..self.row_end(), self.col_off..self.col_end())
    }

    /// The ranges of rows and of columns that hold all of it, for slicing an array: starts are rounded down, ends up, and
    /// nothing is below 0.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and is rounded")]
    pub fn to_slices(&self) -> (Range<usize>, Range<usize>) {
        let slice = |Range { start, end }: Range<f64>| start.floor() as usize..end.ceil() as usize;
        let (rows, cols) = self.to_ranges();
        (slice(rows), slice(cols))
    }

    /// Whether it has no area.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !(self.width > 0.0 && self.height > 0.0)
    }

    /// What both have in common; `None` if that has no area.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        let common = Self::from_edges(
            self.col_off.max(other.col_off),
            self.row_off.max(other.row_off),
            self.col_end().min(other.col_end()),
            self.row_end().min(other.row_end()),
        );
        (!common.is_empty()).then_some(common)
    }

    /// The smallest window that holds both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self::from_edges(
            self.col_off.min(other.col_off),
            self.row_off.min(other.row_off),
            self.col_end().max(other.col_end()),
            self.row_end().max(other.row_end()),
        )
    }

    /// Whether `other` lies inside.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        other.col_off >= self.col_off
            && other.row_off >= self.row_off
            && other.col_end() <= self.col_end()
            && other.row_end() <= self.row_end()
    }

    /// The part of it that lies in a raster of `height` rows and `width` columns; empty if there is none.
    ///
    /// ```
    /// use memtiff_geotiff::Window;
    ///
    /// assert_eq!(Window::new(-5, 90, 10, 20).crop(100, 100), Window::new(0, 90, 5, 10));
    /// ```
    #[must_use]
    pub fn crop(&self, height: usize, width: usize) -> Self {
        let (height, width) = (height.pixels(), width.pixels());
        Self::from_edges(
            self.col_off.max(0.0).min(width),
            self.row_off.max(0.0).min(height),
            self.col_end().min(width).max(0.0),
            self.row_end().min(height).max(0.0),
        )
    }

    /// The pixels of a window that begins and ends between pixels of an image, and within it.
    ///
    /// # Errors
    ///
    /// When it does not.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, and in range")]
    pub(crate) fn within(&self, width: usize, height: usize) -> Result<Rect> {
        let Self { col_off, row_off, width: columns, height: rows } = *self;
        let whole = [col_off, row_off, columns, rows].into_iter().all(|n| n >= 0.0 && n.fract() == 0.0);
        if !whole || self.col_end() > width.pixels() || self.row_end() > height.pixels() {
            return Err(Error::usage(format!(
                "window of {self}: whole pixels of an image of {width} columns and {height} rows are needed"
            )));
        }
        Ok(Rect::new(col_off as usize, row_off as usize, columns as usize, rows as usize))
    }

    /// With offsets rounded down, but for the last tenth of a pixel. The lengths stay.
    #[must_use]
    pub fn round_offsets(&self) -> Self {
        const NEARLY: f64 = 0.1;
        let round = |offset: f64| (offset + NEARLY).floor();
        Self { col_off: round(self.col_off), row_off: round(self.row_off), ..*self }
    }

    /// With lengths rounded to the nearest whole numbers, halves up. The offsets stay.
    #[must_use]
    pub fn round_lengths(&self) -> Self {
        let round = |length: f64| (length + 0.5).floor();
        Self { width: round(self.width), height: round(self.height), ..*self }
    }

    /// The smallest window of whole blocks of `height` rows and `width` columns that holds it.
    #[must_use]
    pub fn round_to_blocks(&self, height: usize, width: usize) -> Self {
        let down = |edge: f64, block: usize| (edge / block.pixels()).floor() * block.pixels();
        let up = |edge: f64, block: usize| (edge / block.pixels()).ceil() * block.pixels();
        Self::from_edges(
            down(self.col_off, width),
            down(self.row_off, height),
            up(self.col_end(), width),
            up(self.row_end(), height),
        )
    }

    /// Divides it into windows of `height` rows and `width` columns at most, row by row: the last ones are smaller where
    /// it does not come out even. None if the lengths are 0.
    pub fn subdivide(&self, height: usize, width: usize) -> impl Iterator<Item = Self> + use<> {
        let whole = *self;
        let (rows, cols) = (steps(whole.height, height), steps(whole.width, width));
        (0..rows).flat_map(move |row| {
            (0..cols).map(move |col| {
                let part = |off: f64, step: u64, size: usize, end: f64| {
                    let start = off + step.pixels() * size.pixels();
                    (start, (start + size.pixels()).min(end))
                };
                let (row_off, row_end) = part(whole.row_off, row, height, whole.row_end());
                let (col_off, col_end) = part(whole.col_off, col, width, whole.col_end());
                Self::from_edges(col_off, row_off, col_end, row_end)
            })
        })
    }
}

/// Parts of `size` that it takes for a length.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and is rounded")]
fn steps(length: f64, size: usize) -> u64 {
    if size == 0 { 0 } else { (length / size.pixels()).ceil() as u64 }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "columns {}..{}, rows {}..{}", self.col_off, self.col_end(), self.row_off, self.row_end())
    }
}
