//! Windows in coordinates.

use super::affine::{Affine, Bounds};
use crate::error::{Error, Result};
use crate::layout::Window;

impl Window {
    /// The window that covers a box, exactly: it may begin and end within pixels, and reach over the edges of the raster.
    /// In a turned raster it is the smallest one that holds the four corners.
    ///
    /// # Errors
    ///
    /// When pixels have no area, or left and right, or top and bottom, are in another order than the columns and rows of
    /// the transform.
    ///
    /// ```
    /// use memtiff_geotiff::{Affine, Bounds, Window};
    ///
    /// let transform = Affine::from_origin(1000.0, 2000.0, 10.0, 10.0);
    /// let bounds = Bounds { left: 1015.0, bottom: 1960.0, right: 1035.0, top: 1990.0 };
    /// let window = Window::from_bounds(&bounds, transform)?;
    /// assert_eq!(window, Window::new(1.5, 1, 2, 3));
    /// assert_eq!(window.bounds(transform), bounds);
    /// # Ok::<(), memtiff_geotiff::Error>(())
    /// ```
    pub fn from_bounds(bounds: &Bounds, transform: Affine) -> Result<Self> {
        let Bounds { left, bottom, right, top } = *bounds;
        let back = transform
            .inverse()
            .ok_or_else(|| Error::usage("a window from bounds: the pixels of the transform have no area"))?;
        if (right - left) / transform.a < 0.0 || (bottom - top) / transform.e < 0.0 {
            return Err(Error::usage(
                "a window from bounds: left and right, or top and bottom, are the other way round in the raster",
            ));
        }
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
        let corners = corners.map(|(x, y)| back.apply(x, y));
        let least = |edges: [f64; 4]| edges.into_iter().fold(f64::INFINITY, f64::min);
        let most = |edges: [f64; 4]| edges.into_iter().fold(f64::NEG_INFINITY, f64::max);
        let (cols, rows) = (corners.map(|corner| corner.0), corners.map(|corner| corner.1));
        Ok(Self::from_slices(least(rows)..most(rows), least(cols)..most(cols)))
    }

    /// The transform of what is read from the window, at the resolution of the raster whose transform is given.
    #[must_use]
    pub fn transform(&self, transform: Affine) -> Affine {
        let (c, f) = transform.apply(self.col_off, self.row_off);
        Affine { c, f, ..transform }
    }

    /// Left, bottom, right, top of the window: its lower left and upper right corners, as rasterio has it.
    #[must_use]
    pub fn bounds(&self, transform: Affine) -> Bounds {
        let (left, bottom) = transform.apply(self.col_off, self.row_end());
        let (right, top) = transform.apply(self.col_end(), self.row_off);
        Bounds { left, bottom, right, top }
    }
}
