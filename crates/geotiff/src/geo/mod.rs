//! Where on Earth: geokeys, the CRS, the transform. Never sees pixels.

mod affine;
mod conformance;
mod crs;
mod gcp;
mod keys;
mod rpc;
mod tab;
mod transform;
mod window;
mod world;

pub use affine::{Affine, Bounds};
pub(crate) use conformance::{Checker, violation};
pub use conformance::{REQUIREMENTS, Requirement, Violation};
#[cfg(feature = "proj")]
pub use crs::CrsTransform;
pub use crs::{Crs, CrsKind};
pub use gcp::Gcp;
pub(crate) use gcp::gcps;
pub use keys::{GeoKeyValue, GeoKeys, RasterType};
pub use rpc::Rpc;
pub(crate) use rpc::{rpb_items, rpc_txt_items};
pub(crate) use tab::Tab;
pub use transform::GeoTags;
pub(crate) use transform::transform;
