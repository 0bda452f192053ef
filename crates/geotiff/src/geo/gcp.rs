//! Ground control points.

use super::keys::RasterType;
use crate::error::Result;
use crate::ifd::Fields;
use crate::limits::Budget;
use crate::tag::Tag;

/// A ground control point: a place in the raster whose coordinates are known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gcp {
    /// Row in the raster, from the upper edge.
    pub row: f64,
    /// Column in the raster, from the left edge.
    pub col: f64,
    /// Easting or longitude, in the CRS of the points.
    pub x: f64,
    /// Northing or latitude.
    pub y: f64,
    /// Height.
    pub z: f64,
}

/// Numbers of one tiepoint.
const TIEPOINT: usize = 6;

/// The tiepoints of a directory that has no transform (OGC GeoTIFF 1.1, section 7.2.1). Places are moved by half a
/// pixel where the file counts from the centre of the first.
pub(crate) fn gcps(fields: &Fields<'_>, raster_type: RasterType, budget: &mut Budget) -> Result<Vec<Gcp>> {
    let tiepoints = fields.f64s(Tag::MODEL_TIEPOINT, budget)?.unwrap_or_default();
    budget.reserve(size_of_val(tiepoints.as_slice()) as u64, "ground control points")?;
    let shift = match raster_type {
        RasterType::PixelIsArea => 0.0,
        RasterType::PixelIsPoint => 0.5,
    };
    let point = |point: &[f64]| {
        let [col, row, _, x, y, z] = *point else { return None };
        Some(Gcp { row: row + shift, col: col + shift, x, y, z })
    };
    Ok(tiepoints.chunks_exact(TIEPOINT).filter_map(point).collect())
}
