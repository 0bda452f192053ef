//! The affine transform from pixels to coordinates.

/// From pixel (column, row) to coordinates (x, y):
///
/// ```text
/// x = a * column + b * row + c
/// y = d * column + e * row + f
/// ```
///
/// Column 0, row 0 is the upper left *corner* of the upper left pixel. Letters and order are those of the
/// Python package affine, which rasterio uses; GDAL's geotransform holds the same numbers as
/// `[c, a, b, f, d, e]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Affine {
    /// Change of x with the column.
    pub a: f64,
    /// Change of x with the row.
    pub b: f64,
    /// x of the origin.
    pub c: f64,
    /// Change of y with the column.
    pub d: f64,
    /// Change of y with the row; negative when north is up.
    pub e: f64,
    /// y of the origin.
    pub f: f64,
}

/// A rectangle in coordinates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// Smallest x; for an unrotated raster, x of its first column's left edge.
    pub left: f64,
    /// y of the lower edge.
    pub bottom: f64,
    /// x of the right edge.
    pub right: f64,
    /// y of the upper edge.
    pub top: f64,
}

impl Affine {
    /// Pixels are coordinates: what a raster without georeferencing has.
    pub const IDENTITY: Self = Self { a: 1.0, b: 0.0, c: 0.0, d: 0.0, e: 1.0, f: 0.0 };

    /// The six numbers in the order a, b, c, d, e, f.
    #[must_use]
    pub const fn to_array(self) -> [f64; 6] {
        [self.a, self.b, self.c, self.d, self.e, self.f]
    }

    /// The coordinates of a point given as (column, row).
    ///
    /// ```
    /// use memtiff_geotiff::Affine;
    ///
    /// let affine = Affine { a: 30.0, b: 0.0, c: 500_000.0, d: 0.0, e: -30.0, f: 4_600_000.0 };
    /// assert_eq!(affine.apply(10.0, 2.0), (500_300.0, 4_599_940.0));
    /// ```
    #[must_use]
    pub fn apply(self, column: f64, row: f64) -> (f64, f64) {
        (self.a * column + self.b * row + self.c, self.d * column + self.e * row + self.f)
    }

    /// From an upper left corner and the size of a pixel: north up.
    #[must_use]
    pub const fn from_origin(west: f64, north: f64, x_size: f64, y_size: f64) -> Self {
        Self { a: x_size, b: 0.0, c: west, d: 0.0, e: -y_size, f: north }
    }

    /// The numbers as GDAL's geotransform orders them: c, a, b, f, d, e.
    #[must_use]
    pub const fn to_gdal(self) -> [f64; 6] {
        [self.c, self.a, self.b, self.f, self.d, self.e]
    }

    /// From GDAL's geotransform.
    #[must_use]
    pub const fn from_gdal([c, a, b, f, d, e]: [f64; 6]) -> Self {
        Self { a, b, c, d, e, f }
    }

    /// Whether rows run south and columns east, and nothing is turned.
    #[must_use]
    pub fn is_north_up(self) -> bool {
        self.b == 0.0 && self.d == 0.0 && self.a > 0.0 && self.e < 0.0
    }

    /// The area of a pixel in squared units of the CRS, negative for rows that run south; 0 if it cannot be inverted.
    #[must_use]
    pub fn determinant(self) -> f64 {
        self.a * self.e - self.b * self.d
    }

    /// From coordinates back to (column, row); `None` if pixels have no area.
    ///
    /// ```
    /// use memtiff_geotiff::Affine;
    ///
    /// let affine = Affine::from_origin(500_000.0, 4_600_000.0, 30.0, 30.0);
    /// assert_eq!(affine.inverse().map(|back| back.apply(500_300.0, 4_599_940.0)), Some((10.0, 2.0)));
    /// ```
    #[must_use]
    pub fn inverse(self) -> Option<Self> {
        let determinant = self.determinant();
        if determinant == 0.0 || !determinant.is_finite() {
            return None;
        }
        let (a, b, d, e) =
            (self.e / determinant, -self.b / determinant, -self.d / determinant, self.a / determinant);
        Some(Self { a, b, c: -self.c * a - self.f * b, d, e, f: -self.c * d - self.f * e })
    }

    /// The coordinates of the centre of a pixel, which may lie outside of the raster.
    ///
    /// ```
    /// use memtiff_geotiff::Affine;
    ///
    /// let affine = Affine::from_origin(500_000.0, 4_600_000.0, 30.0, 30.0);
    /// assert_eq!(affine.xy(0, 0), (500_015.0, 4_599_985.0));
    /// assert_eq!(affine.rowcol(500_015.0, 4_599_985.0), Some((0, 0)));
    /// ```
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "no raster has 2^53 rows")]
    pub fn xy(self, row: i64, column: i64) -> (f64, f64) {
        self.apply(column as f64 + 0.5, row as f64 + 0.5)
    }

    /// Row and column of the pixel that a point lies in, which may lie outside of the raster; `None` if pixels have no
    /// area, or the point is not finite.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "saturates: farther away no pixel is")]
    pub fn rowcol(self, x: f64, y: f64) -> Option<(i64, i64)> {
        let (column, row) = self.inverse()?.apply(x, y);
        if column.is_finite() && row.is_finite() {
            Some((row.floor() as i64, column.floor() as i64))
        } else {
            None
        }
    }

    /// Width and height of a pixel in units of the CRS, both positive.
    #[must_use]
    pub fn resolution(self) -> (f64, f64) {
        if self.b == 0.0 && self.d == 0.0 {
            (self.a.abs(), self.e.abs())
        } else {
            // As rasterio has it, to the last bit, where `hypot` may differ.
            ((self.a * self.a + self.d * self.d).sqrt(), (self.b * self.b + self.e * self.e).sqrt())
        }
    }

    /// The bounds of a raster of `width` columns and `height` rows. For an unrotated raster `left`, `top`
    /// are those of its first pixel and `right`, `bottom` of its last, as in rasterio: a south-up raster has
    /// `top` below `bottom`. For a rotated one they are the box around its corners.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "TIFF dimensions have 32 bits")]
    pub fn bounds(self, width: usize, height: usize) -> Bounds {
        let (width, height) = (width as f64, height as f64);
        if self.b == 0.0 && self.d == 0.0 {
            let (right, bottom) = (self.c + self.a * width, self.f + self.e * height);
            return Bounds { left: self.c, bottom, right, top: self.f };
        }
        let corners = [(0.0, 0.0), (0.0, height), (width, height), (width, 0.0)];
        let corners = corners.map(|(column, row)| self.apply(column, row));
        let over = |pick: fn(&(f64, f64)) -> f64, fold: fn(f64, f64) -> f64, start: f64| {
            corners.iter().map(pick).fold(start, fold)
        };
        Bounds {
            left: over(|c| c.0, f64::min, f64::INFINITY),
            bottom: over(|c| c.1, f64::min, f64::INFINITY),
            right: over(|c| c.0, f64::max, f64::NEG_INFINITY),
            top: over(|c| c.1, f64::max, f64::NEG_INFINITY),
        }
    }
}

/// One after the other: `(a * b).apply(p)` is `a` of what `b` makes of `p`.
///
/// ```
/// use memtiff_geotiff::Affine;
///
/// let affine = Affine::from_origin(100.0, 200.0, 10.0, 10.0);
/// let shifted = affine * Affine { c: 3.0, f: 2.0, ..Affine::IDENTITY };
/// assert_eq!(shifted, Affine::from_origin(130.0, 180.0, 10.0, 10.0));
/// ```
impl std::ops::Mul for Affine {
    type Output = Self;

    fn mul(self, first: Self) -> Self {
        let (c, f) = self.apply(first.c, first.f);
        Self {
            a: self.a * first.a + self.b * first.d,
            b: self.a * first.b + self.b * first.e,
            c,
            d: self.d * first.a + self.e * first.d,
            e: self.d * first.b + self.e * first.e,
            f,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_of_straight_and_turned_rasters() {
        let north_up = Affine { a: 2.0, b: 0.0, c: 10.0, d: 0.0, e: -3.0, f: 100.0 };
        assert_eq!(north_up.bounds(5, 10), Bounds { left: 10.0, bottom: 70.0, right: 20.0, top: 100.0 });
        assert_eq!(north_up.resolution(), (2.0, 3.0));
        let quarter_turn = Affine { a: 0.0, b: 1.0, c: 0.0, d: 1.0, e: 0.0, f: 0.0 };
        assert_eq!(quarter_turn.bounds(5, 10), Bounds { left: 0.0, bottom: 0.0, right: 10.0, top: 5.0 });
    }
}
