//! Where on Earth: geokeys, the CRS, the transform. Never sees pixels.

mod affine;
mod crs;
mod keys;
mod transform;

pub use affine::{Affine, Bounds};
pub use crs::Crs;
pub(crate) use keys::GeoKeys;
pub use keys::RasterType;
pub(crate) use transform::transform;
