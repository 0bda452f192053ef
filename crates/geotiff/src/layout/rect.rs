//! Rectangles of pixels.

/// A rectangle of whole pixels in an image: column offset, row offset, width, height. What users ask for is a
/// [`Window`](super::Window).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rect {
    /// First column.
    pub(crate) col_off: usize,
    /// First row.
    pub(crate) row_off: usize,
    /// Columns.
    pub(crate) width: usize,
    /// Rows.
    pub(crate) height: usize,
}

impl Rect {
    /// The window of `width` columns and `height` rows that begins at column `col_off` and row `row_off`.
    pub(crate) const fn new(col_off: usize, row_off: usize, width: usize, height: usize) -> Self {
        Self { col_off, row_off, width, height }
    }

    /// What it has in common with another; without width or height where they do not meet.
    pub(crate) fn common(&self, other: &Self) -> Self {
        let (col_off, row_off) = (self.col_off.max(other.col_off), self.row_off.max(other.row_off));
        let width = self.col_end().min(other.col_end()).saturating_sub(col_off);
        let height = self.row_end().min(other.row_end()).saturating_sub(row_off);
        Self::new(col_off, row_off, width, height)
    }

    /// The column after the last one.
    pub(crate) const fn col_end(&self) -> usize {
        self.col_off.saturating_add(self.width)
    }

    /// The row after the last one.
    pub(crate) const fn row_end(&self) -> usize {
        self.row_off.saturating_add(self.height)
    }
}

impl std::fmt::Display for Rect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "columns {}..{}, rows {}..{}", self.col_off, self.col_end(), self.row_off, self.row_end())
    }
}
