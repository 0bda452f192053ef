//! Rectangles of pixels.

/// A rectangle of pixels: column offset, row offset, width, height.
///
/// ```
/// use memtiff_geotiff::Window;
///
/// let window = Window::new(10, 20, 100, 50);
/// assert_eq!(window.intersection(&Window::new(0, 0, 40, 40)), Some(Window::new(10, 20, 30, 20)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    /// First column.
    pub col_off: usize,
    /// First row.
    pub row_off: usize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Window {
    /// The window of `width` columns and `height` rows that begins at column `col_off` and row `row_off`.
    #[must_use]
    pub const fn new(col_off: usize, row_off: usize, width: usize, height: usize) -> Self {
        Self { col_off, row_off, width, height }
    }

    /// The column after the last one.
    #[must_use]
    pub const fn col_end(&self) -> usize {
        self.col_off.saturating_add(self.width)
    }

    /// The row after the last one.
    #[must_use]
    pub const fn row_end(&self) -> usize {
        self.row_off.saturating_add(self.height)
    }

    /// Whether `other` lies inside.
    #[must_use]
    pub const fn contains(&self, other: &Self) -> bool {
        other.col_off >= self.col_off
            && other.row_off >= self.row_off
            && other.col_end() <= self.col_end()
            && other.row_end() <= self.row_end()
    }

    /// What both have in common; `None` if that is no pixel.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        let col_off = self.col_off.max(other.col_off);
        let row_off = self.row_off.max(other.row_off);
        let width = self.col_end().min(other.col_end()).checked_sub(col_off).filter(|n| *n > 0)?;
        let height = self.row_end().min(other.row_end()).checked_sub(row_off).filter(|n| *n > 0)?;
        Some(Self { col_off, row_off, width, height })
    }
}

impl std::fmt::Display for Window {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "columns {}..{}, rows {}..{}", self.col_off, self.col_end(), self.row_off, self.row_end())
    }
}
