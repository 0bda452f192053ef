//! What a file says about its values. Never sees pixels.

mod baseline;
mod colorinterp;
mod gdal;
mod nodata;

pub(crate) use baseline::baseline;
pub use colorinterp::ColorInterp;
pub(crate) use gdal::GdalItems;
pub use gdal::Items;
pub use nodata::Nodata;
