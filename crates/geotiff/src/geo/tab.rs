//! The `.tab` of MapInfo beside an image: control points and a CRS, read as GDAL reads them.

use super::affine::Affine;
use super::crs::Crs;
use super::gcp::Gcp;
use crate::error::{Error, Result};
use crate::text::number;

/// Points that are read at most, as by GDAL.
const MOST_POINTS: usize = 256;

/// How far a point may lie from where the transform puts it, in pixels.
const TOLERANCE: f64 = 0.25;

/// What a `.tab` says of an image.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tab {
    /// The transform of the points; `None` if there is none that fits them.
    pub(crate) transform: Option<Affine>,
    pub(crate) points: Vec<Gcp>,
    pub(crate) crs: Option<Crs>,
    /// Why the CRS is not known.
    pub(crate) warning: Option<String>,
}

impl Tab {
    /// Reads the text of a table.
    ///
    /// # Errors
    ///
    /// When the table describes no raster, or has fewer than three points.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let (mut is_raster, mut in_degrees) = (false, false);
        let (mut points, mut coord_sys) = (Vec::new(), None);
        for line in text.lines() {
            let words = words(line);
            let is = |at: usize, expected: &str| {
                words.get(at).is_some_and(|word: &&str| word.eq_ignore_ascii_case(expected))
            };
            if is(0, "Type") && is(1, "RASTER") {
                is_raster = true;
            } else if is_raster && is(4, "Label") && points.len() < MOST_POINTS {
                if let [x, y, col, row, ..] = words.as_slice() {
                    let [x, y, col, row] = [x, y, col, row].map(|word| number(word));
                    points.push(Gcp { row, col, x, y, z: 0.0 });
                }
            } else if is_raster && is(0, "CoordSys") {
                coord_sys = Some(words);
            } else if is_raster && is(0, "Units") {
                in_degrees = is(1, "degree");
            }
        }
        if !is_raster || points.len() < 3 {
            return Err(Error::irregular("a .tab that places no raster by three points or more"));
        }
        let crs = coord_sys.map(|words| Crs::from_mapinfo(&words, in_degrees)).transpose();
        let (crs, warning) = match crs {
            Ok(crs) => (crs, None),
            Err(error) => (None, Some(error.to_string())),
        };
        Ok(Self { transform: fit(&points), points, crs, warning })
    }
}

/// Words between white space, commas and parentheses; a text in quotation marks is one.
fn words(line: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for (at, part) in line.split('"').enumerate() {
        if at % 2 == 1 {
            words.push(part);
        } else {
            let parts = part.split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')'));
            words.extend(parts.filter(|word| !word.is_empty()));
        }
    }
    words
}

/// The transform of the points: exact for the four corners of an image with north up, else that with the least squares.
/// `None` if a point lies further from its place than the tolerance.
fn fit(points: &[Gcp]) -> Option<Affine> {
    let transform = corners(points).or_else(|| least_squares(points))?;
    let Affine { a, b, c, d, e, f } = transform;
    let pixel = 0.5 * (a.abs() + b.abs() + d.abs() + e.abs());
    let fits = |point: &Gcp| {
        let x = a * point.col + b * point.row + c - point.x;
        let y = d * point.col + e * point.row + f - point.y;
        x.abs() <= TOLERANCE * pixel && y.abs() <= TOLERANCE * pixel
    };
    (pixel > 0.0 && pixel.is_finite() && points.iter().all(fits)).then_some(transform)
}

/// Upper left, upper right, lower right, lower left.
fn corners(points: &[Gcp]) -> Option<Affine> {
    let [first, second, third, fourth] = points else { return None };
    let image = first.row == second.row
        && third.row == fourth.row
        && first.col == fourth.col
        && second.col == third.col
        && first.row != third.row
        && first.col != second.col;
    let plane = first.y == second.y && third.y == fourth.y && first.x == fourth.x && second.x == third.x;
    if !image || !plane || first.x == second.x || first.y == third.y {
        return None;
    }
    let a = (second.x - first.x) / (second.col - first.col);
    let e = (third.y - second.y) / (third.row - second.row);
    let (c, f) = (first.x - first.col * a, first.y - first.row * e);
    Some(Affine { a, b: 0.0, c, d: 0.0, e, f })
}

fn least_squares(points: &[Gcp]) -> Option<Affine> {
    let count = f64::from(u32::try_from(points.len()).ok()?);
    let mean = |of: fn(&Gcp) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (col, row, x, y) = (mean(|p| p.col), mean(|p| p.row), mean(|p| p.x), mean(|p| p.y));
    // Sums of products of distances from the means.
    let sum = |of: &dyn Fn(&Gcp) -> f64| points.iter().map(of).sum::<f64>();
    let (cc, cr) = (sum(&|p| (p.col - col) * (p.col - col)), sum(&|p| (p.col - col) * (p.row - row)));
    let rr = sum(&|p| (p.row - row) * (p.row - row));
    let determinant = cc * rr - cr * cr;
    if determinant.is_nan() || determinant.abs() <= 1e-12 * cc * rr {
        return None;
    }
    let slopes = |of: fn(&Gcp) -> f64, mean: f64| {
        let by_col = sum(&|p| (p.col - col) * (of(p) - mean));
        let by_row = sum(&|p| (p.row - row) * (of(p) - mean));
        ((by_col * rr - by_row * cr) / determinant, (by_row * cc - by_col * cr) / determinant)
    };
    let ((a, b), (d, e)) = (slopes(|p| p.x, x), slopes(|p| p.y, y));
    Some(Affine { a, b, c: x - a * col - b * row, d, e, f: y - d * col - e * row })
}
