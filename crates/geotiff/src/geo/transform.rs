//! From tiepoints, pixel scale or matrix to the one affine transform.

use super::affine::Affine;
use super::keys::RasterType;
use crate::error::Result;
use crate::ifd::Fields;
use crate::limits::Budget;
use crate::tag::Tag;

/// The transform of a directory (OGC GeoTIFF 1.1, section 7.2); `None` if it has none. A pixel scale counts
/// before a matrix, as in GDAL; the origin is moved to the corner of the first pixel where the file
/// counts from its centre.
pub(crate) fn transform(
    fields: &Fields<'_>,
    raster_type: RasterType,
    budget: &mut Budget,
) -> Result<Option<Affine>> {
    let scale = fields.f64s(Tag::MODEL_PIXEL_SCALE, budget)?;
    let affine = match scale.as_deref() {
        Some([x, y, ..]) if *x != 0.0 && *y != 0.0 => {
            let tiepoints = fields.f64s(Tag::MODEL_TIEPOINT, budget)?.unwrap_or_default();
            match tiepoints[..] {
                [i, j, _, easting, northing, _, ..] => from_tiepoint((i, j), (easting, northing), (*x, *y)),
                // GDAL shows such a file as if it were tied at 0, 0, and moves nothing.
                _ => return Ok(Some(from_tiepoint((0.0, 0.0), (0.0, 0.0), (*x, *y)))),
            }
        }
        _ => match fields.f64s(Tag::MODEL_TRANSFORMATION, budget)?.and_then(|matrix| from_matrix(&matrix)) {
            Some(affine) => affine,
            None => return Ok(None),
        },
    };
    Ok(Some(match raster_type {
        RasterType::PixelIsArea => affine,
        RasterType::PixelIsPoint => from_centre(affine),
    }))
}

/// A tiepoint, raster (i, j) = model (x, y), and the scale. Rows run south; GDAL takes a negative scale for
/// its absolute value.
fn from_tiepoint((i, j): (f64, f64), (x, y): (f64, f64), (x_scale, y_scale): (f64, f64)) -> Affine {
    let y_scale = y_scale.abs();
    Affine { a: x_scale, b: 0.0, c: x - i * x_scale, d: 0.0, e: -y_scale, f: y + j * y_scale }
}

/// The first, second and fourth column of the first two rows of a 4 x 4 matrix.
fn from_matrix(matrix: &[f64]) -> Option<Affine> {
    let [a, b, _, c, d, e, _, f, _, _, _, _, _, _, _, _] = *matrix else { return None };
    Some(Affine { a, b, c, d, e, f })
}

/// The same transform with its origin at the corner of the first pixel instead of the centre.
fn from_centre(affine: Affine) -> Affine {
    let c = affine.c - (affine.a * 0.5 + affine.b * 0.5);
    let f = affine.f - (affine.d * 0.5 + affine.e * 0.5);
    Affine { c, f, ..affine }
}
