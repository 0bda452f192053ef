//! Well-known text: version 2 (OGC 18-010r7), and the dialects of version 1 (OGC 01-009) that GDAL and ESRI write.

mod esri;
mod read;
mod tree;
mod version1;
mod write1;
mod write2;

pub(super) use esri::wkt1_esri;
#[cfg(feature = "projjson")]
pub(super) use read::guess;
pub(super) use read::{read, read_with_epoch};
pub(super) use write1::wkt1;
pub(super) use write2::wkt2;
