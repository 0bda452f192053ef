//! The methods, and how they are called.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

/// How pixels of another size are made. Names are rasterio's.
///
/// Pixels that a mask or nodata says are nothing take no part (but for [`Nearest`](Self::Nearest)); where all are, the
/// new one is nothing too.
///
/// ```
/// use memtiff_geotiff::Resampling;
///
/// assert_eq!("cubic_spline".parse(), Ok(Resampling::CubicSpline));
/// assert_eq!(Resampling::Q1.to_string(), "q1");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Resampling {
    /// The pixel that lies under the middle of the new one.
    #[default]
    Nearest,
    /// Weights that fall off in straight lines.
    Bilinear,
    /// Weights of cubic convolution (Catmull and Rom).
    Cubic,
    /// Weights of a cubic B-spline: smooth, and no value beyond those there are.
    CubicSpline,
    /// Weights of a windowed sinc of three lobes.
    Lanczos,
    /// The mean of what lies under the new pixel, by the share of each.
    Average,
    /// The most frequent value; of several the first that became so, row by row.
    Mode,
    /// Weights of a bell curve over 3, 5 or 7 pixels.
    Gauss,
    /// The largest value.
    Max,
    /// The smallest value.
    Min,
    /// The median; of an even number the lower middle one.
    Med,
    /// The first quartile.
    Q1,
    /// The third quartile.
    Q3,
    /// The sum of what lies under the new pixel, by the share of each.
    Sum,
    /// The root of the mean of squares, by the share of each.
    Rms,
}

impl Resampling {
    /// All of them, in the order of rasterio's numbers.
    pub const ALL: [Self; 15] = [
        Self::Nearest,
        Self::Bilinear,
        Self::Cubic,
        Self::CubicSpline,
        Self::Lanczos,
        Self::Average,
        Self::Mode,
        Self::Gauss,
        Self::Max,
        Self::Min,
        Self::Med,
        Self::Q1,
        Self::Q3,
        Self::Sum,
        Self::Rms,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nearest => "nearest",
            Self::Bilinear => "bilinear",
            Self::Cubic => "cubic",
            Self::CubicSpline => "cubic_spline",
            Self::Lanczos => "lanczos",
            Self::Average => "average",
            Self::Mode => "mode",
            Self::Gauss => "gauss",
            Self::Max => "max",
            Self::Min => "min",
            Self::Med => "med",
            Self::Q1 => "q1",
            Self::Q3 => "q3",
            Self::Sum => "sum",
            Self::Rms => "rms",
        }
    }

    /// The name that GDAL writes into metadata.
    pub(crate) fn gdal_name(self) -> String {
        self.name().replace('_', "").to_uppercase()
    }

    /// Whether it weighs the pixels around by a kernel.
    pub(crate) const fn is_convolution(self) -> bool {
        matches!(self, Self::Bilinear | Self::Cubic | Self::CubicSpline | Self::Lanczos)
    }

    /// How far it looks beyond what lies under the new pixel, in pixels of the larger kind.
    pub(crate) const fn radius(self) -> u8 {
        match self {
            Self::Bilinear | Self::Gauss => 1,
            Self::Cubic | Self::CubicSpline => 2,
            Self::Lanczos => 3,
            _ => 0,
        }
    }
}

impl fmt::Display for Resampling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Resampling {
    type Err = Error;

    /// # Errors
    ///
    /// When there is no method of that name; the error lists those there are.
    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|method| method.name() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::usage(format!("no resampling method {text:?}; there are {names}"))
        })
    }
}
