//! From one CRS to another, through `proj-core`.

use super::Crs;
use crate::error::{Error, Result};
use crate::geo::affine::Bounds;

/// Points along each edge of a box whose edges may become curves; rasterio's number.
const DENSIFY: usize = 21;

/// The way from one CRS to another: points go in and come out as x, y (longitude, latitude), whatever order the
/// registry gives the axes. Heights are left alone.
///
/// ```
/// use memtiff_geotiff::{Crs, CrsTransform};
///
/// # #[cfg(feature = "epsg")] {
/// let transform = CrsTransform::new(&Crs::from_epsg(4326)?, &Crs::from_epsg(32633)?)?;
/// let (x, y) = transform.convert(15.0, 52.0)?;
/// assert!((x - 500_000.0).abs() < 1e-3 && (y - 5_761_038.212).abs() < 1e-3);
/// # }
/// # Ok::<(), memtiff_geotiff::Error>(())
/// ```
#[derive(Debug)]
pub struct CrsTransform(proj_core::Transform);

impl CrsTransform {
    /// # Errors
    ///
    /// When `proj-core` knows no way between the two, or does not have the method of one.
    pub fn new(from: &Crs, to: &Crs) -> Result<Self> {
        let transform =
            proj_core::Transform::from_horizontal_components(&definition(from)?, &definition(to)?);
        transform.map(Self).map_err(|error| failed(&format!("from {from} to {to}"), &error))
    }

    /// # Errors
    ///
    /// When the point has no place in the other CRS.
    pub fn convert(&self, x: f64, y: f64) -> Result<(f64, f64)> {
        self.0.convert((x, y)).map_err(|error| failed(&format!("the point ({x}, {y})"), &error))
    }

    /// The box around a box: its edges are followed, not only its corners.
    ///
    /// # Errors
    ///
    /// When a point of the edge has no place in the other CRS.
    pub fn bounds(&self, bounds: Bounds) -> Result<Bounds> {
        let (bottom, top) = (bounds.bottom.min(bounds.top), bounds.bottom.max(bounds.top));
        let own = proj_core::Bounds::new(bounds.left, bottom, bounds.right, top);
        let found = self.0.transform_bounds(own, DENSIFY).map_err(|error| failed("the bounds", &error))?;
        Ok(Bounds { left: found.min_x, bottom: found.min_y, right: found.max_x, top: found.max_y })
    }
}

/// By its number where it has one, else by its text: the parser knows more methods by their names in version 1.
fn definition(crs: &Crs) -> Result<proj_core::CrsDef> {
    if let Some(known) = crs.epsg().and_then(proj_core::lookup_epsg) {
        return Ok(known);
    }
    let by_version_1 = crs.to_wkt1().ok().and_then(|text| proj_wkt::parse_crs(&text).ok());
    by_version_1.map_or_else(
        || proj_wkt::parse_crs(&crs.to_wkt2()?).map_err(|error| failed(&crs.to_string(), &error)),
        Ok,
    )
}

fn failed(what: &str, error: &dyn std::fmt::Display) -> Error {
    Error::unsupported(format!("the transformation of {what}: {error}"))
}
