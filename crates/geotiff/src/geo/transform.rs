//! From tiepoints, pixel scale or matrix to the one affine transform.

use super::affine::Affine;
use super::gcp::Gcp;
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

/// Values of the tags that say where a raster lies (OGC GeoTIFF 1.1, section 7.2): either scale and tiepoint, or
/// tiepoints, or a matrix.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GeoTags {
    /// ModelPixelScaleTag (33550): width and height of a pixel, and 0.
    pub scale: Option<[f64; 3]>,
    /// ModelTiepointTag (33922): (column, row, 0, x, y, z) for each point.
    pub tiepoints: Vec<f64>,
    /// ModelTransformationTag (34264): a matrix of 4 x 4, row by row.
    pub matrix: Option<[f64; 16]>,
}

impl GeoTags {
    /// The tags of a transform: scale and a tiepoint if rows run south and nothing is turned, else the matrix. Where
    /// a pixel is a point, they count from the centre of the first.
    ///
    /// ```
    /// use memtiff_geotiff::{Affine, GeoTags, RasterType};
    ///
    /// let tags = GeoTags::of_transform(Affine::from_origin(100.0, 200.0, 10.0, 10.0), RasterType::PixelIsPoint);
    /// assert_eq!(tags.scale, Some([10.0, 10.0, 0.0]));
    /// assert_eq!(tags.tiepoints, [0.0, 0.0, 0.0, 105.0, 195.0, 0.0]);
    /// ```
    #[must_use]
    pub fn of_transform(affine: Affine, raster_type: RasterType) -> Self {
        let affine = match raster_type {
            RasterType::PixelIsArea => affine,
            RasterType::PixelIsPoint => to_centre(affine),
        };
        let Affine { a, b, c, d, e, f } = affine;
        if b == 0.0 && d == 0.0 && e < 0.0 {
            let tiepoints = vec![0.0, 0.0, 0.0, c, f, 0.0];
            return Self { scale: Some([a, -e, 0.0]), tiepoints, matrix: None };
        }
        let matrix = [a, b, 0.0, c, d, e, 0.0, f, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0];
        Self { matrix: Some(matrix), ..Self::default() }
    }

    /// The tags of ground control points.
    #[must_use]
    pub fn of_gcps(gcps: &[Gcp], raster_type: RasterType) -> Self {
        let shift = match raster_type {
            RasterType::PixelIsArea => 0.0,
            RasterType::PixelIsPoint => 0.5,
        };
        let tiepoint = |point: &Gcp| [point.col - shift, point.row - shift, 0.0, point.x, point.y, point.z];
        Self { tiepoints: gcps.iter().flat_map(tiepoint).collect(), ..Self::default() }
    }
}

/// The same transform with its origin at the centre of the first pixel.
fn to_centre(affine: Affine) -> Affine {
    let (c, f) = affine.apply(0.5, 0.5);
    Affine { c, f, ..affine }
}
