//! What a file says about its values. Never sees pixels.

mod nodata;

pub use nodata::Nodata;
